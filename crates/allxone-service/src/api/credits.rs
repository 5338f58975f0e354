//! What an account has, and how it came to that.

use std::sync::Arc;

use allxone_contract::{AccountId, CreditCap, CreditEntryList, Credits};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use http::HeaderMap;
use serde::Deserialize;

use super::body::{parse, read_body};
use super::guard::Caller;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;

const PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;

/// `GET /credits`
pub(crate) async fn balance(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<Credits>> {
    Ok(Json(shown(&backend, &account).await?))
}

/// `POST /credits/cap`: the most the account wants to spend in a month.
pub(crate) async fn cap(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Credits>> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let CreditCap { per_month } = parse(&body)?;
    if per_month.is_some_and(|cap| cap.0 < 0) {
        return Err(Refusal::invalid("A cap is nothing or more. Nothing was changed."));
    }
    backend.store.cap_credits(&account, per_month).await?;
    Ok(Json(shown(&backend, &account).await?))
}

async fn shown(backend: &Backend, account: &AccountId) -> Answer<Credits> {
    Ok(backend.store.credits(account, backend.is_metered(account), backend.clock.now()).await?)
}

/// What `GET /credits/entries` may ask for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    before: Option<u32>,
    limit: Option<u32>,
}

/// `GET /credits/entries`
pub(crate) async fn entries(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    page: Result<Query<Page>, QueryRejection>,
) -> Answer<Json<CreditEntryList>> {
    let range = || {
        Refusal::invalid(format!(
            "Ask with `before` (the number of an entry) and `limit` (1 to {MAX_PAGE}), or without."
        ))
    };
    let Query(page) = page.map_err(|_| range())?;
    let limit = page.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(range());
    }
    let mut entries = backend.store.credit_entries(&account, page.before, limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|entry| entry.sequence);
    Ok(Json(CreditEntryList { entries, next }))
}
