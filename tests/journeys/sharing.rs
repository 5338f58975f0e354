//! Two programs on one folder: one works, the other reads, or waits and says who is there.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use allxone_tests::Machine;
use serde_json::Value;

#[test]
fn a_second_program_reads_but_does_not_write() {
    let machine = Machine::new();
    machine.run(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]).ended(0);
    let mut server = machine
        .command()
        .args(["serve", "--listen", "127.0.0.1:0", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert!(
        serde_json::from_str::<Value>(&said).unwrap()["address"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );

    let ran = machine.run(["generate", "a dog", "--size", "160x160", "-o", "dog.png"]).ended(5);
    assert!(
        ran.stderr.contains("allxone serve") && ran.stderr.contains(&server.id().to_string()),
        "{}",
        ran.stderr
    );
    assert!(!machine.file("dog.png").exists());
    assert_eq!(machine.run(["library", "list", "--json"]).ended(0).json().len(), 1);

    server.kill().unwrap();
    server.wait().unwrap();
    machine.run(["generate", "a dog", "--size", "160x160", "-o", "dog.png"]).ended(0);
}
