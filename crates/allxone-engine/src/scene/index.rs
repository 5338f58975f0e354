//! The catalogue of drawings: what each shows, how large it is in life, where it can stand, which file holds it (with
//! its hash, because the drawings folder is not trusted), and the embeddings of its names.
//!
//! `models/drawings-index.json` and `.bin` are made by the example `drawings-index` from `drawings.txt` beside this file
//! and the drawings themselves; both are compiled in, so they cannot disagree with the program.

use super::SceneError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What sort of thing a drawing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Kind {
    Animal,
    Plant,
    Food,
    Building,
    Vehicle,
    Sky,
    Person,
    Object,
}

/// Where a thing can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// Stands on the ground.
    Ground,
    /// Floats on water; stands on land where there is no water.
    Float,
    /// A boat whose drawing ends in waves of its own.
    Boat,
    /// Lives in water.
    Swim,
    /// Flies.
    Air,
    /// Far up: sun, moon, planets.
    Sky,
    /// Hangs on a wall; leans on the ground outdoors.
    Wall,
    /// Hangs from above.
    Hang,
}

/// Which way a drawing looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Facing {
    /// To the left.
    L,
    /// To the right.
    R,
    /// To the viewer; may be mirrored.
    F,
    /// Must not be mirrored (letters, one-sided shapes).
    N,
}

/// How much of a body a drawing shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// All of it.
    Whole,
    /// A head only: set behind something low, so that it looks out from there.
    Head,
    /// Head and shoulders, cut straight below.
    Bust,
    /// Gives light: not dimmed at night.
    Glow,
}

/// One drawing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// File name without `.webp`: the code points of the emoji.
    pub file: String,
    /// Names in singular, best first, lower case.
    pub names: Vec<String>,
    /// Sort of thing.
    pub kind: Kind,
    /// Where it can be.
    pub stance: Stance,
    /// Height in life, metres, roughly.
    pub metres: f32,
    /// Which way it looks.
    pub facing: Facing,
    /// How much of the body it shows.
    pub form: Form,
    /// Box of the visible pixels: x, y, width, height.
    pub trim: [u16; 4],
    /// Width and height of the file's picture.
    pub size: [u16; 2],
    /// Share of the height, from below, that are painted waves (boats).
    pub waterline: f32,
    /// SHA-256 of the file, hex.
    pub sha256: String,
}

impl Drawing {
    /// Width over height of the visible part.
    pub fn aspect(&self) -> f32 {
        f32::from(self.trim[2].max(1)) / f32::from(self.trim[3].max(1))
    }
}

/// The file format of the index.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IndexFile {
    /// Format version.
    pub version: u32,
    /// Package the drawings come from.
    pub drawings: String,
    /// SHA-256 of `drawings-index.bin`, hex.
    pub embeddings_sha256: String,
    /// SHA-256 of the text encoder that made the embeddings, hex.
    pub encoder_sha256: String,
    /// All drawings.
    pub entries: Vec<Drawing>,
}

/// Length of one embedding.
pub const DIMENSIONS: usize = 384;

/// The catalogue, ready for look-ups.
pub struct Index {
    /// All drawings; a drawing's number is its place here.
    pub drawings: Vec<Drawing>,
    by_name: BTreeMap<String, usize>,
    /// (drawing, unit embedding times 127) of every name.
    embeddings: Vec<(usize, [i8; DIMENSIONS])>,
    encoder_sha256: String,
}

impl Index {
    /// The index compiled into the program.
    ///
    /// # Errors
    /// If the compiled-in files are damaged.
    pub fn shipped() -> Result<&'static Index, SceneError> {
        static INDEX: OnceLock<Option<Index>> = OnceLock::new();
        INDEX
            .get_or_init(|| {
                Index::parse(
                    include_str!("../../../../models/drawings-index.json"),
                    include_bytes!("../../../../models/drawings-index.bin"),
                )
            })
            .as_ref()
            .ok_or(SceneError::IndexDamaged)
    }

    /// Reads an index; `None` if it does not hold together.
    pub fn parse(json: &str, embeddings: &[u8]) -> Option<Index> {
        let file: IndexFile = serde_json::from_str(json).ok()?;
        let mut by_name = BTreeMap::new();
        let mut numbers = Vec::new();
        for (number, drawing) in file.entries.iter().enumerate() {
            for name in &drawing.names {
                by_name.insert(name.clone(), number);
                numbers.push(number);
            }
        }
        if embeddings.len() != numbers.len() * DIMENSIONS {
            return None;
        }
        let embeddings = numbers
            .into_iter()
            .zip(embeddings.chunks_exact(DIMENSIONS))
            .map(|(number, row)| (number, std::array::from_fn(|i| row[i] as i8)))
            .collect();
        Some(Index { drawings: file.entries, by_name, embeddings, encoder_sha256: file.encoder_sha256 })
    }

    /// The drawing with exactly this name.
    pub fn named(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The drawing in this file.
    pub fn file(&self, file: &str) -> Option<usize> {
        self.drawings.iter().position(|d| d.file == file)
    }

    /// The drawing whose name is nearest in meaning, and the cosine of the angle between them.
    pub fn nearest(&self, embedding: &[f32; DIMENSIONS]) -> Option<(usize, f32)> {
        self.embeddings
            .iter()
            .map(|(number, row)| {
                let dot: f32 = row.iter().zip(embedding).map(|(&a, &b)| f32::from(a) * b).sum();
                (*number, dot / 127.0)
            })
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    }

    /// SHA-256 of the encoder whose embeddings these are; others are not comparable.
    pub fn encoder_sha256(&self) -> &str {
        &self.encoder_sha256
    }
}
