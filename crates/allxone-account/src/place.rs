//! Where a sign-in is kept: one sealed file, its key in the vault of its folder, bound to server and account.
//!
//! Without a keyring the sign-in lives in memory and the person is told; a key file beside it only where that was chosen. A key that is
//! gone or does not fit means "signed out", never a failure: nothing of worth is in the file but tokens that can be had again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use allxone_contract::UtcMillis;
use allxone_vault::{
    FileLock, KeyPurpose, KeyringAccess, Opening, SecretKey, SecretStoreKind, Vault, VaultError, bound, files,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::profile::Profile;
use crate::{AuthServer, Secret};

const SESSION_FILE: &str = "session.sealed";
const LOCK_FILE: &str = "session.lock";
/// How long another process may take over its own renewal.
const LOCK_WAIT: Duration = Duration::from_secs(45);

/// Where a sign-in is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum KeptSession {
    /// On this computer, its key in the system's keyring.
    Keyring,
    /// On this computer, its key in a file beside it, unprotected.
    File,
    /// Nowhere: the person signs in again next time.
    Memory {
        /// Why, in a sentence; absent when it was asked for.
        because: Option<String>,
    },
}

/// Everything a sign-in consists of.
#[derive(Clone)]
pub(crate) struct Stored {
    /// Counts renewals, so that a process sees whether another was faster.
    pub(crate) serial: u64,
    pub(crate) access: Secret,
    pub(crate) refresh: Secret,
    /// When the access token was had, and when it ends, by this computer's clock.
    pub(crate) had: UtcMillis,
    pub(crate) until: UtcMillis,
    pub(crate) skew: i64,
    pub(crate) profile: Profile,
    /// The devices this one has seen.
    pub(crate) known: Option<Vec<String>>,
}

/// [`Stored`] as it is written; made and read here alone.
#[derive(Serialize, Deserialize)]
struct Written {
    serial: u64,
    access: Wiped,
    refresh: Wiped,
    had: UtcMillis,
    until: UtcMillis,
    skew: i64,
    profile: Profile,
    known: Option<Vec<String>>,
}

/// Text that is wiped from memory when it goes.
struct Wiped(Zeroizing<String>);

impl Serialize for Wiped {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Wiped {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Zeroizing::new(text)))
    }
}

/// The folder of a sign-in, opened.
pub(crate) struct Place {
    dir: PathBuf,
    /// `None` in memory.
    key: Option<Arc<SecretKey>>,
    purpose: String,
    kept: KeptSession,
}

/// Why a kept sign-in cannot be had.
pub(crate) enum Closed {
    /// There is none.
    Nothing,
    /// Its key is gone or does not fit. What is there stays until the next sign-in replaces it: a keyring may only be slow to wake up.
    KeyLost,
    /// The keyring does not give it just now.
    Waits,
    /// The disk failed.
    Failed(VaultError),
}

impl Place {
    /// A place for a new sign-in; whatever was kept there before is replaced. Blocking, the keyring up to its deadline.
    pub(crate) fn make(
        dir: &Path,
        server: &AuthServer,
        user: &str,
        kind: Option<SecretStoreKind>,
        keyring: KeyringAccess,
    ) -> Result<Self, VaultError> {
        let purpose = purpose(server, user);
        let in_memory = |because| Self {
            dir: dir.to_owned(),
            key: None,
            purpose: purpose.clone(),
            kept: KeptSession::Memory { because },
        };
        let kind = match kind {
            Some(SecretStoreKind::Memory) => return Ok(in_memory(None)),
            // A passphrase opens the library; nobody is asked for it again to stay signed in.
            Some(SecretStoreKind::Passphrase) | None => SecretStoreKind::Keyring,
            Some(kind) => kind,
        };
        let opening = |keyring| Opening { kind: Some(kind), keyring, ..Opening::default() };
        let again = KeyringAccess::new(keyring.service.clone(), keyring.deadline);
        let opened = match Vault::open(dir, opening(keyring)) {
            Err(
                VaultError::KeyringEntryMissing
                | VaultError::KeyDoesNotFit(_)
                | VaultError::KeysFileDamaged(_)
                | VaultError::StoreDiffers { .. }
                | VaultError::KeyringUnavailable { recorded: true, .. },
            ) => {
                // What is kept there cannot be read and is about to be replaced.
                wipe(dir)?;
                Vault::open(dir, opening(again))
            }
            other => other,
        };
        match opened {
            Ok(vault) => Ok(Self::of(dir, &vault, purpose)),
            Err(VaultError::KeyringUnavailable { fault, .. }) => Ok(in_memory(Some(fault.to_string()))),
            Err(other) => Err(other),
        }
    }

