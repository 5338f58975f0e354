//! An encrypted SQLite database behind sqlx's portable driver: one connection that writes, a few that read, numbered schema steps.
//!
//! Cut here because the jobs and the identity part of the service each keep one, and neither may open it a little differently. SQL above
//! this crate runs on SQLite and PostgreSQL alike: columns are BIGINT, DOUBLE, TEXT or BLOB, truth values are 0 and 1, points in time are
//! UTC milliseconds, ids are text. SQLite's only writer is one connection, so a transaction that reads and then writes can never find that
//! another one came between.

mod error;
mod open;
mod steps;

use sqlx::{Any, AnyPool, Row, Transaction};

pub use error::{DatabaseError, kind};
pub use steps::Steps;

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    /// The one connection that writes.
    pub writer: AnyPool,
    /// Connections that read.
    pub readers: AnyPool,
}

impl Database {
    /// Begins a transaction on the writing connection. Dropped without a commit, it changes nothing.
    ///
    /// # Errors
    /// When the connection does not come free in time or the database fails.
    pub async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        self.writer.begin().await
    }

    /// Folds the write-ahead log into the database and empties it, so that erased pages do not linger there.
    pub async fn fold_log(&self) {
        if let Err(error) = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await {
            tracing::warn!(kind = error::kind(&error), "the write-ahead log could not be folded now");
        }
    }

    /// Ends all connections, after what they are doing.
    pub async fn close(&self) {
        self.readers.close().await;
        self.fold_log().await;
        self.writer.close().await;
    }

    /// Every table with its columns, for tests that compare them with a list of what each column is to a person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn columns(&self) -> Result<Vec<(String, String)>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

/// A column as the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its table.
    pub table: String,
    /// Its name.
    pub column: String,
    /// What it holds: `BIGINT`, `DOUBLE`, `TEXT` or `BLOB`.
    pub kind: String,
}

/// Every column and what it holds.
///
/// # Errors
/// When the database fails.
pub async fn kinds(connection: &mut sqlx::AnyConnection) -> Result<Vec<Kind>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
    )
    .fetch_all(connection)
    .await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(Kind { table: row.try_get(0)?, column: row.try_get(1)?, kind: row.try_get(2)? })
    };
    rows.iter().map(read).collect()
}
