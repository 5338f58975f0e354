//! Stripe: Checkout sessions, the customer portal, subscriptions, invoices, refunds and disputes, and events signed as it signs them.

mod routes;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{CARD, EMAIL, Event, LAST_DIGITS, NAME, STREET, World, fresh, signature};
use crate::served::Served;

/// The key this shop is known by; of no use anywhere.
pub const KEY: &str = "sk_test_of_no_use_anywhere";
/// What events are signed with; of no use anywhere.
pub const WEBHOOK_SECRET: &str = "whsec_of_no_use_anywhere";
/// The version of events.
pub const VERSION: &str = "2026-10-28.endive";
const MONTH: i64 = 30 * 24 * 3_600;

/// A price of the shop.
#[derive(Clone, Debug)]
pub struct Price {
    /// In the smallest unit.
    pub amount: i64,
    /// Small letters.
    pub currency: &'static str,
    /// Whether it is paid again and again.
    pub recurring: bool,
}

/// Stripe on loopback. Dropping it ends it.
pub struct Stripe {
    world: Arc<World<Shop>>,
    served: Served,
}

#[derive(Default)]
struct Shop {
    prices: HashMap<String, Price>,
    /// Every object by its id.
    objects: BTreeMap<String, Value>,
    /// Answers by idempotency key, with what was asked.
    answered: HashMap<String, (String, Value)>,
    secrets: Vec<String>,
    asked: Vec<(String, String)>,
    /// Requests that are carried out and whose answer is lost.
    lose: usize,
    /// Requests that fail.
    fail: usize,
    live: bool,
    tax: i64,
}

type Shared = State<Arc<World<Shop>>>;

impl Stripe {
    /// A shop with these prices.
    pub async fn start(prices: &[(&str, Price)]) -> Self {
        let prices = prices.iter().map(|(id, price)| ((*id).to_owned(), price.clone())).collect();
        let shop = Shop { prices, secrets: vec![WEBHOOK_SECRET.to_owned()], ..Shop::default() };
        let world = World::of(shop);
        let state = Arc::clone(&world);
        let served = Served::start(|_| {
            Router::new()
                .route("/v1/checkout/sessions", post(routes::create_session))
                .route("/v1/checkout/sessions/{id}", get(routes::object))
                .route("/v1/checkout/sessions/{id}/expire", post(routes::expire_session))
                .route("/v1/billing_portal/sessions", post(routes::create_portal))
                .route(
                    "/v1/subscriptions/{id}",
                    get(routes::object).post(routes::update_subscription).delete(routes::cancel_subscription),
                )
                .route("/v1/invoices/{id}", get(routes::object))
                .route("/v1/invoice_payments", get(routes::invoice_payments))
                .fallback(routes::nothing)
                .with_state(state)
        })
        .await;
        Self { world, served }
    }

    /// Where its interface is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// Lets time go on.
    pub fn advance(&self, seconds: i64) {
        self.world.clock.advance(seconds);
    }

    /// Signs with these secrets from now on, as while one replaces another.
    pub fn sign_with(&self, secrets: &[&str]) {
        self.shop().secrets = secrets.iter().map(|one| (*one).to_owned()).collect();
    }

    /// Says of everything that money moved, or that it did not.
    pub fn is_live(&self, live: bool) {
        self.shop().live = live;
    }

    /// Adds so much tax to everything that is paid.
    pub fn adds_tax(&self, tax: i64) {
        self.shop().tax = tax;
    }

    /// Carries out the next requests and loses their answers.
    pub fn loses(&self, answers: usize) {
        self.shop().lose = answers;
    }

    /// Fails at the next requests.
    pub fn fails(&self, requests: usize) {
        self.shop().fail = requests;
    }

    /// What was asked: method and path, and the form.
    pub fn asked(&self) -> Vec<(String, String)> {
        self.shop().asked.clone()
    }

    /// An object by its id.
    pub fn object(&self, id: &str) -> Value {
        self.shop().objects[id].clone()
    }

    /// How many objects of a kind there are.
    pub fn count(&self, prefix: &str) -> usize {
        self.shop().objects.keys().filter(|id| id.starts_with(prefix)).count()
    }

    /// The open session of an order.
    pub fn session_of(&self, order: &str) -> String {
        let shop = self.shop();
        let found = shop
            .objects
            .iter()
            .find(|(id, object)| id.starts_with("cs_") && object["client_reference_id"] == order);
        found.expect("no session").0.clone()
    }

