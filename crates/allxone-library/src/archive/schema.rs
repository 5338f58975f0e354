//! A JSON Schema for each file with rows, made from the columns as the database has them, so that it cannot say anything else.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::Part;
use crate::columns::{COLUMNS, Form, Tag};
use crate::{LibraryError, SCHEMA};

/// Path of the schema of a part.
pub(crate) fn path(part: &Part) -> String {
    format!("schema/{}.schema.json", part.table)
}

/// The schema of one row of `part`.
pub(crate) fn of(connection: &Connection, part: &Part) -> Result<Value, LibraryError> {
    let mut statement = connection.prepare("SELECT name, type, \"notnull\" FROM pragma_table_info(?1)")?;
    let real: Vec<(String, String, bool)> = statement
        .query_map([part.table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let mut properties = Map::new();
    let mut required = Vec::new();
    for column in COLUMNS.iter().filter(|column| column.table == part.table && column.tag == Tag::Export) {
        let Some((_, kind, not_null)) = real.iter().find(|(name, ..)| name == column.name) else { continue };
        let word = match (column.form, kind.as_str()) {
            (Form::Flag, _) => Some("boolean"),
            (Form::Json, _) => None,
            (Form::Plain, "INTEGER") => Some("integer"),
            (Form::Plain, "REAL") => Some("number"),
            (Form::Plain, _) => Some("string"),
        };
        let property = match word {
            None => json!({}),
            Some(word) if *not_null => json!({ "type": word }),
            Some(word) => json!({ "type": [word, "null"] }),
        };
        properties.insert(column.name.to_owned(), property);
        required.push(column.name);
    }
    if FILED.contains(&part.table) {
        properties.insert(FILES.to_owned(), json!({ "type": "array", "items": { "type": "string" } }));
        required.push(FILES);
    }
    Ok(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": part.path,
        "description": format!("One row. Times are UTC milliseconds. Library schema {}.", SCHEMA),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    }))
}

/// Tables whose rows say which files of the archive belong to them, under this name.
pub(crate) const FILED: [&str; 2] = ["items", "inputs"];
pub(crate) const FILES: &str = "files";

/// Every table with an exported column has a file, and the other way round.
#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::PARTS;
    use super::*;

    #[test]
    fn every_table_with_something_to_export_has_its_file() {
        let tables: BTreeSet<&str> =
            COLUMNS.iter().filter(|column| column.tag == Tag::Export).map(|column| column.table).collect();
        let parts: BTreeSet<&str> = PARTS.iter().map(|part| part.table).collect();
        assert_eq!(tables, parts);
    }
}
