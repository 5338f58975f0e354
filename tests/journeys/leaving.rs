//! Everything out through the program, and back in on another computer.

use allxone_tests::Machine;
use serde_json::Value;

fn kept(machine: &Machine) -> Vec<Value> {
    machine.run(["library", "list", "--json"]).ended(0).json()
}

#[test]
fn what_is_kept_leaves_and_comes_back_on_another_computer() {
    let from = Machine::new();
    let picture = from.file("fox.png").display().to_string();
    from.run(["generate", "a fox in a snowy forest", "-o", &picture, "--size", "256x256", "--seed", "7"])
        .ended(0);
    let archive = from.file("everything.zip").display().to_string();
    let written = from.run(["export", &archive, "--json", "--offline"]).ended(0).json();
    assert_eq!(written[0]["pictures"], 1);
    assert!(from.file("everything.zip").is_file() && !from.file("everything.zip.part").exists());

    let to = Machine::new();
    let taken = to.run(["import", &archive, "--json", "--offline"]).ended(0).json();
    assert_eq!(
        (taken[0]["pictures"].as_u64(), taken[0]["stopped"].as_array().map(Vec::len)),
        (Some(1), Some(0)),
        "{taken:?}"
    );
    assert_eq!(kept(&to), kept(&from));
    let again = to.run(["import", &archive, "--json"]).ended(1).json();
    assert_eq!(again[0]["error"]["code"], "archive", "into an empty library only");

    let changed = to.file("changed.zip");
    let mut bytes = std::fs::read(&archive).unwrap();
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    std::fs::write(&changed, bytes).unwrap();
    let other = Machine::new();
    let refused = other.run(["import", &changed.display().to_string(), "--json"]).ended(1).json();
    assert_eq!(refused[0]["error"]["code"], "archive");
    assert!(kept(&other).is_empty());
}

#[test]
fn an_archive_needs_a_library_and_a_place() {
    let machine = Machine::new();
    machine.run(["export", "nowhere/everything.zip"]).ended(2);
    machine.run(["export", "everything.zip"]).ended(1);
    assert!(!machine.file("everything.zip").exists());
}
