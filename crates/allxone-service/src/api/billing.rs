//! Buying credits: what is offered, ordering it, how orders and subscriptions stand, the receipts.

use std::sync::Arc;

use allxone_contract::{
    AccountId, BillingPlans, BillingReceipt, BillingReceiptId, BillingReceiptList, CheckoutRequest, Order,
    OrderId, OrderList, PaymentProvider, PortalLink, ProblemCode, Sha256, SubscriptionAnswer,
};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use maud::{DOCTYPE, html};

use super::body::{Id, key, parse, read_body};
use super::guard::Caller;
use super::jobs::REPLAYED;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::payments::{Cancel, Cashier, Purchase, Till, TillError, first_look, written};
use crate::store::payments::{NewOrder, Ordered, StoredOrder};

/// The most open orders of one account within an hour.
const OPEN_ORDERS: u32 = 20;

/// `GET /billing/plans`
pub(crate) async fn plans(State(backend): State<Arc<Backend>>, _: Caller) -> Json<BillingPlans> {
    let Some(cashier) = &backend.cashier else { return Json(BillingPlans::default()) };
    let offered = cashier.payments.plans.iter().filter(|offer| !offer.retired);
    let plans = offered.map(|offer| offer.plan.clone()).collect();
    Json(BillingPlans { plans, test: !cashier.payments.live })
}

