//! Opening, failing to open, and changing how a folder opens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::sync::{Mutex, mpsc};

use super::*;
use crate::keyring_store::fakes::{Failing, Hanging, Working};

const QUICK: PassphraseCost = PassphraseCost { memory_kib: 64, passes: 1 };
const LONG: Duration = Duration::from_secs(60);

fn phrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned())
}

fn by_phrase(text: &str) -> Opening {
    Opening { cost: QUICK, ..Opening::passphrase(phrase(text)) }
}

fn by_keyring(store: &Working) -> Opening {
    Opening { keyring: KeyringAccess::with_store(store.clone(), LONG), ..Opening::keyring() }
}

fn probe(vault: &Vault) -> [u8; 32] {
    *vault.key(KeyPurpose::LibraryBlobs).expose()
}

fn code_of(result: Result<Vault, VaultError>) -> &'static str {
    result.err().expect("must not open").code()
}

/// Everything in a folder, to show that nothing was changed.
fn snapshot(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| !p.ends_with(KEYS_LOCK))
        .map(|p| (p.clone(), fs::read(p).unwrap()))
        .collect();
    all.sort();
    all
}

#[test]
fn the_same_key_comes_back_in_every_way_of_keeping_it() {
    let keyring = Working::default();
    let ways: [&dyn Fn() -> Opening; 3] =
        [&Opening::file, &|| by_phrase("eight or more"), &|| by_keyring(&keyring)];
    for way in ways {
        let dir = tempfile::tempdir().unwrap();
        let first = Vault::open(dir.path(), way()).unwrap();
        let again = Vault::open(dir.path(), way()).unwrap();
        let recorded = Vault::open(dir.path(), Opening { kind: None, ..way() }).unwrap();
        assert_eq!(probe(&first), probe(&again));
        assert_eq!(probe(&first), probe(&recorded));
        assert_eq!((first.store(), first.folder_id()), (recorded.store(), recorded.folder_id()));
    }
}

#[test]
fn memory_writes_nothing_and_forgets() {
    let dir = tempfile::tempdir().unwrap();
    let inside = dir.path().join("never made");
    let a = Vault::open(&inside, Opening::memory()).unwrap();
    let b = Vault::open(&inside, Opening::memory()).unwrap();
    assert_ne!(probe(&a), probe(&b));
    assert_eq!(a.add_recovery_code().err().unwrap().code(), "nothing_kept");
    assert!(a.slots().unwrap().is_empty());
    assert!(!inside.exists());
}

#[test]
fn folders_do_not_share_entries_or_keys() {
    let keyring = Working::default();
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = Vault::open(a.path(), by_keyring(&keyring)).unwrap();
    let second = Vault::open(b.path(), by_keyring(&keyring)).unwrap();
    assert_ne!(probe(&first), probe(&second));
    assert_eq!(keyring.0.lock().unwrap().len(), 2);
    // A key file of one folder in another opens neither.
    let file = fs::read_to_string(a.path().join("keys.json")).unwrap();
    let moved = file.replace(first.folder_id(), second.folder_id());
    fs::write(b.path().join("keys.json"), moved).unwrap();
    assert_eq!(code_of(Vault::open(b.path(), by_keyring(&keyring))), "keyring_entry_missing");
}

#[test]
fn no_secret_lies_in_the_key_file() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Working::default();
    let vault = Vault::open(dir.path(), by_keyring(&keyring)).unwrap();
    vault.set_passphrase(&phrase("a canary phrase"), QUICK).unwrap();
    let code = vault.add_recovery_code().unwrap();
    let text = fs::read_to_string(dir.path().join("keys.json")).unwrap();
    assert!(!text.contains("canary") && !text.contains(code.reveal().as_str()));
    assert!(keyring.0.lock().unwrap().values().all(|secret| !text.contains(secret.as_str())));
    assert!(!text.contains("unprotected"));
    let open = tempfile::tempdir().unwrap();
    Vault::open(open.path(), Opening::file()).unwrap();
    assert!(fs::read_to_string(open.path().join("keys.json")).unwrap().contains("not protected"));
}

