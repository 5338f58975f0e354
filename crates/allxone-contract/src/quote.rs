//! Asking a price. A question never carries content, so it may be asked before anything is cleared.

use serde::{Deserialize, Serialize};

use crate::{Field, MilliCredits, ModelId, Operation, Picked, QuoteId, Size, UtcMillis};

/// What is asked: shapes and numbers only.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
pub struct QuoteRequest {
    /// What would be done.
    pub operation: Operation,
    /// By which model.
    pub model: ModelId,
    /// Size of the result, where the operation takes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// How many pictures.
    pub count: u8,
    /// Enlargement, for [`Operation::Upscale`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<u8>,
    /// Sizes of the input pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<Picked>,
    /// Which other fields the request would set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
}

/// The answer: an upper bound that is never exceeded.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Quote {
    /// Names this answer; a job may refer to it.
    pub id: QuoteId,
    /// The most the job can cost.
    pub at_most: MilliCredits,
    /// After this moment the price must be asked again.
    pub expires: UtcMillis,
    /// Fields the model ignores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Field>,
}
