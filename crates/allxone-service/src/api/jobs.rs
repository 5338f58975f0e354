//! Jobs: placing, looking up, stopping, erasing.

use std::sync::Arc;

use allxone_contract::{
    API_BASE, AccountId, AssetId, CONFIRMED_HEADER, FieldError, IdempotencyKey, InputRole, Job, JobId,
    JobList, JobRequest, ModelCard, OnUnsupported, ProblemCode, Receipt, Sha256, Size, Warning, WarningKind,
};
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::admission::admit;
use super::body::{Id, key, parse, read_body, says_yes, sender_receipt};
use super::guard::Caller;
use super::pictures::full;
use super::prices;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::figures::Step;
use crate::followers::Live;
use crate::halt;
use crate::previews::Shown;
use crate::screening::{Stage, Stopped};
use crate::store::{NewJob, Placed};

/// Said of an answer that repeats an earlier one.
pub(super) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const PAGE: u32 = 50;
const MAX_PAGE: u32 = 100;

/// `POST /jobs`
pub(crate) async fn submit(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let key = key(&headers, "A job")?;
    let confirmed = says_yes(&headers, CONFIRMED_HEADER)?;
    let body = read_body(body, &headers, backend.limits.request_bytes).await?;
    let body_sha256 = Sha256::of(&body);
    if let Some((before, id)) = backend.store.keyed(&account, &key).await? {
        return if before == body_sha256 {
            replay(&backend, &account, id).await
        } else {
            Err(Refusal::key_reused())
        };
    }
    admit(&backend, &account).await?;
    let request: JobRequest = parse(&body)?;
    let sender_receipt = sender_receipt(&headers);
    let wanted = Wanted { request, body: &body, key: &key, confirmed, sender_receipt, previews: 0 };
    match place(&backend, &account, wanted).await? {
        Taken::New { id, .. } => accepted(&backend, &account, id).await,
        Taken::Before(id) => replay(&backend, &account, id).await,
    }
}

/// A job somebody wants.
pub(super) struct Wanted<'a> {
    pub(super) request: JobRequest,
    /// The request as it is kept.
    pub(super) body: &'a [u8],
    pub(super) key: &'a IdempotencyKey,
    /// Whether the sender says a person confirmed a `review`.
    pub(super) confirmed: bool,
    pub(super) sender_receipt: Option<Receipt>,
    /// How many previews whoever waits for it wants; not a part of the job.
    pub(super) previews: u8,
}

/// How a wanted job was taken.
pub(super) enum Taken {
    /// It waits for its turn; this tells what becomes of it, from its very beginning.
    New {
        id: JobId,
        live: watch::Receiver<Live>,
        /// Where its previews arrive, if they were wanted.
        shown: Option<mpsc::Receiver<Shown>>,
    },
    /// The key was used before, for the same request.
    Before(JobId),
}

