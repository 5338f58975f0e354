//! What only separate processes can show: the folder lock across processes and kills, and the real
//! keyring behind a real (or missing) message bus.
//!
//! A test starts this very executable again, with `ALLXONE_CHILD` naming what the child does.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use allxone_vault::{FolderLock, KeyPurpose, KeyringAccess, Opening, Vault};

/// The child's side, not a test of its own: without a role it has nothing to do.
#[test]
fn child() {
    let Ok(role) = std::env::var("ALLXONE_CHILD") else { return };
    let dir = std::path::PathBuf::from(std::env::var("ALLXONE_DIR").unwrap());
    match role.as_str() {
        "hold" => match FolderLock::acquire(&dir, "the child", Duration::ZERO) {
            Ok(_lock) => {
                println!("answer=held");
                let _ = std::io::stdin().read(&mut [0u8; 1]);
            }
            Err(e) => println!("answer={}", e.code()),
        },
        "keyring" => {
            let access = KeyringAccess::new("AllXOne test", Duration::from_secs(20));
            match Vault::open(&dir, Opening { keyring: access, ..Opening::keyring() }) {
                Ok(vault) => println!("answer={}", hex::encode(vault.key(KeyPurpose::ServiceFiles).expose())),
                Err(e) => println!("answer={}", e.code()),
            }
        }
        "mock" => {
            keyring::set_default_credential_builder(keyring::mock::default_credential_builder());
            println!("answer={}", Vault::open(&dir, Opening::keyring()).err().unwrap().code());
        }
        other => panic!("unknown role {other}"),
    }
}

fn command(program: &Path, before: &[&str], role: &str, dir: &Path) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(before);
    if program != exe {
        command.arg(&exe);
    }
    command
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env("ALLXONE_CHILD", role)
        .env("ALLXONE_DIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn start(role: &str, dir: &Path) -> (Child, BufReader<std::process::ChildStdout>) {
    let exe = std::env::current_exe().unwrap();
    let mut child = command(&exe, &[], role, dir).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    (child, out)
}

/// The line the child prints, wherever the test harness puts it.
fn answer(out: &mut impl BufRead) -> String {
    out.lines()
        .map(Result::unwrap)
        .find_map(|line| line.split_once("answer=").map(|(_, a)| a.trim().to_owned()))
        .expect("the child gave no answer")
}

#[test]
fn of_many_processes_exactly_one_holds_the_folder() {
    let dir = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..8).map(|_| start("hold", dir.path())).collect();
    let answers: Vec<String> = children.iter_mut().map(|(_, out)| answer(out)).collect();
    assert_eq!(answers.iter().filter(|a| *a == "held").count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|a| *a == "folder_in_use").count(), 7, "{answers:?}");
    for (mut child, _) in children {
        drop(child.stdin.take());
        child.wait().unwrap();
    }
    FolderLock::acquire(dir.path(), "parent", Duration::ZERO).unwrap();
}

#[test]
fn a_killed_holder_is_named_while_it_lives_and_gone_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, mut out) = start("hold", dir.path());
    assert_eq!(answer(&mut out), "held");
    let text = FolderLock::acquire(dir.path(), "parent", Duration::from_millis(50)).unwrap_err().to_string();
    assert!(text.contains("the child") && text.contains(&child.id().to_string()), "{text}");
    child.kill().unwrap();
    child.wait().unwrap();
    let lock = FolderLock::acquire(dir.path(), "parent", Duration::from_secs(2)).unwrap();
    assert_eq!(FolderLock::holder(dir.path()).unwrap().unwrap().program, "parent");
    drop(lock);
}

#[test]
fn without_a_message_bus_there_is_no_keyring_and_nothing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let exe = std::env::current_exe().unwrap();
    let mut child = command(&exe, &[], "keyring", dir.path())
        .env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}/no-bus", dir.path().display()))
        .spawn()
        .unwrap();
    assert_eq!(answer(&mut BufReader::new(child.stdout.take().unwrap())), "keyring_absent");
    child.wait().unwrap();
    assert!(!dir.path().join("keys.json").exists());
}

#[test]
fn a_keyring_that_is_only_a_mock_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (mut child, mut out) = start("mock", dir.path());
    assert_eq!(answer(&mut out), "keyring_not_real");
    child.wait().unwrap();
    assert!(!dir.path().join("keys.json").exists());
}

/// On computers with GNOME's keyring (package `gnome-keyring`) and `dbus-run-session`: two processes
/// in one session get the same key, and a session whose keyring has no entry stops without change.
#[test]
fn the_real_keyring_keeps_the_key_from_one_process_to_the_next() {
    let found = |program: &str| {
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
    };
    if !found("gnome-keyring-daemon") || !found("dbus-run-session") {
        println!("no gnome-keyring on this computer: the real store was not tried");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let session = |role: &str, times: usize| -> Vec<String> {
        let home = tempfile::tempdir().unwrap();
        let again = "\"$@\"; ".repeat(times);
        let script = format!(
            "printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; {again}"
        );
        let bus = ["--", "sh", "-c", &script, "sh"];
        let program = Path::new("dbus-run-session");
        let output = command(program, &bus, role, dir.path())
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| line.split_once("answer=").map(|(_, a)| a.trim().to_owned()))
            .collect()
    };
    let keys = session("keyring", 2);
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert_eq!(keys[0].len(), 64, "{keys:?}");
    assert_eq!(keys[0], keys[1]);
    let before = std::fs::read(dir.path().join("keys.json")).unwrap();
    assert_eq!(session("keyring", 1), ["keyring_entry_missing"]);
    assert_eq!(std::fs::read(dir.path().join("keys.json")).unwrap(), before);
}
