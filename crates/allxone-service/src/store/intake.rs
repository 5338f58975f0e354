//! What was given beyond requests for pictures. Whether its grant holds is asked in the very transaction that takes it, so that nothing slips in
//! beside a withdrawal.

use allxone_contract::{
    AccountId, AssetId, Consent, ConsentPurpose, JobId, JobState, TrainingOffer, TrainingSubject,
    UsageStatistics, UtcMillis,
};
use sqlx::AnyConnection;

use super::Store;
use super::consents::live;
use super::rows::{name, read, to_json};
use crate::ServiceError;

/// How taking something in went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is stored, or was before.
    Stored,
    /// The grant does not hold.
    NoGrant,
    /// What it names is not there, was erased, was not made under the grant, or did not succeed.
    NoSubject,
}

impl Store {
    /// Takes the counters of a week, once for each week.
    pub(crate) async fn take_statistics(
        &self,
        account: &AccountId,
        report: &UsageStatistics,
        now: UtcMillis,
    ) -> Result<Taken, ServiceError> {
        let mut tx = self.begin().await?;
        if live(&mut tx, account, ConsentPurpose::UsageStatistics, report.grant).await?.is_none() {
            return Ok(Taken::NoGrant);
        }
        sqlx::query(
            "INSERT INTO statistics (account_id, installation, week, grant_id, report, received) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        )
        .bind(account.as_str())
        .bind(report.installation.as_str())
        .bind(report.week.as_str())
        .bind(report.grant.to_string())
        .bind(to_json(report)?)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Taken::Stored)
    }

    /// Removes the counters of an account.
    pub(crate) async fn forget_statistics(&self, account: &AccountId) -> Result<(), ServiceError> {
        sqlx::query("DELETE FROM statistics WHERE account_id = $1")
            .bind(account.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Takes back what an account gave for training: one job of it, or all.
    pub(crate) async fn forget_training(
        &self,
        account: &AccountId,
        job: Option<JobId>,
    ) -> Result<(), ServiceError> {
        let all =
            sqlx::query("DELETE FROM training_items WHERE account_id = $1 AND ($2 = '' OR job_id = $2)");
        let job = job.map(|job| job.to_string()).unwrap_or_default();
        all.bind(account.as_str()).bind(job).execute(&self.writer).await?;
        Ok(())
    }

    /// Marks something of the account as given for training.
    pub(crate) async fn take_for_training(
        &self,
        account: &AccountId,
        offer: &TrainingOffer,
        now: UtcMillis,
    ) -> Result<Taken, ServiceError> {
        let mut tx = self.begin().await?;
        let Some(grant) = live(&mut tx, account, ConsentPurpose::AiTraining, offer.grant).await? else {
            return Ok(Taken::NoGrant);
        };
        let (subject, job, asset) = match &offer.subject {
            TrainingSubject::Job(id) if made_under(&mut tx, account, *id, &grant).await? => {
                (id.to_string(), Some(id.to_string()), None)
            }
            TrainingSubject::Job(_) => return Ok(Taken::NoSubject),
            TrainingSubject::Upload(sha256) => {
                let found = sqlx::query("SELECT asset_id FROM uploads WHERE account_id = $1 AND sha256 = $2")
                    .bind(account.as_str())
                    .bind(sha256.to_string())
                    .fetch_optional(&mut *tx)
                    .await?;
                let Some(row) = found else { return Ok(Taken::NoSubject) };
                let asset: AssetId = read(&row, "asset_id")?;
                (sha256.to_string(), None, Some(asset.to_string()))
            }
        };
        sqlx::query(
            "INSERT INTO training_items (account_id, subject, grant_id, job_id, asset_id, offered) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT DO NOTHING",
        )
        .bind(account.as_str())
        .bind(subject)
        .bind(offer.grant.to_string())
        .bind(job)
        .bind(asset)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Taken::Stored)
    }
}

/// Whether a job of the account was placed under the grant, succeeded, and is still there.
async fn made_under(
    tx: &mut AnyConnection,
    account: &AccountId,
    job: JobId,
    grant: &Consent,
) -> Result<bool, ServiceError> {
    let row = sqlx::query("SELECT 1 FROM jobs WHERE account_id = $1 AND id = $2 AND state = $3 AND erased = 0 AND created >= $4")
        .bind(account.as_str())
        .bind(job.to_string())
        .bind(name(&JobState::Succeeded)?)
        .bind(grant.time.0)
        .fetch_optional(tx)
        .await?;
    Ok(row.is_some())
}

/// Takes back what was given of an asset or job that is being erased. Part of a transaction.
pub(super) async fn take_back(tx: &mut AnyConnection, column: Given, id: &str) -> Result<(), ServiceError> {
    let sql = match column {
        Given::Job => "DELETE FROM training_items WHERE job_id = $1",
        Given::Asset => "DELETE FROM training_items WHERE asset_id = $1",
    };
    sqlx::query(sql).bind(id).execute(tx).await?;
    Ok(())
}

/// What an item for training is.
#[derive(Clone, Copy)]
pub(super) enum Given {
    Job,
    Asset,
}
