//! Opening SQLCipher the one right way.
//!
//! Two traps are closed here: on a plain SQLite `PRAGMA key` is accepted and ignored, so the cipher's
//! version is asked for; and a connection with a wrong key would still copy the write-ahead log into
//! the database when it closes, so that is forbidden until key and schema have proved right.

use std::path::Path;
use std::time::Duration;

use allxone_vault::SecretKey;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::LibraryError;

/// How long one process waits for another's short write lock.
const BUSY: Duration = Duration::from_secs(5);

/// A connection that may write and create.
pub(crate) fn open_writing(path: &Path, key: &SecretKey) -> Result<Connection, LibraryError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open(path, key, flags)
}

/// A connection that cannot write.
pub(crate) fn open_reading(path: &Path, key: &SecretKey) -> Result<Connection, LibraryError> {
    let connection = open(path, key, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection
        .execute_batch("PRAGMA temp_store = MEMORY; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;")?;
    Ok(connection)
}

/// What every writing connection needs, after the schema's version is known to be ours.
pub(crate) fn prepare_writing(connection: &Connection) -> Result<(), LibraryError> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA cell_size_check = ON;
         PRAGMA trusted_schema = OFF;",
    )?;
    Ok(())
}

fn open(path: &Path, key: &SecretKey, flags: OpenFlags) -> Result<Connection, LibraryError> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY)?;
    // The cipher writes its complaints to stderr; ours are typed errors.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    // A raw key skips the cipher's own slow derivation: ours is uniformly random already.
    let hex = Zeroizing::new(hex::encode(key.expose()));
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", hex.as_str()));
    connection.execute_batch(&pragma)?;
    let cipher: Option<String> = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .map(Some)
        .or_else(|error| if error == rusqlite::Error::QueryReturnedNoRows { Ok(None) } else { Err(error) })?;
    if cipher.is_none_or(|version| version.is_empty()) {
        return Err(LibraryError::NotEncrypted);
    }
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// Everything that does not verify, in the database's own words; empty when all is well. The log is
/// brought into the database first when the connection may write: the check reads the file itself.
pub(crate) fn check(connection: &Connection, writing: bool) -> Result<Vec<String>, LibraryError> {
    if writing {
        checkpoint(connection)?;
    }
    let mut faults = Vec::new();
    for pragma in ["PRAGMA cipher_integrity_check", "PRAGMA integrity_check"] {
        let mut statement = connection.prepare(pragma)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                faults.push(line);
            }
        }
    }
    if writing {
        // The index against the rows it was made of.
        let index =
            connection.execute("INSERT INTO items_fts (items_fts, rank) VALUES ('integrity-check', 1)", []);
        if let Err(error) = index {
            faults.push(format!("search index: {error}"));
        }
    }
    Ok(faults)
}

/// Brings the write-ahead log into the database and empties it. Readers may hinder that; then it is
/// done another time.
pub(crate) fn checkpoint(connection: &Connection) -> Result<(), LibraryError> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
