//! What providers told, each message once for good: its number, its kind, its times, the hash of its bytes, and the fact in it. The bytes
//! themselves are not kept: a card's last digits and an address stand in them.

use allxone_contract::{PaymentProvider, Sha256, UtcMillis};
use sqlx::Row;

use crate::ServiceError;
use crate::payments::{Back, Fact, Link, Notice, Paid};
use crate::store::Store;
use crate::store::rows::{read, to_json};

/// A message to be stored.
pub(crate) struct Told<'a> {
    pub(crate) provider: PaymentProvider,
    pub(crate) notice: &'a Notice,
    /// Hash of its bytes.
    pub(crate) sha256: Sha256,
    /// Whether it is of the world in which this service works: where money moves, or where it does not.
    pub(crate) counts: bool,
    pub(crate) now: UtcMillis,
}

impl Store {
    /// Stores a message. `false` when it was told before.
    pub(crate) async fn told(&self, told: Told<'_>) -> Result<bool, ServiceError> {
        let Told { provider, notice, sha256, counts, now } = told;
        let (bill, payment) = match &notice.fact {
            Some(Fact::Paid(Paid { key, payment, .. })) => (Some(key.as_str()), payment.as_deref()),
            Some(Fact::Link(Link { key, payment })) => (Some(key.as_str()), Some(payment.as_str())),
            Some(Fact::Back(Back { payment, .. })) => (None, Some(payment.as_str())),
            _ => (None, None),
        };
        let state = match &notice.fact {
            Some(_) if counts => "new",
            _ => "done",
        };
        let stored = sqlx::query(
            "INSERT INTO payment_notices (provider, notice_id, kind, live, occurred, received, sha256, fact, aside, bill, payment, order_id, state)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
        )
        .bind(provider.as_str())
        .bind(notice.id.as_str())
        .bind(notice.kind.as_str())
        .bind(i64::from(notice.live.unwrap_or(true)))
        .bind(notice.occurred.0)
        .bind(now.0)
        .bind(sha256.to_string())
        .bind(notice.fact.as_ref().filter(|_| counts).map(to_json).transpose()?)
        .bind(notice.fact.as_ref().filter(|_| counts).and_then(Fact::aside).map(|aside| to_json(&aside)).transpose()?)
        .bind(bill.filter(|_| counts))
        .bind(payment.filter(|_| counts))
        .bind(notice.fact.as_ref().and_then(Fact::order).map(|order| order.to_string()))
        .bind(state)
        .execute(&self.writer)
        .await?;
        Ok(stored.rows_affected() == 1)
    }

    /// The messages that wait to be carried out, in the order they came.
    pub(crate) async fn waiting_notices(
        &self,
        most: i64,
    ) -> Result<Vec<(PaymentProvider, String)>, ServiceError> {
        let rows = sqlx::query(
            "SELECT provider, notice_id FROM payment_notices WHERE state = 'new' ORDER BY received, notice_id LIMIT $1",
        )
        .bind(most)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((read(row, "provider")?, row.try_get("notice_id")?))).collect()
    }

    /// Payments that went back of which nobody told what they were for, told since then.
    pub(crate) async fn unlinked_payments(
        &self,
        since: UtcMillis,
        most: i64,
    ) -> Result<Vec<(PaymentProvider, String)>, ServiceError> {
        let rows = sqlx::query(
            "SELECT DISTINCT b.provider, b.payment FROM payment_notices b
             WHERE b.bill IS NULL AND b.payment IS NOT NULL AND b.received > $1 AND NOT EXISTS (
                SELECT 1 FROM payment_notices l WHERE l.provider = b.provider AND l.payment = b.payment AND l.bill IS NOT NULL)
             ORDER BY b.provider, b.payment LIMIT $2",
        )
        .bind(since.0)
        .bind(most)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| Ok((read(row, "provider")?, row.try_get("payment")?))).collect()
    }
}
