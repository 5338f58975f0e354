//! How a word list is written: one TOML file for each language. `models/policy/lexicon/en.toml` explains the fields.

use allxone_contract::{Category, Verdict};
use serde::Deserialize;

/// How much a term weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Counts only together with a minor.
    Mild,
    /// A person must confirm.
    Review,
    /// Not allowed.
    Block,
}

impl Severity {
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Mild => Verdict::Allow,
            Self::Review => Verdict::Review,
            Self::Block => Verdict::Block,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Sexual,
    Minor,
}

impl Kind {
    pub fn category(self) -> Category {
        match self {
            Self::Sexual => Category::Sexual,
            Self::Minor => Category::Minors,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[expect(dead_code, reason = "for people")]
    pub language: String,
    #[serde(default)]
    pub negators: Vec<String>,
    #[serde(default)]
    pub negators_behind: Vec<String>,
    #[serde(default)]
    pub fillers: Vec<String>,
    #[serde(default)]
    pub joiners: Vec<String>,
    #[serde(default)]
    pub softer: Vec<String>,
    #[serde(default)]
    pub markers: Vec<String>,
    #[serde(default)]
    pub prefixes: Vec<String>,
    #[serde(default)]
    pub harmless: Vec<String>,
    #[serde(default)]
    pub plain_only: Vec<String>,
    #[serde(default, rename = "entry")]
    pub entries: Vec<Entry>,
    #[serde(default, rename = "exception")]
    pub exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub category: Kind,
    pub severity: Severity,
    #[serde(default)]
    pub only_here: bool,
    pub words: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exception {
    pub terms: Vec<String>,
    #[serde(default)]
    pub before: Vec<String>,
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub anywhere: Vec<String>,
}
