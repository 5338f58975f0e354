//! What a person writes on a picture: title, tags, note. How it was made is history and is not rewritten; this is theirs to correct, and
//! what it was before is written down.

use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use crate::{ItemId, Library, LibraryError};

/// What is to be changed. What is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Annotation {
    /// A name; empty takes it away.
    pub title: Option<String>,
    /// Tags: all that it is to have from now on.
    pub tags: Option<Vec<String>>,
    /// A note; empty takes it away.
    pub note: Option<String>,
}

/// The longest of each, in characters.
const LONGEST_TITLE: usize = 200;
const LONGEST_TAG: usize = 64;
const LONGEST_NOTE: usize = 10_000;
/// The most tags of one picture.
const MOST_TAGS: usize = 32;

impl Library {
    /// Changes what is written on a picture, all or none of it. Each change is logged with what was there before.
    ///
    /// # Errors
    /// [`LibraryError::BadValue`] for too much of it, [`LibraryError::NotFound`], [`LibraryError::ReadOnly`].
    pub fn annotate(&self, id: ItemId, change: &Annotation) -> Result<(), LibraryError> {
        let changes = changes(change)?;
        let now = self.now();
        self.write(|transaction| {
            let known: Option<i64> = transaction
                .prepare_cached("SELECT n FROM items WHERE id = ?1")?
                .query_row([id], |row| row.get(0))
                .optional()?;
            known.ok_or(LibraryError::NotFound)?;
            for (field, after) in &changes {
                let before: String = transaction
                    .prepare_cached(&format!("SELECT {field} FROM items WHERE id = ?1"))?
                    .query_row([id], |row| row.get(0))?;
                if before == *after {
                    continue;
                }
                transaction
                    .prepare_cached(&format!("UPDATE items SET {field} = ?2 WHERE id = ?1"))?
                    .execute((id, after))?;
                transaction
                    .prepare_cached("INSERT INTO edits (id, time_ms, item_id, field, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                    .execute((self.new_id().to_string(), now, id, field, before, after))?;
            }
            Ok(())
        })
    }

    /// Gives an item a title; empty takes it away.
    ///
    /// # Errors
    /// As [`Library::annotate`].
    pub fn set_title(&self, id: ItemId, title: &str) -> Result<(), LibraryError> {
        self.annotate(id, &Annotation { title: Some(title.to_owned()), ..Annotation::default() })
    }
}

/// The columns that are to be changed, as they are written.
fn changes(change: &Annotation) -> Result<Vec<(&'static str, String)>, LibraryError> {
    let fits = |text: &str, longest, what| match text.chars().count() <= longest {
        true => Ok(text.trim().to_owned()),
        false => Err(LibraryError::BadValue(what)),
    };
    let mut changes = Vec::new();
    if let Some(title) = &change.title {
        changes.push(("title", fits(title, LONGEST_TITLE, "The title")?));
    }
    if let Some(tags) = &change.tags {
        let mut all: Vec<String> = Vec::new();
        for tag in tags {
            let tag = fits(tag, LONGEST_TAG, "A tag")?;
            if !tag.is_empty() && !all.contains(&tag) {
                all.push(tag);
            }
        }
        if all.len() > MOST_TAGS {
            return Err(LibraryError::BadValue("The list of tags"));
        }
        let text = serde_json::to_string(&all).map_err(|_| LibraryError::BadValue("The list of tags"))?;
        changes.push(("tags", text));
    }
    if let Some(note) = &change.note {
        changes.push(("note", fits(note, LONGEST_NOTE, "The note")?));
    }
    Ok(changes)
}
