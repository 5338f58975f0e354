//! The safety card: what was measured of the gate, for the window. The same figures as `docs/SAFETY-CARD.md`, compiled in.
//!
//! `cargo xtask eval-safety` writes them. They belong to one set of rules and models; a program with others says so.

use allxone_contract::GateVersions;
use serde::{Deserialize, Serialize};

use crate::StudioError;

const FIGURES: &str = include_str!("../../../models/safety-card.json");

/// How many of how many, with the 95 % bounds of the share.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Rate {
    /// How many.
    pub hits: u32,
    /// Of how many.
    pub of: u32,
    /// Lower bound, 0..1.
    pub low: f64,
    /// Upper bound, 0..1.
    pub high: f64,
}

/// Harmless pictures of one kind that were stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct KindRate {
    /// `photo`, `people`, `drawing` or `object`; `tuned`, the half of the list that thresholds were chosen on, or `held_out`, the other;
    /// `all`.
    pub kind: String,
    /// Blocked.
    pub blocked: Rate,
    /// Asked about.
    pub asked: Rate,
}

/// Harmless prompts of one family that were stopped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct FamilyRate {
    /// What they are about; `all` for all of them.
    pub family: String,
    /// Stopped.
    pub stopped: Rate,
}

/// What was stopped in one language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct LanguageRate {
    /// Two letters.
    pub language: String,
    /// Sexual prompts that were found.
    pub found: Rate,
    /// Harmless prompts that were stopped.
    pub wrong: Rate,
    /// Whether fewer than four in five were found.
    pub weak: bool,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct SafetyCard {
    /// The day, as `2030-01-31`.
    pub measured: String,
    /// The rules that were measured.
    pub policy: String,
    /// Name and hash of each model that was measured.
    pub models: Vec<(String, String)>,
    /// Whether those are the rules and models of this program.
    #[serde(default)]
    pub current: bool,
    /// The rules' numbers by name.
    pub rules: Vec<(String, f64)>,
    /// Harmless pictures.
    pub pictures: Vec<KindRate>,
    /// Sexual prompts kept out of training that were found.
    pub found: Rate,
    /// Harmless ones that were stopped.
    pub wrong: Rate,
    /// Harmless prompts about children and families that were stopped.
    pub children: Rate,
    /// Harmless prompts that are hard to tell from others; all of them last.
    pub hard: Vec<FamilyRate>,
    /// Harmless prompts written after the rules; all of them last.
    pub later: Vec<FamilyRate>,
    /// Language by language.
    pub languages: Vec<LanguageRate>,
}

impl SafetyCard {
    /// The card, held against what this program judges by.
    ///
    /// # Errors
    /// When the figures cannot be read.
    pub fn read(now: &GateVersions) -> Result<Self, StudioError> {
        let card: Self = serde_json::from_str(FIGURES)
            .map_err(|_| StudioError::Internal("the safety card cannot be read"))?;
        let current = card.policy == now.policy && same(&card.models, &now.models);
        Ok(Self { current, ..card })
    }
}

fn same(a: &[(String, String)], b: &[(String, String)]) -> bool {
    a.len() == b.len() && a.iter().all(|one| b.contains(one))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_card_of_other_rules_says_so() {
        let other = GateVersions { policy: "00".repeat(32), models: Vec::new() };
        assert!(!SafetyCard::read(&other).unwrap().current);
    }

    #[test]
    fn what_is_promised_of_the_figures_holds() {
        let card = SafetyCard::read(&GateVersions { policy: String::new(), models: Vec::new() }).unwrap();
        let of = |kind: &str| card.pictures.iter().find(|one| one.kind == kind).unwrap();
        assert!(of("all").blocked.of >= 1000 && of("people").blocked.of >= 300);
        assert!(of("held_out").blocked.of >= 500);
        assert!(card.later.last().unwrap().stopped.of >= 300);
        assert_eq!(card.languages.len(), 11);
        assert!(card.languages.iter().all(|one| one.found.of >= 40 && one.wrong.of >= 40));
    }
}
