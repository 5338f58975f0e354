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

#[test]
fn an_index_stands_in_the_order_of_pages_whatever_is_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    for n in 0..30 {
        let told = Details {
            created_ms: Some(1_000 + (n % 7)),
            ..details(if n % 3 == 0 { "a cat" } else { "an owl" })
        };
        let id = keep_bytes(&library, &noise(n as u64, 200), &told).unwrap();
        library.set_favourite(id, n % 4 == 0).unwrap();
        if n % 5 == 0 {
            library.delete(id).unwrap();
        }
    }
    for filter in [(false, false), (true, false), (false, true), (true, true)]
        .map(|(favourites, trash)| Filter { favourites, trash })
    {
        let index = library.index("", &filter).unwrap();
        assert_eq!(index.ids, all(&library, &filter, 4), "{filter:?}");
        assert!(index.created_ms.is_sorted_by(|a, b| a >= b) && index.created_ms.len() == index.ids.len());
        let words = library.search("CAT", &filter, None, 100).unwrap();
        let found: Vec<ItemId> = words.items.iter().map(|item| item.id).collect();
        assert_eq!(library.index(" cat ", &filter).unwrap().ids, found);
    }
    assert_eq!(library.index("\"*^", &Filter::default()).unwrap().ids, []);
}

#[test]
fn glances_come_in_the_order_asked_for_and_leave_out_what_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let ids: Vec<ItemId> = (0..3).map(|n| keep(&library, n, &format!("picture {n}"))).collect();
    library.purge(&[ids[1]]).unwrap();
    let seen = library.glance(&[ids[2], ids[1], ids[0], ids[2]]).unwrap();
    let prompts: Vec<&str> = seen.iter().map(|one| one.prompt.as_str()).collect();
    assert_eq!(prompts, ["picture 2", "picture 0", "picture 2"]);
    assert_eq!((seen[0].width, seen[0].height), (64, 48));
}

#[test]
fn a_family_is_parents_and_children_as_far_as_they_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let (photo, lost) = (keep(&library, 1, "photo"), keep(&library, 2, "lost"));
    let child = |seed, prompt: &str, parents: &[ItemId]| {
        keep_bytes(&library, &noise(seed, 300), &Details { parents: parents.to_vec(), ..details(prompt) })
            .unwrap()
    };
    let styled = child(3, "styled", &[photo, lost]);
    let larger = child(4, "larger", &[styled]);
    library.purge(&[lost]).unwrap();
    let of = |id| {
        let family = library.family(id).unwrap();
        let ids = |glances: Vec<crate::Glance>| glances.into_iter().map(|one| one.id).collect::<Vec<_>>();
        (ids(family.parents), ids(family.children))
    };
    assert_eq!(of(photo), (vec![], vec![styled]));
    assert_eq!(of(styled), (vec![photo], vec![larger]));
    assert_eq!(of(larger), (vec![styled], vec![]));
    assert!(matches!(library.family(lost), Err(LibraryError::NotFound)));
}

#[test]
fn many_are_changed_at_once_and_those_that_are_gone_do_not_matter() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let ids: Vec<ItemId> = (0..4).map(|n| keep(&library, n, "x")).collect();
    library.purge(&[ids[3]]).unwrap();
    assert_eq!(library.set_favourites(&ids, true).unwrap(), 3);
    assert_eq!(library.delete_all(&ids[..2]).unwrap(), 2);
    assert_eq!(
        library.usage().map(|usage| (usage.items, usage.favourites, usage.trashed)).unwrap(),
        (1, 1, 2)
    );
    assert_eq!(library.undo_delete_all(&ids).unwrap(), 3);
    assert_eq!(library.usage().map(|usage| (usage.items, usage.trashed)).unwrap(), (3, 0));
}
