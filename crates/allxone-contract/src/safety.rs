//! What the gate says, as data: verdicts, reasons, scores and receipts. The rules that make them live in `allxone-safety`.

use serde::{Deserialize, Serialize};

use crate::{Sha256, UtcMillis};

/// The request header that carries the sender's [`Receipt`] as JSON. Kept by the service, never required, never believed.
pub const RECEIPT_HEADER: &str = "allxone-receipt";

/// The request header (value `1`) by which a sender says that a person has deliberately confirmed what its own check wanted confirmed. It lets
/// a `review` pass at the service; it never lifts a block.
pub const CONFIRMED_HEADER: &str = "allxone-confirmed";

/// The gate's answer, from best to worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// May pass.
    Allow,
    /// May pass after a person has deliberately confirmed it.
    Review,
    /// May not pass.
    Block,
}

/// Which part of the gate spoke.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The word lists.
    Lexicon,
    /// The prompt classifier.
    PromptModel,
    /// The first picture classifier.
    PictureModel,
    /// The second picture classifier.
    SecondOpinion,
    /// A rule about the shape of the content (for example a picture too small to judge).
    Rule,
}

/// What the content was taken for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Sexual content.
    Sexual,
    /// Anything sexual about minors. Never confirmable.
    Minors,
    /// The gate cannot judge this content.
    Unjudgeable,
}

/// One reason behind a verdict. Names the part, never the words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Reason {
    /// Which part of the gate spoke.
    pub layer: Layer,
    /// What it took the content for.
    pub category: Category,
    /// Which part of the content: `prompt`, `prompt segment 2`, `picture`, `frame 3`, `centre`, …
    pub part: String,
    /// A plain sentence: what was found and what to change.
    pub message: String,
    /// Where in the part, if the part is a text and the place is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// A stretch of a text, in bytes of its UTF-8 form; begins and ends between characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// The figures behind a verdict, rounded to three decimals; only what was measured is present.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Scores {
    /// Prompt classifier, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "rounded")]
    pub prompt: Option<f32>,
    /// Picture classifier: explicit classes together, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "rounded")]
    pub explicit: Option<f32>,
    /// Picture classifier: suggestive class, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "rounded")]
    pub suggestive: Option<f32>,
    /// Second picture classifier, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "rounded")]
    pub second: Option<f32>,
}

impl Eq for Scores {}

/// Three decimals, written as a person would: 0.012, not 0.012000000104308128.
fn rounded<S: serde::Serializer>(score: &Option<f32>, serializer: S) -> Result<S::Ok, S::Error> {
    score.map(|score| (f64::from(score) * 1_000.0).round() / 1_000.0).serialize(serializer)
}

/// A verdict with its reasons.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Finding {
    /// The verdict.
    pub verdict: Verdict,
    /// Why; empty when allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// The figures.
    #[serde(default)]
    pub scores: Scores,
}

impl Finding {
    /// A finding with nothing to object.
    pub fn allow(scores: Scores) -> Self {
        Self { verdict: Verdict::Allow, reasons: Vec::new(), scores }
    }
}

/// Which models and rules judged.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct GateVersions {
    /// Hash of the policy (thresholds and word lists).
    pub policy: String,
    /// Name and hash of each model that judged.
    pub models: Vec<(String, String)>,
}

/// Proof for the person of what was checked, when, by what, with which answer. Bound to exact bytes by their hash.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Receipt {
    /// Hash of the exact bytes that were judged.
    pub content: Sha256,
    /// What was found.
    pub finding: Finding,
    /// Whether a person confirmed a `review` verdict.
    pub confirmed: bool,
    /// When.
    pub time: UtcMillis,
    /// By what.
    pub versions: GateVersions,
}
