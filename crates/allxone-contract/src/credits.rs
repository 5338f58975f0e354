//! What an account has and how it came to that: balance, lots and entries of the books of credits.

use serde::{Deserialize, Serialize};

use crate::{EntryId, JobId, MilliCredits, ModelId, UtcMillis};

/// Answer of `GET /credits`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Credits {
    /// Whether this service counts credits for this account at all. Where it does not, everything else is nothing.
    pub metered: bool,
    /// What the account has: what can be spent and what is held.
    pub posted: MilliCredits,
    /// Held for jobs that have not ended.
    pub held: MilliCredits,
    /// What can be spent. Less than nothing when more was taken back than was left.
    pub available: MilliCredits,
    /// The credits by where they came from, those that expire soonest first: the order in which they are spent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lots: Vec<CreditLot>,
    /// The most the account wants to spend in a calendar month (UTC), if it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month_cap: Option<MilliCredits>,
    /// What was charged in this month, and what is held now: what counts against the cap.
    #[serde(default)]
    pub this_month: MilliCredits,
}

/// The most an account wants to spend: body of `POST /credits/cap`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct CreditCap {
    /// In a calendar month; as much as there is, when there is none.
    pub per_month: Option<MilliCredits>,
}

/// Credits of one grant, as far as they are left.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CreditLot {
    /// The entry that brought them.
    pub entry: EntryId,
    /// How many they were.
    pub granted: MilliCredits,
    /// How many are left, those that are held included.
    pub remaining: MilliCredits,
    /// When they came.
    pub since: UtcMillis,
    /// When what is left of them goes; never, when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<UtcMillis>,
}

/// What an entry is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// Credits came: bought, or given by the operator.
    Grant,
    /// Credits were taken back, because what was paid for them was.
    Reversal,
    /// Credits were set aside for a job.
    Hold,
    /// A job ended and was charged; the rest of what was held came back.
    Charge,
    /// A job ended without anything to pay; all that was held came back.
    Release,
    /// Credits nobody used in time went.
    Expiry,
    /// A kind this build does not know.
    #[serde(other)]
    Unknown,
}

/// One entry of an account's statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CreditEntry {
    /// Its number.
    pub id: EntryId,
    /// Counts the account's entries, from 1, without gaps.
    pub sequence: u32,
    /// What it is.
    pub kind: EntryKind,
    /// When.
    pub time: UtcMillis,
    /// By how much it changed what can be spent.
    pub amount: MilliCredits,
    /// What could be spent after it.
    pub available: MilliCredits,
    /// What was held after it.
    pub held: MilliCredits,
    /// The job it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// The model of the job, as long as the job is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelId>,
    /// What the job could cost at most, and was held for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<MilliCredits>,
    /// What the job was charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charged: Option<MilliCredits>,
    /// When granted credits expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<UtcMillis>,
    /// Why, in the words of who wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Answer of `GET /credits/entries`, newest first.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct CreditEntryList {
    /// The entries.
    pub entries: Vec<CreditEntry>,
    /// Ask again with `?before=` this for older ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}
