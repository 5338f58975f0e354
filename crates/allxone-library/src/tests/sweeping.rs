use super::*;
use crate::{NewQueued, sweep};

fn put(dir: &Path, name: &str) -> PathBuf {
    let path = dir.join("blobs").join(&name[..2]).join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"left over").unwrap();
    path
}

#[test]
fn leftovers_go_and_losses_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let whole = keep(&library, 1, "whole");
    let (no_picture, no_thumb) = (keep(&library, 2, "x"), keep(&library, 3, "y"));
    let queued = library
        .enqueue(NewQueued { draft: json!({}), key: "k".into(), inputs: vec![noise(8, 50).into()] })
        .unwrap();
    let name = |sql: &str, id: String| -> String {
        library.read(|c| Ok(c.query_row(sql, [id], |row| row.get(0)).unwrap())).unwrap()
    };
    let lost = [
        name("SELECT blob FROM items WHERE id = ?1", no_picture.to_string()),
        name("SELECT thumb FROM items WHERE id = ?1", no_thumb.to_string()),
        name("SELECT blob FROM inputs WHERE queue_id = ?1", queued.to_string()),
    ];
    drop(library);
    for name in &lost {
        std::fs::remove_file(dir.path().join("blobs").join(&name[..2]).join(name)).unwrap();
    }
    let orphan = put(dir.path(), "abcdef0123456789abcdef0123456789");
    let half = put(dir.path(), "abcdef0123456789abcdef012345678a.0badc0de1234.tmp");
    let foreign = put(dir.path(), "ab-notes.txt");

    let library = open(dir.path());
    let report = library.sweep_report();
    assert_eq!((report.orphans, report.unfinished, report.foreign, report.withheld), (1, 1, 1, 0));
    assert_eq!(report.missing, [no_picture, no_thumb]);
    assert_eq!(report.missing_inputs, [queued]);
    assert!(report.needs_attention());
    assert!(!orphan.exists() && !half.exists() && foreign.exists());
    assert_eq!(library.picture(whole).unwrap(), noise(1, 3_000));
    assert_eq!(library.picture(no_picture).unwrap_err().code(), "picture_missing");
    assert_eq!(library.thumbnail(no_thumb).unwrap_err().code(), "picture_missing");
    assert_eq!(
        library.queued_input(queued, &hex::encode(Sha256::digest(noise(8, 50)))).unwrap_err().code(),
        "not_found"
    );
    assert_eq!(library.count().unwrap(), 3, "rows stay");
}

#[test]
fn suspiciously_many_leftovers_are_kept_until_somebody_says_so() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    for i in 0..sweep::WITHHOLD {
        put(dir.path(), &format!("{i:032x}"));
    }
    let library = open(dir.path());
    assert_eq!(
        (library.sweep_report().withheld, library.sweep_report().orphans),
        (sweep::WITHHOLD as u64, 0)
    );
    assert!(library.sweep_report().needs_attention());
    assert_eq!(library.remove_withheld().unwrap().orphans, sweep::WITHHOLD as u64);
    assert!(files(&dir.path().join("blobs")).is_empty());
}

#[test]
fn reading_does_not_sweep() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()));
    let orphan = put(dir.path(), "abcdef0123456789abcdef0123456789");
    Library::open(dir.path(), keys(1), Access::ReadOnly).unwrap();
    assert!(orphan.exists());
}