    /// The place of a sign-in that was kept. Blocking, the keyring up to its deadline.
    pub(crate) fn open(
        dir: &Path,
        server: &AuthServer,
        user: &str,
        keyring: KeyringAccess,
    ) -> Result<(Self, Stored), Closed> {
        if !dir.join(SESSION_FILE).exists() {
            return Err(Closed::Nothing);
        }
        if !dir.join(allxone_vault::KEYS_FILE).exists() {
            return Err(Closed::KeyLost);
        }
        let vault = match Vault::open(dir, Opening { keyring, ..Opening::default() }) {
            Ok(vault) => vault,
            Err(
                VaultError::KeyringEntryMissing
                | VaultError::KeyDoesNotFit(_)
                | VaultError::KeysFileDamaged(_),
            ) => {
                return Err(Closed::KeyLost);
            }
            Err(VaultError::KeyringUnavailable { .. } | VaultError::PassphraseNeeded) => {
                return Err(Closed::Waits);
            }
            Err(other) => return Err(Closed::Failed(other)),
        };
        let place = Self::of(dir, &vault, purpose(server, user));
        match place.read() {
            Ok(Some(stored)) => Ok((place, stored)),
            Ok(None) => Err(Closed::Nothing),
            Err(VaultError::SealBroken) => Err(Closed::KeyLost),
            Err(other) => Err(Closed::Failed(other)),
        }
    }

    fn of(dir: &Path, vault: &Vault, purpose: String) -> Self {
        let kept = match vault.store() {
            SecretStoreKind::File => KeptSession::File,
            _ => KeptSession::Keyring,
        };
        Self {
            dir: dir.to_owned(),
            key: Some(Arc::new(vault.key(KeyPurpose::AccountSession))),
            purpose,
            kept,
        }
    }

    pub(crate) fn kept(&self) -> &KeptSession {
        &self.kept
    }

    pub(crate) fn in_memory(&self) -> bool {
        self.key.is_none()
    }

    /// The right to renew, across processes; `None` when another process takes too long. Blocking.
    pub(crate) fn lock(&self, wait: Option<Duration>) -> Result<Option<FileLock>, VaultError> {
        FileLock::acquire(&self.dir.join(LOCK_FILE), wait.unwrap_or(LOCK_WAIT))
    }

    /// What is kept now; `None` when the sign-in was removed. Blocking.
    pub(crate) fn read(&self) -> Result<Option<Stored>, VaultError> {
        let Some(key) = &self.key else { return Ok(None) };
        let path = self.dir.join(SESSION_FILE);
        let sealed = match std::fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(VaultError::Io { action: "Could not read", path, source }),
        };
        let plain = bound::open(key, &self.purpose, &sealed)?;
        let written: Written = serde_json::from_slice(&plain).map_err(|_| VaultError::SealBroken)?;
        Ok(Some(Stored {
            serial: written.serial,
            access: Secret::new(written.access.0.as_str()),
            refresh: Secret::new(written.refresh.0.as_str()),
            had: written.had,
            until: written.until,
            skew: written.skew,
            profile: written.profile,
            known: written.known,
        }))
    }

    /// Keeps it durably. Blocking.
    pub(crate) fn write(&self, stored: &Stored) -> Result<(), VaultError> {
        let Some(key) = &self.key else { return Ok(()) };
        let written = Written {
            serial: stored.serial,
            access: Wiped(Zeroizing::new(stored.access.expose().to_owned())),
            refresh: Wiped(Zeroizing::new(stored.refresh.expose().to_owned())),
            had: stored.had,
            until: stored.until,
            skew: stored.skew,
            profile: stored.profile.clone(),
            known: stored.known.clone(),
        };
        let plain = Zeroizing::new(serde_json::to_vec(&written).map_err(|_| VaultError::SealBroken)?);
        files::write_atomic(&self.dir.join(SESSION_FILE), &bound::seal(key, &self.purpose, &plain)?)
    }

    /// Removes the sealed file. Its key may stay: it opens nothing any more. Blocking.
    pub(crate) fn remove(&self) -> Result<(), VaultError> {
        if self.in_memory() { Ok(()) } else { remove(&self.dir.join(SESSION_FILE)) }
    }
}

/// Removes what is kept in `dir` and makes it unreadable: the sealed file first, then its key. An entry of a keyring that does not answer
/// stays behind and opens nothing.
pub(crate) fn destroy(dir: &Path, keyring: KeyringAccess) -> Result<(), VaultError> {
    remove(&dir.join(SESSION_FILE))?;
    if dir.join(allxone_vault::KEYS_FILE).exists() {
        let again = KeyringAccess::new(keyring.service.clone(), keyring.deadline);
        if let Ok(vault) = Vault::open(dir, Opening { keyring, ..Opening::default() }) {
            let _ = vault.destroy(&again);
        }
    }
    wipe(dir)
}

fn wipe(dir: &Path) -> Result<(), VaultError> {
    remove(&dir.join(SESSION_FILE))?;
    remove(&dir.join(allxone_vault::KEYS_FILE))
}

fn remove(path: &Path) -> Result<(), VaultError> {
    match std::fs::remove_file(path) {
        Ok(()) => path.parent().map_or(Ok(()), files::sync_dir),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(VaultError::Io { action: "Could not remove", path: path.to_owned(), source }),
    }
}

/// What the sealed file is bound to.
fn purpose(server: &AuthServer, user: &str) -> String {
    format!("allxone-session/1\n{}\n{user}", server.sign_in())
}
