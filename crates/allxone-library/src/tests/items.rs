use std::collections::HashSet;

use super::*;
use crate::Filter;

fn all(library: &Library, filter: &Filter, limit: u32) -> Vec<ItemId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = library.list(filter, after.as_ref(), limit).unwrap();
        ids.extend(page.items.iter().map(|item| item.id));
        after = page.next;
        if after.is_none() {
            return ids;
        }
    }
}

#[test]
fn what_is_kept_comes_back_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let parent = keep(&library, 1, "a parent");
    let told = Details {
        title: "Dusk".into(),
        negative: "rain".into(),
        seed: Some(u64::MAX),
        parents: vec![parent],
        report: Some(json!({ "words": ["cat"] })),
        receipts: json!([{ "verdict": "allow" }]),
        created_ms: Some(1_700_000_000_123),
        ..from_job("a cat at dusk", "JOB1", 3)
    };
    let bytes = noise(2, 70_000);
    let id = keep_bytes(&library, &bytes, &told).unwrap();
    drop(library);
    let library = open(dir.path());
    let item = library.get(id).unwrap();
    assert_eq!(item.details, told);
    assert_eq!((item.width, item.height, item.bytes, item.format.as_str()), (64, 48, 70_000, "png"));
    assert_eq!(item.sha256, hex::encode(Sha256::digest(&bytes)));
    assert_eq!((item.created_ms, item.favourite, item.trashed_ms), (1_700_000_000_123, false, None));
    assert_eq!(library.picture(id).unwrap(), bytes);
    assert_eq!(library.thumbnail(id).unwrap(), bytes[..500]);
    let stranger: ItemId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    assert_eq!(library.get(stranger).unwrap_err().code(), "not_found");
    assert_eq!(library.picture(stranger).unwrap_err().code(), "not_found");
}

#[test]
fn a_real_picture_gets_a_thumbnail_and_its_bytes_stay() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let rgba: Vec<u8> =
        (0..900 * 700).flat_map(|i| [(i % 251) as u8, (i / 700 % 241) as u8, 80, 255]).collect();
    let picture =
        allxone_media::Picture::encode_png(&allxone_media::Pixels::from_rgba(900, 700, rgba).unwrap())
            .unwrap();
    let id = library.keep_picture(&picture, &details("stripes")).unwrap();
    let item = library.get(id).unwrap();
    assert_eq!((item.width, item.height, item.format.as_str()), (900, 700, "png"));
    assert_eq!(library.picture(id).unwrap(), picture.bytes());
    let limits = allxone_media::Limits::default();
    let thumb = allxone_media::Picture::received(library.thumbnail(id).unwrap(), &limits).unwrap();
    assert_eq!(thumb.width().max(thumb.height()), crate::THUMBNAIL_SIDE);
    let exported = library.export(id).unwrap();
    assert_eq!(exported.bytes, picture.bytes());
    assert!(exported.file_name.ends_with(&format!("Z-{id}.png")), "{}", exported.file_name);
}

#[test]
fn a_result_is_kept_once_however_often_it_is_brought() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let first = keep_bytes(&library, &noise(1, 900), &from_job("a", "JOB", 0)).unwrap();
    let again = keep_bytes(&library, &noise(1, 900), &from_job("a", "JOB", 0)).unwrap();
    let next = keep_bytes(&library, &noise(1, 900), &from_job("a", "JOB", 1)).unwrap();
    assert_eq!(first, again);
    assert_ne!(first, next);
    assert_eq!(library.kept_before("JOB", 0).unwrap(), Some(first));
    assert_eq!(library.kept_before("JOB", 2).unwrap(), None);
    assert_eq!(library.kept_before("OTHER", 0).unwrap(), None);
    // Also when it was put into the trash: following a job again does not bring it back.
    library.delete(first).unwrap();
    assert_eq!(keep_bytes(&library, &noise(1, 900), &from_job("a", "JOB", 0)).unwrap(), first);
    // Also when many bring it at once.
    let ids: HashSet<ItemId> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| keep_bytes(&library, &noise(1, 900), &from_job("b", "RACE", 0)).unwrap()))
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1);
    drop(library);
    let report = open(dir.path()).sweep_report().clone();
    assert_eq!((report.orphans, report.missing.len()), (0, 0), "the losers removed their files");
}

