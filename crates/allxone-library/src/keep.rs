//! Keeping a picture: the save order, once per result.

use allxone_media::{Format, Picture};
use rusqlite::{OptionalExtension, named_params};

use crate::item::signed;
use crate::{Details, ItemId, Library, LibraryError};

/// The longer side of a thumbnail in pixels.
pub const THUMBNAIL_SIDE: u32 = 512;

/// A picture as it is written: the received bytes untouched, and a thumbnail.
pub(crate) struct Stored<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) sha256: [u8; 32],
    pub(crate) format: &'a str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) thumbnail: &'a [u8],
}

impl Library {
    /// The part of [`Library::keep`] after the check.
    pub(crate) fn keep_picture(&self, picture: &Picture, details: &Details) -> Result<ItemId, LibraryError> {
        let thumbnail = picture.thumbnail(THUMBNAIL_SIDE)?;
        let stored = Stored {
            bytes: picture.bytes(),
            sha256: *picture.sha256(),
            format: format_name(picture.format()),
            width: picture.width(),
            height: picture.height(),
            thumbnail: &thumbnail,
        };
        self.keep_stored(&stored, details)
    }

    /// The item a result was kept as before, if it was; also one in the trash.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn kept_before(&self, job: &str, index: u8) -> Result<Option<ItemId>, LibraryError> {
        self.read(|connection| kept_before(connection, job, index))
    }

    pub(crate) fn keep_stored(
        &self,
        picture: &Stored<'_>,
        details: &Details,
    ) -> Result<ItemId, LibraryError> {
        self.must_write()?;
        if let Some(origin) = &details.origin
            && let Some(id) = self.kept_before(&origin.job, origin.index)?
        {
            return Ok(id);
        }
        let blobs = &self.inner.blobs;
        let blob = blobs.put(picture.bytes)?;
        let thumb = blobs.put(picture.thumbnail)?;
        let id = ItemId(self.new_id());
        match self.write(|transaction| self.insert(transaction, id, picture, details, &blob, &thumb)) {
            Ok(kept) => {
                if kept != id {
                    // Another thread kept the same result in the meantime.
                    blobs.remove(&blob)?;
                    blobs.remove(&thumb)?;
                }
                Ok(kept)
            }
            Err(LibraryError::DiskFull) => {
                let _ = blobs.remove(&blob);
                let _ = blobs.remove(&thumb);
                Err(LibraryError::DiskFull)
            }
            // Whether a failed commit is on disk is not certain, so the files stay for the next sweep.
            Err(error) => Err(error),
        }
    }

    pub(crate) fn insert(
        &self,
        connection: &rusqlite::Connection,
        id: ItemId,
        picture: &Stored<'_>,
        details: &Details,
        blob: &str,
        thumb: &str,
    ) -> Result<ItemId, LibraryError> {
        let origin = details.origin.as_ref();
        let report = details.report.as_ref().map(serde_json::Value::to_string);
        let inserted = connection
            .prepare_cached(
                "INSERT INTO items (id, created_ms, operation, model, title, prompt, negative, params, seed, width, height,
                    sha256, bytes, format, blob, thumb, thumb_bytes, service, job_id, output_index, receipts, parents, report, ai_made,
                    tags, note)
                 VALUES (:id, :created, :operation, :model, :title, :prompt, :negative, :params, :seed, :width, :height,
                    :sha256, :bytes, :format, :blob, :thumb, :thumb_bytes, :service, :job, :index, :receipts, :parents, :report, :ai_made,
                    :tags, :note)
                 ON CONFLICT (job_id, output_index) WHERE job_id IS NOT NULL DO NOTHING",
            )?
            .execute(named_params! {
                ":id": id,
                ":created": details.created_ms.unwrap_or_else(|| self.now()),
                ":operation": details.operation,
                ":model": details.model,
                ":title": details.title,
                ":prompt": details.prompt,
                ":negative": details.negative,
                ":params": details.params.to_string(),
                ":seed": details.seed.map(|seed| seed.to_string()),
                ":width": picture.width,
                ":height": picture.height,
                ":sha256": hex::encode(picture.sha256),
                ":bytes": signed(picture.bytes.len() as u64),
                ":format": picture.format,
                ":blob": blob,
                ":thumb": thumb,
                ":thumb_bytes": signed(picture.thumbnail.len() as u64),
                ":service": origin.map(|o| &o.service),
                ":job": origin.map(|o| &o.job),
                ":index": origin.map(|o| o.index),
                ":receipts": details.receipts.to_string(),
                ":parents": serde_json::to_string(&details.parents).map_err(|_| LibraryError::BadValue("The list of parents"))?,
                ":report": report,
                ":ai_made": details.ai_made,
                ":tags": serde_json::to_string(&details.tags).map_err(|_| LibraryError::BadValue("The list of tags"))?,
                ":note": details.note,
            })?;
        match origin {
            Some(origin) if inserted == 0 => {
                kept_before(connection, &origin.job, origin.index)?.ok_or(LibraryError::NotFound)
            }
            _ => Ok(id),
        }
    }
}

fn kept_before(
    connection: &rusqlite::Connection,
    job: &str,
    index: u8,
) -> Result<Option<ItemId>, LibraryError> {
    Ok(connection
        .prepare_cached("SELECT id FROM items WHERE job_id = ?1 AND output_index = ?2")?
        .query_row((job, index), |row| row.get(0))
        .optional()?)
}

pub(crate) fn format_name(format: Format) -> &'static str {
    match format {
        Format::Png => "png",
        Format::Jpeg => "jpeg",
        Format::Webp => "webp",
        Format::Gif => "gif",
    }
}
