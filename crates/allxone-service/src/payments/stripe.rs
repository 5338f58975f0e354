//! Stripe's dialect: Checkout for packs and subscriptions, the customer portal, signed events.
//!
//! Credits are granted once for each thing that is paid: a pack by its order, when its session is paid or its later payment succeeds; a
//! subscription by each invoice, the first one like the others, and never by the session besides. Every object is read by the same
//! functions, whether an event brought it or it was asked for.

use allxone_contract::{OrderId, PaymentProvider, SubscriptionState, UtcMillis};
use allxone_egress::{Door, PaymentQuestion, Route};
use http::HeaderMap;
use serde_json::Value;
use url::Url;

use super::config::Secret;
use super::reading::Object;
use super::signature::{Dialect, check};
use super::{
    Asked, Back, Cancel, Counter, Fact, Forged, Link, Notice, Page, Paid, ProviderConfig, Purchase, Standing,
    Standpoint, Till, TillError, Unpaid, safe_address,
};
use crate::ServiceError;

/// The version this was written for.
const VERSION: &str = "2026-10-28.endive";
const USUAL: &str = "https://api.stripe.com";
/// How long a page to pay at is open. The provider allows a day; an hour less leaves room for asking again.
const OPEN_MILLIS: i64 = 23 * 3_600_000;

const SIGNED: Dialect = Dialect {
    header: "stripe-signature",
    divider: ',',
    time: "t",
    signature: "v1",
    joint: b".",
    tolerance: 300,
};

pub(super) struct Stripe {
    counter: Counter,
    secret: Secret,
    webhook_secrets: Vec<Secret>,
}

impl Stripe {
    pub(super) fn open(config: &ProviderConfig, door: Door) -> Result<Self, ServiceError> {
        Ok(Self {
            counter: Counter::open(config, USUAL, door)?,
            secret: config.secret.clone(),
            webhook_secrets: config.webhook_secrets.clone(),
        })
    }

    async fn ask(&self, question: PaymentQuestion) -> Result<Value, TillError> {
        let question = question.bearer(self.secret.expose())?.version("stripe-version", VERSION)?;
        self.counter.ask(question).await
    }

    async fn get(&self, route: Route) -> Result<Value, TillError> {
        self.ask(PaymentQuestion::at(route)).await
    }
}

impl Till for Stripe {
    fn name(&self) -> PaymentProvider {
        PaymentProvider::Stripe
    }

    fn has_portal(&self) -> bool {
        true
    }

    fn checkout<'a>(&'a self, purchase: &'a Purchase) -> Asked<'a, Page> {
        Box::pin(async move {
            let order = purchase.order.to_string();
            let expires = purchase.created.plus(OPEN_MILLIS);
            let mut form = vec![
                ("line_items[0][price]", purchase.price.clone()),
                ("line_items[0][quantity]", "1".to_owned()),
                ("client_reference_id", order.clone()),
                ("metadata[order_id]", order.clone()),
                ("success_url", purchase.back.to_string()),
                ("cancel_url", purchase.back.to_string()),
                ("expires_at", expires.0.div_euclid(1_000).to_string()),
            ];
            if purchase.kind.is_subscription() {
                form.push(("mode", "subscription".to_owned()));
                form.push(("subscription_data[metadata][order_id]", order.clone()));
            } else {
                form.push(("mode", "payment".to_owned()));
                form.push(("payment_intent_data[metadata][order_id]", order.clone()));
            }
            match &purchase.customer {
                Some(customer) => form.push(("customer", customer.clone())),
                None if !purchase.kind.is_subscription() => {
                    form.push(("customer_creation", "always".to_owned()))
                }
                None => {}
            }
            if purchase.automatic_tax {
                form.push(("automatic_tax[enabled]", "true".to_owned()));
            }
            let question = PaymentQuestion::at(Route::post("/v1/checkout/sessions")).form(form);
            let session = self.ask(question.once(&format!("order-{order}"))?).await?;
            let session = Object(&session);
            Ok(Page {
                id: session.name("/id").ok_or(TillError::Unread("the session's id"))?,
                address: safe_address(session.word("/url"))?,
                expires: session.seconds("/expires_at").or(Some(expires)),
            })
        })
    }

    fn portal<'a>(&'a self, customer: &'a str, _: &'a str, back: &'a Url) -> Asked<'a, Option<String>> {
        Box::pin(async move {
            let form = vec![("customer", customer.to_owned()), ("return_url", back.to_string())];
            let session =
                self.ask(PaymentQuestion::at(Route::post("/v1/billing_portal/sessions")).form(form)).await?;
            safe_address(Object(&session).word("/url")).map(Some)
        })
    }

