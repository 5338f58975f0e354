//! Results in OpenAI's form: Base64 within JSON, written out of the sealed files piece by piece, so that ten large pictures take no more
//! memory than one small one.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use allxone_contract::{AccountId, Job, JobId, JobState, Output, Problem, ProblemCode, Source};
use axum::body::Body;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::Stream;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use tokio::sync::mpsc::{Sender, channel};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;

use super::ended;
use super::fault::Fault;
use crate::api::refusal::Answer;
use crate::api::{Refusal, format_of};
use crate::backend::Backend;
use crate::followers::Live;
use crate::halt;
use crate::previews::Shown;

/// How much of a picture is read at a time; whole groups of Base64.
const PIECE: usize = 48 * 1024;
/// How often a quiet stream says that it is alive.
const PING: Duration = Duration::from_secs(15);

type Piece = std::io::Result<Bytes>;

/// A picture to be written, between what stands before and after it.
struct Framed {
    before: String,
    reader: Box<dyn Read + Send>,
    after: &'static str,
}

/// The results of a job that ended, in one JSON object.
pub(super) async fn whole(backend: &Backend, account: &AccountId, job: Job) -> Result<Response, Fault> {
    halt::here("answering");
    let outputs = results(&job)?;
    let head = json!({ "created": job.created.0.div_euclid(1_000), "output_format": outputs.first().map(|one| one.format), "size": outputs.first().map(size) });
    let head = head.to_string();
    let mut framed = Vec::new();
    for (position, output) in outputs.iter().enumerate() {
        let before = match position {
            0 => format!("{},\"data\":[{{\"b64_json\":\"", head.trim_end_matches('}')),
            _ => ",{\"b64_json\":\"".to_owned(),
        };
        framed.push(Framed { before, reader: reader(backend, account, output).await?, after: "\"}" });
    }
    let (pieces, sent) = channel::<Piece>(2);
    tokio::task::spawn_blocking(move || {
        for one in framed {
            if write(&pieces, one).is_err() {
                return;
            }
        }
        let _ = pieces.blocking_send(Ok(Bytes::from_static(b"]}")));
    });
    Ok(typed(Body::from_stream(ReceiverStream::new(sent)), "application/json"))
}

/// The results of a job as events, each when the job has ended; until then its previews as they come, and comments, so that nobody takes
/// the line for dead.
pub(super) fn streamed(
    backend: Arc<Backend>,
    account: AccountId,
    id: JobId,
    live: Option<watch::Receiver<Live>>,
    shown: Option<mpsc::Receiver<Shown>>,
) -> Response {
    typed(Body::from_stream(events(backend, account, id, live, shown)), "text/event-stream")
}

fn events(
    backend: Arc<Backend>,
    account: AccountId,
    id: JobId,
    live: Option<watch::Receiver<Live>>,
    shown: Option<mpsc::Receiver<Shown>>,
) -> impl Stream<Item = Piece> + Send {
    async_stream::stream! {
        let mut shown = shown;
        let mut alive = tokio::time::interval(PING);
        alive.tick().await;
        let waiting = ended(&backend, &account, id, live);
        tokio::pin!(waiting);
        let job = loop {
            tokio::select! {
                // Before the end, so that none is left over.
                biased;
                preview = next(&mut shown) => yield Ok(partial(&preview, &backend)),
                job = &mut waiting => break job,
                _ = alive.tick() => yield Ok(Bytes::from_static(b": ping\n\n")),
            }
        };
        let job = match job.map_err(Fault::accepted).and_then(|job| results(&job).map(|outputs| (job, outputs))) {
            Ok(job) => job,
            Err(fault) => {
                yield Ok(format!("data: {}\n\n", fault.body()).into());
                return;
            }
        };
        let (job, outputs) = job;
        for output in &outputs {
            let reader = match reader(&backend, &account, output).await {
                Ok(reader) => reader,
                Err(refusal) => {
                    yield Ok(format!("data: {}\n\n", Fault::accepted(refusal).body()).into());
                    return;
                }
            };
            let framed = Framed { before: event(&job, output), reader, after: "\"}\n\n" };
            let (pieces, mut sent) = channel::<Piece>(2);
            tokio::task::spawn_blocking(move || write(&pieces, framed));
            while let Some(piece) = sent.recv().await {
                yield piece;
            }
        }
    }
}

