//! Turns: what one node at a time does for all of them, and for how long it is its.
//!
//! Not a lock of the database, which would hold a connection for as long as the work takes and go unnoticed when that breaks.

use allxone_contract::UtcMillis;

use super::Store;
use crate::ServiceError;

impl Store {
    /// Takes the turn of this name until `until`, unless it is somebody's now.
    pub(crate) async fn take_turn(
        &self,
        name: &str,
        holder: &str,
        until: UtcMillis,
        now: UtcMillis,
    ) -> Result<bool, ServiceError> {
        sqlx::query("INSERT INTO turns (name, holder, until) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(holder)
            .execute(&self.writer)
            .await?;
        let taken = sqlx::query("UPDATE turns SET holder = $1, until = $2 WHERE name = $3 AND until <= $4")
            .bind(holder)
            .bind(until.0)
            .bind(name)
            .bind(now.0)
            .execute(&self.writer)
            .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Keeps a turn of ours until `until`, be that longer or shorter.
    pub(crate) async fn keep_turn(
        &self,
        name: &str,
        holder: &str,
        until: UtcMillis,
    ) -> Result<(), ServiceError> {
        sqlx::query("UPDATE turns SET until = $1 WHERE name = $2 AND holder = $3")
            .bind(until.0)
            .bind(name)
            .bind(holder)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
