//! Razorpay's dialect: payment links for packs, subscriptions with a page of their own, messages signed without a time.
//!
//! Because no time is signed, a message may be told again at any time; it is known by the hash of its signed bytes, and what it pays for by
//! the payment's own number. Three messages tell of one payment; the one of the link counts, or the one of the subscription.

use allxone_contract::{BillingPlanKind, OrderId, PaymentProvider, Sha256, SubscriptionState, UtcMillis};
use allxone_egress::{Door, PaymentQuestion, Route};
use http::HeaderMap;
use serde_json::{Value, json};
use url::Url;

use super::config::Secret;
use super::reading::Object;
use super::signature::check_plain;
use super::{
    Asked, Back, Cancel, Counter, Fact, Forged, Link, Notice, Page, Paid, PaymentsError, ProviderConfig,
    Purchase, Standing, Standpoint, Till, TillError, Unpaid, safe_address,
};
use crate::ServiceError;

const USUAL: &str = "https://api.razorpay.com";
const SIGNED: &str = "x-razorpay-signature";
/// How long a link is open.
const OPEN_MILLIS: i64 = 24 * 3_600_000;
/// How many months and years a subscription runs at most; the provider wants a number.
const MONTHS: u32 = 120;
const YEARS: u32 = 10;

pub(super) struct Razorpay {
    counter: Counter,
    key_id: String,
    secret: Secret,
    webhook_secrets: Vec<Secret>,
}

impl Razorpay {
    pub(super) fn open(config: &ProviderConfig, door: Door) -> Result<Self, ServiceError> {
        let key_id = config.key_id.clone();
        let lacks = || PaymentsError::Wrong("razorpay needs its `key_id`.".to_owned());
        Ok(Self {
            counter: Counter::open(config, USUAL, door)?,
            key_id: key_id.ok_or_else(lacks)?,
            secret: config.secret.clone(),
            webhook_secrets: config.webhook_secrets.clone(),
        })
    }

    async fn ask(&self, question: PaymentQuestion) -> Result<Value, TillError> {
        self.counter.ask(question.basic(&self.key_id, self.secret.expose())?).await
    }

    async fn get(&self, route: Route) -> Result<Value, TillError> {
        self.ask(PaymentQuestion::at(route)).await
    }

    /// The payment link that was made for an order.
    async fn link_of(&self, order: OrderId) -> Result<Option<Value>, TillError> {
        let found = self.get(Route::get("/v1/payment_links").query("reference_id", order)).await?;
        Ok(Object(&found).list("/payment_links").next().map(|one| one.0.clone()))
    }

    /// The subscription that was made for an order.
    async fn subscription_of(&self, order: OrderId) -> Result<Option<Value>, TillError> {
        let found = self.get(Route::get("/v1/subscriptions").query("count", 100)).await?;
        let found = Object(&found).list("/items").find(|one| one.order("/notes/order_id") == Some(order));
        Ok(found.map(|one| one.0.clone()))
    }
}

fn page_of(made: Object<'_>, expires: Option<UtcMillis>) -> Result<Page, TillError> {
    Ok(Page {
        id: made.name("/id").ok_or(TillError::Unread("an id"))?,
        address: safe_address(made.word("/short_url"))?,
        expires,
    })
}

impl Till for Razorpay {
    fn name(&self) -> PaymentProvider {
        PaymentProvider::Razorpay
    }

    fn has_portal(&self) -> bool {
        false
    }

    fn checkout<'a>(&'a self, purchase: &'a Purchase) -> Asked<'a, Page> {
        Box::pin(async move {
            let expires = purchase.created.plus(OPEN_MILLIS);
            let made = match (purchase.again, purchase.kind.is_subscription()) {
                (true, false) => self.link_of(purchase.order).await?,
                (true, true) => self.subscription_of(purchase.order).await?,
                (false, _) => None,
            };
            if let Some(made) = made {
                return page_of(Object(&made), Some(expires));
            }
            let (order, until) = (purchase.order.to_string(), expires.0.div_euclid(1_000));
            let question = if purchase.kind.is_subscription() {
                let count = if purchase.kind == BillingPlanKind::Yearly { YEARS } else { MONTHS };
                PaymentQuestion::at(Route::post("/v1/subscriptions")).json(json!({
                    "plan_id": purchase.price, "total_count": count, "quantity": 1, "customer_notify": false, "expire_by": until,
                    "notes": { "order_id": order },
                }))
            } else {
                PaymentQuestion::at(Route::post("/v1/payment_links")).json(json!({
                    "amount": purchase.amount, "currency": purchase.currency, "reference_id": order, "expire_by": until,
                    "notes": { "order_id": order }, "notify": { "sms": false, "email": false },
                    "callback_url": purchase.back.as_str(), "callback_method": "get",
                }))
            };
            page_of(Object(&self.ask(question).await?), Some(expires))
        })
    }

