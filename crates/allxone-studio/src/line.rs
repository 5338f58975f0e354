//! The line a draft travels: clear, upload, submit, follow, fetch, screen, keep, forget. Each step can be repeated after a crash
//! without doing anything twice: uploads by content, submission by key, keeping by job and index.

use std::collections::BTreeMap;

use allxone_contract::{
    Finding, IdempotencyKey, Job, JobEvent, JobId, JobRequest, JobState, ModelId, Operation, Output,
    ProblemCode, Receipt, Source, UtcMillis,
};
use allxone_library::{Details, ItemId, NewItem, Origin, QueueId, QueueState, Queued};
use allxone_media::Picture;
use allxone_safety::{Cleared, Screened, Screening};
use futures_util::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::ledger::word;
use crate::studio::{blocking, note_block};
use crate::submit::JUDGED_BY;
use crate::{Counted, Draft, Finished, Kept, Studio, StudioError, StudioEvent};

/// The most bytes of one result that are fetched.
pub(crate) const MAX_RESULT_BYTES: u64 = 200 * 1024 * 1024;

/// A draft that passed the gate.
pub(crate) struct Ready {
    pub(crate) request: Cleared<JobRequest>,
    pub(crate) pictures: Vec<Cleared<Picture>>,
}

/// How a result came to be, as far as the library keeps it.
pub(crate) struct Making<'a> {
    pub(crate) request: &'a JobRequest,
    pub(crate) job: JobId,
    pub(crate) operation: Operation,
    pub(crate) model: &'a ModelId,
    pub(crate) created: UtcMillis,
    pub(crate) parents: &'a [ItemId],
}

/// What has come home of a job.
struct Home<'a> {
    queue: QueueId,
    draft: &'a Draft,
    /// The receipts the draft was sent with.
    receipts: Vec<Receipt>,
    /// By index: the kept picture, or why it was not kept.
    brought: BTreeMap<u8, Result<Kept, Finding>>,
}

impl Studio {
    /// Takes one entry of the queue to its end.
    pub(crate) async fn drive(
        &self,
        queue: QueueId,
        ready: Option<Ready>,
        cancel: &CancellationToken,
    ) -> Result<Finished, StudioError> {
        let begun = std::time::Instant::now();
        let result = match self.travel(queue, ready, cancel).await {
            Err(error) => Err(self.heard(error).await),
            done => done,
        };
        let state = match &result {
            Ok(_) => QueueState::Done,
            Err(StudioError::Cancelled) => QueueState::Cancelled,
            // What may yet be finished stays open: it is taken up again at the next start.
            Err(error) if worth_resuming(error) => return result,
            Err(_) => QueueState::Failed,
        };
        match &result {
            Ok(finished) => {
                for _ in &finished.kept {
                    self.count(Counted::made(finished.operation));
                }
                self.count(Counted::waited(begun.elapsed()));
            }
            Err(error) => Counted::error(error).into_iter().for_each(|code| self.count(code)),
        }
        let code = result.as_ref().err().map(|error| word(&error.code()));
        let library = self.library().clone();
        blocking(move || Ok(library.finish(queue, state, code.as_deref())?)).await?;
        result
    }

    async fn travel(
        &self,
        queue: QueueId,
        ready: Option<Ready>,
        cancel: &CancellationToken,
    ) -> Result<Finished, StudioError> {
        let library = self.library().clone();
        let entry = blocking(move || library.queued(queue)?.ok_or(StudioError::NotFound)).await?;
        let draft = draft_of(&entry)?;
        self.inner.under_way.spending.begin(queue, draft.request.max_cost)?;
        self.tell_spent();
        let (job, receipts) = self.hand_over(&entry, &draft, ready, cancel).await?;
        let job = self.heard_job(job).await?;
        self.tell(StudioEvent::Submitted { queue, job: Box::new(job.clone()) });
        let mut home = Home { queue, draft: &draft, receipts, brought: BTreeMap::new() };
        let job = self.follow(&mut home, job, cancel).await?;
        let job = self.heard_job(job).await?;
        self.bring_home(home, job).await
    }

