//! Stored pictures: uploads, found again by their content, and results.

use allxone_contract::{AccountId, Asset, AssetId, GateVersions, Receipt, Sha256, UtcMillis};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::Store;
use super::chain::{About, append};
use super::erase::erase_asset;
use super::rows::{count, flag, name, read, to_json};
use crate::ServiceError;

/// A picture whose sealed file is on disk and whose row is about to be written.
pub(crate) struct NewAsset {
    pub(crate) asset: Asset,
    /// Name of the sealed file.
    pub(crate) file: String,
}

/// A stored picture.
pub(crate) struct StoredAsset {
    pub(crate) asset: Asset,
    /// Name of its sealed file; `None` once erased.
    pub(crate) file: Option<String>,
    /// Whether the sender said a person confirmed a `review` of it.
    pub(crate) confirmed: bool,
    /// By what the service judged it; `None` for results and for what does not read.
    pub(crate) judged_by: Option<GateVersions>,
}

/// An upload that passed the check.
pub(crate) struct NewUpload<'a> {
    pub(crate) stored: NewAsset,
    pub(crate) confirmed: bool,
    /// The service's own receipt.
    pub(crate) receipt: &'a Receipt,
    pub(crate) sender_receipt: Option<Receipt>,
}

/// How storing an upload went.
pub(crate) enum StoredUpload {
    /// It is stored.
    New,
    /// The same bytes were there already; the new file is not used.
    Same(Asset),
    /// There is no room for it.
    Full,
}

macro_rules! asset_columns {
    () => {
        "a.id, a.sha256, a.bytes, a.format, a.width, a.height, a.created, a.file, a.erased, a.confirmed, a.receipt"
    };
}

impl Store {
    /// The upload with these bytes, if the account has one. Being asked for counts as use.
    pub(crate) async fn uploaded(
        &self,
        account: &AccountId,
        sha256: Sha256,
        now: UtcMillis,
    ) -> Result<Option<StoredAsset>, ServiceError> {
        let touched = sqlx::query("UPDATE uploads SET touched = $1 WHERE account_id = $2 AND sha256 = $3")
            .bind(now.0)
            .bind(account.as_str())
            .bind(sha256.to_string())
            .execute(&self.writer)
            .await?;
        if touched.rows_affected() == 0 {
            return Ok(None);
        }
        let mut connection = self.readers.acquire().await?;
        find(&mut connection, account, sha256).await
    }

