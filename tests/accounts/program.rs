//! `allxone account`: what a person at a terminal does with it, and a program that plays their browser.
#![cfg(unix)]

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use allxone_tests::Machine;

use crate::person::{PASSWORD, Place};
use crate::scenarios::Stage;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_in_look_and_sign_out_at_a_terminal() {
    let stage = Stage::open();
    let Place::Ours(_) = &stage.place else { return };
    let (email, _, key) = stage.somebody().await;
    let machine = Machine::new();
    let models = allxone_tests::models();
    let models = models.to_str().unwrap();

    let listed = machine.run(["account", "list", "--models-dir", models]).ended(0);
    assert!(listed.stdout.contains("Nobody is signed in"), "{}", listed.stdout);

    let with_password = |typed: &str| {
        let mut command = machine.command();
        command.args([
            "account",
            "sign-in",
            "--json",
            "--models-dir",
            models,
            "--server",
            stage.place.base(),
            "--email",
        ]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        write!(child.stdin.take().unwrap(), "{email}\n{typed}\n").unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = with_password("not the one");
    assert!(code == Some(1) && said.contains("wrong_password"), "{said}");
    let (code, said) = with_password(PASSWORD);
    assert!(code == Some(0) && said.contains(key.as_str()) && !said.contains(&email), "{said}");

    let profile = machine.run(["account", "profile", "--json", "--models-dir", models]).ended(0).json();
    assert_eq!(profile[0]["email"], email.as_str());
    let devices = machine.run(["account", "devices", "--json", "--models-dir", models]).ended(0).json();
    assert!(devices.iter().any(|one| one["current"] == true));
    // Nothing of what the account made is asked before it is allowed.
    let history = |more: &[&str]| {
        machine.run([&["account", "history", "--json", "--models-dir", models], more].concat())
    };
    assert_eq!(history(&[]).ended(0).json()[0]["allowed"], serde_json::Value::Null);
    let refused = history(&["--bring"]).ended(1);
    assert!(format!("{}{}", refused.stdout, refused.stderr).contains("not_allowed"), "{}", refused.stderr);
    let brought = history(&["--allow", "--bring"]).ended(0).json();
    assert!(brought[0]["last"].is_number() && brought[0]["brought"] == 0, "{brought:?}");
    assert_eq!(history(&["--stop"]).ended(0).json()[0]["allowed"], false);
    history(&["--stop", "--bring"]).ended(2);
    machine.run(["account", "sign-out", "--everywhere", "--models-dir", models]).ended(0);
    let listed = machine.run(["account", "list", "--json", "--models-dir", models]).ended(0).json();
    assert_eq!(listed[0]["standing"]["is"], "signed_out");
    machine.run(["account", "profile", "--models-dir", models]).ended(2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_browser_is_the_one_that_is_named_and_gets_the_address_alone() {
    let stage = Stage::open();
    let Place::Ours(_) = &stage.place else { return };
    let (email, _, key) = stage.somebody().await;
    let machine = Machine::new();
    let (browser, opened) = (machine.file("browser"), machine.file("opened"));
    std::fs::write(
        &browser,
        format!("#!/bin/sh\nprintf '%s' \"$*\" > '{0}.new' && mv '{0}.new' '{0}'\n", opened.display()),
    )
    .unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = machine.command();
    command
        .args(["account", "sign-in", "--json", "--server", stage.place.base(), "--models-dir"])
        .arg(allxone_tests::models());
    command.env("BROWSER", &browser).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let address = loop {
        match std::fs::read_to_string(&opened) {
            Ok(address) => break address,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let back = stage.place.browse(&address, &email).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the test plays a browser")]
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = browser.get(back).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, "/done"));
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains(key.as_str()),
        "{said} {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
