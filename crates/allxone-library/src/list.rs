//! Looking at what is kept: one item, pages, pictures, figures.

use bytes::Bytes;
use rusqlite::{OptionalExtension, named_params};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::item::{ITEM_COLUMNS, unsigned};
use crate::search;
use crate::{Item, ItemId, Library, LibraryError};

/// The most items a page holds.
const MAX_PAGE: u32 = 500;

/// Which items to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Filter {
    /// Only favourites.
    pub favourites: bool,
    /// The trash instead of the library.
    pub trash: bool,
}

/// Where a page ends; the next begins after it. Stays right when items come or go in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Cursor {
    created_ms: i64,
    id: ItemId,
}

/// Items, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
pub struct Page {
    /// The items.
    pub items: Vec<Item>,
    /// Where to go on; `None` at the end.
    pub next: Option<Cursor>,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Usage {
    /// Pictures outside the trash.
    pub items: u64,
    /// Favourites among them.
    pub favourites: u64,
    /// Pictures in the trash.
    pub trashed: u64,
    /// Bytes of all pictures and thumbnails, with the trash.
    pub picture_bytes: u64,
    /// Bytes of the database.
    pub database_bytes: u64,
}

impl Library {
    /// One item, also from the trash.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`].
    pub fn get(&self, id: ItemId) -> Result<Item, LibraryError> {
        self.read(|connection| {
            let sql = format!("SELECT {ITEM_COLUMNS} FROM items i WHERE i.id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query([id])?;
            rows.next()?.map_or(Err(LibraryError::NotFound), Item::from_row)
        })
    }

    /// The item whose id begins with `beginning` (in any case of letters), also from the trash.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`], [`LibraryError::Ambiguous`].
    pub fn find(&self, beginning: &str) -> Result<ItemId, LibraryError> {
        let from = beginning.trim().to_ascii_uppercase();
        if from.is_empty() || from.len() > 26 || !from.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(LibraryError::NotFound);
        }
        self.read(|connection| {
            // '~' sorts after every letter an id has.
            let mut statement = connection.prepare_cached(
                "SELECT id FROM items WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 2",
            )?;
            let found =
                statement.query_map([&from], |row| row.get(0))?.collect::<Result<Vec<ItemId>, _>>()?;
            match found[..] {
                [] => Err(LibraryError::NotFound),
                [one] => Ok(one),
                _ => Err(LibraryError::Ambiguous(beginning.trim().to_owned())),
            }
        })
    }

    /// A page of items, newest first; `limit` is at most 500.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn list(&self, filter: &Filter, after: Option<&Cursor>, limit: u32) -> Result<Page, LibraryError> {
        self.page(None, filter, after, limit)
    }

    /// A page of the items with all the words of `text` in prompt, negative prompt, title, model, tags or note,
    /// newest first. Words fit from their beginning, without regard to case and accents; text without
    /// any letter or digit finds nothing.
    ///
    /// # Errors
    /// When the database cannot be read; never because of the text.
    pub fn search(
        &self,
        text: &str,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page, LibraryError> {
        match search::expression(text) {
            Some(expression) => self.page(Some(&expression), filter, after, limit),
            None => Ok(Page { items: Vec::new(), next: None }),
        }
    }

    fn page(
        &self,
        expression: Option<&str>,
        filter: &Filter,
        after: Option<&Cursor>,
        limit: u32,
    ) -> Result<Page, LibraryError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let (source, fits) = match expression {
            Some(_) => ("items_fts f JOIN items i ON i.n = f.rowid", "items_fts MATCH :expression AND"),
            None => ("items i", ":expression IS NULL AND"),
        };
        let trash = if filter.trash { "IS NOT NULL" } else { "IS NULL" };
        let sql = format!(
            "SELECT {ITEM_COLUMNS} FROM {source} WHERE {fits} i.trashed_ms {trash} AND (i.favourite = 1 OR NOT :favourites)
             AND (i.created_ms, i.id) < (:created, :id) ORDER BY i.created_ms DESC, i.id DESC LIMIT :limit"
        );
        let mut items = self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(named_params! {
                ":expression": expression,
                ":favourites": filter.favourites,
                ":created": after.map_or(i64::MAX, |cursor| cursor.created_ms),
                ":id": after.map_or_else(|| "~".to_owned(), |cursor| cursor.id.to_string()),
                ":limit": limit + 1,
            })?;
            let mut items = Vec::new();
            while let Some(row) = rows.next()? {
                items.push(Item::from_row(row)?);
            }
            Ok(items)
        })?;
        let more = items.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        if more {
            items.pop();
        }
        let next =
            items.last().filter(|_| more).map(|last| Cursor { created_ms: last.created_ms, id: last.id });
        Ok(Page { items, next })
    }

    /// The picture's bytes exactly as they were kept, verified against their hash.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`], [`LibraryError::PictureMissing`], [`LibraryError::PictureDamaged`].
    pub fn picture(&self, id: ItemId) -> Result<Bytes, LibraryError> {
        let (name, sha256) = self.names(id, "SELECT blob, sha256 FROM items WHERE id = ?1")?;
        let bytes = self.sealed(id, &name)?;
        if hex::encode(Sha256::digest(&bytes)) != sha256 {
            return Err(LibraryError::PictureDamaged(id));
        }
        Ok(bytes)
    }

    /// The thumbnail's bytes.
    ///
    /// # Errors
    /// As [`Library::picture`].
    pub fn thumbnail(&self, id: ItemId) -> Result<Bytes, LibraryError> {
        let (name, _) = self.names(id, "SELECT thumb, sha256 FROM items WHERE id = ?1")?;
        self.sealed(id, &name)
    }

    fn names(&self, id: ItemId, sql: &str) -> Result<(String, String), LibraryError> {
        self.read(|connection| {
            let found = connection
                .prepare_cached(sql)?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            found.ok_or(LibraryError::NotFound)
        })
    }

    fn sealed(&self, id: ItemId, name: &str) -> Result<Bytes, LibraryError> {
        match self.inner.blobs.get(name) {
            Ok(Some(plain)) => Ok(plain.into()),
            Ok(None) => Err(LibraryError::PictureMissing(id)),
            Err(LibraryError::Vault(allxone_vault::VaultError::SealBroken)) => {
                Err(LibraryError::PictureDamaged(id))
            }
            Err(error) => Err(error),
        }
    }

    /// How many pictures there are outside the trash.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn count(&self) -> Result<u64, LibraryError> {
        self.usage().map(|usage| usage.items)
    }

    /// How much is kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn usage(&self) -> Result<Usage, LibraryError> {
        self.read(|connection| {
            let sql = "SELECT count(*) FILTER (WHERE trashed_ms IS NULL),
                    count(*) FILTER (WHERE trashed_ms IS NULL AND favourite = 1),
                    count(*) FILTER (WHERE trashed_ms IS NOT NULL), coalesce(sum(bytes + thumb_bytes), 0),
                    (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)
                 FROM items";
            let figures = connection.prepare_cached(sql)?.query_row([], |row| {
                Ok(Usage {
                    items: unsigned(row.get(0)?),
                    favourites: unsigned(row.get(1)?),
                    trashed: unsigned(row.get(2)?),
                    picture_bytes: unsigned(row.get(3)?),
                    database_bytes: unsigned(row.get(4)?),
                })
            })?;
            Ok(figures)
        })
    }
}