/// Checks a job of an account whose content is [admitted](admit), and puts it into the queue.
pub(super) async fn place(backend: &Backend, account: &AccountId, wanted: Wanted<'_>) -> Answer<Taken> {
    let Wanted { request, body, key, confirmed, sender_receipt, previews } = wanted;
    let card = backend.partners.find(&request.model).map(|(card, _)| card);
    let card =
        card.ok_or_else(|| Refusal::new(ProblemCode::UnknownModel, "This service has no such model."))?;
    let warnings = fits(&card, &request)?;
    let begun = Instant::now();
    let checked = backend.check.pass(request, confirmed).await;
    backend.figures.took(Step::CheckRequest, begun.elapsed());
    let cleared = match checked {
        Ok(cleared) => cleared,
        Err(stopped) => {
            if let Stopped::Found(finding) = &stopped {
                backend.check.note(&backend.store, &backend.clock, account, Stage::Request, finding).await?;
            }
            return Err(stopped.into());
        }
    };
    let request = cleared.value();
    let pictures = inputs(backend, account, request, &card).await?;
    let sizes: Vec<Size> = pictures.iter().map(|input| input.size).collect();
    let work = card.workload(request.count, request.size, request.factor, &sizes);
    let hold = prices::hold(backend, account, request, &card, work).await?;
    let inputs: Vec<_> = pictures.iter().map(|input| (input.asset, input.role)).collect();
    if !backend.has_room().await? {
        return Err(full());
    }
    let id = JobId::new();
    let job = NewJob {
        id,
        request,
        body,
        body_sha256: Sha256::of(body),
        key,
        confirmed,
        receipt: cleared.receipt(),
        sender_receipt: sender_receipt.as_ref(),
        warnings: &warnings,
        inputs: &inputs,
        hold: &hold,
        now: backend.clock.now(),
    };
    let live = backend.followers.subscribe(id);
    let shown = (previews > 0).then(|| backend.previews.ask(id, previews));
    halt::here("checked_request");
    let begun = Instant::now();
    let placed = backend.store.place(account, job, backend.limits.queue).await?;
    backend.figures.took(Step::Place, begun.elapsed());
    halt::here("placed");
    match placed {
        Placed::Queued => {
            backend.lanes.wake(&card.id);
            Ok(Taken::New { id, live, shown })
        }
        Placed::Same(id) => Ok(Taken::Before(id)),
        Placed::KeyReused => Err(Refusal::key_reused()),
        Placed::QueueFull => Err(Refusal::busy(
            "As many jobs are waiting as the service takes. Nothing was kept. Try again later.",
            10,
        )),
        Placed::InputGone => Err(missing(0)),
        Placed::Capped { left } => Err(prices::capped(hold.held, left)),
        Placed::Insufficient { available } => Err(prices::insufficient(hold.held, available)),
    }
}

/// What the person should know of a request the model can run; else the faults of the request.
fn fits(card: &ModelCard, request: &JobRequest) -> Answer<Vec<Warning>> {
    if card.operation != request.operation {
        return Err(Refusal::invalid("This model does something else than what was asked for."));
    }
    let faults = card.faults(request);
    if !faults.is_empty() {
        let all_unsupported = faults.iter().all(|fault| fault.unsupported);
        let code = if all_unsupported { ProblemCode::UnsupportedField } else { ProblemCode::Invalid };
        let mut refusal =
            Refusal::new(code, "The request does not fit the model. Nothing was kept.").with_errors(faults);
        // Well formed, but not to be carried out.
        refusal.0.status = StatusCode::UNPROCESSABLE_ENTITY.as_u16();
        return Err(refusal);
    }
    if request.on_unsupported == OnUnsupported::Refuse {
        return Ok(Vec::new());
    }
    let strict = JobRequest { on_unsupported: OnUnsupported::Refuse, ..request.clone() };
    let dropped = |fault: FieldError| Warning { kind: WarningKind::FieldDropped, message: fault.message };
    Ok(card.faults(&strict).into_iter().filter(|fault| fault.unsupported).map(dropped).collect())
}

/// A stored upload that a request names.
struct Named {
    asset: AssetId,
    role: InputRole,
    size: Size,
}

/// The stored uploads a request names.
async fn inputs(
    backend: &Backend,
    account: &AccountId,
    request: &JobRequest,
    card: &ModelCard,
) -> Answer<Vec<Named>> {
    let mut found = Vec::with_capacity(request.inputs.len());
    if !card.fields.contains(&allxone_contract::Field::Inputs) {
        return Ok(found);
    }
    for (position, input) in request.inputs.iter().enumerate() {
        let stored = backend.store.uploaded(account, input.sha256, backend.clock.now()).await?;
        let asset = stored.ok_or_else(|| missing(position))?.asset;
        let size = Size { width: asset.width, height: asset.height };
        if size.pixels() > card.max_input_pixels {
            let detail = format!("Input picture {} has more pixels than this model takes.", position + 1);
            return Err(Refusal::new(ProblemCode::TooLarge, detail));
        }
        found.push(Named { asset: asset.id, role: input.role, size });
    }
    Ok(found)
}

