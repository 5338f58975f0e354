//! What may be given beyond requests for pictures, each under a live grant: usage statistics and pictures for training.
//!
//! The types are the public schema: a field that does not stand here is refused, and none of them can hold words, pictures, names of files or
//! exact times.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{ConsentId, JobId, ProblemCode, Sha256};

/// Body of `POST /statistics`: counters of one week.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct UsageStatistics {
    /// Version of this schema, 1.
    pub schema: u32,
    /// The grant it is sent under.
    pub grant: ConsentId,
    /// A random id the program renews each month and forgets on withdrawal: 32 hexadecimal digits.
    pub installation: String,
    /// The week in ISO 8601, `2026-W18`.
    pub week: String,
    /// Version of the program, `0.1.0`.
    pub app: String,
    /// Kind of system.
    pub os: System,
    /// How often what happened; what did not happen is left out.
    #[ts(type = "Partial<Record<Counter, number>>")]
    pub counters: BTreeMap<Counter, u32>,
    /// How long people waited for a picture, in coarse steps.
    #[ts(type = "Partial<Record<Wait, number>>")]
    pub waits: BTreeMap<Wait, u32>,
    /// How often which error was shown.
    pub errors: Vec<ErrorCount>,
}

impl UsageStatistics {
    /// The version of the schema this build knows.
    pub const SCHEMA: u32 = 1;

    /// Whether every value is one the schema allows: no text that could carry words.
    pub fn is_plain(&self) -> bool {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let week = self.week.split_once("-W").is_some_and(|(year, week)| {
            year.len() == 4
                && digits(year)
                && week.len() == 2
                && digits(week)
                && week.parse::<u8>().is_ok_and(|n| (1..=53).contains(&n))
        });
        let app: Vec<&str> = self.app.split('.').collect();
        self.schema == Self::SCHEMA
            && self.installation.len() == 32
            && hex(&self.installation)
            && week
            && app.len() == 3
            && app.iter().all(|part| part.len() <= 5 && digits(part))
            && self.errors.len() <= 64
            && self.errors.iter().all(|error| error.code != ProblemCode::Unknown)
    }
}

/// Kind of system.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum System {
    /// Linux
    Linux,
    /// macOS
    Macos,
    /// Windows
    Windows,
}

/// What is counted. This is the whole list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Counter {
    /// Times the program was started.
    Starts,
    /// Pictures made from a prompt.
    Generated,
    /// Pictures changed as a prompt says.
    Edited,
    /// Pictures redrawn in a style.
    Stylised,
    /// Pictures enlarged.
    Upscaled,
    /// Pictures cut out.
    CutOut,
    /// Requests the safety check stopped.
    Blocked,
    /// Requests a person was asked about.
    Reviewed,
    /// Pictures exported.
    Exported,
    /// Searches in the library.
    Searches,
}

/// How long a picture took.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Less than a second.
    UnderASecond,
    /// One to five seconds.
    ToFiveSeconds,
    /// Five to thirty seconds.
    ToHalfAMinute,
    /// Half a minute to two minutes.
    ToTwoMinutes,
    /// Longer.
    Longer,
}

/// How often an error was shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct ErrorCount {
    /// The stable code.
    pub code: ProblemCode,
    /// How often.
    pub count: u32,
}

/// Body of `POST /training`: something at the service that its owner marks, one at a time. It names what is there already; nothing is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct TrainingOffer {
    /// The grant it is given under.
    pub grant: ConsentId,
    /// What is given.
    pub subject: TrainingSubject,
}

/// What can be given.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TrainingSubject {
    /// The prompt and the results of a job that was placed under the grant and succeeded.
    Job(JobId),
    /// An uploaded picture.
    Upload(Sha256),
}
