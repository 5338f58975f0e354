//! Whether the books hold: every rule they must keep, as a question whose answers are what breaks it. Asked by the operator and once a day;
//! what is found is told and mended by nobody but a person.

use serde::Serialize;
use sqlx::{AnyConnection, Row};

use crate::ServiceError;
use crate::store::Store;

/// Something in the books that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BookFault {
    /// Which rule is broken, in a sentence without content.
    pub rule: &'static str,
    /// The number of the entry, job or account that breaks it.
    pub subject: String,
}

/// The rules, each with the statement that finds what breaks it.
const RULES: &[(&str, &str)] = &[
    (
        "The postings of an entry sum to zero.",
        "SELECT e.id FROM credit_entries e LEFT JOIN credit_postings p ON p.entry_id = e.id
         GROUP BY e.id HAVING COUNT(p.entry_id) < 2 OR SUM(p.amount) <> 0",
    ),
    (
        "Every posting belongs to an entry of the same account.",
        "SELECT p.entry_id FROM credit_postings p LEFT JOIN credit_entries e ON e.id = p.entry_id AND e.account_id = p.account_id
         WHERE e.id IS NULL",
    ),
    (
        "An entry says by how much it changed what can be spent.",
        "SELECT e.id FROM credit_entries e WHERE e.amount <>
            (SELECT COALESCE(SUM(p.amount), 0) FROM credit_postings p WHERE p.entry_id = e.id AND p.book = 'account')",
    ),
    (
        "What an account can spend is the sum of its postings.",
        "SELECT b.account_id FROM credit_balances b WHERE b.available <>
            (SELECT COALESCE(SUM(p.amount), 0) FROM credit_postings p WHERE p.account_id = b.account_id AND p.book = 'account')",
    ),
    (
        "What is held for an account is the sum of its postings.",
        "SELECT b.account_id FROM credit_balances b WHERE b.held <>
            (SELECT COALESCE(SUM(p.amount), 0) FROM credit_postings p WHERE p.account_id = b.account_id AND p.book = 'held')",
    ),
    (
        "What is held for an account is the sum of what is held for its jobs.",
        "SELECT b.account_id FROM credit_balances b WHERE b.held <>
            (SELECT COALESCE(SUM(h.held), 0) FROM holds h WHERE h.account_id = b.account_id AND h.metered <> 0 AND h.state = 'placed')",
    ),
    (
        "What was taken back from an account is the sum of its reversals.",
        "SELECT b.account_id FROM credit_balances b WHERE b.reversed <>
            (SELECT COALESCE(SUM(-e.amount), 0) FROM credit_entries e WHERE e.account_id = b.account_id AND e.kind = 'reversal')",
    ),
    (
        "The lots of an account are what it can spend and what is held.",
        "SELECT b.account_id FROM credit_balances b WHERE b.held + CASE WHEN b.available > 0 THEN b.available ELSE 0 END <>
            (SELECT COALESCE(SUM(l.remaining), 0) FROM credit_lots l WHERE l.account_id = b.account_id)",
    ),
    (
        "The entries of an account are numbered without gaps.",
        "SELECT b.account_id FROM credit_balances b LEFT JOIN credit_entries e ON e.account_id = b.account_id
         GROUP BY b.account_id, b.entries HAVING COUNT(e.id) <> b.entries OR COALESCE(MAX(e.sequence), 0) <> b.entries",
    ),
    (
        "The last entry of an account says what it has.",
        "SELECT b.account_id FROM credit_balances b JOIN credit_entries e ON e.account_id = b.account_id AND e.sequence = b.entries
         WHERE e.available <> b.available OR e.held <> b.held",
    ),
    (
        "Every entry's account has a balance.",
        "SELECT e.id FROM credit_entries e WHERE NOT EXISTS (SELECT 1 FROM credit_balances b WHERE b.account_id = e.account_id)",
    ),
    (
        "A job that ended holds nothing.",
        "SELECT h.job_id FROM holds h JOIN jobs j ON j.id = h.job_id
         WHERE h.state = 'placed' AND j.state IN ('succeeded', 'failed', 'canceled', 'outcome_unknown')",
    ),
    (
        "What a job was charged stands in the books, and no more than was held.",
        "SELECT h.job_id FROM holds h WHERE h.metered <> 0 AND (h.settled > h.held OR h.settled <>
            (SELECT COALESCE(SUM(p.amount), 0) FROM credit_entries e JOIN credit_postings p ON p.entry_id = e.id
             WHERE e.job_id = h.job_id AND p.book = 'usage'))",
    ),
];

impl Store {
    /// Everything in the books that cannot be; nothing, as it should be.
    pub(crate) async fn check_books(&self) -> Result<Vec<BookFault>, ServiceError> {
        // As of one moment, while others go on.
        let mut tx = self.look().await?;
        faults(&mut tx).await
    }
}

pub(super) async fn faults(tx: &mut AnyConnection) -> Result<Vec<BookFault>, ServiceError> {
    let mut faults = Vec::new();
    for (rule, sql) in RULES {
        for row in sqlx::query(*sql).fetch_all(&mut *tx).await? {
            faults.push(BookFault { rule, subject: row.try_get(0)? });
        }
    }
    Ok(faults)
}
