//! The two intakes that a person has to open themselves. Each refuses whatever comes without a grant that holds at that very moment.

use std::sync::Arc;

use allxone_contract::{JobId, TrainingOffer, UsageStatistics};
use axum::body::Body;
use axum::extract::State;
use http::{HeaderMap, StatusCode};

use super::body::{Id, parse, read_body};
use super::guard::Caller;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::store::Taken;

/// `POST /statistics`
pub(crate) async fn statistics(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<StatusCode> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let report: UsageStatistics = parse(&body)?;
    if !report.is_plain() {
        return Err(Refusal::invalid(
            "A value is not one the public schema of the statistics allows. Nothing was kept.",
        ));
    }
    answered(backend.store.take_statistics(&account, &report, backend.clock.now()).await?)
}

/// `POST /training`
pub(crate) async fn training(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<StatusCode> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let offer: TrainingOffer = parse(&body)?;
    answered(backend.store.take_for_training(&account, &offer, backend.clock.now()).await?)
}

/// `DELETE /statistics`: the counters that were sent, without taking the permission back.
pub(crate) async fn forget_statistics(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<StatusCode> {
    backend.store.forget_statistics(&account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /training`: everything that was given.
pub(crate) async fn forget_training(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
) -> Answer<StatusCode> {
    backend.store.forget_training(&account, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /training/{id}`: one job that was given.
pub(crate) async fn take_back(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(job): Id<JobId>,
) -> Answer<StatusCode> {
    backend.store.forget_training(&account, Some(job)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answered(taken: Taken) -> Answer<StatusCode> {
    match taken {
        Taken::Stored => Ok(StatusCode::NO_CONTENT),
        Taken::NoGrant => Err(Refusal::no_grant()),
        Taken::NoSubject => Err(Refusal::not_found()),
    }
}
