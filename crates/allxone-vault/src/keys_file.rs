//! `keys.json`: the key slots of a data folder.
//!
//! The file holds no secret except in a slot of kind `file`, which says so in its own words. Each
//! wrapped key is bound to the format, the folder, the slot and its parameters, so a slot moved to
//! another folder or altered does not open.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::wrap::{Kdf, Wrapped, WrappingKey};
use crate::{SecretKey, SecretStoreKind, VaultError, files, random};

/// Name of the file in a data folder.
pub const KEYS_FILE: &str = "keys.json";
const FORMAT: &str = "allxone-keys";
const VERSION: u32 = 1;
const UNPROTECTED_NOTE: &str = "This key is not protected: whoever can read this file can open the folder.";

/// What a key slot is opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotKind {
    /// The operating system's keyring.
    Keyring,
    /// A passphrase.
    Passphrase,
    /// Nothing: the slot holds its key in the clear.
    File,
    /// The recovery code.
    Recovery,
}

/// One slot, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotSummary {
    /// Identifies the slot in this folder.
    pub id: String,
    /// What opens it.
    pub kind: SlotKind,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeysFile {
    format: String,
    version: u32,
    /// 16 random bytes in hex; names the folder's entry in the keyring.
    pub(crate) folder_id: String,
    /// The usual way to open the folder.
    pub(crate) store: SecretStoreKind,
    pub(crate) slots: Vec<Slot>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Slot {
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) lock: Lock,
    pub(crate) wrapped: Wrapped,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Lock {
    Keyring { service: String, account: String },
    Passphrase { kdf: Kdf },
    File { unprotected_key: String, note: String },
    Recovery,
}

impl Lock {
    pub(crate) fn file(unprotected_key: &str) -> Self {
        Self::File { unprotected_key: unprotected_key.to_owned(), note: UNPROTECTED_NOTE.to_owned() }
    }

    pub(crate) fn kind(&self) -> SlotKind {
        match self {
            Self::Keyring { .. } => SlotKind::Keyring,
            Self::Passphrase { .. } => SlotKind::Passphrase,
            Self::File { .. } => SlotKind::File,
            Self::Recovery => SlotKind::Recovery,
        }
    }

    fn binding(&self) -> String {
        match self {
            Self::Keyring { service, account } => format!("keyring/{service}/{account}"),
            Self::Passphrase { kdf } => format!("passphrase/{}", kdf.binding()),
            Self::File { .. } => "file".to_owned(),
            Self::Recovery => "recovery".to_owned(),
        }
    }
}

impl From<SecretStoreKind> for Option<SlotKind> {
    fn from(kind: SecretStoreKind) -> Self {
        match kind {
            SecretStoreKind::Keyring => Some(SlotKind::Keyring),
            SecretStoreKind::Passphrase => Some(SlotKind::Passphrase),
            SecretStoreKind::File => Some(SlotKind::File),
            SecretStoreKind::Memory => None,
        }
    }
}

impl KeysFile {
    /// A file without slots for a fresh folder.
    pub(crate) fn new(folder_id: String, store: SecretStoreKind) -> Self {
        Self { format: FORMAT.to_owned(), version: VERSION, folder_id, store, slots: Vec::new() }
    }

    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join(KEYS_FILE)
    }

    /// `None` when the folder has none yet.
    pub(crate) fn load(dir: &Path) -> Result<Option<Self>, VaultError> {
        /// Read first: a later version may have any other shape.
        #[derive(Deserialize)]
        struct Head {
            format: String,
            version: u32,
        }
        let path = Self::path(dir);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(VaultError::io("Could not read", &path)(e)),
        };
        // The position only: the parser's own words may quote what is in the file.
        let damaged = |e: serde_json::Error| {
            VaultError::KeysFileDamaged(format!("line {}, column {}", e.line(), e.column()))
        };
        let head: Head = serde_json::from_slice(&text).map_err(damaged)?;
        if head.format != FORMAT {
            return Err(VaultError::KeysFileDamaged("it is not a key file".to_owned()));
        }
        if head.version > VERSION {
            return Err(VaultError::KeysFileTooNew { found: head.version, known: VERSION });
        }
        let file: Self = serde_json::from_slice(&text).map_err(damaged)?;
        if file.folder_id.len() != 32 || !file.folder_id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(VaultError::KeysFileDamaged("the folder id is not one".to_owned()));
        }
        Ok(Some(file))
    }

    pub(crate) fn save(&self, dir: &Path) -> Result<(), VaultError> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| VaultError::KeysFileDamaged(e.to_string()))?;
        files::write_atomic(&Self::path(dir), &text)
    }

    pub(crate) fn slot(&self, kind: SlotKind) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.lock.kind() == kind)
    }

    /// Puts a slot in place of any of the same kind.
    pub(crate) fn set_slot(
        &mut self,
        lock: Lock,
        master: &SecretKey,
        under: &WrappingKey,
    ) -> Result<(), VaultError> {
        let id = hex::encode(random::bytes::<4>()?);
        let wrapped = Wrapped::new(master, under, &self.aad(&id, &lock))?;
        self.slots.retain(|slot| slot.lock.kind() != lock.kind());
        self.slots.push(Slot { id, lock, wrapped });
        Ok(())
    }

    /// `Ok(None)` when the key does not fit the slot.
    pub(crate) fn open_slot(
        &self,
        slot: &Slot,
        under: &WrappingKey,
    ) -> Result<Option<SecretKey>, VaultError> {
        slot.wrapped.open(under, &self.aad(&slot.id, &slot.lock))
    }

    fn aad(&self, id: &str, lock: &Lock) -> Vec<u8> {
        format!("{FORMAT}\n{VERSION}\n{}\n{id}\n{}", self.folder_id, lock.binding()).into_bytes()
    }
}
