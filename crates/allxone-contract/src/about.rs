//! Who runs a service, under which texts, with whose help, and how long it keeps what. Answered before anybody signs in, so that a person can
//! read it before the first byte of content goes there.

use serde::{Deserialize, Serialize};

use crate::Sha256;

/// Answer of `GET /about`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct About {
    /// Who runs it.
    pub operator: Operator,
    /// The texts it is run under.
    pub policies: Vec<Policy>,
    /// Everybody else who gets to see something; empty when nobody does.
    pub processors: Vec<Processor>,
    /// How long what is kept.
    pub retention: Vec<Retention>,
    /// Whether people have accounts here.
    pub accounts: bool,
}

/// Who runs a service.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Operator {
    /// What kind of service it is.
    pub kind: OperatorKind,
    /// The name of the person or company.
    pub name: String,
    /// Where to write to; always there for a hosted service.
    pub contact: Option<String>,
}

/// What kind of service it is, which decides what it must promise.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum OperatorKind {
    /// The service inside the program or on the same computer.
    ThisComputer,
    /// Somebody's own server: their contract, not ours.
    SelfHosted,
    /// A service offered to others.
    Hosted,
}

/// Which text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// The privacy policy.
    PrivacyPolicy,
    /// The Acceptable Use Policy.
    AcceptableUse,
}

/// A text in one version.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Policy {
    /// Which text.
    pub kind: PolicyKind,
    /// Its version.
    pub version: String,
    /// Hash of `text`.
    pub sha256: Sha256,
    /// The whole text, Markdown.
    pub text: String,
}

impl Policy {
    /// A text with its hash.
    pub fn new(kind: PolicyKind, version: &str, text: &str) -> Self {
        Self { kind, version: version.to_owned(), sha256: Sha256::of(text.as_bytes()), text: text.to_owned() }
    }

    /// The privacy policy this program was built with.
    pub fn privacy_policy() -> Self {
        Self::new(PolicyKind::PrivacyPolicy, "2026-04", include_str!("../../../docs/PRIVACY-POLICY.md"))
    }

    /// The Acceptable Use Policy this program was built with.
    pub fn acceptable_use() -> Self {
        Self::new(PolicyKind::AcceptableUse, "1", include_str!("../../../docs/ACCEPTABLE-USE.md"))
    }
}

/// Somebody else who gets to see something of what a service is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Processor {
    /// A short stable name.
    pub id: String,
    /// The company.
    pub name: String,
    /// What for.
    pub role: ProcessorRole,
    /// What it gets to see, in a plain sentence.
    pub sees: String,
    /// Where it works with it.
    pub region: String,
    /// How long it keeps it, in its own words.
    pub retention: String,
    /// Whether it trains models with it.
    pub trains_on_data: bool,
    /// The agreement the operator has with it.
    pub agreement: Option<Agreement>,
}

/// What a processor is for. There is no role for advertising and none for the sale of data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ProcessorRole {
    /// Makes pictures.
    AiPartner,
    /// Takes payments.
    Payment,
    /// Keeps accounts and credentials.
    Identity,
    /// Computers, databases, networks.
    Infrastructure,
    /// Delivers letters.
    Mail,
}

/// A data processing agreement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Agreement {
    /// Where it can be read.
    pub link: String,
    /// Since when it is in force, `2026-04-01`.
    pub date: String,
}

/// How long one class of data is kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Retention {
    /// A short stable name of the class.
    pub class: String,
    /// What belongs to it, in a plain sentence.
    pub what: String,
    /// After how many days it goes by itself; `None` when time alone does not remove it.
    pub days: Option<u32>,
    /// From when the days count, in words that follow "after".
    pub from: Option<String>,
    /// What ends it before that, or alone, in words that follow "until".
    pub until: Option<String>,
    /// Whether it stays, separated from the person, when an account is deleted.
    pub outlives_account: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_of_the_versions_they_are_said_to_be() {
        assert!(Policy::privacy_policy().text.contains("Last updated: April 2026"));
        let acceptable_use = Policy::acceptable_use();
        assert!(acceptable_use.text.contains(&format!("Version {}.", acceptable_use.version)));
    }
}
