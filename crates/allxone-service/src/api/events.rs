//! Following a job, as server-sent events.
//!
//! What is stored (begun, a result, ended) has a number and is told exactly once to a follower that comes back with `Last-Event-ID`; the first
//! frame is always how the job stands now, and progress is only ever the latest figure, at most ten times a second. A follower that goes away
//! changes nothing for the job.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use allxone_contract::{AccountId, Job, JobEvent, JobId};
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use http::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::body::Id;
use super::guard::Caller;
use super::jobs::with_progress;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;
use crate::followers::Live;
use crate::store::StoredEvent;

/// The least time between two figures of progress.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);
/// How often a quiet stream says that it is alive.
const PING: Duration = Duration::from_secs(15);

/// `GET /jobs/{id}/events`
pub(crate) async fn follow(
    State(backend): State<Arc<Backend>>,
    Caller(account): Caller,
    Id(id): Id<JobId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let place = Arc::clone(&backend.follows).try_acquire_owned();
    let place = place.map_err(|_| {
        Refusal::busy("As many jobs are being followed as the service takes. Ask for the job instead.", 5)
    })?;
    let live = backend.followers.subscribe(id);
    let (job, events) = backend.store.events(&account, id, 0).await?.ok_or_else(Refusal::not_found)?;
    let latest = events.last().map_or(0, |event| event.sequence);
    let seen = headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<u64>().ok());
    // A job that has ended always says so, also to a follower that knows.
    let told = if job.state.is_final() { latest.saturating_sub(1) } else { latest };
    let cursor = seen.map_or(told, |seen| seen.min(told));
    let follower = Follower { backend, account, id, live, cursor, _place: place };
    let frames = follower.frames(job);
    Ok(Sse::new(frames).keep_alive(KeepAlive::new().interval(PING).text("ping")).into_response())
}

struct Follower {
    backend: Arc<Backend>,
    account: AccountId,
    id: JobId,
    live: watch::Receiver<Live>,
    /// Number of the last stored event that was told.
    cursor: u64,
    _place: OwnedSemaphorePermit,
}

impl Follower {
    fn frames(mut self, mut job: Job) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        async_stream::stream! {
            with_progress(&self.backend, &mut job);
            let mut progress = job.progress;
            let mut stored = progress;
            let mut changes = None;
            let shared = self.backend.is_shared();
            let mut next_progress = Instant::now();
            if let Some(frame) = frame(self.cursor, &JobEvent::Snapshot { job }) {
                yield Ok(frame);
            }
            loop {
                let live = *self.live.borrow_and_update();
                if changes != Some(live.changes) {
                    changes = Some(live.changes);
                    let (job, events) = match self.backend.store.events(&self.account, self.id, self.cursor).await {
                        Ok(Some(found)) => found,
                        // The follower comes back and asks again.
                        Ok(None) | Err(_) => return,
                    };
                    stored = job.progress;
                    for event in &events {
                        self.cursor = event.sequence;
                        if let Some(frame) = told(event, &job).and_then(|said| frame(event.sequence, &said)) {
                            yield Ok(frame);
                        }
                    }
                    if job.state.is_final() {
                        return;
                    }
                }
                let reached = self.backend.followers.latest(self.id).unwrap_or(stored);
                if reached != progress {
                    progress = reached;
                    if let Some(frame) = frame(self.cursor, &JobEvent::Progress { progress }) {
                        yield Ok(frame);
                    }
                    next_progress = Instant::now() + PROGRESS_PAUSE;
                }
                tokio::select! {
                    () = self.backend.stop.cancelled() => return,
                    // Whoever works on it elsewhere tells the store alone.
                    () = sleep(self.backend.pace.look), if shared => changes = None,
                    changed = self.live.changed() => if changed.is_err() {
                        // Work ended, or the job waits again: read once more and listen anew.
                        self.live = self.backend.followers.subscribe(self.id);
                        changes = None;
                    },
                }
                if changes == Some(self.live.borrow().changes) {
                    sleep_until(next_progress).await;
                }
            }
        }
    }
}

/// A stored event in the contract's words; `None` for a result that was erased.
fn told(event: &StoredEvent, job: &Job) -> Option<JobEvent> {
    match event.kind.as_str() {
        "started" => Some(JobEvent::Started),
        "ended" => Some(JobEvent::Ended { job: job.clone() }),
        _ => {
            let output = job.outputs.iter().find(|output| Some(output.index) == event.output)?;
            Some(JobEvent::Output { output: output.clone() })
        }
    }
}

fn frame(sequence: u64, event: &JobEvent) -> Option<Event> {
    let name = match event {
        JobEvent::Snapshot { .. } => "snapshot",
        JobEvent::Started => "started",
        JobEvent::Progress { .. } => "progress",
        JobEvent::Output { .. } => "output",
        JobEvent::Ended { .. } => "ended",
    };
    Event::default().id(sequence.to_string()).event(name).json_data(event).ok()
}
