//! Deletions of accounts: asked for, under way, done. The row is the receipt; once it is done, nothing in it leads to the person.

use allxone_contract::{
    AccountId, Deletion, DeletionId, DeletionState, ErasedClass, JobId, Remainder, UtcMillis,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Store;
use super::people::add;
use super::rows::{from_json, name, read, to_json};
use crate::ServiceError;

/// A deletion and whose it is, while that is known.
pub(crate) struct StoredDeletion {
    pub(crate) deletion: Deletion,
    pub(crate) account: Option<AccountId>,
    /// Keyed hash of the account's id.
    pub(crate) hash: String,
}

const COLUMNS: &str = "id, account_id, account_hash, state, requested, due, finished, erased, remains";

impl Store {
    /// Records that an account is to be deleted, or that the deletion under way is to begin sooner.
    pub(crate) async fn ask_for_deletion(
        &self,
        account: &AccountId,
        hash: &str,
        due: UtcMillis,
        now: UtcMillis,
    ) -> Result<Deletion, ServiceError> {
        let state = if due <= now { DeletionState::Erasing } else { DeletionState::Grace };
        let mut tx = self.begin().await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM deletions WHERE account_id = $1 AND state IN ('grace', 'erasing')"
        );
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account.as_str()).fetch_optional(&mut *tx).await?;
        let deletion = match row.as_ref().map(read_deletion).transpose()? {
            Some(before) => {
                let sooner = before.deletion.state == DeletionState::Grace && state == DeletionState::Erasing;
                if !sooner {
                    return Ok(before.deletion);
                }
                sqlx::query("UPDATE deletions SET state = $1, due = $2 WHERE id = $3")
                    .bind(name(&state)?)
                    .bind(due.0)
                    .bind(before.deletion.id.to_string())
                    .execute(&mut *tx)
                    .await?;
                Deletion { state, due, ..before.deletion }
            }
            None => {
                let id = DeletionId::new();
                sqlx::query(
                    "INSERT INTO deletions (id, account_id, account_hash, state, requested, due, erased, remains)
                     VALUES ($1, $2, $3, $4, $5, $6, '[]', '[]')",
                )
                .bind(id.to_string())
                .bind(account.as_str())
                .bind(hash)
                .bind(name(&state)?)
                .bind(now.0)
                .bind(due.0)
                .execute(&mut *tx)
                .await?;
                Deletion {
                    id,
                    state,
                    requested: now,
                    due,
                    finished: None,
                    erased: Vec::new(),
                    remains: Vec::new(),
                }
            }
        };
        tx.commit().await?;
        Ok(deletion)
    }

    /// Keeps the account: cancels a deletion whose time has not come.
    pub(crate) async fn cancel_deletion(&self, account: &AccountId) -> Result<bool, ServiceError> {
        let set =
            sqlx::query("UPDATE deletions SET state = 'cancelled' WHERE account_id = $1 AND state = 'grace'")
                .bind(account.as_str())
                .execute(&self.writer)
                .await?;
        Ok(set.rows_affected() == 1)
    }

    /// The newest deletion of an account.
    pub(crate) async fn deletion_of(&self, account: &AccountId) -> Result<Option<Deletion>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM deletions WHERE account_id = $1 ORDER BY requested DESC, id DESC LIMIT 1"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(account.as_str())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.as_ref().map(read_deletion).transpose()?.map(|stored| stored.deletion))
    }

    /// A deletion by the number of its receipt.
    pub(crate) async fn deletion(&self, id: DeletionId) -> Result<Option<Deletion>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM deletions WHERE id = $1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&self.readers).await?;
        Ok(row.as_ref().map(read_deletion).transpose()?.map(|stored| stored.deletion))
    }

    /// The deletions under way.
    pub(crate) async fn open_deletions(&self) -> Result<Vec<StoredDeletion>, ServiceError> {
        self.deletions("state IN ('grace', 'erasing')").await
    }

    /// The deletions that are done.
    pub(crate) async fn ended_deletions(&self) -> Result<Vec<StoredDeletion>, ServiceError> {
        self.deletions("state = 'done'").await
    }

    async fn deletions(&self, condition: &str) -> Result<Vec<StoredDeletion>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM deletions WHERE {condition} ORDER BY requested, id");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.readers).await?;
        rows.iter().map(read_deletion).collect()
    }

    /// Marks that erasing has begun: from here on there is no way back.
    pub(crate) async fn begin_erasing(&self, id: DeletionId) -> Result<bool, ServiceError> {
        let set = sqlx::query(
            "UPDATE deletions SET state = 'erasing' WHERE id = $1 AND state IN ('grace', 'erasing')",
        )
        .bind(id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(set.rows_affected() == 1)
    }

    /// Adds to a receipt what a step erased and left.
    pub(crate) async fn note_erased(
        &self,
        id: DeletionId,
        erased: &[ErasedClass],
        remains: Vec<Remainder>,
    ) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        note(&mut tx, id, erased, remains.into_iter()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Closes a deletion and takes out of the proofs of an account what leads to the person.
    pub(crate) async fn close_deletion(
        &self,
        id: DeletionId,
        account: &AccountId,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE deletions SET state = 'done', finished = $1 WHERE id = $2")
            .bind(now.0)
            .bind(id.to_string())
            .execute(&mut *tx)
            .await?;
        forget_whose(&mut tx, account).await?;
        tx.commit().await?;
        self.fold_log().await;
        Ok(())
    }

    /// Takes out of the proofs of an account that was forgotten before what leads to the person, and closes what was open.
    pub(crate) async fn forget_proofs(
        &self,
        account: &AccountId,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE deletions SET state = 'done', finished = $1 WHERE account_id = $2 AND state IN ('grace', 'erasing')")
            .bind(now.0)
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        forget_whose(&mut tx, account).await?;
        tx.commit().await?;
        self.fold_log().await;
        Ok(())
    }

    /// The jobs of an account that have not ended.
    pub(crate) async fn unfinished(&self, account: &AccountId) -> Result<Vec<JobId>, ServiceError> {
        let rows = sqlx::query(
            "SELECT id FROM jobs WHERE account_id = $1 AND state NOT IN ('succeeded', 'failed', 'canceled', 'outcome_unknown')",
        )
        .bind(account.as_str())
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| read(row, "id")).collect()
    }
}

