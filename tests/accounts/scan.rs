//! After a full round of flows: no token, code, verifier, password or e-mail address in what is logged, written or passed to programs.

use std::io::Write;
use std::sync::{Arc, Mutex};

use allxone_account::{Scope, Secret};

use crate::person::PASSWORD;
use crate::scenarios::{Device, Stage};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn nothing_that_is_said_logged_or_kept_holds_a_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (said, secrets, folders) =
        tracing::subscriber::with_default(subscriber, || runtime.block_on(a_full_round()));
    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("a request ended"), "the log is listened to");
    assert!(!secrets.is_empty());
    for secret in secrets {
        assert!(!said.contains(&secret), "said: {said}");
        let leaks: Vec<_> = log.lines().filter(|line| line.contains(&secret)).collect();
        assert!(leaks.is_empty(), "logged: {leaks:?}");
        for device in &folders {
            assert_eq!(
                allxone_tests::plain_hits(device.folder.path(), secret.as_bytes()),
                Vec::<std::path::PathBuf>::new()
            );
        }
    }
    // Tokens of this service are signed objects, whose text always begins so.
    assert!(!said.contains("eyJ") && !log.contains("eyJ"));
}

async fn a_full_round() -> (String, Vec<String>, Vec<Device>) {
    let stage = Stage::open();
    let (email, first, key) = stage.somebody().await;
    let mut said = format!("{:?}", first.accounts.list());
    let mut secrets = vec![email.clone(), PASSWORD.to_owned()];
    let second = Device::new();
    let ways = second.accounts.ways(&stage.server).await.unwrap();
    let begun = second.accounts.begin(&stage.server, &ways.providers[0]).await.unwrap();
    let back = stage.place.browse(&begun.address, &email).await;
    secrets.push(back.split("code=").nth(1).unwrap().to_owned());
    said += &format!("{:?}", second.accounts.paste(&back).await);
    said += &format!("{:?}", second.accounts.paste(&back).await);
    second.accounts.send_code(&stage.server, &email, false).await.unwrap();
    let code = stage.place.code(&email);
    for typed in ["000000", code.as_str()] {
        said += &format!(
            "{:?}",
            second.accounts.sign_in_by_code(&stage.server, &email, &Secret::new(typed)).await
        );
    }
    said += &format!(
        "{:?}",
        second.accounts.sign_in_by_password(&stage.server, &email, &Secret::new("not the one")).await
    );
    let session = second.accounts.session(&key).unwrap();
    session.renew_now().await.unwrap();
    said += &format!("{:?} {:?}", session.profile().await, session.devices().await);
    said += &format!("{:?}", first.accounts.sign_out(&key, Scope::Global).await);
    said += &format!("{:?} {:?}", session.profile().await, second.accounts.list());
    secrets.push(code.clone() + " ");
    #[cfg(target_os = "linux")]
    for arguments in arguments_of_our_own() {
        said += &arguments;
    }
    (said, secrets, vec![first, second])
}

/// The arguments of this process and of what it started; nobody else's are looked at.
#[cfg(target_os = "linux")]
fn arguments_of_our_own() -> Vec<String> {
    let mut ours = vec![std::process::id()];
    let mut at = 0;
    while let Some(process) = ours.get(at).copied() {
        at += 1;
        let threads = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
        for thread in threads {
            let children = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            ours.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    assert!(ours.len() > 1, "the service is one of them");
    let read = |process| std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    ours.into_iter().map(|process| String::from_utf8_lossy(&read(process)).replace('\0', " ")).collect()
}
