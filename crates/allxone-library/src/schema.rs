//! The schema and its versions.
//!
//! `user_version` says which steps a library has been through. Each step is one transaction, so a
//! library is always at a whole version; a version this program does not know is refused untouched.

use rusqlite::{Connection, TransactionBehavior};

use crate::LibraryError;

/// Step `i` takes a library from version `i` to `i + 1`. Released steps never change.
pub(crate) const STEPS: &[&str] = &[
    include_str!("schema/v1.sql"),
    include_str!("schema/v2.sql"),
    include_str!("schema/v3.sql"),
    include_str!("schema/v4.sql"),
    include_str!("schema/v5.sql"),
    include_str!("schema/v6.sql"),
];

/// The version this program writes.
pub(crate) const SCHEMA: usize = STEPS.len();

/// The library's version, refused when it is newer than `steps`. Changes nothing.
pub(crate) fn version(connection: &Connection, steps: &[&str]) -> Result<usize, LibraryError> {
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    if found > known {
        return Err(LibraryError::TooNew { found, known });
    }
    Ok(usize::try_from(found).unwrap_or(usize::MAX))
}

/// Brings a library to the newest version.
pub(crate) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<(), LibraryError> {
    let from = version(connection, steps)?;
    for (at, step) in steps.iter().enumerate().skip(from) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", at + 1))?;
        transaction.commit()?;
    }
    Ok(())
}
