//! Which service this is and which versions of the contract it speaks.

use serde::{Deserialize, Serialize};

use crate::UtcMillis;

/// The request header by which a client says which version of the contract it speaks.
pub const API_HEADER: &str = "allxone-api";

/// The version this build speaks.
pub const API_VERSION: u32 = 1;

/// The versions a service accepts, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ApiRange {
    /// Oldest version still served. A client below it gets `upgrade_required`.
    pub min: u32,
    /// Newest version served.
    pub max: u32,
}

impl ApiRange {
    /// Whether `version` is served.
    pub fn serves(self, version: u32) -> bool {
        (self.min..=self.max).contains(&version)
    }
}

/// Answer of `GET /health`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Health {
    /// Always `allxone`, so that a client never takes another server for one.
    pub service: String,
    /// Version of the program.
    pub version: String,
    /// Contract versions served.
    pub api: ApiRange,
    /// Whether jobs are accepted at this moment.
    pub ready: bool,
    /// The service's clock.
    pub time: UtcMillis,
}
