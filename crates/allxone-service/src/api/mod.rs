//! The routes of the contract. Each file holds the routes of one resource; what all of them share is in [`guard`], [`body`] and
//! [`refusal`].

mod about;
mod account;
mod admission;
mod billing;
mod body;
mod consents;
mod credits;
mod events;
mod exports;
mod guard;
mod history;
mod intake;
mod jobs;
mod keys;
mod models;
mod openai;
mod pictures;
mod prices;
mod refusal;
mod webhooks;

use std::any::Any;
use std::sync::Arc;

use allxone_contract::API_BASE;
use allxone_identity::BASE;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use http::Uri;
use tower_http::catch_panic::CatchPanicLayer;

use crate::backend::Backend;
use crate::payments::{DONE_PAGE, PADDLE_PAGE};

pub(crate) use pictures::format_of;
pub(crate) use refusal::Refusal;

/// The service as a router, to be served or to be mounted.
pub(crate) fn router(backend: Arc<Backend>) -> Router {
    let routes = Router::new()
        .route(guard::HEALTH, get(models::health))
        .route(guard::ABOUT, get(about::about))
        .route("/models", get(models::list))
        .route("/quotes", post(prices::quote))
        .route("/credits", get(credits::balance))
        .route("/credits/cap", post(credits::cap))
        .route("/credits/entries", get(credits::entries))
        .route("/plans", post(models::plan))
        .route("/uploads", post(pictures::upload))
        .route("/assets/{id}", get(pictures::asset))
        .route("/assets/{id}/content", get(pictures::content))
        .route("/jobs", get(jobs::list).post(jobs::submit))
        .route("/jobs/{id}", get(jobs::job).delete(jobs::erase))
        .route("/jobs/{id}/outputs/{index}", delete(jobs::erase_output))
        .route("/jobs/{id}/cancel", post(jobs::cancel))
        .route("/jobs/{id}/events", get(events::follow))
        .route("/history", get(history::history))
        .route("/consents", get(consents::list).post(consents::decide))
        .route("/acceptances", post(consents::accept))
        .route("/keys", get(keys::list).post(keys::make))
        .route("/keys/{id}", delete(keys::revoke))
        .route("/statistics", post(intake::statistics).delete(intake::forget_statistics))
        .route("/training", post(intake::training).delete(intake::forget_training))
        .route("/training/{id}", delete(intake::take_back))
        .route("/exports", post(exports::ask))
        .route("/exports/{id}", get(exports::export))
        .route("/exports/{id}/content", get(exports::content))
        .route("/account/deletion", get(account::deletion).post(account::delete))
        .route("/account/deletion/cancel", post(account::keep))
        .route("/deletions/{id}", get(account::receipt))
        .route("/billing/plans", get(billing::plans))
        .route("/billing/checkout", post(billing::checkout))
        .route("/billing/orders", get(billing::orders))
        .route("/billing/orders/{id}", get(billing::order))
        .route("/billing/portal", post(billing::portal))
        .route("/billing/subscription", get(billing::subscription))
        .route("/billing/subscription/cancel", post(billing::cancel))
        .route("/billing/receipts", get(billing::receipts))
        .route("/billing/receipts/{id}", get(billing::receipt));
    let identity = backend.identity.clone();
    let service = Router::new()
        .nest(API_BASE, routes)
        .merge(openai::router(&backend))
        .fallback(nothing_here)
        .method_not_allowed_fallback(nothing_here)
        .layer(from_fn_with_state(Arc::clone(&backend), guard::guard));
    let service = service.route(&format!("{API_BASE}/webhooks/fal"), post(webhooks::knocked));
    let service = match &backend.cashier {
        Some(_) => service.merge(outside()),
        None => service,
    };
    let service = service.layer(CatchPanicLayer::custom(panicked)).with_state(backend);
    // The accounts have a guard of their own: their pages are opened by browsers, before anybody has a token.
    match identity {
        Some(identity) => service.merge(Router::new().nest(BASE, identity.router())),
        None => service,
    }
}

/// What payment providers and the browsers that come from them reach without a token.
fn outside() -> Router<Arc<Backend>> {
    Router::new()
        .route(&format!("{API_BASE}/webhooks/{{provider}}"), post(webhooks::told))
        .route(DONE_PAGE, get(billing::done))
        .route(PADDLE_PAGE, get(billing::paddle))
        .route("/billing/paddle.js", get(billing::paddle_script))
}

async fn nothing_here(address: Uri) -> Response {
    guard::refused(address.path(), Refusal::not_found())
}

/// A panic is a fault of ours: it is told as one, and its text, which may hold anything, is told to nobody.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request panicked");
    Refusal::internal().into_response()
}
