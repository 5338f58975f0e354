//! What keeps a database from opening or working, in sentences a person can act on.

use std::path::PathBuf;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// The path cannot be written as text.
    #[error(
        "The folder {0} has a name this program cannot use. Nothing was started. Choose a folder whose name is plain text."
    )]
    FolderName(PathBuf),
    /// The address is none of a PostgreSQL database.
    #[error(
        "The address of the database cannot be used. Nothing was started. Write it like postgres://name@host/database."
    )]
    Address,
    /// A password where anybody who reads the configuration sees it.
    #[error(
        "The address of the database contains a password. Nothing was started. Take it out, and give it by the environment or a file of its own."
    )]
    Password,
    /// A connection to another computer that others could read along or play.
    #[error(
        "The address of the database switches off the proof of who answers there. Nothing was started. Leave `sslmode` out, or set it to verify-full."
    )]
    Unproved,
    /// The key does not open it.
    #[error(
        "The database does not open with this key. It was left unchanged. Use the key it was made with, or another folder."
    )]
    WrongKey,
    /// A newer program wrote it.
    #[error(
        "The database has version {found}; this program knows versions up to {known}. It was left unchanged. Use the newer program."
    )]
    Newer {
        /// Version of the database.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// The database library was built without encryption.
    #[error(
        "This build cannot encrypt its database, so nothing was started and nothing was written. Install the program again."
    )]
    NoCipher,
    /// The database failed.
    #[error("The database failed ({}). What was asked was not carried out.", kind(.0))]
    Database(#[from] sqlx::Error),
}

impl DatabaseError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FolderName(_) => "folder_name",
            Self::Address => "database_address",
            Self::Password => "database_password",
            Self::Unproved => "database_unproved",
            Self::WrongKey => "wrong_key",
            Self::Newer { .. } => "newer_database",
            Self::NoCipher => "no_cipher",
            Self::Database(_) => "database_failed",
        }
    }
}

/// The kind of a database error. Its text is left out: it may quote a statement.
pub fn kind(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => format!("code {}", error.code().unwrap_or_default()),
        sqlx::Error::Io(error) => error.kind().to_string(),
        sqlx::Error::PoolTimedOut => "too busy".to_owned(),
        sqlx::Error::PoolClosed => "already closed".to_owned(),
        _ => "internal".to_owned(),
    }
}