    /// Stores an upload that passed the check, unless the same bytes are stored or `room` bytes are used up.
    pub(crate) async fn store_upload(
        &self,
        account: &AccountId,
        upload: &NewUpload<'_>,
        room: u64,
    ) -> Result<StoredUpload, ServiceError> {
        let new = &upload.stored;
        let mut tx = self.begin().await?;
        let first = sqlx::query(
            "INSERT INTO uploads (account_id, sha256, asset_id, touched) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(account.as_str())
        .bind(new.asset.sha256.to_string())
        .bind(new.asset.id.to_string())
        .bind(new.asset.created.0)
        .execute(&mut *tx)
        .await?;
        if first.rows_affected() == 0 {
            let same = find(&mut tx, account, new.asset.sha256).await?;
            return same
                .map(|stored| StoredUpload::Same(stored.asset))
                .ok_or(ServiceError::Record("uploads"));
        }
        if stored_bytes(&mut tx).await?.saturating_add(new.asset.bytes) > room {
            return Ok(StoredUpload::Full);
        }
        insert_asset(&mut tx, account, new, Some(upload)).await?;
        let (id, sender) = (new.asset.id.to_string(), upload.sender_receipt.as_ref());
        append(&mut tx, About::Input, &id, upload.receipt, sender, new.asset.created).await?;
        tx.commit().await?;
        Ok(StoredUpload::New)
    }

    /// Writes down that an upload passed the check again, under other rules than before.
    pub(crate) async fn judged_again(
        &self,
        upload: AssetId,
        confirmed: bool,
        receipt: &Receipt,
    ) -> Result<(), ServiceError> {
        let mut tx = self.begin().await?;
        sqlx::query("UPDATE assets SET receipt = $1, sender_receipt = NULL, confirmed = $2 WHERE id = $3 AND receipt IS NOT NULL")
            .bind(to_json(receipt)?)
            .bind(i64::from(confirmed))
            .bind(upload.to_string())
            .execute(&mut *tx)
            .await?;
        append(&mut tx, About::Input, &upload.to_string(), receipt, None, receipt.time).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Empties an upload the rules of now stop. The returned files belong to no row any more and must be removed.
    pub(crate) async fn drop_upload(&self, id: AssetId) -> Result<Vec<String>, ServiceError> {
        let mut tx = self.begin().await?;
        let file = erase_asset(&mut tx, id.to_string()).await?;
        tx.commit().await?;
        Ok(file.into_iter().collect())
    }

    /// One stored picture.
    pub(crate) async fn asset(
        &self,
        account: &AccountId,
        id: AssetId,
    ) -> Result<Option<StoredAsset>, ServiceError> {
        let row = sqlx::query(concat!(
            "SELECT ",
            asset_columns!(),
            " FROM assets a WHERE a.account_id = $1 AND a.id = $2"
        ))
        .bind(account.as_str())
        .bind(id.to_string())
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(stored).transpose()
    }

    /// Bytes of all stored pictures together.
    pub(crate) async fn stored_bytes(&self) -> Result<u64, ServiceError> {
        let mut connection = self.readers.acquire().await?;
        stored_bytes(&mut connection).await
    }

    /// Names of all files that belong to a row.
    pub(crate) async fn files(&self) -> Result<Vec<String>, ServiceError> {
        let rows =
            sqlx::query("SELECT file FROM assets WHERE file IS NOT NULL UNION SELECT file FROM exports WHERE file IS NOT NULL").fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }
}

/// Writes an asset's row. Part of a transaction.
pub(super) async fn insert_asset(
    tx: &mut AnyConnection,
    account: &AccountId,
    new: &NewAsset,
    upload: Option<&NewUpload<'_>>,
) -> Result<(), ServiceError> {
    let Asset { id, sha256, bytes, format, width, height, created } = &new.asset;
    sqlx::query(
        "INSERT INTO assets (id, account_id, sha256, bytes, format, width, height, file, erased, confirmed, receipt,
            sender_receipt, created)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, $11, $12)",
    )
    .bind(id.to_string())
    .bind(account.as_str())
    .bind(sha256.to_string())
    .bind(i64::try_from(*bytes).unwrap_or(i64::MAX))
    .bind(name(format)?)
    .bind(i64::from(*width))
    .bind(i64::from(*height))
    .bind(new.file.as_str())
    .bind(i64::from(upload.is_some_and(|upload| upload.confirmed)))
    .bind(upload.map(|upload| to_json(upload.receipt)).transpose()?)
    .bind(upload.and_then(|upload| upload.sender_receipt.as_ref()).map(to_json).transpose()?)
    .bind(created.0)
    .execute(tx)
    .await?;
    Ok(())
}

async fn find(
    connection: &mut AnyConnection,
    account: &AccountId,
    sha256: Sha256,
) -> Result<Option<StoredAsset>, ServiceError> {
    let row = sqlx::query(concat!(
        "SELECT ",
        asset_columns!(),
        " FROM uploads u JOIN assets a ON a.id = u.asset_id WHERE u.account_id = $1 AND u.sha256 = $2"
    ))
    .bind(account.as_str())
    .bind(sha256.to_string())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(stored).transpose()
}

async fn stored_bytes(connection: &mut AnyConnection) -> Result<u64, ServiceError> {
    let row =
        sqlx::query("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM assets WHERE erased = 0")
            .fetch_one(connection)
            .await?;
    count(&row, "bytes")
}

fn stored(row: &AnyRow) -> Result<StoredAsset, ServiceError> {
    let asset = Asset {
        id: read(row, "id")?,
        sha256: read(row, "sha256")?,
        bytes: count(row, "bytes")?,
        format: read(row, "format")?,
        width: count(row, "width")?,
        height: count(row, "height")?,
        created: UtcMillis(row.try_get("created")?),
    };
    let file = if flag(row, "erased")? { None } else { row.try_get("file")? };
    let receipt = row.try_get::<Option<String>, _>("receipt")?;
    let judged_by =
        receipt.and_then(|text| serde_json::from_str::<Receipt>(&text).ok()).map(|receipt| receipt.versions);
    Ok(StoredAsset { asset, file, confirmed: flag(row, "confirmed")?, judged_by })
}
