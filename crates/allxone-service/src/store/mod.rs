//! The service's database: one SQLCipher file, one connection that writes, a few that read.
//!
//! Everything is reached through sqlx's `Any` driver and SQL that PostgreSQL understands too, so a service that is scaled out changes
//! this file and none of the others. SQLite's only writer is one connection, so a transaction that reads and then writes can never find
//! that another one came between.

mod assets;
mod chain;
mod erase;
mod jobs;
mod lease;
mod retention;
mod rows;
mod schema;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use allxone_vault::SecretKey;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Row, Transaction};
use zeroize::Zeroizing;

use crate::ServiceError;

pub use chain::ReceiptBook;
pub(crate) use assets::{NewAsset, NewUpload, StoredUpload};
pub(crate) use erase::Erased;
pub(crate) use jobs::{Decision, Hold, NewJob, Placed, StoredEvent};
pub(crate) use lease::{Ending, Finished, Leased, NewOutput, Rerun};

/// How many connections read.
const READERS: u32 = 4;
/// How long a query may wait for a free connection.
const PATIENCE: Duration = Duration::from_secs(20);

/// The open database.
pub(crate) struct Store {
    writer: AnyPool,
    readers: AnyPool,
}

impl Store {
    /// Opens or makes the database at `path`, whose raw key is `key`, and brings its tables up to date.
    ///
    /// # Errors
    /// [`ServiceError::WrongKey`], [`ServiceError::NewerDatabase`], [`ServiceError::NoCipher`] leave the file as it was.
    pub(crate) async fn open(path: &Path, key: &SecretKey) -> Result<Self, ServiceError> {
        sqlx::any::install_default_drivers();
        let url = url_of(path).ok_or_else(|| ServiceError::FolderName(path.to_path_buf()))?;
        // Statements are never logged: one of them holds the key, others hold hashes.
        let options = url.parse::<AnyConnectOptions>()?.disable_statement_logging();
        let pragma = Arc::new(Zeroizing::new(format!(
            "PRAGMA key = \"x'{}'\"",
            Zeroizing::new(hex::encode(key.expose())).as_str()
        )));

        // Outside a pool first: a pool would try a wrong key again and again.
        let mut first = options.connect().await?;
        prepare(&mut first, &pragma).await?;
        schema::migrate(&mut first).await?;
        first.close().await?;

        let pool = |connections: u32| {
            let pragma = Arc::clone(&pragma);
            AnyPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .idle_timeout(None)
                .max_lifetime(None)
                .after_connect(move |connection, _| {
                    let pragma = Arc::clone(&pragma);
                    Box::pin(async move {
                        prepare(connection, &pragma).await.map_err(|error| match error {
                            ServiceError::Database(error) => error,
                            other => sqlx::Error::Configuration(other.code().into()),
                        })
                    })
                })
                .connect_lazy_with(options.clone())
        };
        Ok(Self { writer: pool(1), readers: pool(READERS) })
    }

    /// Begins a transaction on the writing connection. Dropped without a commit, it changes nothing.
    async fn begin(&self) -> Result<Transaction<'static, Any>, ServiceError> {
        Ok(self.writer.begin().await?)
    }

    /// Folds the write-ahead log into the database and empties it, so that erased pages do not linger there.
    pub(crate) async fn fold_log(&self) {
        if let Err(error) = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await {
            tracing::warn!(
                code = ServiceError::from(error).code(),
                "the write-ahead log could not be folded now"
            );
        }
    }

    /// Ends all connections, after what they are doing.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.fold_log().await;
        self.writer.close().await;
    }

    /// The tables and columns there are, for the test that compares them with [`crate::columns::COLUMNS`].
    #[cfg(test)]
    pub(crate) async fn columns(&self) -> Result<Vec<(String, String)>, ServiceError> {
        let rows = sqlx::query(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }
}

/// The first statements on every connection: the key before anything else, then how SQLite is to behave.
async fn prepare(connection: &mut AnyConnection, key: &str) -> Result<(), ServiceError> {
    // Not a prepared statement: those are kept in a cache. A hexadecimal key cannot end the quotes.
    sqlx::raw_sql(AssertSqlSafe(key)).execute(&mut *connection).await?;
    let cipher = sqlx::query("PRAGMA cipher_version").fetch_optional(&mut *connection).await?;
    if cipher.and_then(|row| row.try_get::<String, _>(0).ok()).is_none_or(|version| version.is_empty()) {
        return Err(ServiceError::NoCipher);
    }
    let behaviour = "PRAGMA cipher_log_level = NONE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA checkpoint_fullfsync = ON; PRAGMA busy_timeout = 10000; \
                     PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON";
    sqlx::raw_sql(behaviour).execute(&mut *connection).await.map_err(|error| {
        // 26 is SQLITE_NOTADB: what SQLCipher says of pages that do not decrypt.
        let wrong = error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "26");
        if wrong { ServiceError::WrongKey } else { error.into() }
    })?;
    Ok(())
}

/// `path` as an address of sqlx, every byte but letters and digits escaped; `None` when the path is not text.
fn url_of(path: &Path) -> Option<String> {
    use std::fmt::Write;
    let mut url = "sqlite:".to_owned();
    for byte in path.to_str()?.bytes() {
        if byte.is_ascii_alphanumeric() {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").ok()?;
        }
    }
    url.push_str("?mode=rwc");
    Some(url)
}

#[cfg(test)]
mod tests;
