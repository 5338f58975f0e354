//! The same service in OpenAI's words: `POST /v1/images/generations`, `/v1/images/edits`, `GET /v1/models`, so that programs written for
//! that interface make pictures here without being changed.
//!
//! It is a way of asking, not a second service: a call places an ordinary job, waits for its end and hands over its results. What no model
//! here can honour is refused by name, never dropped; and what was accepted once is not begun twice, however often a client repeats it.

mod answer;
mod fault;
mod form;
mod wish;

use std::sync::Arc;

use allxone_contract::{
    CONFIRMED_HEADER, IdempotencyKey, InputRef, InputRole, Job, JobId, JobRequest, MilliCredits, ModelCard,
    Operation, ProblemCode, Sha256,
};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::HeaderMap;
use serde_json::json;
use tokio::sync::watch;

use super::admission::admit;
use super::body::{key, read_body, says_yes, sender_receipt};
use super::guard::Caller;
use super::jobs::{self, Taken, Wanted, lookup};
use super::pictures;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::followers::Live;
use wish::Wish;

pub(crate) use fault::Fault;

/// What all of it lies below.
pub(crate) const BASE: &str = "/v1";
/// Where pictures are asked for; such a call lasts as long as its job.
pub(crate) const IMAGES: &str = "/v1/images/";

/// For how long a repeated call without a key of its own is taken for the same one.
const REPEATS_MILLIS: i64 = 15 * 60 * 1_000;
/// What the official clients say of a call they make again.
const RETRY_COUNT: &str = "x-stainless-retry-count";

type Told<T> = Result<T, Fault>;

/// The routes, without their guard.
pub(crate) fn router(backend: &Arc<Backend>) -> Router<Arc<Backend>> {
    let limits = &backend.limits;
    let most = limits.picture_bytes.saturating_mul(2).saturating_add(limits.request_bytes);
    let form = DefaultBodyLimit::max(usize::try_from(most).unwrap_or(usize::MAX));
    Router::new()
        .route("/v1/models", get(models))
        .route("/v1/models/{*id}", get(model))
        .route("/v1/images/generations", post(generations))
        .route("/v1/images/edits", post(edits).layer(form))
}

/// `GET /v1/models`
async fn models(State(backend): State<Arc<Backend>>, _: Caller) -> Response {
    let data: Vec<_> = backend.partners.cards().iter().map(shown).collect();
    Json(json!({ "object": "list", "data": data })).into_response()
}

/// `GET /v1/models/{id}`
async fn model(State(backend): State<Arc<Backend>>, _: Caller, Path(id): Path<String>) -> Told<Response> {
    let card = backend.partners.cards().into_iter().find(|card| card.id.as_str() == id);
    let card =
        card.ok_or_else(|| Refusal::new(ProblemCode::UnknownModel, "This service has no such model."))?;
    Ok(Json(shown(&card)).into_response())
}

fn shown(card: &ModelCard) -> serde_json::Value {
    let owner = match &card.runs_at {
        allxone_contract::RunsAt::Service => "allxone",
        allxone_contract::RunsAt::Partner(name) => name,
    };
    // OpenAI's form has a time here; when a model was made is not known.
    json!({ "id": card.id, "object": "model", "created": 0, "owned_by": owner })
}

/// `POST /v1/images/generations`
async fn generations(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Told<Response> {
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let wish = Wish::read(&body)?;
    admit(&backend, &account).await?;
    let request = request(&backend, &wish, Operation::Generate, Vec::new())?;
    carry_out(backend, Caller(account), &headers, request, &wish).await
}

/// `POST /v1/images/edits`
async fn edits(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    form: Multipart,
) -> Told<Response> {
    admit(&backend, &account).await?;
    let form = form::read(form, backend.limits.picture_bytes).await?;
    let wish = Wish::of(form.fields)?;
    let confirmed = says_yes(&headers, CONFIRMED_HEADER)?;
    let mut inputs = Vec::new();
    for (role, content) in form.pictures {
        let sha256 = Sha256::of(&content);
        pictures::take(&backend, &account, content, confirmed, None).await?;
        inputs.push(InputRef { sha256, role });
    }
    if !inputs.iter().any(|input| input.role == InputRole::Init) {
        return Err(Fault::of_field("image", "Add the picture to change as `image`."));
    }
    let request = request(&backend, &wish, Operation::Edit, inputs)?;
    carry_out(backend, Caller(account), &headers, request, &wish).await
}

/// The wish as a request of the contract.
fn request(backend: &Backend, wish: &Wish, operation: Operation, inputs: Vec<InputRef>) -> Told<JobRequest> {
    let cards = backend.partners.cards();
    let card = chosen(&cards, &wish.model, operation)?;
    Ok(JobRequest {
        operation: card.operation,
        prompt: wish.prompt.clone(),
        negative_prompt: wish.negative_prompt.clone(),
        size: wish.size,
        count: wish.count,
        seed: wish.seed,
        strength: wish.strength,
        inputs,
        // OpenAI's interface knows no price: whoever calls it agrees to the list.
        max_cost: MilliCredits(i64::MAX),
        ..JobRequest::new(operation, card.id.clone())
    })
}

/// The model of that name which does this: by its whole id, or by the part after the partner's name.
fn chosen<'a>(cards: &'a [ModelCard], name: &str, operation: Operation) -> Told<&'a ModelCard> {
    let fits = |card: &&ModelCard| card.operation == operation;
    let exact = cards.iter().filter(fits).find(|card| card.id.as_str() == name);
    let short = |card: &&ModelCard| {
        let own = card.id.as_str().split_once('/').map_or("", |(_, own)| own);
        // A model that both makes and changes pictures has two entries here and one name there.
        own == name || operation == Operation::Edit && own.strip_suffix("-edit") == Some(name)
    };
    let mut alike = cards.iter().filter(fits).filter(short);
    let found = exact.or_else(|| alike.next().filter(|_| alike.next().is_none()));
    found.ok_or_else(|| {
        let detail = "This service has no such model for this. Ask /v1/models which there are.";
        Refusal::new(ProblemCode::UnknownModel, detail).into()
    })
}

