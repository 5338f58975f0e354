//! What an account has. One row for each account, locked for as long as something moves on it, so that no two movements of one account
//! can pass each other; those of different accounts never wait for each other.

use allxone_contract::AccountId;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::ServiceError;

/// The columns [`Balance::read`] reads, as a literal for `concat!`.
macro_rules! balance_columns {
    () => {
        "available, held, reversed, entries"
    };
}
pub(super) use balance_columns;

/// An account's balance, in milli-credits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Balance {
    /// What can be spent. Less than nothing when more was taken back than was left.
    pub(super) available: i64,
    /// What is held for jobs that have not ended.
    pub(super) held: i64,
    /// What was ever taken back; available can sink below nothing by no more than this.
    pub(super) reversed: i64,
    /// How many entries there are.
    pub(super) entries: i64,
}

impl Balance {
    pub(super) fn read(row: &AnyRow) -> Result<Self, ServiceError> {
        let number = |column| row.try_get::<i64, _>(column);
        Ok(Self {
            available: number("available")?,
            held: number("held")?,
            reversed: number("reversed")?,
            entries: number("entries")?,
        })
    }

    /// The balance of an account, which is made if there is none, and locked until the transaction ends.
    pub(super) async fn open(tx: &mut AnyConnection, account: &AccountId) -> Result<Self, ServiceError> {
        let row = sqlx::query(concat!(
            "INSERT INTO credit_balances (account_id, available, held, reversed, entries) VALUES ($1, 0, 0, 0, 0)
             ON CONFLICT (account_id) DO UPDATE SET entries = credit_balances.entries RETURNING ",
            balance_columns!()
        ))
        .bind(account.as_str())
        .fetch_one(tx)
        .await?;
        Self::read(&row)
    }

    /// The balance after one more entry that moved this much.
    pub(super) fn moved(self, available: i64, held: i64) -> Result<Self, ServiceError> {
        let after = || {
            Some(Self {
                available: self.available.checked_add(available)?,
                held: self.held.checked_add(held).filter(|held| *held >= 0)?,
                entries: self.entries.checked_add(1)?,
                ..self
            })
        };
        after().ok_or(ServiceError::Record("credit_balances"))
    }

    /// The balance after one more entry that took this much back.
    pub(super) fn reversed(self, amount: i64) -> Result<Self, ServiceError> {
        let reversed = self.reversed.checked_add(amount).ok_or(ServiceError::Record("credit_balances"))?;
        Self { reversed, ..self }.moved(-amount, 0)
    }

    /// How much the lots of the account hold together: what is free and what is held.
    pub(super) fn covered(&self) -> i64 {
        self.held.saturating_add(self.available.max(0))
    }

    /// Writes the balance of a locked account.
    pub(super) async fn save(&self, tx: &mut AnyConnection, account: &AccountId) -> Result<(), ServiceError> {
        sqlx::query(
            "UPDATE credit_balances SET available = $1, held = $2, reversed = $3, entries = $4 WHERE account_id = $5",
        )
        .bind(self.available)
        .bind(self.held)
        .bind(self.reversed)
        .bind(self.entries)
        .bind(account.as_str())
        .execute(tx)
        .await?;
        Ok(())
    }
}
