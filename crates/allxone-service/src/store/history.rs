//! An account's history: every job with results has a place in it, given at its end and again when its owner erases it, so that who has
//! read to a place needs to read only what comes after.
//!
//! A place is taken by counting up one row of the account, at the end of the transaction it belongs to. That row stays with whoever counted until
//! the transaction ends, so places become visible in their order, and nobody who reads ever passes one that comes later
//! ([ADR 26](../../../../docs/adr/0026-history-is-read-by-place.md)).

use std::collections::BTreeMap;

use allxone_contract::{
    AccountId, Became, HistoryEntry, HistoryPage, HistoryPosition, Job, JobId, JobRequest, ModelId, UtcMillis,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Store;
use super::rows::{assemble, count, flag, job_columns, read};
use crate::ServiceError;

/// Gives a job the next place of its account's history. The last step of a transaction but for the book of receipts.
pub(super) async fn note(
    tx: &mut AnyConnection,
    account: &AccountId,
    job: JobId,
) -> Result<(), ServiceError> {
    let row = sqlx::query(
        "INSERT INTO histories (account_id, latest) VALUES ($1, 1)
         ON CONFLICT (account_id) DO UPDATE SET latest = histories.latest + 1 RETURNING latest",
    )
    .bind(account.as_str())
    .fetch_one(&mut *tx)
    .await?;
    sqlx::query("UPDATE jobs SET history = $1 WHERE account_id = $2 AND id = $3")
        .bind(row.try_get::<i64, _>(0)?)
        .bind(account.as_str())
        .bind(job.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

/// [`note`] for a job that has a place; one that never had results keeps none.
pub(super) async fn note_again(
    tx: &mut AnyConnection,
    account: &AccountId,
    job: JobId,
) -> Result<(), ServiceError> {
    let row = sqlx::query("SELECT history FROM jobs WHERE account_id = $1 AND id = $2")
        .bind(account.as_str())
        .bind(job.to_string())
        .fetch_one(&mut *tx)
        .await?;
    match row.try_get::<Option<i64>, _>(0)? {
        Some(_) => note(tx, account, job).await,
        None => Ok(()),
    }
}

impl Store {
    /// At most `limit` entries after a place, oldest first. A place that was never given (of other books) is none: it begins anew.
    pub(crate) async fn history(
        &self,
        account: &AccountId,
        after: HistoryPosition,
        limit: u32,
    ) -> Result<HistoryPage, ServiceError> {
        let mut tx = self.look().await?;
        let latest = sqlx::query("SELECT latest FROM histories WHERE account_id = $1")
            .bind(account.as_str())
            .fetch_optional(&mut *tx)
            .await?;
        let latest: u64 = latest.map_or(Ok(0), |row| count(&row, "latest"))?;
        let after = if after.0 > latest { 0 } else { after.0 };
        let mut rows = sqlx::query(concat!(
            "SELECT ",
            job_columns!(),
            ", request, erase_requested, history FROM jobs
              WHERE account_id = $1 AND history > $2 ORDER BY history LIMIT $3"
        ))
        .bind(account.as_str())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::from(limit) + 1)
        .fetch_all(&mut *tx)
        .await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let jobs = assemble(&self.seal, &mut tx, account, &rows).await?;
        let mut gone = erased_between(&mut tx, account, &jobs).await?;
        let entries = rows
            .iter()
            .zip(jobs)
            .map(|(row, job)| {
                let gone = gone.remove(&job.id).unwrap_or_default();
                Ok(HistoryEntry {
                    position: place(row)?,
                    job: job.id,
                    operation: job.operation,
                    model: ModelId(row.try_get("model")?),
                    created: UtcMillis(row.try_get("created")?),
                    updated: UtcMillis(row.try_get("updated")?),
                    became: match (job.erased, flag(row, "erase_requested")?) {
                        (false, _) => match self.request(row)? {
                            Some(request) => {
                                let mut outputs = job.outputs;
                                outputs.retain(|output| !gone.contains(&output.index));
                                Became::Made { request, outputs }
                            }
                            // One that does not read holds up none that come after it; copies stay where they are.
                            None => {
                                tracing::error!(job = %job.id, "the request of a job does not read; its history says that it aged");
                                Became::Aged
                            }
                        },
                        (true, true) => Became::Erased,
                        (true, false) => Became::Aged,
                    },
                    erased: gone,
                })
            })
            .collect::<Result<Vec<_>, ServiceError>>()?;
        // At the end the latest place counts as read, also when what had it is gone.
        let read_to = match entries.last() {
            Some(last) if more => last.position,
            _ => HistoryPosition(latest),
        };
        Ok(HistoryPage { entries, read_to, more })
    }

    /// What was asked for; `None` where it does not read.
    fn request(&self, row: &AnyRow) -> Result<Option<Box<JobRequest>>, ServiceError> {
        let sealed: Option<Vec<u8>> = row.try_get("request")?;
        let request = self.seal.open_bytes(sealed.unwrap_or_default())?;
        Ok(serde_json::from_slice(&request).ok())
    }
}

/// Which results of these jobs their owner erased one by one.
async fn erased_between(
    connection: &mut AnyConnection,
    account: &AccountId,
    jobs: &[Job],
) -> Result<BTreeMap<JobId, Vec<u8>>, ServiceError> {
    let ids = || jobs.iter().map(|job| job.id);
    let (Some(first), Some(last)) = (ids().min(), ids().max()) else { return Ok(BTreeMap::new()) };
    let rows = sqlx::query(
        "SELECT job_id, position FROM outputs
         WHERE account_id = $1 AND job_id >= $2 AND job_id <= $3 AND erased = 1 ORDER BY job_id, position",
    )
    .bind(account.as_str())
    .bind(first.to_string())
    .bind(last.to_string())
    .fetch_all(connection)
    .await?;
    let mut erased = BTreeMap::<JobId, Vec<u8>>::new();
    for row in &rows {
        erased.entry(read(row, "job_id")?).or_default().push(count(row, "position")?);
    }
    Ok(erased)
}

fn place(row: &AnyRow) -> Result<HistoryPosition, ServiceError> {
    Ok(HistoryPosition(count(row, "history")?))
}

#[cfg(test)]
mod tests;
