//! Personal keys: making, listing, taking back.

use std::sync::Arc;

use allxone_contract::{KeyId, KeyList, KeyRequest};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde_json::json;

use super::body::{Id, parse, read_body};
use super::guard::{Caller, Proven};
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::keys;

/// `GET /keys`
pub(crate) async fn list(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<KeyList>> {
    Ok(Json(KeyList { keys: backend.store.keys(&account).await? }))
}

/// `POST /keys`: the only answer a key is ever in.
pub(crate) async fn make(
    State(backend): State<Arc<Backend>>,
    Proven(account): Proven,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let asked: KeyRequest = parse(&body)?;
    match keys::make(&backend.store, &account, asked, backend.clock.now()).await? {
        Ok((key, secret)) => {
            Ok((StatusCode::CREATED, Json(json!({ "key": key, "secret": secret.expose() }))).into_response())
        }
        Err(unmade) => Err(Refusal::invalid(unmade.sentence())),
    }
}

/// `DELETE /keys/{id}`
pub(crate) async fn revoke(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<KeyId>,
) -> Answer<StatusCode> {
    match backend.store.revoke_key(&account, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refusal::not_found()),
    }
}