    /// The person pays at a session.
    pub fn pay(&self, session: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let customer = customer_of(&mut shop, session);
        let (mode, total, subtotal) = {
            let tax = shop.tax;
            let object = shop.objects.get_mut(session).expect("no session");
            assert_eq!(object["status"], "open", "paid at a closed session");
            let subtotal = object["amount_subtotal"].as_i64().unwrap();
            object["status"] = "complete".into();
            object["payment_status"] = "paid".into();
            object["customer"] = customer.clone().into();
            object["amount_total"] = (subtotal + tax).into();
            object["total_details"] =
                json!({ "amount_discount": 0, "amount_shipping": 0, "amount_tax": tax });
            object["customer_details"] = person();
            object["url"] = Value::Null;
            (object["mode"].as_str().unwrap().to_owned(), subtotal + tax, subtotal)
        };
        let metadata = shop.objects[session]["metadata"].clone();
        let mut events = Vec::new();
        if mode == "payment" {
            let (intent, charge) = charge(&mut shop, now, &customer, total, &metadata);
            shop.objects.get_mut(session).unwrap()["payment_intent"] = intent.clone().into();
            events.push(event(&shop, now, "payment_intent.succeeded", &shop.objects[&intent]));
            events.push(event(&shop, now, "charge.succeeded", &shop.objects[&charge]));
            events.push(event(&shop, now, "checkout.session.completed", &shop.objects[session]));
            return events;
        }
        let price = shop.objects[session]["__price"].as_str().unwrap().to_owned();
        let id = fresh("sub_");
        let subscription = json!({
            "id": id, "object": "subscription", "customer": customer, "status": "active", "cancel_at_period_end": false, "cancel_at": null,
            "canceled_at": null, "ended_at": null, "created": now, "livemode": shop.live, "metadata": metadata, "latest_invoice": null,
            "items": { "object": "list", "data": [{ "id": fresh("si_"), "object": "subscription_item", "price": { "id": price, "object": "price" },
                "current_period_start": now, "current_period_end": now + MONTH }] },
        });
        shop.objects.insert(id.clone(), subscription);
        let made = invoice(&mut shop, now, &id, "subscription_create", subtotal, total);
        {
            let object = shop.objects.get_mut(session).unwrap();
            object["subscription"] = id.clone().into();
            object["invoice"] = made.id.clone().into();
        }
        events.push(event(&shop, now, "customer.subscription.created", &shop.objects[&id]));
        events.push(event(&shop, now, "invoice.paid", &shop.objects[&made.id]));
        events.push(event(&shop, now, "invoice_payment.paid", &shop.objects[&made.payment]));
        events.push(event(&shop, now, "checkout.session.completed", &shop.objects[session]));
        events
    }

    /// The person chose a way of paying that takes days: the session is complete and nothing is paid yet.
    pub fn pay_later(&self, session: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let object = shop.objects.get_mut(session).unwrap();
        object["status"] = "complete".into();
        vec![event(&shop, now, "checkout.session.completed", &shop.objects[session])]
    }

