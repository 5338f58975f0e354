//! What left this service's computer, when and to whom: the ledger of its own Door, which leads to sign-in providers and to the project that
//! keeps the accounts, and to nobody else.
//!
//! It lies in a file of its own, because a row must be durable before a request's first byte, and waiting for that must not hold up the jobs.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use allxone_contract::UtcMillis;
use allxone_database::{Database, DatabaseError, Steps};
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
use allxone_vault::SecretKey;
use sqlx::Row;
use tokio::runtime::Handle;

use crate::ServiceError;
use crate::columns::{Column, Purge, Tag};

/// The class of its rows in the table of what is kept how long.
pub const CLASS: &str = "connections";
/// Days after which a row is forgotten, as that table says.
pub const CONNECTION_DAYS: u32 = 90;

/// How often it is looked for such rows while the service runs.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

const SCHEMA: Steps = Steps {
    version_table: "connections_schema_version",
    steps: &[&[
        "CREATE TABLE connections (
            id BIGINT NOT NULL PRIMARY KEY,
            time BIGINT NOT NULL,
            host TEXT NOT NULL,
            purpose TEXT NOT NULL,
            method TEXT NOT NULL,
            resource TEXT NOT NULL,
            fields TEXT NOT NULL,
            bytes BIGINT NOT NULL,
            status BIGINT,
            bytes_in BIGINT,
            error TEXT,
            closed BIGINT
        )",
        "CREATE INDEX connections_by_time ON connections (time)",
    ]],
};

/// Every column of the ledger. None of them says on whose behalf a connection was made.
pub const COLUMNS: &[Column] = &{
    const fn column(name: &'static str) -> Column {
        Column { table: "connections", name, tag: Tag::Derived, purge: Purge::Aged }
    }
    [
        column("id"),
        column("time"),
        column("host"),
        column("purpose"),
        column("method"),
        column("resource"),
        column("fields"),
        column("bytes"),
        column("status"),
        column("bytes_in"),
        column("error"),
        column("closed"),
    ]
};

/// The ledger of a service.
pub(crate) struct ServiceLedger {
    database: Database,
    runtime: Handle,
    next: AtomicI64,
}

/// The way out of a service, with its ledger in `folder`. Must be called inside a Tokio runtime.
///
/// # Errors
/// When the ledger does not open; nothing leaves then.
pub(crate) async fn door(folder: &Path, key: &SecretKey) -> Result<Door, ServiceError> {
    let ledger = ServiceLedger::open(&folder.join("connections.db"), key, UtcMillis::now()).await?;
    let timeouts = allxone_egress::Timeouts {
        connect: std::time::Duration::from_secs(5),
        exchange: std::time::Duration::from_secs(10),
        ..allxone_egress::Timeouts::default()
    };
    let ledger = Arc::new(ledger);
    tokio::spawn(forget_now_and_then(Arc::downgrade(&ledger)));
    Ok(Door::builder().ledger(ledger).timeouts(timeouts).build()?)
}

/// Forgets rows whose time is up, for as long as the ledger is in use.
async fn forget_now_and_then(ledger: Weak<ServiceLedger>) {
    let mut often = tokio::time::interval(FORGET_EVERY);
    often.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        often.tick().await;
        let Some(ledger) = ledger.upgrade() else { return };
        if let Err(error) = ledger.forget(UtcMillis::now()).await {
            tracing::warn!(%error, "rows of the list of connections could not be removed yet");
        }
    }
}

impl ServiceLedger {
    async fn open(path: &Path, key: &SecretKey, now: UtcMillis) -> Result<Self, DatabaseError> {
        let database = Database::open(path, key, SCHEMA).await?;
        let row = sqlx::query("SELECT CAST(COALESCE(MAX(id), 0) AS BIGINT) FROM connections")
            .fetch_one(&database.readers)
            .await?;
        let last: i64 = row.try_get(0)?;
        let ledger =
            Self { database, runtime: Handle::current(), next: AtomicI64::new(last.saturating_add(1)) };
        ledger.forget(now).await?;
        Ok(ledger)
    }

    /// Removes the rows whose time is up at `now`.
    async fn forget(&self, now: UtcMillis) -> Result<(), DatabaseError> {
        let before = now.0.saturating_sub(i64::from(CONNECTION_DAYS) * 24 * 3_600_000);
        let writer = &self.database.writer;
        sqlx::query("DELETE FROM connections WHERE time < $1").bind(before).execute(writer).await?;
        Ok(())
    }
}

