//! What can go wrong with the library, in sentences a person can act on.

use std::path::PathBuf;

use allxone_vault::VaultError;

use crate::{ItemId, QueueState};

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// Another `Library` holds this folder exclusively.
    #[error(
        "This library is in use by another program. Nothing was changed. Close the other program and try again."
    )]
    InUse,
    /// Read-only access to a folder without a library.
    #[error("There is no library in {}. Nothing was written. Make a picture first, or choose another folder.", .0.display())]
    NoLibrary(PathBuf),
    /// The key does not open the database.
    #[error(
        "This library does not open with this key, or its first page is damaged. Nothing was changed. Use the key store it was made with, or restore the file library.db from a backup."
    )]
    WrongKey,
    /// The SQLite in this build cannot encrypt.
    #[error(
        "This build of the program cannot encrypt its library, so it was not opened. Nothing was written. Install a complete build."
    )]
    NotEncrypted,
    /// The schema is newer than this program.
    #[error(
        "This library was written by a newer version of the program (schema {found}; this program knows {known}). Nothing was changed. Update the program and try again."
    )]
    TooNew {
        /// Schema version found.
        found: u32,
        /// Newest schema version this program knows.
        known: u32,
    },
    /// Sealed files without a database: it was moved or lost.
    #[error(
        "The database of this library is missing, but its pictures are still there. They were left as they are. Restore the file library.db from a backup, or move the folder blobs away to begin anew."
    )]
    DatabaseMissing,
    /// The database does not verify.
    #[error(
        "The library's database is damaged ({0}). It was left as it is. Close the program and restore library.db from a backup."
    )]
    Damaged(String),
    /// A picture's file is not there.
    #[error(
        "The file of picture {0} is missing. Its entry is still there. Restore the folder blobs from a backup, or delete the entry."
    )]
    PictureMissing(ItemId),
    /// A picture's file does not verify.
    #[error(
        "The file of picture {0} is damaged. It was left as it is. Restore it from a backup, or delete the entry."
    )]
    PictureDamaged(ItemId),
    /// No such item, queue entry or input.
    #[error("There is nothing with this id in the library. It may have been deleted. Nothing was changed.")]
    NotFound,
    /// The beginning of an id fits several items.
    #[error("Several pictures have ids that begin with \"{0}\". Nothing was changed. Give more of the id.")]
    Ambiguous(String),
    /// A write through read-only access.
    #[error(
        "The library is open for reading only. Nothing was changed. Close the other program that uses it and try again."
    )]
    ReadOnly,
    /// A queue entry is no longer in the state the caller thought.
    #[error("This entry of the queue has moved on (it is now {0}). Nothing was changed. Look at it again.")]
    StateChanged(QueueState),
    /// The disk is full.
    #[error(
        "The disk is full. Nothing was saved, and what was saved before is unchanged. Free some space and try again."
    )]
    DiskFull,
    /// It was stopped on request.
    #[error("Stopped. No file was written and nothing in the library was changed.")]
    Stopped,
    /// An archive that is none, or not whole.
    #[error("This archive cannot be read: {0}. Export it again, or choose another file.")]
    Archive(String),
    /// An archive goes into an empty library only.
    #[error(
        "This library already holds pictures, and an archive is read into an empty one, so that nothing is mixed up. Nothing was changed. Open another folder with --data-dir, or erase this library first."
    )]
    NotEmpty,
    /// The check cannot look at the pictures of an archive.
    #[error(
        "The pictures of the archive could not be checked ({0}), so they were not taken. What was taken before is in the library; repeat the import to go on."
    )]
    Unchecked(String),
    /// A value that cannot be stored.
    #[error("{0} cannot be stored. Nothing was changed.")]
    BadValue(&'static str),
    /// Making the thumbnail failed.
    #[error("The picture could not be kept: {0}")]
    Media(#[from] allxone_media::MediaError),
    /// A sealed file or folder failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Reading or writing a folder failed.
    #[error("The folder {} could not be used: {source}. What was saved before is unchanged. Check permissions and try again.", .path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Anything else the database answered.
    #[error(
        "The library's database refused ({0}). What was saved before is unchanged. Try again; if it stays so, restart the program."
    )]
    Database(rusqlite::Error),
}

impl LibraryError {
    /// The stable name of this failure, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InUse => "library_in_use",
            Self::NoLibrary(_) => "no_library",
            Self::WrongKey => "library_wrong_key",
            Self::NotEncrypted => "library_not_encrypted",
            Self::TooNew { .. } => "library_too_new",
            Self::DatabaseMissing => "library_database_missing",
            Self::Damaged(_) => "library_damaged",
            Self::PictureMissing(_) => "picture_missing",
            Self::PictureDamaged(_) => "picture_damaged",
            Self::NotFound => "not_found",
            Self::Ambiguous(_) => "ambiguous_id",
            Self::ReadOnly => "library_read_only",
            Self::StateChanged(_) => "queue_state_changed",
            Self::DiskFull => "disk_full",
            Self::Stopped => "stopped",
            Self::Archive(_) => "archive_unreadable",
            Self::NotEmpty => "library_not_empty",
            Self::Unchecked(_) => "filter_unavailable",
            Self::BadValue(_) => "bad_value",
            Self::Media(error) => error.code(),
            Self::Vault(error) => error.code(),
            Self::Io { .. } => "disk_failed",
            Self::Database(_) => "library_failed",
        }
    }
}

impl From<rusqlite::Error> for LibraryError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as C;
        match error.sqlite_error_code() {
            Some(C::NotADatabase) => Self::WrongKey,
            Some(C::DatabaseCorrupt) => Self::Damaged("its structure is broken".to_owned()),
            // What SQLCipher answers when a page's signature does not fit.
            Some(C::OutOfMemory) => Self::Damaged("a page does not verify".to_owned()),
            Some(C::DiskFull) => Self::DiskFull,
            Some(C::ReadOnly) => Self::ReadOnly,
            _ => Self::Database(error),
        }
    }
}
