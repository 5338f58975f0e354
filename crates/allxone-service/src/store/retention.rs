//! Forgetting by time: what the retention table says, carried out, and looked up again by [`Store::overdue`] with the very same conditions.

use allxone_contract::UtcMillis;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::Store;
use super::erase::{erase_asset, erase_job};
use crate::ServiceError;
use crate::retention::RetentionTable;

/// Rows that go by themselves. `$1` is the time before which they are overdue.
struct Aged {
    class: &'static str,
    table: &'static str,
    overdue: &'static str,
    removal: Removal,
}

/// How rows go.
#[derive(Clone, Copy)]
enum Removal {
    /// The row is deleted.
    Row,
    /// An upload with its asset.
    Upload,
    /// The content of a job.
    Content,
    /// A job with everything about it but what was charged.
    Job,
    /// An archive with its file.
    Export,
}

/// Ended jobs, as a condition.
const ENDED: &str = "state IN ('succeeded', 'failed', 'canceled', 'outcome_unknown')";

/// The books of an account that was deleted, when its last entry is overdue, as a condition: whole, because a part of them sums to nothing.
/// The entries, by which it is found, go last.
const FORGOTTEN: &str = "account_id LIKE 'nobody-%' AND account_id NOT IN (SELECT account_id FROM credit_entries WHERE time >= $1)";

const AGED: &[Aged] = &[
    Aged { class: "quotes", table: "quotes", overdue: "expires < $1", removal: Removal::Row },
    Aged { class: "repeats", table: "idempotency", overdue: "created < $1", removal: Removal::Row },
    Aged { class: "decisions", table: "decisions", overdue: "time < $1", removal: Removal::Row },
    Aged { class: "statistics", table: "statistics", overdue: "received < $1", removal: Removal::Row },
    Aged { class: "training", table: "training_items", overdue: "offered < $1", removal: Removal::Row },
    Aged {
        class: "uploads",
        table: "uploads",
        overdue: "touched < $1 AND NOT EXISTS (SELECT 1 FROM training_items t WHERE t.asset_id = uploads.asset_id)
            AND NOT EXISTS (SELECT 1 FROM job_inputs i JOIN jobs j ON j.id = i.job_id WHERE i.asset_id = uploads.asset_id AND j.erased = 0)",
        removal: Removal::Upload,
    },
    Aged { class: "content", table: "jobs", overdue: "updated < $1 AND erased = 0 AND {ended}", removal: Removal::Content },
    Aged { class: "jobs", table: "jobs", overdue: "updated < $1 AND {ended}", removal: Removal::Job },
    Aged { class: "credits", table: "holds", overdue: "created < $1", removal: Removal::Row },
    Aged { class: "ledger", table: "credit_postings", overdue: FORGOTTEN, removal: Removal::Row },
    Aged { class: "ledger", table: "credit_lots", overdue: FORGOTTEN, removal: Removal::Row },
    Aged { class: "ledger", table: "credit_balances", overdue: FORGOTTEN, removal: Removal::Row },
    Aged { class: "ledger", table: "credit_entries", overdue: FORGOTTEN, removal: Removal::Row },
    Aged { class: "payments", table: "subscriptions", overdue: "updated < $1 AND state = 'ended'", removal: Removal::Row },
    Aged { class: "payments", table: "payments", overdue: "paid < $1", removal: Removal::Row },
    Aged { class: "payments", table: "orders", overdue: "updated < $1", removal: Removal::Row },
    Aged { class: "payments", table: "payment_notices", overdue: "received < $1", removal: Removal::Row },
    Aged { class: "exports", table: "exports", overdue: "state <> 'running' AND COALESCE(expires, created) < $1", removal: Removal::Export },
    Aged {
        class: "requests",
        table: "deletions",
        overdue: "requested < $1 AND state IN ('done', 'cancelled')",
        removal: Removal::Row,
    },
    Aged { class: "requests", table: "requests", overdue: "received < $1 AND state <> 'open'", removal: Removal::Row },
];

impl Aged {
    fn condition(&self) -> String {
        self.overdue.replace("{ended}", ENDED)
    }

    /// Before which time rows are overdue, when time alone removes them.
    fn before(&self, table: &RetentionTable, now: UtcMillis) -> Option<i64> {
        // An archive says itself when it goes.
        if self.class == "exports" { Some(now.0) } else { table.overdue_before(self.class, now) }
    }
}

