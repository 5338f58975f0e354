//! How a caller wants a data folder opened.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{KeyringAccess, Passphrase, PassphraseCost, RecoveryCode};

/// Where the key of a data folder is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretStoreKind {
    /// The operating system's keyring.
    Keyring,
    /// Nowhere: it is computed from a passphrase each time.
    Passphrase,
    /// In `keys.json` itself, **unprotected**: whoever can read the file can open the folder.
    File,
    /// Nowhere: a random key that dies with the process. Nothing is written.
    Memory,
}

impl SecretStoreKind {
    /// The word used in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::Passphrase => "passphrase",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }

    /// Whether what is kept is safe from somebody who copies the disk.
    pub fn protects(self) -> bool {
        !matches!(self, Self::File)
    }
}

impl fmt::Display for SecretStoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "file (unprotected)",
            other => other.name(),
        })
    }
}

impl std::str::FromStr for SecretStoreKind {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Keyring, Self::Passphrase, Self::File, Self::Memory]
            .into_iter()
            .find(|kind| kind.name() == word)
            .ok_or_else(|| format!("\"{word}\" is not one of keyring, passphrase, file, memory"))
    }
}

/// Everything needed to open a folder, or to create its key.
#[derive(Default)]
pub struct Opening {
    /// The way asked for. `None`: what the folder already uses; for a fresh folder the keyring.
    pub kind: Option<SecretStoreKind>,
    /// For [`SecretStoreKind::Passphrase`]: opens an existing folder, becomes the passphrase of a
    /// fresh one.
    pub passphrase: Option<Passphrase>,
    /// Opens an existing folder whatever its usual way is.
    pub recovery: Option<RecoveryCode>,
    /// How the keyring is reached.
    pub keyring: KeyringAccess,
    /// The work a *new* passphrase slot asks of whoever guesses.
    pub cost: PassphraseCost,
}

impl Opening {
    /// As the folder is used to; the keyring for a fresh one.
    pub fn recorded() -> Self {
        Self::default()
    }

    /// By the operating system's keyring.
    pub fn keyring() -> Self {
        Self { kind: Some(SecretStoreKind::Keyring), ..Self::default() }
    }

    /// By a passphrase.
    pub fn passphrase(passphrase: Passphrase) -> Self {
        Self { kind: Some(SecretStoreKind::Passphrase), passphrase: Some(passphrase), ..Self::default() }
    }

    /// By an unprotected key file.
    pub fn file() -> Self {
        Self { kind: Some(SecretStoreKind::File), ..Self::default() }
    }

    /// Without keeping anything.
    pub fn memory() -> Self {
        Self { kind: Some(SecretStoreKind::Memory), ..Self::default() }
    }

    /// By the recovery code of an existing folder.
    pub fn recovery(code: RecoveryCode) -> Self {
        Self { recovery: Some(code), ..Self::default() }
    }
}
