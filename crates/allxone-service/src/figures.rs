//! Figures about the service's work, as Prometheus reads them: counts, states and times, of no account and without a word of content.
//!
//! They are shown at an address of their own on loopback, not at the service's: who may send jobs need not know how much there is to do, and
//! who watches need not be able to send any.

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use allxone_contract::JobState;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::ServiceError;
use crate::backend::Backend;
use crate::store::name;

/// How long the database and the bucket may take to show that they are there.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it is taken for granted that they still are.
const FRESH: Duration = Duration::from_secs(2);
/// How a job ends.
const ENDS: [JobState; 4] =
    [JobState::Succeeded, JobState::Failed, JobState::Canceled, JobState::OutcomeUnknown];

/// What the time of a job goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The check of a request when it comes in.
    CheckRequest,
    /// Writing it down, with what is held for it.
    Place,
    /// From when it came until work on it begins: writing it down, its turn, taking it.
    Wait,
    /// The check of request and inputs right before they are handed over.
    CheckAgain,
    /// The partner, until its pictures are read.
    Make,
    /// The check of results.
    CheckResult,
    /// Marking results and making their files durable.
    Store,
    /// Writing down the end, with what is charged.
    End,
}

impl Step {
    const ALL: [(Self, &str); 8] = [
        (Self::CheckRequest, "check_request"),
        (Self::Place, "place"),
        (Self::Wait, "wait"),
        (Self::CheckAgain, "check_again"),
        (Self::Make, "make"),
        (Self::CheckResult, "check_result"),
        (Self::Store, "store"),
        (Self::End, "end"),
    ];
}

/// What this start of the service did so far.
#[derive(Default)]
pub(crate) struct Figures {
    begun: AtomicU64,
    /// Microseconds, in the order of [`Step::ALL`].
    spent: [AtomicU64; Step::ALL.len()],
    ended: [AtomicU64; ENDS.len()],
    requeued: AtomicU64,
    given_up: AtomicU64,
    answers: [AtomicU64; 5],
    /// Whether what is shared answered, and when that was looked.
    reached: Mutex<Option<(Instant, bool)>>,
}

impl Figures {
    /// Work on a job began here.
    pub(crate) fn began(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
    }

