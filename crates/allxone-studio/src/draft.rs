//! What a person composes, and what the check of it says.

use allxone_contract::{FieldError, Finding, JobRequest, MilliCredits, Progress, Quote, Sha256, UtcMillis};
use allxone_library::{ItemId, QueueId, QueueState};
use serde::{Deserialize, Serialize};

/// A composed request. Its input pictures are named by hash and were [staged](crate::Studio::stage) before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Draft {
    /// What is asked of the model. `quote` is filled in by the studio; `max_cost` is the most the person agreed to.
    pub request: JobRequest,
    /// Whether the person has deliberately confirmed what the check wants confirmed. Never lifts a block.
    #[serde(default)]
    #[ts(as = "Option<_>", optional)]
    pub confirmed: bool,
    /// The kept pictures it starts from. Filled in by the studio from the pictures that were [staged](crate::Studio::stage_item).
    #[serde(default)]
    #[ts(as = "Option<_>", optional)]
    pub parents: Vec<ItemId>,
}

/// A picture made ready to be sent: upright, in sRGB, without any metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Staged {
    /// Names the exact bytes that would be sent.
    pub sha256: Sha256,
    /// Size of those bytes.
    pub bytes: u64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// What the check says of it.
    pub finding: Finding,
}

/// What is known of a draft before anything is spent or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Check {
    /// What the model cannot do as asked; empty when it can.
    pub faults: Vec<FieldError>,
    /// What the safety check says of the text.
    pub finding: Finding,
    /// The price; absent while there are faults, and while the service cannot be asked.
    pub quote: Option<Quote>,
    /// What it would cost at most by what the service said last, while it cannot be asked: the draft can be lined up, and goes when the
    /// service answers, if it costs no more than was agreed by then.
    pub estimate: Option<MilliCredits>,
}

/// What would be sent of a draft, byte by byte, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Sending {
    /// Whether it stays inside this program.
    pub stays_here: bool,
    /// To whom: host and port.
    pub host: String,
    /// The request's body. Seed and quote are filled in when it is sent, where they are open now.
    pub body: String,
    /// The fields that are set in it.
    pub fields: Vec<String>,
    /// The pictures, as they would be sent: upright, without location, camera data or any other metadata.
    pub pictures: Vec<Staged>,
    /// Bytes of body and pictures together.
    pub bytes: u64,
}

/// An entry of the queue that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct QueueEntry {
    /// Its id.
    pub id: QueueId,
    /// When it was written down.
    pub created: UtcMillis,
    /// Where it stands.
    pub state: QueueState,
    /// Whether work on it goes on now, or will when its turn comes; if not, `queue_resume` takes it up.
    pub running: bool,
    /// Whether it waits for its turn, so that it can be moved.
    pub waiting: bool,
    /// The server it waits for, by host, where another one is in use; nothing can be done with it here but give it up.
    pub elsewhere: Option<String>,
    /// How far the work is.
    pub progress: Option<Progress>,
    /// What was asked for.
    pub draft: Draft,
}
