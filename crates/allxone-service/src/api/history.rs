//! What became of an account's jobs, for its other devices.

use std::sync::Arc;

use allxone_contract::{HistoryPage, HistoryPosition};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::guard::Caller;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;

const PAGE: u32 = 20;
const MAX_PAGE: u32 = 50;

/// What `GET /history` may ask for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Range {
    #[serde(default)]
    after: HistoryPosition,
    limit: Option<u32>,
}

/// `GET /history`
pub(crate) async fn history(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    range: Result<Query<Range>, QueryRejection>,
) -> Answer<Json<HistoryPage>> {
    let wrong = || {
        Refusal::invalid(format!(
            "Ask with `after` (a place in the history) and `limit` (1 to {MAX_PAGE}), or without."
        ))
    };
    let Query(range) = range.map_err(|_| wrong())?;
    let limit = range.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(wrong());
    }
    Ok(Json(backend.store.history(&account, range.after, limit).await?))
}