fn missing(position: usize) -> Refusal {
    let message = "No such picture was uploaded, or it was erased. Upload it first.".to_owned();
    let error = FieldError { pointer: format!("/inputs/{position}"), message, unsupported: false };
    Refusal::new(
        ProblemCode::NotFound,
        "An input picture is not at the service. Nothing was kept. Upload it and send the job again.",
    )
    .with_errors(vec![error])
}

async fn accepted(backend: &Backend, account: &AccountId, id: JobId) -> Answer<Response> {
    let job = lookup(backend, account, id).await?;
    let location = format!("{API_BASE}/jobs/{id}");
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(job)).into_response())
}

async fn replay(backend: &Backend, account: &AccountId, id: JobId) -> Answer<Response> {
    let mut response = accepted(backend, account, id).await?;
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

pub(super) async fn lookup(backend: &Backend, account: &AccountId, id: JobId) -> Answer<Job> {
    let mut job = backend.store.job(account, id).await?.ok_or_else(Refusal::not_found)?;
    with_progress(backend, &mut job);
    Ok(job)
}

/// Adds how far a running job is, which is not stored.
pub(super) fn with_progress(backend: &Backend, job: &mut Job) {
    if let (false, Some(progress)) = (job.state.is_final(), backend.followers.latest(job.id)) {
        job.progress = progress;
    }
}

/// What `GET /jobs` may ask for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Page {
    before: Option<JobId>,
    limit: Option<u32>,
}

/// `GET /jobs`
pub(crate) async fn list(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    page: Result<Query<Page>, QueryRejection>,
) -> Answer<Json<JobList>> {
    let range = || {
        Refusal::invalid(format!(
            "Ask with `before` (the id of a job) and `limit` (1 to {MAX_PAGE}), or without."
        ))
    };
    let Query(page) = page.map_err(|_| range())?;
    let limit = page.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(range());
    }
    let mut jobs = backend.store.jobs(&account, page.before, limit + 1).await?;
    let more = jobs.len() > limit as usize;
    jobs.truncate(limit as usize);
    jobs.iter_mut().for_each(|job| with_progress(&backend, job));
    let next = jobs.last().filter(|_| more).map(|job| job.id);
    Ok(Json(JobList { jobs, next }))
}

/// `GET /jobs/{id}`
pub(crate) async fn job(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<JobId>,
) -> Answer<Json<Job>> {
    Ok(Json(lookup(&backend, &account, id).await?))
}

/// `POST /jobs/{id}/cancel`
pub(crate) async fn cancel(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<JobId>,
) -> Answer<Json<Job>> {
    backend.cancel(&account, id, false).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(lookup(&backend, &account, id).await?))
}

/// `DELETE /jobs/{id}`: stops it if it runs, waits for its end, erases. What does not end in time is erased when it does (202).
pub(crate) async fn erase(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<JobId>,
) -> Answer<Response> {
    let mut live = backend.followers.subscribe(id);
    backend.cancel(&account, id, true).await?.ok_or_else(Refusal::not_found)?;
    let ended = async {
        loop {
            match backend.erase(&account, id).await? {
                Some(true) => return Ok::<_, Refusal>(StatusCode::OK),
                Some(false) => {}
                None => return Err(Refusal::not_found()),
            }
            if live.changed().await.is_err() {
                live = backend.followers.subscribe(id);
            }
        }
    };
    let status = match tokio::time::timeout(backend.limits.request_time / 2, ended).await {
        Ok(status) => status?,
        Err(_) => StatusCode::ACCEPTED,
    };
    Ok((status, Json(lookup(&backend, &account, id).await?)).into_response())
}

/// `DELETE /jobs/{id}/outputs/{index}`: erases one result of an ended job; with the last one, the job.
pub(crate) async fn erase_output(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    named: Result<Path<(JobId, u8)>, PathRejection>,
) -> Answer<Json<Job>> {
    let Path((id, index)) = named.map_err(|_| Refusal::not_found())?;
    match backend.erase_output(&account, id, index).await? {
        Some(true) => Ok(Json(lookup(&backend, &account, id).await?)),
        Some(false) => Err(Refusal::busy("The job has not ended. Nothing was erased. Try again later.", 10)),
        None => Err(Refusal::not_found()),
    }
}
