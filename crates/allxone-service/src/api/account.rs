//! Deleting the account, keeping it after all, and the receipt.

use std::sync::Arc;

use allxone_contract::{AccountId, Deletion, DeletionId, DeletionRequest};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};

use super::body::{Id, parse, read_body};
use super::guard::{Caller, Proven};
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;

/// `POST /account/deletion`
pub(crate) async fn delete(
    State(backend): State<Arc<Backend>>,
    Proven(account): Proven,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<Deletion>)> {
    if account == AccountId::local() {
        return Err(Refusal::invalid(
            "This token belongs to no account, so there is none to delete. Erase the jobs, or remove the service's folder.",
        ));
    }
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let asked: DeletionRequest = parse(&body)?;
    Ok((StatusCode::ACCEPTED, Json(backend.delete_account(&account, asked.when).await?)))
}

/// `GET /account/deletion`
pub(crate) async fn deletion(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<Deletion>> {
    Ok(Json(backend.store.deletion_of(&account).await?.ok_or_else(Refusal::not_found)?))
}

/// `POST /account/deletion/cancel`
pub(crate) async fn keep(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<Json<Deletion>> {
    let kept = backend.keep_account(&account).await?;
    let deletion = backend.store.deletion_of(&account).await?.ok_or_else(Refusal::not_found)?;
    if kept || deletion.state == allxone_contract::DeletionState::Cancelled {
        Ok(Json(deletion))
    } else {
        Err(Refusal::account_closing())
    }
}

/// `GET /deletions/{id}`
pub(crate) async fn receipt(
    State(backend): State<Arc<Backend>>,
    Id(id): Id<DeletionId>,
) -> Answer<Json<Deletion>> {
    Ok(Json(backend.store.deletion(id).await?.ok_or_else(Refusal::not_found)?))
}
