use super::*;
use crate::{Filter, schema};

/// Name and hash of every file, to show that nothing was changed. Left out are the shared-memory file,
/// which holds no content and is rebuilt by whoever opens, and files without content (locks, the log
/// that reading makes).
fn snapshot(dir: &Path) -> Vec<(PathBuf, String)> {
    files(dir)
        .into_iter()
        .filter(|p| !p.ends_with("library.db-shm"))
        .map(|p| (p.clone(), std::fs::read(p).unwrap()))
        .filter(|(_, content)| !content.is_empty())
        .map(|(p, content)| (p, hex::encode(Sha256::digest(content))))
        .collect()
}

#[test]
fn a_wrong_key_is_told_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let id = keep(&library, 1, "a harbour");
    drop(library);
    let before = snapshot(dir.path());
    for access in [Access::Exclusive, Access::ReadOnly] {
        let error = error_of(Library::open(dir.path(), keys(2), access));
        assert_eq!(error.code(), "library_wrong_key", "{error}");
    }
    assert_eq!(snapshot(dir.path()), before);
    assert_eq!(open(dir.path()).picture(id).unwrap(), noise(1, 3_000));
}

#[test]
fn a_wrong_key_changes_nothing_even_when_a_log_is_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let id = keep(&library, 1, "a harbour");
    // The files as a crash would leave them: the log holds what the database does not yet.
    let copy = tempfile::tempdir().unwrap();
    for path in files(dir.path()) {
        let to = copy.path().join(path.strip_prefix(dir.path()).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(&path, to).unwrap();
    }
    std::fs::remove_file(copy.path().join("library.db-shm")).unwrap();
    assert!(std::fs::metadata(copy.path().join("library.db-wal")).unwrap().len() > 0);
    let before = snapshot(copy.path());
    for access in [Access::Exclusive, Access::ReadOnly] {
        assert_eq!(error_of(Library::open(copy.path(), keys(2), access)).code(), "library_wrong_key");
        assert_eq!(snapshot(copy.path()), before);
    }
    assert_eq!(open(copy.path()).picture(id).unwrap(), noise(1, 3_000));
}

#[test]
fn another_blob_key_is_noticed_per_picture() {
    let dir = tempfile::tempdir().unwrap();
    let id = keep(&open(dir.path()), 1, "x");
    let mixed = LibraryKeys { database: keys(1).database, blobs: keys(9).blobs };
    let library = Library::open(dir.path(), mixed, Access::Exclusive).unwrap();
    assert_eq!(library.picture(id).unwrap_err().code(), "picture_damaged");
}

#[test]
fn a_newer_library_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    keep(&library, 1, "x");
    library.write(|t| Ok(t.execute_batch("PRAGMA user_version = 99")?)).unwrap();
    drop(library);
    let before = snapshot(dir.path());
    for access in [Access::Exclusive, Access::ReadOnly] {
        let error = error_of(Library::open(dir.path(), keys(1), access));
        assert_eq!(error.code(), "library_too_new");
        assert!(error.to_string().contains("99"));
    }
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn steps_are_taken_in_order_once_and_whole() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let one = "CREATE TABLE a (x)";
    let two = "INSERT INTO a VALUES (1)";
    schema::migrate(&mut connection, &[one]).unwrap();
    schema::migrate(&mut connection, &[one, two]).unwrap();
    schema::migrate(&mut connection, &[one, two]).unwrap();
    let rows =
        |c: &rusqlite::Connection| c.query_row("SELECT count(*) FROM a", [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(rows(&connection), 1);
    let broken = "INSERT INTO a VALUES (2); INSERT INTO nowhere VALUES (1)";
    assert!(schema::migrate(&mut connection, &[one, two, broken]).is_err());
    assert_eq!((rows(&connection), schema::version(&connection, &[one, two]).unwrap()), (1, 2));
    assert_eq!(schema::migrate(&mut connection, &[one]).unwrap_err().code(), "library_too_new");
}

#[test]
fn one_writes_and_others_read() {
    let dir = tempfile::tempdir().unwrap();
    let reading = || Library::open(dir.path(), keys(1), Access::ReadOnly);
    assert_eq!(error_of(reading()).code(), "no_library");
    let writer = open(dir.path());
    let first = keep(&writer, 1, "first");
    assert_eq!(error_of(Library::open(dir.path(), keys(1), Access::Exclusive)).code(), "library_in_use");
    let reader = reading().unwrap();
    assert_eq!(reader.access(), Access::ReadOnly);
    assert_eq!(reader.picture(first).unwrap(), noise(1, 3_000));
    let second = keep(&writer, 2, "second");
    assert_eq!(reader.search("second", &Filter::default(), None, 9).unwrap().items[0].id, second);
    assert!(reader.check().unwrap().is_empty());
    let refused = [
        reader.set_favourite(first, true).unwrap_err(),
        reader.delete(first).unwrap_err(),
        reader.purge(&[first]).unwrap_err(),
        reader.set_setting("a", None).unwrap_err(),
        keep_bytes(&reader, b"x", &details("x")).unwrap_err(),
        reader.remove_withheld().unwrap_err(),
    ];
    assert!(refused.iter().all(|e| e.code() == "library_read_only"), "{refused:?}");
    drop(writer);
    assert_eq!(reader.count().unwrap(), 2);
    assert_eq!(reading().unwrap().count().unwrap(), 2, "also when nobody writes");
    let writer = open(dir.path());
    drop(writer.clone());
    assert_eq!(error_of(Library::open(dir.path(), keys(1), Access::Exclusive)).code(), "library_in_use");
    drop(writer);
    open(dir.path());
}

#[test]
fn many_threads_use_one_library() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    std::thread::scope(|scope| {
        for t in 0..6u64 {
            let library = library.clone();
            scope.spawn(move || {
                for i in 0..8 {
                    let id = keep(&library, t * 100 + i, "together");
                    assert_eq!(library.picture(id).unwrap(), noise(t * 100 + i, 3_000));
                    library.list(&Filter::default(), None, 10).unwrap();
                }
            });
        }
    });
    assert_eq!(library.count().unwrap(), 48);
    assert!(library.check().unwrap().is_empty());
}

#[test]
fn a_missing_database_beside_pictures_is_not_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    keep(&open(dir.path()), 1, "x");
    let moved = dir.path().join("elsewhere");
    std::fs::rename(dir.path().join("library.db"), &moved).unwrap();
    let before = files(&dir.path().join("blobs"));
    assert_eq!(
        error_of(Library::open(dir.path(), keys(1), Access::Exclusive)).code(),
        "library_database_missing"
    );
    assert_eq!(files(&dir.path().join("blobs")), before);
    assert!(!dir.path().join("library.db").exists());
    std::fs::rename(&moved, dir.path().join("library.db")).unwrap();
    assert_eq!(open(dir.path()).count().unwrap(), 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("library");
    let library = open(&dir);
    keep(&library, 1, "x");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for path in files(&dir) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}
