//! Everything that is kept of one account, read along the list of columns: what is tagged for export and nothing else.

use serde_json::{Map, Value};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row, ValueRef};

use super::Store;
use crate::IdentityError;
use crate::columns::{COLUMNS, Tag};
use crate::rights::ExportedTable;

impl Store {
    /// The exported columns of an account's rows, one entry for each table that has any such column.
    pub(crate) async fn export(&self, user: &str) -> Result<Vec<ExportedTable>, IdentityError> {
        // One snapshot, so that no table tells of a moment the others do not know.
        let mut tx = self.readers.begin().await?;
        let mut tables: Vec<ExportedTable> = Vec::new();
        for (table, columns) in exported() {
            let owner = if table == "auth_users" { "id" } else { "user_id" };
            let statement = format!(
                "SELECT {} FROM {table} WHERE {owner} = $1 ORDER BY {}",
                columns.join(", "),
                columns[0]
            );
            let rows = sqlx::query(AssertSqlSafe(statement)).bind(user).fetch_all(&mut *tx).await?;
            let rows = rows.iter().map(|row| read(row, &columns)).collect::<Result<_, _>>()?;
            tables.push(ExportedTable { table, rows });
        }
        Ok(tables)
    }
}

/// Each table with its exported columns, in the order of the list.
fn exported() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut tables: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    for column in COLUMNS.iter().filter(|column| column.tag == Tag::Export) {
        match tables.iter_mut().find(|(table, _)| *table == column.table) {
            Some((_, columns)) => columns.push(column.name),
            None => tables.push((column.table, vec![column.name])),
        }
    }
    tables
}

/// A row by the names of its columns. Every exported column holds a whole number or text.
fn read(row: &AnyRow, columns: &[&'static str]) -> Result<Map<String, Value>, IdentityError> {
    let mut shown = Map::new();
    for (index, name) in columns.iter().enumerate() {
        let value = if row.try_get_raw(index)?.is_null() {
            Value::Null
        } else if let Ok(number) = row.try_get::<i64, _>(index) {
            number.into()
        } else {
            row.try_get::<String, _>(index)?.into()
        };
        shown.insert((*name).to_owned(), value);
    }
    Ok(shown)
}
