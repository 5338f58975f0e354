//! Subscriptions, each as the weightiest thing that was told of it says.

use allxone_contract::{
    AccountId, BillingPlanId, OrderId, PaymentProvider, Subscription, SubscriptionState, UtcMillis,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::orders::StoredOrder;
use crate::ServiceError;
use crate::payments::{Payments, Standing};
use crate::store::Store;
use crate::store::rows::{flag, name, read};

/// A subscription with what only the service knows of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredSubscription {
    pub(crate) id: String,
    pub(crate) order: OrderId,
    pub(crate) provider: PaymentProvider,
    pub(crate) customer: Option<String>,
    pub(crate) price: Option<String>,
    pub(crate) state: SubscriptionState,
    pub(crate) until: Option<UtcMillis>,
    pub(crate) ends: bool,
    pub(crate) test: bool,
}

const COLUMNS: &str = "id, order_id, provider, customer, price_id, state, until, ends, test";

impl StoredSubscription {
    /// As its owner sees it.
    pub(crate) fn shown(&self, payments: &Payments, portal: bool) -> Subscription {
        let offer = self.price.as_deref().and_then(|price| payments.offer_of(self.provider, price));
        Subscription {
            order: self.order,
            plan: offer.map(|offer| -> BillingPlanId { offer.plan.id.clone() }),
            provider: self.provider,
            state: self.state,
            until: self.until,
            ends: self.ends,
            portal: portal && self.customer.is_some(),
            test: self.test,
        }
    }
}

impl Store {
    /// The newest subscription of an account that has not ended, else the last one.
    pub(crate) async fn subscription_of(
        &self,
        account: &AccountId,
    ) -> Result<Option<StoredSubscription>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM subscriptions WHERE account_id = $1 ORDER BY CASE state WHEN 'ended' THEN 1 ELSE 0 END, order_id DESC LIMIT 1"
        );
        let row =
            sqlx::query(AssertSqlSafe(sql)).bind(account.as_str()).fetch_optional(&self.readers).await?;
        row.as_ref().map(stored).transpose()
    }

    /// The subscriptions of an account that have not ended.
    pub(crate) async fn running_subscriptions(
        &self,
        account: &AccountId,
    ) -> Result<Vec<StoredSubscription>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM subscriptions WHERE account_id = $1 AND state <> 'ended'");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.as_str()).fetch_all(&self.readers).await?;
        rows.iter().map(stored).collect()
    }

    /// Subscriptions whose paid time was over before then without anything being told, and that were not asked about since.
    pub(crate) async fn unheard_subscriptions(
        &self,
        over: UtcMillis,
        asked: UtcMillis,
        most: i64,
    ) -> Result<Vec<StoredSubscription>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM subscriptions WHERE state <> 'ended' AND until < $1 AND looked < $2 ORDER BY looked, id LIMIT $3"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(over.0)
            .bind(asked.0)
            .bind(most)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(stored).collect()
    }

    /// A subscription was cancelled here: it ends when what is paid is over.
    pub(crate) async fn will_end(&self, provider: PaymentProvider, id: &str) -> Result<(), ServiceError> {
        sqlx::query("UPDATE subscriptions SET ends = 1 WHERE provider = $1 AND id = $2")
            .bind(provider.as_str())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// The provider was asked about a subscription.
    pub(crate) async fn looked_at(
        &self,
        provider: PaymentProvider,
        id: &str,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        sqlx::query("UPDATE subscriptions SET looked = $1 WHERE provider = $2 AND id = $3")
            .bind(now.0)
            .bind(provider.as_str())
            .bind(id)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

/// Writes down how a subscription stands, unless something weightier was told.
pub(super) async fn stands(
    tx: &mut AnyConnection,
    order: &StoredOrder,
    standing: &Standing,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    let provider = order.order.provider.as_str();
    sqlx::query(
        "INSERT INTO subscriptions (provider, id, account_id, order_id, state, ends, weight, test, looked, updated)
         VALUES ($1, $2, $3, $4, 'starting', 0, '', $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(provider)
    .bind(standing.id.as_str())
    .bind(order.account.as_str())
    .bind(order.order.id.to_string())
    .bind(i64::from(order.order.test))
    .bind(now.0)
    .bind(now.0)
    .execute(&mut *tx)
    .await?;
    let weight = standing.weight();
    sqlx::query(
        "UPDATE subscriptions SET customer = $1, price_id = $2, state = $3, until = $4, ends = COALESCE($5, ends), weight = $6, updated = $7
         WHERE provider = $8 AND id = $9 AND order_id = $10 AND weight < $11",
    )
    .bind(standing.customer.as_deref().filter(|_| !order.is_nobodys()))
    .bind(standing.price.as_deref())
    .bind(name(&standing.state)?)
    .bind(standing.until.map(|until| until.0))
    .bind(standing.ends.map(i64::from))
    .bind(weight.as_str())
    .bind(now.0)
    .bind(provider)
    .bind(standing.id.as_str())
    .bind(order.order.id.to_string())
    .bind(weight.as_str())
    .execute(tx)
    .await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredSubscription, ServiceError> {
    Ok(StoredSubscription {
        id: row.try_get("id")?,
        order: read(row, "order_id")?,
        provider: read(row, "provider")?,
        customer: row.try_get("customer")?,
        price: row.try_get("price_id")?,
        state: read(row, "state")?,
        until: row.try_get::<Option<i64>, _>("until")?.map(UtcMillis),
        ends: flag(row, "ends")?,
        test: flag(row, "test")?,
    })
}
