//! A picture from words: named 3-D drawings, arranged in a painted place.
//!
//! The way of a prompt: [`prompt`] reads it against the catalogue of drawings ([`index`]), [`layout`] decides where things
//! stand, [`render`] paints the place and the things. Nothing is guessed: a word that names no drawing and no setting is
//! reported. The same prompt, size and seed give the same bytes.
//!
//! It is cut off from the rest of the engine because it is the one part without a trained picture model, and because the
//! painting modules must not depend on anything but numbers.

mod canvas;
mod city;
mod colour;
mod draw;
mod error;
mod furniture;
mod gallery;
mod guess;
pub mod index;
mod layout;
mod look;
mod noise;
mod places;
pub mod prompt;
mod props;
mod render;
mod room;
mod setting;
mod sky;
mod sprite;
mod terrain;
mod ties;
mod view;
mod water;
mod weather;
mod words;

use std::path::PathBuf;

use allxone_inference::{Inference, InferenceError};
use allxone_media::Pixels;
use serde::{Deserialize, Serialize};

pub use error::SceneError;
pub use setting::{Place, RoomKind, Setting, Time, Weather};
pub use sprite::Paint;

use crate::{Cancel, EngineError, Progress};
use gallery::Gallery;
use index::Index;
use prompt::Brief;
use render::{Stage, Subject};

/// Smallest and largest side of a scene in pixels.
pub const SIDES: std::ops::RangeInclusive<u32> = 64..=2048;

/// How alike (cosine) an unexplained word and a drawing's name must be before the drawing is used. Calibrated with the
/// example `drawings-index -- --calibrate`: of words that name something else, none passes.
pub const SURE: f32 = 0.85;

/// At most this many unexplained words are looked up by meaning.
const LOOK_UPS: usize = 12;

/// Steps a scene reports.
const STEPS: u32 = 6;

/// One thing a scene shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawn {
    /// Its name in the catalogue.
    pub name: String,
    /// The words of the prompt that named it.
    pub words: String,
    /// How many are drawn.
    pub count: u32,
    /// File of the drawing, without ending.
    pub file: String,
}

/// What became of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SceneReport {
    /// The things in the picture; the object with number n in the mask is the n-th instance counted through this list.
    pub drawn: Vec<Drawn>,
    /// Where and when it plays.
    pub setting: Setting,
    /// The words that shaped the place.
    pub setting_words: Vec<String>,
    /// Words that could not be drawn.
    pub unknown: Vec<String>,
}

/// A scene with the number of the object seen at every pixel: 0 for the place, else 1 + the instance's number.
#[derive(Clone, Debug)]
pub struct Composition {
    /// The picture.
    pub pixels: Pixels,
    /// One number per pixel, row-major.
    pub objects: Vec<u16>,
    /// The share of each instance that can be seen, 0..1, in the order of the report.
    pub visible: Vec<f32>,
    /// What is in it.
    pub report: SceneReport,
}

/// Makes scenes. Cheap to clone; reads nothing until the first scene.
#[derive(Clone)]
pub struct Composer {
    inference: Inference,
    drawings: PathBuf,
}

impl Composer {
    /// A composer that takes meanings from `inference` and drawings from the folder `drawings`.
    #[must_use]
    pub fn new(inference: Inference, drawings: impl Into<PathBuf>) -> Composer {
        Composer { inference, drawings: drawings.into() }
    }

