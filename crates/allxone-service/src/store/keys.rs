//! Personal keys. Of a key only its hash is kept; it has 256 random bits, so that a plain hash of it cannot be turned back.

use allxone_contract::{AccountId, ApiKey, KeyId, KeyScope, Sha256, UtcMillis};
use sqlx::Row;

use super::Store;
use super::rows::{name, named, read};
use crate::ServiceError;

/// How exactly the last use is kept.
const HOUR_MILLIS: i64 = 60 * 60 * 1_000;

impl Store {
    /// Keeps a new key; `false` when the account has `most` already.
    pub(crate) async fn add_key(
        &self,
        account: &AccountId,
        key: &ApiKey,
        secret: &str,
        most: i64,
    ) -> Result<bool, ServiceError> {
        let mut tx = self.begin().await?;
        let row = sqlx::query("SELECT COUNT(*) FROM api_keys WHERE account_id = $1")
            .bind(account.as_str())
            .fetch_one(&mut *tx)
            .await?;
        if row.try_get::<i64, _>(0)? >= most {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO api_keys (id, account_id, name, scope, key_sha256, created) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(key.id.to_string())
        .bind(account.as_str())
        .bind(key.name.as_str())
        .bind(name(&key.scope)?)
        .bind(Sha256::of(secret.as_bytes()).to_string())
        .bind(key.created.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Whose key this is and what it opens. That it was used is noted once an hour.
    pub(crate) async fn key(
        &self,
        secret: &str,
        now: UtcMillis,
    ) -> Result<Option<(AccountId, KeyScope)>, ServiceError> {
        let row = sqlx::query("SELECT id, account_id, scope, last_used FROM api_keys WHERE key_sha256 = $1")
            .bind(Sha256::of(secret.as_bytes()).to_string())
            .fetch_optional(&self.readers)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let used: Option<i64> = row.try_get("last_used")?;
        if used.is_none_or(|used| used < now.0.saturating_sub(HOUR_MILLIS)) {
            sqlx::query("UPDATE api_keys SET last_used = $1 WHERE id = $2")
                .bind(now.0)
                .bind(row.try_get::<String, _>("id")?)
                .execute(&self.writer)
                .await?;
        }
        Ok(Some((read(&row, "account_id")?, read(&row, "scope")?)))
    }

    /// An account's keys, oldest first.
    pub(crate) async fn keys(&self, account: &AccountId) -> Result<Vec<ApiKey>, ServiceError> {
        let rows = sqlx::query(
            "SELECT id, name, scope, created, last_used FROM api_keys WHERE account_id = $1 ORDER BY id",
        )
        .bind(account.as_str())
        .fetch_all(&self.readers)
        .await?;
        let key = |row| {
            Ok(ApiKey {
                id: named(Row::try_get(row, "id")?, "id")?,
                name: Row::try_get(row, "name")?,
                scope: read(row, "scope")?,
                created: UtcMillis(Row::try_get(row, "created")?),
                last_used: Row::try_get::<Option<i64>, _>(row, "last_used")?.map(UtcMillis),
            })
        };
        rows.iter().map(key).collect()
    }

    /// Takes a key back; `false` when there is none of that id.
    pub(crate) async fn revoke_key(&self, account: &AccountId, id: KeyId) -> Result<bool, ServiceError> {
        let gone = sqlx::query("DELETE FROM api_keys WHERE account_id = $1 AND id = $2")
            .bind(account.as_str())
            .bind(id.to_string())
            .execute(&self.writer)
            .await?;
        Ok(gone.rows_affected() == 1)
    }
}
