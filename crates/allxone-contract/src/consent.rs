//! What a person allows beyond what serving them needs, and which texts they accepted. Records are only ever added: what holds is the newest
//! one of its purpose, and none means no.

use serde::{Deserialize, Serialize};

use crate::{ConsentId, PolicyKind, Sha256, UtcMillis};

/// What can be allowed. Nothing else is ever asked for, and generation depends on none of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// Use of what a person offers, beyond serving and protecting their requests: training of models and of our own classifiers.
    AiTraining,
    /// Weekly counters about how the program is used.
    UsageStatistics,
}

impl ConsentPurpose {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::AiTraining, Self::UsageStatistics];
}

/// Yes or no.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ConsentState {
    /// Allowed.
    Granted,
    /// No longer allowed.
    Withdrawn,
}

/// Where a person decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ConsentSurface {
    /// The place Privacy.
    Privacy,
    /// The card after the first saved picture.
    Card,
    /// The dialog before the first request to a service.
    FirstRequest,
    /// The command line.
    CommandLine,
    /// Withdrawn by the service, because the account is deleted.
    Deletion,
}

/// Body of `POST /consents`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ConsentRequest {
    /// What for.
    pub purpose: ConsentPurpose,
    /// Yes or no.
    pub state: ConsentState,
    /// Version of the text the person saw.
    pub text_version: String,
    /// Hash of that text.
    pub text_sha256: Sha256,
    /// The language it was shown in, `en`.
    pub locale: String,
    /// Where they decided.
    pub surface: ConsentSurface,
    /// Version of the program.
    pub app_version: String,
}

/// One record of a decision.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Consent {
    /// The record's id; of a grant, what everything given under it carries.
    pub id: ConsentId,
    /// Counts an account's records of this purpose, from 1.
    pub version: u32,
    /// The decision.
    #[serde(flatten)]
    pub decision: ConsentRequest,
    /// When the service recorded it.
    pub time: UtcMillis,
}

impl Consent {
    /// Whether this record allows its purpose. Only the newest of a purpose counts.
    pub fn is_grant(&self) -> bool {
        self.decision.state == ConsentState::Granted
    }
}

/// Answer of `GET /consents`: every record, oldest first, and every text that was accepted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct ConsentList {
    /// All records.
    pub consents: Vec<Consent>,
    /// All acceptances.
    pub acceptances: Vec<Acceptance>,
}

impl ConsentList {
    /// The grant that holds for `purpose`, if one does.
    pub fn live(&self, purpose: ConsentPurpose) -> Option<&Consent> {
        let of_purpose = self.consents.iter().filter(|consent| consent.decision.purpose == purpose);
        of_purpose.max_by_key(|consent| consent.version).filter(|newest| newest.is_grant())
    }
}

/// Body of `POST /acceptances`: the person accepts a text in exactly this version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct AcceptanceRequest {
    /// Which text.
    pub policy: PolicyKind,
    /// Its version.
    pub version: String,
    /// Hash of the text that was shown.
    pub sha256: Sha256,
    /// The language of the page it was shown on.
    pub locale: String,
    /// Version of the program.
    pub app_version: String,
}

/// A text that was accepted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Acceptance {
    /// What was accepted.
    #[serde(flatten)]
    pub accepted: AcceptanceRequest,
    /// When the service recorded it.
    pub time: UtcMillis,
}
