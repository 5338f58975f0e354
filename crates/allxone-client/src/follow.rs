//! Following a job to its end: an event stream while one can be had, resumed where it broke, and plain questions where it cannot.

use std::collections::VecDeque;
use std::time::Duration;

use allxone_contract::{Job, JobEvent, JobId, ProblemCode, Progress, Sequenced};
use allxone_egress::{Answer, EgressError};
use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, unfold};

use crate::sse::{Frame, Parser};
use crate::{ClientError, ServiceClient, reading};

/// So many connections in a row may bring nothing new before event streams are given up.
const SILENT: u32 = 3;

/// So many connections in all, however much each brings.
const CONNECTIONS: u32 = 100;

/// The waits between questions: short at first and after each change, then longer.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

pub(crate) fn stream(
    client: ServiceClient,
    job: JobId,
    after: Option<u64>,
) -> BoxStream<'static, Result<Sequenced, ClientError>> {
    let follower = Follower {
        client,
        job,
        last: after,
        shown: None,
        progress: None,
        source: Source::Connect,
        silent: 0,
        connections: 0,
        renewed: false,
        ready: VecDeque::new(),
        over: false,
    };
    unfold(follower, |mut follower| async { follower.next().await.map(|item| (item, follower)) }).boxed()
}

/// Where the next news comes from.
enum Source {
    Connect,
    Listen(Box<(Answer, Parser)>),
    Ask { pause: Duration },
}

struct Follower {
    client: ServiceClient,
    job: JobId,
    /// The last stored event that was handed on, or that the first snapshot already counts in.
    last: Option<u64>,
    /// The last snapshot that was handed on.
    shown: Option<Job>,
    /// The last progress that was handed on.
    progress: Option<Progress>,
    source: Source,
    /// Connections in a row that brought nothing new.
    silent: u32,
    connections: u32,
    /// Whether the account's token was had anew since the last stream that could be opened.
    renewed: bool,
    ready: VecDeque<Sequenced>,
    over: bool,
}

impl Follower {
    async fn next(&mut self) -> Option<Result<Sequenced, ClientError>> {
        loop {
            if self.over {
                return None;
            }
            if let Some(event) = self.ready.pop_front() {
                self.over = matches!(event.event, JobEvent::Ended { .. });
                return Some(Ok(event));
            }
            if let Err(error) = self.step().await {
                self.over = true;
                return Some(Err(error));
            }
        }
    }

    async fn step(&mut self) -> Result<(), ClientError> {
        match &mut self.source {
            Source::Connect => self.connect().await,
            Source::Listen(listening) => {
                let (answer, parser) = &mut **listening;
                match answer.chunk().await {
                    Ok(Some(piece)) => match parser.push(&piece) {
                        Ok(frames) => self.take_all(frames).await,
                        Err(_) => self.lost(None).await,
                    },
                    Ok(None) => self.lost(None).await,
                    Err(error) => self.lost(Some(error.into())).await,
                }
            }
            Source::Ask { pause } => {
                let pause = *pause;
                self.ask(pause).await
            }
        }
    }

    async fn connect(&mut self) -> Result<(), ClientError> {
        self.connections = self.connections.saturating_add(1);
        let answer = match self.client.events(self.job, self.last).await {
            Ok(answer) => answer,
            Err(error) => return self.lost(Some(error.into())).await,
        };
        if answer.status() == 200 && answer.media_type().as_deref() == Some("text/event-stream") {
            self.source = Source::Listen(Box::new((answer, Parser::default())));
            self.renewed = false;
            return Ok(());
        }
        if answer.is_success() {
            self.give_up_streams();
            return Ok(());
        }
        match reading::refusal(answer).await {
            error if error.is_passing() => self.lost(Some(error)).await,
            error if self.client.renews_after(&error) && !self.renewed => {
                self.renewed = true;
                self.client.server().renew().await?;
                Ok(())
            }
            error if error.is_problem(ProblemCode::Unauthorized) => Err(error),
            error @ ClientError::UpgradeRequired { .. } => Err(error),
            // Whether the job is missing or only its events are, the job itself will tell.
            _ => {
                self.give_up_streams();
                Ok(())
            }
        }
    }

