//! A person's rights from the command line: their own, and those of somebody who has an account and not the program and writes to the operator.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};

use allxone_tests::Machine;
use serde_json::{Value, json};

/// A running service with accounts, and its address.
fn serve(machine: &Machine) -> (Child, String) {
    let arguments = ["serve", "--accounts", "--listen", "127.0.0.1:0", "--json"];
    let mut server = machine.command().args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let address = serde_json::from_str::<Value>(&said).unwrap()["address"].as_str().unwrap().to_owned();
    (server, address)
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_the_program_has_their_data_seen_corrected_and_erased() {
    let machine = Machine::new();
    machine.run(["admin", "request", "list"]).ended(1);
    let (mut server, address) = serve(&machine);
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "a browser has its own HTTP client")]
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let body =
        json!({ "email": "ada@example.org", "password": "a long enough phrase", "data": { "name": "Ada" } });
    let signed_up = http.post(format!("{address}/auth/v1/signup")).json(&body).send().await.unwrap();
    assert_eq!(signed_up.status().as_u16(), 200);
    // While the service runs, the folder is its own.
    machine.run(["admin", "request", "list"]).ended(5);
    server.kill().unwrap();
    server.wait().unwrap();

    let noted = machine
        .run(["admin", "request", "access", "--email", "ada@example.org", "--only-note", "--json"])
        .ended(0)
        .json();
    assert_eq!(noted[0]["request"]["state"], "open");
    let listed = machine.run(["admin", "request", "list"]).ended(0).stdout;
    assert!(
        listed.contains("to be answered within 29 days") || listed.contains("to be answered within 30 days"),
        "{listed}"
    );
    machine.run(["admin", "request", "access", "--email", "ada@example.org", "-o", "ada.zip"]).ended(0);
    let archive = std::fs::read(machine.file("ada.zip")).unwrap();
    assert!(archive.starts_with(b"PK"));
    machine.run(["admin", "request", "correct", "--email", "ada@example.org"]).ended(2);
    machine
        .run(["admin", "request", "correct", "--email", "ada@example.org", "--name", "Ada Lovelace"])
        .ended(0);

    // What was changed here is changed there.
    let (mut server, address) = serve(&machine);
    let body = json!({ "email": "ada@example.org", "password": "a long enough phrase" });
    let token = format!("{address}/auth/v1/token?grant_type=password");
    let session: Value = http.post(&token).json(&body).send().await.unwrap().json().await.unwrap();
    assert_eq!(session["user"]["user_metadata"]["name"], "Ada Lovelace");
    server.kill().unwrap();
    server.wait().unwrap();

    let erased = machine.run(["admin", "request", "erase", "--email", "ada@example.org"]).ended(0).stdout;
    assert!(
        erased.contains("Receipt ") && erased.contains("erased: accounts (") && erased.contains("remains: "),
        "{erased}"
    );
    let nobody = machine
        .run(["admin", "request", "access", "--email", "ada@example.org", "-o", "again.zip"])
        .ended(0)
        .stdout;
    assert!(nobody.contains("There is no account") && !machine.file("again.zip").exists(), "{nobody}");
    let listed = machine.run(["admin", "request", "list", "--json"]).ended(0).stdout;
    assert_eq!(listed.lines().count(), 4);
    assert!(!listed.contains("ada@example.org"), "{listed}");
    let (mut server, address) = serve(&machine);
    let token = format!("{address}/auth/v1/token?grant_type=password");
    assert_eq!(http.post(&token).json(&body).send().await.unwrap().status().as_u16(), 400);
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Runs the program with lines typed into it.
fn typed<const N: usize>(machine: &Machine, arguments: [&str; N], lines: &str) -> allxone_tests::Ran {
    let mut command = machine.command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    allxone_tests::Ran {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_taken_away_deleted_kept_and_deleted_from_the_command_line() {
    let (there, here) = (Machine::new(), Machine::new());
    let (mut server, address) = serve(&there);
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "another device has its own HTTP client")]
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = json!({ "email": "ada@example.org", "password": "a long enough phrase" });
    let signed_up = http.post(format!("{address}/auth/v1/signup")).json(&body).send().await.unwrap();
    assert_eq!(signed_up.status().as_u16(), 200);
    let sign_in = || {
        let arguments = ["account", "sign-in", "--server", address.as_str(), "--email"];
        typed(&here, arguments, "ada@example.org\na long enough phrase\n")
    };
    sign_in().ended(0);

    let part = here.run(["account", "export", "mine.zip", "--json"]).ended(0).json();
    assert_eq!(part[0]["signed"], true);
    assert!(std::fs::read(here.file("mine.zip")).unwrap().starts_with(b"PK"));
    assert!(here.file("mine.zip.jwt").exists());

    here.run(["account", "delete"]).ended(2);
    let receipt = here.run(["account", "delete", "--yes", "--json"]).ended(0).json();
    assert_eq!(receipt[0]["deletion"]["state"], "grace");
    here.run(["account", "retain"]).ended(2);
    sign_in().ended(0);
    assert_eq!(
        here.run(["account", "retain", "--json"]).ended(0).json()[0]["deletion"]["state"],
        "cancelled"
    );

    here.run(["account", "delete", "--now", "--yes", "--erase-library"]).ended(0);
    let done = loop {
        let receipts = here.run(["account", "deletions", "--json"]).ended(0).json();
        assert_eq!(receipts.len(), 2);
        if receipts[0]["deletion"]["state"] == "done" {
            break receipts[0]["deletion"].clone();
        }
    };
    assert!(
        done["erased"].to_string().contains("accounts") && done["remains"].to_string().contains("requests")
    );
    sign_in().ended(1);
    assert!(here.run(["account", "list", "--json"]).ended(0).stdout.is_empty(), "it is off this computer");
    server.kill().unwrap();
    server.wait().unwrap();
}

#[test]
fn a_hosted_service_does_not_start_without_a_contact_and_agreements() {
    let machine = Machine::new();
    for (file, code) in [
        ("kind = 'hosted'\nname = 'Example'\n", "no_contact"),
        (
            "kind = 'hosted'\nname = 'Example'\ncontact = 'privacy@example.org'\n[[processor]]\nid = 'stripe'\nregion = 'EU'\nretention = 'x'\ntrains_on_data = false\n",
            "no_agreement",
        ),
        ("kind = 'hosted", "operator_file"),
    ] {
        std::fs::write(machine.file("operator.toml"), file).unwrap();
        let refused = machine
            .run(["serve", "--listen", "127.0.0.1:0", "--json", "--operator", "operator.toml"])
            .ended(1)
            .json();
        assert_eq!(refused[0]["error"]["code"], code);
    }
}