#[test]
fn an_unavailable_keyring_is_told_apart_and_leaves_a_fresh_folder_fresh() {
    let faults = [
        (KeyringFault::NoStorageAccess("locked".into()), "keyring_locked"),
        (KeyringFault::PlatformFailure("no bus".into()), "keyring_absent"),
        (KeyringFault::NotReal, "keyring_not_real"),
    ];
    for (fault, code) in faults {
        let dir = tempfile::tempdir().unwrap();
        let opening = || Opening {
            keyring: KeyringAccess::with_store(Failing(fault.clone()), LONG),
            ..Opening::recorded()
        };
        let error = Vault::open(dir.path(), opening()).err().unwrap();
        assert!(matches!(error, VaultError::KeyringUnavailable { recorded: false, .. }), "{error}");
        assert_eq!(error.code(), code);
        assert!(snapshot(dir.path()).is_empty());

        let working = Working::default();
        let vault = Vault::open(dir.path(), by_keyring(&working)).unwrap();
        let before = snapshot(dir.path());
        let error = Vault::open(dir.path(), opening()).err().unwrap();
        assert!(matches!(error, VaultError::KeyringUnavailable { recorded: true, .. }), "{error}");
        assert_eq!(snapshot(dir.path()), before);
        assert_eq!(probe(&Vault::open(dir.path(), by_keyring(&working)).unwrap()), probe(&vault));
    }
}

#[test]
fn a_keyring_that_never_answers_is_given_up() {
    let dir = tempfile::tempdir().unwrap();
    let (_held, gate) = mpsc::channel();
    let access = KeyringAccess::with_store(Hanging(Mutex::new(gate)), Duration::from_millis(30));
    let opening = Opening { keyring: access, ..Opening::keyring() };
    let error = Vault::open(dir.path(), opening).err().unwrap();
    assert_eq!(error.code(), "keyring_timeout");
    assert!(error.to_string().contains("30 ms"));
    assert!(snapshot(dir.path()).is_empty());
}

#[test]
fn a_call_given_up_before_it_began_is_never_made() {
    let (release, gate) = mpsc::channel();
    let access = KeyringAccess::with_store(Hanging(Mutex::new(gate)), Duration::from_millis(20));
    let entry = EntryName { service: "s".into(), account: "a".into() };
    // The first call hangs; the second waits behind it and is given up there.
    assert!(matches!(access.get(entry.clone()), Err(Refusal::Fault(KeyringFault::Timeout(_)))));
    assert!(matches!(access.get(entry.clone()), Err(Refusal::Fault(KeyringFault::Timeout(_)))));
    // Two releases are enough for the first and the third: the second takes none.
    let waiting = std::thread::spawn(move || {
        let mut patient = access;
        patient.deadline = LONG;
        matches!(patient.get(entry), Err(Refusal::NoEntry))
    });
    release.send(()).unwrap();
    release.send(()).unwrap();
    assert!(waiting.join().unwrap());
}

#[test]
fn a_missing_or_foreign_entry_stops_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Working::default();
    Vault::open(dir.path(), by_keyring(&keyring)).unwrap();
    let before = snapshot(dir.path());
    let kept = keyring.0.lock().unwrap().clone();
    keyring.0.lock().unwrap().clear();
    assert_eq!(code_of(Vault::open(dir.path(), by_keyring(&keyring))), "keyring_entry_missing");
    for foreign in ["not base64!", "c2hvcnQ=", &*wrap::to_text(&random::key().unwrap())] {
        *keyring.0.lock().unwrap() = kept.keys().map(|k| (k.clone(), foreign.to_owned())).collect();
        assert_eq!(code_of(Vault::open(dir.path(), by_keyring(&keyring))), "key_does_not_fit");
    }
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn a_folder_is_not_opened_in_another_way_than_it_records() {
    let dir = tempfile::tempdir().unwrap();
    Vault::open(dir.path(), Opening::file()).unwrap();
    let before = snapshot(dir.path());
    for opening in [by_phrase("eight or more"), by_keyring(&Working::default()), Opening::memory()] {
        assert_eq!(code_of(Vault::open(dir.path(), opening)), "secret_store_differs");
    }
    assert_eq!(snapshot(dir.path()), before);
}

