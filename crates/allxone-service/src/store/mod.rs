//! The service's database: its schema over [`Database`], and one file for each thing that is kept.

mod assets;
mod chain;
mod consents;
pub(crate) mod credits;
mod deletions;
mod erase;
mod exports;
mod history;
mod intake;
mod jobs;
mod keys;
mod lease;
pub(crate) mod payments;
mod people;
mod quotes;
mod requests;
mod retention;
mod rows;
mod schema;

use std::ops::Deref;
use std::path::Path;

use allxone_database::Database;
use allxone_vault::SecretKey;

use crate::ServiceError;

pub(crate) use assets::{NewAsset, NewUpload, StoredUpload};
pub use chain::ReceiptBook;
pub use credits::BookFault;
pub(crate) use erase::Erased;
pub(crate) use exports::Archived;
pub(crate) use intake::Taken;
pub(crate) use jobs::{Decision, Hold, NewJob, Placed, StoredEvent};
pub(crate) use lease::{Ending, Finished, Leased, NewOutput, Rerun};
pub(crate) use people::{ReceiptOf, add, exported};
pub(crate) use quotes::Price;
pub(crate) use requests::StoredRequest;
pub(crate) use rows::{name, named, to_json};

/// The open database. Clones share it.
#[derive(Clone)]
pub(crate) struct Store(Database);

impl Store {
    /// Opens the PostgreSQL database at `address`, and brings its tables up to date.
    ///
    /// # Errors
    /// As [`Database::connect`].
    #[cfg(test)]
    pub(crate) async fn connect(address: &str) -> Result<Self, ServiceError> {
        Ok(Self(Database::connect(address, schema::SCHEMA).await?))
    }

    /// Opens or makes the database at `path`, whose raw key is `key`, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ServiceError::WrongKey`], [`ServiceError::NewerDatabase`], [`ServiceError::NoCipher`] leave the file as it was.
    pub(crate) async fn open(path: &Path, key: &SecretKey) -> Result<Self, ServiceError> {
        Ok(Self(Database::open(path, key, schema::SCHEMA).await?))
    }
}

impl Deref for Store {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.0
    }
}

#[cfg(test)]
mod tests;