/// `POST /billing/checkout`
pub(crate) async fn checkout(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let key = key(&headers, "An order")?;
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let asked: CheckoutRequest = parse(&body)?;
    let cashier = cashier(&backend, &account)?;
    let offer = cashier.payments.offer(&asked.plan).filter(|offer| !offer.retired);
    let price = offer.and_then(|offer| offer.prices.get(&asked.provider));
    let till = cashier.tills.find(asked.provider);
    let (Some(offer), Some(price), Some(till)) = (offer, price, till) else {
        return Err(Refusal::invalid(
            "This is not offered here. Nothing was ordered. Look at the plans again.",
        ));
    };
    let now = backend.clock.now();
    if backend.store.open_orders(&account, now.plus(-3_600_000)).await? >= OPEN_ORDERS {
        return Err(Refusal::busy(
            "There are many open orders. Nothing was ordered. Pay one of them, or try again later.",
            600,
        ));
    }
    let id = OrderId::new();
    let new = NewOrder {
        id,
        account: &account,
        key: &key,
        body_sha256: Sha256::of(&body),
        offer,
        provider: asked.provider,
        price,
        language: &asked.language,
        test: !cashier.payments.live,
        look: first_look(now),
        now,
    };
    let (id, before) = match backend.store.order(new).await? {
        Ordered::Now => (id, false),
        Ordered::Same(id) => (id, true),
        Ordered::KeyReused => return Err(Refusal::key_reused()),
    };
    let stored = backend.store.find_order(id).await?.ok_or_else(Refusal::not_found)?;
    // An answer that was lost is asked for again: the order is there, and its page may be.
    let stored = if stored.order.address.is_none() && stored.order.state.is_open() {
        open(&backend, cashier, till, stored, before).await?
    } else {
        stored
    };
    let mut response = (StatusCode::CREATED, Json(stored.order)).into_response();
    if before {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Opens the page an order is paid at.
async fn open(
    backend: &Backend,
    cashier: &Cashier,
    till: &dyn Till,
    stored: StoredOrder,
    again: bool,
) -> Answer<StoredOrder> {
    let order = &stored.order;
    let Some(_opening) = cashier.begin_opening(order.id) else {
        let mut busy = Refusal::new(ProblemCode::KeyBusy, "This order is being made. Ask again in a moment.");
        busy.0.retry_after = Some(1);
        return Err(busy);
    };
    let purchase = Purchase {
        order: order.id,
        kind: order.kind,
        price: stored.price.clone(),
        amount: order.price.amount,
        currency: order.price.currency.as_str().to_owned(),
        customer: backend.store.customer_of(&stored.account, order.provider, order.test).await?,
        automatic_tax: cashier.payments.automatic_tax,
        back: cashier.back(),
        created: order.created,
        again,
    };
    let page = till.checkout(&purchase).await.map_err(unavailable)?;
    backend.store.order_opened(order.id, &page, backend.clock.now()).await?;
    backend.store.find_order(order.id).await?.ok_or_else(Refusal::not_found)
}

/// `GET /billing/orders`
pub(crate) async fn orders(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<OrderList>> {
    Ok(Json(OrderList { orders: backend.store.orders_of(&account).await? }))
}

/// `GET /billing/orders/{id}`
pub(crate) async fn order(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<OrderId>,
) -> Answer<Json<Order>> {
    let stored = backend.store.find_order(id).await?.filter(|stored| stored.account == account);
    Ok(Json(stored.ok_or_else(Refusal::not_found)?.order))
}

/// `GET /billing/subscription`
pub(crate) async fn subscription(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<SubscriptionAnswer>> {
    let Some(cashier) = &backend.cashier else { return Ok(Json(SubscriptionAnswer::default())) };
    let stored = backend.store.subscription_of(&account).await?;
    let shown = stored.map(|stored| {
        let portal = cashier.tills.find(stored.provider).is_some_and(Till::has_portal);
        stored.shown(&cashier.payments, portal)
    });
    Ok(Json(SubscriptionAnswer { subscription: shown }))
}

/// `POST /billing/portal`
pub(crate) async fn portal(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<PortalLink>> {
    let cashier = cashier(&backend, &account)?;
    let none =
        || Refusal::invalid("There is no subscription here that could be changed on a provider's page.");
    let stored = backend.store.subscription_of(&account).await?.ok_or_else(none)?;
    let till = cashier.tills.find(stored.provider).ok_or_else(none)?;
    let customer = stored.customer.as_deref().ok_or_else(none)?;
    let address = till.portal(customer, &stored.id, &cashier.back()).await.map_err(unavailable)?;
    Ok(Json(PortalLink { address: address.ok_or_else(none)? }))
}

/// `POST /billing/subscription/cancel`: it ends when what is paid is over.
pub(crate) async fn cancel(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<SubscriptionAnswer>> {
    let cashier = cashier(&backend, &account)?;
    let none = || Refusal::invalid("There is no subscription here that could be cancelled.");
    let running = backend.store.running_subscriptions(&account).await?;
    let stored = running.into_iter().max_by_key(|one| one.order).ok_or_else(none)?;
    let till = cashier.tills.find(stored.provider).ok_or_else(none)?;
    till.cancel(&stored.id, Cancel::AtPeriodEnd).await.map_err(unavailable)?;
    backend.store.will_end(stored.provider, &stored.id).await?;
    backend.ask_about_subscription(cashier, &stored).await?;
    subscription(State(Arc::clone(&backend)), Caller(account)).await
}

/// `GET /billing/receipts`
pub(crate) async fn receipts(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<BillingReceiptList>> {
    let seller = &backend.about.operator.name;
    Ok(Json(BillingReceiptList { receipts: backend.store.receipts_of(&account, seller).await? }))
}

/// `GET /billing/receipts/{id}`: as a record, or as a page where one is asked for.
pub(crate) async fn receipt(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    Id(id): Id<BillingReceiptId>,
) -> Answer<Response> {
    let seller = &backend.about.operator.name;
    let stored = backend.store.receipt_of(&account, id, seller).await?.ok_or_else(Refusal::not_found)?;
    let page = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.starts_with("text/html"));
    if page {
        return Ok(shown(written(&stored.receipt, &stored.language).html));
    }
    Ok(Json::<BillingReceipt>(stored.receipt).into_response())
}

/// `GET /billing/done`: where the browser is sent when it is done at a provider. It proves nothing and changes nothing.
pub(crate) async fn done() -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; meta name="viewport" content="width=device-width"; title { "AllXOne" } }
            body style="margin:0 auto;max-width:560px;padding:48px 24px;font:16px/1.6 system-ui,sans-serif" {
                h1 style="font-size:22px" { "Back to AllXOne" }
                p { "You can close this page. AllXOne shows the credits as soon as the payment provider reports the payment; if you did not pay, nothing was charged." }
                p lang="de" { "Sie können diese Seite schließen. AllXOne zeigt die Credits an, sobald der Zahlungsdienst die Zahlung meldet; ohne Zahlung wird nichts berechnet." }
                p lang="ar" dir="rtl" { "يمكنك إغلاق هذه الصفحة. يُظهر AllXOne الأرصدة فور إبلاغ مزوّد الدفع بالدفعة؛ وإن لم تدفع فلن يُحتسب عليك شيء." }
            }
        }
    };
    shown(page.into_string())
}

/// `GET /billing/paddle`: Paddle pays on the seller's page, which has to load its script. This is that page, and nothing else is on it; the
/// script finds the transaction in the page's own address.
pub(crate) async fn paddle(State(backend): State<Arc<Backend>>) -> Answer<Response> {
    let cashier = backend.cashier.as_deref().ok_or_else(Refusal::not_found)?;
    let mut described = cashier.payments.providers.iter();
    let token =
        described.find(|one| one.name == PaymentProvider::Paddle).and_then(|one| one.key_id.as_deref());
    let token = token.ok_or_else(Refusal::not_found)?;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "AllXOne" }
                script src="https://cdn.paddle.com/paddle/v2/paddle.js" {}
            }
            body style="margin:0 auto;max-width:560px;padding:48px 24px;font:16px/1.6 system-ui,sans-serif" {
                p { "Paddle takes this payment." }
                p lang="de" { "Diese Zahlung nimmt Paddle entgegen." }
                p lang="ar" dir="rtl" { "تتولى Paddle هذه الدفعة." }
                script src="/billing/paddle.js" data-token=(token) data-back=(cashier.back()) data-trial[!cashier.payments.live] {}
            }
        }
    };
    let policy = "default-src 'none'; script-src 'self' https://cdn.paddle.com https://public.profitwell.com; style-src 'unsafe-inline' https://cdn.paddle.com; \
                  frame-src https://*.paddle.com; connect-src https://*.paddle.com; img-src https://*.paddle.com data:; base-uri 'none'; form-action 'none'; \
                  frame-ancestors 'none'";
    Ok(shown_under(page.into_string(), policy))
}

