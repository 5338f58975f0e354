//! What keeps a service from starting or working, in sentences a person can act on.
//!
//! Errors of single requests are no concern of this enum: they are answered as problems (`api::refusal`).

use std::net::SocketAddr;
use std::path::PathBuf;

use allxone_database::{DatabaseError, kind};
use allxone_egress::{BucketError, EgressError};
use allxone_identity::{IdentityError, SupabaseError};
use allxone_vault::VaultError;

use crate::PaymentsError;

/// Every failure of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// Asked to listen where other computers could reach it.
    #[error(
        "The service on this computer only listens on this computer (127.0.0.1 or ::1), not on {0}. Nothing was started. Choose a \
         loopback address."
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be listened on.
    #[error(
        "The service could not listen on {addr} ({source}). Nothing was started. Choose another port, or 0 for a free one."
    )]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A token that could be guessed or not be sent.
    #[error(
        "The token must be at least 32 visible ASCII characters without spaces. Nothing was started. Choose a longer one or none."
    )]
    WeakToken,
    /// The system gives no random numbers.
    #[error("This computer gives no random numbers, so no secret can be made. Nothing was started.")]
    Randomness,
    /// The folder, its lock or a sealed file.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A file of the service.
    #[error(
        "The service could not read or write in {path} ({source}). What was stored before is unchanged. Check the disk and its permissions."
    )]
    Disk {
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The operator's file does not read.
    #[error("The operator's file cannot be read: {0}. Nothing was started. Mend it.")]
    OperatorFile(String),
    /// The partners' file does not read.
    #[error("The file of partners cannot be used: {0}. Nothing was started. Mend it.")]
    PartnersFile(String),
    /// A personal key that is not made.
    #[error("{0}")]
    KeyRefused(&'static str),
    /// A hosted service without an address to write to.
    #[error(
        "A hosted service needs a contact address people can write to about their rights. Nothing was started. Add `contact` to the operator's file."
    )]
    NoContact,
    /// A hosted service that shares data without an agreement.
    #[error(
        "A hosted service needs an agreement with every processor, and `{0}` has none that names an https address and a date. Nothing was \
         started. Add its `agreement` to the operator's file, or leave it out."
    )]
    NoAgreement(String),
    /// A partner that is not in the registry.
    #[error(
        "The processor `{0}` does not stand in the operator's file, so nothing may be sent to it. Nothing was started. Describe it there."
    )]
    UnknownProcessor(String),
    /// Nodes of which each would call the accounts its own.
    #[error(
        "Several nodes that keep accounts need the one address people reach them at. Nothing was started. Give it to each of them."
    )]
    NoAddress,
    /// The database does not open.
    #[error(transparent)]
    Open(DatabaseError),
    /// The accounts.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The way out.
    #[error(transparent)]
    Door(#[from] EgressError),
    /// The file of plans and payment providers.
    #[error(transparent)]
    Payments(#[from] PaymentsError),
    /// A payment provider did not end a subscription.
    #[error(
        "The subscription of this account could not be ended at the payment provider, so the account stays for now. Nothing was erased. Try \
         again in a while."
    )]
    Subscription,
    /// The bucket of the sealed files.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// The project that keeps the accounts could not be asked.
    #[error(transparent)]
    Project(#[from] SupabaseError),
    /// The database failed.
    #[error("The service's database failed ({}). The request was not carried out.", kind(.0))]
    Database(#[from] sqlx::Error),
    /// A stored row does not read.
    #[error("A stored record ({0}) cannot be read. The others are unchanged.")]
    Record(&'static str),
}

impl ServiceError {
    /// A stable name for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLoopback(_) => "not_loopback",
            Self::Listen { .. } => "listen_failed",
            Self::WeakToken => "weak_token",
            Self::Randomness => "randomness_failed",
            Self::Vault(error) => error.code(),
            Self::Disk { .. } => "disk_failed",
            Self::OperatorFile(_) => "operator_file",
            Self::PartnersFile(_) => "partners_file",
            Self::KeyRefused(_) => "key_refused",
            Self::NoContact => "no_contact",
            Self::NoAgreement(_) => "no_agreement",
            Self::UnknownProcessor(_) => "unknown_processor",
            Self::NoAddress => "no_address",
            Self::Open(error) => error.code(),
            Self::Identity(error) => error.code(),
            Self::Door(error) => error.code(),
            Self::Payments(error) => error.code(),
            Self::Subscription => "subscription_runs",
            Self::Bucket(error) => error.code(),
            Self::Project(error) => error.code(),
            Self::Database(_) => "database_failed",
            Self::Record(_) => "record_unreadable",
        }
    }
}

impl From<DatabaseError> for ServiceError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Database(error) => Self::Database(error),
            other => Self::Open(other),
        }
    }
}
