//! The list of accounts on this computer: enough to find their folders and to tell them apart, nothing that opens anything.

use std::path::{Path, PathBuf};

use allxone_vault::files;
use serde::{Deserialize, Serialize};

use crate::{AccountError, AccountKey, AuthServer};

const FILE: &str = "accounts.json";
const FORMAT: &str = "allxone-accounts";
const VERSION: u32 = 1;

/// One account of the list.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) key: AccountKey,
    pub(crate) server: AuthServer,
    /// The account's id at its server.
    pub(crate) user: String,
    /// A shortened e-mail address.
    pub(crate) label: String,
}

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    version: u32,
    accounts: Vec<Entry>,
}

/// The folder of all accounts.
#[derive(Clone)]
pub(crate) struct Register(PathBuf);

impl Register {
    pub(crate) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// The folder of one account: its library, and in it the folder of its sign-in.
    pub(crate) fn folder(&self, key: &AccountKey) -> PathBuf {
        self.0.join(key.as_str())
    }

    pub(crate) fn session(&self, key: &AccountKey) -> PathBuf {
        self.folder(key).join("session")
    }

    /// Reads the list. One that is missing or damaged counts as empty: the folders stay, and signing in again finds them.
    pub(crate) fn read(&self) -> Vec<Entry> {
        let file =
            std::fs::read(self.0.join(FILE)).ok().and_then(|text| serde_json::from_slice::<File>(&text).ok());
        file.filter(|file| file.format == FORMAT && file.version <= VERSION)
            .map(|file| file.accounts)
            .unwrap_or_default()
    }

    /// Writes the list. Blocking.
    pub(crate) fn write(&self, accounts: &[Entry]) -> Result<(), AccountError> {
        let failed = |error: &dyn std::fmt::Display| AccountError::List(error.to_string());
        let file = File { format: FORMAT.to_owned(), version: VERSION, accounts: accounts.to_vec() };
        let text = serde_json::to_vec_pretty(&file).map_err(|error| failed(&error))?;
        files::create_private_dir(&self.0)?;
        Ok(files::write_atomic(&self.0.join(FILE), &text)?)
    }
}