/// Cuts the line between proofs and the person. Part of a transaction.
async fn forget_whose(tx: &mut AnyConnection, account: &AccountId) -> Result<(), ServiceError> {
    for sql in [
        "UPDATE deletions SET account_id = NULL WHERE account_id = $1",
        "UPDATE requests SET account_id = NULL, contact = NULL WHERE account_id = $1",
    ] {
        sqlx::query(sql).bind(account.as_str()).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Adds to a receipt what a step erased and left. Part of a transaction.
pub(super) async fn note(
    tx: &mut AnyConnection,
    id: DeletionId,
    erased: &[ErasedClass],
    remains: impl Iterator<Item = Remainder>,
) -> Result<(), ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM deletions WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.to_string()).fetch_one(&mut *tx).await?;
    let mut deletion = read_deletion(&row)?.deletion;
    for one in erased {
        add(&mut deletion.erased, &one.class, one.count);
    }
    for one in remains {
        match deletion.remains.iter_mut().find(|before| before.class == one.class) {
            Some(before) => before.count = before.count.max(one.count),
            None => deletion.remains.push(one),
        }
    }
    sqlx::query("UPDATE deletions SET erased = $1, remains = $2 WHERE id = $3")
        .bind(to_json(&deletion.erased)?)
        .bind(to_json(&deletion.remains)?)
        .bind(id.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

fn read_deletion(row: &AnyRow) -> Result<StoredDeletion, ServiceError> {
    let account: Option<String> = row.try_get("account_id")?;
    Ok(StoredDeletion {
        account: account.map(|text| super::rows::named(text, "account_id")).transpose()?,
        hash: row.try_get("account_hash")?,
        deletion: Deletion {
            id: read(row, "id")?,
            state: read(row, "state")?,
            requested: UtcMillis(row.try_get("requested")?),
            due: UtcMillis(row.try_get("due")?),
            finished: row.try_get::<Option<i64>, _>("finished")?.map(UtcMillis),
            erased: from_json(&row.try_get::<String, _>("erased")?, "erased")?,
            remains: from_json(&row.try_get::<String, _>("remains")?, "remains")?,
        },
    })
}