    /// Gets the job accepted by the service; a repeated call finds the job made before.
    async fn hand_over(
        &self,
        entry: &Queued,
        draft: &Draft,
        ready: Option<Ready>,
        cancel: &CancellationToken,
    ) -> Result<(Job, Vec<Receipt>), StudioError> {
        let client = &self.inner.parts.client;
        if let Some(job) = entry.job.as_deref().and_then(|id| id.parse::<JobId>().ok()) {
            match client.job(job).await {
                Ok(job) => return Ok((job, receipts_of(entry))),
                Err(error) if error.is_problem(ProblemCode::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        // What a price was told for long ago goes without that word: what it costs now must be no more than was agreed.
        let repriced;
        let (draft, ready) = match ready {
            Some(ready) => (draft, ready),
            None => {
                repriced = self.without_quote(entry, draft).await?;
                (&repriced, self.ready_again(entry, &repriced).await?)
            }
        };
        if cancel.is_cancelled() {
            return Err(StudioError::Cancelled);
        }
        for picture in &ready.pictures {
            client.upload(picture).await?;
        }
        self.claim(entry).await?;
        let key: IdempotencyKey =
            entry.key.parse().map_err(|_| StudioError::Internal("a queue entry has no key"))?;
        let job = match client.submit(&ready.request, &key).await {
            Ok(job) => job,
            Err(error) => match self.not_taken(entry, draft, error.into()).await? {
                Some(why) => return Err(why),
                None => return Box::pin(self.hand_over_again(entry.id, cancel)).await,
            },
        };
        self.reached();
        let mut receipts = vec![ready.request.receipt().clone()];
        receipts.extend(ready.pictures.iter().map(|picture| picture.receipt().clone()));
        let (library, queue, id) = (self.library().clone(), entry.id, job.id.to_string());
        let written = serde_json::to_value(&receipts).unwrap_or_default();
        blocking(move || Ok(library.submitted(queue, &id, &written)?)).await?;
        Ok((job, receipts))
    }

    /// Hands an entry over as it stands in the queue now.
    async fn hand_over_again(
        &self,
        queue: QueueId,
        cancel: &CancellationToken,
    ) -> Result<(Job, Vec<Receipt>), StudioError> {
        let library = self.library().clone();
        let entry = blocking(move || library.queued(queue)?.ok_or(StudioError::NotFound)).await?;
        self.hand_over(&entry, &draft_of(&entry)?, None, cancel).await
    }

    /// The draft without the price it was once told, if nothing of it was sent yet.
    async fn without_quote(&self, entry: &Queued, draft: &Draft) -> Result<Draft, StudioError> {
        let mut draft = draft.clone();
        if entry.state == QueueState::Queued && draft.request.quote.take().is_some() {
            self.put_back(entry.id, &draft).await?;
        }
        Ok(draft)
    }

    /// Puts a draft back into the queue, as it is to be sent from now on.
    pub(crate) async fn put_back(&self, queue: QueueId, draft: &Draft) -> Result<(), StudioError> {
        let (library, written) = (self.library().clone(), self.written_down(draft)?);
        blocking(move || Ok(library.redraft(queue, &written)?)).await
    }

    /// Why the service did not take a draft; `None` where it does at today's price. Where that is more than was agreed, the draft stays in the
    /// queue.
    async fn not_taken(
        &self,
        entry: &Queued,
        draft: &Draft,
        error: StudioError,
    ) -> Result<Option<StudioError>, StudioError> {
        let StudioError::Client(said) = &error else { return Ok(Some(error)) };
        let agreed = draft.request.max_cost;
        match said.problem() {
            // It was not taken before either, or its key would have found the job: it goes for what it costs now.
            Some(problem) if problem.code == ProblemCode::QuoteExpired && draft.request.quote.is_some() => {
                let mut draft = draft.clone();
                draft.request.quote = None;
                self.put_back(entry.id, &draft).await?;
                Ok(None)
            }
            Some(problem) if problem.code == ProblemCode::InsufficientCredits => match problem.needed {
                Some(now) if now > agreed => {
                    self.put_back(entry.id, draft).await?;
                    Ok(Some(StudioError::PriceChanged { now, agreed }))
                }
                _ => Ok(Some(error)),
            },
            _ => Ok(Some(error)),
        }
    }

    /// Notes that sending begins. An entry of an earlier run may have been sent already; its key makes a repetition harmless.
    async fn claim(&self, entry: &Queued) -> Result<(), StudioError> {
        let (library, queue) = (self.library().clone(), entry.id);
        match entry.state {
            QueueState::Queued => blocking(move || Ok(library.claim(queue)?)).await,
            _ => Ok(()),
        }
    }

    /// Passes a draft of an earlier run through the gate again, as the policy stands now.
    async fn ready_again(&self, entry: &Queued, draft: &Draft) -> Result<Ready, StudioError> {
        let mut pictures = Vec::new();
        for input in &draft.request.inputs {
            let (library, queue, sha256) = (self.library().clone(), entry.id, input.sha256);
            let bytes = blocking(move || Ok(library.queued_input(queue, &sha256.to_string())?)).await?;
            pictures.push(self.ready_picture(bytes).await?);
        }
        // A person has confirmed what the rules of that time were unsure of, and nothing else.
        let judged_by = serde_json::to_value(self.inner.parts.gate.versions()).ok();
        let same_rules = judged_by.is_some() && entry.draft.get(JUDGED_BY) == judged_by.as_ref();
        let draft = Draft { confirmed: draft.confirmed && same_rules, ..draft.clone() };
        self.clear(&draft, pictures).await
    }

    /// Follows a job to its last state, passing progress on and cancellation back, and brings home each result as it comes.
    async fn follow(
        &self,
        home: &mut Home<'_>,
        job: Job,
        cancel: &CancellationToken,
    ) -> Result<Job, StudioError> {
        let (client, id, queue) = (&self.inner.parts.client, job.id, home.queue);
        let mut events = client.follow(id, None);
        let mut asked = false;
        loop {
            let next = tokio::select! {
                next = events.next() => next,
                () = cancel.cancelled(), if !asked => {
                    asked = true;
                    client.cancel(id).await?;
                    continue;
                }
            };
            match next.transpose()?.map(|frame| frame.event) {
                Some(JobEvent::Progress { progress }) => self.tell(StudioEvent::Progress { queue, progress }),
                Some(JobEvent::Ended { job }) => return Ok(job),
                Some(JobEvent::Snapshot { job }) if job.state.is_final() => return Ok(job),
                Some(JobEvent::Snapshot { job: now }) => {
                    for output in &now.outputs {
                        self.bring_early(home, &job, output).await;
                    }
                }
                Some(JobEvent::Output { output }) => self.bring_early(home, &job, &output).await,
                Some(JobEvent::Started) => {}
                None => return Ok(client.job(id).await?),
            }
        }
    }

    /// Brings a result home while its job goes on. What does not work now is tried again when the job has ended.
    async fn bring_early(&self, home: &mut Home<'_>, job: &Job, output: &Output) {
        if let Err(error) = self.bring(home, job, output).await {
            tracing::debug!(code = ?error.code(), "a result is fetched at the end of its job");
        }
    }

    /// Brings a result home, unless it is there.
    async fn bring(&self, home: &mut Home<'_>, job: &Job, output: &Output) -> Result<(), StudioError> {
        if home.brought.contains_key(&output.index) {
            return Ok(());
        }
        let one = self.bring_one(home.draft, job, output, &home.receipts).await?;
        if let Ok(kept) = &one {
            self.tell(StudioEvent::Kept { queue: home.queue, item: kept.item });
        }
        home.brought.insert(output.index, one);
        Ok(())
    }

    /// Brings home what is not there yet of what was made; then the service of this computer forgets it.
    async fn bring_home(&self, mut home: Home<'_>, job: Job) -> Result<Finished, StudioError> {
        match job.state {
            JobState::Succeeded => {}
            JobState::Canceled => {
                self.forget(&job).await;
                return Err(StudioError::Cancelled);
            }
            _ => {
                self.forget(&job).await;
                let finding = job.error.as_ref().and_then(|problem| problem.finding.clone());
                return Err(match (finding, job.error) {
                    (Some(finding), _) => StudioError::Stopped(finding),
                    (None, Some(problem)) => StudioError::Failed(Box::new(problem)),
                    (None, None) => StudioError::Internal("the job ended without a reason"),
                });
            }
        }
        for output in &job.outputs {
            self.bring(&mut home, &job, output).await?;
        }
        self.forget(&job).await;
        let (mut kept, mut held_back) = (Vec::new(), Vec::new());
        for (index, one) in home.brought {
            match one {
                Ok(one) => kept.push(one),
                Err(finding) => held_back.push((index, finding)),
            }
        }
        if let (true, Some((_, finding))) = (kept.is_empty(), held_back.first()) {
            return Err(StudioError::Stopped(finding.clone()));
        }
        Ok(Finished {
            queue: home.queue,
            operation: job.operation,
            kept,
            blocked: job.blocked,
            held_back,
            warnings: job.warnings,
            charge: job.charge,
        })
    }

    async fn bring_one(
        &self,
        draft: &Draft,
        job: &Job,
        output: &Output,
        receipts: &[Receipt],
    ) -> Result<Result<Kept, Finding>, StudioError> {
        let (library, decoder) = (self.library().clone(), self.inner.parts.results.clone());
        let (job_id, index) = (job.id.to_string(), output.index);
        let before = blocking({
            let library = library.clone();
            let job_id = job_id.clone();
            move || Ok(library.kept_before(&job_id, index)?)
        })
        .await?;
        let bytes = match &before {
            Some(item) => {
                let (library, item) = (library.clone(), *item);
                blocking(move || Ok(library.picture(item)?)).await?
            }
            None => self.inner.parts.client.content(output, MAX_RESULT_BYTES).await?,
        };
        let picture = decoder.received(bytes).await?;
        let picture = match self.screened(picture, draft.confirmed).await? {
            Ok(picture) => picture,
            Err(finding) => return Ok(Err(finding)),
        };
        let item = match before {
            Some(item) => item,
            None => {
                let output = &self.heard_output(output.clone()).await?;
                let making = Making {
                    request: &draft.request,
                    job: job.id,
                    operation: job.operation,
                    model: &job.model,
                    created: job.created,
                    parents: &draft.parents,
                };
                let details = self.details(&making, output, receipts, &picture);
                let new = NewItem { picture: picture.clone(), details };
                blocking(move || Ok(library.keep(new)?)).await?
            }
        };
        Ok(Ok(Kept { item, output: output.clone(), picture }))
    }

    /// Passes a picture through the gate. What it stops is written down as a decision (never its content).
    pub(crate) async fn screened(
        &self,
        picture: Picture,
        confirmed: bool,
    ) -> Result<Result<Screened<Picture>, Finding>, StudioError> {
        let (library, gate) = (self.library().clone(), self.inner.parts.gate.clone());
        blocking(move || match gate.screen(picture)? {
            Screening::Show(picture) => Ok(Ok(picture)),
            Screening::Review(held) if confirmed => Ok(Ok(held.confirm())),
            Screening::Review(held) => Ok(Err(held.finding().clone())),
            Screening::Block(finding) => {
                note_block(&library, "output", &finding, &gate.versions())?;
                Ok(Err(finding))
            }
        })
        .await
    }

    /// Everything the library keeps of a result besides its pixels.
    pub(crate) fn details(
        &self,
        making: &Making<'_>,
        output: &Output,
        sent: &[Receipt],
        picture: &Screened<Picture>,
    ) -> Details {
        let request = making.request;
        let mut receipts = sent.to_vec();
        receipts.extend([output.receipt.clone(), picture.receipt().clone()]);
        let mut params = serde_json::to_value(request).unwrap_or_default();
        if let Some(params) = params.as_object_mut() {
            params.retain(|name, _| {
                !["prompt", "negative_prompt", "quote", "max_cost"].contains(&name.as_str())
            });
        }
        Details {
            operation: word(&making.operation),
            model: making.model.to_string(),
            prompt: request.prompt.clone(),
            negative: request.negative_prompt.clone().unwrap_or_default(),
            params,
            seed: output.seed.map(|seed| seed.0),
            origin: Some(Origin {
                service: self.inner.parts.client.server().host(),
                job: making.job.to_string(),
                index: output.index,
            }),
            receipts: serde_json::to_value(receipts).unwrap_or_default(),
            report: output.report.clone(),
            ai_made: output.source != Source::Own,
            parents: making.parents.to_vec(),
            created_ms: Some(making.created.0),
            ..Details::default()
        }
    }

    /// Lets the service of this computer erase what the library now holds. A failure is made good by the next start's sweep there.
    async fn forget(&self, job: &Job) {
        if self.inner.parts.own_service
            && !job.erased
            && let Err(error) = self.inner.parts.client.erase(job.id).await
        {
            tracing::warn!(code = error.code(), "the service did not erase a job yet");
        }
    }
}

/// Whether an entry that stopped with `error` stays in the queue for the next start.
pub(crate) fn worth_resuming(error: &StudioError) -> bool {
    match error {
        StudioError::Client(error) => {
            // Once its texts are accepted, the service takes the very same.
            let waits = error.is_problem(ProblemCode::AcceptanceNeeded);
            waits || error.is_passing() || error.is_offline()
        }
        // Nothing was sent, and a person can change what stands in the way.
        StudioError::PriceChanged { .. } | StudioError::SessionCap { .. } => true,
        StudioError::Library(_) | StudioError::Safety(_) | StudioError::Internal(_) => true,
        _ => false,
    }
}

/// The draft of an entry.
pub(crate) fn draft_of(entry: &Queued) -> Result<Draft, StudioError> {
    serde_json::from_value(entry.draft.clone())
        .map_err(|_| StudioError::Internal("a queue entry of another version could not be read"))
}

fn receipts_of(entry: &Queued) -> Vec<Receipt> {
    serde_json::from_value(entry.receipts.clone()).unwrap_or_default()
}
