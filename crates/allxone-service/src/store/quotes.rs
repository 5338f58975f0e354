//! Prices that were told, kept until they run out, so that a job costs what its owner was told even when prices change meanwhile.

use allxone_contract::{
    AccountId, MilliCredits, ModelId, Operation, PriceRule, QuoteId, UtcMillis, Workload,
};
use serde::{Deserialize, Serialize};
use sqlx::Row;

use super::Store;
use super::rows::{from_json, name, to_json};
use crate::ServiceError;

/// A price: the rule of a moment, for some work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Price {
    pub(crate) rule: PriceRule,
    pub(crate) work: Workload,
}

impl Price {
    /// The most the work can cost; `None` when it has no price.
    pub(crate) fn at_most(&self) -> Option<MilliCredits> {
        self.rule.at_most(self.work)
    }

    /// What pictures cost that were delivered, by the pixels of each: never more than at most. Larger ones than were asked for cost no
    /// more than those.
    pub(crate) fn actual(&self, delivered: &[u64]) -> Option<MilliCredits> {
        let asked = |pixels: &u64| (*pixels).min(self.work.pixels);
        let delivered: Vec<u64> = delivered.iter().map(asked).collect();
        let actual = self.rule.actual(&delivered, self.work.input_pixels)?;
        Some(actual.min(self.at_most()?))
    }

    /// Whether work is no more than this price is for.
    fn covers(&self, work: Workload) -> bool {
        let mine = self.work;
        work.count <= mine.count && work.pixels <= mine.pixels && work.input_pixels <= mine.input_pixels
    }
}

impl Store {
    /// Keeps a price until it runs out.
    pub(crate) async fn keep_quote(
        &self,
        account: &AccountId,
        id: QuoteId,
        asked: (Operation, &ModelId),
        price: &Price,
        (now, expires): (UtcMillis, UtcMillis),
    ) -> Result<(), ServiceError> {
        sqlx::query(
            "INSERT INTO quotes (id, account_id, operation, model, price, created, expires) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(id.to_string())
        .bind(account.as_str())
        .bind(name(&asked.0)?)
        .bind(asked.1.as_str())
        .bind(to_json(price)?)
        .bind(now.0)
        .bind(expires.0)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// The rule this work was priced by under a quote of the account; `None` when there is no such quote, it has run out, or it is for
    /// other or less work.
    pub(crate) async fn quoted(
        &self,
        account: &AccountId,
        id: QuoteId,
        asked: (Operation, &ModelId),
        work: Workload,
        now: UtcMillis,
    ) -> Result<Option<PriceRule>, ServiceError> {
        let row = sqlx::query(
            "SELECT price FROM quotes WHERE id = $1 AND account_id = $2 AND operation = $3 AND model = $4 AND expires > $5",
        )
        .bind(id.to_string())
        .bind(account.as_str())
        .bind(name(&asked.0)?)
        .bind(asked.1.as_str())
        .bind(now.0)
        .fetch_optional(&self.readers)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let price: Price = from_json(&row.try_get::<String, _>("price")?, "price")?;
        Ok(price.covers(work).then_some(price.rule))
    }
}
