use super::*;
use crate::{Filter, schema};

#[test]
fn the_trash_gives_back_and_purging_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let (library, time) = with_clock(dir.path());
    let (a, b) = (keep(&library, 1, "alpha"), keep(&library, 2, "beta"));
    library.delete(a).unwrap();
    time.store(2_000, Ordering::SeqCst);
    library.delete(a).unwrap();
    assert_eq!(library.get(a).unwrap().trashed_ms, Some(1_000), "the first time counts");
    library.delete(b).unwrap();
    library.undo_delete(a).unwrap();
    assert_eq!(library.get(a).unwrap().trashed_ms, None);
    assert_eq!(library.picture(a).unwrap(), noise(1, 3_000));
    assert_eq!(library.empty_trash(2_000).unwrap(), 0);
    assert_eq!(library.empty_trash(2_001).unwrap(), 1);
    assert_eq!(library.get(b).unwrap_err().code(), "not_found");
    assert_eq!(library.delete(b).unwrap_err().code(), "not_found");
    assert_eq!(library.undo_delete(b).unwrap_err().code(), "not_found");
    assert_eq!(library.purge(&[a, b]).unwrap(), 1);
    assert_eq!(library.count().unwrap(), 0);
    assert!(files(&dir.path().join("blobs")).is_empty());
}

#[test]
fn many_are_purged_together() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let ids: Vec<ItemId> = (0..150).map(|i| keep(&library, i, "x")).collect();
    ids.iter().for_each(|id| library.delete(*id).unwrap());
    assert_eq!(library.empty_trash(i64::MAX).unwrap(), 150);
    assert!(files(&dir.path().join("blobs")).is_empty());
    assert!(library.check().unwrap().is_empty());
}

#[test]
fn purged_words_are_gone_from_the_index() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let kept = keep(&library, 1, "an ordinary meadow");
    let purged = keep(&library, 2, "xylocanaryphone meadow");
    library.set_title(purged, "zephyrcanary").unwrap();
    library.delete(purged).unwrap();
    library.purge(&[purged]).unwrap();
    // Every byte of every index page, decrypted.
    library
        .read(|connection| {
            let mut statement = connection.prepare("SELECT block FROM items_fts_data").unwrap();
            let mut rows = statement.query([]).unwrap();
            let mut pages = 0;
            while let Some(row) = rows.next().unwrap() {
                let block: Vec<u8> = row.get(0).unwrap();
                for word in ["xylo", "canary", "zephyr", "phone"] {
                    assert!(!contains(&block, word.as_bytes()), "{word}");
                }
                pages += 1;
            }
            assert!(pages > 0);
            Ok(())
        })
        .unwrap();
    assert_eq!(library.search("meadow", &Filter::default(), None, 9).unwrap().items[0].id, kept);
}

/// The same schema and statements on a database that is not encrypted, so that its raw bytes can be
/// searched: removal has to leave nothing behind in pages, free pages or the log.
#[test]
fn nothing_of_a_purged_row_stays_in_the_raw_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plain.db");
    let mut connection = rusqlite::Connection::open(&path).unwrap();
    crate::database::prepare_writing(&connection).unwrap();
    schema::migrate(&mut connection, schema::STEPS).unwrap();
    let insert = |id: &str, prompt: &str| {
        connection
            .execute(
                "INSERT INTO items (id, created_ms, operation, model, title, prompt, negative, params, width, height, sha256,
                    bytes, format, blob, thumb, thumb_bytes, receipts, parents, ai_made)
                 VALUES (?1, 1, 'scene', 'm', '', ?2, 'negcanaryword', '{\"x\":\"paramcanary\"}', 1, 1, 'hashcanary', 1, 'png',
                    'b' || ?1, 't' || ?1, 1, '[]', '[]', 1)",
                [id, prompt],
            )
            .unwrap();
    };
    for i in 0..40 {
        insert(&format!("id{i}"), &format!("promptcanary{i} gathered at the river"));
    }
    crate::database::checkpoint(&connection).unwrap();
    let canaries = ["promptcanary", "negcanary", "paramcanary", "hashcanary", "river"];
    let raw =
        || [std::fs::read(&path).unwrap(), std::fs::read(dir.path().join("plain.db-wal")).unwrap()].concat();
    assert!(canaries.iter().all(|c| contains(&raw(), c.as_bytes())), "the search would find them");
    connection.execute("DELETE FROM items", []).unwrap();
    crate::database::checkpoint(&connection).unwrap();
    for canary in canaries {
        assert!(!contains(&raw(), canary.as_bytes()), "{canary}");
    }
}
