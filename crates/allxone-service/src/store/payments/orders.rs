//! Orders: written down before the provider is asked, so that no payment can come for one that nobody knows.

use allxone_contract::{
    AccountId, IdempotencyKey, MilliCredits, Money, Order, OrderId, OrderState, PaymentProvider, Sha256,
    UtcMillis,
};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use crate::ServiceError;
use crate::payments::{Offer, Page};
use crate::store::Store;
use crate::store::rows::{count, flag, name, read};

/// An order to be written down.
pub(crate) struct NewOrder<'a> {
    pub(crate) id: OrderId,
    pub(crate) account: &'a AccountId,
    pub(crate) key: &'a IdempotencyKey,
    pub(crate) body_sha256: Sha256,
    pub(crate) offer: &'a Offer,
    pub(crate) provider: PaymentProvider,
    /// What the provider calls the plan.
    pub(crate) price: &'a str,
    pub(crate) language: &'a str,
    pub(crate) test: bool,
    /// When the provider is asked for the first time how it stands, should it not tell.
    pub(crate) look: UtcMillis,
    pub(crate) now: UtcMillis,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ordered {
    /// It is written down.
    Now,
    /// It was before, under this number.
    Same(OrderId),
    /// The key was used for something else.
    KeyReused,
}

/// An order with what only the service knows of it.
#[derive(Clone, Debug)]
pub(crate) struct StoredOrder {
    pub(crate) order: Order,
    pub(crate) account: AccountId,
    pub(crate) price: String,
    pub(crate) valid_days: Option<u32>,
    pub(crate) language: String,
    /// The provider's name of the page to pay at.
    pub(crate) page: Option<String>,
    /// How often the provider was asked how it stands.
    pub(crate) looks: u32,
}

impl StoredOrder {
    /// Whether its account was deleted; then nothing that leads to a person at the provider is written down again.
    pub(super) fn is_nobodys(&self) -> bool {
        self.account.as_str().starts_with("nobody-")
    }
}

const COLUMNS: &str = "id, account_id, plan, name, kind, provider, price_id, credits, amount, currency, valid_days, language, test, state, \
                       page_id, page_address, looks, created, updated";

impl Store {
    /// Writes an order down, unless one with its key is there.
    pub(crate) async fn order(&self, new: NewOrder<'_>) -> Result<Ordered, ServiceError> {
        let mut tx = self.begin().await?;
        let plan = &new.offer.plan;
        let made = sqlx::query(
            "INSERT INTO orders (id, account_id, idempotency_key, body_sha256, plan, name, kind, provider, price_id, credits, amount, currency,
                valid_days, language, test, state, looks, next_look, created, updated)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'pending', 0, $16, $17, $18) ON CONFLICT DO NOTHING",
        )
        .bind(new.id.to_string())
        .bind(new.account.as_str())
        .bind(new.key.as_str())
        .bind(new.body_sha256.to_string())
        .bind(plan.id.as_str())
        .bind(plan.name.as_str())
        .bind(name(&plan.kind)?)
        .bind(new.provider.as_str())
        .bind(new.price)
        .bind(plan.credits.0)
        .bind(plan.price.amount)
        .bind(plan.price.currency.as_str())
        .bind(plan.valid_days.map(i64::from))
        .bind(new.language)
        .bind(i64::from(new.test))
        .bind(new.look.0)
        .bind(new.now.0)
        .bind(new.now.0)
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 1 {
            tx.commit().await?;
            return Ok(Ordered::Now);
        }
        let row =
            sqlx::query("SELECT id, body_sha256 FROM orders WHERE account_id = $1 AND idempotency_key = $2")
                .bind(new.account.as_str())
                .bind(new.key.as_str())
                .fetch_one(&mut *tx)
                .await?;
        let same = row.try_get::<String, _>("body_sha256")? == new.body_sha256.to_string();
        if same { Ok(Ordered::Same(read(&row, "id")?)) } else { Ok(Ordered::KeyReused) }
    }

    /// Writes down where an order is paid.
    pub(crate) async fn order_opened(
        &self,
        id: OrderId,
        page: &Page,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        sqlx::query(
            "UPDATE orders SET page_id = $1, page_address = CASE state WHEN 'pending' THEN $2 ELSE NULL END, updated = $3 WHERE id = $4",
        )
        .bind(page.id.as_str())
        .bind(page.address.as_str())
        .bind(now.0)
        .bind(id.to_string())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// An order by its number.
    pub(crate) async fn find_order(&self, id: OrderId) -> Result<Option<StoredOrder>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE id = $1");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(&self.readers).await?;
        row.as_ref().map(stored).transpose()
    }

    /// The newest orders of an account, at most fifty.
    pub(crate) async fn orders_of(&self, account: &AccountId) -> Result<Vec<Order>, ServiceError> {
        let sql = format!("SELECT {COLUMNS} FROM orders WHERE account_id = $1 ORDER BY id DESC LIMIT 50");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(account.as_str()).fetch_all(&self.readers).await?;
        rows.iter().map(|row| Ok(stored(row)?.order)).collect()
    }

    /// How many orders of an account are open that were made since then.
    pub(crate) async fn open_orders(
        &self,
        account: &AccountId,
        since: UtcMillis,
    ) -> Result<u32, ServiceError> {
        let row = sqlx::query(
            "SELECT CAST(COUNT(*) AS BIGINT) AS found FROM orders WHERE account_id = $1 AND state = 'pending' AND created > $2",
        )
        .bind(account.as_str())
        .bind(since.0)
        .fetch_one(&self.readers)
        .await?;
        count(&row, "found")
    }

    /// The open orders the provider has not told about in time.
    pub(crate) async fn unheard_orders(
        &self,
        now: UtcMillis,
        most: i64,
    ) -> Result<Vec<StoredOrder>, ServiceError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM orders WHERE state = 'pending' AND next_look <= $1 ORDER BY next_look, id LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(now.0).bind(most).fetch_all(&self.readers).await?;
        rows.iter().map(stored).collect()
    }

    /// When an order is to be asked about again; never, when it has been asked about often enough.
    pub(crate) async fn look_again(&self, id: OrderId, at: Option<UtcMillis>) -> Result<(), ServiceError> {
        sqlx::query("UPDATE orders SET looks = looks + 1, next_look = $1 WHERE id = $2")
            .bind(at.map(|at| at.0))
            .bind(id.to_string())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// What a provider knows an account by, from an earlier purchase.
    pub(crate) async fn customer_of(
        &self,
        account: &AccountId,
        provider: PaymentProvider,
        test: bool,
    ) -> Result<Option<String>, ServiceError> {
        let row = sqlx::query(
            "SELECT customer FROM orders WHERE account_id = $1 AND provider = $2 AND test = $3 AND customer IS NOT NULL ORDER BY id DESC LIMIT 1",
        )
        .bind(account.as_str())
        .bind(provider.as_str())
        .bind(i64::from(test))
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }
}

