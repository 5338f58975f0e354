//! The one text encoder: a sentence in, 384 figures out. The prompt check, the scene composer and the library's search all use it, so a
//! text costs one run however many of them ask.
//!
//! MiniLM-L6: lower-case WordPiece tokens, six layers, the mean over the tokens, scaled to length 1. The network is frozen; whatever is
//! trained on top of it is a small file of its own.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use crate::cache::Cache;
use crate::model::Input;
use crate::{DataFile, InferenceError, Model};

/// Length of an embedding.
pub const EMBEDDING_LEN: usize = 384;

/// The longest text the network sees, in tokens, the opening and closing ones included. What comes after is not encoded.
pub const MAX_TOKENS: usize = 128;

/// Most texts that are run together.
const BATCH: usize = 32;

/// What a run costs before it has read its first token, in tokens: all weights pass through the processor once. So long as filling shorter
/// texts up costs less than another run, they run together.
const RUN: usize = 12;

/// A text as the network understands it.
#[derive(Clone, PartialEq, Debug)]
pub struct Encoded {
    /// Direction of the text's meaning, of length 1: the dot product of two is their likeness, −1..1.
    pub embedding: [f32; EMBEDDING_LEN],
    /// How many tokens it has, at most [`MAX_TOKENS`].
    pub tokens: usize,
    /// Whether the text went on after the last token that was encoded.
    pub truncated: bool,
}

/// Turns texts into embeddings. Get it from [`Inference::encoder`](crate::Inference::encoder).
pub struct TextEncoder {
    model: Arc<Model>,
    tokenizer: Tokenizer,
    cache: Arc<Mutex<Cache>>,
}

impl std::fmt::Debug for TextEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TextEncoder").field("model", &self.model).finish_non_exhaustive()
    }
}

/// What the tokenizer must make of a fixed text; notices a vocabulary that was read wrongly.
const GOLDEN: (&str, [u32; 11]) =
    ("A Red bicycle, by the café", [101, 1037, 2417, 10165, 1010, 2011, 1996, 7668, 102, 0, 0]);

impl TextEncoder {
    pub(crate) fn new(
        model: Arc<Model>,
        vocabulary: &[u8],
        cache: Arc<Mutex<Cache>>,
    ) -> Result<Self, InferenceError> {
        let name = DataFile::Tokenizer.as_str();
        let unusable = |e: tokenizers::Error| InferenceError::ModelUnusable { name, detail: e.to_string() };
        let mut tokenizer = Tokenizer::from_bytes(vocabulary).map_err(unusable)?;
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: MAX_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(unusable)?;
        let encoder = Self { model, tokenizer, cache };
        let (text, ids) = GOLDEN;
        let got = encoder.tokens(text)?.ids;
        let same = got.iter().copied().eq(ids.into_iter().filter(|id| *id != 0).map(i64::from));
        if same { Ok(encoder) } else { Err(InferenceError::SelfTestFailed { name }) }
    }

    /// The embedding of `text`. Blocking; remembered for the next time.
    ///
    /// # Errors
    /// If the network cannot run.
    pub fn encode(&self, text: &str) -> Result<Arc<Encoded>, InferenceError> {
        let mut all = self.encode_many(&[text])?;
        all.pop().ok_or_else(|| self.failed("no answer"))
    }

    /// The embeddings of `texts`, in their order. Texts of about the same length run together, which changes nothing but the time.
    ///
    /// # Errors
    /// If the network cannot run; then none is returned.
    pub fn encode_many(&self, texts: &[&str]) -> Result<Vec<Arc<Encoded>>, InferenceError> {
        let keys: Vec<[u8; 32]> = texts.iter().map(|t| Sha256::digest(t.as_bytes()).into()).collect();
        let mut found: Vec<Option<Arc<Encoded>>> = {
            let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
            keys.iter().map(|key| cache.get(key)).collect()
        };
        let mut asked = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            if found.get(at).is_some_and(Option::is_none) {
                asked.push((at, self.tokens(text)?));
            }
        }
        asked.sort_by_key(|(_, tokens)| tokens.ids.len());
        let lengths: Vec<usize> = asked.iter().map(|(_, tokens)| tokens.ids.len()).collect();
        let mut rest = asked.as_slice();
        for count in groups(&lengths) {
            let (batch, after) = rest.split_at(count.min(rest.len()));
            rest = after;
            for ((at, _), encoded) in batch.iter().zip(self.run(batch)?) {
                if let (Some(slot), Some(key)) = (found.get_mut(*at), keys.get(*at)) {
                    self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(*key, Arc::clone(&encoded));
                    *slot = Some(encoded);
                }
            }
        }
        found.into_iter().map(|slot| slot.ok_or_else(|| self.failed("no answer"))).collect()
    }

    /// How many tokens a text has, at most [`MAX_TOKENS`]. The network is not asked.
    ///
    /// # Errors
    /// If the text cannot be read.
    pub fn count(&self, text: &str) -> Result<usize, InferenceError> {
        Ok(self.tokens(text)?.ids.len())
    }

    /// SHA-256 of the network's file.
    pub fn sha256(&self) -> &'static str {
        self.model.sha256()
    }

    fn run(&self, batch: &[(usize, Tokens)]) -> Result<Vec<Arc<Encoded>>, InferenceError> {
        let width = batch.iter().map(|(_, t)| t.ids.len()).max().unwrap_or_default();
        let filled = |of: fn(&i64) -> i64| -> Vec<i64> {
            let row =
                |t: &Tokens| t.ids.iter().map(of).chain(std::iter::repeat(0)).take(width).collect::<Vec<_>>();
            batch.iter().flat_map(|(_, t)| row(t)).collect()
        };
        let (ids, mask) = (filled(|id| *id), filled(|_| 1));
        let shape = vec![batch.len(), width];
        let outputs = self.model.run_inputs(&[
            ("input_ids", Input::I64 { shape: shape.clone(), data: &ids }),
            ("attention_mask", Input::I64 { shape, data: &mask }),
        ])?;
        let rows = outputs.get(1).map(|t| t.data.as_slice()).unwrap_or_default();
        let all: Vec<_> = rows
            .as_chunks::<EMBEDDING_LEN>()
            .0
            .iter()
            .zip(batch)
            .map(|(row, (_, t))| {
                Arc::new(Encoded { embedding: *row, tokens: t.ids.len(), truncated: t.truncated })
            })
            .collect();
        let sound = all.len() == batch.len() && rows.iter().all(|v| v.is_finite());
        if sound { Ok(all) } else { Err(self.failed("its answer is not usable")) }
    }

    fn tokens(&self, text: &str) -> Result<Tokens, InferenceError> {
        let encoding = self.tokenizer.encode(text, true).map_err(|e| self.failed(&e.to_string()))?;
        Ok(Tokens {
            ids: encoding.get_ids().iter().map(|id| i64::from(*id)).collect(),
            truncated: !encoding.get_overflowing().is_empty(),
        })
    }

    fn failed(&self, detail: &str) -> InferenceError {
        InferenceError::RunFailed { name: self.model.name().as_str(), detail: detail.to_owned() }
    }
}

