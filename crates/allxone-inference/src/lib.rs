//! Runs the networks AllXOne ships: ONNX Runtime, model files pinned by hash, and the one text encoder everything shares.
//!
//! Cut here because the gate (`allxone-safety`) and the engine (`allxone-engine`) need the same three things and neither may own
//! them: a library and model files that are provably the released ones, sessions that several threads can use, and a sentence
//! embedding that is computed once per text. What the figures *mean* is decided above; this crate knows no policy and no pixels.
//!
//! Nothing is read until it is first used. Whatever is missing, damaged, swapped or unusable is a clean [`InferenceError`]: the file is
//! hashed before a byte of it is interpreted, and the very bytes that were hashed are the ones that are loaded.

mod cache;
mod encoder;
mod error;
mod inference;
mod manifest;
mod model;
#[cfg(target_os = "linux")]
mod pages;
mod pinned;
mod quiet;
mod repair;
mod runtime;
mod selftest;
mod session;

pub use encoder::{EMBEDDING_LEN, Encoded, MAX_TOKENS, TextEncoder};
pub use error::InferenceError;
pub use inference::{Inference, ModelPaths};
pub use manifest::{
    DataFile, DrawingsEntry, Manifest, ModelEntry, ModelName, RuntimeEntry, Source, platform,
};
pub use model::{Model, Tensor};
pub use quiet::silence_runtime;
pub use repair::{FileStanding, Repair, RepairFailure};
