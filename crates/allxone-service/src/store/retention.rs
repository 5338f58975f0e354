//! Forgetting by time: what the purge rules in [`crate::columns`] say, carried out.

use std::time::Duration;

use allxone_contract::UtcMillis;
use sqlx::Row;

use super::Store;
use super::erase::erase_asset;
use crate::ServiceError;
use crate::columns::{DECISION_DAYS, KEY_DAYS};

impl Store {
    /// Forgets everything whose time is up. The returned files belong to no row any more and must be removed.
    pub(crate) async fn forget(
        &self,
        unused_upload: Duration,
        now: UtcMillis,
    ) -> Result<Vec<String>, ServiceError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM idempotency WHERE created < $1")
            .bind(days_ago(now, KEY_DAYS))
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM decisions WHERE time < $1")
            .bind(days_ago(now, DECISION_DAYS))
            .execute(&mut *tx)
            .await?;
        let unused = i64::try_from(unused_upload.as_millis()).unwrap_or(i64::MAX);
        let rows = sqlx::query(
            "SELECT asset_id FROM uploads u WHERE u.touched < $1 AND NOT EXISTS (
                SELECT 1 FROM job_inputs i JOIN jobs j ON j.id = i.job_id WHERE i.asset_id = u.asset_id AND j.erased = 0)",
        )
        .bind(now.0.saturating_sub(unused))
        .fetch_all(&mut *tx)
        .await?;
        let mut files = Vec::new();
        for row in &rows {
            files.extend(erase_asset(&mut tx, row.try_get(0)?).await?);
        }
        tx.commit().await?;
        Ok(files)
    }
}

fn days_ago(now: UtcMillis, days: u32) -> i64 {
    now.0.saturating_sub(i64::from(days).saturating_mul(24 * 60 * 60 * 1000))
}
