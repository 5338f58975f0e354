//! The opened master key of one data folder, and the slots it can be opened by.
//!
//! Opening never repairs: a secret store that is gone, changed or unavailable stops with help, and
//! nothing in the folder is overwritten. Only a folder without `keys.json` gets a new key.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::KeyringFault;
use crate::keyring_store::{EntryName, KeyringAccess, Refusal};
use crate::keys_file::{KeysFile, Lock, Slot, SlotKind, SlotSummary};
use crate::opening::{Opening, SecretStoreKind};
use crate::secret::{KeyPurpose, SecretKey};
use crate::wrap::{self, Kdf, PassphraseCost, WrappingKey};
use crate::{Passphrase, RecoveryCode, VaultError, files, lock, random};

/// Guards reading, changing and writing `keys.json` as one step, across processes.
const KEYS_LOCK: &str = "keys.lock";
const KEYS_LOCK_WAIT: Duration = Duration::from_secs(10);

/// The master key of one data folder. All methods block: the keyring up to its deadline, a
/// passphrase for its derivation.
pub struct Vault {
    master: SecretKey,
    store: SecretStoreKind,
    folder_id: String,
    /// `None` for [`SecretStoreKind::Memory`].
    dir: Option<PathBuf>,
}

impl Vault {
    /// Opens the folder's key, or creates one if the folder has none.
    ///
    /// # Errors
    /// [`VaultError::KeyringUnavailable`] when the keyring cannot be reached (with `recorded: false`
    /// nothing exists yet and the caller may go on with [`Opening::memory`]); every other error means
    /// that the folder exists and stays closed. Nothing is overwritten in any case.
    pub fn open(dir: &Path, opening: Opening) -> Result<Self, VaultError> {
        if let Some(file) = KeysFile::load(dir)? {
            return Self::open_existing(dir, &file, &opening);
        }
        if opening.recovery.is_some() {
            return Err(VaultError::NoRecoveryCode);
        }
        let kind = opening.kind.unwrap_or(SecretStoreKind::Keyring);
        if kind == SecretStoreKind::Memory {
            let folder_id = hex::encode(random::bytes::<16>()?);
            return Ok(Self { master: SecretKey::random()?, store: kind, folder_id, dir: None });
        }
        files::create_private_dir(dir)?;
        let _guard = guard(dir)?;
        // Another process may have been first.
        if let Some(file) = KeysFile::load(dir)? {
            return Self::open_existing(dir, &file, &opening);
        }
        Self::create(dir, kind, &opening)
    }

    fn create(dir: &Path, kind: SecretStoreKind, opening: &Opening) -> Result<Self, VaultError> {
        let master = SecretKey::random()?;
        let mut file = KeysFile::new(hex::encode(random::bytes::<16>()?), kind);
        add_store_slot(&mut file, kind, &master, opening, false)?;
        file.save(dir)?;
        tracing::info!(store = kind.name(), "created the key of a data folder");
        Ok(Self { master, store: kind, folder_id: file.folder_id, dir: Some(dir.to_path_buf()) })
    }

    fn open_existing(dir: &Path, file: &KeysFile, opening: &Opening) -> Result<Self, VaultError> {
        let master = match &opening.recovery {
            Some(code) => {
                let slot = file.slot(SlotKind::Recovery).ok_or(VaultError::NoRecoveryCode)?;
                file.open_slot(slot, &code.wrapping_key())?.ok_or(VaultError::WrongRecoveryCode)?
            }
            None => {
                let asked = opening.kind.unwrap_or(file.store);
                let slot = Option::<SlotKind>::from(asked)
                    .and_then(|kind| file.slot(kind))
                    .ok_or(VaultError::StoreDiffers { recorded: file.store, asked })?;
                open_store_slot(file, slot, opening)?
            }
        };
        Ok(Self {
            master,
            store: file.store,
            folder_id: file.folder_id.clone(),
            dir: Some(dir.to_path_buf()),
        })
    }

    /// The folder's usual way to keep its key.
    pub fn store(&self) -> SecretStoreKind {
        self.store
    }

    /// 16 random bytes in hex that tell data folders apart. Not secret.
    pub fn folder_id(&self) -> &str {
        &self.folder_id
    }

    /// The sub-key for one purpose: HKDF-SHA256 of the master key.
    pub fn key(&self, purpose: KeyPurpose) -> SecretKey {
        self.master.derive(purpose)
    }