    /// Such a payment came, or did not.
    pub fn later(&self, session: &str, came: bool) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        if !came {
            return vec![event(&shop, now, "checkout.session.async_payment_failed", &shop.objects[session])];
        }
        let customer = customer_of(&mut shop, session);
        let (total, metadata) = {
            let object = &shop.objects[session];
            (object["amount_total"].as_i64().unwrap(), object["metadata"].clone())
        };
        let (intent, _) = charge(&mut shop, now, &customer, total, &metadata);
        let object = shop.objects.get_mut(session).unwrap();
        object["payment_status"] = "paid".into();
        object["payment_intent"] = intent.into();
        object["customer"] = customer.into();
        vec![event(&shop, now, "checkout.session.async_payment_succeeded", &shop.objects[session])]
    }

    /// Nobody paid in time.
    pub fn expire(&self, session: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        shop.objects.get_mut(session).unwrap()["status"] = "expired".into();
        vec![event(&shop, now, "checkout.session.expired", &shop.objects[session])]
    }

    /// A subscription is paid for another month.
    pub fn renew(&self, subscription: &str) -> Vec<Event> {
        self.advance(MONTH);
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let (subtotal, tax) = (price_of(&shop, subscription), shop.tax);
        let item = &mut shop.objects.get_mut(subscription).unwrap()["items"]["data"][0];
        item["current_period_start"] = now.into();
        item["current_period_end"] = (now + MONTH).into();
        let made = invoice(&mut shop, now, subscription, "subscription_cycle", subtotal, subtotal + tax);
        vec![
            event(&shop, now, "invoice.paid", &shop.objects[&made.id]),
            event(&shop, now, "invoice_payment.paid", &shop.objects[&made.payment]),
            event(&shop, now, "customer.subscription.updated", &shop.objects[subscription]),
        ]
    }

    /// The plan of a subscription is changed in the middle of a period; `amount` pays for the rest of it.
    pub fn change_plan(&self, subscription: &str, price: &str, amount: i64) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        shop.objects.get_mut(subscription).unwrap()["items"]["data"][0]["price"]["id"] = price.into();
        let made = invoice(&mut shop, now, subscription, "subscription_update", amount, amount);
        vec![
            event(&shop, now, "customer.subscription.updated", &shop.objects[subscription]),
            event(&shop, now, "invoice.paid", &shop.objects[&made.id]),
            event(&shop, now, "invoice_payment.paid", &shop.objects[&made.payment]),
        ]
    }

    /// A payment for a subscription failed.
    pub fn miss(&self, subscription: &str) -> Vec<Event> {
        self.advance(60);
        let now = self.world.clock.now();
        let mut shop = self.shop();
        shop.objects.get_mut(subscription).unwrap()["status"] = "past_due".into();
        vec![event(&shop, now, "customer.subscription.updated", &shop.objects[subscription])]
    }

    /// A subscription is over.
    pub fn end(&self, subscription: &str) -> Vec<Event> {
        self.advance(60);
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let object = shop.objects.get_mut(subscription).unwrap();
        object["status"] = "canceled".into();
        object["canceled_at"] = now.into();
        object["ended_at"] = now.into();
        vec![event(&shop, now, "customer.subscription.deleted", &shop.objects[subscription])]
    }

    /// Money of a payment goes back.
    pub fn refund(&self, payment: &str, amount: i64) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let id = fresh("re_");
        let charge = shop.objects[payment]["latest_charge"].clone();
        let refund = json!({ "id": id, "object": "refund", "amount": amount, "currency": "eur", "charge": charge, "payment_intent": payment,
            "status": "succeeded", "created": now, "metadata": {}, "reason": null,
            "destination_details": { "type": "card", "card": { "reference": LAST_DIGITS } } });
        shop.objects.insert(id.clone(), refund);
        let charge = charge.as_str().unwrap().to_owned();
        let object = shop.objects.get_mut(&charge).unwrap();
        object["amount_refunded"] = (object["amount_refunded"].as_i64().unwrap() + amount).into();
        vec![
            event(&shop, now, "refund.created", &shop.objects[&id]),
            event(&shop, now, "charge.refunded", &shop.objects[&charge]),
        ]
    }

    /// A refund that had gone through comes back.
    pub fn refund_fails(&self, refund: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        shop.objects.get_mut(refund).unwrap()["status"] = "failed".into();
        vec![event(&shop, now, "refund.failed", &shop.objects[refund])]
    }

    /// The person's bank takes a payment back.
    pub fn dispute(&self, payment: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let id = fresh("dp_");
        let amount = shop.objects[payment]["amount"].clone();
        let charge = shop.objects[payment]["latest_charge"].clone();
        let dispute = json!({ "id": id, "object": "dispute", "amount": amount, "currency": "eur", "charge": charge, "payment_intent": payment,
            "status": "needs_response", "reason": "fraudulent", "created": now, "metadata": {},
            "evidence": { "billing_address": STREET, "customer_name": NAME, "customer_email_address": EMAIL } });
        shop.objects.insert(id.clone(), dispute);
        vec![event(&shop, now, "charge.dispute.created", &shop.objects[&id])]
    }

    /// The bank has decided.
    pub fn close_dispute(&self, dispute: &str, won: bool) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        shop.objects.get_mut(dispute).unwrap()["status"] = if won { "won" } else { "lost" }.into();
        vec![event(&shop, now, "charge.dispute.closed", &shop.objects[dispute])]
    }

    /// An event signed anew, as a repeated delivery is.
    pub fn signed_again(&self, event: &Event) -> Event {
        let headers =
            vec![("stripe-signature".to_owned(), sign(&self.shop(), self.world.clock.now(), &event.body))];
        Event { headers, ..event.clone() }
    }

    /// An event of any kind about any object.
    pub fn event(&self, kind: &str, object: &Value) -> Event {
        event(&self.shop(), self.world.clock.now(), kind, object)
    }

    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.world.shop()
    }
}

struct Invoice {
    id: String,
    payment: String,
}

fn person() -> Value {
    json!({ "name": NAME, "email": EMAIL, "phone": null, "tax_exempt": "none",
        "address": { "line1": STREET, "line2": null, "city": "Elsewhere", "postal_code": "00000", "country": "DE", "state": null } })
}

