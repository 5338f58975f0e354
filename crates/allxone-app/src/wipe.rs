//! Wiping this device: the keys first, then everything else, however often it is broken off.
//!
//! Cut here because it must work without anything being open: a marker beside the data folder says that a wipe has begun and what belongs to
//! it, and the next start finishes it before it opens anything. Once the keys are gone, and they go first, nothing of what is left can be
//! read. Files a person saved elsewhere, archives among them, are theirs: they are listed and not touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use allxone_studio::contract::UtcMillis;
use allxone_studio::session::{Erased, ErasedKind, Left, LeftKind, WipeReceipt};
use allxone_vault::{Erasure, FolderLock, KeyringAccess, files};
use serde::{Deserialize, Serialize};

use crate::{AppError, Folders};

/// Longer than at a start: the system may ask the person to unlock the keyring.
const KEYRING_WAIT: Duration = Duration::from_secs(30);
/// How the marker's name ends.
const MARKER: &str = ".wiping";
/// What this program leaves in the system's folder for temporary files begins with one of these, and nobody's data folder does: pictures that
/// were dragged out, profiles that keep nothing.
const TEMPORARY: [&str; 2] = ["allxone-drag-", PASSING];
/// How the name of a profile's folder begins that keeps nothing.
pub(crate) const PASSING: &str = "allxone-passing-";

/// What belongs to a wipe, as it stands in the marker.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {
    root: PathBuf,
    /// Folders outside the data folder: what the web view keeps.
    elsewhere: Vec<PathBuf>,
    keys: Erasure,
    /// The system's folder for temporary files.
    temporary: PathBuf,
    /// Archives that were saved.
    saved: Vec<PathBuf>,
    begun: i64,
    /// What was erased so far.
    erased: Vec<Erased>,
    /// Once everything is gone.
    receipt: Option<WipeReceipt>,
}

/// A wipe that has been decided upon and written down: it will be finished, by this process or by the next start.
pub struct Wipe {
    marker: PathBuf,
    plan: Plan,
}

impl Wipe {
    /// Writes down that everything of `folders` and `elsewhere` is to be erased, and what was left in `temporary`. `saved` are archives that stay.
    ///
    /// # Errors
    /// When it cannot be written down. Then nothing happens.
    pub fn begin(
        folders: &Folders,
        elsewhere: Vec<PathBuf>,
        temporary: PathBuf,
        saved: Vec<PathBuf>,
    ) -> Result<Self, AppError> {
        let plan = Plan {
            root: folders.root.clone(),
            elsewhere,
            temporary,
            keys: Erasure::of(&folders.root),
            saved,
            begun: UtcMillis::now().0,
            erased: Vec::new(),
            receipt: None,
        };
        let wipe = Self { marker: marker(&folders.root), plan };
        wipe.note()?;
        Ok(wipe)
    }

    /// A wipe that was begun and not finished.
    pub fn unfinished(folders: &Folders) -> Option<Self> {
        let marker = marker(&folders.root);
        let plan: Plan = serde_json::from_slice(&fs::read(&marker).ok()?).ok()?;
        // A marker that speaks of another folder is not about this one.
        (plan.receipt.is_none() && plan.root == folders.root).then_some(Self { marker, plan })
    }

    /// Erases everything but what is in use by the window that is still open: keys, library, service, logs, settings, temporary files.
    /// Blocking. May be repeated.
    ///
    /// # Errors
    /// When something cannot be removed, or another program uses the folder. What is gone stays gone; the next start goes on.
    pub fn erase_data(&mut self, program: &str) -> Result<(), AppError> {
        let keyring = KeyringAccess::new(KeyringAccess::default().service, KEYRING_WAIT);
        self.erase_data_with(program, &keyring)
    }

    fn erase_data_with(&mut self, program: &str, keyring: &KeyringAccess) -> Result<(), AppError> {
        if self.plan.root.is_dir() {
            let lock = FolderLock::acquire(&self.plan.root, program, FolderLock::WAIT)?;
            // Keys that came after the marker was written.
            let before = self.plan.keys.clone();
            self.plan.keys.join(Erasure::of(&self.plan.root));
            if self.plan.keys != before {
                self.note()?;
            }
            self.plan.keys.run(keyring)?;
            let folders = Folders::under(&self.plan.root);
            for (kind, path) in parts(&folders) {
                self.erase(kind, &path)?;
            }
            for file in unfinished_files(&folders.root) {
                self.erase(ErasedKind::Keys, &file)?;
            }
            drop(lock);
            for name in LOCKS {
                self.erase(ErasedKind::Keys, &folders.root.join(name))?;
            }
            // Empty by now, unless a person put something into it.
            let _ = fs::remove_dir(&folders.root);
        }
        for folder in left_in(&self.plan.temporary) {
            self.erase(ErasedKind::Temporary, &folder)?;
        }
        Ok(())
    }

