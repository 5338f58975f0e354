//! Signing keys, sealed.

use allxone_contract::UtcMillis;
use allxone_database::in_turn;
use sqlx::Row;

use super::Store;
use crate::IdentityError;

/// The turn of whoever makes the first key.
const FIRST_KEY: i64 = i64::MAX - 1;

/// A signing key as it is stored.
pub(crate) struct StoredKey {
    pub(crate) kid: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) retired: Option<UtcMillis>,
}

impl Store {
    /// All keys, the newest first.
    pub(crate) async fn keys(&self) -> Result<Vec<StoredKey>, IdentityError> {
        let rows = sqlx::query("SELECT kid, sealed, retired FROM auth_keys ORDER BY created DESC, kid")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                let retired = row.try_get::<Option<i64>, _>(2)?.map(UtcMillis);
                Ok(StoredKey { kid: row.try_get(0)?, sealed: row.try_get(1)?, retired })
            })
            .collect()
    }

    /// Adds the first key that signs; `false` when another node has added one.
    pub(crate) async fn add_first_key(
        &self,
        kid: &str,
        sealed: &[u8],
        now: UtcMillis,
    ) -> Result<bool, IdentityError> {
        let mut tx = self.begin().await?;
        in_turn(&mut tx, FIRST_KEY).await?;
        let added = sqlx::query(
            "INSERT INTO auth_keys (kid, sealed, created) SELECT $1, $2, $3 WHERE NOT EXISTS (SELECT 1 FROM auth_keys)",
        )
        .bind(kid)
        .bind(sealed)
        .bind(now.0)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(added.rows_affected() == 1)
    }

    /// Adds a key that signs from now on; the one before only verifies, and those retired before `forget` go.
    pub(crate) async fn add_key(
        &self,
        kid: &str,
        sealed: &[u8],
        now: UtcMillis,
        forget: UtcMillis,
    ) -> Result<(), IdentityError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE auth_keys SET retired = $1 WHERE retired IS NULL")
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        sqlx::query("DELETE FROM auth_keys WHERE retired < $1").bind(forget.0).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO auth_keys (kid, sealed, created) VALUES ($1, $2, $3)")
            .bind(kid)
            .bind(sealed)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
