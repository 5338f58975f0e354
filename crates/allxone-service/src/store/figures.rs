//! What the figures ask of the store.

use allxone_contract::{JobState, UtcMillis};
use sqlx::Row;

use super::Store;
use super::rows::name;
use crate::ServiceError;

impl Store {
    /// Answers, if the database does.
    pub(crate) async fn answers(&self) -> Result<(), ServiceError> {
        sqlx::query("SELECT 1").execute(&self.readers).await?;
        Ok(())
    }

    /// How many jobs are in each state that is not an end.
    pub(crate) async fn job_states(&self) -> Result<Vec<(String, u64)>, ServiceError> {
        let states = [
            JobState::Queued,
            JobState::Submitting,
            JobState::Running,
            JobState::Storing,
            JobState::Canceling,
        ];
        let mut found = Vec::new();
        for state in states {
            let state = name(&state)?;
            let row = sqlx::query("SELECT COUNT(*) FROM jobs WHERE state = $1")
                .bind(state.as_str())
                .fetch_one(&self.readers)
                .await?;
            found.push((state, u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default()));
        }
        Ok(found)
    }

    /// For how many milliseconds the oldest waiting job has waited.
    pub(crate) async fn longest_wait(&self, now: UtcMillis) -> Result<u64, ServiceError> {
        let row = sqlx::query("SELECT created FROM jobs WHERE state = $1 ORDER BY id LIMIT 1")
            .bind(name(&JobState::Queued)?)
            .fetch_optional(&self.readers)
            .await?;
        let since = row.map(|row| row.try_get::<i64, _>(0)).transpose()?;
        Ok(since.map_or(0, |since| u64::try_from(now.0.saturating_sub(since)).unwrap_or_default()))
    }
}
