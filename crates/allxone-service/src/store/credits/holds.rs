//! Holds: credits set aside when a job is placed, and charged or given back when it ends. A hold is opened in the transaction that places
//! its job and closed in the one that ends it, so it is resolved by the job's state alone, never by time.

use allxone_contract::{AccountId, EntryKind, JobId, JobState, MilliCredits, UtcMillis};
use sqlx::{AnyConnection, Row};

use super::balance::{Balance, balance_columns};
use super::cap::month;
use super::journal::{Book, Entry};
use super::lots;
use crate::ServiceError;
use crate::store::Store;
use crate::store::quotes::Price;
use crate::store::rows::{count, flag, from_json, hold_state, read};

/// How setting aside went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// It is set aside.
    Yes,
    /// There is less than that; nothing moved.
    Insufficient {
        /// What there is.
        available: MilliCredits,
    },
    /// The account wants to spend no more this month; nothing is set aside once the transaction is dropped.
    Capped {
        /// What it would still spend.
        left: MilliCredits,
    },
}

/// Sets credits aside for a job, if there are as many. Part of the transaction that places it.
pub(crate) async fn hold(
    tx: &mut AnyConnection,
    account: &AccountId,
    job: JobId,
    amount: MilliCredits,
    now: UtcMillis,
) -> Result<Held, ServiceError> {
    if amount.0 < 0 {
        return Err(ServiceError::Record("amount"));
    }
    if amount.is_free() {
        return Ok(Held::Yes);
    }
    lots::expire(tx, account, now).await?;
    // Compared and set in one statement: whoever comes second sees what the first one left.
    let row = sqlx::query(concat!(
        "UPDATE credit_balances SET available = available - $1, held = held + $2, entries = entries + 1
         WHERE account_id = $3 AND available >= $4 RETURNING ",
        balance_columns!()
    ))
    .bind(amount.0)
    .bind(amount.0)
    .bind(account.as_str())
    .bind(amount.0)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        let available = Balance::open(tx, account).await?.available;
        return Ok(Held::Insufficient { available: MilliCredits(available) });
    };
    let balance = Balance::read(&row)?;
    let month = month(tx, account, now).await?;
    if let Some(cap) = month.cap.filter(|cap| month.spent > *cap) {
        let before = month.spent.0.saturating_sub(amount.0);
        return Ok(Held::Capped { left: MilliCredits(cap.0.saturating_sub(before).max(0)) });
    }
    let key = format!("job:{job}:hold");
    let entry = Entry { job: Some(job), ..Entry::new(account, EntryKind::Hold, &key, now) };
    let postings = [(Book::Account, -amount.0), (Book::Held, amount.0)];
    entry.write(tx, &balance, -amount.0, &postings).await?;
    Ok(Held::Yes)
}

/// Ends what was set aside for a job: charges `charged` of it and gives the rest back. Part of the transaction that ends the job.
///
/// # Errors
/// [`ServiceError::Record`] when more would be charged than was held, or the hold was ended before; the caller must not commit.
pub(super) async fn end_hold(
    tx: &mut AnyConnection,
    account: &AccountId,
    job: JobId,
    held: MilliCredits,
    charged: MilliCredits,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    if charged.0 < 0 || charged > held {
        return Err(ServiceError::Record("charged"));
    }
    if held.is_free() {
        return Ok(());
    }
    let back = held.0 - charged.0;
    let row = sqlx::query(concat!(
        "UPDATE credit_balances SET available = available + $1, held = held - $2, entries = entries + 1
         WHERE account_id = $3 AND held >= $4 RETURNING ",
        balance_columns!()
    ))
    .bind(back)
    .bind(held.0)
    .bind(account.as_str())
    .bind(held.0)
    .fetch_optional(&mut *tx)
    .await?;
    let balance = Balance::read(&row.ok_or(ServiceError::Record("credit_balances"))?)?;
    let kind = if charged.is_free() { EntryKind::Release } else { EntryKind::Charge };
    // One key for both ends, so that a job has one.
    let key = format!("job:{job}:end");
    let entry = Entry { job: Some(job), ..Entry::new(account, kind, &key, now) };
    let postings = [(Book::Held, -held.0), (Book::Usage, charged.0), (Book::Account, back)];
    entry.write(tx, &balance, back, &postings).await?;
    lots::trim(tx, account, &balance, None).await
}