#[test]
fn passphrases() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(code_of(Vault::open(dir.path(), by_phrase("short"))), "passphrase_too_short");
    let none = Opening { kind: Some(SecretStoreKind::Passphrase), ..Opening::default() };
    assert_eq!(code_of(Vault::open(dir.path(), none)), "passphrase_needed");
    assert!(snapshot(dir.path()).is_empty());
    let vault = Vault::open(dir.path(), by_phrase("the first one")).unwrap();
    assert_eq!(code_of(Vault::open(dir.path(), by_phrase("not the first one"))), "wrong_passphrase");
    assert_eq!(code_of(Vault::open(dir.path(), Opening::recorded())), "passphrase_needed");
    vault.set_passphrase(&phrase("the second one"), QUICK).unwrap();
    assert_eq!(code_of(Vault::open(dir.path(), by_phrase("the first one"))), "wrong_passphrase");
    assert_eq!(probe(&Vault::open(dir.path(), by_phrase("the second one")).unwrap()), probe(&vault));
}

#[test]
fn the_default_passphrase_work_opens_too() {
    let dir = tempfile::tempdir().unwrap();
    let opening = || Opening::passphrase(phrase("eight or more"));
    let vault = Vault::open(dir.path(), opening()).unwrap();
    assert_eq!(probe(&Vault::open(dir.path(), opening()).unwrap()), probe(&vault));
    let text = fs::read_to_string(dir.path().join("keys.json")).unwrap();
    assert!(text.contains("argon2id-19") && text.contains("65536"));
}

#[test]
fn altered_slots_do_not_open_and_cannot_exhaust_the_computer() {
    let dir = tempfile::tempdir().unwrap();
    Vault::open(dir.path(), by_phrase("eight or more")).unwrap();
    let path = dir.path().join("keys.json");
    let text = fs::read_to_string(&path).unwrap();
    for (from, to, code) in [
        ("\"memory_kib\": 64", "\"memory_kib\": 72", "wrong_passphrase"),
        ("\"passes\": 1", "\"passes\": 2", "wrong_passphrase"),
        ("\"memory_kib\": 64", "\"memory_kib\": 4000000000", "keys_file_damaged"),
        ("\"lanes\": 1", "\"lanes\": 16000000", "keys_file_damaged"),
        ("\"version\": 1", "\"version\": 2", "keys_file_too_new"),
        ("allxone-keys", "something-else", "keys_file_damaged"),
        ("\"slots\"", "\"slits\"", "keys_file_damaged"),
    ] {
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).unwrap();
        assert_eq!(code_of(Vault::open(dir.path(), by_phrase("eight or more"))), code, "{from} -> {to}");
    }
    for cut in 0..text.len() - 2 {
        fs::write(&path, &text[..cut]).unwrap();
        assert_eq!(
            code_of(Vault::open(dir.path(), by_phrase("eight or more"))),
            "keys_file_damaged",
            "{cut}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), text[..cut], "never overwritten");
    }
}

