//! Paddle's dialect. It is itself the seller: a transaction is made for an order, paid on a page of ours that loads Paddle's own checkout,
//! and told of when it is completed, the first time of a subscription like all others.
//!
//! Its interface has no keys against repetition, so before a transaction is made again for an order, those that are there are looked through.

use allxone_contract::{PaymentProvider, SubscriptionState, UtcMillis};
use allxone_egress::{Door, PaymentQuestion, Route};
use http::HeaderMap;
use serde_json::{Value, json};
use url::Url;

use super::config::Secret;
use super::reading::{Object, moment};
use super::signature::{Dialect, check};
use super::{
    Asked, Back, Cancel, Counter, Fact, Forged, Link, Notice, Page, Paid, ProviderConfig, Purchase, Standing,
    Standpoint, Till, TillError, Unpaid, safe_address,
};
use crate::ServiceError;

const LIVE: &str = "https://api.paddle.com";
const SANDBOX: &str = "https://sandbox-api.paddle.com";

const SIGNED: Dialect = Dialect {
    header: "paddle-signature",
    divider: ';',
    time: "ts",
    signature: "h1",
    joint: b":",
    tolerance: 300,
};

pub(super) struct Paddle {
    counter: Counter,
    secret: Secret,
    webhook_secrets: Vec<Secret>,
    /// The page that loads Paddle's checkout.
    page: Url,
}

impl Paddle {
    pub(super) fn open(
        config: &ProviderConfig,
        live: bool,
        door: Door,
        page: Url,
    ) -> Result<Self, ServiceError> {
        Ok(Self {
            counter: Counter::open(config, if live { LIVE } else { SANDBOX }, door)?,
            secret: config.secret.clone(),
            webhook_secrets: config.webhook_secrets.clone(),
            page,
        })
    }

    async fn ask(&self, question: PaymentQuestion) -> Result<Value, TillError> {
        self.counter.ask(question.bearer(self.secret.expose())?.version("paddle-version", "1")?).await
    }

    async fn get(&self, route: Route) -> Result<Value, TillError> {
        self.ask(PaymentQuestion::at(route)).await
    }

    /// The newest transaction that was made for an order.
    async fn made_for(&self, order: allxone_contract::OrderId) -> Result<Option<Value>, TillError> {
        let recent = self.get(Route::get("/transactions").query("per_page", 50)).await?;
        let found =
            Object(&recent).list("/data").find(|one| one.order("/custom_data/order_id") == Some(order));
        Ok(found.map(|one| one.0.clone()))
    }
}

fn page_of(transaction: Object<'_>) -> Result<Page, TillError> {
    Ok(Page {
        id: transaction.name("/id").ok_or(TillError::Unread("the transaction's id"))?,
        address: safe_address(transaction.word("/checkout/url"))?,
        expires: None,
    })
}

impl Till for Paddle {
    fn name(&self) -> PaymentProvider {
        PaymentProvider::Paddle
    }

    fn has_portal(&self) -> bool {
        true
    }

    fn checkout<'a>(&'a self, purchase: &'a Purchase) -> Asked<'a, Page> {
        Box::pin(async move {
            if purchase.again
                && let Some(made) = self.made_for(purchase.order).await?
            {
                return page_of(Object(&made));
            }
            let mut body = json!({
                "items": [{ "price_id": purchase.price, "quantity": 1 }],
                "custom_data": { "order_id": purchase.order.to_string() },
                "checkout": { "url": self.page.as_str() },
            });
            if let Some(customer) = &purchase.customer {
                body["customer_id"] = customer.as_str().into();
            }
            let made = self.ask(PaymentQuestion::at(Route::post("/transactions")).json(body)).await?;
            page_of(Object(&made).object("/data").ok_or(TillError::Unread("a transaction"))?)
        })
    }

