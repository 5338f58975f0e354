//! Looking back: list, search, show, export, favourite, delete, undo.

use allxone_tests::Machine;

fn make(machine: &Machine, prompt: &str) -> String {
    let said = machine
        .run(["generate", prompt, "--size", "160x160", "--seed", "5", "--json", "-o", "p.png"])
        .ended(0)
        .json();
    said[0]["item"].as_str().unwrap().to_owned()
}

#[test]
fn pictures_come_back_by_their_words_and_their_ids() {
    let machine = Machine::new();
    let fox = make(&machine, "a fox in the forest");
    let whale = make(&machine, "a whale in the sea");
    let found = machine.run(["library", "search", "whale", "--json"]).ended(0).json();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["id"], whale.as_str());
    assert_eq!(machine.run(["library", "search", "fo\"x' OR *", "--json"]).ended(0).json().len(), 0);
    assert_eq!(
        machine.run(["library", "search", "for", "--json"]).ended(0).json().len(),
        1,
        "beginnings of words are enough"
    );

    let shown = machine.run(["library", "show", &fox, "--json"]).ended(0).json();
    assert_eq!(shown[0]["prompt"], "a fox in the forest");
    machine.run(["library", "export", &whale, "-o", "w.png", "--record"]).ended(0);
    assert_eq!(std::fs::read(machine.file("w.png")).unwrap(), std::fs::read(machine.file("p.png")).unwrap());
    let record = std::fs::read_to_string(machine.file("w.png.json")).unwrap();
    assert!(record.contains("a whale in the sea") && record.contains("receipt"), "{record}");

    machine.run(["library", "favourite", &fox]).ended(0);
    let favourites = machine.run(["library", "list", "--favourites", "--json"]).ended(0).json();
    assert_eq!(favourites.len(), 1);
    assert_eq!(favourites[0]["id"], fox.as_str());
}

#[test]
fn deleted_pictures_can_come_back_until_they_are_erased() {
    let machine = Machine::new();
    let fox = make(&machine, "a fox with uniquecanaryword");
    machine.run(["library", "delete", &fox]).ended(0);
    assert!(machine.run(["library", "list", "--json"]).ended(0).json().is_empty());
    machine.run(["library", "delete", &fox, "--undo"]).ended(0);
    assert_eq!(machine.run(["library", "list", "--json"]).ended(0).json().len(), 1);
    machine.run(["library", "delete", &fox, "--now"]).ended(0);
    assert!(machine.run(["library", "list", "--json"]).ended(0).json().is_empty());
    machine.run(["library", "delete", &fox, "--undo"]).ended(1);
    machine.run(["library", "show", "no-such-id"]).ended(1);
}

#[test]
fn looking_needs_no_models_and_an_empty_folder_says_so() {
    let machine = Machine::new();
    let ran = machine.run(["library", "list"]).ended(1);
    assert!(ran.stderr.contains("no library"), "{}", ran.stderr);
    make(&machine, "a cat");
    let mut command = machine.command();
    command.env("ALLXONE_MODELS_DIR", machine.file("nowhere")).args(["library", "list", "--json"]);
    assert_eq!(allxone_tests::ran(&mut command).ended(0).json().len(), 1);
}
