//! The limits that scores are held against, for showing a person how near a verdict was.
//!
//! Cut here because the rules themselves stay inside the crate: what is shown is a copy, and nobody outside can judge by other ones.

use crate::policy::Policy;
use crate::{Gate, SafetyError};

/// From which score on something is asked about, and from which it is blocked; 0..1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Threshold {
    /// A person is asked from here on.
    pub asks: f32,
    /// Blocked from here on, where this score alone can block.
    pub blocks: Option<f32>,
}

/// The limits of the shipped rules.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Thresholds {
    /// The prompt model on a whole text.
    pub prompt: Threshold,
    /// The first picture model's explicit classes together, on a whole view.
    pub explicit: Threshold,
    /// The same on a smaller part of the picture.
    pub tile: Threshold,
    /// The first picture model's suggestive class.
    pub suggestive: Threshold,
    /// The second picture model.
    pub second: Threshold,
}

impl Gate {
    /// The limits this gate judges by.
    ///
    /// # Errors
    /// [`SafetyError::FilterUnavailable`] if the rules are not the released ones.
    pub fn thresholds() -> Result<Thresholds, SafetyError> {
        let policy = Policy::shipped()?;
        let (picture, prompt) = (&policy.picture, &policy.prompt);
        Ok(Thresholds {
            prompt: Threshold { asks: prompt.review, blocks: Some(prompt.block) },
            explicit: Threshold { asks: picture.review_explicit, blocks: Some(picture.block_explicit) },
            tile: Threshold { asks: picture.tile_review, blocks: Some(picture.tile_block) },
            suggestive: Threshold { asks: picture.review_suggestive, blocks: None },
            second: Threshold { asks: picture.review_second, blocks: Some(picture.block_second) },
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use allxone_inference::{Inference, ModelPaths};
    use serde_json::{Value, json};

    use super::*;

    /// The evaluation takes minutes and fetches pictures; this only asks whether what it wrote is about what is shipped.
    #[test]
    fn the_committed_safety_card_is_about_these_rules_and_models() {
        let card: Value = serde_json::from_str(include_str!("../../../models/safety-card.json")).unwrap();
        let versions = Gate::new(Inference::new(ModelPaths::under("models"))).versions();
        assert_eq!(
            card["policy"],
            json!(versions.policy),
            "the rules changed: run `cargo xtask eval-safety`"
        );
        assert_eq!(card["models"], json!(versions.models), "a model changed: run `cargo xtask eval-safety`");
    }

    #[test]
    fn a_person_is_asked_before_anything_is_blocked() {
        let limits = Gate::thresholds().unwrap();
        for limit in [limits.prompt, limits.explicit, limits.tile, limits.suggestive, limits.second] {
            assert!(0.0 < limit.asks && limit.asks < limit.blocks.unwrap_or(1.0) && limit.asks < 1.0);
        }
    }
}
