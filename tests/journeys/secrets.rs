//! What stands on the disk stands there sealed.

use allxone_tests::{Machine, plain_hits};

const CANARY: &str = "lighthouse keeper zebracanary";

#[test]
fn neither_words_nor_pictures_stand_on_the_disk_in_the_clear() {
    let machine = Machine::new();
    let photo = machine.file("photo.png");
    image::RgbImage::from_fn(160, 160, |x, y| {
        image::Rgb([(x * 7 % 256) as u8, (y * 5 % 256) as u8, (x * y % 256) as u8])
    })
    .save(&photo)
    .unwrap();
    machine.run(["generate", &format!("a fox, {CANARY}"), "--size", "256x256", "-o", "out.png"]).ended(0);
    machine
        .run(["generate", "--factor", "2", "--input", photo.to_str().unwrap(), "-o", "large.png"])
        .ended(0);
    let out = std::fs::read(machine.file("out.png")).unwrap();
    let large = std::fs::read(machine.file("large.png")).unwrap();
    let input = std::fs::read(&photo).unwrap();
    for (what, needle) in [
        ("the prompt", CANARY.as_bytes()),
        ("a word of it", b"zebracanary"),
        ("the picture", &out[out.len() / 2..out.len() / 2 + 24]),
        ("the enlarged picture", &large[large.len() / 2..large.len() / 2 + 24]),
        ("the input", &input[input.len() / 2..input.len() / 2 + 24]),
        ("a picture header", b"IHDR"),
        ("a database header", b"SQLite format 3"),
    ] {
        assert_eq!(plain_hits(&machine.data(), needle), Vec::<std::path::PathBuf>::new(), "{what}");
    }
    let found = machine.run(["library", "search", "zebracanary", "--json"]).ended(0).json();
    assert_eq!(found.len(), 1, "and it is there all the same");
}

#[test]
fn a_passphrase_opens_the_library_and_another_one_does_not() {
    let machine = Machine::new();
    let with = |passphrase: &str, args: &[&str]| {
        let mut command = machine.command();
        command.env("ALLXONE_SECRET_STORE", "passphrase").env("ALLXONE_PASSPHRASE", passphrase).args(args);
        allxone_tests::ran(&mut command)
    };
    with("correct horse battery", &["generate", "a cat", "--size", "160x160", "-o", "cat.png"]).ended(0);
    assert_eq!(with("correct horse battery", &["library", "list", "--json"]).ended(0).json().len(), 1);
    let ran = with("another horse battery", &["library", "list"]).ended(1);
    assert!(ran.stderr.contains("passphrase does not open"), "{}", ran.stderr);
}

#[test]
fn with_the_key_in_memory_nothing_is_left_behind() {
    let machine = Machine::new();
    let mut command = machine.command();
    command.env("ALLXONE_SECRET_STORE", "memory").env("TMPDIR", machine.file("tmp"));
    std::fs::create_dir(machine.file("tmp")).unwrap();
    command.args(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]);
    allxone_tests::ran(&mut command).ended(0);
    assert!(machine.file("cat.png").exists());
    assert!(allxone_tests::files(&machine.file("tmp")).is_empty());
    assert!(!machine.data().exists());
}
