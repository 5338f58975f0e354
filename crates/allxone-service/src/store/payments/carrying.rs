//! Carrying out what was told: one message, one transaction, and the credits in it.

use std::collections::BTreeMap;

use allxone_contract::{
    AccountId, BillingReceiptId, MilliCredits, OrderState, PaymentProvider, TaxWording, UtcMillis,
};
use sqlx::{AnyConnection, Row};

use super::orders::{self, StoredOrder, known_as, moves_on};
use super::subscriptions;
use crate::ServiceError;
use crate::payments::{Aside, Back, Fact, Offer, Paid, Payments, Unpaid};
use crate::store::Store;
use crate::store::credits::{Grant, Reversal, Source, grant, reverse};
use crate::store::rows::{from_json, read};

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carried {
    /// It was carried out.
    Done,
    /// It was before, or somebody else is at it.
    Before,
    /// It is about nothing of ours, or does not fit what was ordered; nothing followed from it.
    Refused(&'static str),
}

const DAY: i64 = 24 * 3_600_000;

impl Store {
    /// Carries out one message that was told, once.
    ///
    /// # Errors
    /// When the database fails; the message waits then.
    pub(crate) async fn carry_out(
        &self,
        payments: &Payments,
        provider: PaymentProvider,
        notice: &str,
        now: UtcMillis,
    ) -> Result<Carried, ServiceError> {
        let mut tx = self.begin().await?;
        let row =
            sqlx::query("SELECT fact, aside FROM payment_notices WHERE provider = $1 AND notice_id = $2")
                .bind(provider.as_str())
                .bind(notice)
                .fetch_optional(&mut *tx)
                .await?;
        let taken = sqlx::query(
            "UPDATE payment_notices SET state = 'done', aside = NULL WHERE provider = $1 AND notice_id = $2 AND state = 'new'",
        )
        .bind(provider.as_str())
        .bind(notice)
        .execute(&mut *tx)
        .await?;
        let Some(row) = row.filter(|_| taken.rows_affected() == 1) else { return Ok(Carried::Before) };
        let fact: Fact = from_json(&row.try_get::<String, _>("fact")?, "fact")?;
        let aside = row.try_get::<Option<String>, _>("aside")?.map(|text| from_json::<Aside>(&text, "aside"));
        let fact = fact.with(aside.transpose()?.unwrap_or_default());
        let at = Place { payments, provider, now };
        let refused = match at.carry(&mut tx, &fact).await {
            Ok(None) => {
                tx.commit().await?;
                return Ok(Carried::Done);
            }
            Ok(Some(why)) => why,
            Err(ServiceError::Record(what)) => what,
            Err(error) => return Err(error),
        };
        // Nothing of it stays but that it was refused.
        tx.rollback().await?;
        let refusing = sqlx::query(
            "UPDATE payment_notices SET state = 'refused', aside = NULL WHERE provider = $1 AND notice_id = $2 AND state = 'new'",
        )
        .bind(provider.as_str())
        .bind(notice);
        self.execute(refusing).await?;
        Ok(Carried::Refused(refused))
    }
}

/// Where a fact is carried out.
struct Place<'a> {
    payments: &'a Payments,
    provider: PaymentProvider,
    now: UtcMillis,
}

/// What is granted for a payment.
struct Due {
    credits: MilliCredits,
    name: String,
    expires: Option<UtcMillis>,
}

