//! The studio itself: its parts, what is on the table, and the gate everything on its way passes.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use allxone_client::ServiceClient;
use allxone_contract::{Finding, GateVersions, JobRequest, ModelCard, Sha256};
use allxone_egress::OfflineLock;
use allxone_library::{ItemId, Library, NewDecision, QueueId};
use allxone_media::{Decoder, OriginMark, Picture, SourceType};
use allxone_safety::{Clearance, Cleared, Gate};
use bytes::Bytes;
use tokio::sync::{OnceCell, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ledger::word;
use crate::line::Ready;
use crate::out_of_reach::OutOfReach;
use crate::spending::Spending;
use crate::turns::{Running, Turns};
use crate::{Draft, Staged, StudioError, StudioEvent};

/// What a studio is made of. Everything is opened by the host, in its order.
#[derive(Clone)]
pub struct Parts {
    /// The one gate of the process.
    pub gate: Gate,
    /// Reads a person's own pictures.
    pub decoder: Decoder,
    /// Reads results, which may be larger files.
    pub results: Decoder,
    /// The line to the service.
    pub client: ServiceClient,
    /// Whether the service runs in this process, for this person alone: once a picture is kept, it forgets the content.
    pub own_service: bool,
    /// Where pictures are kept.
    pub library: Library,
    /// Closes the door to everything outside this computer.
    pub offline: OfflineLock,
}

/// The use cases. Cheap to clone; every clone is the same studio.
#[derive(Clone)]
pub struct Studio {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) events: broadcast::Sender<StudioEvent>,
    pub(crate) models: OnceCell<Vec<ModelCard>>,
    staged: Mutex<HashMap<Sha256, OnTable>>,
    running: Mutex<HashMap<QueueId, Running>>,
    pub(crate) turns: Mutex<Turns>,
    pub(crate) out_of_reach: Mutex<OutOfReach>,
    /// Counts the questions what a model would make of a prompt.
    pub(crate) plans: AtomicU64,
    pub(crate) under_way: UnderWay,
}

/// The drafts that travel, so that they can be stopped as one. Studios over the same library share it.
#[derive(Clone, Default)]
pub(crate) struct UnderWay {
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    pub(crate) spending: Spending,
    /// Held by whoever brings the account's history.
    pub(crate) history: Arc<tokio::sync::Mutex<()>>,
}

/// A picture that was staged.
#[derive(Clone)]
pub(crate) struct OnTable {
    pub(crate) picture: Picture,
    pub(crate) staged: Staged,
    /// The kept picture it is, if it is one.
    pub(crate) item: Option<ItemId>,
}

/// How many events a slow watcher may fall behind before it misses some. Each event carries the latest state, so a miss does no harm.
const EVENTS_BEHIND: usize = 256;

impl Studio {
    /// Puts the parts together. Nothing runs until something is submitted or [resumed](Self::resume).
    pub fn new(parts: Parts) -> Self {
        Self::beside(parts, UnderWay::default())
    }