    /// Makes the picture of a prompt, `width`×`height` pixels ([`SIDES`]).
    ///
    /// # Errors
    /// [`EngineError`]: an empty prompt, an impossible size, missing or damaged drawings, an unusable encoder, or a stop.
    pub fn make(
        &self,
        prompt: &str,
        width: u32,
        height: u32,
        seed: u64,
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<(Pixels, SceneReport), EngineError> {
        let made = self.compose(prompt, width, height, seed, progress, cancel)?;
        Ok((made.pixels, made.report))
    }

    /// What a scene of this prompt would show, without painting it. Fast enough to run as one types.
    ///
    /// # Errors
    /// [`EngineError`]: an empty prompt or an unusable encoder.
    pub fn preview(&self, prompt: &str) -> Result<SceneReport, EngineError> {
        let index = Index::shipped()?;
        Ok(report(&self.read(prompt, index)?, index))
    }

    /// Like [`Composer::make`], with the mask of objects.
    ///
    /// # Errors
    /// As [`Composer::make`].
    pub fn compose(
        &self,
        prompt: &str,
        width: u32,
        height: u32,
        seed: u64,
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<Composition, EngineError> {
        if !SIDES.contains(&width) || !SIDES.contains(&height) {
            return Err(EngineError::SceneSize { width, height, min: *SIDES.start(), max: *SIDES.end() });
        }
        let mut step = 0;
        let mut advance = || {
            cancel.check()?;
            progress(Progress { step, steps: STEPS });
            step = (step + 1).min(STEPS);
            Ok::<(), EngineError>(())
        };
        advance()?;
        let index = Index::shipped()?;
        let brief = self.read(prompt, index)?;
        advance()?;
        let gallery = Gallery::new(&self.drawings, index);
        let (subjects, stage) = load(&brief, index, &gallery)?;
        let mut stopped = None;
        let painted = render::paint(
            &subjects,
            &brief.ties,
            &brief.setting,
            &stage,
            width as usize,
            height as usize,
            seed,
            &mut || {
                advance().map_err(|error| {
                    stopped = Some(error);
                    SceneError::Stopped
                })
            },
        )
        .map_err(|error| stopped.take().unwrap_or_else(|| error.into()))?;
        let pixels = Pixels::from_rgba(width, height, painted.rgba)?;
        advance()?;
        Ok(Composition {
            pixels,
            objects: painted.ids,
            visible: painted.visible,
            report: report(&brief, index),
        })
    }

    fn read(&self, prompt: &str, index: &Index) -> Result<Brief, EngineError> {
        if prompt.trim().is_empty() {
            return Err(EngineError::EmptyPrompt);
        }
        let mut failed: Option<InferenceError> = None;
        let mut left = LOOK_UPS;
        let brief = prompt::read(prompt, index, &mut |word| {
            if left == 0 || failed.is_some() || index.encoder_sha256().is_empty() {
                return None;
            }
            left -= 1;
            let nearest = self.inference.encoder().and_then(|encoder| {
                if encoder.sha256() != index.encoder_sha256() {
                    return Ok(None);
                }
                Ok(index.nearest(&encoder.encode(word)?.embedding))
            });
            match nearest {
                Ok(found) => found.filter(|(_, likeness)| *likeness >= SURE).map(|(number, _)| number),
                Err(error) => {
                    failed = Some(error);
                    None
                }
            }
        });
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(brief),
        }
    }
}

/// Loads the drawings a brief needs, those of its place included.
fn load(brief: &Brief, index: &Index, gallery: &Gallery) -> Result<(Vec<Subject>, Stage), EngineError> {
    let mut subjects = Vec::new();
    for (group, thing) in brief.things.iter().enumerate() {
        let drawing = &index.drawings[thing.drawing];
        for _ in 0..thing.count {
            let sprite = gallery.sprite(&drawing.file, thing.paint)?;
            subjects.push(Subject { drawing: drawing.clone(), sprite, scale: thing.scale, group });
        }
    }
    let named = |file: &str| brief.things.iter().any(|t| index.drawings[t.drawing].file == file);
    let mut files: Vec<&'static str> = props::wanted(&brief.setting).to_vec();
    if brief.setting.place == Place::City {
        files.extend(city::HOUSES.iter().map(|(file, _)| *file));
    }
    files.extend(furniture::wanted(&brief.setting));
    let mut props = Vec::new();
    for file in files {
        // A thing that was named is drawn as often as it was named; only the trees of a wood are countless.
        let countless = matches!(brief.setting.place, Place::Forest | Place::Mountains | Place::Lake);
        if !named(file) || countless {
            props.push((file, gallery.sprite(file, None)?));
        }
    }
    let moon = if brief.setting.time == Time::Night && !brief.setting.indoors() {
        Some(gallery.sprite("1f315", None)?)
    } else {
        None
    };
    Ok((subjects, Stage { props, moon }))
}

fn report(brief: &Brief, index: &Index) -> SceneReport {
    let drawn = brief
        .things
        .iter()
        .map(|thing| {
            let drawing = &index.drawings[thing.drawing];
            Drawn {
                name: drawing.names.first().cloned().unwrap_or_default(),
                words: thing.words.clone(),
                count: thing.count,
                file: drawing.file.clone(),
            }
        })
        .collect();
    SceneReport {
        drawn,
        setting: brief.setting.clone(),
        setting_words: brief.setting_words.clone(),
        unknown: brief.unknown.clone(),
    }
}