    /// The slots this folder can be opened by; empty in memory.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::KeysFileDamaged`].
    pub fn slots(&self) -> Result<Vec<SlotSummary>, VaultError> {
        let Some(dir) = &self.dir else { return Ok(Vec::new()) };
        let file = KeysFile::load(dir)?.ok_or_else(missing)?;
        Ok(file.slots.iter().map(|s| SlotSummary { id: s.id.clone(), kind: s.lock.kind() }).collect())
    }

    /// Makes a recovery code and returns it for being shown once. An earlier code stops working.
    ///
    /// # Errors
    /// [`VaultError::NothingKept`] in memory; [`VaultError::Io`].
    pub fn add_recovery_code(&self) -> Result<RecoveryCode, VaultError> {
        let code = RecoveryCode::random()?;
        self.change(|file| file.set_slot(Lock::Recovery, &self.master, &code.wrapping_key()))?;
        Ok(code)
    }

    /// Makes the recovery code, if any, stop working.
    ///
    /// # Errors
    /// As [`Vault::add_recovery_code`].
    pub fn remove_recovery_code(&self) -> Result<(), VaultError> {
        self.change(|file| {
            file.slots.retain(|slot| slot.lock.kind() != SlotKind::Recovery);
            Ok(())
        })
    }

    /// Sets or changes the passphrase. With another usual way it becomes a second way to open.
    ///
    /// # Errors
    /// [`VaultError::PassphraseTooShort`]; as [`Vault::add_recovery_code`].
    pub fn set_passphrase(&self, passphrase: &Passphrase, cost: PassphraseCost) -> Result<(), VaultError> {
        self.change(|file| add_passphrase(file, &self.master, passphrase, cost))
    }

    /// Makes the way in `opening` the folder's usual one and closes the former. The recovery code
    /// stays. The master key stays too, so nothing has to be encrypted again.
    ///
    /// # Errors
    /// [`VaultError::NothingKept`] from or to memory; as [`Vault::open`]. The former way then still works.
    pub fn change_store(&mut self, opening: &Opening) -> Result<(), VaultError> {
        let kind = opening.kind.unwrap_or(SecretStoreKind::Keyring);
        let mut unused = Vec::new();
        self.change(|file| {
            let before = keyring_entries(file);
            add_store_slot(file, kind, &self.master, opening, true)?;
            if file.store != kind {
                let former = Option::<SlotKind>::from(file.store);
                file.slots.retain(|slot| Some(slot.lock.kind()) != former);
                file.store = kind;
            }
            let kept = keyring_entries(file);
            unused = before.into_iter().filter(|entry| !kept.contains(entry)).collect();
            Ok(())
        })?;
        self.store = kind;
        // These entries open nothing any more, so failing to remove one is no failure.
        for entry in unused {
            let _ = opening.keyring.delete(entry);
        }
        Ok(())
    }

    /// Destroys every slot, and with them the readability of everything in the folder. The keyring's
    /// entry goes first.
    ///
    /// # Errors
    /// [`VaultError::KeyringUnavailable`] when the entry could not be removed: `keys.json` is gone all
    /// the same. [`VaultError::Io`] when that could not be removed.
    pub fn destroy(self, keyring: &KeyringAccess) -> Result<(), VaultError> {
        let Some(dir) = &self.dir else { return Ok(()) };
        let _guard = guard(dir)?;
        let mut refused = None;
        for entry in KeysFile::load(dir)?.as_ref().map(keyring_entries).unwrap_or_default() {
            refused = keyring.delete(entry).err().or(refused);
        }
        let path = KeysFile::path(dir);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(VaultError::io("Could not remove", &path)(e));
            }
            _ => files::sync_dir(dir)?,
        }
        refused.map_or(Ok(()), |refusal| Err(keyring_error(refusal, true)))
    }

    /// Reads, changes and writes `keys.json` as one step.
    fn change(&self, edit: impl FnOnce(&mut KeysFile) -> Result<(), VaultError>) -> Result<(), VaultError> {
        let dir = self.dir.as_deref().ok_or(VaultError::NothingKept)?;
        let _guard = guard(dir)?;
        let mut file = KeysFile::load(dir)?.ok_or_else(missing)?;
        if file.folder_id != self.folder_id {
            return Err(VaultError::KeysFileDamaged("it belongs to another folder".to_owned()));
        }
        edit(&mut file)?;
        file.save(dir)
    }
}

