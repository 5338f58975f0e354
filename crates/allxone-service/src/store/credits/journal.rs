//! Entries and their postings: what moved, when, why, and between which books. Only ever added to.

use allxone_contract::{AccountId, EntryId, EntryKind, JobId, UtcMillis};
use sqlx::{AnyConnection, AssertSqlSafe};

use super::balance::Balance;
use crate::ServiceError;
use crate::store::rows::name;

/// One side of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Book<'a> {
    /// What the account of the entry can spend.
    Account,
    /// What is held for its jobs.
    Held,
    /// What was earned with jobs.
    Usage,
    /// What came in through a payment provider.
    Clearing(&'a str),
    /// What the operator gave.
    Promotion,
    /// What nobody used in time.
    Expired,
}

impl Book<'_> {
    fn name(self) -> String {
        match self {
            Self::Account => "account".to_owned(),
            Self::Held => "held".to_owned(),
            Self::Usage => "usage".to_owned(),
            Self::Clearing(provider) => format!("clearing:{provider}"),
            Self::Promotion => "promotion".to_owned(),
            Self::Expired => "expired".to_owned(),
        }
    }
}

/// One entry about to be written.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) account: &'a AccountId,
    pub(super) kind: EntryKind,
    pub(super) key: &'a str,
    pub(super) job: Option<JobId>,
    pub(super) expires: Option<UtcMillis>,
    pub(super) note: Option<&'a str>,
    pub(super) now: UtcMillis,
}

impl<'a> Entry<'a> {
    pub(super) fn new(account: &'a AccountId, kind: EntryKind, key: &'a str, now: UtcMillis) -> Self {
        Self { account, kind, key, job: None, expires: None, note: None, now }
    }

    /// Writes the entry that led to `balance` and changed what can be spent by `amount`, with its postings.
    pub(super) async fn write(
        self,
        tx: &mut AnyConnection,
        balance: &Balance,
        amount: i64,
        postings: &[(Book<'_>, i64)],
    ) -> Result<EntryId, ServiceError> {
        let sum = postings.iter().try_fold(0_i64, |sum, (_, amount)| sum.checked_add(*amount));
        if sum != Some(0) {
            return Err(ServiceError::Record("credit_postings"));
        }
        let id = EntryId::new();
        sqlx::query(
            "INSERT INTO credit_entries (id, account_id, sequence, kind, business_key, job_id, amount, available, held, expires, note, time)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(id.to_string())
        .bind(self.account.as_str())
        .bind(balance.entries)
        .bind(name(&self.kind)?)
        .bind(self.key)
        .bind(self.job.map(|job| job.to_string()))
        .bind(amount)
        .bind(balance.available)
        .bind(balance.held)
        .bind(self.expires.map(|time| time.0))
        .bind(self.note)
        .bind(self.now.0)
        .execute(&mut *tx)
        .await?;
        let moved: Vec<_> = (0_i64..).zip(postings.iter().filter(|(_, amount)| *amount != 0)).collect();
        // Nearly every entry has two or three.
        for some in moved.chunks(3) {
            let rows = match some.len() {
                3 => "($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10), ($11, $12, $13, $14, $15)",
                2 => "($1, $2, $3, $4, $5), ($6, $7, $8, $9, $10)",
                _ => "($1, $2, $3, $4, $5)",
            };
            let sql = format!(
                "INSERT INTO credit_postings (entry_id, position, account_id, book, amount) VALUES {rows}"
            );
            let mut insert = sqlx::query(AssertSqlSafe(sql));
            for (position, (book, amount)) in some {
                insert = insert.bind(id.to_string()).bind(*position).bind(self.account.as_str());
                insert = insert.bind(book.name()).bind(*amount);
            }
            insert.execute(&mut *tx).await?;
        }
        Ok(id)
    }
}