    /// A step of a job took this long.
    pub(crate) fn took(&self, step: Step, time: Duration) {
        if let Some(spent) =
            Step::ALL.iter().zip(&self.spent).find_map(|((it, _), spent)| (*it == step).then_some(spent))
        {
            spent.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
    }

    /// How many jobs were begun here.
    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// A job ended here.
    pub(crate) fn ended(&self, state: JobState) {
        if let Some(count) = ENDS.iter().position(|end| *end == state).and_then(|at| self.ended.get(at)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Jobs of a dead service were picked up here: put back, or ended.
    pub(crate) fn recovered(&self, requeued: u32, ended: usize) {
        self.requeued.fetch_add(u64::from(requeued), Ordering::Relaxed);
        self.given_up.fetch_add(ended as u64, Ordering::Relaxed);
    }

    /// A request was answered.
    pub(crate) fn answered(&self, status: StatusCode) {
        if let Some(count) = self.answers.get(usize::from(status.as_u16() / 100).saturating_sub(1)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The one page.
pub(crate) fn router(backend: Arc<Backend>) -> Router {
    Router::new().route("/metrics", get(show)).with_state(backend)
}

async fn show(State(backend): State<Arc<Backend>>) -> Response {
    match backend.figures_text().await {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
        }
        Err(error) => {
            tracing::error!(code = error.code(), "the figures could not be told");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

impl Backend {
    /// Whether the database answers.
    async fn reaches_database(&self) -> bool {
        timeout(PATIENCE, self.store.answers()).await.is_ok_and(|answered| answered.is_ok())
    }

    /// Whether the bucket answers, where there is one.
    async fn reaches_bucket(&self) -> bool {
        match &self.bucket {
            Some(bucket) => timeout(PATIENCE, bucket.check()).await.is_ok_and(|answered| answered.is_ok()),
            None => true,
        }
    }

    /// Whether the database and the bucket of several nodes answer. A service that shares nothing has both in its own folder.
    ///
    /// Everybody may ask, so they are asked at most once in a while.
    pub(crate) async fn reaches_what_it_shares(&self) -> bool {
        if !self.is_shared() {
            return true;
        }
        let mut known = self.figures.reached.lock().await;
        match *known {
            Some((since, reached)) if since.elapsed() < FRESH => reached,
            _ => {
                let reached = self.reaches_database().await && self.reaches_bucket().await;
                *known = Some((Instant::now(), reached));
                reached
            }
        }
    }

    async fn figures_text(&self) -> Result<String, ServiceError> {
        let mut page = Page::default();
        let database = self.reaches_database().await;
        page.gauge("allxone_database_up", "Whether the database answers.", &[("", u64::from(database))]);
        let bucket = self.reaches_bucket().await;
        page.gauge(
            "allxone_bucket_up",
            "Whether the bucket, if there is one, answers.",
            &[("", u64::from(bucket))],
        );
        if database {
            let states = self.store.job_states().await?;
            let states: Vec<_> = states.iter().map(|(state, count)| (state.as_str(), *count)).collect();
            page.labelled(
                "allxone_jobs",
                "gauge",
                "Jobs that have not ended, of all nodes.",
                "state",
                &states,
            );
            let waited = self.store.longest_wait(self.clock.now()).await? / 1_000;
            page.gauge(
                "allxone_queue_seconds",
                "How long the oldest waiting job has waited.",
                &[("", waited)],
            );
        }
        page.gauge("allxone_jobs_here", "Jobs being worked on here.", &[("", self.running().len() as u64)]);
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let names = ENDS.iter().map(name).collect::<Result<Vec<_>, _>>()?;
        page.labelled(
            "allxone_jobs_begun_total",
            "counter",
            "Jobs begun here.",
            "",
            &[("", self.figures.begun())],
        );
        let spent: Vec<_> =
            Step::ALL.iter().map(|(_, name)| *name).zip(self.figures.spent.iter().map(read)).collect();
        let what = "Time of jobs here, in microseconds, by what it went into.";
        page.labelled("allxone_job_microseconds_total", "counter", what, "step", &spent);
        if let Some(commits) = self.store.commits() {
            let what = "Commits to the database's file.";
            page.labelled("allxone_commits_total", "counter", what, "", &[("", commits)]);
        }
        let ended: Vec<_> =
            names.iter().map(String::as_str).zip(self.figures.ended.iter().map(read)).collect();
        page.labelled("allxone_jobs_ended_total", "counter", "Jobs that ended here.", "state", &ended);
        let recovered = [("queued", read(&self.figures.requeued)), ("ended", read(&self.figures.given_up))];
        let what = "Jobs of a dead service that were picked up here.";
        page.labelled("allxone_jobs_recovered_total", "counter", what, "into", &recovered);
        let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        let answers: Vec<_> = classes.into_iter().zip(self.figures.answers.iter().map(read)).collect();
        page.labelled("allxone_http_answers_total", "counter", "Answers given here.", "status", &answers);
        Ok(page.0)
    }
}

/// The exposition format, as far as it is used.
#[derive(Default)]
struct Page(String);

impl Page {
    fn gauge(&mut self, name: &str, help: &str, values: &[(&str, u64)]) {
        self.labelled(name, "gauge", help, "", values);
    }

    fn labelled(&mut self, name: &str, kind: &str, help: &str, label: &str, values: &[(&str, u64)]) {
        // Writing into a text cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (value, count) in values {
            let _ = match label {
                "" => writeln!(self.0, "{name} {count}"),
                _ => writeln!(self.0, "{name}{{{label}=\"{value}\"}} {count}"),
            };
        }
    }
}
