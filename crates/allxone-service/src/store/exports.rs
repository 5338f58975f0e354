//! Archives of everything of an account: one at a time, and each for a while only.

use allxone_contract::{AccountId, Export, ExportId, ExportState, Sha256, UtcMillis};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::Store;
use super::rows::{name, read};
use crate::ServiceError;

/// A finished archive on disk.
pub(crate) struct Archived {
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: Sha256,
    pub(crate) signature: Option<String>,
}

const COLUMNS: &str = "id, account_id, state, created, expires, file, bytes, sha256, signature";

impl Store {
    /// The archive that is being made of an account, or a new one in the place of an older one, whose files are returned to be removed.
    pub(crate) async fn ask_for_export(
        &self,
        account: &AccountId,
        now: UtcMillis,
    ) -> Result<(Export, Vec<String>), ServiceError> {
        let mut tx = self.begin().await?;
        let sql = format!("SELECT {COLUMNS} FROM exports WHERE account_id = $1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(account.as_str()).fetch_all(&mut *tx).await?;
        let mut files = Vec::new();
        for row in &rows {
            let found = export(row)?;
            if found.state == ExportState::Running {
                return Ok((found, Vec::new()));
            }
            files.extend(row.try_get::<Option<String>, _>("file")?);
        }
        sqlx::query("DELETE FROM exports WHERE account_id = $1")
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        let id = ExportId::new();
        sqlx::query("INSERT INTO exports (id, account_id, state, created) VALUES ($1, $2, $3, $4)")
            .bind(id.to_string())
            .bind(account.as_str())
            .bind(name(&ExportState::Running)?)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        let (expires, bytes, sha256, signature) = (None, None, None, None);
        Ok((
            Export { id, state: ExportState::Running, created: now, expires, bytes, sha256, signature },
            files,
        ))
    }

    /// An archive of an account and its file.
    pub(crate) async fn export(
        &self,
        account: &AccountId,
        id: ExportId,
    ) -> Result<Option<(Export, Option<String>)>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM exports WHERE account_id = $1 AND id = $2");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(account.as_str())
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| Ok((export(&row)?, row.try_get("file")?))).transpose()
    }

    /// The archives that wait to be made, oldest first.
    pub(crate) async fn waiting_exports(&self) -> Result<Vec<(ExportId, AccountId)>, ServiceError> {
        let rows = sqlx::query("SELECT id, account_id FROM exports WHERE state = $1 ORDER BY created, id")
            .bind(name(&ExportState::Running)?)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((read(row, "id")?, read(row, "account_id")?))).collect()
    }

    /// Records how making an archive ended. `false` when nobody waits for it any more; its file must be removed then.
    pub(crate) async fn end_export(
        &self,
        id: ExportId,
        made: Option<&Archived>,
        expires: UtcMillis,
    ) -> Result<bool, ServiceError> {
        let state = if made.is_some() { ExportState::Ready } else { ExportState::Failed };
        let set = sqlx::query(
            "UPDATE exports SET state = $1, expires = $2, file = $3, bytes = $4, sha256 = $5, signature = $6 WHERE id = $7 AND state = $8",
        )
        .bind(name(&state)?)
        .bind(expires.0)
        .bind(made.map(|made| made.file.as_str()))
        .bind(made.map(|made| i64::try_from(made.bytes).unwrap_or(i64::MAX)))
        .bind(made.map(|made| made.sha256.to_string()))
        .bind(made.and_then(|made| made.signature.as_deref()))
        .bind(id.to_string())
        .bind(name(&ExportState::Running)?)
        .execute(&self.writer)
        .await?;
        Ok(set.rows_affected() == 1)
    }

    /// Removes the archives of an account; the returned files belong to no row any more.
    pub(crate) async fn drop_exports(&self, account: &AccountId) -> Result<Vec<String>, ServiceError> {
        let mut tx = self.begin().await?;
        let rows = sqlx::query("SELECT file FROM exports WHERE account_id = $1 AND file IS NOT NULL")
            .bind(account.as_str())
            .fetch_all(&mut *tx)
            .await?;
        let files = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
        sqlx::query("DELETE FROM exports WHERE account_id = $1")
            .bind(account.as_str())
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(files)
    }
}

fn export(row: &AnyRow) -> Result<Export, ServiceError> {
    let bytes: Option<i64> = row.try_get("bytes")?;
    let sha256: Option<String> = row.try_get("sha256")?;
    Ok(Export {
        id: read(row, "id")?,
        state: read(row, "state")?,
        created: UtcMillis(row.try_get("created")?),
        expires: row.try_get::<Option<i64>, _>("expires")?.map(UtcMillis),
        bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
        sha256: sha256.map(|text| text.parse()).transpose().map_err(|_| ServiceError::Record("sha256"))?,
        signature: row.try_get("signature")?,
    })
}
