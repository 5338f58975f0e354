//! The studio itself: its parts, the queue of running work, and the way in (stage, check, submit).

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use allxone_client::ServiceClient;
use allxone_contract::{
    Counter, Field, Finding, GateVersions, IdempotencyKey, JobRequest, ModelCard, Picked, Quote,
    QuoteRequest, Seed, Sha256, Verdict,
};
use allxone_egress::OfflineLock;
use allxone_library::{ItemId, Library, NewDecision, NewQueued, QueueId};
use allxone_media::{Decoder, OriginMark, Picture, SourceType};
use allxone_safety::{Clearance, Cleared, Gate};
use bytes::Bytes;
use tokio::sync::{OnceCell, broadcast};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ledger::word;
use crate::line::Ready;
use crate::turns::{Running, Turns};
use crate::{Check, Counted, Draft, Staged, StudioError, StudioEvent};

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
    models: OnceCell<Vec<ModelCard>>,
    staged: Mutex<HashMap<Sha256, OnTable>>,
    running: Mutex<HashMap<QueueId, Running>>,
    pub(crate) turns: Mutex<Turns>,
    /// Counts the questions what a model would make of a prompt.
    pub(crate) plans: AtomicU64,
    pub(crate) under_way: UnderWay,
}

/// The drafts that travel, so that they can be stopped as one. Studios over the same library share it.
#[derive(Clone, Default)]
pub(crate) struct UnderWay {
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
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

/// Under which name a queued draft says what judged it.
pub(crate) const JUDGED_BY: &str = "judged_by";

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

    /// Every model that can be used.
    ///
    /// # Errors
    /// When the service cannot be asked.
    pub async fn models(&self) -> Result<Vec<ModelCard>, StudioError> {
        let ask = async || match self.inner.parts.client.models().await {
            Ok(said) => self.heard_models(said.models).await,
            Err(error) => Err(self.heard(error.into()).await),
        };
        self.inner.models.get_or_try_init(ask).await.cloned()
    }

    pub(crate) async fn card(&self, request: &JobRequest) -> Result<ModelCard, StudioError> {
        let cards = self.models().await?;
        let known = cards.iter().map(|card| card.id.as_str()).collect::<Vec<_>>().join(", ");
        cards
            .into_iter()
            .find(|card| card.id == request.model)
            .ok_or_else(|| StudioError::UnknownModel { model: request.model.to_string(), known })
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

    /// What is wrong with a draft, what the check says of its text, and what it would cost. Nothing of its content is sent.
    ///
    /// # Errors
    /// When the service cannot be asked or the check cannot run.
    pub async fn check(&self, draft: &Draft) -> Result<Check, StudioError> {
        let card = self.card(&draft.request).await?;
        let faults = card.faults(&draft.request);
        let (gate, request) = (self.inner.parts.gate.clone(), draft.request.clone());
        let finding = blocking(move || Ok(gate.check_request(&request)?)).await?;
        let quote = match faults.is_empty() {
            true => Some(self.quote(&draft.request).await?),
            false => None,
        };
        Ok(Check { faults, finding, quote })
    }

    async fn quote(&self, request: &JobRequest) -> Result<Quote, StudioError> {
        let inputs = self.pictures(request)?;
        let set = [
            (Field::NegativePrompt, request.negative_prompt.is_some()),
            (Field::Seed, request.seed.is_some()),
            (Field::Style, request.style.is_some()),
            (Field::Strength, request.strength.is_some()),
        ];
        let question = QuoteRequest {
            operation: request.operation,
            model: request.model.clone(),
            size: request.size,
            count: request.count,
            factor: request.factor,
            inputs: inputs
                .iter()
                .map(|p| Picked { width: p.staged.width, height: p.staged.height })
                .collect(),
            fields: set.into_iter().filter_map(|(field, set)| set.then_some(field)).collect(),
        };
        match self.inner.parts.client.quote(&question).await {
            Ok(quote) => Ok(quote),
            Err(error) => Err(self.heard(error.into()).await),
        }
    }

    /// Checks, prices and clears a draft, writes it to the queue and starts it. From here on it survives a crash: it is finished by
    /// [`resume`](Self::resume) and never made twice.
    ///
    /// # Errors
    /// When the draft is faulty, stopped by the check, dearer than agreed, or cannot be written down. Then nothing was sent.
    pub async fn submit(&self, mut draft: Draft) -> Result<QueueId, StudioError> {
        let card = self.card(&draft.request).await?;
        let faults = card.faults(&draft.request);
        if !faults.is_empty() {
            return Err(StudioError::Invalid { faults });
        }
        if draft.request.seed.is_none() && card.fields.contains(&Field::Seed) {
            draft.request.seed = Some(Seed(rand::random()));
        }
        if draft.request.size.is_none() {
            draft.request.size = card.size.map(|rule| rule.default);
        }
        let quote = self.quote(&draft.request).await?;
        if quote.at_most > draft.request.max_cost {
            return Err(StudioError::PriceChanged { now: quote.at_most, agreed: draft.request.max_cost });
        }
        draft.request.quote = Some(quote.id);
        let on_table = self.pictures(&draft.request)?;
        draft.parents = on_table.iter().filter_map(|one| one.item).collect();
        let pictures = on_table.into_iter().map(|one| one.picture).collect();
        let ready = self.clear(&draft, pictures).await.inspect_err(|error| {
            if let StudioError::Stopped(finding) = error {
                let review = finding.verdict == Verdict::Review;
                self.count(Counted::Done(if review { Counter::Reviewed } else { Counter::Blocked }));
            }
        })?;

        let queued = NewQueued {
            draft: self.written_down(&draft)?,
            key: IdempotencyKey::new().as_str().to_owned(),
            inputs: ready.pictures.iter().map(|picture| picture.bytes().clone()).collect(),
        };
        let library = self.library().clone();
        let queue = blocking(move || Ok(library.enqueue(queued)?)).await?;
        self.tell(StudioEvent::Queued { queue, operation: draft.request.operation });
        self.start(queue, Some(ready));
        Ok(queue)
    }

    /// A draft as it stands in the queue: with what judged it, because a confirmation holds for those rules alone.
    fn written_down(&self, draft: &Draft) -> Result<serde_json::Value, StudioError> {
        let unwritable = |_| StudioError::Internal("a draft could not be written down");
        let mut written = serde_json::to_value(draft).map_err(unwritable)?;
        if let Some(fields) = written.as_object_mut() {
            let versions = serde_json::to_value(self.inner.parts.gate.versions()).map_err(unwritable)?;
            fields.insert(JUDGED_BY.to_owned(), versions);
        }
        Ok(written)
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
