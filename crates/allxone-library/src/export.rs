//! Giving things back to the person they belong to, driven by the list of columns.

use bytes::Bytes;
use rusqlite::Row;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use crate::columns::{COLUMNS, Column, Form, Tag};
use crate::item::json;
use crate::{ItemId, Library, LibraryError};

/// One picture as the person gets it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// A name for the file, from time and id: `20260131T120000Z-01ARZ….png`.
    pub file_name: String,
    /// The picture's bytes exactly as they were kept.
    pub bytes: Bytes,
    /// Everything known of it.
    pub record: Value,
}

impl Library {
    /// One picture with its record.
    ///
    /// # Errors
    /// As [`Library::picture`].
    pub fn export(&self, id: ItemId) -> Result<Exported, LibraryError> {
        let item = self.get(id)?;
        let extension = if item.format == "jpeg" { "jpg" } else { &item.format };
        let stamp: String = self.read(|connection| {
            let sql = "SELECT coalesce(strftime('%Y%m%dT%H%M%SZ', ?1 / 1000, 'unixepoch'), 'undated')";
            Ok(connection.query_row(sql, [item.created_ms], |row| row.get(0))?)
        })?;
        Ok(Exported {
            file_name: format!("{stamp}-{id}.{extension}"),
            bytes: self.picture(id)?,
            record: self.record(id)?,
        })
    }

    /// Everything the library knows of an item, but its pixels.
    ///
    /// # Errors
    /// [`LibraryError::NotFound`].
    pub fn record(&self, id: ItemId) -> Result<Value, LibraryError> {
        let mut record = None;
        self.export_rows("items", "WHERE id = ?1", &[&id], &mut |row| {
            record = Some(row);
            Ok(())
        })?;
        record.map(Value::Object).ok_or(LibraryError::NotFound)
    }

    /// Hands out every row of a table as the person may have it, oldest first, one at a time. The
    /// tables are those of [`COLUMNS`]; one without columns to export hands out nothing.
    ///
    /// # Errors
    /// When the database cannot be read, or whatever `take` answers.
    pub fn export_table(
        &self,
        table: &str,
        take: &mut dyn FnMut(Map<String, Value>) -> Result<(), LibraryError>,
    ) -> Result<(), LibraryError> {
        self.export_rows(table, "ORDER BY rowid", &[], take)
    }

    fn export_rows(
        &self,
        table: &str,
        rest: &str,
        params: &[&dyn rusqlite::ToSql],
        take: &mut dyn FnMut(Map<String, Value>) -> Result<(), LibraryError>,
    ) -> Result<(), LibraryError> {
        let columns: Vec<&Column> =
            COLUMNS.iter().filter(|column| column.table == table && column.tag == Tag::Export).collect();
        // Names come from our own list, never from the caller.
        let Some(Column { table, .. }) = columns.first() else { return Ok(()) };
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        let sql = format!("SELECT {} FROM {table} {rest}", names.join(", "));
        self.read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                take(row_of(table, row)?)?;
            }
            Ok(())
        })
    }
}

/// A row as the person may have it; `row` begins with the exported columns of `table`, in the order of the list.
pub(crate) fn row_of(table: &str, row: &Row<'_>) -> Result<Map<String, Value>, LibraryError> {
    let columns = COLUMNS.iter().filter(|column| column.table == table && column.tag == Tag::Export);
    let mut object = Map::new();
    for (at, column) in columns.enumerate() {
        object.insert(column.name.to_owned(), value(row, at, column.form)?);
    }
    Ok(object)
}

fn value(row: &Row<'_>, at: usize, form: Form) -> Result<Value, LibraryError> {
    Ok(match (row.get_ref(at)?, form) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(number), Form::Flag) => Value::Bool(number != 0),
        (ValueRef::Integer(number), _) => number.into(),
        (ValueRef::Real(number), _) => number.into(),
        (ValueRef::Text(_), Form::Json) => json(row.get(at)?)?,
        (ValueRef::Text(_), _) => row.get::<_, String>(at)?.into(),
        (ValueRef::Blob(bytes), _) => hex::encode(bytes).into(),
    })
}
