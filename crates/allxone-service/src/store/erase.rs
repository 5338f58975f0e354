//! Erasing what a job was about. Ids, states, hashes and the figures of the checks stay, so that the history can be followed and a
//! repeated request be recognised; prompt, pictures, seeds and reports go. Whether the owner wanted it is written down with it: other
//! devices follow the owner, not the calendar.

use allxone_contract::{AccountId, JobId, JobState, UtcMillis};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::intake::{Given, take_back};
use super::rows::{flag, read};
use super::{Store, history};
use crate::ServiceError;

/// How erasing a job went.
pub(crate) enum Erased {
    /// There is no such job.
    NoSuchJob,
    /// It has not ended; nothing was erased yet.
    NotEnded,
    /// Its rows are empty. These files belong to no row any more and must be removed.
    Done(Vec<String>),
}

impl Store {
    /// Empties an ended job's rows, those of its results, and those of inputs that no other job uses. Once more does nothing.
    pub(crate) async fn erase(
        &self,
        account: &AccountId,
        id: JobId,
        now: UtcMillis,
    ) -> Result<Erased, ServiceError> {
        let mut tx = self.begin().await?;
        let row = locked(&mut tx, account, id).await?;
        let Some(row) = row else { return Ok(Erased::NoSuchJob) };
        if !read::<JobState>(&row, "state")?.is_final() {
            return Ok(Erased::NotEnded);
        }
        let erased = flag(&row, "erased")?;
        if erased && flag(&row, "erase_requested")? {
            return Ok(Erased::Done(Vec::new()));
        }
        let files = if erased { Vec::new() } else { erase_job(&mut tx, &id.to_string(), now).await? };
        wanted(&mut tx, account, id).await?;
        tx.commit().await?;
        self.fold_log().await;
        Ok(Erased::Done(files))
    }

    /// Empties the rows of one result of an ended job; with its last result the job is [erased](Self::erase). Once more does nothing.
    pub(crate) async fn erase_output(
        &self,
        account: &AccountId,
        id: JobId,
        index: u8,
        now: UtcMillis,
    ) -> Result<Erased, ServiceError> {
        let mut tx = self.begin().await?;
        let row = locked(&mut tx, account, id).await?;
        let Some(row) = row else { return Ok(Erased::NoSuchJob) };
        if !read::<JobState>(&row, "state")?.is_final() {
            return Ok(Erased::NotEnded);
        }
        let erased = flag(&row, "erased")?;
        if erased && flag(&row, "erase_requested")? {
            return Ok(Erased::Done(Vec::new()));
        }
        let output = sqlx::query(
            "UPDATE outputs SET erased = 1, seed = NULL, report = NULL WHERE job_id = $1 AND position = $2 AND erased = 0
             RETURNING asset_id",
        )
        .bind(id.to_string())
        .bind(i64::from(index))
        .fetch_optional(&mut *tx)
        .await?;
        let Some(output) = output else {
            let there = sqlx::query("SELECT 1 FROM outputs WHERE job_id = $1 AND position = $2")
                .bind(id.to_string())
                .bind(i64::from(index))
                .fetch_optional(&mut *tx)
                .await?;
            return Ok(there.map_or(Erased::NoSuchJob, |_| Erased::Done(Vec::new())));
        };
        let mut files: Vec<_> = erase_asset(&mut tx, output.try_get(0)?).await?.into_iter().collect();
        let left: i64 = sqlx::query("SELECT COUNT(*) FROM outputs WHERE job_id = $1 AND erased = 0")
            .bind(id.to_string())
            .fetch_one(&mut *tx)
            .await?
            .try_get(0)?;
        if left > 0 {
            history::note_again(&mut tx, account, id).await?;
        } else {
            if !erased {
                files.extend(erase_job(&mut tx, &id.to_string(), now).await?);
            }
            wanted(&mut tx, account, id).await?;
        }
        tx.commit().await?;
        self.fold_log().await;
        Ok(Erased::Done(files))
    }
}

/// The job, which nobody else erases until the transaction ends: of two who erase the last two results, the second sees what the first did.
async fn locked(
    tx: &mut AnyConnection,
    account: &AccountId,
    id: JobId,
) -> Result<Option<AnyRow>, ServiceError> {
    Ok(sqlx::query(
        "UPDATE jobs SET version = version WHERE account_id = $1 AND id = $2 RETURNING state, erased, erase_requested",
    )
    .bind(account.as_str())
    .bind(id.to_string())
    .fetch_optional(tx)
    .await?)
}

/// Writes down that the owner had the job erased. Part of a transaction, and its end.
async fn wanted(tx: &mut AnyConnection, account: &AccountId, id: JobId) -> Result<(), ServiceError> {
    sqlx::query("UPDATE jobs SET erase_requested = 1 WHERE id = $1")
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
    history::note_again(tx, account, id).await
}

/// Empties a job's rows, those of its results, and those of inputs that no other job uses; returns the files that were their content. Part of
/// a transaction.
pub(super) async fn erase_job(
    tx: &mut AnyConnection,
    id: &str,
    now: UtcMillis,
) -> Result<Vec<String>, ServiceError> {
    let rows = sqlx::query(
        "SELECT asset_id FROM outputs WHERE job_id = $1
         UNION
         SELECT i.asset_id FROM job_inputs i WHERE i.job_id = $2 AND NOT EXISTS (
            SELECT 1 FROM job_inputs other JOIN jobs j ON j.id = other.job_id
            WHERE other.asset_id = i.asset_id AND j.id <> $3 AND j.erased = 0)",
    )
    .bind(id)
    .bind(id)
    .bind(id)
    .fetch_all(&mut *tx)
    .await?;
    let mut files = Vec::new();
    for row in &rows {
        files.extend(erase_asset(tx, row.try_get(0)?).await?);
    }
    take_back(tx, Given::Job, id).await?;
    sqlx::query("UPDATE outputs SET seed = NULL, report = NULL WHERE job_id = $1")
        .bind(id)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "UPDATE jobs SET request = NULL, sender_receipt = NULL, warnings = NULL, partner_ref = NULL, erased = 1, version = version + 1,
            updated = $1
         WHERE id = $2",
    )
    .bind(now.0)
    .bind(id)
    .execute(&mut *tx)
    .await?;
    Ok(files)
}

/// Empties an asset's row and returns the file that was its content. Part of a transaction.
pub(super) async fn erase_asset(tx: &mut AnyConnection, id: String) -> Result<Option<String>, ServiceError> {
    let row = sqlx::query("SELECT file FROM assets WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let file: Option<String> = row.map(|row| row.try_get(0)).transpose()?.flatten();
    sqlx::query("UPDATE assets SET file = NULL, sender_receipt = NULL, erased = 1 WHERE id = $1")
        .bind(id.as_str())
        .execute(&mut *tx)
        .await?;
    take_back(tx, Given::Asset, &id).await?;
    sqlx::query("DELETE FROM uploads WHERE asset_id = $1").bind(id.as_str()).execute(&mut *tx).await?;
    Ok(file)
}