/// An order, within a transaction.
pub(super) async fn within(tx: &mut AnyConnection, id: OrderId) -> Result<Option<StoredOrder>, ServiceError> {
    let sql = format!("SELECT {COLUMNS} FROM orders WHERE id = $1");
    let row = sqlx::query(AssertSqlSafe(sql)).bind(id.to_string()).fetch_optional(tx).await?;
    row.as_ref().map(stored).transpose()
}

/// Moves an order on from one of these states. Its page is of no use any more.
pub(super) async fn moves_on(
    tx: &mut AnyConnection,
    id: OrderId,
    from: &[OrderState],
    to: OrderState,
    now: UtcMillis,
) -> Result<(), ServiceError> {
    for from in from {
        sqlx::query(
            "UPDATE orders SET state = $1, page_address = NULL, next_look = NULL, updated = $2 WHERE id = $3 AND state = $4",
        )
        .bind(name(&to)?)
        .bind(now.0)
        .bind(id.to_string())
        .bind(name(from)?)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Keeps what the provider knows the buyer by.
pub(super) async fn known_as(
    tx: &mut AnyConnection,
    stored: &StoredOrder,
    customer: Option<&str>,
) -> Result<(), ServiceError> {
    let Some(customer) = customer.filter(|_| !stored.is_nobodys()) else { return Ok(()) };
    sqlx::query("UPDATE orders SET customer = $1 WHERE id = $2")
        .bind(customer)
        .bind(stored.order.id.to_string())
        .execute(tx)
        .await?;
    Ok(())
}

fn stored(row: &AnyRow) -> Result<StoredOrder, ServiceError> {
    let valid_days: Option<i64> = row.try_get("valid_days")?;
    Ok(StoredOrder {
        account: read(row, "account_id")?,
        price: row.try_get("price_id")?,
        valid_days: valid_days.and_then(|days| u32::try_from(days).ok()),
        language: row.try_get("language")?,
        page: row.try_get("page_id")?,
        looks: count(row, "looks")?,
        order: Order {
            id: read(row, "id")?,
            plan: read(row, "plan")?,
            name: row.try_get("name")?,
            kind: read(row, "kind")?,
            provider: read(row, "provider")?,
            state: read(row, "state")?,
            credits: MilliCredits(row.try_get("credits")?),
            price: Money { amount: row.try_get("amount")?, currency: read(row, "currency")? },
            test: flag(row, "test")?,
            address: row.try_get("page_address")?,
            created: UtcMillis(row.try_get("created")?),
            updated: UtcMillis(row.try_get("updated")?),
        },
    })
}