fn customer_of(shop: &mut Shop, session: &str) -> String {
    if let Some(known) = shop.objects[session]["customer"].as_str() {
        return known.to_owned();
    }
    let id = fresh("cus_");
    let mut customer = person();
    customer["id"] = id.clone().into();
    customer["object"] = "customer".into();
    shop.objects.insert(id.clone(), customer);
    id
}

/// A payment and its charge.
fn charge(shop: &mut Shop, now: i64, customer: &str, total: i64, metadata: &Value) -> (String, String) {
    let (intent, charge) = (fresh("pi_"), fresh("ch_"));
    let object = json!({ "id": charge, "object": "charge", "amount": total, "amount_refunded": 0, "currency": "eur", "customer": customer,
        "payment_intent": intent, "status": "succeeded", "created": now, "metadata": metadata, "billing_details": person(),
        "payment_method_details": { "type": "card", "card": { "brand": "visa", "last4": LAST_DIGITS, "number": CARD, "exp_month": 4, "exp_year": 2031 } } });
    shop.objects.insert(charge.clone(), object);
    let object = json!({ "id": intent, "object": "payment_intent", "amount": total, "currency": "eur", "customer": customer, "status": "succeeded",
        "created": now, "metadata": metadata, "latest_charge": charge, "receipt_email": EMAIL });
    shop.objects.insert(intent.clone(), object);
    (intent, charge)
}

fn price_of(shop: &Shop, subscription: &str) -> i64 {
    let price = shop.objects[subscription]["items"]["data"][0]["price"]["id"].as_str().unwrap();
    shop.prices[price].amount
}

fn invoice(
    shop: &mut Shop,
    now: i64,
    subscription: &str,
    reason: &str,
    subtotal: i64,
    total: i64,
) -> Invoice {
    let (customer, metadata, price) = {
        let object = &shop.objects[subscription];
        let price = object["items"]["data"][0]["price"]["id"].clone();
        (object["customer"].as_str().unwrap().to_owned(), object["metadata"].clone(), price)
    };
    let (intent, _) = charge(shop, now, &customer, total, &json!({}));
    let (id, payment) = (fresh("in_"), fresh("inpay_"));
    let object = json!({
        "id": id, "object": "invoice", "status": "paid", "billing_reason": reason, "customer": customer, "customer_name": NAME, "customer_email": EMAIL,
        "customer_address": person()["address"], "currency": "eur", "subtotal": subtotal, "total": total, "amount_paid": total, "created": now,
        "total_taxes": [{ "amount": total - subtotal, "tax_behavior": "exclusive" }], "livemode": shop.live,
        "hosted_invoice_url": format!("https://invoice.stripe.com/i/{id}"), "status_transitions": { "paid_at": now },
        "parent": { "type": "subscription_details", "subscription_details": { "subscription": subscription, "metadata": metadata } },
        "lines": { "object": "list", "data": [{ "id": fresh("il_"), "amount": subtotal, "description": "One month",
            "pricing": { "type": "price_details", "price_details": { "price": price, "product": "prod_1" } }, "period": { "start": now, "end": now + MONTH } }] },
    });
    shop.objects.insert(id.clone(), object);
    let object = json!({ "id": payment, "object": "invoice_payment", "invoice": id, "amount_paid": total, "currency": "eur", "status": "paid",
        "created": now, "payment": { "type": "payment_intent", "payment_intent": intent } });
    shop.objects.insert(payment.clone(), object);
    shop.objects.get_mut(subscription).unwrap()["latest_invoice"] = id.clone().into();
    Invoice { id, payment }
}

fn event(shop: &Shop, now: i64, kind: &str, object: &Value) -> Event {
    let id = fresh("evt_");
    let mut shown = object.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| !name.starts_with("__"));
    }
    let body = json!({ "id": id, "object": "event", "api_version": VERSION, "created": now, "livemode": shop.live, "type": kind,
        "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null }, "data": { "object": shown } });
    // As it is written: with line breaks, which a body that was read and written anew would lose.
    let body = serde_json::to_string_pretty(&body).unwrap();
    let headers = vec![("stripe-signature".to_owned(), sign(shop, now, &body))];
    Event { id, kind: kind.to_owned(), body, headers }
}

fn sign(shop: &Shop, now: i64, body: &str) -> String {
    let mut header = format!("t={now}");
    for secret in &shop.secrets {
        let made = signature(secret, &[now.to_string().as_bytes(), b".", body.as_bytes()]);
        header.push_str(&format!(",v1={made}"));
    }
    header
}