    fn portal<'a>(&'a self, _: &'a str, _: &'a str, _: &'a Url) -> Asked<'a, Option<String>> {
        Box::pin(async { Ok(None) })
    }

    fn cancel<'a>(&'a self, subscription: &'a str, when: Cancel) -> Asked<'a, ()> {
        Box::pin(async move {
            let route = Route::post("/v1/subscriptions/{id}/cancel").id(subscription);
            let at_end = when == Cancel::AtPeriodEnd;
            let question = PaymentQuestion::at(route).json(json!({ "cancel_at_cycle_end": at_end }));
            match self.ask(question).await {
                // It is over already, which is answered as a fault.
                Err(TillError::Status(400 | 404)) if when == Cancel::Now => {
                    let found = self.get(Route::get("/v1/subscriptions/{id}").id(subscription)).await?;
                    let over =
                        matches!(Object(&found).word("/status"), Some("cancelled" | "completed" | "expired"));
                    if over { Ok(()) } else { Err(TillError::Status(400)) }
                }
                other => other.map(|_| ()),
            }
        })
    }

    fn verify(&self, headers: &HeaderMap, raw: &[u8], now: UtcMillis) -> Result<Vec<Notice>, Forged> {
        check_plain(SIGNED, headers, raw, &self.webhook_secrets)?;
        let event: Value = serde_json::from_slice(raw).map_err(|_| Forged)?;
        let event = Object(&event);
        let kind = event.name("/event").ok_or(Forged)?;
        let occurred = event.seconds("/created_at").unwrap_or(now);
        let payload = event.object("/payload").ok_or(Forged)?;
        // The number in its header is not signed; the hash of what is signed cannot be chosen.
        let id = Sha256::of(raw).to_string();
        let mut facts = facts(&kind, payload, occurred).into_iter().peekable();
        if facts.peek().is_none() {
            return Ok(vec![Notice { id, kind, occurred, live: None, fact: None }]);
        }
        let notice = |(at, fact): (usize, Fact)| Notice {
            id: if at == 0 { id.clone() } else { format!("{id}-{at}") },
            kind: kind.clone(),
            occurred,
            live: None,
            fact: Some(fact),
        };
        Ok(facts.enumerate().map(notice).collect())
    }

    fn read_back<'a>(&'a self, asked: Standpoint<'a>) -> Asked<'a, Vec<Fact>> {
        Box::pin(async move {
            let named = asked.subscription.or(asked.page).map(str::to_owned);
            let (link, subscription) = match named {
                Some(id) if id.starts_with("sub_") => (None, Some(id)),
                Some(id) => (Some(self.get(Route::get("/v1/payment_links/{id}").id(id)).await?), None),
                None => (
                    self.link_of(asked.order).await?,
                    self.subscription_of(asked.order).await?.and_then(|found| Object(&found).name("/id")),
                ),
            };
            let mut facts = Vec::new();
            if let Some(link) = link.as_ref().map(Object) {
                if order_of(link) != Some(asked.order) {
                    return Err(TillError::Unread("our order"));
                }
                let at =
                    link.seconds("/updated_at").or_else(|| link.seconds("/created_at")).unwrap_or_default();
                let payment = link.list("/payments").find(|one| one.word("/status") == Some("captured"));
                let payment = payment.and_then(|one| one.name("/payment_id"));
                facts.extend(link_fact(link, payment, None, at));
            }
            let Some(subscription) = subscription else { return Ok(facts) };
            let value = self.get(Route::get("/v1/subscriptions/{id}").id(&subscription)).await?;
            let found = Object(&value);
            let since = ["/created_at", "/current_start", "/ended_at"];
            let at = since.iter().filter_map(|path| found.seconds(path)).max().unwrap_or_default();
            facts.extend(subscription_fact(found, at));
            let invoices =
                self.get(Route::get("/v1/invoices").query("subscription_id", &subscription)).await?;
            for invoice in Object(&invoices).list("/items").filter(|one| one.word("/status") == Some("paid"))
            {
                let at = invoice.seconds("/paid_at").unwrap_or(at);
                facts.extend(charged_fact(found, invoice, invoice.name("/payment_id"), at));
            }
            Ok(facts)
        })
    }

    fn bill_of<'a>(&'a self, _: &'a str) -> Asked<'a, Option<Link>> {
        // A refund names the payment, which is the bill.
        Box::pin(async { Ok(None) })
    }
}

fn order_of(object: Object<'_>) -> Option<OrderId> {
    object.order("/notes/order_id").or_else(|| object.order("/reference_id"))
}

