//! Canaries in everything the program keeps; none of them may be found after a wipe, nor after one that was killed at any moment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use allxone_library::{Access, Library, NewEgress, NewQueued};
use allxone_vault::{Opening, Vault};
use serde_json::json;

use super::*;
use crate::keys::library_keys;

const ROLE: &str = "ALLXONE_WIPE_CHILD";

/// A computer with a data folder in use, a web view's folder, and an archive a person saved.
struct Computer {
    dir: tempfile::TempDir,
}

impl Computer {
    fn new() -> Self {
        let computer = Self { dir: tempfile::tempdir().unwrap() };
        computer.fill();
        computer
    }

    fn folders(&self) -> Folders {
        folders_in(self.dir.path())
    }

    fn elsewhere(&self) -> Vec<PathBuf> {
        elsewhere_in(self.dir.path())
    }

    fn fill(&self) {
        let folders = self.folders();
        folders.make().unwrap();
        let vault = Vault::open(&folders.root, Opening::file()).unwrap();
        let library = Library::open(&folders.library, library_keys(&vault), Access::Exclusive).unwrap();
        for n in 0..20 {
            let draft = json!({ "prompt": canary(n) });
            let inputs = vec![canary(20 + n).repeat(200).into_bytes().into()];
            library.enqueue(NewQueued { draft, key: format!("{n}"), inputs }).unwrap();
        }
        library.set_setting("prompts", Some(&canary(40))).unwrap();
        library
            .egress_append(&NewEgress {
                started_ms: 1,
                host: canary(41),
                purpose: "quote".to_owned(),
                method: "GET".to_owned(),
                resource: "/".to_owned(),
                fields: Vec::new(),
                headers: Vec::new(),
                bytes_out: 0,
            })
            .unwrap();
        // Files that are not sealed, and files that are and whose key is what goes first.
        std::fs::write(folders.logs.join("allxone.log"), canary(42)).unwrap();
        std::fs::write(folders.settings(), canary(43)).unwrap();
        std::fs::write(folders.service.join("service.db-wal"), canary(44)).unwrap();
        std::fs::create_dir_all(folders.root.join("accounts/one")).unwrap();
        std::fs::write(folders.root.join("accounts/one/session"), canary(45)).unwrap();
        std::fs::write(folders.root.join("settings.json.0a1b.tmp"), canary(46)).unwrap();
        for (n, folder) in self.elsewhere().iter().enumerate() {
            std::fs::create_dir_all(folder.join("storage")).unwrap();
            std::fs::write(folder.join("storage/local"), canary(47 + n)).unwrap();
        }
        for folder in ["allxone-drag-a", "allxone-passing-b/library"] {
            std::fs::create_dir_all(self.temporary().join(folder)).unwrap();
            std::fs::write(self.temporary().join(folder).join("file"), canary(60)).unwrap();
        }
        std::fs::write(self.saved(), canary(99)).unwrap();
    }

    fn temporary(&self) -> PathBuf {
        self.dir.path().join("tmp")
    }

    fn saved(&self) -> PathBuf {
        self.dir.path().join("everything.zip")
    }

    /// Files with a canary in them or in their name.
    fn hits(&self) -> Vec<PathBuf> {
        let mut hits = Vec::new();
        let mut open = vec![self.dir.path().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else if path != self.saved() && memmem(&std::fs::read(&path).unwrap(), b"canary-") {
                    hits.push(path);
                }
            }
        }
        hits
    }
}

fn folders_in(dir: &Path) -> Folders {
    Folders::under(&dir.join("data"))
}

fn elsewhere_in(dir: &Path) -> Vec<PathBuf> {
    vec![dir.join("webview"), dir.join("cache")]
}

fn canary(n: usize) -> String {
    format!("canary-{n:03}-xylophone")
}

