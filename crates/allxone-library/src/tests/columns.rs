use std::collections::HashSet;

use super::*;
use crate::{COLUMNS, NewQueued, Purge, QueueState, Tag};

/// Every column the database really has, without the shadow tables of the search index.
fn real(library: &Library) -> HashSet<(String, String)> {
    library
        .read(|connection| {
            let sql = "SELECT t.name, c.name FROM pragma_table_list t, pragma_table_xinfo(t.name) c
                 WHERE t.schema = 'main' AND t.type IN ('table', 'virtual') AND t.name NOT LIKE 'sqlite_%'
                 AND c.hidden = 0";
            let mut statement = connection.prepare(sql).unwrap();
            Ok(statement
                .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
                .unwrap()
                .collect::<Result<_, _>>()
                .unwrap())
        })
        .unwrap()
}

#[test]
fn every_column_is_tagged_and_every_tag_has_its_column() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let tagged: HashSet<(String, String)> =
        COLUMNS.iter().map(|c| (c.table.to_owned(), c.name.to_owned())).collect();
    assert_eq!(tagged.len(), COLUMNS.len(), "no column twice");
    let real = real(&library);
    let untagged: Vec<_> = real.difference(&tagged).collect();
    let gone: Vec<_> = tagged.difference(&real).collect();
    assert!(untagged.is_empty() && gone.is_empty(), "untagged: {untagged:?}, without a column: {gone:?}");
    // The check would notice a new column.
    library.write(|t| Ok(t.execute_batch("ALTER TABLE settings ADD COLUMN extra TEXT")?)).unwrap();
    assert!(!self::real(&library).is_subset(&tagged));
}

#[test]
fn values_go_when_their_rule_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let id = keep_bytes(
        &library,
        &noise(1, 100),
        &Details { title: "canary".into(), report: Some(json!("canary")), ..from_job("canary", "J", 0) },
    )
    .unwrap();
    let queued = library
        .enqueue(NewQueued { draft: json!("canary"), key: "k".into(), inputs: vec![noise(2, 10).into()] })
        .unwrap();
    library.submitted(queued, "J", &json!(["canary"])).unwrap();
    let left = |rule: Purge| -> Vec<String> {
        COLUMNS
            .iter()
            .filter(|c| c.purge == rule && c.table != "items_fts")
            .flat_map(|c| {
                let sql = format!("SELECT CAST({} AS TEXT) FROM {}", c.name, c.table);
                library
                    .read(|connection| {
                        let mut s = connection.prepare(&sql).unwrap();
                        Ok(s.query_map([], |r| r.get::<_, Option<String>>(0))
                            .unwrap()
                            .filter_map(Result::unwrap)
                            .collect::<Vec<_>>())
                    })
                    .unwrap()
            })
            .filter(|value| value != "null" && value != "[]")
            .collect()
    };
    assert!(left(Purge::WithItem).iter().any(|v| v.contains("canary")));
    assert!(left(Purge::WithDraft).iter().any(|v| v.contains("canary")));
    library.finish(queued, QueueState::Done, None).unwrap();
    assert!(left(Purge::WithDraft).is_empty(), "{:?}", left(Purge::WithDraft));
    library.purge(&[id]).unwrap();
    assert!(left(Purge::WithItem).is_empty());
    assert!(!left(Purge::WithQueueEntry).is_empty());
    library.clear_queue(i64::MAX).unwrap();
    assert!(left(Purge::WithQueueEntry).is_empty());
}

#[test]
fn no_export_shows_a_secret_or_a_file_name() {
    for column in COLUMNS.iter().filter(|c| ["blob", "thumb", "idempotency_key"].contains(&c.name)) {
        assert_ne!(column.tag, Tag::Export, "{}.{}", column.table, column.name);
    }
}
