//! What a person allows beyond what serving them needs, in their own words on the screen and in a list that only grows.
//!
//! Two switches, both off until they are switched on, needed for nothing. The very text that is shown is what the record names by version and
//! hash, so that it can be proved what was agreed to.

use allxone_contract::Sha256;
use allxone_library::{ConsentRecord, Consented, ItemId, NewConsent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::studio::blocking;
use crate::{Studio, StudioError};

/// Version of the texts below; each says it in its first line.
const VERSION: &str = "1";

/// The text behind a switch.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct ConsentText {
    /// What it is about.
    pub purpose: Consented,
    /// Its version.
    pub version: String,
    /// Language it is in.
    pub language: String,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// The text itself.
    pub text: String,
    /// What would be sent, with made-up figures.
    #[ts(type = "unknown")]
    pub sample: Value,
}

impl ConsentText {
    /// The text of a switch in the language closest to a tag such as `de-AT`; `None` for what is no switch.
    pub fn of(purpose: Consented, language: &str) -> Option<Self> {
        let (language, text) = match (purpose, language.get(..2)) {
            (Consented::AiTraining, Some("de")) => {
                ("de", include_str!("../../../docs/consents/ai_training.de.txt"))
            }
            (Consented::AiTraining, Some("ar")) => {
                ("ar", include_str!("../../../docs/consents/ai_training.ar.txt"))
            }
            (Consented::AiTraining, _) => ("en", include_str!("../../../docs/consents/ai_training.en.txt")),
            (Consented::UsageStatistics, Some("de")) => {
                ("de", include_str!("../../../docs/consents/usage_statistics.de.txt"))
            }
            (Consented::UsageStatistics, Some("ar")) => {
                ("ar", include_str!("../../../docs/consents/usage_statistics.ar.txt"))
            }
            (Consented::UsageStatistics, _) => {
                ("en", include_str!("../../../docs/consents/usage_statistics.en.txt"))
            }
            (Consented::PrivacyPolicy | Consented::AcceptableUse, _) => return None,
        };
        Some(Self {
            purpose,
            version: VERSION.to_owned(),
            language: language.to_owned(),
            sha256: Sha256::of(text.as_bytes()),
            text: text.to_owned(),
            sample: sample(purpose),
        })
    }
}

/// What would be sent, with made-up figures.
fn sample(purpose: Consented) -> Value {
    let grant = "01J9ZK3X5T8Q4V6W7Y0A1B2C3D";
    match purpose {
        Consented::UsageStatistics => json!({
            "schema": 1, "grant": grant, "installation": "3f9c0a5e71d84b62a1c7e8d90b5f2a64", "week": "2026-W18",
            "app": env!("CARGO_PKG_VERSION"), "os": std::env::consts::OS,
            "counters": { "starts": 6, "generated": 41, "upscaled": 3, "searches": 12 },
            "waits": { "to_five_seconds": 38, "to_half_a_minute": 6 }, "errors": [],
        }),
        _ => json!({ "grant": grant, "subject": { "job": "01J9ZK4N0R2S3T4V5W6X7Y8Z9A" } }),
    }
}

/// A decision at a switch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct ConsentChoice {
    /// Which switch.
    pub purpose: Consented,
    /// On or off.
    pub granted: bool,
    /// The text that was shown, by its SHA-256.
    pub sha256: Sha256,
    /// The language it was shown in.
    pub language: String,
    /// Where: `privacy` or `card`.
    pub surface: String,
}

/// Pictures given for training, or kept from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct TrainingMark {
    /// Which ones.
    pub items: Vec<ItemId>,
    /// Given or kept; `null` takes the mark away.
    pub allowed: Option<bool>,
}

impl Studio {
    /// Writes a decision down. It counts only for the text that is in force: what was shown and what is recorded are the same.
    ///
    /// # Errors
    /// When the text is another one by now, or the library cannot be written.
    pub async fn decide(&self, choice: ConsentChoice) -> Result<Vec<ConsentRecord>, StudioError> {
        let text = ConsentText::of(choice.purpose, &choice.language).ok_or(StudioError::Malformed)?;
        let surface_known = matches!(choice.surface.as_str(), "privacy" | "card" | "command_line");
        // Taking back needs no text to agree with.
        if !surface_known || (choice.granted && text.sha256 != choice.sha256) {
            return Err(StudioError::Malformed);
        }
        let library = self.library().clone();
        let all = blocking(move || {
            library.record_consent(&NewConsent {
                purpose: choice.purpose,
                granted: choice.granted,
                version: text.version,
                sha256: text.sha256.to_string(),
                locale: text.language,
                surface: choice.surface,
                app_version: env!("CARGO_PKG_VERSION").to_owned(),
                server: String::new(),
            })?;
            Ok(library.consents()?)
        })
        .await?;
        // It holds here from now on; the service in use is told at once, or else the next time it can be asked.
        if let Err(error) = self.send_allowed().await {
            tracing::info!(code = ?error.code(), "the service was not told of a decision yet");
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_switch_has_its_text_in_every_language_and_says_its_version() {
        for purpose in Consented::SWITCHES {
            let texts = ["en", "de-AT", "ar"].map(|tag| ConsentText::of(purpose, tag).unwrap());
            assert_eq!(texts.each_ref().map(|text| text.language.as_str()), ["en", "de", "ar"]);
            for text in texts {
                let first = text.text.lines().next().unwrap();
                assert!(first.contains(&format!(" {}.", text.version)), "{first}");
                assert_eq!(text.sha256, Sha256::of(text.text.as_bytes()));
            }
        }
        assert_eq!(ConsentText::of(Consented::PrivacyPolicy, "en"), None);
    }
}
