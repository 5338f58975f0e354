//! The main job: one line, one picture, the same each time.

use allxone_tests::Machine;

#[test]
fn the_same_request_makes_the_same_bytes_and_both_are_kept() {
    let machine = Machine::new();
    let (first, second) = (machine.file("fox.png"), machine.file("again.png"));
    for file in [&first, &second] {
        let args = ["generate", "a fox in a snowy forest at night", "--seed", "7", "-o"];
        machine.run(args.iter().map(AsRef::as_ref).chain([file.as_os_str()])).ended(0);
    }
    let bytes = std::fs::read(&first).unwrap();
    assert_eq!(bytes, std::fs::read(&second).unwrap());
    let picture = image::load_from_memory(&bytes).unwrap();
    assert_eq!((picture.width(), picture.height()), (1024, 1024));
    let listed = machine.run(["library", "list", "--json"]).ended(0).json();
    assert_eq!(listed.len(), 2);
}

#[test]
fn the_result_says_what_it_drew_and_what_it_could_not() {
    let machine = Machine::new();
    let args =
        ["generate", "a fox and a zyxglorp", "--seed", "1", "--size", "256x256", "--json", "-o", "out.png"];
    let said = machine.run(args).ended(0).json();
    let report = said[0]["report"].to_string();
    assert!(report.contains("fox"), "{report}");
    assert!(report.contains("zyxglorp"), "{report}");
    assert_eq!(said[0]["source"], "generated");
    assert_eq!(said[0]["receipt"]["finding"]["verdict"], "allow");
}

#[test]
fn several_pictures_get_their_own_seeds_and_files() {
    let machine = Machine::new();
    machine
        .run([
            "generate",
            "two owls in the city",
            "--count",
            "2",
            "--seed",
            "3",
            "--size",
            "160x160",
            "-o",
            "o.png",
        ])
        .ended(0);
    let (one, two) =
        (std::fs::read(machine.file("o-1.png")).unwrap(), std::fs::read(machine.file("o-2.png")).unwrap());
    assert_ne!(one, two);
    machine
        .run(["generate", "two owls in the city", "--seed", "4", "--size", "160x160", "-o", "four.png"])
        .ended(0);
    assert_eq!(two, std::fs::read(machine.file("four.png")).unwrap());
}

#[test]
fn a_wrong_request_is_refused_in_plain_words_before_anything_is_made() {
    let machine = Machine::new();
    for (args, word) in [
        (vec!["generate", "a fox", "-o", "x.png", "--size", "31x99999"], "pixels"),
        (vec!["generate", "a fox", "-o", "x.png", "--model", "local/nothing"], "There are"),
        (vec!["generate", "-o", "x.png"], "Write what"),
        (vec!["generate", "a fox", "-o", "missing/x.png"], "does not exist"),
        (vec!["generate", "a fox", "-o", "x.png", "--count", "200"], "at a time"),
    ] {
        let ran = machine.run(args).ended(2);
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
        assert!(!machine.file("x.png").exists());
    }
}

#[test]
fn without_a_keyring_and_without_a_choice_the_picture_is_written_and_nothing_is_kept() {
    let machine = Machine::new();
    let mut command = machine.command();
    command.env_remove("ALLXONE_SECRET_STORE").env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
    command.args(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]);
    let ran = allxone_tests::ran(&mut command).ended(0);
    assert!(machine.file("cat.png").exists());
    assert!(
        ran.stderr.contains("Nothing was kept") && ran.stderr.contains("--secret-store"),
        "{}",
        ran.stderr
    );
    assert!(allxone_tests::files(&machine.data()).iter().all(|f| !f.ends_with("library.db")));
}
