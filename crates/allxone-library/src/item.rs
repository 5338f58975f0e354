//! A kept picture and what is known of it.

use rusqlite::Row;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ItemId, LibraryError};

/// Where a result came from. A result is kept once per job and index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Origin {
    /// Address or name of the service.
    pub service: String,
    /// The job there.
    pub job: String,
    /// Which picture of the job, from 0.
    pub index: u8,
}

/// What is known of a picture besides its pixels.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Details {
    /// What was done, in the contract's word (`scene`, `stylise`, …).
    pub operation: String,
    /// By which model.
    pub model: String,
    /// A name given by the person; may be empty.
    #[serde(default)]
    pub title: String,
    /// Tags given by the person.
    #[serde(default)]
    pub tags: Vec<String>,
    /// A note of the person's.
    #[serde(default)]
    pub note: String,
    /// What was asked for.
    #[serde(default)]
    pub prompt: String,
    /// What was not to be shown.
    #[serde(default)]
    pub negative: String,
    /// Everything else the model was told.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub params: Value,
    /// The seed this very picture was made with; written as text, since not every reader of JSON keeps 64 bits.
    #[serde(default, with = "seed_text")]
    #[ts(type = "string | null")]
    pub seed: Option<u64>,
    /// Where it came from; `None` for a picture brought in by hand.
    #[serde(default)]
    pub origin: Option<Origin>,
    /// Proof of the checks it passed, oldest first.
    #[serde(default)]
    #[ts(type = "Receipt[]")]
    pub receipts: Value,
    /// The kept pictures it was made from.
    #[serde(default)]
    pub parents: Vec<ItemId>,
    /// What the model says of its work.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub report: Option<Value>,
    /// Whether a model made or changed it (a person's own photo, enlarged, was not).
    pub ai_made: bool,
    /// When it was made, UTC milliseconds; `None` for now. Written once, by [`Item`].
    #[serde(default, skip_serializing)]
    #[ts(skip)]
    pub created_ms: Option<i64>,
}

/// A seed in JSON.
mod seed_text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(seed: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        seed.map(|seed| seed.to_string()).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

/// One kept picture. The pixels come by id: [`crate::Library::picture`], [`crate::Library::thumbnail`].
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// When it was made, UTC milliseconds.
    pub created_ms: i64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// SHA-256 of the picture's bytes, hex.
    pub sha256: String,
    /// Size of the picture's bytes.
    pub bytes: u64,
    /// `png`, `jpeg`, `webp` or `gif`.
    pub format: String,
    /// Marked as a favourite.
    pub favourite: bool,
    /// When it was put into the trash, UTC milliseconds.
    pub trashed_ms: Option<i64>,
    /// Whether it is in the trash because its owner erased it on another device.
    pub erased_elsewhere: bool,
    /// Everything else.
    #[serde(flatten)]
    pub details: Details,
}

/// The columns [`Item::from_row`] reads, in its order.
pub(crate) const ITEM_COLUMNS: &str = "i.id, i.created_ms, i.operation, i.model, i.title, i.prompt, i.negative, i.params, i.seed, \
     i.width, i.height, i.sha256, i.bytes, i.format, i.favourite, i.trashed_ms, i.service, i.job_id, i.output_index, \
     i.receipts, i.parents, i.report, i.ai_made, i.tags, i.note, i.erased_elsewhere";

impl Item {
    pub(crate) fn from_row(row: &Row<'_>) -> Result<Self, LibraryError> {
        let origin = match (row.get(16)?, row.get(17)?, row.get(18)?) {
            (Some(service), Some(job), Some(index)) => Some(Origin { service, job, index }),
            _ => None,
        };
        let created_ms = row.get(1)?;
        Ok(Self {
            id: row.get(0)?,
            created_ms,
            width: row.get(9)?,
            height: row.get(10)?,
            sha256: row.get(11)?,
            bytes: unsigned(row.get(12)?),
            format: row.get(13)?,
            favourite: row.get(14)?,
            trashed_ms: row.get(15)?,
            erased_elsewhere: row.get::<_, i64>(25)? == 1,
            details: Details {
                operation: row.get(2)?,
                model: row.get(3)?,
                title: row.get(4)?,
                prompt: row.get(5)?,
                negative: row.get(6)?,
                params: json(row.get(7)?)?,
                seed: row.get::<_, Option<String>>(8)?.and_then(|text| text.parse().ok()),
                origin,
                receipts: json(row.get(19)?)?,
                parents: serde_json::from_value(json(row.get(20)?)?).map_err(|_| unreadable())?,
                report: row.get::<_, Option<String>>(21)?.map(json).transpose()?,
                ai_made: row.get(22)?,
                tags: serde_json::from_value(json(row.get(23)?)?).map_err(|_| unreadable())?,
                note: row.get(24)?,
                created_ms: Some(created_ms),
            },
        })
    }
}

/// Reads a JSON column.
pub(crate) fn json(text: String) -> Result<Value, LibraryError> {
    serde_json::from_str(&text).map_err(|_| unreadable())
}

/// Sizes are written from `u64` values far below 2^63.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// The other direction.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn unreadable() -> LibraryError {
    LibraryError::Damaged("a value is not what was written".to_owned())
}