/// Opens the master key by the slot of a secret store.
fn open_store_slot(file: &KeysFile, slot: &Slot, opening: &Opening) -> Result<SecretKey, VaultError> {
    let (under, misfit) = match &slot.lock {
        Lock::Keyring { service, account } => {
            let entry = EntryName { service: service.clone(), account: account.clone() };
            let text = opening.keyring.get(entry).map_err(|refusal| keyring_error(refusal, true))?;
            let misfit = VaultError::KeyDoesNotFit(SecretStoreKind::Keyring);
            match wrap::from_text(&text) {
                Some(key) => (key, misfit),
                None => return Err(misfit),
            }
        }
        Lock::Passphrase { kdf } => {
            let passphrase = opening.passphrase.as_ref().ok_or(VaultError::PassphraseNeeded)?;
            (kdf.wrapping_key(passphrase)?, VaultError::WrongPassphrase)
        }
        Lock::File { unprotected_key, .. } => {
            let misfit = VaultError::KeyDoesNotFit(SecretStoreKind::File);
            match wrap::from_text(unprotected_key) {
                Some(key) => (key, misfit),
                None => return Err(misfit),
            }
        }
        Lock::Recovery => return Err(VaultError::WrongRecoveryCode),
    };
    file.open_slot(slot, &under)?.ok_or(misfit)
}

/// Adds the slot of a secret store, keeping its wrapping key there.
fn add_store_slot(
    file: &mut KeysFile,
    kind: SecretStoreKind,
    master: &SecretKey,
    opening: &Opening,
    recorded: bool,
) -> Result<(), VaultError> {
    match kind {
        SecretStoreKind::Keyring => {
            let under: WrappingKey = random::key()?;
            // A fresh account for each slot: an entry still in use is never overwritten.
            let tail = hex::encode(random::bytes::<4>()?);
            let entry = EntryName {
                service: opening.keyring.service.clone(),
                account: format!("folder-{}-{tail}", file.folder_id),
            };
            opening
                .keyring
                .set(entry.clone(), wrap::to_text(&under))
                .map_err(|refusal| keyring_error(refusal, recorded))?;
            let EntryName { service, account } = entry;
            file.set_slot(Lock::Keyring { service, account }, master, &under)
        }
        SecretStoreKind::Passphrase => {
            let passphrase = opening.passphrase.as_ref().ok_or(VaultError::PassphraseNeeded)?;
            add_passphrase(file, master, passphrase, opening.cost)
        }
        SecretStoreKind::File => {
            let under: WrappingKey = random::key()?;
            file.set_slot(Lock::file(&wrap::to_text(&under)), master, &under)
        }
        SecretStoreKind::Memory => Err(VaultError::NothingKept),
    }
}

fn add_passphrase(
    file: &mut KeysFile,
    master: &SecretKey,
    passphrase: &Passphrase,
    cost: PassphraseCost,
) -> Result<(), VaultError> {
    if !passphrase.long_enough() {
        return Err(VaultError::PassphraseTooShort { minimum: Passphrase::MIN_CHARS });
    }
    let kdf = Kdf::new(cost)?;
    let under = kdf.wrapping_key(passphrase)?;
    file.set_slot(Lock::Passphrase { kdf }, master, &under)
}

pub(crate) fn keyring_entries(file: &KeysFile) -> Vec<EntryName> {
    file.slots
        .iter()
        .filter_map(|slot| match &slot.lock {
            Lock::Keyring { service, account } => {
                Some(EntryName { service: service.clone(), account: account.clone() })
            }
            _ => None,
        })
        .collect()
}

fn keyring_error(refusal: Refusal, recorded: bool) -> VaultError {
    match refusal {
        Refusal::NoEntry if recorded => VaultError::KeyringEntryMissing,
        Refusal::NoEntry => VaultError::KeyringUnavailable { fault: KeyringFault::NotReal, recorded },
        Refusal::Fault(fault) => VaultError::KeyringUnavailable { fault, recorded },
    }
}

fn guard(dir: &Path) -> Result<std::fs::File, VaultError> {
    lock::take(&dir.join(KEYS_LOCK), Instant::now() + KEYS_LOCK_WAIT)?.ok_or(VaultError::FolderInUse(None))
}

fn missing() -> VaultError {
    VaultError::KeysFileDamaged("it is gone".to_owned())
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
