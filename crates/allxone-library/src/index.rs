//! The whole of a library at a glance: when each picture was made, and the little a grid shows of it.
//!
//! Cut here because a grid lets people jump to any day: it must know where every picture stands before it has read any, and then
//! reads only what is seen. Nothing here touches the wide columns (parameters, receipts, reports).

use rusqlite::{Row, named_params};
use serde::Serialize;

use crate::search;
use crate::{Filter, ItemId, Library, LibraryError};

/// Every picture that fits, newest first. The two lists have the same length.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Index {
    /// The pictures.
    pub ids: Vec<ItemId>,
    /// When each was made, UTC milliseconds.
    pub created_ms: Vec<i64>,
}

/// What a grid shows of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Glance {
    /// Its id.
    pub id: ItemId,
    /// When it was made, UTC milliseconds.
    pub created_ms: i64,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Marked as a favourite.
    pub favourite: bool,
    /// What was done, in the contract's word.
    pub operation: String,
    /// A name given by the person; may be empty.
    pub title: String,
    /// What was asked for.
    pub prompt: String,
}

/// What a picture came from and what came of it. Pictures that were erased are not in it; those in the trash are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Family {
    /// The pictures it was made from, in the order they were given.
    pub parents: Vec<Glance>,
    /// The pictures that were made from it, oldest first; at most 100.
    pub children: Vec<Glance>,
}

/// The most pictures that are looked at in one call.
const MAX_GLANCES: usize = 500;
const COLUMNS: &str = "id, created_ms, width, height, favourite, operation, title, prompt";

impl Glance {
    fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            created_ms: row.get(1)?,
            width: row.get(2)?,
            height: row.get(3)?,
            favourite: row.get(4)?,
            operation: row.get(5)?,
            title: row.get(6)?,
            prompt: row.get(7)?,
        })
    }
}

impl Library {
    /// Where every picture stands that `filter` and the words of `text` let through (see [`Library::search`]); empty text lets all through.
    ///
    /// # Errors
    /// When the database cannot be read; never because of the text.
    pub fn index(&self, text: &str, filter: &Filter) -> Result<Index, LibraryError> {
        let expression = match text.trim() {
            "" => None,
            words => match search::expression(words) {
                Some(expression) => Some(expression),
                None => return Ok(Index::default()),
            },
        };
        let (source, fits) = match expression {
            Some(_) => ("items_fts f JOIN items i ON i.n = f.rowid", "items_fts MATCH :expression AND"),
            None => ("items i", ":expression IS NULL AND"),
        };
        let trash = if filter.trash { "IS NOT NULL" } else { "IS NULL" };
        // Without the condition on favourites the answer comes from the index by time alone.
        let favourites = if filter.favourites { "AND i.favourite = 1" } else { "" };
        let sql = format!(
            "SELECT i.id, i.created_ms FROM {source} WHERE {fits} i.trashed_ms {trash} {favourites} ORDER BY i.created_ms DESC, i.id DESC"
        );
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(named_params! { ":expression": expression })?;
            let mut index = Index::default();
            while let Some(row) = rows.next()? {
                index.ids.push(row.get(0)?);
                index.created_ms.push(row.get(1)?);
            }
            Ok(index)
        })
    }

    /// A glance at each of `ids`, in their order; those that are not there are left out. Looks at 500 at most.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn glance(&self, ids: &[ItemId]) -> Result<Vec<Glance>, LibraryError> {
        self.read(|connection| {
            let sql = format!("SELECT {COLUMNS} FROM items WHERE id = ?1");
            let mut statement = connection.prepare_cached(&sql)?;
            let mut found = Vec::with_capacity(ids.len().min(MAX_GLANCES));
            for id in ids.iter().take(MAX_GLANCES) {
                found.extend(statement.query_map([id], Glance::from_row)?.collect::<Result<Vec<_>, _>>()?);
            }
            Ok(found)
        })
    }

    /// What a picture came from and what came of it.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`].
    pub fn family(&self, id: ItemId) -> Result<Family, LibraryError> {
        let parents = self.glance(&self.get(id)?.details.parents)?;
        let children = self.read(|connection| {
            // Parents are a list of ids in JSON; an id holds nothing that LIKE would read as a sign.
            let sql = format!("SELECT {COLUMNS} FROM items WHERE parents LIKE '%\"' || ?1 || '\"%' ORDER BY created_ms, id LIMIT 100");
            let mut statement = connection.prepare_cached(&sql)?;
            let found = statement.query_map([id], Glance::from_row)?.collect::<Result<Vec<_>, _>>()?;
            Ok(found)
        })?;
        Ok(Family { parents, children })
    }
}