#[test]
fn a_recovery_code_opens_whatever_happened_to_the_keyring() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Working::default();
    let mut vault = Vault::open(dir.path(), by_keyring(&keyring)).unwrap();
    let typed =
        |code: &RecoveryCode| Opening::recovery(RecoveryCode::parse(&code.reveal().to_lowercase()).unwrap());
    let other = RecoveryCode::random().unwrap();
    assert_eq!(code_of(Vault::open(dir.path(), typed(&other))), "no_recovery_code");
    let first = vault.add_recovery_code().unwrap();
    keyring.0.lock().unwrap().clear();
    assert_eq!(probe(&Vault::open(dir.path(), typed(&first)).unwrap()), probe(&vault));
    assert_eq!(code_of(Vault::open(dir.path(), typed(&other))), "wrong_recovery_code");
    let second = vault.add_recovery_code().unwrap();
    assert_eq!(code_of(Vault::open(dir.path(), typed(&first))), "wrong_recovery_code");
    // With the code the lost keyring entry is replaced.
    vault.change_store(&by_keyring(&keyring)).unwrap();
    assert_eq!(probe(&Vault::open(dir.path(), by_keyring(&keyring)).unwrap()), probe(&vault));
    assert_eq!(probe(&Vault::open(dir.path(), typed(&second)).unwrap()), probe(&vault));
    vault.remove_recovery_code().unwrap();
    assert_eq!(code_of(Vault::open(dir.path(), typed(&second))), "no_recovery_code");
}

#[test]
fn the_way_of_keeping_can_be_changed_without_a_new_key() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Working::default();
    let mut vault = Vault::open(dir.path(), by_keyring(&keyring)).unwrap();
    let key = probe(&vault);
    vault.change_store(&by_keyring(&keyring)).unwrap();
    assert_eq!(keyring.0.lock().unwrap().len(), 1, "the replaced entry is removed");
    assert_eq!(probe(&Vault::open(dir.path(), by_keyring(&keyring)).unwrap()), key);
    let access = || KeyringAccess::with_store(keyring.clone(), LONG);
    vault.change_store(&Opening { keyring: access(), ..by_phrase("eight or more") }).unwrap();
    assert_eq!(vault.store(), SecretStoreKind::Passphrase);
    assert!(keyring.0.lock().unwrap().is_empty(), "the former entry is removed");
    assert_eq!(code_of(Vault::open(dir.path(), by_keyring(&keyring))), "secret_store_differs");
    assert_eq!(probe(&Vault::open(dir.path(), by_phrase("eight or more")).unwrap()), key);
    // A failing change keeps the former way.
    let absent = KeyringAccess::with_store(Failing(KeyringFault::NotReal), LONG);
    assert!(vault.change_store(&Opening { keyring: absent, ..Opening::keyring() }).is_err());
    assert_eq!(probe(&Vault::open(dir.path(), by_phrase("eight or more")).unwrap()), key);
    assert_eq!(vault.change_store(&Opening::memory()).unwrap_err().code(), "nothing_kept");
    vault.change_store(&Opening::file()).unwrap();
    assert_eq!(probe(&Vault::open(dir.path(), Opening::recorded()).unwrap()), key);
    assert_eq!(vault.slots().unwrap().len(), 1);
}

#[test]
fn destroying_the_keys_leaves_none() {
    let dir = tempfile::tempdir().unwrap();
    let keyring = Working::default();
    let vault = Vault::open(dir.path(), by_keyring(&keyring)).unwrap();
    let key = probe(&vault);
    vault.destroy(&KeyringAccess::with_store(keyring.clone(), LONG)).unwrap();
    assert!(keyring.0.lock().unwrap().is_empty());
    assert!(snapshot(dir.path()).is_empty());
    assert_ne!(probe(&Vault::open(dir.path(), by_keyring(&keyring)).unwrap()), key);
}

#[test]
fn many_who_open_a_fresh_folder_at_once_get_one_key() {
    let dir = tempfile::tempdir().unwrap();
    let keys: std::collections::HashSet<[u8; 32]> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..20)
            .map(|_| scope.spawn(|| probe(&Vault::open(dir.path(), Opening::file()).unwrap())))
            .collect();
        all.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(keys.len(), 1);
}