/// What a message says. Other messages are no concern of ours.
fn facts(kind: &str, payload: Object<'_>, at: UtcMillis) -> Vec<Fact> {
    let link = payload.object("/payment_link/entity");
    let subscription = payload.object("/subscription/entity");
    let payment = payload.object("/payment/entity");
    let standing = || subscription.and_then(|found| subscription_fact(found, at));
    let facts = match kind {
        "payment_link.paid" => {
            let paid = payment.and_then(|payment| payment.name("/id"));
            let customer = payment.and_then(|payment| payment.name("/customer_id"));
            [link.and_then(|link| link_fact(link, paid, customer, at)), None]
        }
        "payment_link.expired" | "payment_link.cancelled" => {
            [link.and_then(|link| link_fact(link, None, None, at)), None]
        }
        "subscription.charged" => {
            let both = subscription.zip(payment);
            [
                both.and_then(|(found, payment)| charged_fact(found, payment, payment.name("/id"), at)),
                standing(),
            ]
        }
        "subscription.authenticated"
        | "subscription.activated"
        | "subscription.pending"
        | "subscription.halted"
        | "subscription.cancelled"
        | "subscription.completed"
        | "subscription.paused"
        | "subscription.resumed"
        | "subscription.updated" => [standing(), None],
        "refund.created" | "refund.processed" | "refund.failed" => {
            [payload.object("/refund/entity").and_then(refund_fact), None]
        }
        "payment.dispute.created"
        | "payment.dispute.won"
        | "payment.dispute.lost"
        | "payment.dispute.closed"
        | "payment.dispute.under_review"
        | "payment.dispute.action_required" => {
            [payload.object("/dispute/entity").and_then(dispute_fact), None]
        }
        _ => [None, None],
    };
    facts.into_iter().flatten().collect()
}

/// A link that is paid, or will not be.
fn link_fact(
    link: Object<'_>,
    payment: Option<String>,
    customer: Option<String>,
    at: UtcMillis,
) -> Option<Fact> {
    let order = order_of(link)?;
    match link.word("/status")? {
        "paid" => {}
        "expired" | "cancelled" => return Some(Fact::Unpaid(Unpaid { order, failed: false })),
        _ => return None,
    }
    let (payment, total) = (payment?, link.number("/amount_paid")?);
    Some(Fact::Paid(Paid {
        order,
        key: format!("payment:{payment}"),
        payment: Some(payment),
        customer,
        price: None,
        subtotal: total,
        total,
        tax: None,
        currency: link.currency("/currency")?,
        part: false,
        link: None,
        at,
    }))
}

/// A month or year of a subscription that is paid; `bill` is the payment or the invoice, which name amount and currency alike.
fn charged_fact(
    subscription: Object<'_>,
    bill: Object<'_>,
    payment: Option<String>,
    at: UtcMillis,
) -> Option<Fact> {
    let (payment, total) = (payment?, bill.number("/amount")?);
    Some(Fact::Paid(Paid {
        order: subscription.order("/notes/order_id")?,
        key: format!("payment:{payment}"),
        payment: Some(payment),
        customer: subscription.name("/customer_id"),
        price: Some(subscription.name("/plan_id")?),
        subtotal: total,
        total,
        tax: None,
        currency: bill.currency("/currency")?,
        part: false,
        link: None,
        at,
    }))
}

fn subscription_fact(object: Object<'_>, at: UtcMillis) -> Option<Fact> {
    let state = match object.word("/status")? {
        "created" | "authenticated" => SubscriptionState::Starting,
        "active" => SubscriptionState::Active,
        "pending" | "halted" => SubscriptionState::PastDue,
        "paused" => SubscriptionState::Paused,
        "cancelled" | "completed" | "expired" => SubscriptionState::Ended,
        _ => return None,
    };
    Some(Fact::Subscription(Standing {
        id: object.name("/id")?,
        order: object.order("/notes/order_id")?,
        customer: object.name("/customer_id"),
        price: object.name("/plan_id"),
        state,
        until: object.seconds("/current_end"),
        // It does not tell; that it was cancelled here is known here.
        ends: None,
        at,
    }))
}

fn refund_fact(refund: Object<'_>) -> Option<Fact> {
    let (stands, rank) = match refund.word("/status")? {
        "pending" => (false, 1),
        "processed" => (true, 2),
        "failed" => (false, 3),
        _ => return None,
    };
    Some(Fact::Back(Back {
        key: format!("refund:{}", refund.name("/id")?),
        payment: refund.name("/payment_id")?,
        amount: refund.number("/amount")?,
        stands,
        rank,
    }))
}

fn dispute_fact(dispute: Object<'_>) -> Option<Fact> {
    let (stands, rank) = match dispute.word("/status")? {
        "open" | "under_review" => (true, 2),
        "lost" => (true, 3),
        "won" | "closed" => (false, 3),
        _ => return None,
    };
    Some(Fact::Back(Back {
        key: format!("dispute:{}", dispute.name("/id")?),
        payment: dispute.name("/payment_id")?,
        amount: dispute.number("/amount")?,
        stands,
        rank,
    }))
}
