//! What a person allows beyond what serving them needs, and which texts they accepted.

use std::sync::Arc;

use allxone_contract::{
    AcceptanceRequest, Consent, ConsentList, ConsentRequest, ConsentState, ConsentSurface,
};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};

use super::body::{parse, read_body};
use super::guard::Caller;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;

/// `GET /consents`
pub(crate) async fn list(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<ConsentList>> {
    Ok(Json(backend.store.consents(&account).await?))
}

/// `POST /consents`
pub(crate) async fn decide(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<Consent>)> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let decision: ConsentRequest = parse(&body)?;
    short([&decision.text_version, &decision.locale, &decision.app_version])?;
    if decision.surface == ConsentSurface::Deletion && decision.state == ConsentState::Granted {
        return Err(Refusal::invalid("A deletion allows nothing. Nothing was recorded."));
    }
    let consent = backend.store.decide(&account, &decision, backend.clock.now()).await?;
    Ok((StatusCode::CREATED, Json(consent)))
}

/// `POST /acceptances`
pub(crate) async fn accept(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<StatusCode> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let accepted: AcceptanceRequest = parse(&body)?;
    short([&accepted.version, &accepted.locale, &accepted.app_version])?;
    let now_in_force = backend.about.policies.iter().any(|policy| {
        policy.kind == accepted.policy
            && policy.version == accepted.version
            && policy.sha256 == accepted.sha256
    });
    if !now_in_force {
        return Err(Refusal::invalid(
            "This is not the text in force here. Nothing was recorded. Read the texts at /about again.",
        ));
    }
    backend.store.accept(&account, &accepted, backend.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Versions and languages are short names, not a place for words.
fn short(texts: [&String; 3]) -> Answer<()> {
    let plain = |text: &str| {
        (1..=32).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+'))
    };
    if texts.into_iter().all(|text| plain(text)) {
        Ok(())
    } else {
        Err(Refusal::invalid(
            "Versions and languages are written with 1 to 32 letters, digits, dots and dashes. Nothing was recorded.",
        ))
    }
}
