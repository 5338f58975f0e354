//! What is answered to whom: the requests of a shop, refused as Stripe refuses them.

use std::collections::{BTreeMap, HashMap};

use axum::Json;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{KEY, Shared, Shop, fresh};

fn fault(status: u16, kind: &str, code: &str) -> Response {
    let body = json!({ "error": { "type": kind, "code": code, "message": "The request was not right.", "doc_url": "https://stripe.com/docs" } });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

/// Whether a request may go on.
fn admit(shop: &mut Shop, headers: &HeaderMap, what: &str, form: &str) -> Result<(), Box<Response>> {
    shop.asked.push((what.to_owned(), form.to_owned()));
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if text("authorization") != format!("Bearer {KEY}") {
        return Err(Box::new(fault(401, "invalid_request_error", "api_key_invalid")));
    }
    if text("stripe-version").is_empty() {
        return Err(Box::new(fault(400, "invalid_request_error", "version_missing")));
    }
    if shop.fail > 0 {
        shop.fail -= 1;
        return Err(Box::new(fault(500, "api_error", "internal")));
    }
    Ok(())
}

fn answer(shop: &mut Shop, value: &Value) -> Response {
    if shop.lose > 0 {
        shop.lose -= 1;
        // What comes instead of an answer that is lost: a page of something in between.
        return (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>").into_response();
    }
    let mut shown = value.clone();
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| !name.starts_with("__"));
    }
    Json(shown).into_response()
}

type Fields = BTreeMap<String, String>;

pub(super) async fn create_session(
    State(world): Shared,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Response {
    let now = world.clock.now();
    let mut shop = world.shop();
    let asked = serde_json::to_string(&form).unwrap();
    if let Err(refused) = admit(&mut shop, &headers, "POST /v1/checkout/sessions", &asked) {
        return *refused;
    }
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    if let Some((before, value)) = key.as_ref().and_then(|key| shop.answered.get(key)).cloned() {
        if before != asked {
            return fault(400, "idempotency_error", "idempotency_key_in_use");
        }
        return answer(&mut shop, &value);
    }
    let field = |name: &str| form.get(name).map(String::as_str);
    let known = [
        "mode",
        "line_items[0][price]",
        "line_items[0][quantity]",
        "client_reference_id",
        "success_url",
        "cancel_url",
        "expires_at",
        "customer",
        "customer_creation",
        "automatic_tax[enabled]",
        "metadata[order_id]",
        "payment_intent_data[metadata][order_id]",
        "subscription_data[metadata][order_id]",
    ];
    if let Some(unknown) = form.keys().find(|name| !known.contains(&name.as_str())) {
        return fault(400, "invalid_request_error", &format!("parameter_unknown:{unknown}"));
    }
    let (Some(mode), Some(price), Some("1")) =
        (field("mode"), field("line_items[0][price]"), field("line_items[0][quantity]"))
    else {
        return fault(400, "invalid_request_error", "parameter_missing");
    };
    let Some(known) = shop.prices.get(price).cloned() else {
        return fault(400, "invalid_request_error", "resource_missing");
    };
    if known.recurring != (mode == "subscription")
        || field("success_url").is_none_or(|url| !url.starts_with("http"))
    {
        return fault(400, "invalid_request_error", "parameter_invalid");
    }
    if mode == "subscription" && field("customer_creation").is_some() {
        return fault(400, "invalid_request_error", "customer_creation_in_subscription_mode");
    }
    let expires = field("expires_at").map_or(Some(now + 24 * 3_600), |text| text.parse().ok());
    let Some(expires) = expires.filter(|at| (now + 29 * 60..=now + 24 * 3_600 + 60).contains(at)) else {
        return fault(400, "invalid_request_error", "expires_at_invalid");
    };
    let id = fresh("cs_test_");
    let order = field("metadata[order_id]");
    let metadata = order.map_or_else(|| json!({}), |order| json!({ "order_id": order }));
    let session = json!({
        "id": id, "object": "checkout.session", "mode": mode, "status": "open", "payment_status": "unpaid", "amount_subtotal": known.amount,
        "amount_total": known.amount, "currency": known.currency, "client_reference_id": field("client_reference_id"), "metadata": metadata,
        "customer": field("customer"), "customer_details": null, "payment_intent": null, "subscription": null, "invoice": null,
        "livemode": shop.live, "created": now, "expires_at": expires, "ui_mode": "hosted_page", "success_url": field("success_url"),
        "url": format!("https://checkout.stripe.com/c/pay/{id}#fidkdWxOYHwnPyd1blpxYHZxWjA0"),
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 }, "__price": price,
    });
    shop.objects.insert(id, session.clone());
    if let Some(key) = key {
        shop.answered.insert(key, (asked, session.clone()));
    }
    answer(&mut shop, &session)
}

