//! A database behind sqlx's portable driver, with numbered schema steps: an encrypted SQLite file, or a PostgreSQL server for a service that
//! has outgrown one machine.
//!
//! Cut here because the jobs and the identity part of the service each keep one, and neither may open it a little differently. SQL above
//! this crate runs on both alike: columns are BIGINT, DOUBLE, TEXT or BLOB, truth values are 0 and 1, points in time are UTC milliseconds,
//! ids are text.
//!
//! SQLite's only writer is one connection, so a transaction that reads and then writes can never find that another one came between.
//! PostgreSQL has many writers, so such a transaction first locks what it is about: a row, by an `UPDATE … RETURNING` that changes nothing,
//! or, where there is no row yet, a turn ([`in_turn`]).

mod error;
mod open;
mod place;
mod postgres;
mod steps;
mod writer;

use sqlx::any::{AnyArguments, AnyQueryResult};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AnyPool, Row, Transaction};

pub use error::{DatabaseError, kind};
pub use place::{Place, ServerAddress};
pub use postgres::in_turn;
pub use steps::Steps;
use writer::Group;
pub use writer::Tx;

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    /// What writes: one connection to SQLite, several to PostgreSQL.
    pub writer: AnyPool,
    /// Connections that read.
    pub readers: AnyPool,
    engine: Engine,
    /// Who waits for the only writer of a file.
    group: Option<Group>,
}

/// What stands behind the driver.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    fn of(connection: &AnyConnection) -> Self {
        if connection.backend_name() == "SQLite" { Self::Sqlite } else { Self::Postgres }
    }
}

impl Database {
    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// When the connection does not come free in time or the database fails.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        self.begin_with(false).await
    }

    /// Begins a transaction that writes and may share its commit with others of its kind, where there is one writer. It may see what others
    /// wrote before that lasts, so whatever it finds is told to nobody until [`Tx::commit`] or [`Tx::rollback`] has returned.
    ///
    /// # Errors
    /// As [`Database::begin`].
    pub async fn begin_shared(&self) -> Result<Tx, sqlx::Error> {
        self.begin_with(true).await
    }

    async fn begin_with(&self, shares: bool) -> Result<Tx, sqlx::Error> {
        match &self.group {
            Some(group) => group.begin(shares).await,
            None => self.writer.begin().await.map(Tx::from),
        }
    }

    /// A transaction of one statement, which may share its commit.
    ///
    /// # Errors
    /// As [`Database::begin`] and [`Tx::commit`].
    pub async fn execute(
        &self,
        statement: Query<'_, Any, AnyArguments>,
    ) -> Result<AnyQueryResult, sqlx::Error> {
        let Some(group) = &self.group else { return statement.execute(&self.writer).await };
        let mut tx = group.begin(true).await?;
        let done = statement.execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// How many commits made transactions of a file last; a server counts its own.
    pub fn commits(&self) -> Option<u64> {
        self.group.as_ref().map(Group::commits)
    }

    /// Begins a transaction that only reads, and sees everything as of one moment.
    ///
    /// # Errors
    /// As [`Database::begin`].
    pub async fn look(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        match self.engine {
            Engine::Sqlite => self.readers.begin().await,
            Engine::Postgres => {
                self.readers.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await
            }
        }
    }

    /// Folds the write-ahead log into the database and empties it, so that erased pages do not linger there.
    pub async fn fold_log(&self) {
        // A server folds its own.
        if self.engine == Engine::Postgres {
            return;
        }
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
        let kinds = kinds(&mut *self.readers.acquire().await?).await?;
        Ok(kinds.into_iter().map(|column| (column.table, column.column)).collect())
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
    let sql = match Engine::of(connection) {
        Engine::Sqlite => {
            "SELECT m.name, c.name, c.type FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT),
                    CASE data_type WHEN 'bytea' THEN 'BLOB' WHEN 'double precision' THEN 'DOUBLE'
                    ELSE UPPER(data_type) END
             FROM information_schema.columns
             WHERE table_schema = current_schema() ORDER BY table_name, ordinal_position"
        }
    };
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    let read = |row: &sqlx::any::AnyRow| {
        Ok(Kind { table: row.try_get(0)?, column: row.try_get(1)?, kind: row.try_get(2)? })
    };
    rows.iter().map(read).collect()
}