    fn portal<'a>(
        &'a self,
        customer: &'a str,
        subscription: &'a str,
        _: &'a Url,
    ) -> Asked<'a, Option<String>> {
        Box::pin(async move {
            let route = Route::post("/customers/{id}/portal-sessions").id(customer);
            let body = json!({ "subscription_ids": [subscription] });
            let session = self.ask(PaymentQuestion::at(route).json(body)).await?;
            safe_address(Object(&session).word("/data/urls/general/overview")).map(Some)
        })
    }

    fn cancel<'a>(&'a self, subscription: &'a str, when: Cancel) -> Asked<'a, ()> {
        Box::pin(async move {
            let from = match when {
                Cancel::AtPeriodEnd => "next_billing_period",
                Cancel::Now => "immediately",
            };
            let route = Route::post("/subscriptions/{id}/cancel").id(subscription);
            let question = PaymentQuestion::at(route).json(json!({ "effective_from": from }));
            match self.ask(question).await {
                // It is over already.
                Err(TillError::Status(404)) if when == Cancel::Now => Ok(()),
                other => other.map(|_| ()),
            }
        })
    }

    fn verify(&self, headers: &HeaderMap, raw: &[u8], now: UtcMillis) -> Result<Vec<Notice>, Forged> {
        check(&SIGNED, headers, raw, &self.webhook_secrets, now)?;
        let event: Value = serde_json::from_slice(raw).map_err(|_| Forged)?;
        let event = Object(&event);
        let (Some(id), Some(kind)) = (event.name("/event_id"), event.name("/event_type")) else {
            return Err(Forged);
        };
        let occurred = event.word("/occurred_at").and_then(moment).unwrap_or(now);
        let fact = event.object("/data").and_then(|object| fact(&kind, object, occurred));
        // Its trial world is a world of its own, with secrets of its own.
        Ok(vec![Notice { id, kind, occurred, live: None, fact }])
    }

    fn read_back<'a>(&'a self, asked: Standpoint<'a>) -> Asked<'a, Vec<Fact>> {
        Box::pin(async move {
            let mut facts = Vec::new();
            let mut subscription = asked.subscription.map(str::to_owned);
            if subscription.is_none() {
                let found = match asked.page {
                    Some(page) => {
                        let answer = self.get(Route::get("/transactions/{id}").id(page)).await?;
                        answer.get("data").cloned()
                    }
                    None => self.made_for(asked.order).await?,
                };
                let Some(found) = found else { return Ok(facts) };
                let transaction = Object(&found);
                if transaction.order("/custom_data/order_id") != Some(asked.order) {
                    return Err(TillError::Unread("our order"));
                }
                facts.extend(transaction_fact(transaction, since(transaction)));
                subscription = transaction.name("/subscription_id");
            }
            let Some(subscription) = subscription else { return Ok(facts) };
            let answer = self.get(Route::get("/subscriptions/{id}").id(&subscription)).await?;
            if let Some(found) = Object(&answer).object("/data") {
                facts.extend(subscription_fact(found, since(found)));
            }
            let route = Route::get("/transactions")
                .query("subscription_id", &subscription)
                .query("status", "completed")
                .query("per_page", 5);
            let paid = self.get(route).await?;
            facts.extend(Object(&paid).list("/data").filter_map(|one| transaction_fact(one, since(one))));
            Ok(facts)
        })
    }

    fn bill_of<'a>(&'a self, _: &'a str) -> Asked<'a, Option<Link>> {
        // A refund names the transaction, which is the bill.
        Box::pin(async { Ok(None) })
    }
}

/// Since when it stands so.
fn since(object: Object<'_>) -> UtcMillis {
    object.word("/updated_at").or_else(|| object.word("/created_at")).and_then(moment).unwrap_or_default()
}

/// What an event says. Other events are no concern of ours.
fn fact(kind: &str, object: Object<'_>, at: UtcMillis) -> Option<Fact> {
    match kind {
        "transaction.completed" => transaction_fact(object, at),
        "transaction.canceled" => {
            let order = object.order("/custom_data/order_id")?;
            Some(Fact::Unpaid(Unpaid { order, failed: false }))
        }
        "subscription.created"
        | "subscription.activated"
        | "subscription.updated"
        | "subscription.past_due"
        | "subscription.paused"
        | "subscription.resumed"
        | "subscription.trialing"
        | "subscription.canceled" => subscription_fact(object, at),
        "adjustment.created" | "adjustment.updated" => adjustment_fact(object),
        _ => None,
    }
}

fn transaction_fact(transaction: Object<'_>, at: UtcMillis) -> Option<Fact> {
    let order = transaction.order("/custom_data/order_id")?;
    match transaction.word("/status")? {
        "completed" => {}
        "canceled" => return Some(Fact::Unpaid(Unpaid { order, failed: false })),
        _ => return None,
    }
    let id = transaction.name("/id")?;
    let price = transaction.list("/items").filter_map(|item| item.name("/price")).last();
    Some(Fact::Paid(Paid {
        order,
        key: format!("txn:{id}"),
        payment: Some(id),
        customer: transaction.name("/customer_id"),
        price: transaction.name("/subscription_id").and(price),
        subtotal: transaction.number("/details/totals/subtotal")?,
        total: transaction.number("/details/totals/total")?,
        tax: transaction.number("/details/totals/tax"),
        currency: transaction.currency("/currency_code")?,
        part: transaction.word("/origin") == Some("subscription_update"),
        link: None,
        at: transaction.word("/billed_at").and_then(moment).unwrap_or(at),
    }))
}

fn subscription_fact(object: Object<'_>, at: UtcMillis) -> Option<Fact> {
    let state = match object.word("/status")? {
        "active" | "trialing" => SubscriptionState::Active,
        "past_due" => SubscriptionState::PastDue,
        "paused" => SubscriptionState::Paused,
        "canceled" => SubscriptionState::Ended,
        _ => return None,
    };
    Some(Fact::Subscription(Standing {
        id: object.name("/id")?,
        order: object.order("/custom_data/order_id")?,
        customer: object.name("/customer_id"),
        price: object.list("/items").next().and_then(|item| item.name("/price")),
        state,
        until: object.word("/current_billing_period/ends_at").and_then(moment),
        ends: Some(object.word("/scheduled_change/action") == Some("cancel")),
        at,
    }))
}

fn adjustment_fact(adjustment: Object<'_>) -> Option<Fact> {
    let sign = match adjustment.word("/action")? {
        "refund" | "chargeback" => 1,
        // The money of a chargeback came in again.
        "chargeback_reverse" => -1,
        _ => return None,
    };
    let (stands, rank) = match adjustment.word("/status")? {
        "pending_approval" => (false, 1),
        "approved" => (true, 2),
        "rejected" | "reversed" => (false, 3),
        _ => return None,
    };
    Some(Fact::Back(Back {
        key: format!("adjustment:{}", adjustment.name("/id")?),
        payment: adjustment.name("/transaction_id")?,
        amount: adjustment.number("/totals/total")?.saturating_mul(sign),
        stands,
        rank,
    }))
}