pub(super) async fn expire_session(
    State(world): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let mut shop = world.shop();
    if let Err(refused) = admit(&mut shop, &headers, "POST /v1/checkout/sessions/{id}/expire", "") {
        return *refused;
    }
    let Some(session) = shop.objects.get_mut(&id) else {
        return fault(404, "invalid_request_error", "resource_missing");
    };
    session["status"] = "expired".into();
    let value = session.clone();
    answer(&mut shop, &value)
}

pub(super) async fn create_portal(
    State(world): Shared,
    headers: HeaderMap,
    Form(form): Form<Fields>,
) -> Response {
    let now = world.clock.now();
    let mut shop = world.shop();
    if let Err(refused) =
        admit(&mut shop, &headers, "POST /v1/billing_portal/sessions", &serde_json::to_string(&form).unwrap())
    {
        return *refused;
    }
    let customer = form.get("customer").filter(|customer| shop.objects.contains_key(*customer)).cloned();
    let Some(customer) = customer else { return fault(400, "invalid_request_error", "resource_missing") };
    let id = fresh("bps_");
    let url = format!("https://billing.stripe.com/p/session/{id}");
    let value = json!({ "id": id, "object": "billing_portal.session", "customer": customer, "created": now, "livemode": shop.live,
        "return_url": form.get("return_url"), "url": url });
    answer(&mut shop, &value)
}

pub(super) async fn object(
    State(world): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let mut shop = world.shop();
    if let Err(refused) = admit(&mut shop, &headers, "GET", &id) {
        return *refused;
    }
    let Some(mut value) = shop.objects.get(&id).cloned() else {
        return fault(404, "invalid_request_error", "resource_missing");
    };
    if query.iter().any(|(name, value)| name.starts_with("expand[") && value == "payments") {
        let payments: Vec<Value> = shop
            .objects
            .values()
            .filter(|one| one["invoice"] == id.as_str() && one["object"] == "invoice_payment")
            .cloned()
            .collect();
        value["payments"] = json!({ "object": "list", "data": payments });
    }
    answer(&mut shop, &value)
}

pub(super) async fn update_subscription(
    State(world): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<Fields>,
) -> Response {
    let now = world.clock.now();
    let mut shop = world.shop();
    if let Err(refused) =
        admit(&mut shop, &headers, "POST /v1/subscriptions/{id}", &serde_json::to_string(&form).unwrap())
    {
        return *refused;
    }
    let Some(subscription) = shop.objects.get_mut(&id) else {
        return fault(404, "invalid_request_error", "resource_missing");
    };
    if let Some(ends) = form.get("cancel_at_period_end") {
        subscription["cancel_at_period_end"] = (ends == "true").into();
        subscription["canceled_at"] = now.into();
    }
    let value = subscription.clone();
    answer(&mut shop, &value)
}

pub(super) async fn cancel_subscription(
    State(world): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let now = world.clock.now();
    let mut shop = world.shop();
    if let Err(refused) = admit(&mut shop, &headers, "DELETE /v1/subscriptions/{id}", "") {
        return *refused;
    }
    let Some(subscription) = shop.objects.get_mut(&id) else {
        return fault(404, "invalid_request_error", "resource_missing");
    };
    subscription["status"] = "canceled".into();
    subscription["canceled_at"] = now.into();
    subscription["ended_at"] = now.into();
    let value = subscription.clone();
    answer(&mut shop, &value)
}

pub(super) async fn invoice_payments(
    State(world): Shared,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let mut shop = world.shop();
    if let Err(refused) = admit(&mut shop, &headers, "GET /v1/invoice_payments", "") {
        return *refused;
    }
    let payment = query.get("payment[payment_intent]").cloned().unwrap_or_default();
    let found: Vec<Value> = shop
        .objects
        .values()
        .filter(|one| {
            one["object"] == "invoice_payment" && one["payment"]["payment_intent"] == payment.as_str()
        })
        .cloned()
        .collect();
    let value = json!({ "object": "list", "data": found, "has_more": false, "url": "/v1/invoice_payments" });
    answer(&mut shop, &value)
}

pub(super) async fn nothing() -> Response {
    fault(404, "invalid_request_error", "url_unknown")
}
