//! What can go wrong with keys and sealed files, in sentences a person can act on.
//!
//! A keyring that cannot be reached is kept apart from every other failure: on a fresh folder the
//! caller may go on without keeping anything, while every other failure has to stop.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::lock::Holder;
use crate::opening::SecretStoreKind;

/// Why the keyring of this computer could not be used. Nothing was changed in any of these cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringFault {
    /// The store exists and said no: it is locked, or the question to unlock it was refused.
    #[error("the keyring is locked or refused access ({0})")]
    NoStorageAccess(String),
    /// There is no working store behind the interface.
    #[error("this computer offers no working keyring ({0})")]
    PlatformFailure(String),
    /// No answer in time; most often a question to unlock the keyring that nobody answered.
    #[error("the keyring did not answer within {} ms", .0.as_millis())]
    Timeout(Duration),
    /// The store does not keep anything beyond this process.
    #[error("the keyring of this build keeps nothing after the program ends")]
    NotReal,
    /// An entry exists but is not one this program wrote, or cannot hold what we write.
    #[error("the keyring's entry cannot be used ({0})")]
    BadEntry(String),
}

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The keyring could not be used. With `recorded` the folder's keys already live there and its
    /// content stays closed; without it the folder is fresh and the caller may go on in memory.
    #[error("{fault}. {}", keyring_advice(*.recorded))]
    KeyringUnavailable {
        /// What the keyring did.
        fault: KeyringFault,
        /// Whether this folder's keys are kept in that keyring already.
        recorded: bool,
    },
    /// The keyring works, but the entry this folder was opened with is gone.
    #[error(
        "The keyring has no entry for this data folder. Nothing in the folder was changed. Open it with the passphrase or the recovery code, restore the keyring, or use another data folder."
    )]
    KeyringEntryMissing,
    /// The folder's keys are kept in another way than the one asked for.
    #[error(
        "This data folder keeps its key by {recorded}, not by {asked}. Nothing was changed. Open it by {recorded}; the way can be changed afterwards."
    )]
    StoreDiffers {
        /// What the folder records.
        recorded: SecretStoreKind,
        /// What the caller asked for.
        asked: SecretStoreKind,
    },
    /// A passphrase is needed and none was given.
    #[error(
        "This data folder is opened with a passphrase. Nothing was changed. Enter the passphrase and try again."
    )]
    PassphraseNeeded,
    /// The passphrase does not fit.
    #[error(
        "That passphrase does not open this data folder. Nothing was changed. Check it and try again, or use the recovery code."
    )]
    WrongPassphrase,
    /// A new passphrase is shorter than the minimum.
    #[error("A passphrase needs at least {minimum} characters. Nothing was changed. Choose a longer one.")]
    PassphraseTooShort {
        /// The least number of characters.
        minimum: usize,
    },
    /// A recovery code with a slip of the pen: its own check digits do not fit.
    #[error(
        "That recovery code has a typing mistake in it. Nothing was changed. Compare it with your note and try again."
    )]
    RecoveryCodeMistyped,
    /// A well-formed recovery code of some other folder, or an older one.
    #[error(
        "That recovery code does not open this data folder. Nothing was changed. Use the newest code written down for this folder."
    )]
    WrongRecoveryCode,
    /// A recovery code was given, but the folder has none.
    #[error("This data folder has no recovery code. Nothing was changed. Open it in the usual way.")]
    NoRecoveryCode,
    /// The secret store answered with a key that does not open this folder.
    #[error(
        "The key kept by {0} does not open this data folder. Nothing was changed. The key or the file keys.json has been replaced; restore either from a backup, or use the recovery code."
    )]
    KeyDoesNotFit(SecretStoreKind),
    /// `keys.json` cannot be understood.
    #[error(
        "The file keys.json of this data folder is damaged ({0}). Nothing was changed. Restore it from a backup; without it the folder cannot be opened."
    )]
    KeysFileDamaged(String),
    /// `keys.json` was written by a newer program.
    #[error(
        "This data folder was written by a newer version of the program (keys.json version {found}, this program knows {known}). Nothing was changed. Update the program and try again."
    )]
    KeysFileTooNew {
        /// Version found in the file.
        found: u32,
        /// Newest version this program reads.
        known: u32,
    },
    /// A memory-only vault writes nothing, so it has no slots to change.
    #[error(
        "Nothing is kept on this computer in this session, so there is no key to change. Open a data folder that keeps its content first."
    )]
    NothingKept,
    /// A sealed file is not ours, was made with another key, or was altered.
    #[error(
        "A file is damaged, incomplete or was sealed with another key. It was left as it is. Restore it from a backup if you have one."
    )]
    SealBroken,
    /// A sealed file of a newer format.
    #[error(
        "A file was written by a newer version of the program (format {0}). It was left as it is. Update the program and try again."
    )]
    SealTooNew(u8),
    /// Another process holds the folder.
    #[error("This data folder is in use{}. Nothing was changed. Close the other program, or wait until it is done, and try again.", holder_text(.0))]
    FolderInUse(Option<Holder>),
    /// The operating system gave no random bytes.
    #[error(
        "The operating system gave no random numbers, so no key could be made. Nothing was written. Restart the computer and try again."
    )]
    Randomness,
    /// The disk said no.
    #[error("{} {}: {source}. What was stored before is unchanged. Check free space and permissions, then try again.", .action, .path.display())]
    Io {
        /// What was being done, e.g. "Could not write".
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

impl VaultError {
    /// The stable name of this failure, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyringUnavailable { fault, .. } => match fault {
                KeyringFault::NoStorageAccess(_) => "keyring_locked",
                KeyringFault::PlatformFailure(_) => "keyring_absent",
                KeyringFault::Timeout(_) => "keyring_timeout",
                KeyringFault::NotReal => "keyring_not_real",
                KeyringFault::BadEntry(_) => "keyring_bad_entry",
            },
            Self::KeyringEntryMissing => "keyring_entry_missing",
            Self::StoreDiffers { .. } => "secret_store_differs",
            Self::PassphraseNeeded => "passphrase_needed",
            Self::WrongPassphrase => "wrong_passphrase",
            Self::PassphraseTooShort { .. } => "passphrase_too_short",
            Self::RecoveryCodeMistyped => "recovery_code_mistyped",
            Self::WrongRecoveryCode => "wrong_recovery_code",
            Self::NoRecoveryCode => "no_recovery_code",
            Self::KeyDoesNotFit(_) => "key_does_not_fit",
            Self::KeysFileDamaged(_) => "keys_file_damaged",
            Self::KeysFileTooNew { .. } => "keys_file_too_new",
            Self::NothingKept => "nothing_kept",
            Self::SealBroken => "seal_broken",
            Self::SealTooNew(_) => "seal_too_new",
            Self::FolderInUse(_) => "folder_in_use",
            Self::Randomness => "no_randomness",
            Self::Io { .. } => "disk_failed",
        }
    }

    /// Wraps an I/O failure with what was done and where.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

fn keyring_advice(recorded: bool) -> &'static str {
    if recorded {
        "This data folder's key is kept there, so its content stays closed; nothing was changed. Unlock or start the keyring and try again, or use the recovery code."
    } else {
        "Nothing was written. Unlock or start the keyring, choose a passphrase instead, or go on without keeping anything."
    }
}

fn holder_text(holder: &Option<Holder>) -> String {
    match holder {
        Some(h) => format!(" by {} (process {})", h.program, h.pid),
        None => " by another program".to_owned(),
    }
}