    fn cancel<'a>(&'a self, subscription: &'a str, when: Cancel) -> Asked<'a, ()> {
        Box::pin(async move {
            let question = match when {
                Cancel::AtPeriodEnd => {
                    PaymentQuestion::at(Route::post("/v1/subscriptions/{id}").id(subscription))
                        .form(vec![("cancel_at_period_end", "true".to_owned())])
                }
                Cancel::Now => PaymentQuestion::at(Route::delete("/v1/subscriptions/{id}").id(subscription)),
            };
            match self.ask(question).await {
                // It is gone already.
                Err(TillError::Status(404)) if when == Cancel::Now => Ok(()),
                other => other.map(|_| ()),
            }
        })
    }

    fn verify(&self, headers: &HeaderMap, raw: &[u8], now: UtcMillis) -> Result<Vec<Notice>, Forged> {
        check(&SIGNED, headers, raw, &self.webhook_secrets, now)?;
        let event: Value = serde_json::from_slice(raw).map_err(|_| Forged)?;
        let event = Object(&event);
        let (Some(id), Some(kind)) = (event.name("/id"), event.name("/type")) else { return Err(Forged) };
        let occurred = event.seconds("/created").unwrap_or(now);
        let fact = event.object("/data/object").and_then(|object| fact(&kind, object, occurred));
        let live = event.at("/livemode").and_then(Value::as_bool);
        Ok(vec![Notice { id, kind, occurred, live, fact }])
    }

    fn read_back<'a>(&'a self, asked: Standpoint<'a>) -> Asked<'a, Vec<Fact>> {
        Box::pin(async move {
            let mut facts = Vec::new();
            let mut subscription = asked.subscription.map(str::to_owned);
            // Without a session nothing can have been paid.
            if let (None, Some(page)) = (&subscription, asked.page) {
                let value = self.get(Route::get("/v1/checkout/sessions/{id}").id(page)).await?;
                let session = Object(&value);
                if order_of(session) != Some(asked.order) {
                    return Err(TillError::Unread("our order"));
                }
                facts.extend(session_fact(session, session.seconds("/created").unwrap_or_default()));
                subscription = session.name("/subscription");
            }
            let Some(subscription) = subscription else { return Ok(facts) };
            let value = self.get(Route::get("/v1/subscriptions/{id}").id(subscription)).await?;
            let found = Object(&value);
            // Asked now, but it stands so since one of these moments: what an event told later must win.
            let since = ["/created", "/items/data/0/current_period_start", "/canceled_at", "/ended_at"];
            let at = since.iter().filter_map(|path| found.seconds(path)).max().unwrap_or_default();
            facts.extend(subscription_fact(found, at));
            if let Some(invoice) = found.name("/latest_invoice") {
                let route = Route::get("/v1/invoices/{id}").id(invoice).query("expand[]", "payments");
                facts.extend(invoice_fact(Object(&self.get(route).await?), at));
            }
            Ok(facts)
        })
    }

    fn bill_of<'a>(&'a self, payment: &'a str) -> Asked<'a, Option<Link>> {
        Box::pin(async move {
            let route = Route::get("/v1/invoice_payments")
                .query("payment[type]", "payment_intent")
                .query("payment[payment_intent]", payment);
            let list = self.get(route).await?;
            Ok(Object(&list).list("/data").next().and_then(link))
        })
    }
}

/// What an event says. Other events are no concern of ours.
fn fact(kind: &str, object: Object<'_>, at: UtcMillis) -> Option<Fact> {
    match kind {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => session_fact(object, at),
        "checkout.session.async_payment_failed" => {
            order_of(object).map(|order| Fact::Unpaid(Unpaid { order, failed: true }))
        }
        "checkout.session.expired" => {
            order_of(object).map(|order| Fact::Unpaid(Unpaid { order, failed: false }))
        }
        "invoice.paid" => invoice_fact(object, at),
        "invoice_payment.paid" => link(object).map(Fact::Link),
        "customer.subscription.created"
        | "customer.subscription.updated"
        | "customer.subscription.deleted"
        | "customer.subscription.paused"
        | "customer.subscription.resumed" => subscription_fact(object, at),
        "refund.created" | "refund.updated" | "refund.failed" => refund_fact(object),
        "charge.dispute.created"
        | "charge.dispute.updated"
        | "charge.dispute.closed"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => dispute_fact(object),
        _ => None,
    }
}

fn order_of(object: Object<'_>) -> Option<OrderId> {
    object.order("/metadata/order_id").or_else(|| object.order("/client_reference_id"))
}

