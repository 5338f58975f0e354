//! What the studio, and the host around it, tell whoever watches.

use allxone_account::AccountKey;
use allxone_contract::{BlockedOutput, Charge, Finding, Job, Operation, Output, Progress, Warning};
use allxone_library::{ArchiveProgress, ItemId, QueueId};
use allxone_media::Picture;
use allxone_safety::Screened;
use serde::Serialize;

use crate::accounts::AccountsSeen;
use crate::commands::CommandError;
use crate::explain::Tried;
use crate::session::{Brought, Session};
use crate::{HistorySeen, Spent};

/// One thing that happened. Carries the latest state, not a difference.
#[derive(Clone, Debug, Serialize, ts_rs::TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StudioEvent {
    /// A draft was accepted into the queue.
    Queued {
        /// Its place in the queue.
        queue: QueueId,
        /// What it does.
        operation: Operation,
    },
    /// The service accepted it.
    Submitted {
        /// Its place in the queue.
        queue: QueueId,
        /// The job as the service sees it.
        job: Box<Job>,
    },
    /// How far the work is; at most ten a second.
    Progress {
        /// Its place in the queue.
        queue: QueueId,
        /// The latest figure.
        progress: Progress,
    },
    /// A picture is in the library.
    Kept {
        /// Its place in the queue.
        queue: QueueId,
        /// The picture.
        item: ItemId,
    },
    /// It came to its end.
    Ended {
        /// Its place in the queue.
        queue: QueueId,
        /// Why, when it failed.
        error: Option<CommandError>,
        /// What came of it, when it did not.
        outcome: Option<Outcome>,
        /// Whether it is still in the queue: trying again goes on where it stopped, and so does the next start.
        open: bool,
    },
    /// How far an export or import of everything is.
    Archive {
        /// The latest figure.
        progress: ArchiveProgress,
    },
    /// How far the service's part of an archive of everything is.
    ServicePart {
        /// Bytes that were fetched.
        done: u64,
        /// Bytes there are; 0 while the service makes it.
        total: u64,
    },
    /// How the program stands has changed.
    Session {
        /// How it stands now.
        session: Session,
    },
    /// Something about the accounts, or about a sign-in that waits, has changed.
    Accounts {
        /// How they stand now.
        accounts: AccountsSeen,
    },
    /// What an account makes elsewhere is coming here, has come, or may come or not.
    History {
        /// Which account.
        account: AccountKey,
        /// How it stands now.
        history: HistorySeen,
    },
    /// Pictures were brought in while the sandbox was open, and tried.
    Tried {
        /// What the gate says of each.
        pictures: Vec<Tried>,
    },
    /// What this run of the program has spent, or the most it may, has changed.
    Spent {
        /// The sums now.
        spent: Spent,
    },
    /// Files are being dragged over the window, or no longer.
    Dragging {
        /// Whether they are over it now.
        over: bool,
    },
    /// Pictures were dropped or pasted.
    Brought {
        /// Each of them.
        pictures: Vec<Brought>,
    },
}

/// What came of a draft, as far as a screen needs it.
#[derive(Clone, Debug, Serialize, ts_rs::TS)]
pub struct Outcome {
    /// The pictures, in the order of the request.
    pub kept: Vec<ItemId>,
    /// What the check stopped, at the service or here; these were not kept and cost nothing.
    pub stopped: Vec<Finding>,
    /// What the person should know.
    pub warnings: Vec<Warning>,
    /// What it cost.
    pub charge: Charge,
}

impl From<&Finished> for Outcome {
    fn from(finished: &Finished) -> Self {
        let there = finished.blocked.iter().map(|one| one.finding.clone());
        let here = finished.held_back.iter().map(|(_, finding)| finding.clone());
        Self {
            kept: finished.kept.iter().map(|one| one.item).collect(),
            stopped: there.chain(here).collect(),
            warnings: finished.warnings.clone(),
            charge: finished.charge,
        }
    }
}

/// A picture that was made, checked and kept.
#[derive(Clone)]
pub struct Kept {
    /// Where it is in the library.
    pub item: ItemId,
    /// What the service said of it.
    pub output: Output,
    /// The checked picture.
    pub picture: Screened<Picture>,
}

/// What came of a draft.
#[derive(Clone)]
pub struct Finished {
    /// Its place in the queue.
    pub queue: QueueId,
    /// What it did.
    pub operation: Operation,
    /// The pictures, in the order of the request.
    pub kept: Vec<Kept>,
    /// Pictures the service's check stopped.
    pub blocked: Vec<BlockedOutput>,
    /// Pictures that this computer's check stopped or wants confirmed; they were not kept.
    pub held_back: Vec<(u8, Finding)>,
    /// What the person should know.
    pub warnings: Vec<Warning>,
    /// What it cost.
    pub charge: Charge,
}
