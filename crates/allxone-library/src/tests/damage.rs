use super::*;
use crate::database;

/// A closed library with some hundred rows, as the bytes of its database.
fn filled() -> (tempfile::TempDir, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    for i in 0..60 {
        let prompt: String = (0..40).map(|w| format!("word{} ", (i * 37 + w * 11) % 500)).collect();
        keep(&library, i, &prompt);
    }
    assert!(library.check().unwrap().is_empty());
    drop(library);
    let bytes = std::fs::read(dir.path().join("library.db")).unwrap();
    (dir, bytes)
}

/// What is found wrong with a database file: an error on opening or checking, or faults.
fn noticed(path: &Path) -> bool {
    match database::open_reading(path, &keys(1).database).and_then(|c| database::check(&c, false)) {
        Ok(faults) => !faults.is_empty(),
        Err(_) => true,
    }
}

#[test]
fn three_hundred_corruptions_are_all_noticed() {
    let (dir, good) = filled();
    let path = dir.path().join("library.db");
    assert!(!noticed(&path));
    let pages = good.len() / 4096;
    assert!(pages > 20);
    let random = noise(4711, 300 * 8);
    for (at, r) in random.chunks(8).enumerate() {
        let number = usize::try_from(u64::from_le_bytes(r.try_into().unwrap()) % good.len() as u64).unwrap();
        let mut bad = good.clone();
        match at % 3 {
            // 64 flipped bytes somewhere.
            0 => bad[number..].iter_mut().take(64).for_each(|b| *b ^= 0x5a),
            // A page of zeros.
            1 => bad[number / 4096 * 4096..][..4096].fill(0),
            // One flipped bit.
            _ => bad[number] ^= 1 << (at % 8),
        }
        std::fs::write(&path, &bad).unwrap();
        assert!(noticed(&path), "corruption {at} at byte {number}");
        assert_eq!(std::fs::read(&path).unwrap(), bad, "left as it is");
    }
    for cut in [1, 100, 4095, 4096, 40_960] {
        std::fs::write(&path, &good[..good.len() - cut]).unwrap();
        assert!(noticed(&path), "{cut} bytes missing");
    }
}

#[test]
fn a_damaged_library_says_so_and_stays_as_it_is() {
    let (dir, good) = filled();
    let path = dir.path().join("library.db");
    let mut bad = good.clone();
    let len = bad.len();
    bad[8_192..len - 4_096].iter_mut().step_by(97).for_each(|b| *b ^= 1);
    std::fs::write(&path, &bad).unwrap();
    let code = match Library::open(dir.path(), keys(1), Access::Exclusive) {
        Ok(library) => {
            let told = library.list(&crate::Filter::default(), None, 100).map_err(|e| e.code());
            assert!(!library.check().unwrap_or_else(|e| vec![e.to_string()]).is_empty());
            told.map(|_| "no error").unwrap_or_else(|code| code)
        }
        Err(error) => error.code(),
    };
    assert_eq!(code, "library_damaged");
    assert_eq!(files(&dir.path().join("blobs")).len(), 120, "no file was swept away");
}

#[test]
fn damaged_pictures_are_told_apart_from_missing_ones() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(dir.path());
    let (a, b) = (keep(&library, 1, "x"), keep(&library, 2, "y"));
    let path = |id: ItemId| {
        let name: String = library
            .read(|c| Ok(c.query_row("SELECT blob FROM items WHERE id = ?1", [id], |r| r.get(0)).unwrap()))
            .unwrap();
        dir.path().join("blobs").join(&name[..2]).join(name)
    };
    let (pa, pb) = (path(a), path(b));
    // Two good files with each other's names: sealed rightly, but not the pictures of these rows.
    let (ca, cb) = (std::fs::read(&pa).unwrap(), std::fs::read(&pb).unwrap());
    std::fs::write(&pa, &cb).unwrap();
    std::fs::write(&pb, &ca[..ca.len() - 1]).unwrap();
    assert_eq!(library.picture(a).unwrap_err().code(), "picture_damaged");
    assert_eq!(library.picture(b).unwrap_err().code(), "picture_damaged");
    std::fs::remove_file(&pb).unwrap();
    assert_eq!(library.picture(b).unwrap_err().code(), "picture_missing");
    assert!(pa.exists());
}