    fn beside(parts: Parts, under_way: UnderWay) -> Self {
        let (events, _) = broadcast::channel(EVENTS_BEHIND);
        let inner = Inner {
            parts,
            events,
            models: OnceCell::new(),
            staged: Mutex::default(),
            running: Mutex::default(),
            turns: Mutex::default(),
            out_of_reach: Mutex::default(),
            plans: AtomicU64::new(0),
            under_way,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Another studio over the same library that works with another service.
    #[must_use]
    pub fn with_service(&self, client: ServiceClient, own_service: bool) -> Self {
        Self::beside(Parts { client, own_service, ..self.inner.parts.clone() }, self.inner.under_way.clone())
    }

    /// Stops everything that waits or travels, here and in the studios [made from this one](Self::with_service), and comes back when
    /// nothing holds the library any more. What was on its way is taken up at the next start, as after a crash.
    pub async fn stop(&self) {
        let UnderWay { tasks, stop, .. } = &self.inner.under_way;
        stop.cancel();
        tasks.close();
        tasks.wait().await;
    }

    /// Whether anything is on its way.
    pub fn is_busy(&self) -> bool {
        self.running().values().any(|running| running.ended.borrow().is_none())
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<StudioEvent> {
        self.inner.events.subscribe()
    }

    /// The gate everything passes.
    pub(crate) fn gate(&self) -> &Gate {
        &self.inner.parts.gate
    }

    /// The library this studio keeps pictures in.
    pub fn library(&self) -> &Library {
        &self.inner.parts.library
    }

    /// The lock that closes the door to everything outside this computer.
    pub fn offline(&self) -> &OfflineLock {
        &self.inner.parts.offline
    }

    /// Makes a picture ready to be sent and says what the check thinks of it. Only what comes out of this is ever sent: upright, in sRGB,
    /// without location, camera data or any other metadata.
    ///
    /// # Errors
    /// When the picture cannot be read or the check cannot run.
    pub async fn stage(&self, raw: Bytes) -> Result<Staged, StudioError> {
        let picture = self.ready_picture(raw).await?;
        self.put_on_table(picture, None).await
    }

    /// Checks a prepared picture and keeps it ready.
    pub(crate) async fn put_on_table(
        &self,
        picture: Picture,
        item: Option<ItemId>,
    ) -> Result<Staged, StudioError> {
        let gate = self.inner.parts.gate.clone();
        let (picture, finding) = blocking(move || {
            let finding = gate.check_picture_once(&picture)?;
            Ok((picture, finding))
        })
        .await?;
        let sha256 = Sha256::from(*picture.sha256());
        let staged = Staged {
            sha256,
            bytes: picture.bytes().len() as u64,
            width: picture.width(),
            height: picture.height(),
            finding,
        };
        self.staged().insert(sha256, OnTable { picture, staged: staged.clone(), item });
        Ok(staged)
    }

    /// A picture as it may be sent. One that says it was made with AI goes on saying so; nothing else of its metadata stays.
    pub(crate) async fn ready_picture(&self, raw: Bytes) -> Result<Picture, StudioError> {
        let made_with_ai = allxone_media::has_ai_origin(&raw);
        let picture = self.inner.parts.decoder.prepare(raw).await?;
        if !made_with_ai {
            return Ok(picture);
        }
        let source = SourceType::TrainedAlgorithmicMedia;
        let mark = OriginMark {
            source,
            program: "AllXOne".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(picture.marked(&mark)?)
    }

    /// Forgets a staged picture.
    pub fn unstage(&self, sha256: &Sha256) {
        self.staged().remove(sha256);
    }

    pub(crate) fn staged(&self) -> std::sync::MutexGuard<'_, HashMap<Sha256, OnTable>> {
        self.inner.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn running(&self) -> std::sync::MutexGuard<'_, HashMap<QueueId, Running>> {
        self.inner.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn pictures(&self, request: &JobRequest) -> Result<Vec<OnTable>, StudioError> {
        let staged = self.staged();
        request
            .inputs
            .iter()
            .map(|input| staged.get(&input.sha256).cloned().ok_or(StudioError::NotStaged))
            .collect()
    }

    /// Passes a draft through the gate. What the gate stops is written down as a decision (never its content).
    pub(crate) async fn clear(&self, draft: &Draft, pictures: Vec<Picture>) -> Result<Ready, StudioError> {
        let (gate, library) = (self.inner.parts.gate.clone(), self.library().clone());
        let (request, confirmed) = (draft.request.clone(), draft.confirmed);
        blocking(move || {
            let blocked = |finding: Finding, stage| {
                note_block(&library, stage, &finding, &gate.versions())?;
                Err(StudioError::Stopped(finding))
            };
            let mut cleared = Vec::with_capacity(pictures.len());
            for picture in pictures {
                match gate.clear(picture)? {
                    Clearance::Allow(picture) => cleared.push(picture),
                    Clearance::Review(held) if confirmed => cleared.push(held.confirm()),
                    Clearance::Review(held) => return Err(StudioError::Stopped(held.finding().clone())),
                    Clearance::Block(finding) => return blocked(finding, "input"),
                }
            }
            let request: Cleared<JobRequest> = match gate.clear(request)? {
                Clearance::Allow(request) => request,
                Clearance::Review(held) if confirmed => held.confirm(),
                Clearance::Review(held) => return Err(StudioError::Stopped(held.finding().clone())),
                Clearance::Block(finding) => return blocked(finding, "prompt"),
            };
            Ok(Ready { request, pictures: cleared })
        })
        .await
    }

    pub(crate) fn tell(&self, event: StudioEvent) {
        if let StudioEvent::Progress { queue, progress } = &event
            && let Some(running) = self.running().get_mut(queue)
        {
            running.progress = Some(*progress);
        }
        let _ = self.inner.events.send(event);
    }
}

/// Writes down that the check stopped something: when, where and by which rule, never what.
pub(crate) fn note_block(
    library: &Library,
    stage: &str,
    finding: &Finding,
    by: &GateVersions,
) -> Result<(), StudioError> {
    let Some(reason) = finding.reasons.first() else { return Ok(()) };
    library.record_decision(&NewDecision {
        stage: stage.to_owned(),
        verdict: word(&finding.verdict),
        category: word(&reason.category),
        layer: word(&reason.layer),
        section: allxone_safety::acceptable_use_section(reason.category).to_owned(),
        policy: by.policy.clone(),
        models: by.models.clone(),
    })?;
    Ok(())
}

/// Runs blocking work off the async threads; a panic in it becomes an error.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StudioError> + Send + 'static,
) -> Result<T, StudioError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(StudioError::Internal("a step of the work broke off")))
}
