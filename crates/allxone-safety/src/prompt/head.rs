//! The logistic layer over the text encoder's embedding: `1 / (1 + e^-(w·x + b))`.

use allxone_inference::{DataFile, EMBEDDING_LEN, Encoded, Inference};
use serde::Deserialize;

use crate::SafetyError;

/// Trained weights, valid for exactly one encoder.
#[derive(Debug, Deserialize)]
pub(crate) struct PromptHead {
    encoder_sha256: String,
    bias: f32,
    weights: Vec<f32>,
}

impl PromptHead {
    pub fn load(inference: &Inference) -> Result<Self, SafetyError> {
        let broken = |what: &str| SafetyError::internal(format!("the prompt model's weights {what}"));
        let head: Self = serde_json::from_slice(&inference.data(DataFile::PromptHead)?)
            .map_err(|_| broken("cannot be read"))?;
        let finite = head.bias.is_finite() && head.weights.iter().all(|w| w.is_finite());
        if head.weights.len() != EMBEDDING_LEN || !finite {
            return Err(broken("are not usable"));
        }
        if head.encoder_sha256 != allxone_inference::ModelName::TextEncoder.entry().sha256 {
            return Err(broken("belong to another text encoder"));
        }
        Ok(head)
    }

    /// Probability that the text asks for sexual content, 0..1.
    pub fn score(&self, text: &Encoded) -> f32 {
        let logit: f32 =
            text.embedding.iter().zip(&self.weights).map(|(x, w)| x * w).sum::<f32>() + self.bias;
        1.0 / (1.0 + (-logit).exp())
    }

    /// A head that scores the zero embedding `score`.
    #[cfg(test)]
    pub fn constant(score: f32) -> Self {
        Self {
            encoder_sha256: String::new(),
            bias: (score / (1.0 - score)).ln(),
            weights: vec![0.0; EMBEDDING_LEN],
        }
    }
}
