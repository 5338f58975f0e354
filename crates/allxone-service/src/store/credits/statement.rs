//! What an account's owner sees: the balance, the lots, and entries with what their job could cost and was charged.

use allxone_contract::{AccountId, CreditEntry, CreditLot, Credits, MilliCredits, ModelId, UtcMillis};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::balance::{Balance, balance_columns};
use super::cap::month;
use crate::ServiceError;
use crate::store::Store;
use crate::store::rows::{count, named, read};

impl Store {
    /// What an account has. An account the books do not know has nothing.
    pub(crate) async fn credits(
        &self,
        account: &AccountId,
        metered: bool,
        now: UtcMillis,
    ) -> Result<Credits, ServiceError> {
        let mut tx = self.look().await?;
        let row = sqlx::query(concat!(
            "SELECT ",
            balance_columns!(),
            " FROM credit_balances WHERE account_id = $1"
        ))
        .bind(account.as_str())
        .fetch_optional(&mut *tx)
        .await?;
        let (available, held) = match &row {
            Some(row) => {
                let balance = Balance::read(row)?;
                (balance.available, balance.held)
            }
            None => (0, 0),
        };
        let lots = sqlx::query(
            "SELECT l.entry_id, l.granted, l.remaining, l.expires, e.time FROM credit_lots l JOIN credit_entries e ON e.id = l.entry_id
             WHERE l.account_id = $1 AND l.remaining > 0
             ORDER BY CASE WHEN l.expires IS NULL THEN 1 ELSE 0 END, l.expires, l.entry_id",
        )
        .bind(account.as_str())
        .fetch_all(&mut *tx)
        .await?;
        let month = month(&mut tx, account, now).await?;
        Ok(Credits {
            metered,
            posted: MilliCredits(available.saturating_add(held)),
            held: MilliCredits(held),
            available: MilliCredits(available),
            lots: lots.iter().map(lot).collect::<Result<_, _>>()?,
            month_cap: month.cap,
            this_month: month.spent,
        })
    }

    /// At most `limit` entries, newest first, older than the one numbered `before`.
    pub(crate) async fn credit_entries(
        &self,
        account: &AccountId,
        before: Option<u32>,
        limit: u32,
    ) -> Result<Vec<CreditEntry>, ServiceError> {
        let rows = sqlx::query(
            "SELECT e.id, e.sequence, e.kind, e.time, e.amount, e.available, e.held, e.job_id, e.expires, e.note,
                j.model, h.held AS at_most, h.settled, h.closed
             FROM credit_entries e LEFT JOIN jobs j ON j.id = e.job_id LEFT JOIN holds h ON h.job_id = e.job_id
             WHERE e.account_id = $1 AND e.sequence < $2 ORDER BY e.sequence DESC LIMIT $3",
        )
        .bind(account.as_str())
        .bind(before.map_or(i64::MAX, i64::from))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(entry).collect()
    }
}

fn lot(row: &AnyRow) -> Result<CreditLot, ServiceError> {
    Ok(CreditLot {
        entry: read(row, "entry_id")?,
        granted: MilliCredits(row.try_get("granted")?),
        remaining: MilliCredits(row.try_get("remaining")?),
        since: UtcMillis(row.try_get("time")?),
        expires: row.try_get::<Option<i64>, _>("expires")?.map(UtcMillis),
    })
}

fn entry(row: &AnyRow) -> Result<CreditEntry, ServiceError> {
    let money = |column| row.try_get::<i64, _>(column).map(MilliCredits);
    let perhaps = |column| row.try_get::<Option<i64>, _>(column);
    let job: Option<String> = row.try_get("job_id")?;
    // A job that runs was charged nothing yet.
    let ended = perhaps("closed")?.is_some();
    Ok(CreditEntry {
        id: read(row, "id")?,
        sequence: count(row, "sequence")?,
        kind: read(row, "kind")?,
        time: UtcMillis(row.try_get("time")?),
        amount: money("amount")?,
        available: money("available")?,
        held: money("held")?,
        job: job.map(|text| named(text, "job_id")).transpose()?,
        model: row.try_get::<Option<String>, _>("model")?.map(ModelId),
        at_most: perhaps("at_most")?.map(MilliCredits),
        charged: perhaps("settled")?.filter(|_| ended).map(MilliCredits),
        expires: perhaps("expires")?.map(UtcMillis),
        note: row.try_get("note")?,
    })
}