/// A session of a pack that is paid, or one that ran out. A subscription is paid by invoice.
fn session_fact(session: Object<'_>, at: UtcMillis) -> Option<Fact> {
    let order = order_of(session)?;
    if session.word("/status") == Some("expired") {
        return Some(Fact::Unpaid(Unpaid { order, failed: false }));
    }
    let paid = matches!(session.word("/payment_status"), Some("paid" | "no_payment_required"));
    if session.word("/mode") != Some("payment") || !paid {
        return None;
    }
    Some(Fact::Paid(Paid {
        order,
        key: format!("order:{order}"),
        payment: session.name("/payment_intent"),
        customer: session.name("/customer"),
        price: None,
        subtotal: session.number("/amount_subtotal")?,
        total: session.number("/amount_total")?,
        tax: session.number("/total_details/amount_tax"),
        currency: session.currency("/currency")?,
        part: false,
        link: None,
        at,
    }))
}

/// An invoice of a subscription that is paid.
fn invoice_fact(invoice: Object<'_>, at: UtcMillis) -> Option<Fact> {
    if invoice.word("/status") != Some("paid") {
        return None;
    }
    let of = invoice.object("/parent/subscription_details")?;
    let (subtotal, total) = (invoice.number("/subtotal")?, invoice.number("/total")?);
    let taxes =
        invoice.list("/total_taxes").filter_map(|tax| tax.number("/amount")).reduce(|sum, tax| sum + tax);
    // Of a change of plan in the middle of a period, the line of the new plan comes last.
    let price =
        invoice.list("/lines/data").filter_map(|line| line.name("/pricing/price_details/price")).last();
    Some(Fact::Paid(Paid {
        order: of.order("/metadata/order_id")?,
        key: format!("invoice:{}", invoice.name("/id")?),
        payment: invoice.list("/payments/data").find_map(|one| one.name("/payment/payment_intent")),
        customer: invoice.name("/customer"),
        price: Some(price?),
        subtotal,
        total,
        tax: taxes,
        currency: invoice.currency("/currency")?,
        part: !matches!(invoice.word("/billing_reason"), Some("subscription_create" | "subscription_cycle")),
        link: invoice.link("/hosted_invoice_url"),
        at: invoice.seconds("/status_transitions/paid_at").unwrap_or(at),
    }))
}

/// Which invoice a payment is for.
fn link(object: Object<'_>) -> Option<Link> {
    let payment = object.name("/payment/payment_intent")?;
    object.name("/invoice").map(|invoice| Link { key: format!("invoice:{invoice}"), payment })
}

fn subscription_fact(object: Object<'_>, at: UtcMillis) -> Option<Fact> {
    let state = match object.word("/status")? {
        "incomplete" => SubscriptionState::Starting,
        "active" | "trialing" => SubscriptionState::Active,
        "past_due" | "unpaid" => SubscriptionState::PastDue,
        "paused" => SubscriptionState::Paused,
        "canceled" | "incomplete_expired" => SubscriptionState::Ended,
        _ => return None,
    };
    let item = object.list("/items/data").next();
    Some(Fact::Subscription(Standing {
        id: object.name("/id")?,
        order: object.order("/metadata/order_id")?,
        customer: object.name("/customer"),
        price: item.and_then(|item| item.name("/price")),
        state,
        until: item.and_then(|item| item.seconds("/current_period_end")),
        ends: Some(object.yes("/cancel_at_period_end") || object.at("/cancel_at").is_some()),
        at,
    }))
}

fn refund_fact(refund: Object<'_>) -> Option<Fact> {
    // A refund that had succeeded may fail later, and nothing follows that.
    let (stands, rank) = match refund.word("/status")? {
        "pending" | "requires_action" => (false, 1),
        "succeeded" => (true, 2),
        "failed" | "canceled" => (false, 3),
        _ => return None,
    };
    Some(Fact::Back(Back {
        key: format!("refund:{}", refund.name("/id")?),
        payment: refund.name("/payment_intent")?,
        amount: refund.number("/amount")?,
        stands,
        rank,
    }))
}

fn dispute_fact(dispute: Object<'_>) -> Option<Fact> {
    let (stands, rank) = match dispute.word("/status")? {
        // An inquiry: no money has moved.
        "warning_needs_response" | "warning_under_review" | "warning_closed" => (false, 1),
        "needs_response" | "under_review" => (true, 2),
        "lost" => (true, 3),
        "won" | "prevented" => (false, 3),
        _ => return None,
    };
    Some(Fact::Back(Back {
        key: format!("dispute:{}", dispute.name("/id")?),
        payment: dispute.name("/payment_intent")?,
        amount: dispute.number("/amount")?,
        stands,
        rank,
    }))
}
