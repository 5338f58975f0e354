//! Putting a checked picture of an archive back where it was: same id, same times, same words.

use allxone_media::Picture;
use allxone_safety::Screened;
use rusqlite::named_params;
use serde_json::{Map, Value};

use crate::keep::{Stored, THUMBNAIL_SIDE, format_name};
use crate::{Details, ItemId, Library, LibraryError, Origin};

/// What a row of an archive says of a picture, once it agrees with the picture.
pub(crate) struct Restored {
    details: Details,
    favourite: bool,
    trashed_ms: Option<i64>,
}

/// Reads a row; `None` when it is not of its form or says of the picture what is not true.
pub(crate) fn restored(picture: &Screened<Picture>, row: &Map<String, Value>) -> Option<Restored> {
    let text = |name: &str| row.get(name)?.as_str().map(str::to_owned);
    let number = |name: &str| row.get(name)?.as_i64();
    let flag = |name: &str| row.get(name)?.as_bool();
    let maybe = |name: &str| row.get(name).cloned().filter(|value| !value.is_null());
    let value = picture.value();
    let true_of_it = text("sha256")? == value.sha256_hex()
        && number("bytes")? == i64::try_from(value.bytes().len()).ok()?
        && text("format")? == format_name(value.format())
        && number("width")? == i64::from(value.width())
        && number("height")? == i64::from(value.height());
    if !true_of_it {
        return None;
    }
    let origin = match (maybe("service"), maybe("job_id"), maybe("output_index")) {
        (Some(service), Some(job), Some(index)) => Some(Origin {
            service: service.as_str()?.to_owned(),
            job: job.as_str()?.to_owned(),
            index: u8::try_from(index.as_u64()?).ok()?,
        }),
        (None, None, None) => None,
        _ => return None,
    };
    let details = Details {
        operation: text("operation")?,
        model: text("model")?,
        title: text("title")?,
        // Archives of earlier programs have neither.
        tags: match maybe("tags") {
            Some(tags) => serde_json::from_value(tags).ok()?,
            None => Vec::new(),
        },
        note: match maybe("note") {
            Some(note) => note.as_str()?.to_owned(),
            None => String::new(),
        },
        prompt: text("prompt")?,
        negative: text("negative")?,
        params: row.get("params")?.clone(),
        seed: match maybe("seed") {
            Some(seed) => Some(seed.as_str()?.parse().ok()?),
            None => None,
        },
        origin,
        receipts: with_own(row.get("receipts")?.clone(), &serde_json::to_value(picture.receipt()).ok()?),
        parents: serde_json::from_value(row.get("parents")?.clone()).ok()?,
        report: maybe("report"),
        ai_made: flag("ai_made")?,
        created_ms: Some(number("created_ms")?),
    };
    let trashed_ms = match maybe("trashed_ms") {
        Some(time) => Some(time.as_i64()?),
        None => None,
    };
    Some(Restored { details, favourite: flag("favourite")?, trashed_ms })
}

/// The receipts of an archive, with the one of today where the rules are other ones than when it was written.
fn with_own(receipts: Value, own: &Value) -> Value {
    let Value::Array(mut receipts) = receipts else { return receipts };
    let same = |earlier: &Value| {
        ["/content", "/versions", "/finding/verdict"]
            .iter()
            .all(|part| earlier.pointer(part) == own.pointer(part))
    };
    if !receipts.iter().any(same) {
        receipts.push(own.clone());
    }
    Value::Array(receipts)
}

impl Library {
    /// Keeps a picture under the id it had. Answers the id it is kept under: another one when its job's result is there already.
    pub(crate) fn keep_restored(
        &self,
        id: ItemId,
        picture: &Picture,
        restored: &Restored,
    ) -> Result<ItemId, LibraryError> {
        let thumbnail = picture.thumbnail(THUMBNAIL_SIDE)?;
        let stored = Stored {
            bytes: picture.bytes(),
            sha256: *picture.sha256(),
            format: format_name(picture.format()),
            width: picture.width(),
            height: picture.height(),
            thumbnail: &thumbnail,
        };
        let blobs = &self.inner.blobs;
        let blob = blobs.put(stored.bytes)?;
        let thumb = blobs.put(stored.thumbnail)?;
        let kept = self.write(|transaction| {
            let kept = self.insert(transaction, id, &stored, &restored.details, &blob, &thumb)?;
            transaction
                .prepare_cached("UPDATE items SET favourite = :favourite, trashed_ms = :trashed WHERE id = :id AND :id = :kept")?
                .execute(named_params! {
                    ":favourite": restored.favourite, ":trashed": restored.trashed_ms, ":id": id, ":kept": kept,
                })?;
            Ok(kept)
        });
        if !matches!(&kept, Ok(kept) if *kept == id) {
            let _ = blobs.remove(&blob);
            let _ = blobs.remove(&thumb);
        }
        kept
    }
}
