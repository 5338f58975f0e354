//! Erasing what a job was about. Ids, states, hashes and the figures of the checks stay, so that the history can be followed and a
//! repeated request be recognised; prompt, pictures, seeds and reports go.

use allxone_contract::{AccountId, JobId, JobState, UtcMillis};
use sqlx::{AnyConnection, Row};

use super::Store;
use super::intake::{Given, take_back};
use super::rows::{flag, read};
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
        let row = sqlx::query("SELECT state, erased FROM jobs WHERE account_id = $1 AND id = $2")
            .bind(account.as_str())
            .bind(id.to_string())
            .fetch_optional(&mut *tx)
            .await?;
        let Some(row) = row else { return Ok(Erased::NoSuchJob) };
        if !read::<JobState>(&row, "state")?.is_final() {
            return Ok(Erased::NotEnded);
        }
        if flag(&row, "erased")? {
            return Ok(Erased::Done(Vec::new()));
        }
        let files = erase_job(&mut tx, &id.to_string(), now).await?;
        tx.commit().await?;
        self.fold_log().await;
        Ok(Erased::Done(files))
    }
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
        "UPDATE jobs SET request = NULL, sender_receipt = NULL, warnings = NULL, erased = 1, version = version + 1, updated = $1
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
