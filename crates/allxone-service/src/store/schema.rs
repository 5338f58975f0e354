//! The tables, as numbered steps. A step that was released is never edited; a change is a new step.
//!
//! SQL here runs on SQLite and PostgreSQL alike: columns are BIGINT, DOUBLE, TEXT or BLOB, truth values are 0 and 1, points in time are
//! UTC milliseconds, ids are ULIDs as text, hashes are hexadecimal text.

use sqlx::{AnyConnection, Connection, Row};

use crate::ServiceError;

/// Step `i` brings version `i` to version `i + 1`.
const STEPS: &[&[&str]] = &[BEGINNING, BOOK_OF_RECEIPTS];

const BEGINNING: &[&str] = &[
    "CREATE TABLE jobs (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        state TEXT NOT NULL,
        version BIGINT NOT NULL,
        operation TEXT NOT NULL,
        model TEXT NOT NULL,
        request BLOB,
        request_sha256 TEXT NOT NULL,
        receipt TEXT,
        sender_receipt TEXT,
        confirmed BIGINT NOT NULL,
        warnings TEXT,
        blocked TEXT,
        error TEXT,
        progress_step BIGINT NOT NULL,
        progress_steps BIGINT NOT NULL,
        cancel_requested BIGINT NOT NULL,
        erase_requested BIGINT NOT NULL,
        erased BIGINT NOT NULL,
        lease_owner TEXT,
        lease_until BIGINT,
        attempt BIGINT NOT NULL,
        created BIGINT NOT NULL,
        updated BIGINT NOT NULL
    )",
    "CREATE INDEX jobs_by_account ON jobs (account_id, id)",
    "CREATE INDEX jobs_by_state ON jobs (state, id)",
    "CREATE TABLE job_inputs (
        job_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        asset_id TEXT NOT NULL,
        role TEXT NOT NULL,
        PRIMARY KEY (job_id, position)
    )",
    "CREATE INDEX job_inputs_by_asset ON job_inputs (asset_id)",
    "CREATE TABLE job_events (
        job_id TEXT NOT NULL,
        sequence BIGINT NOT NULL,
        kind TEXT NOT NULL,
        output_position BIGINT,
        time BIGINT NOT NULL,
        PRIMARY KEY (job_id, sequence)
    )",
    "CREATE TABLE outputs (
        job_id TEXT NOT NULL,
        position BIGINT NOT NULL,
        account_id TEXT NOT NULL,
        asset_id TEXT NOT NULL,
        seed TEXT,
        source TEXT NOT NULL,
        report TEXT,
        receipt TEXT NOT NULL,
        PRIMARY KEY (job_id, position)
    )",
    "CREATE TABLE assets (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        bytes BIGINT NOT NULL,
        format TEXT NOT NULL,
        width BIGINT NOT NULL,
        height BIGINT NOT NULL,
        file TEXT,
        erased BIGINT NOT NULL,
        confirmed BIGINT NOT NULL,
        receipt TEXT,
        sender_receipt TEXT,
        created BIGINT NOT NULL
    )",
    "CREATE INDEX assets_live ON assets (erased, bytes)",
    "CREATE TABLE uploads (
        account_id TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        asset_id TEXT NOT NULL,
        touched BIGINT NOT NULL,
        PRIMARY KEY (account_id, sha256)
    )",
    "CREATE TABLE holds (
        job_id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        metered BIGINT NOT NULL,
        held BIGINT NOT NULL,
        settled BIGINT NOT NULL,
        state TEXT NOT NULL,
        created BIGINT NOT NULL,
        closed BIGINT
    )",
    "CREATE TABLE idempotency (
        account_id TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        body_sha256 TEXT NOT NULL,
        job_id TEXT NOT NULL,
        created BIGINT NOT NULL,
        PRIMARY KEY (account_id, idempotency_key)
    )",
    "CREATE TABLE decisions (
        id TEXT NOT NULL PRIMARY KEY,
        account_id TEXT NOT NULL,
        time BIGINT NOT NULL,
        stage TEXT NOT NULL,
        verdict TEXT NOT NULL,
        category TEXT NOT NULL,
        policy TEXT NOT NULL,
        models TEXT NOT NULL
    )",
];

/// Receipts are written down in a chain of hashes, and decisions cite the section of the policy.
const BOOK_OF_RECEIPTS: &[&str] = &[
    "CREATE TABLE receipts (
        sequence BIGINT NOT NULL PRIMARY KEY,
        time BIGINT NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        receipt TEXT NOT NULL,
        sender TEXT,
        hash TEXT NOT NULL
    )",
    "CREATE INDEX receipts_by_subject ON receipts (kind, subject)",
    "ALTER TABLE decisions ADD COLUMN section TEXT NOT NULL DEFAULT ''",
];

/// The newest version this program knows.
pub(crate) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the newest version, in one transaction.
///
/// # Errors
/// [`ServiceError::NewerDatabase`] when a newer program wrote it; the database is left as it is.
pub(crate) async fn migrate(connection: &mut AnyConnection) -> Result<(), ServiceError> {
    let mut tx = connection.begin().await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
        .execute(&mut *tx)
        .await?;
    let row = sqlx::query("SELECT version FROM schema_version").fetch_optional(&mut *tx).await?;
    let found: Option<i64> = row.map(|row| row.try_get(0)).transpose()?;
    let known = newest();
    if let Some(found) = found.filter(|found| *found > known) {
        return Err(ServiceError::NewerDatabase { found, known });
    }
    let from = usize::try_from(found.unwrap_or(0)).unwrap_or(0);
    for step in STEPS.iter().skip(from) {
        for statement in *step {
            sqlx::query(*statement).execute(&mut *tx).await?;
        }
    }
    let set = match found {
        Some(_) => "UPDATE schema_version SET version = $1",
        None => "INSERT INTO schema_version (version) VALUES ($1)",
    };
    sqlx::query(set).bind(known).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(())
}
