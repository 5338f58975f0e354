//! What only separate processes can show: renewals that meet, and the real keyring in every state it can be in.
//!
//! A test starts this very executable again, with `ALLXONE_CHILD` naming what the child does.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use allxone_account::{Accounts, AccountsConfig, AuthServer, KeptSession, Secret, Standing};
use allxone_egress::Door;
use allxone_vault::SecretStoreKind;

use crate::far_end::{EMAIL, FarEnd, PASSWORD};
use crate::setting::{Notebook, Setting, impatient};

/// The child's side, not a test of its own: without a role it has nothing to do.
#[test]
fn child() {
    let Ok(role) = std::env::var("ALLXONE_CHILD") else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        match role.as_str() {
            "renew" => renew().await,
            "sign-in" => println!("\nanswer={}", stand(true).await),
            "look" => println!("\nanswer={}", stand(false).await),
            other => panic!("unknown role {other}"),
        }
    });
}

fn of_environment(store: Option<SecretStoreKind>) -> Accounts {
    let door = Door::builder().ledger(Arc::new(Notebook::default())).build().unwrap();
    let mut config = AccountsConfig::new(std::env::var("ALLXONE_DIR").unwrap(), door);
    config.store = store;
    config.keyring = "AllXOne test".to_owned();
    config.keyring_wait =
        Duration::from_millis(std::env::var("ALLXONE_WAIT").map_or(20_000, |wait| wait.parse().unwrap()));
    config.patience = impatient();
    config.patience.budget = Duration::from_secs(20);
    Accounts::open(config)
}

/// Each line on standard input is a round of ten renewals at once.
async fn renew() {
    let accounts = of_environment(Some(SecretStoreKind::File));
    accounts.restore(None).await;
    let key = accounts.list()[0].key.clone();
    println!("\nanswer=ready");
    for line in std::io::stdin().lines() {
        line.unwrap();
        let session = accounts.session(&key).unwrap();
        let all: Vec<_> = (0..10)
            .map(|_| {
                tokio::spawn({
                    let session = session.clone();
                    async move { session.renew_now().await }
                })
            })
            .collect();
        let mut failed = 0;
        for one in all {
            failed += u32::from(one.await.unwrap().is_err());
        }
        println!("\nanswer={failed} {}", session.is_signed_in());
    }
}

/// Signs in, or only looks; says how the account stands then.
async fn stand(sign_in: bool) -> String {
    let accounts = of_environment(None);
    let begun = std::time::Instant::now();
    let restoring = accounts.restore(None);
    tokio::pin!(restoring);
    // Whatever the keyring does, the program is not held up: everything known is there at once.
    let listed = accounts.list().len();
    restoring.await;
    if sign_in {
        let server = AuthServer::at(&std::env::var("ALLXONE_SERVER").unwrap()).unwrap();
        if let Err(error) = accounts.sign_in_by_password(&server, EMAIL, &Secret::new(PASSWORD)).await {
            return error.code().to_owned();
        }
    }
    let view = &accounts.list()[0];
    let kept = match &view.kept {
        KeptSession::Keyring => "keyring",
        KeptSession::File => "file",
        KeptSession::Memory { because: Some(_) } => "memory-said",
        KeptSession::Memory { because: None } => "memory",
    };
    let standing = match &view.standing {
        Standing::SignedIn => format!("in {kept}"),
        Standing::SignedOut { because } => format!("out {because:?}"),
        other => format!("{other:?}"),
    };
    let slow = begun.elapsed() > Duration::from_secs(30);
    format!("{standing}{}{}", if listed > 1 { " several" } else { "" }, if slow { " slow" } else { "" })
}

fn command(program: &Path, before: &[&str], role: &str, dir: &Path, server: &str) -> Command {
    let exe = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args(before);
    if program != exe {
        command.arg(&exe);
    }
    command
        .args(["--exact", "processes::child", "--nocapture", "--test-threads=1"])
        .env("ALLXONE_CHILD", role)
        .env("ALLXONE_DIR", dir)
        .env("ALLXONE_SERVER", server)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

fn answers(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("answer="))
        .map(|answer| answer.trim().to_owned())
        .collect()
}

struct Renewer {
    child: Child,
    out: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Renewer {
    fn start(dir: &Path) -> Self {
        let mut child = command(&std::env::current_exe().unwrap(), &[], "renew", dir, "").spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut renewer = Self { child, out };
        assert_eq!(renewer.answer(), "ready");
        renewer
    }

    fn begin(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(b"\n").unwrap();
        stdin.flush().unwrap();
    }

    fn answer(&mut self) -> String {
        self.out
            .find_map(|line| line.unwrap().strip_prefix("answer=").map(str::to_owned))
            .expect("the child gave no answer")
    }
}

/// Twenty renewals at once in two processes, round after round (`ALLXONE_ROUNDS`, 12 by default).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn renewals_of_two_processes_stay_one_family() {
    let rounds: u32 = std::env::var("ALLXONE_ROUNDS").map_or(12, |rounds| rounds.parse().unwrap());
    let setting = Setting::new().await;
    let (_, _) = setting.signed_in().await;
    let dir = setting.folder.path().to_owned();
    let done = tokio::task::spawn_blocking(move || {
        let mut two = [Renewer::start(&dir), Renewer::start(&dir)];
        for round in 0..rounds {
            two.iter_mut().for_each(Renewer::begin);
            for renewer in &mut two {
                assert_eq!(renewer.answer(), "0 true", "round {round}");
            }
        }
        for mut renewer in two {
            drop(renewer.child.stdin.take());
            renewer.child.wait().unwrap();
        }
    });
    done.await.unwrap();
    let books = setting.far.books();
    assert_eq!(books.begun, 1, "one family");
    assert_eq!(books.sessions.len(), 1, "nobody was signed out");
    assert!(books.sessions[&1] >= rounds, "{} generations", books.sessions[&1]);
}