/// Places the job, unless this call is a repetition, and answers with what becomes of it.
async fn carry_out(
    backend: Arc<Backend>,
    Caller(account): Caller,
    headers: &HeaderMap,
    request: JobRequest,
    wish: &Wish,
) -> Told<Response> {
    if wish.previews > 0 && !has_previews(&backend, &account, &request) {
        return Err(Fault::unsupported("partial_images"));
    }
    let body = serde_json::to_vec(&request).map(Bytes::from).map_err(|_| Refusal::internal())?;
    let (id, live, shown) = match before(&backend, &account, headers, &body).await? {
        Some(id) => (id, None, None),
        None => {
            let key = match headers.contains_key(IdempotencyKey::HEADER) {
                true => key(headers, "A job")?,
                false => format!("v1-{}", JobId::new()).parse().map_err(|_| Refusal::internal())?,
            };
            let confirmed = says_yes(headers, CONFIRMED_HEADER)?;
            let wanted = Wanted {
                request,
                body: &body,
                key: &key,
                confirmed,
                sender_receipt: sender_receipt(headers),
                previews: wish.previews,
            };
            match jobs::place(&backend, &account, wanted).await? {
                Taken::New { id, live, shown } => (id, Some(live), shown),
                Taken::Before(id) => (id, None, None),
            }
        }
    };
    if wish.stream {
        return Ok(answer::streamed(backend, account, id, live, shown));
    }
    let job = ended(&backend, &account, id, live).await.map_err(Fault::accepted)?;
    answer::whole(&backend, &account, job).await.map_err(Fault::accepted)
}

/// Whether previews come of a request. Partners are paid for each, and price lists have none, so whoever pays by the list gets none.
fn has_previews(backend: &Backend, account: &allxone_contract::AccountId, request: &JobRequest) -> bool {
    let offered = |(card, partner): (ModelCard, Arc<dyn crate::partner::Partner>)| {
        partner.has_previews() && (card.price.is_free() || !backend.is_metered(account))
    };
    request.count == 1 && backend.partners.find(&request.model).is_some_and(offered)
}

/// The job that an earlier call of the same kind has placed: one with the same key, or, where an official client says that it calls again,
/// the newest of the same content.
async fn before(
    backend: &Backend,
    account: &allxone_contract::AccountId,
    headers: &HeaderMap,
    body: &[u8],
) -> Answer<Option<JobId>> {
    let sha256 = Sha256::of(body);
    if headers.contains_key(IdempotencyKey::HEADER) {
        return match backend.store.keyed(account, &key(headers, "A job")?).await? {
            Some((same, id)) if same == sha256 => Ok(Some(id)),
            Some(_) => Err(Refusal::key_reused()),
            None => Ok(None),
        };
    }
    let again = headers
        .get(RETRY_COUNT)
        .and_then(|count| count.to_str().ok())
        .and_then(|count| count.parse::<u32>().ok());
    if again.is_none_or(|count| count == 0) {
        return Ok(None);
    }
    let since = backend.clock.now().plus(-REPEATS_MILLIS);
    Ok(backend.store.newest_of(account, sha256, since).await?)
}

/// The job when it has ended. A job that was `live` from its beginning is not looked up before. Whoever stops waiting does not stop the job.
async fn ended(
    backend: &Backend,
    account: &allxone_contract::AccountId,
    id: JobId,
    mut live: Option<watch::Receiver<Live>>,
) -> Answer<Job> {
    let shared = backend.is_shared();
    loop {
        let mut live = match live.take() {
            Some(live) => live,
            None => {
                let live = backend.followers.subscribe(id);
                let job = lookup(backend, account, id).await?;
                if job.state.is_final() {
                    return Ok(job);
                }
                live
            }
        };
        tokio::select! {
            () = backend.stop.cancelled() => return Err(Refusal::shutting_down()),
            // The end of its work here closes the channel; its progress is of no interest.
            () = async { while live.changed().await.is_ok() {} } => {}
            // Whoever works on it elsewhere tells the store alone.
            () = tokio::time::sleep(backend.pace.look), if shared => {}
        }
    }
}
