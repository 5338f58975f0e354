//! Razorpay: payment links, subscriptions, and messages whose bodies alone are signed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{CARD, EMAIL, Event, LAST_DIGITS, NAME, STREET, World, fresh, signature};
use crate::served::Served;

/// What this shop is known by.
pub const KEY_ID: &str = "rzp_test_nowhere";
/// And the secret for that; of no use anywhere.
pub const KEY: &str = "of_no_use_anywhere";
/// What messages are signed with; of no use anywhere.
pub const WEBHOOK_SECRET: &str = "of_no_use_anywhere_either";

/// Razorpay on loopback. Dropping it ends it.
pub struct Razorpay {
    world: Arc<World<Shop>>,
    served: Served,
}

#[derive(Default)]
struct Shop {
    /// Amounts of plans, in the smallest unit.
    plans: HashMap<String, i64>,
    objects: BTreeMap<String, Value>,
    lose: usize,
}

type Shared = State<Arc<World<Shop>>>;

impl Razorpay {
    /// A shop with these plans in rupees.
    pub async fn start(plans: &[(&str, i64)]) -> Self {
        let plans = plans.iter().map(|(id, amount)| ((*id).to_owned(), *amount)).collect();
        let world = World::of(Shop { plans, ..Shop::default() });
        let state = Arc::clone(&world);
        let served = Served::start(|_| {
            Router::new()
                .route("/v1/payment_links", get(links).post(create_link))
                .route("/v1/payment_links/{id}", get(object))
                .route("/v1/subscriptions", get(subscriptions).post(create_subscription))
                .route("/v1/subscriptions/{id}", get(object))
                .route("/v1/subscriptions/{id}/cancel", post(cancel))
                .route("/v1/invoices", get(invoices))
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

    /// Carries out the next requests and loses their answers.
    pub fn loses(&self, answers: usize) {
        self.shop().lose = answers;
    }

    /// How many objects of a kind there are.
    pub fn count(&self, prefix: &str) -> usize {
        self.shop().objects.keys().filter(|id| id.starts_with(prefix)).count()
    }

    /// The link or subscription that was made for an order.
    pub fn made_for(&self, order: &str) -> String {
        let shop = self.shop();
        let found = shop.objects.iter().find(|(id, object)| {
            (id.starts_with("plink_") || id.starts_with("sub_")) && object["notes"]["order_id"] == order
        });
        found.expect("nothing was made").0.clone()
    }

    /// An object by its id.
    pub fn object(&self, id: &str) -> Value {
        self.shop().objects[id].clone()
    }

    /// The person pays a link. Three messages tell of it.
    pub fn pay(&self, link: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let amount = shop.objects[link]["amount"].as_i64().unwrap();
        let payment = payment(&mut shop, now, amount);
        let paid = shop.objects[&payment].clone();
        let object = shop.objects.get_mut(link).unwrap();
        object["status"] = "paid".into();
        object["amount_paid"] = amount.into();
        object["updated_at"] = now.into();
        object["payments"] =
            json!([{ "payment_id": payment, "amount": amount, "status": "captured", "method": "card" }]);
        let order = json!({ "id": fresh("order_"), "entity": "order", "amount": amount, "amount_paid": amount, "status": "paid" });
        let whole = json!({ "payment_link": { "entity": shop.objects[link] }, "payment": { "entity": paid }, "order": { "entity": order } });
        vec![
            event(now, "payment.captured", &json!({ "payment": { "entity": paid } })),
            event(now, "order.paid", &json!({ "payment": { "entity": paid }, "order": { "entity": order } })),
            event(now, "payment_link.paid", &whole),
        ]
    }

    /// A subscription is paid, for the first month or another.
    pub fn charge(&self, subscription: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let plan = shop.objects[subscription]["plan_id"].as_str().unwrap().to_owned();
        let amount = shop.plans[&plan];
        let payment = payment(&mut shop, now, amount);
        let invoice = fresh("inv_");
        let bill = json!({ "id": invoice, "entity": "invoice", "subscription_id": subscription, "payment_id": payment, "status": "paid", "amount": amount,
            "currency": "INR", "paid_at": now, "customer_details": { "name": NAME, "email": EMAIL, "billing_address": { "line1": STREET } } });
        shop.objects.insert(invoice, bill);
        let object = shop.objects.get_mut(subscription).unwrap();
        object["status"] = "active".into();
        object["current_start"] = now.into();
        object["current_end"] = (now + 30 * 86_400).into();
        let payload =
            json!({ "subscription": { "entity": object }, "payment": { "entity": shop.objects[&payment] } });
        let standing = json!({ "subscription": { "entity": shop.objects[subscription] } });
        vec![event(now, "subscription.activated", &standing), event(now, "subscription.charged", &payload)]
    }

    /// A subscription is over.
    pub fn end(&self, subscription: &str) -> Vec<Event> {
        self.advance(60);
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let object = shop.objects.get_mut(subscription).unwrap();
        object["status"] = "cancelled".into();
        object["ended_at"] = now.into();
        vec![event(now, "subscription.cancelled", &json!({ "subscription": { "entity": object } }))]
    }

    /// Money of a payment goes back.
    pub fn refund(&self, payment: &str, amount: i64) -> Vec<Event> {
        let now = self.world.clock.now();
        let refund = json!({ "id": fresh("rfnd_"), "entity": "refund", "payment_id": payment, "amount": amount, "currency": "INR", "status": "processed" });
        let payload =
            json!({ "refund": { "entity": refund }, "payment": { "entity": self.shop().objects[payment] } });
        vec![event(now, "refund.processed", &payload)]
    }

    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.world.shop()
    }
}

fn payment(shop: &mut Shop, now: i64, amount: i64) -> String {
    let id = fresh("pay_");
    let object = json!({ "id": id, "entity": "payment", "amount": amount, "currency": "INR", "status": "captured", "method": "card", "captured": true,
        "email": EMAIL, "contact": "+910000000000", "customer_id": fresh("cust_"), "created_at": now,
        "card": { "id": fresh("card_"), "last4": LAST_DIGITS, "number": CARD, "name": NAME, "network": "Visa" }, "notes": { "address": STREET } });
    shop.objects.insert(id.clone(), object);
    id
}

fn event(now: i64, kind: &str, payload: &Value) -> Event {
    let contains: Vec<&String> = payload.as_object().unwrap().keys().collect();
    let body = json!({ "entity": "event", "account_id": "acc_1", "event": kind, "contains": contains, "payload": payload, "created_at": now }).to_string();
    let id = fresh("");
    let headers = vec![
        ("x-razorpay-event-id".to_owned(), id.clone()),
        ("x-razorpay-signature".to_owned(), signature(WEBHOOK_SECRET, &[body.as_bytes()])),
    ];
    Event { id, kind: kind.to_owned(), body, headers }
}

fn fault(status: u16, description: &str) -> Response {
    let body = json!({ "error": { "code": "BAD_REQUEST_ERROR", "description": description, "source": "business", "step": "payment_initiation", "reason": "input_validation_failed" } });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn refused(headers: &HeaderMap) -> Option<Response> {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{KEY_ID}:{KEY}"));
    let known = headers.get("authorization").is_some_and(|value| value == &format!("Basic {pair}"));
    (!known).then(|| fault(401, "Authentication failed"))
}

fn answer(shop: &mut Shop, value: Value) -> Response {
    if shop.lose > 0 {
        shop.lose -= 1;
        return (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>").into_response();
    }
    Json(value).into_response()
}

async fn create_link(State(world): Shared, headers: HeaderMap, Json(asked): Json<Value>) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let now = world.clock.now();
    let mut shop = world.shop();
    let reference = asked["reference_id"].as_str().unwrap_or_default();
    if asked["amount"].as_i64().is_none_or(|amount| amount < 100)
        || asked["currency"] != "INR"
        || reference.len() > 40
    {
        return fault(400, "The amount or the reference is not right");
    }
    if asked["expire_by"].as_i64().is_some_and(|at| at < now + 900) {
        return fault(400, "expire_by should be at least 15 minutes in the future");
    }
    if shop.objects.values().any(|one| one["entity"] == "payment_link" && one["reference_id"] == reference) {
        return fault(400, "payment link already exists with reference_id");
    }
    let id = fresh("plink_");
    let object = json!({ "id": id, "entity": "payment_link", "amount": asked["amount"], "amount_paid": 0, "currency": "INR", "status": "created",
        "reference_id": reference, "notes": asked["notes"], "created_at": now, "updated_at": 0, "payments": null, "callback_url": asked["callback_url"],
        "callback_method": asked["callback_method"], "expire_by": asked["expire_by"], "short_url": format!("https://rzp.io/i/{id}"), "notify": asked["notify"] });
    shop.objects.insert(id, object.clone());
    answer(&mut shop, object)
}

async fn links(
    State(world): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    let wanted = query.get("reference_id");
    let found: Vec<Value> = shop
        .objects
        .values()
        .filter(|one| {
            one["entity"] == "payment_link"
                && wanted.is_none_or(|wanted| one["reference_id"] == wanted.as_str())
        })
        .cloned()
        .collect();
    answer(&mut shop, json!({ "payment_links": found }))
}

async fn create_subscription(State(world): Shared, headers: HeaderMap, Json(asked): Json<Value>) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let now = world.clock.now();
    let mut shop = world.shop();
    let plan = asked["plan_id"].as_str().unwrap_or_default();
    if !shop.plans.contains_key(plan) || asked["total_count"].as_i64().is_none_or(|count| count < 1) {
        return fault(400, "The plan or the count is not right");
    }
    let id = fresh("sub_");
    let object = json!({ "id": id, "entity": "subscription", "plan_id": plan, "customer_id": fresh("cust_"), "status": "created", "current_start": null,
        "current_end": null, "ended_at": null, "quantity": 1, "notes": asked["notes"], "total_count": asked["total_count"], "paid_count": 0,
        "customer_notify": asked["customer_notify"], "created_at": now, "expire_by": asked["expire_by"], "short_url": format!("https://rzp.io/i/{id}") });
    shop.objects.insert(id, object.clone());
    answer(&mut shop, object)
}

async fn subscriptions(State(world): Shared, headers: HeaderMap) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    let found: Vec<Value> =
        shop.objects.values().filter(|one| one["entity"] == "subscription").cloned().collect();
    answer(&mut shop, json!({ "entity": "collection", "count": found.len(), "items": found }))
}

async fn invoices(
    State(world): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    let wanted = query.get("subscription_id").cloned().unwrap_or_default();
    let found: Vec<Value> = shop
        .objects
        .values()
        .filter(|one| one["entity"] == "invoice" && one["subscription_id"] == wanted.as_str())
        .cloned()
        .collect();
    answer(&mut shop, json!({ "entity": "collection", "count": found.len(), "items": found }))
}

async fn object(State(world): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    match shop.objects.get(&id).cloned() {
        Some(found) => answer(&mut shop, found),
        None => fault(400, "The id provided does not exist"),
    }
}

async fn cancel(State(world): Shared, headers: HeaderMap, Path(id): Path<String>, body: Bytes) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let now = world.clock.now();
    let mut shop = world.shop();
    let Some(found) = shop.objects.get_mut(&id) else { return fault(400, "The id provided does not exist") };
    if found["status"] == "cancelled" {
        return fault(400, "Subscription is not cancellable in cancelled status.");
    }
    // Nothing said means at once.
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    if asked["cancel_at_cycle_end"] != true && asked["cancel_at_cycle_end"] != 1 {
        found["status"] = "cancelled".into();
        found["ended_at"] = now.into();
    }
    let found = found.clone();
    answer(&mut shop, found)
}
