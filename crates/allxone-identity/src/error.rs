//! What keeps accounts from being served at all. Refusals of single requests are no concern of this enum: see `fault.rs`.

use allxone_database::DatabaseError;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// The accounts' database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A stored record does not read.
    #[error("A stored record of the accounts ({0}) cannot be read. Nothing was changed.")]
    Record(&'static str),
    /// The system gives no random numbers.
    #[error("This computer gives no random numbers, so no secret can be made. Nothing was started.")]
    Randomness,
    /// The address people reach the service at cannot be one.
    #[error("The address {0} cannot be the address of this service. Nothing was started. Name one that begins with https://, or with http:// on this computer.")]
    Address(String),
}

impl IdentityError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(error) => error.code(),
            Self::Record(_) => "record_unreadable",
            Self::Randomness => "randomness_failed",
            Self::Address(_) => "address_unusable",
        }
    }
}

impl From<sqlx::Error> for IdentityError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
