//! What the service is and offers, and what a model would make of a prompt. Only the last carries content, and keeps none.

use std::sync::Arc;

use allxone_contract::{Health, JobRequest, ModelList, Plan, ProblemCode};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;

use super::admission::admit;
use super::body::{parse, read_body};
use super::guard::{Caller, SERVED};
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::partner::PartnerError;
use crate::screening::{Stage, Stopped};

/// `GET /health`
pub(crate) async fn health(State(backend): State<Arc<Backend>>) -> Json<Health> {
    Json(Health {
        service: "allxone".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api: SERVED,
        ready: !backend.stop.is_cancelled()
            && backend.check.ready()
            && backend.reaches_what_it_shares().await,
        time: backend.clock.now(),
    })
}

/// `GET /models`
pub(crate) async fn list(State(backend): State<Arc<Backend>>, _: Caller) -> Json<ModelList> {
    Json(ModelList { models: backend.partners.cards() })
}

/// `POST /plans`: what a model would make of a request, which is checked like any other and kept nowhere.
pub(crate) async fn plan(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Plan>> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    admit(&backend, &account).await?;
    let request: JobRequest = parse(&body)?;
    let (card, partner) = backend
        .partners
        .find(&request.model)
        .ok_or_else(|| Refusal::new(ProblemCode::UnknownModel, "This service has no such model."))?;
    if !card.plans {
        return Err(Refusal::invalid("This model does not tell beforehand what it makes of a prompt."));
    }
    let cleared = match backend.check.pass(request, false).await {
        Ok(cleared) => cleared,
        Err(stopped) => {
            if let Stopped::Found(finding) = &stopped {
                backend.check.note(&backend.store, &backend.clock, &account, Stage::Request, finding).await?;
            }
            return Err(stopped.into());
        }
    };
    match tokio::task::spawn_blocking(move || partner.plan(&cleared)).await {
        Ok(Ok(plan)) => Ok(Json(plan)),
        Ok(Err(PartnerError::Failed { code, detail })) => Err(Refusal::new(code, detail)),
        Ok(Err(PartnerError::Cancelled)) | Err(_) => Err(Refusal::internal()),
    }
}