impl Store {
    /// Forgets everything whose time is up. The returned files belong to no row any more and must be removed.
    pub(crate) async fn forget(
        &self,
        table: &RetentionTable,
        now: UtcMillis,
    ) -> Result<Vec<String>, ServiceError> {
        let mut tx = self.begin().await?;
        let mut files = Vec::new();
        for aged in AGED {
            let Some(before) = aged.before(table, now) else { continue };
            files.extend(remove(&mut tx, aged, before, now).await?);
        }
        tx.commit().await?;
        if !files.is_empty() {
            self.fold_log().await;
        }
        Ok(files)
    }

    /// How many rows are kept past their time, by class. After [`Store::forget`] there are none.
    pub(crate) async fn overdue(
        &self,
        table: &RetentionTable,
        now: UtcMillis,
    ) -> Result<Vec<(&'static str, i64)>, ServiceError> {
        let mut tx = self.look().await?;
        let mut found = Vec::new();
        for aged in AGED {
            let Some(before) = aged.before(table, now) else { continue };
            let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", aged.table, aged.condition());
            let count: i64 =
                sqlx::query(AssertSqlSafe(sql)).bind(before).fetch_one(&mut *tx).await?.try_get(0)?;
            found.push((aged.class, count));
        }
        Ok(found)
    }

    /// The classes that time removes.
    #[cfg(test)]
    pub(crate) fn aged_classes() -> impl Iterator<Item = &'static str> {
        AGED.iter().map(|aged| aged.class)
    }
}

async fn remove(
    tx: &mut AnyConnection,
    aged: &Aged,
    before: i64,
    now: UtcMillis,
) -> Result<Vec<String>, ServiceError> {
    let (table, condition) = (aged.table, aged.condition());
    let column = match aged.removal {
        Removal::Row => {
            let sql = format!("DELETE FROM {table} WHERE {condition}");
            sqlx::query(AssertSqlSafe(sql)).bind(before).execute(tx).await?;
            return Ok(Vec::new());
        }
        Removal::Upload => "asset_id",
        Removal::Content | Removal::Job => "id",
        Removal::Export => "file",
    };
    let sql = format!("SELECT {column} FROM {table} WHERE {condition}");
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(before).fetch_all(&mut *tx).await?;
    let mut files = Vec::new();
    for row in &rows {
        let found: Option<String> = row.try_get(0)?;
        match (aged.removal, found) {
            (Removal::Upload, Some(asset)) => files.extend(erase_asset(tx, asset).await?),
            (Removal::Content, Some(job)) => files.extend(erase_job(tx, &job, now).await?),
            (Removal::Job, Some(job)) => {
                files.extend(erase_job(tx, &job, now).await?);
                forget_job(tx, &job).await?;
            }
            (_, found) => files.extend(found),
        }
    }
    if matches!(aged.removal, Removal::Export) {
        let sql = format!("DELETE FROM {table} WHERE {condition}");
        sqlx::query(AssertSqlSafe(sql)).bind(before).execute(tx).await?;
    }
    Ok(files)
}

/// Removes an erased job's rows. What was charged for it stays with the books.
async fn forget_job(tx: &mut AnyConnection, job: &str) -> Result<(), ServiceError> {
    for sql in [
        "DELETE FROM assets WHERE id IN (SELECT asset_id FROM outputs WHERE job_id = $1)",
        "DELETE FROM outputs WHERE job_id = $1",
        "DELETE FROM assets WHERE erased = 1 AND id IN (SELECT asset_id FROM job_inputs WHERE job_id = $1)
            AND NOT EXISTS (SELECT 1 FROM job_inputs other WHERE other.asset_id = assets.id AND other.job_id <> $1)",
        "DELETE FROM job_inputs WHERE job_id = $1",
        "DELETE FROM job_events WHERE job_id = $1",
        "DELETE FROM idempotency WHERE job_id = $1",
        "DELETE FROM jobs WHERE id = $1",
    ] {
        sqlx::query(sql).bind(job).execute(&mut *tx).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use allxone_contract::JobState;

    use crate::store::rows::name;

    #[test]
    fn the_states_of_ended_jobs_are_those_of_the_contract() {
        let states = [JobState::Succeeded, JobState::Failed, JobState::Canceled, JobState::OutcomeUnknown];
        let names: Vec<String> = states.iter().map(|state| format!("'{}'", name(state).unwrap())).collect();
        assert_eq!(format!("state IN ({})", names.join(", ")), super::ENDED);
    }
}
