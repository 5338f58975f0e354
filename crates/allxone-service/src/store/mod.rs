//! The service's database: its schema over [`Database`], and one file for each thing that is kept.

mod assets;
mod chain;
mod consents;
pub(crate) mod credits;
mod deletions;
mod erase;
mod exports;
mod figures;
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
mod seal;
mod turns;

use std::ops::Deref;

use allxone_database::{Database, Place};
use allxone_vault::SecretKey;

use self::seal::Seal;
use crate::ServiceError;

pub(crate) use assets::{NewAsset, NewUpload, StoredUpload};
pub use chain::ReceiptBook;
pub use credits::BookFault;
pub(crate) use erase::Erased;
pub(crate) use exports::Archived;
pub(crate) use intake::Taken;
pub(crate) use jobs::{Decision, Hold, NewJob, Placed, StoredEvent};
pub(crate) use lease::{Ending, Finished, Kept, Leased, NewOutput, Rerun};
pub(crate) use people::{ReceiptOf, add, exported};
pub(crate) use quotes::Price;
pub(crate) use requests::StoredRequest;
pub(crate) use rows::{name, named, to_json};

/// The open database. Clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
    seal: Seal,
}

impl Store {
    /// Opens or makes the database at `place` and brings its tables up to date. `key` opens a file, and seals what people wrote in both forms.
    ///
    /// # Errors
    /// [`DatabaseError::WrongKey`](allxone_database::DatabaseError::WrongKey), `Newer` and `NoCipher` leave it as it was.
    pub(crate) async fn open(place: &Place, key: &SecretKey) -> Result<Self, ServiceError> {
        Ok(Self { database: Database::open_at(place, key, schema::SCHEMA).await?, seal: Seal::new(key)? })
    }
}

impl Deref for Store {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

#[cfg(test)]
mod tests;
