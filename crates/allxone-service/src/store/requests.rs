//! What people without the program asked for by right, with the time by which it has to be answered.

use allxone_contract::{AccountId, RequestId, UtcMillis};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::Store;
use super::rows::read;
use crate::ServiceError;

/// A request as it is stored.
pub(crate) struct StoredRequest {
    pub(crate) id: RequestId,
    pub(crate) kind: String,
    pub(crate) contact: Option<String>,
    pub(crate) state: String,
    pub(crate) received: UtcMillis,
    pub(crate) due: UtcMillis,
    pub(crate) closed: Option<UtcMillis>,
    pub(crate) outcome: Option<String>,
}

const COLUMNS: &str = "id, kind, contact, state, received, due, closed, outcome";

impl Store {
    /// The open request of this kind by this person, or a new one.
    pub(crate) async fn receive_request(
        &self,
        kind: &str,
        contact: &str,
        account: Option<&AccountId>,
        due: UtcMillis,
        now: UtcMillis,
    ) -> Result<StoredRequest, ServiceError> {
        let mut tx = self.begin().await?;
        let sql =
            format!("SELECT {COLUMNS} FROM requests WHERE kind = $1 AND contact = $2 AND state = 'open'");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(kind).bind(contact).fetch_optional(&mut *tx).await?;
        if let Some(row) = row {
            return stored(&row);
        }
        let id = RequestId::new();
        sqlx::query("INSERT INTO requests (id, account_id, kind, contact, state, received, due) VALUES ($1, $2, $3, $4, 'open', $5, $6)")
            .bind(id.to_string())
            .bind(account.map(AccountId::as_str))
            .bind(kind)
            .bind(contact)
            .bind(now.0)
            .bind(due.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let (contact, state) = (Some(contact.to_owned()), "open".to_owned());
        Ok(StoredRequest {
            id,
            kind: kind.to_owned(),
            contact,
            state,
            received: now,
            due,
            closed: None,
            outcome: None,
        })
    }

    /// Closes a request with a plain sentence about how it was answered. With `forget`, who asked is taken out of it.
    pub(crate) async fn close_request(
        &self,
        id: RequestId,
        state: &str,
        outcome: &str,
        forget: bool,
        now: UtcMillis,
    ) -> Result<Option<StoredRequest>, ServiceError> {
        let mut tx = self.begin().await?;
        sqlx::query(
            "UPDATE requests SET state = $1, outcome = $2, closed = $3 WHERE id = $4 AND state = 'open'",
        )
        .bind(state)
        .bind(outcome)
        .bind(now.0)
        .bind(id.to_string())
        .execute(&mut *tx)
        .await?;
        if forget {
            sqlx::query("UPDATE requests SET contact = NULL, account_id = NULL WHERE id = $1")
                .bind(id.to_string())
                .execute(&mut *tx)
                .await?;
        }
        let sql = format!("SELECT {COLUMNS} FROM requests WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&mut *tx).await?;
        tx.commit().await?;
        row.as_ref().map(stored).transpose()
    }

    /// All requests, those that have to be answered first before the others.
    pub(crate) async fn requests(&self) -> Result<Vec<StoredRequest>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM requests ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, due, id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        rows.iter().map(stored).collect()
    }
}

fn stored(row: &AnyRow) -> Result<StoredRequest, ServiceError> {
    Ok(StoredRequest {
        id: read(row, "id")?,
        kind: row.try_get("kind")?,
        contact: row.try_get("contact")?,
        state: row.try_get("state")?,
        received: UtcMillis(row.try_get("received")?),
        due: UtcMillis(row.try_get("due")?),
        closed: row.try_get::<Option<i64>, _>("closed")?.map(UtcMillis),
        outcome: row.try_get("outcome")?,
    })
}
