//! Paddle: transactions paid on the seller's page, subscriptions, adjustments, and events signed as it signs them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, MutexGuard};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{CARD, EMAIL, Event, LAST_DIGITS, NAME, STREET, World, fresh, signature};
use crate::served::Served;

/// The key this seller is known by; of no use anywhere.
pub const KEY: &str = "pdl_sdbx_of_no_use_anywhere";
/// What events are signed with; of no use anywhere.
pub const WEBHOOK_SECRET: &str = "pdl_ntfset_of_no_use_anywhere";

/// A price of the seller: tax is part of it.
#[derive(Clone, Copy, Debug)]
pub struct Price {
    /// In the smallest unit.
    pub amount: i64,
    /// Of it, tax.
    pub tax: i64,
    /// Whether it is paid again and again.
    pub recurring: bool,
}

/// Paddle on loopback. Dropping it ends it.
pub struct Paddle {
    world: Arc<World<Shop>>,
    served: Served,
}

#[derive(Default)]
struct Shop {
    prices: HashMap<String, Price>,
    objects: BTreeMap<String, Value>,
    /// Ids of transactions, oldest first.
    made: Vec<String>,
    lose: usize,
}

type Shared = State<Arc<World<Shop>>>;

impl Paddle {
    /// A seller with these prices in euros.
    pub async fn start(prices: &[(&str, Price)]) -> Self {
        let prices = prices.iter().map(|(id, price)| ((*id).to_owned(), *price)).collect();
        let shop = Shop { prices, ..Shop::default() };
        let world = World::of(shop);
        let state = Arc::clone(&world);
        let served = Served::start(|_| {
            Router::new()
                .route("/transactions", get(transactions).post(create))
                .route("/transactions/{id}", get(object))
                .route("/subscriptions/{id}", get(object))
                .route("/subscriptions/{id}/cancel", post(cancel))
                .route("/customers/{id}/portal-sessions", post(portal))
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

    /// How many transactions were made.
    pub fn made(&self) -> usize {
        self.shop().made.len()
    }

    /// The newest transaction of an order.
    pub fn transaction_of(&self, order: &str) -> String {
        let shop = self.shop();
        let found = shop.made.iter().rev().find(|id| shop.objects[*id]["custom_data"]["order_id"] == order);
        found.expect("no transaction").clone()
    }

    /// An object by its id.
    pub fn object(&self, id: &str) -> Value {
        self.shop().objects[id].clone()
    }

    /// The person pays.
    pub fn pay(&self, transaction: &str) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let price = shop.objects[transaction]["items"][0]["price"]["id"].as_str().unwrap().to_owned();
        let customer = fresh("ctm_");
        let recurring = shop.prices[&price].recurring;
        let subscription = recurring.then(|| fresh("sub_"));
        {
            let object = shop.objects.get_mut(transaction).unwrap();
            object["status"] = "completed".into();
            object["customer_id"] = customer.clone().into();
            object["subscription_id"] = subscription.clone().into();
            object["billed_at"] = rfc3339(now).into();
            object["updated_at"] = rfc3339(now).into();
            object["payments"] = json!([{ "payment_attempt_id": fresh(""), "status": "captured", "amount": object["details"]["totals"]["total"],
                "method_details": { "type": "card", "card": { "type": "visa", "last4": LAST_DIGITS, "number": CARD, "cardholder_name": NAME } } }]);
            object["customer"] = json!({ "email": EMAIL, "name": NAME });
            object["address"] = json!({ "first_line": STREET });
        }
        let mut events = Vec::new();
        if let Some(id) = subscription {
            let custom = shop.objects[transaction]["custom_data"].clone();
            let product = json!({ "id": "pro_credits", "name": "Credits", "description": null, "type": "standard", "tax_category": "standard",
                "image_url": null, "custom_data": null, "status": "active", "import_meta": null, "created_at": rfc3339(now), "updated_at": rfc3339(now) });
            let object = json!({ "id": id, "status": "active", "customer_id": customer, "custom_data": custom, "currency_code": "EUR",
                "created_at": rfc3339(now), "updated_at": rfc3339(now), "scheduled_change": null,
                "current_billing_period": { "starts_at": rfc3339(now), "ends_at": rfc3339(now + 30 * 86_400) },
                "address_id": fresh("add_"), "collection_mode": "automatic", "billing_cycle": { "interval": "month", "frequency": 1 },
                "items": [{ "status": "active", "quantity": 1, "recurring": true, "created_at": rfc3339(now), "updated_at": rfc3339(now), "price": described(&shop, now, &price), "product": product }] });
            shop.objects.insert(id.clone(), object);
            events.push(event(now, "subscription.created", &shop.objects[&id]));
        }
        events.push(event(now, "transaction.completed", &shop.objects[transaction]));
        events
    }

    /// A subscription is paid for another month.
    pub fn renew(&self, subscription: &str) -> Vec<Event> {
        self.advance(30 * 86_400);
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let standing = shop.objects[subscription].clone();
        let price = standing["items"][0]["price"]["id"].as_str().unwrap().to_owned();
        let mut made = transaction(&shop, now, &price, &standing["custom_data"]);
        made["status"] = "completed".into();
        made["origin"] = "subscription_recurring".into();
        made["customer_id"] = standing["customer_id"].clone();
        made["subscription_id"] = subscription.into();
        made["billed_at"] = rfc3339(now).into();
        let id = made["id"].as_str().unwrap().to_owned();
        shop.objects.insert(id.clone(), made);
        shop.made.push(id.clone());
        let object = shop.objects.get_mut(subscription).unwrap();
        object["current_billing_period"] =
            json!({ "starts_at": rfc3339(now), "ends_at": rfc3339(now + 30 * 86_400) });
        object["updated_at"] = rfc3339(now).into();
        vec![
            event(now, "subscription.updated", &shop.objects[subscription]),
            event(now, "transaction.completed", &shop.objects[&id]),
        ]
    }

    /// A subscription is over.
    pub fn end(&self, subscription: &str) -> Vec<Event> {
        self.advance(60);
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let object = shop.objects.get_mut(subscription).unwrap();
        object["status"] = "canceled".into();
        object["updated_at"] = rfc3339(now).into();
        vec![event(now, "subscription.canceled", &shop.objects[subscription])]
    }

    /// Money of a transaction goes back, is charged back, or comes in again (`refund`, `chargeback`, `chargeback_reverse`).
    pub fn adjust(&self, transaction: &str, action: &str, amount: i64) -> Vec<Event> {
        let now = self.world.clock.now();
        let mut shop = self.shop();
        let id = fresh("adj_");
        let mut object = json!({ "id": id, "action": action, "transaction_id": transaction, "status": "pending_approval", "currency_code": "EUR",
            "reason": "asked for", "totals": { "subtotal": amount.to_string(), "tax": "0", "total": amount.to_string() } });
        let first = event(now, "adjustment.created", &object);
        object["status"] = "approved".into();
        let second = event(now, "adjustment.updated", &object);
        shop.objects.insert(id, object);
        vec![first, second]
    }

    /// An event signed anew, as a repeated delivery is.
    pub fn signed_again(&self, event: &Event) -> Event {
        Event { headers: vec![header(self.world.clock.now(), &event.body)], ..event.clone() }
    }

    fn shop(&self) -> MutexGuard<'_, Shop> {
        self.world.shop()
    }
}

/// A moment as Paddle writes it.
fn rfc3339(seconds: i64) -> String {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 1970 as year, month and day of the calendar in use.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.000000Z",
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}

fn header(now: i64, body: &str) -> (String, String) {
    let made = signature(WEBHOOK_SECRET, &[now.to_string().as_bytes(), b":", body.as_bytes()]);
    ("paddle-signature".to_owned(), format!("ts={now};h1={made}"))
}

fn event(now: i64, kind: &str, object: &Value) -> Event {
    let id = fresh("evt_");
    let body = json!({ "event_id": id, "event_type": kind, "occurred_at": rfc3339(now), "notification_id": fresh("ntf_"), "data": object }).to_string();
    let headers = vec![header(now, &body)];
    Event { id, kind: kind.to_owned(), body, headers }
}

fn transaction(shop: &Shop, now: i64, price: &str, custom: &Value) -> Value {
    let Price { amount, tax, .. } = shop.prices[price];
    json!({ "id": fresh("txn_"), "status": "ready", "origin": "api", "customer_id": null, "address_id": null, "subscription_id": null, "currency_code": "EUR",
        "custom_data": custom, "items": [{ "price": described(shop, now, price), "quantity": 1 }], "created_at": rfc3339(now), "updated_at": rfc3339(now), "billed_at": null,
        "collection_mode": "automatic", "payments": [],
        "details": { "tax_rates_used": [], "line_items": [], "totals": { "subtotal": (amount - tax).to_string(), "discount": "0", "tax": tax.to_string(),
            "total": amount.to_string(), "grand_total": amount.to_string(), "currency_code": "EUR" } } })
}

/// A price as it stands in what is bought.
fn described(shop: &Shop, now: i64, price: &str) -> Value {
    let Price { amount, recurring, .. } = shop.prices[price];
    let cycle = recurring.then(|| json!({ "interval": "month", "frequency": 1 }));
    json!({ "id": price, "product_id": "pro_credits", "description": "Credits", "name": null, "type": "standard", "billing_cycle": cycle, "trial_period": null,
        "tax_mode": "internal", "unit_price": { "amount": amount.to_string(), "currency_code": "EUR" }, "unit_price_overrides": [],
        "quantity": { "minimum": 1, "maximum": 1 }, "status": "active", "custom_data": null, "import_meta": null, "created_at": rfc3339(now), "updated_at": rfc3339(now) })
}

fn fault(status: u16, code: &str) -> Response {
    let body = json!({ "error": { "type": "request_error", "code": code, "detail": "The request was not right." }, "meta": { "request_id": fresh("") } });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn refused(headers: &HeaderMap) -> Option<Response> {
    // The name of the scheme is written in small letters by the provider's own package.
    let shown = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    let known = shown.is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && key == KEY);
    (!known).then(|| fault(403, "authentication_malformed"))
}

fn answer(shop: &mut Shop, data: Value) -> Response {
    if shop.lose > 0 {
        shop.lose -= 1;
        return (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>").into_response();
    }
    let meta = if data.is_array() {
        json!({ "request_id": fresh(""), "pagination": { "per_page": 50, "next": "", "has_more": false, "estimated_total": data.as_array().map_or(0, Vec::len) } })
    } else {
        json!({ "request_id": fresh("") })
    };
    Json(json!({ "data": data, "meta": meta })).into_response()
}

async fn create(State(world): Shared, headers: HeaderMap, Json(asked): Json<Value>) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let now = world.clock.now();
    let mut shop = world.shop();
    let price = asked["items"][0]["price_id"].as_str().unwrap_or_default().to_owned();
    let page = asked["checkout"]["url"].as_str().unwrap_or_default();
    if !shop.prices.contains_key(&price) || asked["items"][0]["quantity"] != 1 {
        return fault(400, "transaction_item_invalid");
    }
    if !page.starts_with("http") {
        return fault(400, "transaction_default_checkout_url_not_set");
    }
    let mut made = transaction(&shop, now, &price, &asked["custom_data"]);
    let id = made["id"].as_str().unwrap().to_owned();
    made["checkout"] = json!({ "url": format!("{page}?_ptxn={id}") });
    made["customer_id"] = asked["customer_id"].clone();
    shop.objects.insert(id.clone(), made.clone());
    shop.made.push(id);
    answer(&mut shop, made)
}

async fn transactions(
    State(world): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    let fits = |object: &Value| {
        ["subscription_id", "status"]
            .iter()
            .all(|name| query.get(*name).is_none_or(|wanted| object[*name] == wanted.as_str()))
    };
    let found: Vec<Value> =
        shop.made.iter().rev().map(|id| shop.objects[id].clone()).filter(fits).take(50).collect();
    answer(&mut shop, Value::Array(found))
}

async fn object(State(world): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    match shop.objects.get(&id).cloned() {
        Some(found) => answer(&mut shop, found),
        None => fault(404, "not_found"),
    }
}

async fn cancel(
    State(world): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Json(asked): Json<Value>,
) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let now = world.clock.now();
    let mut shop = world.shop();
    let Some(found) = shop.objects.get_mut(&id) else { return fault(404, "not_found") };
    if asked["effective_from"] == "immediately" {
        found["status"] = "canceled".into();
    } else {
        found["scheduled_change"] = json!({ "action": "cancel", "effective_at": found["current_billing_period"]["ends_at"], "resume_at": null });
    }
    found["updated_at"] = rfc3339(now).into();
    let found = found.clone();
    answer(&mut shop, found)
}

async fn portal(State(world): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Some(refused) = refused(&headers) {
        return refused;
    }
    let mut shop = world.shop();
    let session = fresh("cpls_");
    let overview = format!("https://customer-portal.paddle.com/{session}?action=overview");
    let data = json!({ "id": session, "customer_id": id, "urls": { "general": { "overview": overview }, "subscriptions": [] } });
    answer(&mut shop, data)
}
