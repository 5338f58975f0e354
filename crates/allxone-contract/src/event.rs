//! What a follower of a job hears, over server-sent events.

use serde::{Deserialize, Serialize};

use crate::{Job, Output, Progress};

/// One thing that happened to a job. Every frame says the latest state, not a difference, so a missed one does no harm.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum JobEvent {
    /// How the job stands now; always the first frame.
    Snapshot {
        /// The whole job.
        job: Job,
    },
    /// Work has begun.
    Started,
    /// How far the work is. Not stored for replay.
    Progress {
        /// The latest figure.
        progress: Progress,
    },
    /// One result is stored.
    Output {
        /// The result.
        output: Output,
    },
    /// The job reached its last state; no frame follows.
    Ended {
        /// The whole job, in its last state.
        job: Job,
    },
}

/// An event with its place in the job's stored sequence (the `id:` of its frame).
#[derive(Clone, PartialEq, Debug)]
pub struct Sequenced {
    /// 1 for the first stored event of a job. Progress repeats the number of the stored event before it.
    pub sequence: u64,
    /// What happened.
    pub event: JobEvent,
}
