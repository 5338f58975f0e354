//! Opening a file: the key before anything else, then how SQLite is to behave, on every connection alike.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use allxone_vault::SecretKey;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Row};
use zeroize::Zeroizing;

use crate::writer::Group;
use crate::{Database, DatabaseError, Engine, Steps};

/// How many connections read.
const READERS: u32 = 4;
/// How long a query may wait for a free connection.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

impl Database {
    /// Opens or makes the SQLCipher database at `path`, whose raw key is `key`, and brings its tables up to date.
    ///
    /// # Errors
    /// [`DatabaseError::WrongKey`], [`DatabaseError::Newer`], [`DatabaseError::NoCipher`] leave the file as it was.
    pub async fn open(path: &Path, key: &SecretKey, schema: Steps) -> Result<Self, DatabaseError> {
        sqlx::any::install_default_drivers();
        let url = url_of(path).ok_or_else(|| DatabaseError::FolderName(path.to_path_buf()))?;
        // Statements are never logged: one of them holds the key, others hold hashes.
        let options = url.parse::<AnyConnectOptions>()?.disable_statement_logging();
        let pragma = Arc::new(Zeroizing::new(format!(
            "PRAGMA key = \"x'{}'\"",
            Zeroizing::new(hex::encode(key.expose())).as_str()
        )));

        // Outside a pool first: a pool would try a wrong key again and again.
        let mut first = options.connect().await?;
        prepare(&mut first, &pragma).await?;
        schema.migrate(&mut first).await?;
        first.close().await?;

        let pool = |connections: u32| {
            let pragma = Arc::clone(&pragma);
            AnyPoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(PATIENCE)
                .idle_timeout(None)
                .max_lifetime(None)
                // A file does not hang up.
                .test_before_acquire(false)
                .after_connect(move |connection, _| {
                    let pragma = Arc::clone(&pragma);
                    Box::pin(async move {
                        prepare(connection, &pragma).await.map_err(|error| match error {
                            DatabaseError::Database(error) => error,
                            other => sqlx::Error::Configuration(other.code().into()),
                        })
                    })
                })
                .connect_lazy_with(options.clone())
        };
        let writer = pool(1);
        let group = Some(Group::new(writer.clone()));
        Ok(Self { writer, readers: pool(READERS), engine: Engine::Sqlite, group })
    }
}

async fn prepare(connection: &mut AnyConnection, key: &str) -> Result<(), DatabaseError> {
    // Not a prepared statement: those are kept in a cache. A hexadecimal key cannot end the quotes.
    sqlx::raw_sql(AssertSqlSafe(key)).execute(&mut *connection).await?;
    let cipher = sqlx::query("PRAGMA cipher_version").fetch_optional(&mut *connection).await?;
    if cipher.and_then(|row| row.try_get::<String, _>(0).ok()).is_none_or(|version| version.is_empty()) {
        return Err(DatabaseError::NoCipher);
    }
    let behaviour = "PRAGMA cipher_log_level = NONE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA checkpoint_fullfsync = ON; PRAGMA busy_timeout = 10000; PRAGMA secure_delete = ON; \
                     PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON";
    sqlx::raw_sql(behaviour).execute(&mut *connection).await.map_err(|error| {
        // 26 is SQLITE_NOTADB: what SQLCipher says of pages that do not decrypt.
        let wrong = error.as_database_error().and_then(|e| e.code()).is_some_and(|code| code == "26");
        if wrong { DatabaseError::WrongKey } else { error.into() }
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
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    const SCHEMA: Steps =
        Steps { version_table: "version", steps: &[&["CREATE TABLE things (name TEXT NOT NULL)"]] };

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_bytes(Zeroizing::new([byte; 32]))
    }

    #[tokio::test]
    async fn only_its_key_opens_it_and_nothing_is_readable_without() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a b%ü.db");
        let database = Database::open(&path, &key(1), SCHEMA).await.unwrap();
        sqlx::query("INSERT INTO things (name) VALUES ('umbrella')").execute(&database.writer).await.unwrap();
        database.close().await;
        let raw = std::fs::read(&path).unwrap();
        assert!(!raw.windows(8).any(|bytes| bytes == b"umbrella" || bytes == b"SQLite f"));
        let wrong = Database::open(&path, &key(2), SCHEMA).await.err().map(|error| error.code());
        assert_eq!(wrong, Some("wrong_key"));
        let again = Database::open(&path, &key(1), SCHEMA).await.unwrap();
        assert_eq!(again.columns().await.unwrap().len(), 2);
        again.close().await;
    }

    #[tokio::test]
    async fn a_newer_database_is_left_alone() {
        const NEWER: Steps =
            Steps { version_table: "version", steps: &[SCHEMA.steps[0], &["CREATE TABLE more (name TEXT)"]] };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        Database::open(&path, &key(1), NEWER).await.unwrap().close().await;
        let older = Database::open(&path, &key(1), SCHEMA).await.err().unwrap();
        assert!(matches!(older, DatabaseError::Newer { found: 2, known: 1 }));
    }
}
