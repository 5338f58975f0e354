//! What a person composes, and what the check of it says.

use allxone_contract::{FieldError, Finding, JobRequest, Quote, Sha256};
use serde::{Deserialize, Serialize};

/// A composed request. Its input pictures are named by hash and were [staged](crate::Studio::stage) before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What is asked of the model. `quote` is filled in by the studio; `max_cost` is the most the person agreed to.
    pub request: JobRequest,
    /// Whether the person has deliberately confirmed what the check wants confirmed. Never lifts a block.
    #[serde(default)]
    pub confirmed: bool,
}

/// A picture made ready to be sent: upright, in sRGB, without any metadata.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What the model cannot do as asked; empty when it can.
    pub faults: Vec<FieldError>,
    /// What the safety check says of the text.
    pub finding: Finding,
    /// The price; absent while there are faults.
    pub quote: Option<Quote>,
}
