//! Personal keys: what a program of one's own shows instead of a sign-in.

use serde::{Deserialize, Serialize};

use crate::{KeyId, UtcMillis};

/// What a key opens. None of them opens the account itself: no key changes, exports or deletes anything but jobs and pictures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyScope {
    /// Making pictures: models, prices, uploads, jobs and their results.
    Pictures,
    /// Looking at models, jobs and results.
    Read,
}

/// A key as its owner sees it. The key itself is told once, when it is made, and not kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct ApiKey {
    /// Names it.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// What it opens.
    pub scope: KeyScope,
    /// When it was made.
    pub created: UtcMillis,
    /// When it was last used, to the hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used: Option<UtcMillis>,
}

/// Body of `POST /keys`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct KeyRequest {
    /// What to call it, 1 to 64 characters.
    pub name: String,
    /// What it is to open.
    pub scope: KeyScope,
}

/// Answer of `GET /keys`, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct KeyList {
    /// The keys that hold.
    pub keys: Vec<ApiKey>,
}
