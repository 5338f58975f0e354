//! The books of credits: double entry, in whole milli-credits.
//!
//! What moves is written down as an entry with postings that sum to zero; an entry is never changed, only answered by another. Every entry
//! has a business key that no other has, so what is told twice (a job's end, a payment) moves credits once. What an account has is kept
//! beside its entries as a balance, in the same transaction, and looked at again by [`Store::check_books`].
//!
//! Every function here is part of its caller's transaction: a payment commits with its grant, a job with its hold, or neither does.

mod balance;
mod cap;
mod check;
mod holds;
mod journal;
mod lots;
mod statement;
#[cfg(test)]
mod tests;

use allxone_contract::{AccountId, EntryId, EntryKind, MilliCredits, UtcMillis};
use sqlx::{AnyConnection, Row};

use crate::ServiceError;
use balance::Balance;
use journal::{Book, Entry};

pub use check::BookFault;
#[cfg(test)]
use holds::end_hold;
pub(crate) use holds::{Held, hold, resolve};

/// On whose account credits come into the books, or go out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// Paid for through this payment provider, by its name.
    Provider(&'a str),
    /// Given by the operator.
    Operator,
}

impl<'a> Source<'a> {
    fn book(self) -> Book<'a> {
        match self {
            Self::Provider(name) => Book::Clearing(name),
            Self::Operator => Book::Promotion,
        }
    }
}

/// Credits that come to an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grant<'a> {
    pub(crate) account: &'a AccountId,
    /// How many. At least one thousandth.
    pub(crate) amount: MilliCredits,
    pub(crate) source: Source<'a>,
    /// Names what they are for and is used once: `stripe:invoice:in_1`, `paddle:txn:1`.
    pub(crate) key: &'a str,
    /// When what is left of them goes; never, when there is none.
    pub(crate) expires: Option<UtcMillis>,
    /// Why, in words the account's owner may read.
    pub(crate) note: Option<&'a str>,
    pub(crate) now: UtcMillis,
}

/// Credits that are taken back, because what was paid for them was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reversal<'a> {
    pub(crate) account: &'a AccountId,
    /// How many. At least one thousandth.
    pub(crate) amount: MilliCredits,
    pub(crate) source: Source<'a>,
    /// Names the refund or dispute and is used once: `stripe:refund:re_1`.
    pub(crate) key: &'a str,
    /// The key of the grant that is reversed. Its credits go first; it may come later than this.
    pub(crate) of: &'a str,
    pub(crate) note: Option<&'a str>,
    pub(crate) now: UtcMillis,
}

/// What became of a grant or reversal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Granted {
    /// It is written down, under this number.
    Now(EntryId),
    /// It was before, under this number; nothing moved.
    Already(EntryId),
}

/// Gives credits to an account, once for each business key. Part of the caller's transaction.
///
/// # Errors
/// [`ServiceError::Record`] when the key was used for something else, or the amount is none or too large; the caller must not commit.
pub(crate) async fn grant(tx: &mut AnyConnection, grant: Grant<'_>) -> Result<Granted, ServiceError> {
    let Grant { account, amount, source, key, expires, note, now } = grant;
    positive(amount)?;
    let balance = Balance::open(tx, account).await?;
    if let Some(before) = written(tx, account, EntryKind::Grant, amount, key).await? {
        return Ok(Granted::Already(before));
    }
    let balance = balance.moved(amount.0, 0)?;
    let entry = Entry { expires, note, ..Entry::new(account, EntryKind::Grant, key, now) };
    let postings = [(Book::Account, amount.0), (source.book(), -amount.0)];
    let id = entry.write(tx, &balance, amount.0, &postings).await?;
    balance.save(tx, account).await?;
    lots::add(tx, account, id, amount, expires).await?;
    // Credits that an account owed go at once.
    lots::trim(tx, account, &balance, None).await?;
    Ok(Granted::Now(id))
}

/// Takes credits back, once for each business key. What was spent already is owed: the account may come to less than nothing, and can hold
/// nothing until it is even again. Part of the caller's transaction.
///
/// # Errors
/// As [`grant`].
pub(crate) async fn reverse(tx: &mut AnyConnection, reversal: Reversal<'_>) -> Result<Granted, ServiceError> {
    let Reversal { account, amount, source, key, of, note, now } = reversal;
    positive(amount)?;
    let balance = Balance::open(tx, account).await?;
    if let Some(before) = written(tx, account, EntryKind::Reversal, MilliCredits(-amount.0), key).await? {
        return Ok(Granted::Already(before));
    }
    let balance = balance.reversed(amount.0)?;
    let entry = Entry { note, ..Entry::new(account, EntryKind::Reversal, key, now) };
    let postings = [(Book::Account, -amount.0), (source.book(), amount.0)];
    let id = entry.write(tx, &balance, -amount.0, &postings).await?;
    balance.save(tx, account).await?;
    lots::trim(tx, account, &balance, Some(of)).await?;
    Ok(Granted::Now(id))
}

fn positive(amount: MilliCredits) -> Result<(), ServiceError> {
    if amount.0 > 0 { Ok(()) } else { Err(ServiceError::Record("amount")) }
}

/// The entry under this key, which must say the same.
async fn written(
    tx: &mut AnyConnection,
    account: &AccountId,
    kind: EntryKind,
    amount: MilliCredits,
    key: &str,
) -> Result<Option<EntryId>, ServiceError> {
    let row = sqlx::query("SELECT id, account_id, kind, amount FROM credit_entries WHERE business_key = $1")
        .bind(key)
        .fetch_optional(tx)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let same = row.try_get::<String, _>("account_id")? == account.as_str()
        && row.try_get::<String, _>("kind")? == super::rows::name(&kind)?
        && row.try_get::<i64, _>("amount")? == amount.0;
    if !same {
        return Err(ServiceError::Record("business_key"));
    }
    super::rows::read(&row, "id").map(Some)
}
