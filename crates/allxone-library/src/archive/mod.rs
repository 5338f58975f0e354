//! Everything a person has here, as one archive that other programs can read and that this one reads back.
//!
//! Cut here because leaving must be as easy as staying: the archive is written from [`COLUMNS`](crate::COLUMNS), so that a new column
//! cannot be forgotten, without a network and without an account. Its layout is in `docs/EXPORT.md`. Nothing in it is encrypted.

mod import;
mod pages;
mod read;
mod restore;
mod retention;
mod schema;
mod volumes;
mod words;
mod write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ItemId;

pub use import::{Admission, CheckPicture, Import, Imported};
pub(crate) use retention::kept_ms;
pub use retention::{KeptFor, RETENTION, retention};

/// What the manifest says it is.
pub(crate) const FORMAT: &str = "allxone-export";
/// Version of the archive's layout.
pub(crate) const SCHEMA_VERSION: u32 = 1;
pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const SUMS: &str = "SHA256SUMS";
/// How the program looks, as its host wrote it.
pub(crate) const PROGRAM_SETTINGS: &str = "settings.json";

/// How a table is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// One JSON object on each line.
    Lines,
    /// One JSON array.
    Array,
}

/// The file of a table.
pub(crate) struct Part {
    pub(crate) table: &'static str,
    pub(crate) path: &'static str,
    pub(crate) shape: Shape,
}

const fn part(table: &'static str, path: &'static str, shape: Shape) -> Part {
    Part { table, path, shape }
}

/// Every table with something to export, in the order an import needs them.
pub(crate) const PARTS: &[Part] = &[
    part("items", "generations/generations.jsonl", Shape::Lines),
    part("edits", "generations/edits.jsonl", Shape::Lines),
    part("queue", "queue/queue.jsonl", Shape::Lines),
    part("inputs", "inputs/inputs.jsonl", Shape::Lines),
    part("egress", "connections/connections.jsonl", Shape::Lines),
    part("decisions", "safety/decisions.json", Shape::Array),
    part("settings", "settings/library.jsonl", Shape::Lines),
    part("consents", "account/consents.json", Shape::Array),
    part("training", "account/training.json", Shape::Array),
    part("statistics", "account/statistics.json", Shape::Array),
    part("reports", "account/reports.jsonl", Shape::Lines),
];

/// What the host knows and the library does not.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Version of the program.
    pub app_version: String,
    /// Language of the texts, such as `de-AT`.
    pub language: String,
    /// How the program looks; `null` where there is nothing.
    pub settings: Value,
    /// Begin a further file when one would become larger than this.
    pub split: Option<u64>,
}

/// How far an export or import is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct ArchiveProgress {
    /// Pictures done.
    pub done: u64,
    /// Pictures in all.
    pub total: u64,
    /// Bytes of pictures done.
    pub bytes: u64,
}

/// Hears how far the work is; answers whether it shall go on.
pub type Watch<'a> = dyn FnMut(ArchiveProgress) -> bool + 'a;

/// A picture that is in the list and not in the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Missing {
    /// Which one.
    pub id: ItemId,
    /// `picture_missing` or `picture_damaged`.
    pub reason: String,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Archived {
    /// The files, the one with the manifest first.
    pub files: Vec<String>,
    /// Pictures in it.
    pub pictures: u64,
    /// Size of all files together.
    pub bytes: u64,
    /// Pictures whose file could not be read.
    pub missing: Vec<Missing>,
}
