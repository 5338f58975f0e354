//! The rules of the gate as data: thresholds and word lists, compiled in. Their hash is compiled in too, so changing a rule is always a
//! deliberate act that shows in two places, and every receipt names the rules it was made under.

use std::sync::OnceLock;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::SafetyError;
use crate::prompt::Lexicon;

/// SHA-256 over the policy file and the word lists, in the order of [`FILES`].
pub(crate) const SHA256: &str = "a51facd6f074bc9641433ecbb815bd5bcafedc2670946e277e67f3739c893ef0";

const FILES: [(&str, &str); 12] = [
    ("policy.toml", include_str!("../../../models/policy/policy.toml")),
    ("lexicon/ar.toml", include_str!("../../../models/policy/lexicon/ar.toml")),
    ("lexicon/de.toml", include_str!("../../../models/policy/lexicon/de.toml")),
    ("lexicon/en.toml", include_str!("../../../models/policy/lexicon/en.toml")),
    ("lexicon/es.toml", include_str!("../../../models/policy/lexicon/es.toml")),
    ("lexicon/fr.toml", include_str!("../../../models/policy/lexicon/fr.toml")),
    ("lexicon/hi.toml", include_str!("../../../models/policy/lexicon/hi.toml")),
    ("lexicon/it.toml", include_str!("../../../models/policy/lexicon/it.toml")),
    ("lexicon/ja.toml", include_str!("../../../models/policy/lexicon/ja.toml")),
    ("lexicon/pt.toml", include_str!("../../../models/policy/lexicon/pt.toml")),
    ("lexicon/ru.toml", include_str!("../../../models/policy/lexicon/ru.toml")),
    ("lexicon/zh.toml", include_str!("../../../models/policy/lexicon/zh.toml")),
];

/// Everything the gate judges by.
#[derive(Debug)]
pub(crate) struct Policy {
    pub picture: PictureRules,
    pub prompt: PromptRules,
    pub lexicon: Lexicon,
}

/// Thresholds of the picture check; `models/policy/policy.toml` says what each means.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PictureRules {
    pub block_alone: f32,
    pub block_explicit: f32,
    pub support: f32,
    pub block_both: Both,
    pub block_second: f32,
    pub review_explicit: f32,
    pub review_second: f32,
    pub review_suggestive: f32,
    pub tile_share: f32,
    pub tiles_from_side: u32,
    pub tiles_from_explicit: f32,
    pub tile_block: f32,
    pub tile_pair_block: f32,
    pub tile_review: f32,
    pub second_from: f32,
    pub tile_both: Both,
    pub long_ratio: f32,
    pub long_parts: u32,
    pub smallest_side: u32,
    pub border_tolerance: u8,
    pub border_share: f32,
    pub border_layers: u32,
}

/// Two scores that must both be reached.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Both {
    pub explicit: f32,
    pub second: f32,
}

/// Thresholds of the prompt check.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromptRules {
    pub review: f32,
    pub block: f32,
    pub segments_from: f32,
    pub segment_review: f32,
    pub segment_block: f32,
    pub minors: f32,
    pub longest: usize,
    pub segments: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[expect(dead_code, reason = "for people; programs go by the hash")]
    version: String,
    picture: PictureRules,
    prompt: PromptRules,
}

impl Policy {
    /// The rules this program was built with.
    pub fn shipped() -> Result<&'static Self, SafetyError> {
        static SHIPPED: OnceLock<Result<Policy, SafetyError>> = OnceLock::new();
        SHIPPED.get_or_init(Self::load).as_ref().map_err(Clone::clone)
    }

    fn load() -> Result<Self, SafetyError> {
        if hash() != SHA256 {
            return Err(broken("they are not the released ones"));
        }
        let (rules, lists) = FILES.split_first().ok_or_else(|| broken("they are empty"))?;
        let lists: Vec<&str> = lists.iter().map(|(_, text)| *text).collect();
        Self::parse(rules.1, &lists)
    }

    /// Reads a policy file and word lists.
    pub fn parse(rules: &str, lists: &[&str]) -> Result<Self, SafetyError> {
        let file: File = toml::from_str(rules).map_err(|e| broken(e.message()))?;
        if file.format != 1 {
            return Err(broken("their format is unknown"));
        }
        let lexicon = Lexicon::parse(lists).map_err(broken)?;
        Ok(Self { picture: file.picture, prompt: file.prompt, lexicon })
    }

    /// The shipped thresholds with other word lists.
    #[cfg(test)]
    pub fn with_lists(lists: &[&str]) -> Self {
        let shipped = Self::shipped().unwrap_or_else(|e| panic!("{e}"));
        let lexicon = Lexicon::parse(lists).unwrap_or_else(|e| panic!("{e}"));
        Self { picture: shipped.picture, prompt: shipped.prompt, lexicon }
    }
}

fn broken(detail: impl std::fmt::Display) -> SafetyError {
    SafetyError::internal(format!("its rules are not usable ({detail})"))
}

fn hash() -> String {
    let mut hasher = Sha256::new();
    for (name, text) in FILES {
        hasher.update(format!("{name} {}\n", text.len()));
        hasher.update(text);
    }
    hex::encode(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_the_pinned_ones_and_can_be_read() {
        assert_eq!(hash(), SHA256, "the rules changed: pin the new hash if that was meant");
        let policy = Policy::shipped().unwrap_or_else(|e| panic!("{e}"));
        let p = policy.picture;
        assert!(
            p.review_explicit < p.block_explicit
                && p.tile_review < p.tile_block
                && p.review_second < p.block_second
        );
        assert!(
            policy.prompt.review < policy.prompt.block
                && policy.prompt.segment_review < policy.prompt.segment_block
        );
    }

    #[test]
    fn no_rule_is_looser_than_the_floor() {
        let policy = Policy::shipped().unwrap_or_else(|e| panic!("{e}"));
        let p = policy.picture;
        assert!(
            p.block_alone <= 0.995
                && p.support <= 0.10
                && p.block_explicit <= 0.70
                && p.block_second <= 0.95
                && p.review_explicit <= 0.40
                && p.review_second <= 0.60
        );
        assert!(p.tile_block <= 0.95 && p.tile_pair_block <= 0.70 && p.smallest_side >= 160);
        assert!(policy.prompt.block <= 0.80 && policy.prompt.review <= 0.50 && policy.prompt.minors <= 0.30);
        assert!(policy.prompt.segments_from <= 0.02);
    }
}