/// `GET /billing/paddle.js`
pub(crate) async fn paddle_script() -> Response {
    let script = "const here = document.currentScript.dataset;\n\
                  if ('trial' in here) Paddle.Environment.set('sandbox');\n\
                  Paddle.Initialize({ token: here.token, checkout: { settings: { successUrl: here.back } } });\n";
    let mut response = script.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn shown(page: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    shown_under(page, policy)
}

fn shown_under(page: String, policy: &'static str) -> Response {
    let mut response = page.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whoever takes the payments here, for somebody who can pay.
fn cashier<'a>(backend: &'a Backend, account: &AccountId) -> Answer<&'a Cashier> {
    if *account == AccountId::local() {
        return Err(Refusal::invalid(
            "This token belongs to no account, so there is nobody to buy credits for. Sign in first.",
        ));
    }
    backend.cashier.as_deref().ok_or_else(|| Refusal::invalid("Nothing is sold here."))
}

/// A provider that could not be asked. Its own words are not handed on.
fn unavailable(error: TillError) -> Refusal {
    tracing::warn!(%error, "a payment provider could not be asked");
    let mut refusal = Refusal::new(
        ProblemCode::PaymentUnavailable,
        "The payment provider did not answer as it should. Nothing was charged. Try again in a moment.",
    );
    refusal.0.retry_after = Some(2);
    refusal
}
