//! Credits by where they came from, because some expire. The lots of an account together are what it can spend and what is held for it;
//! what goes is taken from those that expire soonest. A hold names no lot: what is held counts as taken from those that expire soonest, so
//! credits that a running job may need do not expire under it.

use allxone_contract::{AccountId, EntryId, EntryKind, MilliCredits, UtcMillis};
use sqlx::{AnyConnection, Row};

use super::balance::Balance;
use super::journal::{Book, Entry};
use crate::ServiceError;

/// Adds a lot: the credits of the grant that is written under `entry`.
pub(super) async fn add(
    tx: &mut AnyConnection,
    account: &AccountId,
    entry: EntryId,
    amount: MilliCredits,
    expires: Option<UtcMillis>,
) -> Result<(), ServiceError> {
    sqlx::query(
        "INSERT INTO credit_lots (entry_id, account_id, granted, remaining, expires) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(entry.to_string())
    .bind(account.as_str())
    .bind(amount.0)
    .bind(amount.0)
    .bind(expires.map(|time| time.0))
    .execute(tx)
    .await?;
    Ok(())
}

/// One lot with something left.
struct Lot {
    entry: String,
    remaining: i64,
    expires: Option<i64>,
    /// The business key of its grant.
    key: String,
}

async fn open_lots(tx: &mut AnyConnection, account: &AccountId) -> Result<Vec<Lot>, ServiceError> {
    let rows = sqlx::query(
        "SELECT l.entry_id, l.remaining, l.expires, e.business_key FROM credit_lots l JOIN credit_entries e ON e.id = l.entry_id
         WHERE l.account_id = $1 AND l.remaining > 0
         ORDER BY CASE WHEN l.expires IS NULL THEN 1 ELSE 0 END, l.expires, l.entry_id",
    )
    .bind(account.as_str())
    .fetch_all(tx)
    .await?;
    let lot = |row: &sqlx::any::AnyRow| {
        Ok(Lot {
            entry: row.try_get(0)?,
            remaining: row.try_get(1)?,
            expires: row.try_get(2)?,
            key: row.try_get(3)?,
        })
    };
    rows.iter().map(lot).collect()
}

/// Takes from the lots what is no longer the account's, after its balance came to `balance`: from the lot of the grant `first`, if one is
/// named, then from those that expire soonest.
pub(super) async fn trim(
    tx: &mut AnyConnection,
    account: &AccountId,
    balance: &Balance,
    first: Option<&str>,
) -> Result<(), ServiceError> {
    let mut lots = open_lots(tx, account).await?;
    let together = lots.iter().fold(0_i64, |sum, lot| sum.saturating_add(lot.remaining));
    let mut excess = together.saturating_sub(balance.covered());
    if excess < 0 {
        return Err(ServiceError::Record("credit_lots"));
    }
    // Stable, so that the others stay in their order.
    lots.sort_by_key(|lot| first != Some(lot.key.as_str()));
    for lot in &lots {
        let part = excess.min(lot.remaining);
        if part == 0 {
            break;
        }
        take(tx, &lot.entry, part).await?;
        excess -= part;
    }
    Ok(())
}

async fn take(tx: &mut AnyConnection, lot: &str, part: i64) -> Result<(), ServiceError> {
    sqlx::query("UPDATE credit_lots SET remaining = remaining - $1 WHERE entry_id = $2")
        .bind(part)
        .bind(lot)
        .execute(tx)
        .await?;
    Ok(())
}

/// Lets go of what an account did not use in time, but for what is held. Part of a transaction.
pub(super) async fn expire(
    tx: &mut AnyConnection,
    account: &AccountId,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    // Looked up before anything is locked: most accounts have nothing that expired.
    let expired = sqlx::query(
        "SELECT entry_id FROM credit_lots WHERE account_id = $1 AND remaining > 0 AND expires <= $2 LIMIT 1",
    )
    .bind(account.as_str())
    .bind(now.0)
    .fetch_optional(&mut *tx)
    .await?;
    if expired.is_none() {
        return Ok(());
    }
    let mut balance = Balance::open(tx, account).await?;
    let mut held = balance.held;
    for lot in open_lots(tx, account).await? {
        let kept = held.min(lot.remaining);
        held -= kept;
        let gone = lot.remaining - kept;
        if gone == 0 || lot.expires.is_none_or(|expires| expires > now.0) {
            continue;
        }
        balance = balance.moved(-gone, 0)?;
        // A lot may expire in parts, as holds on it end.
        let key = format!("lot:{}:expiry:{}", lot.entry, balance.entries);
        let entry = Entry::new(account, EntryKind::Expiry, &key, now);
        entry.write(tx, &balance, -gone, &[(Book::Account, -gone), (Book::Expired, gone)]).await?;
        take(tx, &lot.entry, gone).await?;
    }
    balance.save(tx, account).await
}