    /// Erases what is left, and answers what was erased and what remains. Blocking. May be repeated.
    ///
    /// # Errors
    /// As [`Wipe::erase_data`].
    pub fn finish(mut self, program: &str) -> Result<WipeReceipt, AppError> {
        let keyring = KeyringAccess::new(KeyringAccess::default().service, KEYRING_WAIT);
        self.erase_data_with(program, &keyring)?;
        for folder in self.plan.elsewhere.clone() {
            self.erase(ErasedKind::Window, &folder)?;
        }
        let refused = self.plan.keys.run(&keyring)?;
        let left = |kind, path: &Path, why: &str| Left {
            kind,
            what: path.display().to_string(),
            why: why.to_owned(),
        };
        let mut remains: Vec<Left> = self
            .plan
            .saved
            .iter()
            .filter(|file| file.exists())
            .map(|file| left(LeftKind::Saved, file, ""))
            .collect();
        remains.extend(refused.iter().map(|(entry, why)| Left {
            kind: LeftKind::Keyring,
            what: format!("{} / {}", entry.service, entry.account),
            why: why.clone(),
        }));
        remains.extend(
            fs::read_dir(&self.plan.root)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| left(LeftKind::Foreign, &entry.path(), "")),
        );
        let receipt = WipeReceipt {
            begun: UtcMillis(self.plan.begun),
            finished: UtcMillis::now(),
            keys: u64::try_from(self.plan.keys.entries.len() + self.plan.keys.files.len())
                .unwrap_or(u64::MAX),
            erased: std::mem::take(&mut self.plan.erased),
            remains,
        };
        self.plan.receipt = Some(receipt.clone());
        self.note()?;
        Ok(receipt)
    }

    /// Removes a file or folder and adds it to what was erased.
    fn erase(&mut self, kind: ErasedKind, path: &Path) -> Result<(), AppError> {
        let (files, bytes) = measure(path);
        let failed = |source| AppError::Folder { folder: path.to_owned(), source };
        match fs::symlink_metadata(path) {
            Ok(known) if known.is_dir() => remove_all(path).map_err(failed)?,
            Ok(_) => fs::remove_file(path).map_err(failed)?,
            Err(_) => return Ok(()),
        }
        if files > 0 {
            let known = self.plan.erased.iter_mut().find(|one| one.kind == kind);
            match known {
                Some(one) => (one.files, one.bytes) = (one.files + files, one.bytes + bytes),
                None => self.plan.erased.push(Erased { kind, files, bytes }),
            }
            self.note()?;
        }
        Ok(())
    }

    fn note(&self) -> Result<(), AppError> {
        let text = serde_json::to_vec_pretty(&self.plan).unwrap_or_default();
        Ok(files::write_atomic(&self.marker, &text)?)
    }
}

/// Finishes a wipe of `folders` that was begun, if there is one. Everything that opens a data folder asks this first.
///
/// # Errors
/// When it cannot be finished: then nothing may be opened, or it would be erased by the next who tries.
pub fn finish_begun(folders: &Folders, program: &str) -> Result<(), AppError> {
    Wipe::unfinished(folders).map_or(Ok(()), |wipe| wipe.finish(program).map(drop))
}

/// The receipt of a wipe that is finished, until a person has taken note of it.
pub fn receipt(folders: &Folders) -> Option<WipeReceipt> {
    let plan: Plan = serde_json::from_slice(&fs::read(marker(&folders.root)).ok()?).ok()?;
    plan.receipt
}

/// Removes the receipt, the last thing that tells there was a wipe.
pub fn forget_receipt(folders: &Folders) {
    if receipt(folders).is_some() {
        let _ = fs::remove_file(marker(&folders.root));
    }
}

/// Beside the data folder, since that is what goes.
fn marker(root: &Path) -> PathBuf {
    let mut name = root.file_name().unwrap_or_default().to_os_string();
    name.push(MARKER);
    root.with_file_name(name)
}

/// What lies in a data folder, in the order it goes.
fn parts(folders: &Folders) -> Vec<(ErasedKind, PathBuf)> {
    vec![
        (ErasedKind::Library, folders.library.clone()),
        (ErasedKind::Service, folders.service.clone()),
        (ErasedKind::Accounts, folders.accounts()),
        (ErasedKind::Logs, folders.logs.clone()),
        (ErasedKind::Settings, folders.settings()),
        (ErasedKind::Settings, folders.settings().with_extension("json.part")),
    ]
}

/// Files whose writing was broken off.
fn unfinished_files(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_file() && path.to_string_lossy().ends_with(files::TMP_SUFFIX)).collect()
}

/// Held or made anew while the rest goes.
const LOCKS: [&str; 4] = ["keys.lock", "folder.lock", "folder.holder", "keys.json"];

/// Folders this program left among the system's temporary files, but for those of a profile that is still at work.
fn left_in(temporary: &Path) -> Vec<PathBuf> {
    let ours = |entry: &fs::DirEntry| {
        TEMPORARY.iter().any(|begins| entry.file_name().to_string_lossy().starts_with(begins))
    };
    let unused = |folder: &PathBuf| FolderLock::holder(folder).is_ok_and(|holder| holder.is_none());
    let entries =
        fs::read_dir(temporary).into_iter().flatten().flatten().filter(ours).map(|entry| entry.path());
    entries.filter(|path| path.is_dir() && !path.is_symlink()).filter(unused).collect()
}

/// Removes a folder, and tries again where somebody has put a file into it meanwhile.
fn remove_all(folder: &Path) -> std::io::Result<()> {
    let mut tried = fs::remove_dir_all(folder);
    for _ in 0..3 {
        match &tried {
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                tried = fs::remove_dir_all(folder)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            _ => break,
        }
    }
    tried
}

/// Files below a path, and their bytes.
fn measure(path: &Path) -> (u64, u64) {
    let Ok(known) = fs::symlink_metadata(path) else { return (0, 0) };
    if !known.is_dir() {
        return (1, known.len());
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| measure(&entry.path())).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[cfg(test)]
#[path = "wipe_tests.rs"]
mod tests;
