//! Taking everything away: an archive of what a service holds of one account, made in the background.

use serde::{Deserialize, Serialize};

use crate::{ExportId, Sha256, UtcMillis};

/// One archive.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// How far it is.
    pub state: ExportState,
    /// When it was asked for.
    pub created: UtcMillis,
    /// When it goes; set once it is ready.
    pub expires: Option<UtcMillis>,
    /// Size in bytes; set once it is ready.
    pub bytes: Option<u64>,
    /// Hash of the archive; set once it is ready.
    pub sha256: Option<Sha256>,
    /// A detached signature of the archive: a JWT of type `export+jwt` that names its hash and account, signed with the service's key (see its
    /// JWKS). `None` where the service keeps no accounts and so has no key.
    pub signature: Option<String>,
}

/// How far an archive is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportState {
    /// Waiting or being made.
    Running,
    /// `GET /exports/{id}/content` has it.
    Ready,
    /// It could not be made; ask again.
    Failed,
    /// It was removed: its time is up.
    Expired,
}
