//! Deleting an account: when, how far it is, and the receipt of what went and what remains.

use serde::{Deserialize, Serialize};

use crate::{DeletionId, UtcMillis};

/// Body of `POST /account/deletion`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct DeletionRequest {
    /// When.
    pub when: DeletionTime,
}

/// When an account goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum DeletionTime {
    /// At once; it cannot be undone.
    Now,
    /// In seven days; until then, signing in again and cancelling keeps the account.
    InSevenDays,
}

/// A deletion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Deletion {
    /// The receipt number. Whoever knows it can ask how far the deletion is, also when the account is gone.
    pub id: DeletionId,
    /// How far it is.
    pub state: DeletionState,
    /// When it was asked for.
    pub requested: UtcMillis,
    /// When erasing begins.
    pub due: UtcMillis,
    /// When everything was gone.
    pub finished: Option<UtcMillis>,
    /// What was erased; complete once it is finished.
    pub erased: Vec<ErasedClass>,
    /// What remains, where, why, and until when.
    pub remains: Vec<Remainder>,
}

/// How far a deletion is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum DeletionState {
    /// Sessions are ended and nothing but the deletion is processed; it can be cancelled.
    Grace,
    /// Being erased.
    Erasing,
    /// Nothing is left but what the receipt names.
    Done,
    /// Cancelled in time.
    Cancelled,
}

/// How much of one class was erased.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ErasedClass {
    /// The class, as in the retention table.
    pub class: String,
    /// How many records or files.
    pub count: u32,
}

/// What remains after a deletion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Remainder {
    /// The class, as in the retention table.
    pub class: String,
    /// What it is and why it stays.
    pub what: String,
    /// Where it is.
    pub place: String,
    /// Until when.
    pub until: String,
    /// How many records.
    pub count: u32,
}
