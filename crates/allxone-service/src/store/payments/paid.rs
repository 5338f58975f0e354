//! What was paid: the receipts, and the letters that bring them.

use allxone_contract::{AccountId, BillingReceipt, BillingReceiptId, MilliCredits, Money, UtcMillis};
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use crate::ServiceError;
use crate::store::Store;
use crate::store::rows::{count, flag, name, read};

/// A receipt with what only the service knows of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredReceipt {
    pub(crate) receipt: BillingReceipt,
    pub(crate) account: AccountId,
    pub(crate) language: String,
}

/// A receipt that is to be sent, and how often that was tried.
pub(crate) struct Letter {
    pub(crate) stored: StoredReceipt,
    pub(crate) tries: usize,
    pub(crate) due: UtcMillis,
}

/// What became of the letter with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailState {
    /// It is to be brought.
    Due,
    /// The mail server has it.
    Sent,
    /// The mail server does not want it.
    Refused,
    /// Nobody can be written to: no mail server, or no address.
    Unsendable,
}

const COLUMNS: &str = "receipt_id, order_id, account_id, name, credits, total, tax, currency, provider, reference, link, test, language, \
                       paid, taken, mail_tries, mail_due";

impl Store {
    /// The receipts of an account, the newest first.
    pub(crate) async fn receipts_of(
        &self,
        account: &AccountId,
        seller: &str,
    ) -> Result<Vec<BillingReceipt>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM payments WHERE account_id = $1 ORDER BY paid DESC, receipt_id DESC"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.as_str()).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(stored(row, seller)?.receipt)).collect()
    }

    /// One receipt of an account.
    pub(crate) async fn receipt_of(
        &self,
        account: &AccountId,
        id: BillingReceiptId,
        seller: &str,
    ) -> Result<Option<StoredReceipt>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM payments WHERE account_id = $1 AND receipt_id = $2");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(account.as_str())
            .bind(id.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(|row| stored(row, seller)).transpose()
    }

    /// The receipts that are to be sent by now.
    pub(crate) async fn due_receipts(
        &self,
        seller: &str,
        now: UtcMillis,
        most: i64,
    ) -> Result<Vec<Letter>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM payments WHERE mail_state = 'due' AND mail_due <= $1 ORDER BY mail_due, receipt_id LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(now.0).bind(most).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                Ok(Letter {
                    stored: stored(row, seller)?,
                    tries: count(row, "mail_tries")?,
                    due: UtcMillis(row.try_get("mail_due")?),
                })
            })
            .collect()
    }

    /// Takes a letter up that is due at that time, so that nobody else does until then. `false` when somebody has.
    pub(crate) async fn take_letter(
        &self,
        id: BillingReceiptId,
        due: UtcMillis,
        until: UtcMillis,
    ) -> Result<bool, ServiceError> {
        let taken = sqlx::query(
            "UPDATE payments SET mail_due = $1 WHERE receipt_id = $2 AND mail_state = 'due' AND mail_due = $3",
        )
        .bind(until.0)
        .bind(id.to_string())
        .bind(due.0)
        .execute(&self.writer)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// What became of a letter; when it is still due, at what time it is tried again.
    pub(crate) async fn letter_went(
        &self,
        id: BillingReceiptId,
        state: MailState,
        again: Option<UtcMillis>,
    ) -> Result<(), ServiceError> {
        sqlx::query(
            "UPDATE payments SET mail_state = $1, mail_due = $2, mail_tries = mail_tries + 1 WHERE receipt_id = $3 AND mail_state = 'due'",
        )
        .bind(name(&state)?)
        .bind(again.map(|at| at.0))
        .bind(id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(())
    }
}

fn stored(row: &AnyRow, seller: &str) -> Result<StoredReceipt, ServiceError> {
    Ok(StoredReceipt {
        account: read(row, "account_id")?,
        language: row.try_get("language")?,
        receipt: BillingReceipt {
            id: read(row, "receipt_id")?,
            order: read(row, "order_id")?,
            name: row.try_get("name")?,
            seller: seller.to_owned(),
            credits: MilliCredits(row.try_get("credits")?),
            total: Money { amount: row.try_get("total")?, currency: read(row, "currency")? },
            tax: row.try_get("tax")?,
            provider: read(row, "provider")?,
            reference: row.try_get("reference")?,
            link: row.try_get("link")?,
            paid: UtcMillis(row.try_get("paid")?),
            taken_back: MilliCredits(row.try_get("taken")?),
            test: flag(row, "test")?,
        },
    })
}
