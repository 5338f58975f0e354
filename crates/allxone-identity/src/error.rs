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
    #[error(
        "The address {0} cannot be the address of this service. Nothing was started. Name one that begins with https://, or with http:// on this computer."
    )]
    Address(String),
    /// A sign-in provider's address cannot be used.
    #[error(
        "The addresses of the sign-in provider {0} cannot be used. Nothing was started. They must begin with https:// and lie on its own hosts."
    )]
    Provider(String),
    /// The mail server cannot be used.
    #[error(
        "The mail server {0} cannot be used as it is described. Nothing was started. It needs a sender's address, and encryption unless it is on this computer."
    )]
    Mail(String),
    /// Providers, and no way to reach them.
    #[error("Sign-in providers were named, but this service has no way out to them. Nothing was started.")]
    NoDoor,
}

impl IdentityError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Database(error) => error.code(),
            Self::Record(_) => "record_unreadable",
            Self::Randomness => "randomness_failed",
            Self::Address(_) => "address_unusable",
            Self::Provider(_) => "provider_unusable",
            Self::Mail(_) => "mail_unusable",
            Self::NoDoor => "no_way_out",
        }
    }
}

impl From<sqlx::Error> for IdentityError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}