impl Ledger for ServiceLedger {
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let purpose = serde_json::to_value(row.purpose)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default();
        let statement = sqlx::query(
            "INSERT INTO connections (id, time, host, purpose, method, resource, fields, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(row.time.0)
        .bind(row.host.clone())
        .bind(purpose)
        .bind(row.method.clone())
        .bind(row.resource.clone())
        .bind(row.fields.join(" "))
        .bind(i64::try_from(row.bytes).unwrap_or(i64::MAX));
        // The Door calls this on a thread that may block.
        let appended = self.runtime.block_on(self.database.execute(statement));
        appended.map(|_| RowId(id)).map_err(|error| LedgerError(DatabaseError::from(error).to_string()))
    }

    fn close(&self, id: RowId, outcome: &EgressOutcome) {
        let database = self.database.clone();
        let outcome = outcome.clone();
        // This one may be called where nothing may block.
        self.runtime.spawn(async move {
            let statement = sqlx::query(
                "UPDATE connections SET status = $1, bytes_in = $2, error = $3, closed = $4 WHERE id = $5",
            )
            .bind(outcome.status.map(i64::from))
            .bind(i64::try_from(outcome.bytes_in).unwrap_or(i64::MAX))
            .bind(outcome.error)
            .bind(outcome.time.0)
            .bind(id.0);
            if let Err(error) = database.execute(statement).await {
                tracing::warn!(
                    kind = allxone_database::kind(&error),
                    "a row of the ledger of connections could not be closed"
                );
            }
        });
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use allxone_egress::Purpose;
    use zeroize::Zeroizing;

    use super::*;

    fn row(time: i64) -> EgressRow {
        EgressRow {
            time: UtcMillis(time),
            host: "id.example".to_owned(),
            purpose: Purpose::UpstreamSignIn,
            method: "POST".to_owned(),
            resource: "/".to_owned(),
            fields: vec!["code".to_owned(), "client_id".to_owned()],
            headers: Vec::new(),
            bytes: 41,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rows_are_kept_closed_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("connections.db");
        let key = || SecretKey::from_bytes(Zeroizing::new([5; 32]));
        let now = UtcMillis::now();
        let ledger = Arc::new(ServiceLedger::open(&path, &key(), now).await.unwrap());
        let shared = Arc::clone(&ledger);
        let id = tokio::task::spawn_blocking(move || shared.append(&row(now.0)).unwrap()).await.unwrap();
        let outcome =
            EgressOutcome { time: now, status: Some(200), bytes_in: 7, error: None, never_sent: false };
        ledger.close(id, &outcome);
        let mut stored: Vec<_> = ledger.database.columns().await.unwrap();
        stored.retain(|(table, _)| table == "connections");
        let mut known: Vec<_> =
            COLUMNS.iter().map(|column| (column.table.to_owned(), column.name.to_owned())).collect();
        stored.sort();
        known.sort();
        assert_eq!(stored, known);
        // The row is closed on a task of its own; the writer's turn comes after it.
        loop {
            let found = sqlx::query("SELECT status, fields FROM connections")
                .fetch_one(&ledger.database.writer)
                .await
                .unwrap();
            if found.try_get::<Option<i64>, _>(0).unwrap() == Some(200) {
                assert_eq!(found.try_get::<String, _>(1).unwrap(), "code client_id");
                break;
            }
            tokio::task::yield_now().await;
        }
        let rows = async |ledger: &ServiceLedger| {
            let count = sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) FROM connections");
            let row = count.fetch_one(&ledger.database.readers).await.unwrap();
            row.try_get::<i64, _>(0).unwrap()
        };
        let day = 24 * 3_600_000;
        ledger.forget(now.plus(i64::from(CONNECTION_DAYS - 1) * day)).await.unwrap();
        assert_eq!(rows(ledger.as_ref()).await, 1, "its time is not up");
        let later = now.plus(i64::from(CONNECTION_DAYS + 1) * day);
        ledger.forget(later).await.unwrap();
        assert_eq!(rows(ledger.as_ref()).await, 0, "while it runs");
        let shared = Arc::clone(&ledger);
        tokio::task::spawn_blocking(move || shared.append(&row(now.0)).unwrap()).await.unwrap();
        ledger.database.close().await;
        let again = ServiceLedger::open(&path, &key(), later).await.unwrap();
        assert_eq!(rows(&again).await, 0, "and when it starts");
    }
}
