//! What can be asked of the engine, and what it hands back.

use allxone_media::Pixels;
use serde::{Deserialize, Serialize};

use crate::scene::SceneReport;

/// One picture to make.
#[derive(Clone, Debug)]
pub enum Task {
    /// Draw what the prompt names.
    Scene {
        /// What should be in the picture, in plain English.
        prompt: String,
        /// Width of the picture in pixels.
        width: u32,
        /// Height of the picture in pixels.
        height: u32,
        /// The same prompt, size and seed give the same picture; [`default_seed`] gives a usual one.
        seed: u64,
    },
    /// Redraw a picture in one of the [`styles`](crate::styles). The result has the picture's size and
    /// transparency.
    Stylise {
        /// The picture to redraw.
        picture: Pixels,
        /// Id of a [`StyleCard`](crate::StyleCard).
        style: String,
        /// 0 (the picture as it is) to 1 (full style).
        strength: f32,
    },
    /// Enlarge a picture.
    Upscale {
        /// The picture to enlarge.
        picture: Pixels,
        /// 2 or 4.
        factor: u8,
    },
    /// Make all but the main thing of a picture transparent.
    CutOut {
        /// The picture to cut out of.
        picture: Pixels,
    },
}

/// A finished picture.
#[derive(Clone, Debug)]
pub struct Made {
    /// The picture.
    pub pixels: Pixels,
    /// Where it comes from, for the AI-origin mark.
    pub source: Source,
    /// How it was made.
    pub report: Report,
}

/// Where the content of a finished picture comes from. Only the first two are marked as AI-made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Made from words (IPTC `trainedAlgorithmicMedia`).
    Generated,
    /// A picture redrawn by a model (IPTC `compositeWithTrainedAlgorithmicMedia`).
    Altered,
    /// The picture that was handed in, enlarged or cut out: its origin is that of the input, so a person's own
    /// photo stays unmarked and a marked picture stays marked.
    SameAsInput,
}

/// How a picture was made, in the terms of its task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Report {
    /// Drawn from words.
    Scene(SceneReport),
    /// Redrawn in a style.
    Stylised {
        /// Id of the style.
        style: String,
        /// Strength, 0..=1.
        strength: f32,
    },
    /// Enlarged.
    Upscaled {
        /// 2 or 4.
        factor: u8,
        /// Model runs it took.
        tiles: u32,
    },
    /// Cut out of its background.
    CutOut {
        /// Share of the picture that was kept, 0..=1.
        coverage: f32,
    },
}

/// The seed of a scene for which nobody chose one: a hash of the prompt (FNV-1a, 64 bits), so that the same words
/// give the same picture on every computer.
#[must_use]
pub fn default_seed(prompt: &str) -> u64 {
    prompt.trim().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
