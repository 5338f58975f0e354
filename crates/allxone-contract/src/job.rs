//! Jobs: what is asked, how it stands, what came of it.

use serde::{Deserialize, Serialize};

use crate::{
    AssetId, Finding, JobId, MilliCredits, ModelId, Operation, PictureFormat, Problem, QuoteId, Receipt,
    Sha256, UtcMillis,
};

/// The longest prompt or negative prompt, in characters.
pub const MAX_PROMPT_CHARS: usize = 4_000;

/// The size of a picture in pixels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Size {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

impl Size {
    /// How many pixels it has.
    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// Where the randomness of a picture starts. Crosses the wire as text, since JSON numbers do not carry 64 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct Seed(pub u64);

impl TryFrom<String> for Seed {
    type Error = std::num::ParseIntError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> String {
        seed.0.to_string()
    }
}

/// What an input picture is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum InputRole {
    /// The picture to work on.
    Init,
    /// A picture whose look is borrowed.
    Reference,
    /// As large as the picture to work on, and transparent where that is to be changed.
    Mask,
}

/// An input picture, named by its content: it must have been uploaded by the same account before.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct InputRef {
    /// Hash of the exact uploaded bytes.
    pub sha256: Sha256,
    /// What it is for.
    pub role: InputRole,
}

/// What happens to a field the model does not know.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum OnUnsupported {
    /// The request is refused.
    #[default]
    Refuse,
    /// The field is left out, and a warning says so.
    Drop,
}

/// One request for pictures: all that a model is told. Everything in it is content and passes the gate before it is sent.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct JobRequest {
    /// What is to be done.
    pub operation: Operation,
    /// By which model.
    pub model: ModelId,
    /// What the picture should show, at most [`MAX_PROMPT_CHARS`] characters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// What the picture should not show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative_prompt: Option<String>,
    /// Size of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// How many pictures.
    pub count: u8,
    /// Where the randomness starts; picture `i` of a request uses `seed + i`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// Id of a style the model offers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<String>,
    /// How much the style or input counts, in per cent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<u8>,
    /// How many times larger each side becomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<u8>,
    /// Input pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRef>,
    /// What happens to a field the model does not know.
    #[serde(default)]
    pub on_unsupported: OnUnsupported,
    /// The quote this request relies on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<QuoteId>,
    /// The most the person agreed to pay.
    #[serde(default)]
    pub max_cost: MilliCredits,
}

impl JobRequest {
    /// The plainest request for `operation` by `model`: one picture, nothing else set.
    pub fn new(operation: Operation, model: ModelId) -> Self {
        Self {
            operation,
            model,
            prompt: String::new(),
            negative_prompt: None,
            size: None,
            count: 1,
            seed: None,
            style: None,
            strength: None,
            factor: None,
            inputs: Vec::new(),
            on_unsupported: OnUnsupported::Refuse,
            quote: None,
            max_cost: MilliCredits::FREE,
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Accepted, waiting for its turn.
    Queued,
    /// Being handed to the model; written before the first byte goes out.
    Submitting,
    /// Being worked on.
    Running,
    /// Results are being checked and stored.
    Storing,
    /// Someone asked to stop it.
    Canceling,
    /// Done; at least one result is stored.
    Succeeded,
    /// Ended without a result.
    Failed,
    /// Stopped on request.
    Canceled,
    /// A partner may or may not have done it; it is never repeated by itself.
    OutcomeUnknown,
}

impl JobState {
    /// Whether no other state can follow.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Canceled | Self::OutcomeUnknown)
    }
}

/// How far the work is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Progress {
    /// Steps done.
    pub step: u32,
    /// Steps in all; 0 while unknown.
    pub steps: u32,
}

/// Where the pixels of a result come from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Made by a model.
    Generated,
    /// A person's picture changed by a model.
    Edited,
    /// A person's own picture, only enlarged or cut out.
    Own,
}

/// One stored result.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Output {
    /// Which picture of the request, from 0.
    pub index: u8,
    /// Its content: `GET /assets/{asset}/content`.
    pub asset: AssetId,
    /// Hash of the content.
    pub sha256: Sha256,
    /// Size of the content in bytes.
    pub bytes: u64,
    /// How it is encoded.
    pub format: PictureFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The seed it was made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Seed>,
    /// Where its pixels come from.
    pub source: Source,
    /// What the model says of its work (for a scene: what was drawn, and the words it could not draw).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "unknown")]
    pub report: Option<serde_json::Value>,
    /// The service's own check of this result.
    pub receipt: Receipt,
}

/// A result that the service's check stopped. It is not stored.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct BlockedOutput {
    /// Which picture of the request, from 0.
    pub index: u8,
    /// Why.
    pub finding: Finding,
}

/// What a warning is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A field the model does not know was left out.
    FieldDropped,
    /// A part of the prompt could not be followed.
    PromptPartIgnored,
}

/// Something the person should know about a job that otherwise went well.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// A plain sentence.
    pub message: String,
}

/// What a job costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
pub struct Charge {
    /// Whether this service counts credits at all.
    pub metered: bool,
    /// Held when the job was accepted.
    pub held: MilliCredits,
    /// Taken at the end; never more than was held.
    pub settled: MilliCredits,
}

/// A job, as far as its owner may see it. Never carries the prompt or the inputs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Job {
    /// The job.
    pub id: JobId,
    /// Where it stands.
    pub state: JobState,
    /// Counts its changes.
    pub version: u64,
    /// What is done.
    pub operation: Operation,
    /// By which model.
    pub model: ModelId,
    /// Hash of the exact request body.
    pub request_sha256: Sha256,
    /// When it was accepted.
    pub created: UtcMillis,
    /// When it last changed.
    pub updated: UtcMillis,
    /// How far the work is.
    #[serde(default)]
    pub progress: Progress,
    /// Stored results.
    #[serde(default)]
    pub outputs: Vec<Output>,
    /// Results the check stopped; they cost nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<BlockedOutput>,
    /// What the person should know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// What it costs.
    #[serde(default)]
    pub charge: Charge,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// Whether prompt, inputs and results were erased at the service; id, state and hashes remain.
    #[serde(default)]
    pub erased: bool,
}

/// Answer of `GET /jobs`, newest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct JobList {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Ask again with `?before=` this id for older ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<JobId>,
}