impl Place<'_> {
    /// Carries a fact out; answers why not where it does not fit.
    async fn carry(&self, tx: &mut AnyConnection, fact: &Fact) -> Result<Option<&'static str>, ServiceError> {
        match fact {
            Fact::Paid(paid) => self.paid(tx, paid).await,
            Fact::Unpaid(Unpaid { order, failed }) => {
                let Some(stored) = self.ordered(tx, *order).await? else { return Ok(Some("unknown_order")) };
                use OrderState::{Expired, Failed, Pending};
                let (from, to): (&[_], _) =
                    if *failed { (&[Pending, Expired], Failed) } else { (&[Pending], Expired) };
                moves_on(tx, stored.order.id, from, to, self.now).await?;
                Ok(None)
            }
            Fact::Back(Back { payment, .. }) => {
                for bill in self.bills_of(tx, payment).await? {
                    self.settle(tx, &bill).await?;
                }
                Ok(None)
            }
            Fact::Link(link) => {
                self.settle(tx, &link.key).await?;
                Ok(None)
            }
            Fact::Subscription(standing) => {
                let Some(stored) = self.ordered(tx, standing.order).await? else {
                    return Ok(Some("unknown_order"));
                };
                if !stored.order.kind.is_subscription() {
                    return Ok(Some("no_subscription"));
                }
                known_as(tx, &stored, standing.customer.as_deref()).await?;
                subscriptions::stands(tx, &stored, standing, self.now).await?;
                Ok(None)
            }
        }
    }

    /// The order, if it is one of this provider.
    async fn ordered(
        &self,
        tx: &mut AnyConnection,
        id: allxone_contract::OrderId,
    ) -> Result<Option<StoredOrder>, ServiceError> {
        let stored = orders::within(tx, id).await?;
        let here = |stored: &StoredOrder| {
            stored.order.provider == self.provider && stored.order.test != self.payments.live
        };
        Ok(stored.filter(here))
    }

    /// What a payment brings, when it fits what was ordered.
    fn due(&self, stored: &StoredOrder, paid: &Paid) -> Result<Due, &'static str> {
        let order = &stored.order;
        if order.kind.is_subscription() != paid.price.is_some() {
            return Err("other_kind");
        }
        let bought = paid.price.as_deref().unwrap_or(&stored.price);
        let included = self
            .payments
            .offer_of(self.provider, bought)
            .is_some_and(|offer| offer.plan.tax == TaxWording::Included);
        // Where tax is part of the price, one provider names the price as the sum, another as what is before tax.
        let same = |price: i64| paid.subtotal == price || (included && paid.total == price);
        let (credits, price, name, days) = match &paid.price {
            None => (order.credits, &order.price, order.name.clone(), stored.valid_days),
            // The plan of a subscription can be changed at the provider; it must be one of ours all the same.
            Some(id) if *id == stored.price => {
                (order.credits, &order.price, order.name.clone(), stored.valid_days)
            }
            Some(id) => {
                let offer: &Offer = self.payments.offer_of(self.provider, id).ok_or("unknown_price")?;
                let plan = &offer.plan;
                (plan.credits, &plan.price, plan.name.clone(), plan.valid_days)
            }
        };
        if price.currency.as_str() != paid.currency {
            return Err("other_currency");
        }
        let credits = if paid.part {
            // A change in the middle of a period pays for a part of it, and brings that part.
            share(credits, paid.subtotal.clamp(0, price.amount), price.amount)
        } else if same(price.amount) {
            credits
        } else {
            return Err("other_amount");
        };
        let expires = days.map(|days| paid.at.plus(i64::from(days).saturating_mul(DAY)));
        Ok(Due { credits, name, expires })
    }

    async fn paid(&self, tx: &mut AnyConnection, paid: &Paid) -> Result<Option<&'static str>, ServiceError> {
        let Some(stored) = self.ordered(tx, paid.order).await? else { return Ok(Some("unknown_order")) };
        let due = match self.due(&stored, paid) {
            Ok(due) => due,
            Err(why) => return Ok(Some(why)),
        };
        known_as(tx, &stored, paid.customer.as_deref()).await?;
        let new = sqlx::query(
            "INSERT INTO payments (provider, bill, receipt_id, order_id, account_id, name, credits, subtotal, total, tax, currency, reference, link,
                test, language, paid, taken, adjustments, mail_state, mail_due, mail_tries)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0, 'due', $17, 0) ON CONFLICT DO NOTHING",
        )
        .bind(self.provider.as_str())
        .bind(paid.key.as_str())
        .bind(BillingReceiptId::new().to_string())
        .bind(stored.order.id.to_string())
        .bind(stored.account.as_str())
        .bind(due.name.as_str())
        .bind(due.credits.0)
        .bind(paid.subtotal)
        .bind(paid.total)
        .bind(paid.tax)
        .bind(paid.currency.as_str())
        .bind(paid.payment.clone().unwrap_or_else(|| paid.key.clone()))
        .bind(paid.link.as_deref().filter(|_| !stored.is_nobodys()))
        .bind(i64::from(stored.order.test))
        .bind(stored.language.as_str())
        .bind(paid.at.0)
        .bind(self.now.0)
        .execute(&mut *tx)
        .await?;
        if new.rows_affected() == 1 && due.credits.0 > 0 {
            let key = format!("{}:{}", self.provider, paid.key);
            let new = Grant {
                account: &stored.account,
                amount: due.credits,
                source: Source::Provider(self.provider.as_str()),
                key: &key,
                expires: due.expires,
                note: Some(&due.name),
                now: self.now,
            };
            grant(tx, new).await?;
        }
        use OrderState::{Expired, Failed, Pending};
        moves_on(tx, stored.order.id, &[Pending, Expired, Failed], OrderState::Paid, self.now).await?;
        self.settle(tx, &paid.key).await?;
        Ok(None)
    }

    /// The bills a payment is for.
    async fn bills_of(&self, tx: &mut AnyConnection, payment: &str) -> Result<Vec<String>, ServiceError> {
        let rows = sqlx::query(
            "SELECT DISTINCT bill FROM payment_notices WHERE provider = $1 AND payment = $2 AND bill IS NOT NULL ORDER BY bill",
        )
        .bind(self.provider.as_str())
        .bind(payment)
        .fetch_all(tx)
        .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// What of a bill is away from us, by everything that was told of its payments.
    async fn away(&self, tx: &mut AnyConnection, bill: &str) -> Result<i64, ServiceError> {
        let rows = sqlx::query(
            "SELECT fact FROM payment_notices WHERE provider = $1 AND bill IS NULL AND fact IS NOT NULL AND payment IN (
                SELECT payment FROM payment_notices WHERE provider = $2 AND bill = $3 AND payment IS NOT NULL)",
        )
        .bind(self.provider.as_str())
        .bind(self.provider.as_str())
        .bind(bill)
        .fetch_all(tx)
        .await?;
        let mut latest: BTreeMap<String, (u8, bool, i64)> = BTreeMap::new();
        for row in &rows {
            if let Fact::Back(back) = from_json(&row.try_get::<String, _>(0)?, "fact")? {
                let told = (back.rank, back.stands, back.amount);
                let known = latest.entry(back.key).or_insert(told);
                *known = (*known).max(told);
            }
        }
        let standing = latest.values().filter(|(_, stands, _)| *stands);
        Ok(standing.fold(0, |sum: i64, (.., amount)| sum.saturating_add(*amount)).max(0))
    }

    /// Brings the credits of a bill in line with what of its money is away. Does nothing when they are.
    async fn settle(&self, tx: &mut AnyConnection, bill: &str) -> Result<(), ServiceError> {
        let row = sqlx::query(
            "SELECT order_id, account_id, name, credits, total, taken, adjustments FROM payments WHERE provider = $1 AND bill = $2",
        )
        .bind(self.provider.as_str())
        .bind(bill)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else { return Ok(()) };
        let (total, taken): (i64, i64) = (row.try_get("total")?, row.try_get("taken")?);
        let credits = MilliCredits(row.try_get("credits")?);
        let target = share(credits, self.away(tx, bill).await?.min(total), total);
        let difference = target.0.saturating_sub(taken);
        if difference == 0 {
            return Ok(());
        }
        let account: AccountId = read(&row, "account_id")?;
        let (source, note) = (Source::Provider(self.provider.as_str()), row.try_get::<String, _>("name")?);
        let count = row.try_get::<i64, _>("adjustments")?.saturating_add(1);
        let of = format!("{}:{bill}", self.provider);
        let key = format!("{of}:back:{count}");
        let amount = MilliCredits(difference.saturating_abs());
        let (account, now) = (&account, self.now);
        if difference > 0 {
            reverse(tx, Reversal { account, amount, source, key: &key, of: &of, note: Some(&note), now })
                .await?;
        } else {
            grant(tx, Grant { account, amount, source, key: &key, expires: None, note: Some(&note), now })
                .await?;
        }
        sqlx::query("UPDATE payments SET taken = $1, adjustments = $2 WHERE provider = $3 AND bill = $4")
            .bind(target.0)
            .bind(count)
            .bind(self.provider.as_str())
            .bind(bill)
            .execute(&mut *tx)
            .await?;
        let order: allxone_contract::OrderId = read(&row, "order_id")?;
        let pack =
            orders::within(tx, order).await?.is_some_and(|stored| !stored.order.kind.is_subscription());
        if pack {
            use OrderState::{Paid, PartlyRefunded, Refunded};
            let state = match target.0 {
                0 => Paid,
                all if all == credits.0 => Refunded,
                _ => PartlyRefunded,
            };
            moves_on(tx, order, &[Paid, PartlyRefunded, Refunded], state, now).await?;
        }
        Ok(())
    }
}

/// `credits × part ÷ whole`, rounded down; nothing of a whole that is none.
fn share(credits: MilliCredits, part: i64, whole: i64) -> MilliCredits {
    if whole <= 0 {
        return MilliCredits::FREE;
    }
    let exact = i128::from(credits.0) * i128::from(part.max(0)) / i128::from(whole);
    MilliCredits(i64::try_from(exact).unwrap_or(i64::MAX))
}