    /// The stream ended or broke, or could not be had for the moment.
    async fn lost(&mut self, error: Option<ClientError>) -> Result<(), ClientError> {
        self.source = Source::Connect;
        if let Some(job) = self.shown.take_if(|job| job.state.is_final()) {
            self.hand_on(JobEvent::Ended { job });
            return Ok(());
        }
        if let Some(error) = &error
            && !error.is_passing()
            && !matches!(error, ClientError::Egress(EgressError::AnswerTooLarge { .. }))
        {
            return Err(error.clone());
        }
        self.silent = self.silent.saturating_add(1);
        // A service pings every few seconds; where not even that comes through, something on the way holds streams back.
        let held_back = matches!(&error, Some(ClientError::Egress(EgressError::Timeout { .. })));
        if held_back || self.silent >= SILENT || self.connections >= CONNECTIONS {
            self.give_up_streams();
            return Ok(());
        }
        let retries = self.client.retries();
        let asked = error.and_then(|error| error.retry_after());
        match retries.patience.wait(self.silent, asked, &*retries.pacing) {
            Some(wait) => retries.pacing.sleep(wait).await,
            None => self.give_up_streams(),
        }
        Ok(())
    }

    fn give_up_streams(&mut self) {
        tracing::debug!("following a job by asking");
        self.source = Source::Ask { pause: Duration::ZERO };
    }

    async fn ask(&mut self, pause: Duration) -> Result<(), ClientError> {
        if !pause.is_zero() {
            self.client.retries().pacing.sleep(pause).await;
        }
        let job = self.client.job(self.job).await?;
        let ended = job.state.is_final();
        let changed = self.show(job.clone());
        if ended {
            self.hand_on(JobEvent::Ended { job });
        }
        let longer = pause.saturating_mul(3).div_f32(2.0).min(LONGEST_PAUSE);
        self.source = Source::Ask { pause: if changed { FIRST_PAUSE } else { longer.max(FIRST_PAUSE) } };
        Ok(())
    }

    async fn take_all(&mut self, frames: Vec<Frame>) -> Result<(), ClientError> {
        for frame in frames {
            match self.take(&frame) {
                Ok(()) => {}
                Err(Broken::Stream) => return self.lost(None).await,
                Err(Broken::Promise) => return Err(ClientError::Mismatch),
            }
        }
        Ok(())
    }

    /// Hands on what a frame says, unless it is old news.
    fn take(&mut self, frame: &Frame) -> Result<(), Broken> {
        let Some(event) = read(&frame.data)? else { return Ok(()) };
        let sequence = match &frame.id {
            Some(id) => id.parse().map_err(|_| Broken::Stream)?,
            None => self.last.unwrap_or(0),
        };
        match event {
            JobEvent::Snapshot { job } | JobEvent::Ended { job } if job.id != self.job => {
                return Err(Broken::Promise);
            }
            JobEvent::Snapshot { job } => {
                // Its number is where the telling begins: after a cut, what came later is told from there.
                self.last.get_or_insert(sequence);
                self.show(job);
            }
            JobEvent::Ended { .. } => self.ready.push_back(Sequenced { sequence, event }),
            JobEvent::Progress { progress } => {
                let old = self.last.is_some_and(|last| sequence < last);
                if !old && self.progress != Some(progress) {
                    self.progress = Some(progress);
                    self.silent = 0;
                    self.ready.push_back(Sequenced { sequence, event });
                }
            }
            JobEvent::Started | JobEvent::Output { .. } => {
                if self.last.is_none_or(|last| sequence > last) {
                    self.last = Some(sequence);
                    self.silent = 0;
                    self.ready.push_back(Sequenced { sequence, event });
                }
            }
        }
        Ok(())
    }

    /// Hands on a snapshot unless it is the one shown last; answers whether it did.
    fn show(&mut self, job: Job) -> bool {
        if self.shown.as_ref() == Some(&job) {
            return false;
        }
        self.shown = Some(job.clone());
        self.hand_on(JobEvent::Snapshot { job });
        true
    }

    /// Hands on an event that has no place of its own in the stored sequence.
    fn hand_on(&mut self, event: JobEvent) {
        self.ready.push_back(Sequenced { sequence: self.last.unwrap_or(0), event });
    }
}

/// What a frame that cannot be used says about the connection.
enum Broken {
    /// It garbles; another one may not.
    Stream,
    /// It speaks of another job.
    Promise,
}

/// The event in `data`; `None` for a kind this build does not know.
fn read(data: &str) -> Result<Option<JobEvent>, Broken> {
    let value: serde_json::Value = serde_json::from_str(data).map_err(|_| Broken::Stream)?;
    let kind = value.get("type").and_then(serde_json::Value::as_str).ok_or(Broken::Stream)?;
    if !matches!(kind, "snapshot" | "started" | "progress" | "output" | "ended") {
        return Ok(None);
    }
    serde_json::from_value(value).map(Some).map_err(|_| Broken::Stream)
}