/// Resolves what was set aside for a job by the state it ended in: what it delivered is charged, by the price it was placed at, and the rest
/// given back; a job that delivered nothing gives back all. A hold that is resolved stays as it is. Part of the transaction that ends the
/// job.
pub(crate) async fn resolve(
    tx: &mut AnyConnection,
    job: JobId,
    state: JobState,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    let placed = hold_state(JobState::Queued);
    let row =
        sqlx::query("SELECT account_id, metered, held, price FROM holds WHERE job_id = $1 AND state = $2")
            .bind(job.to_string())
            .bind(placed)
            .fetch_optional(&mut *tx)
            .await?;
    let Some(row) = row else { return Ok(()) };
    let (metered, held) = (flag(&row, "metered")?, MilliCredits(row.try_get("held")?));
    let charged = match row.try_get::<Option<String>, _>("price")? {
        Some(price) if metered && state == JobState::Succeeded => {
            let price: Price = from_json(&price, "price")?;
            // A price that was found for more work is found for less.
            let actual = price.actual(&delivered(tx, job).await?).ok_or(ServiceError::Record("price"))?;
            actual.min(held)
        }
        _ => MilliCredits::FREE,
    };
    let set = sqlx::query(
        "UPDATE holds SET state = $1, settled = $2, closed = $3 WHERE job_id = $4 AND state = $5",
    )
    .bind(hold_state(state))
    .bind(charged.0)
    .bind(now.0)
    .bind(job.to_string())
    .bind(placed)
    .execute(&mut *tx)
    .await?;
    if set.rows_affected() != 1 {
        return Err(ServiceError::Record("holds"));
    }
    if metered {
        end_hold(tx, &read(&row, "account_id")?, job, held, charged, now).await?;
    }
    Ok(())
}

/// The pixels of each result of a job.
async fn delivered(tx: &mut AnyConnection, job: JobId) -> Result<Vec<u64>, ServiceError> {
    let rows = sqlx::query(
        "SELECT a.width, a.height FROM outputs o JOIN assets a ON a.id = o.asset_id WHERE o.job_id = $1",
    )
    .bind(job.to_string())
    .fetch_all(tx)
    .await?;
    rows.iter().map(|row| Ok(count::<u64>(row, "width")?.saturating_mul(count(row, "height")?))).collect()
}

impl Store {
    /// Resolves what is still set aside for jobs that ended, and says for how many. The end of a job does that itself; this is for what a
    /// fault or an older program left.
    pub(crate) async fn resolve_holds(&self, now: UtcMillis) -> Result<usize, ServiceError> {
        let rows = sqlx::query(
            "SELECT h.job_id, j.state FROM holds h JOIN jobs j ON j.id = h.job_id
             WHERE h.state = 'placed' AND j.state IN ('succeeded', 'failed', 'canceled', 'outcome_unknown')",
        )
        .fetch_all(&self.readers)
        .await?;
        for row in &rows {
            let mut tx = self.begin().await?;
            resolve(&mut tx, read(row, "job_id")?, read(row, "state")?, now).await?;
            tx.commit().await?;
        }
        Ok(rows.len())
    }

    /// Lets go of everything that was not used in time.
    pub(crate) async fn expire_credits(&self, now: UtcMillis) -> Result<(), ServiceError> {
        let rows =
            sqlx::query("SELECT DISTINCT account_id FROM credit_lots WHERE remaining > 0 AND expires <= $1")
                .bind(now.0)
                .fetch_all(&self.readers)
                .await?;
        for row in &rows {
            let account: AccountId = read(row, "account_id")?;
            let mut tx = self.begin().await?;
            lots::expire(&mut tx, &account, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
