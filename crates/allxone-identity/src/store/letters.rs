//! Letters to be sent, or on one computer to be read by its owner.

use allxone_contract::UtcMillis;
use sqlx::Row;

use super::{Store, new_id};
use crate::IdentityError;
use crate::mail::Letter;

/// How long a letter is kept, in milliseconds: no longer than its code can be of use.
const KEPT: i64 = 24 * 3_600_000;

impl Store {
    /// Puts a letter into the outbox.
    pub(crate) async fn add_letter(&self, user: &str, kind: &str, recipient: &str, code: &str, now: UtcMillis) -> Result<(), IdentityError> {
        let mut tx = self.begin().await?;
        sqlx::query("DELETE FROM auth_letters WHERE created < $1").bind(now.plus(-KEPT).0).execute(&mut *tx).await?;
        sqlx::query("INSERT INTO auth_letters (id, user_id, kind, recipient, code, created) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(new_id())
            .bind(user)
            .bind(kind)
            .bind(recipient)
            .bind(code)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The outbox, newest first.
    pub(crate) async fn letters(&self) -> Result<Vec<Letter>, IdentityError> {
        let rows = sqlx::query("SELECT kind, recipient, code, created FROM auth_letters ORDER BY created DESC, id LIMIT 100")
            .fetch_all(&self.readers)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Letter {
                    kind: row.try_get(0)?,
                    recipient: row.try_get(1)?,
                    code: row.try_get(2)?,
                    created: UtcMillis(row.try_get(3)?),
                })
            })
            .collect()
    }
}
