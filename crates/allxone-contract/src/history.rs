//! What became of an account's jobs, in the order in which it became known: how a second device learns what the first one made.

use serde::{Deserialize, Serialize};

use crate::{JobId, JobRequest, ModelId, Operation, Output, UtcMillis};

/// Where one has read to in an account's history: 0 before its beginning.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, ts_rs::TS,
)]
#[serde(transparent)]
pub struct HistoryPosition(pub u64);

/// A job that has results, or had.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct HistoryEntry {
    /// Its place. A job has one place: that of the last thing that became of it.
    pub position: HistoryPosition,
    /// The job.
    pub job: JobId,
    /// What was done.
    pub operation: Operation,
    /// By which model.
    pub model: ModelId,
    /// When the job was accepted.
    pub created: UtcMillis,
    /// When it last changed.
    pub updated: UtcMillis,
    /// What became of it.
    pub became: Became,
    /// Results its owner erased one by one. Who holds a copy puts it away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub erased: Vec<u8>,
}

/// What became of a job.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Became {
    /// It has results.
    Made {
        /// What was asked for, as the owner sent it.
        request: Box<JobRequest>,
        /// The results that are left.
        outputs: Vec<Output>,
    },
    /// Its owner erased it. Who holds a copy puts it away.
    Erased,
    /// The service keeps its content no longer, because the time for that is up. Copies stay where they are.
    Aged,
}

/// Answer of `GET /history`, oldest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct HistoryPage {
    /// The entries.
    pub entries: Vec<HistoryEntry>,
    /// Ask again with `?after=` this place, now when there is [`more`](Self::more), else another time.
    pub read_to: HistoryPosition,
    /// Whether there is more already.
    pub more: bool,
}
