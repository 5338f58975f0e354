//! Making a folder unreadable for good: its keys go first, so that whatever else happens nobody can read what is left.
//!
//! Cut here apart from [`Vault`](crate::Vault) because it needs no key: a folder whose passphrase is forgotten can be erased too, and an
//! erasure that was broken off must be able to go on when the file that named the keys is gone already.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::keyring_store::{EntryName, KeyringAccess};
use crate::keys_file::{KEYS_FILE, KeysFile};
use crate::vault::keyring_entries;
use crate::{VaultError, files};

/// An entry of the system's keyring: its names, never its secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KeyringEntry {
    /// The program.
    pub service: String,
    /// What of it.
    pub account: String,
}

/// The keys of a folder and everything below it: where they are, and nothing of what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Entries of the keyring.
    pub entries: Vec<KeyringEntry>,
    /// Files with key slots.
    pub files: Vec<PathBuf>,
}

/// Deeper than this no data folder keeps keys.
const DEEP: usize = 4;

impl Erasure {
    /// Looks for the keys of `dir` and of the folders in it. A key file that cannot be read counts as one without keyring entries.
    pub fn of(dir: &Path) -> Self {
        let mut found = Self::default();
        found.look(dir, DEEP);
        found.entries.sort();
        found.entries.dedup();
        found
    }

    fn look(&mut self, dir: &Path, deep: usize) {
        if dir.join(KEYS_FILE).is_file() {
            let file = KeysFile::load(dir).ok().flatten();
            let entries = file.as_ref().map(keyring_entries).unwrap_or_default();
            self.entries.extend(
                entries.into_iter().map(|EntryName { service, account }| KeyringEntry { service, account }),
            );
            self.files.push(dir.join(KEYS_FILE));
        }
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            // A link leads out of the folder, and what is there is not ours.
            if deep > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.look(&entry.path(), deep - 1);
            }
        }
    }

    /// Takes in what another erasure names.
    pub fn join(&mut self, other: Self) {
        self.entries.extend(other.entries);
        self.files.extend(other.files);
        self.entries.sort();
        self.entries.dedup();
        self.files.sort();
        self.files.dedup();
    }

    /// Destroys the keys: keyring entries first, then the files. May be repeated; what is gone already is fine. Returns the entries the
    /// keyring did not let go of, each with the reason; without the files they open nothing.
    ///
    /// # Errors
    /// [`VaultError::Io`] when a key file could not be removed.
    pub fn run(&self, keyring: &KeyringAccess) -> Result<Vec<(KeyringEntry, String)>, VaultError> {
        let mut refused = Vec::new();
        for entry in &self.entries {
            let name = EntryName { service: entry.service.clone(), account: entry.account.clone() };
            if let Err(refusal) = keyring.delete(name) {
                refused.push((entry.clone(), refusal.to_string()));
            }
        }
        for file in &self.files {
            match fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(VaultError::io("Could not remove", file)(error));
                }
                _ => {}
            }
            if let Some(dir) = file.parent().filter(|dir| dir.is_dir()) {
                files::sync_dir(dir)?;
            }
        }
        Ok(refused)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;
    use crate::error::KeyringFault;
    use crate::keyring_store::fakes::{Failing, Working};
    use crate::{Opening, Vault};

    #[test]
    fn without_its_keys_a_folder_opens_for_nobody() {
        let dir = tempfile::tempdir().unwrap();
        Vault::open(dir.path(), Opening::file()).unwrap();
        Vault::open(&dir.path().join("accounts/a"), Opening::file()).unwrap();
        let erasure = Erasure::of(dir.path());
        assert_eq!(erasure.files.len(), 2);
        for _ in 0..2 {
            assert_eq!(erasure.run(&KeyringAccess::default()).unwrap(), []);
        }
        assert_eq!(Erasure::of(dir.path()), Erasure::default());
        assert!(!dir.path().join(KEYS_FILE).exists());
    }

    #[test]
    fn the_keyring_is_empty_afterwards_also_when_the_file_that_named_its_entries_went_first() {
        let store = Working::default();
        let access = || KeyringAccess::with_store(store.clone(), Duration::from_secs(20));
        let dir = tempfile::tempdir().unwrap();
        Vault::open(dir.path(), Opening { keyring: access(), ..Opening::keyring() }).unwrap();
        let erasure = Erasure::of(dir.path());
        assert_eq!((erasure.entries.len(), store.0.lock().unwrap().len()), (1, 1));
        // Written down and read again, as after a kill; the key file is gone already.
        let erasure: Erasure = serde_json::from_str(&serde_json::to_string(&erasure).unwrap()).unwrap();
        std::fs::remove_file(dir.path().join(KEYS_FILE)).unwrap();
        assert_eq!(erasure.run(&access()).unwrap(), []);
        assert_eq!(store.0.lock().unwrap().len(), 0);
        // A keyring that refuses is named; the files go all the same.
        Vault::open(dir.path(), Opening { keyring: access(), ..Opening::keyring() }).unwrap();
        let refusing = KeyringAccess::with_store(Failing(KeyringFault::NotReal), Duration::from_secs(20));
        let refused = Erasure::of(dir.path()).run(&refusing).unwrap();
        assert_eq!(refused.len(), 1);
        assert!(!dir.path().join(KEYS_FILE).exists());
    }
}