struct Tokens {
    ids: Vec<i64>,
    truncated: bool,
}

/// How many texts run together, one number for each run, for texts of ascending `lengths`: the division that costs least, a run being worth
/// [`RUN`] tokens.
fn groups(lengths: &[usize]) -> Vec<usize> {
    // For the first so many texts: the least cost, and how many of them the last run takes.
    let mut best = vec![(0_usize, 0_usize)];
    for (at, longest) in lengths.iter().enumerate() {
        let run =
            |count: usize| best.get(at + 1 - count).map(|before| (before.0 + RUN + count * longest, count));
        best.push((1..=BATCH.min(at + 1)).filter_map(run).min().unwrap_or_default());
    }
    let mut counts = Vec::new();
    let mut left = lengths.len();
    while let Some((_, count)) = best.get(left).filter(|(_, count)| *count > 0) {
        counts.push(*count);
        left -= count;
    }
    counts.reverse();
    counts
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Inference, ModelPaths};

    const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");

    #[derive(serde::Deserialize)]
    struct Head {
        bias: f32,
        weights: Vec<f32>,
    }

    #[test]
    fn texts_run_together_where_that_is_cheaper() {
        assert!(groups(&[]).is_empty());
        assert_eq!(groups(&[9]), [1]);
        assert_eq!(groups(&[4, 5, 6, 7]), [4], "filling up is cheaper than another run");
        assert_eq!(groups(&[4, 5, 5, 90]), [3, 1], "but not up to ninety");
        let many = groups(&[8; 40]);
        assert!(many.len() == 2 && many.iter().sum::<usize>() == 40, "{many:?}");
    }

    #[test]
    fn company_does_not_change_what_a_text_means() {
        let texts = [
            "fox",
            "a red fox",
            "a red fox in the snow at dawn",
            "",
            "two owls, oil painting, soft light on old bark",
        ];
        let alone = Inference::new(ModelPaths::under(MODELS)).encoder().unwrap();
        let together =
            Inference::new(ModelPaths::under(MODELS)).encoder().unwrap().encode_many(&texts).unwrap();
        for (text, company) in texts.iter().zip(together) {
            let own = alone.encode(text).unwrap();
            assert_eq!((own.tokens, own.truncated), (company.tokens, company.truncated));
            let apart = own.embedding.iter().zip(&company.embedding).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0.0, f32::max) < 2e-6, "{text}");
        }
    }

    #[test]
    fn a_head_outside_the_graph_says_what_the_same_head_says_inside() {
        let inference = Inference::new(ModelPaths::under(MODELS));
        // The weights of the logistic layer the graph was exported with. The shipped head is another one.
        let head: Head = serde_json::from_str(include_str!("../tests/graph_head.json")).unwrap();
        let encoder = inference.encoder().unwrap();
        for text in [
            "a lighthouse at dusk",
            "nude woman",
            "anatomy chart of muscles",
            "",
            "two foxes in the snow, oil painting, 8k",
        ] {
            let ids = encoder.tokens(text).unwrap().ids;
            let mask = vec![1_i64; ids.len()];
            let shape = vec![1, ids.len()];
            let outputs = encoder
                .model
                .run_inputs(&[
                    ("input_ids", Input::I64 { shape: shape.clone(), data: &ids }),
                    ("attention_mask", Input::I64 { shape, data: &mask }),
                ])
                .unwrap();
            let graph = outputs[0].data[0];
            let encoded = encoder.encode(text).unwrap();
            let logit: f32 =
                encoded.embedding.iter().zip(&head.weights).map(|(x, w)| x * w).sum::<f32>() + head.bias;
            let own = 1.0 / (1.0 + (-logit).exp());
            assert!((graph - own).abs() <= 1e-4, "{text}: {graph} {own}");
        }
    }
}
