//! A database on a PostgreSQL server: many writers, and what keeps them apart. What lies on the server's disk its operator seals.

use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, ConnectOptions, Connection};

use crate::open::PATIENCE;
use crate::{Database, DatabaseError, Engine, ServerAddress, Steps};

/// How many connections write, and how many read.
const CONNECTIONS: u32 = 8;
/// After how long without use it is looked whether a connection is still there.
const IDLE: Duration = Duration::from_secs(1);
/// The turn of whoever brings tables up to date.
const MIGRATION: i64 = i64::MAX;

impl Database {
    /// Opens the PostgreSQL database at `address` and brings its tables up to date. Several programs may have it open.
    ///
    /// # Errors
    /// [`DatabaseError::Address`] when the address cannot be used; [`DatabaseError::Newer`] leaves the database as it was.
    pub async fn connect(address: &ServerAddress, schema: Steps) -> Result<Self, DatabaseError> {
        sqlx::any::install_default_drivers();
        let options = address.text().parse::<AnyConnectOptions>().map_err(|_| DatabaseError::Address)?;
        let options = options.disable_statement_logging();
        let mut first = options.connect().await?;
        schema.migrate(&mut first).await?;
        first.close().await?;
        let pool = || {
            AnyPoolOptions::new()
                .max_connections(CONNECTIONS)
                .acquire_timeout(PATIENCE)
                .test_before_acquire(false)
                .before_acquire(|connection, about| {
                    Box::pin(async move {
                        // One that was used a moment ago is there.
                        if about.idle_for >= IDLE {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_lazy_with(options.clone())
        };
        Ok(Self { writer: pool(), readers: pool(), engine: Engine::Postgres, group: None })
    }
}

/// Lets those who ask for the same `turn` go one after the other, each until its transaction ends. The only writer of SQLite has every turn.
///
/// # Errors
/// When the database fails.
pub async fn in_turn(connection: &mut AnyConnection, turn: i64) -> Result<(), sqlx::Error> {
    if Engine::of(connection) == Engine::Postgres {
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(turn).execute(connection).await?;
    }
    Ok(())
}

/// The turn in which tables are brought up to date.
pub(crate) async fn migration(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    in_turn(connection, MIGRATION).await
}

/// A statement of a schema in the words of what stands behind the connection.
pub(crate) fn worded(statement: &str, connection: &AnyConnection) -> String {
    match Engine::of(connection) {
        Engine::Sqlite => statement.to_owned(),
        Engine::Postgres => statement.replace(" BLOB", " BYTEA").replace(" DOUBLE", " DOUBLE PRECISION"),
    }
}
