//! What work costs: told before anything is sent, and found again when the job comes.

use std::sync::Arc;

use allxone_contract::{
    AccountId, Field, JobRequest, MilliCredits, ModelCard, ProblemCode, Quote, QuoteId, QuoteRequest, Size,
    Workload,
};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;

use super::body::{parse, read_body};
use super::guard::Caller;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::store::{Hold, Price};

/// How long a quote holds.
const QUOTE_MILLIS: i64 = 10 * 60 * 1000;

/// `POST /quotes`
pub(crate) async fn quote(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
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
    let inputs: Vec<Size> =
        asked.inputs.iter().map(|picked| Size { width: picked.width, height: picked.height }).collect();
    let work = card.workload(asked.count, asked.size, asked.factor, &inputs);
    let price = Price { rule: card.price.clone(), work };
    let at_most = price.at_most().ok_or_else(unpriced)?;
    let (id, now) = (QuoteId::new(), backend.clock.now());
    let expires = now.plus(QUOTE_MILLIS);
    // What costs nothing needs no proof of its price, so asking for it while one writes keeps nothing.
    if !card.price.is_free() {
        let asked = (asked.operation, &asked.model);
        backend.store.keep_quote(&account, id, asked, &price, (now, expires)).await?;
    }
    Ok(Json(Quote { id, at_most, expires, dropped: dropped(&card, &asked) }))
}

fn unpriced() -> Refusal {
    Refusal::invalid("This model has no price for so many pictures, or for pictures of this size.")
}

/// What is held for a job: at most what its quote said, or what it costs now when it relies on none.
pub(super) async fn hold(
    backend: &Backend,
    account: &AccountId,
    request: &JobRequest,
    card: &ModelCard,
    work: Workload,
) -> Answer<Hold> {
    let rule = match request.quote {
        Some(quote) if !card.price.is_free() => {
            let (asked, now) = ((request.operation, &request.model), backend.clock.now());
            let rule = backend.store.quoted(account, quote, asked, work, now).await?;
            rule.ok_or_else(Refusal::quote_expired)?
        }
        _ => card.price.clone(),
    };
    let price = Price { rule, work };
    let held = price.at_most().ok_or_else(unpriced)?;
    if held > request.max_cost {
        let detail = "This costs more than the request agrees to pay. Nothing was held. Ask for a new quote.";
        return Err(Refusal::insufficient(detail.to_owned(), held, request.max_cost));
    }
    Ok(Hold { metered: backend.is_metered(account), held, price })
}

/// A job could cost more than the account wants to spend this month.
pub(super) fn capped(needed: MilliCredits, left: MilliCredits) -> Refusal {
    let detail = format!(
        "This needs up to {needed} credits, and you want to spend {left} more this month at most. Nothing was held or kept. Raise the cap, or wait \
         for the next month."
    );
    let mut refusal = Refusal::new(ProblemCode::SpendingCap, detail);
    (refusal.0.needed, refusal.0.available) = (Some(needed), Some(left));
    refusal
}

/// There are fewer credits than a job needs.
pub(super) fn insufficient(needed: MilliCredits, available: MilliCredits) -> Refusal {
    let detail = format!(
        "This needs up to {needed} credits, and {available} can be spent. Nothing was held or kept. Get more credits, or wait until \
         running jobs end and give back what they do not use."
    );
    Refusal::insufficient(detail, needed, available)
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
