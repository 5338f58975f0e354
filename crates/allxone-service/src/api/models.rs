//! What the service is and offers, what it costs, and what a model would make of a prompt. Only the last carries content, and keeps none.

use std::sync::Arc;

use allxone_contract::{
    Field, Health, JobRequest, ModelCard, ModelList, Plan, ProblemCode, Quote, QuoteId, QuoteRequest,
};
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

/// How long a quote holds.
const QUOTE_MILLIS: i64 = 10 * 60 * 1000;

/// `GET /health`
pub(crate) async fn health(State(backend): State<Arc<Backend>>) -> Json<Health> {
    Json(Health {
        service: "allxone".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        api: SERVED,
        ready: !backend.stop.is_cancelled() && backend.check.ready(),
        time: backend.clock.now(),
    })
}

/// `GET /models`
pub(crate) async fn list(State(backend): State<Arc<Backend>>, _: Caller) -> Json<ModelList> {
    Json(ModelList { models: backend.partners.cards() })
}

/// `POST /quotes`
pub(crate) async fn quote(
    State(backend): State<Arc<Backend>>,
    _: Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Quote>> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let asked: QuoteRequest = parse(&body)?;
    let card = backend.partners.find(&asked.model).map(|(card, _)| card);
    let card =
        card.ok_or_else(|| Refusal::new(ProblemCode::UnknownModel, "This service has no such model."))?;
    if card.operation != asked.operation {
        return Err(Refusal::invalid("This model does something else than what was asked for."));
    }
    let at_most =
        card.price.at_most(asked.count).ok_or_else(|| Refusal::invalid("So many pictures have no price."))?;
    Ok(Json(Quote {
        id: QuoteId::new(),
        at_most,
        expires: backend.clock.now().plus(QUOTE_MILLIS),
        dropped: dropped(&card, &asked),
    }))
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

/// Fields the question names and the model does not know.
fn dropped(card: &ModelCard, asked: &QuoteRequest) -> Vec<Field> {
    let mut fields = asked.fields.clone();
    let set = [
        (Field::Size, asked.size.is_some()),
        (Field::Factor, asked.factor.is_some()),
        (Field::Inputs, !asked.inputs.is_empty()),
    ];
    fields.extend(set.into_iter().filter_map(|(field, set)| set.then_some(field)));
    let mut dropped: Vec<Field> = Vec::new();
    for field in fields {
        if !card.fields.contains(&field) && !dropped.contains(&field) {
            dropped.push(field);
        }
    }
    dropped
}