fn memmem(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

fn begin(computer: &Computer) -> Wipe {
    Wipe::begin(&computer.folders(), computer.elsewhere(), computer.temporary(), vec![computer.saved()])
        .unwrap()
}

#[test]
fn after_a_wipe_nothing_is_found_and_the_receipt_says_what_is_left() {
    let computer = Computer::new();
    assert!(computer.hits().len() >= 7, "the search would find them: {:?}", computer.hits());
    // Something a person put into the data folder.
    std::fs::write(computer.folders().root.join("my notes.txt"), "mine").unwrap();
    let receipt = begin(&computer).finish("test").unwrap();
    assert_eq!(computer.hits(), Vec::<PathBuf>::new());
    for gone in [
        computer.folders().library,
        computer.folders().logs,
        computer.folders().settings(),
        computer.folders().root.join("keys.json"),
    ] {
        assert!(!gone.exists(), "{}", gone.display());
    }
    let remains: Vec<_> =
        receipt.remains.iter().map(|left| (left.kind, left.what.rsplit('/').next().unwrap())).collect();
    assert_eq!(remains, [(LeftKind::Saved, "everything.zip"), (LeftKind::Foreign, "my notes.txt")]);
    assert!(computer.saved().exists());
    let kinds: Vec<ErasedKind> = receipt.erased.iter().map(|one| one.kind).collect();
    for kind in [
        ErasedKind::Library,
        ErasedKind::Service,
        ErasedKind::Accounts,
        ErasedKind::Logs,
        ErasedKind::Settings,
        ErasedKind::Window,
    ] {
        assert!(kinds.contains(&kind), "{kind:?}");
    }
    assert_eq!(receipt.keys, 1);
    // It is told until somebody has taken note, and then nothing tells of it.
    assert_eq!(super::receipt(&computer.folders()), Some(receipt));
    assert!(Wipe::unfinished(&computer.folders()).is_none());
    forget_receipt(&computer.folders());
    assert_eq!(super::receipt(&computer.folders()), None);
    let mut left: Vec<_> =
        std::fs::read_dir(computer.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["data", "everything.zip", "tmp"]);
}

/// Another data folder among the temporary files is somebody's library, in use or not; so is a profile at work that keeps nothing.
#[test]
fn nobody_elses_folder_goes() {
    let computer = Computer::new();
    let others = ["allxone-other/library", "allxone-passing-at-work/library"]
        .map(|folder| computer.temporary().join(folder).join("mine"));
    for file in &others {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "mine").unwrap();
    }
    let at_work =
        FolderLock::acquire(&computer.temporary().join("allxone-passing-at-work"), "another", Duration::ZERO)
            .unwrap();
    begin(&computer).finish("test").unwrap();
    assert!(others.iter().all(|file| file.exists()));
    assert!(
        !computer.temporary().join("allxone-passing-b").exists()
            && !computer.temporary().join("allxone-drag-a").exists()
    );
    drop(at_work);
}

#[test]
fn the_first_thing_that_goes_is_the_key() {
    let computer = Computer::new();
    let folders = computer.folders();
    let sealed = std::fs::read(folders.library.join("library.db")).unwrap();
    let mut wipe = begin(&computer);
    // Something stands in the way of everything else.
    std::fs::remove_dir_all(&folders.service).unwrap();
    let lock = FolderLock::acquire(&folders.root, "another", Duration::ZERO).unwrap();
    assert_eq!(
        wipe.erase_data("test").unwrap_err().code(),
        "library_in_use",
        "not beside a program that works"
    );
    assert!(folders.root.join("keys.json").exists());
    drop(lock);
    wipe.plan.keys.run(&KeyringAccess::default()).unwrap();
    assert_eq!(std::fs::read(folders.library.join("library.db")).unwrap(), sealed);
    let vault = Vault::open(&folders.root, Opening::file()).unwrap();
    let opened = Library::open(&folders.library, library_keys(&vault), Access::ReadOnly);
    assert_eq!(opened.err().unwrap().code(), "library_wrong_key", "what is left opens for nobody");
}

#[test]
fn nothing_is_opened_while_a_wipe_is_unfinished() {
    let computer = Computer::new();
    drop(begin(&computer));
    let options = crate::Options {
        data_dir: Some(computer.folders().root),
        models_dir: None,
        secret_store: Some(allxone_vault::SecretStoreKind::File),
        passphrase: None,
        offline: true,
        program: "test".to_owned(),
    };
    assert_eq!(crate::reader(options).err().unwrap().code(), "no_library", "it was finished first");
    assert_eq!(computer.hits(), Vec::<PathBuf>::new());
}

/// The child's side, not a test of its own: wipes, and is killed meanwhile.
#[test]
fn wiping_child() {
    let Ok(dir) = std::env::var(ROLE) else { return };
    let dir = Path::new(&dir);
    println!("\nstarted");
    let wipe =
        Wipe::begin(&folders_in(dir), elsewhere_in(dir), dir.join("tmp"), vec![dir.join("everything.zip")])
            .unwrap();
    println!("\nbegun");
    wipe.finish("child").unwrap();
    println!("\nfinished");
}

#[test]
fn a_wipe_that_is_killed_is_finished_by_the_next_start() {
    let kills: u64 = std::env::var("ALLXONE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(50);
    let (mut mid_way, mut before) = (0, 0);
    for round in 0..kills {
        let computer = Computer::new();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "wipe::tests::wiping_child", "--nocapture", "--test-threads=1"])
            .env(ROLE, computer.dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().map(Result::unwrap).any(|line| line == "started"));
        std::thread::sleep(Duration::from_micros(round * 400));
        child.kill().unwrap();
        child.wait().unwrap();
        let told: Vec<String> = lines.map_while(Result::ok).collect();
        match Wipe::unfinished(&computer.folders()) {
            Some(_) => mid_way += 1,
            None if super::receipt(&computer.folders()).is_none() => {
                // Killed before it was decided: everything is as it was.
                assert!(!told.iter().any(|line| line == "begun"));
                assert!(computer.hits().len() >= 7);
                before += 1;
                continue;
            }
            None => {}
        }
        finish_begun(&computer.folders(), "next start").unwrap();
        assert_eq!(computer.hits(), Vec::<PathBuf>::new(), "round {round}");
        assert!(!computer.folders().root.exists() && computer.saved().exists());
        assert!(super::receipt(&computer.folders()).is_some());
    }
    println!("{kills} kills: {mid_way} in mid-way, {before} before it began");
    assert!(mid_way > 0, "no kill fell into a wipe");
}