#[test]
fn pages_cover_everything_once_newest_first_whatever_the_clock_does() {
    let dir = tempfile::tempdir().unwrap();
    let (library, time) = with_clock(dir.path());
    let mut expected = Vec::new();
    for (at, now) in [5_000, 5_000, 5_000, 9_000, 9_000, 2_000, 2_000, 7_000].into_iter().enumerate() {
        time.store(now, Ordering::SeqCst);
        expected.push((now, keep(&library, at as u64, "x")));
    }
    expected.sort_by(|a, b| b.cmp(a));
    let expected: Vec<ItemId> = expected.into_iter().map(|(_, id)| id).collect();
    for limit in [1, 2, 3, 7, 8, 100] {
        assert_eq!(all(&library, &Filter::default(), limit), expected, "{limit}");
    }
    // A page begun stays right while pictures come and go.
    let first = library.list(&Filter::default(), None, 3).unwrap();
    time.store(99_000, Ordering::SeqCst);
    keep(&library, 50, "newer");
    library.purge(&[expected[2]]).unwrap();
    let rest = library.list(&Filter::default(), first.next.as_ref(), 100).unwrap();
    assert_eq!(rest.items.iter().map(|i| i.id).collect::<Vec<_>>(), expected[3..]);
}

#[test]
fn favourites_titles_and_figures() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let ids: Vec<ItemId> = (0..5).map(|i| keep(&library, i, "x")).collect();
    library.set_favourite(ids[1], true).unwrap();
    library.set_favourite(ids[3], true).unwrap();
    library.set_favourite(ids[3], false).unwrap();
    library.set_title(ids[1], "The good one").unwrap();
    library.delete(ids[4]).unwrap();
    assert_eq!(all(&library, &Filter { favourites: true, ..Filter::default() }, 10), [ids[1]]);
    assert_eq!(all(&library, &Filter { trash: true, ..Filter::default() }, 10), [ids[4]]);
    assert_eq!(library.get(ids[1]).unwrap().details.title, "The good one");
    let usage = library.usage().unwrap();
    assert_eq!((usage.items, usage.favourites, usage.trashed), (4, 1, 1));
    assert_eq!(usage.picture_bytes, 5 * 3_500);
    assert!(usage.database_bytes > 0);
    assert_eq!(library.count().unwrap(), 4);
}

#[test]
fn an_item_is_found_by_the_beginning_of_its_id() {
    let dir = tempfile::tempdir().unwrap();
    let (library, time) = with_clock(dir.path());
    let a = keep(&library, 1, "x");
    time.store(2_000_000_000, Ordering::SeqCst);
    let b = keep(&library, 2, "x");
    assert_eq!(library.find(&a.to_string()).unwrap(), a);
    assert_eq!(library.find(&b.to_string()[..12].to_lowercase()).unwrap(), b);
    assert_eq!(library.find("0").unwrap_err().code(), "ambiguous_id");
    for nothing in ["", "ZZZ", "%", "' OR 1=1 --", "~"] {
        assert_eq!(library.find(nothing).unwrap_err().code(), "not_found", "{nothing}");
    }
}

#[test]
fn an_export_has_every_export_column_and_no_other() {
    use crate::{COLUMNS, Tag};
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let id = keep_bytes(&library, &noise(1, 100), &from_job("a \"quoted\" prompt", "J", 0)).unwrap();
    let record = library.record(id).unwrap();
    let names: HashSet<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
    let expected: HashSet<&str> =
        COLUMNS.iter().filter(|c| c.table == "items" && c.tag == Tag::Export).map(|c| c.name).collect();
    assert_eq!(names, expected);
    assert_eq!(record["prompt"], "a \"quoted\" prompt");
    assert_eq!(record["params"]["style"], "plain");
    assert_eq!(record["ai_made"], true);
    library.set_setting("theme", Some("dark")).unwrap();
    let mut rows = Vec::new();
    library
        .export_table("settings", &mut |row| {
            rows.push(row);
            Ok(())
        })
        .unwrap();
    assert_eq!(json!(rows), json!([{ "key": "theme", "value": "dark" }]));
    library.export_table("items; DROP TABLE items", &mut |_| panic!("no such table")).unwrap();
}