/// The next preview; never where none comes.
async fn next(shown: &mut Option<mpsc::Receiver<Shown>>) -> Shown {
    if let Some(shown) = shown
        && let Some(preview) = shown.recv().await
    {
        return preview;
    }
    std::future::pending().await
}

/// The event that shows a preview.
fn partial(preview: &Shown, backend: &Backend) -> Bytes {
    let picture = preview.picture.value();
    let kind = match preview.source {
        Source::Edited => "image_edit.partial_image",
        _ => "image_generation.partial_image",
    };
    let data = json!({
        "type": kind, "created_at": backend.clock.now().0.div_euclid(1_000), "output_format": format_of(picture.format()),
        "size": format!("{}x{}", picture.width(), picture.height()), "partial_image_index": preview.index,
        "b64_json": STANDARD.encode(picture.bytes()),
    });
    format!("event: {kind}\ndata: {data}\n\n").into()
}

/// The beginning of the event that hands over a result.
fn event(job: &Job, output: &Output) -> String {
    let kind = match job.operation {
        allxone_contract::Operation::Edit => "image_edit.completed",
        _ => "image_generation.completed",
    };
    let data: Value = json!({ "type": kind, "created_at": job.created.0.div_euclid(1_000), "output_format": output.format, "size": size(output) });
    format!("event: {kind}\ndata: {},\"b64_json\":\"", data.to_string().trim_end_matches('}'))
}

fn size(output: &Output) -> String {
    format!("{}x{}", output.width, output.height)
}

/// The results of a job; else why there are none.
fn results(job: &Job) -> Result<Vec<Output>, Fault> {
    if job.state == JobState::Succeeded && !job.outputs.is_empty() && !job.erased {
        return Ok(job.outputs.clone());
    }
    let (code, detail) = match job.state {
        _ if job.erased => (ProblemCode::Erased, "This was erased."),
        JobState::Canceled => (ProblemCode::Invalid, "This was stopped by its owner. Nothing was charged."),
        _ => (ProblemCode::Internal, "The service failed over this. Nothing was charged."),
    };
    let problem = job.error.clone().unwrap_or_else(|| Problem::new(code, detail));
    Err(Fault::of_job(problem))
}

async fn reader(backend: &Backend, account: &AccountId, output: &Output) -> Answer<Box<dyn Read + Send>> {
    let stored = backend.store.asset(account, output.asset).await?.and_then(|stored| stored.file);
    let file = stored.ok_or_else(|| Refusal::new(ProblemCode::Erased, "This picture was erased."))?;
    Ok(Box::new(backend.on_disk(move |files| files.reader(&file)).await?))
}

/// Writes a picture as Base64. Where it cannot be read to its end, the receiver sees the answer break off, and knows.
fn write(to: &Sender<Piece>, framed: Framed) -> Result<(), ()> {
    let Framed { before, mut reader, after } = framed;
    let send = |piece: Piece| {
        let failed = piece.is_err();
        to.blocking_send(piece).map_err(drop).and(if failed { Err(()) } else { Ok(()) })
    };
    send(Ok(before.into()))?;
    let mut piece = vec![0; PIECE];
    loop {
        let length = match fill(&mut reader, &mut piece) {
            Ok(length) => length,
            Err(error) => return send(Err(error)),
        };
        let read = piece.get(..length).unwrap_or_default();
        if !read.is_empty() {
            send(Ok(STANDARD.encode(read).into()))?;
        }
        if length < PIECE {
            return send(Ok(Bytes::from_static(after.as_bytes())));
        }
    }
}

/// Reads until the piece is full or there is no more.
fn fill(reader: &mut impl Read, piece: &mut [u8]) -> std::io::Result<usize> {
    let mut length = 0;
    while let Some(room) = piece.get_mut(length..).filter(|room| !room.is_empty()) {
        match reader.read(room)? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

fn typed(body: Body, kind: &'static str) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