/// On computers with GNOME's keyring (package `gnome-keyring`) and `dbus-run-session`: each state of section "the keyring" in turn.
struct Desktop<'a> {
    dir: tempfile::TempDir,
    home: tempfile::TempDir,
    far: &'a FarEnd,
}

fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

impl<'a> Desktop<'a> {
    fn new(far: &'a FarEnd) -> Option<Self> {
        if !has("gnome-keyring-daemon") || !has("dbus-run-session") {
            println!("no gnome-keyring on this computer: the real store was not tried");
            return None;
        }
        Some(Self { dir: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap(), far })
    }

    /// Runs a script in a session of its own; in it, `$SIGN_IN` and `$LOOK` are the child's two roles.
    async fn session(&self, script: &str) -> Vec<String> {
        let exe = std::env::current_exe().unwrap();
        let me = format!("'{}' --exact processes::child --nocapture --test-threads=1", exe.display());
        let script = script
            .replace("SIGN_IN", &format!("ALLXONE_CHILD=sign-in {me}"))
            .replace("LOOK", &format!("ALLXONE_CHILD=look {me}"))
            .replace(
                "UNLOCK",
                "printf pw | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1",
            );
        let mut command = Command::new("dbus-run-session");
        command
            .args(["--", "sh", "-c", &script])
            .env("ALLXONE_DIR", self.dir.path())
            .env("ALLXONE_SERVER", self.far.url())
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("XDG_DATA_HOME", self.home.path())
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
            .stderr(Stdio::null());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        answers(&String::from_utf8_lossy(&output.stdout))
    }
}

const LOCK: &str = "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
                    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null 2>&1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unlocked_keyring_keeps_the_sign_in_and_an_emptied_one_signs_out() {
    let far = FarEnd::open().await;
    let Some(desktop) = Desktop::new(&far) else { return };
    let said = desktop.session("UNLOCK; SIGN_IN; LOOK").await;
    assert_eq!(said, ["in keyring", "in keyring"]);
    let entries = "keyrings=$XDG_DATA_HOME/keyrings";
    let said =
        desktop.session(&format!("{entries}; rm -rf \"$keyrings\"; UNLOCK; LOOK; SIGN_IN; LOOK")).await;
    assert_eq!(
        said,
        ["out KeyLost", "in keyring", "in keyring"],
        "emptied: a sentence, and signing in again mends it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_keyring_is_waited_for_and_nothing_is_lost() {
    let far = FarEnd::open().await;
    let Some(desktop) = Desktop::new(&far) else { return };
    let said = desktop.session(&format!("UNLOCK; SIGN_IN; {LOCK}; LOOK; SIGN_IN")).await;
    assert_eq!(said, ["in keyring", "KeyringWaits", "in memory-said"]);
    let far = FarEnd::open().await;
    let Some(desktop) = Desktop::new(&far) else { return };
    let said = desktop.session(&format!("UNLOCK; SIGN_IN; {LOCK}; LOOK; LOOK")).await;
    assert_eq!(said, ["in keyring", "KeyringWaits", "KeyringWaits"]);
    assert_eq!(desktop.session("UNLOCK; LOOK").await, ["in keyring"], "unlocked again, everything is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_keyring_the_sign_in_lives_in_memory_and_says_so() {
    let far = FarEnd::open().await;
    let Some(desktop) = Desktop::new(&far) else { return };
    assert_eq!(
        desktop
            .session(
                "DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere; export DBUS_SESSION_BUS_ADDRESS; SIGN_IN; LOOK"
            )
            .await,
        ["in memory-said", "out NotKept"]
    );
}

/// A message bus that takes every call and answers none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyring_that_hangs_is_given_up_in_time() {
    let far = FarEnd::open().await;
    let Some(desktop) = Desktop::new(&far) else { return };
    let said = desktop.session("UNLOCK; SIGN_IN").await;
    assert_eq!(said, ["in keyring"]);
    let silent = desktop.home.path().join("silent");
    let listener = std::os::unix::net::UnixListener::bind(&silent).unwrap();
    std::thread::spawn(move || {
        // Holds every connection open and says nothing.
        let _held: Vec<_> = listener.incoming().take(64).collect();
    });
    let at = format!("ALLXONE_WAIT=700 DBUS_SESSION_BUS_ADDRESS=unix:path={}", silent.display());
    let said = desktop.session(&format!("export {at}; LOOK")).await;
    assert_eq!(said, ["KeyringWaits"]);
    assert_eq!(desktop.session("UNLOCK; LOOK").await, ["in keyring"], "and nothing was lost by it");
}
