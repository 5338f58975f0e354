//! The one who works: takes the oldest waiting job of a lane, hands it to its partner on a thread of its own, checks and stores what comes back, and
//! ends the job once.
//!
//! Content is cleared again here, right before it is handed over, although it was when it came in: a job may have waited through a restart
//! with newer rules, and only the gate can make the [`Cleared`](allxone_safety::Cleared) a partner takes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use allxone_contract::{JobId, JobRequest, JobState, Problem, ProblemCode, Verdict};
use allxone_engine::Cancel;
use allxone_media::has_ai_origin;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};

use crate::ServiceError;
use crate::acceptance::{Acceptance, Outcome, Spent};
use crate::backend::Backend;
use crate::ending::{Fate, Left, Stop, fate};
use crate::figures::Step;
use crate::halt;
use crate::lanes::Lane;
use crate::partner::{Hands, Input, Partner, PartnerError, PartnerRef, Preview, Work};
use crate::previews::Shown;
use crate::screening::{Stage, Stopped};
use crate::store::{Ending, Finished, Kept, Leased, NewOutput};

/// How long a stopped run may take to notice.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// How often an idle worker looks after its models.
const ROUNDS: Duration = Duration::from_secs(60);
/// After how many such rounds without a job the models give their memory back. Loading them again takes some ten milliseconds.
const ROUNDS_TO_REST: u32 = 4;

/// Works on the jobs of a lane until the service stops, as many at once as it takes.
pub(crate) async fn work(backend: Arc<Backend>, lane: Arc<Lane>) {
    let places = Arc::new(Semaphore::new(lane.at_once));
    let mut jobs = JoinSet::new();
    while !backend.stop.is_cancelled() {
        while jobs.try_join_next().is_some() {}
        let place = tokio::select! {
            () = backend.stop.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let mut free: Vec<_> = place.into_iter().collect();
        free.extend(std::iter::from_fn(|| Arc::clone(&places).try_acquire_owned().ok()));
        let now = backend.clock.now();
        let until = now.plus(backend.pace.lease_millis);
        match backend.store.lease(&backend.owner, &lane.jobs, free.len(), until, now).await {
            Ok((leased, more)) => {
                if more {
                    lane.wake.notify_one();
                }
                for (leased, place) in leased.into_iter().zip(free) {
                    let backend = Arc::clone(&backend);
                    jobs.spawn(async move {
                        carry_out(&backend, &leased).await;
                        drop(place);
                    });
                }
            }
            Err(error) => {
                tracing::error!(code = error.code(), "the queue cannot be read");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        }
        tokio::select! {
            () = backend.stop.cancelled() => {}
            () = lane.wake.notified() => {}
            () = sleep(backend.pace.look) => {}
        }
    }
    while jobs.join_next().await.is_some() {}
}

/// Lets the models rest while there is nothing to do, and sees that they could judge if there were.
pub(crate) async fn look_after_models(backend: Arc<Backend>) {
    let mut rounds = interval(ROUNDS);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    rounds.tick().await;
    let (mut idle, mut before) = (0_u32, 0);
    loop {
        tokio::select! {
            () = backend.stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        let begun = backend.figures.begun();
        if begun != before || !backend.running().is_empty() {
            (idle, before) = (0, begun);
            continue;
        }
        idle = idle.saturating_add(1);
        if idle == ROUNDS_TO_REST {
            backend.check.rest();
        }
        backend.check.warm().await;
    }
}

async fn carry_out(backend: &Arc<Backend>, leased: &Leased) {
    let id = leased.id;
    halt::here("taken");
    backend.figures.began();
    let waited = backend.clock.now().0.saturating_sub(leased.created.0);
    backend.figures.took(Step::Wait, Duration::from_millis(u64::try_from(waited).unwrap_or(0)));
    backend.followers.begin(id);
    if let Err(error) = Box::pin(work_on(backend, leased)).await {
        tracing::error!(code = error.code(), %error, job = %id, "a job could not be worked on");
        give_up(backend, leased).await;
    }
    backend.running().remove(&id);
    backend.previews.end(id);
    backend.followers.end(id);
}

/// What the thread of a run brings back: the partner's own word, `None` if it panicked, and what it made.
type Run = (Option<Result<(), PartnerError>>, Outcome);

/// Ends a job the service itself failed over. Where even that cannot be recorded, the next start picks the job up.
async fn give_up(backend: &Backend, leased: &Leased) {
    let problem = Problem::new(
        ProblemCode::Internal,
        "The service failed over this job. Nothing was charged. Send it again.",
    );
    let ending = Ending::without_result(JobState::Failed, Some(problem.about(leased.id)));
    if let Err(error) = end(backend, leased, ending).await {
        tracing::error!(code = error.code(), job = %leased.id, "a job's end could not be recorded");
    }
}

async fn work_on(backend: &Arc<Backend>, leased: &Leased) -> Result<(), ServiceError> {
    let id = leased.id;
    let cancel = Cancel::new();
    backend.running().insert(id, cancel.clone());
    let begun = Instant::now();
    let prepared = prepare(backend, leased).await?;
    backend.figures.took(Step::CheckAgain, begun.elapsed());
    let (partner, work) = match prepared {
        Ok(ready) => ready,
        Err(problem) => {
            let blocked = problem.finding.as_ref().is_some_and(|finding| finding.verdict == Verdict::Block);
            end(backend, leased, Ending::without_result(JobState::Failed, Some(problem.about(id)))).await?;
            if blocked {
                // It was accepted under other rules; what these rules stop is not kept.
                backend.erase(&leased.account, id).await?;
            }
            return Ok(());
        }
    };
    halt::here("ready");
    if !backend
        .store
        .advance(id, &backend.owner, JobState::Submitting, JobState::Running, backend.clock.now())
        .await?
    {
        return end(backend, leased, Ending::without_result(JobState::Canceled, None)).await;
    }
    halt::here("begun");
    let outside = partner.has_outside_effects();
    let begun = Instant::now();
    let signs = Signs { cancel, leave: Cancel::new() };
    let mut run = start(backend, leased, partner, work, signs.clone());
    let (stopped, returned) = wait(backend, leased, &mut run, &signs).await;
    let Some((word, outcome)) = returned else {
        tracing::error!(job = %id, "a stopped run did not return in time");
        if backend.stop.is_cancelled() {
            // The next start picks the job up.
            return Ok(());
        }
        let left = Left { word: None, stopped, made: false, blocked: false, followed: false };
        decide(backend, leased, Outcome::default(), fate(left, outside)).await?;
        // What it still makes is dropped, but nothing else may begin beside it.
        let _ = run.await;
        return Ok(());
    };
    halt::here("made");
    let Spent { checking, storing } = outcome.spent;
    backend.figures.took(Step::Make, begun.elapsed().saturating_sub(checking + storing));
    backend.figures.took(Step::CheckResult, checking);
    backend.figures.took(Step::Store, storing);
    let left = Left {
        word,
        stopped,
        made: !outcome.outputs.is_empty(),
        blocked: !outcome.blocked.is_empty(),
        followed: leased.taken.is_some() || outcome.followed,
    };
    decide(backend, leased, outcome, fate(left, outside)).await
}

/// Everything a run needs, each part cleared; or why it cannot be run.
async fn prepare(
    backend: &Backend,
    leased: &Leased,
) -> Result<Result<(Arc<dyn Partner>, Work), Problem>, ServiceError> {
    let Ok(request) = serde_json::from_slice::<JobRequest>(&leased.request) else {
        return Ok(Err(Problem::new(
            ProblemCode::Internal,
            "The stored request does not read. Send it again.",
        )));
    };
    let Some((_, partner)) = backend.partners.find(&request.model) else {
        return Ok(Err(Problem::new(
            ProblemCode::UnknownModel,
            "This service has this model no longer. Choose another.",
        )));
    };
    // A person has confirmed what the rules of that time were unsure of, and nothing else.
    let confirmed = leased.confirmed && backend.check.same_rules(leased.judged_by.as_ref());
    let request = match backend.check.pass(request, confirmed).await {
        Ok(cleared) => cleared,
        Err(stopped) => return Ok(Err(refused(backend, leased, Stage::Request, stopped).await?)),
    };
    let mut inputs = Vec::with_capacity(leased.inputs.len());
    for (asset, role) in &leased.inputs {
        let stored = backend.store.asset(&leased.account, *asset).await?;
        let Some((stored, file)) =
            stored.and_then(|mut stored| stored.file.take().map(|file| (stored, file)))
        else {
            return Ok(Err(Problem::new(
                ProblemCode::Erased,
                "An input picture was erased before its turn came. Upload it again.",
            )));
        };
        let content = backend.on_disk(move |files| files.read(&file)).await?;
        let picture = match backend.decoder.received(Bytes::from(content)).await {
            Ok(picture) => picture,
            Err(error) => return Ok(Err(Problem::new(ProblemCode::UnreadablePicture, error.to_string()))),
        };
        let confirmed = confirmed || stored.confirmed && backend.check.same_rules(stored.judged_by.as_ref());
        let picture = match backend.check.pass(picture, confirmed).await {
            Ok(cleared) => cleared,
            Err(stopped) => return Ok(Err(refused(backend, leased, Stage::Input, stopped).await?)),
        };
        inputs.push(Input { role: *role, picture });
    }
    Ok(Ok((partner, Work { request, inputs })))
}

async fn refused(
    backend: &Backend,
    leased: &Leased,
    stage: Stage,
    stopped: Stopped,
) -> Result<Problem, ServiceError> {
    if let Stopped::Found(finding) = &stopped {
        backend.check.note(&backend.store, &backend.clock, &leased.account, stage, finding).await?;
    }
    Ok(*crate::api::Refusal::from(stopped).0)
}

/// How a run is told to end.
#[derive(Clone)]
struct Signs {
    cancel: Cancel,
    /// Raised before the other when the work is not to be stopped but left.
    leave: Cancel,
}

/// Begins the run on a thread of its own, or takes up what an earlier one handed over.
fn start(
    backend: &Arc<Backend>,
    leased: &Leased,
    partner: Arc<dyn Partner>,
    work: Work,
    signs: Signs,
) -> JoinHandle<Run> {
    let id = leased.id;
    // Where a run may cost something, results are handed out when the job ends and is settled; else each as soon as it is there.
    let early = !partner.has_outside_effects();
    let runtime = tokio::runtime::Handle::current();
    let mut acceptance = Acceptance {
        gate: backend.check.gate(),
        files: backend.files.clone(),
        clock: backend.clock.clone(),
        cancel: signs.cancel.clone(),
        from_ai: work.inputs.iter().any(|input| has_ai_origin(input.picture.bytes())),
        elsewhere: !early,
        outcome: Outcome::default(),
    };
    let taken = leased.taken.clone();
    let previews = backend.previews.asked(id);
    let (gate, from_ai) = (acceptance.gate.clone(), acceptance.from_ai);
    let backend = Arc::downgrade(backend);
    tokio::task::spawn_blocking(move || {
        let mut latest = allxone_contract::Progress::default();
        let mut progress = |progress| {
            latest = progress;
            if let Some(backend) = backend.upgrade() {
                backend.followers.progress(id, progress);
            }
        };
        let mut deliver = |delivery| {
            let before = acceptance.outcome.outputs.len();
            acceptance.take(delivery)?;
            if let (true, Some(made), Some(backend)) =
                (early, acceptance.outcome.outputs.get(before), backend.upgrade())
            {
                runtime.block_on(tell_result(&backend, id, made));
            }
            Ok(())
        };
        let mut preview = |preview: Preview| {
            let Some(backend) = backend.upgrade() else { return };
            if let Some(shown) = Shown::of(&gate, preview, from_ai) {
                backend.previews.show(id, shown);
            }
        };
        let mut followed = false;
        let mut accepted = |reference: &PartnerRef| {
            let Some(backend) = backend.upgrade() else { return };
            followed = runtime.block_on(keep_reference(&backend, id, reference));
        };
        let hands = Hands {
            cancel: &signs.cancel,
            leave: &signs.leave,
            accepted: &mut accepted,
            progress: &mut progress,
            previews,
            preview: &mut preview,
            deliver: &mut deliver,
        };
        // Caught here and not by the runtime, so that what was stored before a panic is known and can be removed.
        let result = catch_unwind(AssertUnwindSafe(|| match &taken {
            Some(taken) => partner.resume(&work, taken, hands),
            None => partner.run(&work, hands),
        }));
        let result = result.ok();
        let result = result.map(|word| acceptance.heard(word));
        acceptance.outcome.progress = latest;
        acceptance.outcome.followed = followed;
        (result, acceptance.outcome)
    })
}

/// Keeps what the partner calls the work. Where that fails, the work goes on all the same, and after a crash its outcome is unknown.
async fn keep_reference(backend: &Backend, id: JobId, reference: &PartnerRef) -> bool {
    let kept = backend.store.accepted(id, &backend.owner, reference).await;
    kept.inspect_err(|error| {
        tracing::warn!(code = error.code(), job = %id, "a partner's name for a job could not be kept");
    })
    .is_ok_and(|kept| kept)
}

/// Records a result while its job goes on, and tells those who follow it. Where that fails, the result comes with the job's end.
async fn tell_result(backend: &Backend, id: JobId, made: &NewOutput) {
    match backend.store.add_output(id, &backend.owner, made, backend.clock.now()).await {
        Ok(true) => backend.followers.changed(id),
        Ok(false) => {}
        Err(error) => tracing::warn!(code = error.code(), job = %id, "a result waits for the end of its job"),
    }
}

/// Waits for the run, giving signs of life and minding time and the service's own end. Returns why it was stopped, if it was, and what
/// the thread brought back, unless it did not come back in time.
async fn wait(
    backend: &Backend,
    leased: &Leased,
    run: &mut JoinHandle<Run>,
    signs: &Signs,
) -> (Option<Stop>, Option<Run>) {
    let begun = Instant::now();
    let mut heartbeat = interval(backend.pace.heartbeat);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Taking the job was the first sign.
    heartbeat.tick().await;
    let stopping = async {
        backend.stop.cancelled().await;
        sleep(backend.limits.shutdown_grace).await;
    };
    tokio::pin!(stopping);
    let why = loop {
        tokio::select! {
            returned = &mut *run => return (None, Some(returned.unwrap_or_default())),
            _ = heartbeat.tick() => {
                let until = backend.clock.now().plus(backend.pace.lease_millis);
                let progress = backend.followers.latest(leased.id).unwrap_or_default();
                match backend.store.renew(leased.id, &backend.owner, until, progress).await {
                    Ok(Kept::Ours) => {}
                    // Asked at another node; at this one the run was told by whoever asked.
                    Ok(Kept::AskedToStop) => signs.cancel.cancel(),
                    Ok(Kept::Lost) => {
                        tracing::warn!(job = %leased.id, "a job was taken over by another node");
                        break Stop::TakenOver;
                    }
                    Err(error) => tracing::warn!(code = error.code(), "a lease could not be renewed now"),
                }
            }
            () = sleep_until(begun + backend.limits.job_time) => break Stop::OutOfTime,
            () = &mut stopping => break Stop::Interrupted,
        }
    };
    if why != Stop::OutOfTime {
        signs.leave.cancel();
    }
    signs.cancel.cancel();
    let returned = timeout(PATIENCE, run).await.ok().map(Result::unwrap_or_default);
    (Some(why), returned)
}

/// Carries out a job's fate.
async fn decide(
    backend: &Backend,
    leased: &Leased,
    outcome: Outcome,
    fate: Fate,
) -> Result<(), ServiceError> {
    match fate {
        Fate::Ends(state, problem) => {
            finish(backend, leased, outcome, state, problem.map(|problem| problem.about(leased.id))).await
        }
        Fate::Again => {
            backend.remove(outcome.files()).await;
            if backend.store.give_back(leased.id, &backend.owner, backend.clock.now()).await? {
                return Ok(());
            }
            end(backend, leased, Ending::without_result(JobState::Canceled, None)).await
        }
    }
}

/// Records the end of a run with its results, or drops them when the job did not succeed.
async fn finish(
    backend: &Backend,
    leased: &Leased,
    outcome: Outcome,
    state: JobState,
    error: Option<Problem>,
) -> Result<(), ServiceError> {
    for blocked in &outcome.blocked {
        backend
            .check
            .note(&backend.store, &backend.clock, &leased.account, Stage::Output, &blocked.finding)
            .await?;
    }
    let files = outcome.files();
    let keep = state == JobState::Succeeded;
    let ending = Ending {
        state,
        outputs: if keep { outcome.outputs } else { Vec::new() },
        blocked: outcome.blocked,
        warnings: outcome.warnings,
        error,
        progress: outcome.progress,
    };
    // Where the database broke off, nobody here knows whether it was recorded; what was not is swept.
    let recorded = record(backend, leased, ending).await?;
    if recorded != JobState::Succeeded {
        backend.remove(files).await;
    }
    Ok(())
}

async fn end(backend: &Backend, leased: &Leased, ending: Ending) -> Result<(), ServiceError> {
    record(backend, leased, ending).await.map(|_| ())
}

/// The one place where a job ends. Returns the state it ended in, which is another when its owner stopped it meanwhile.
async fn record(backend: &Backend, leased: &Leased, ending: Ending) -> Result<JobState, ServiceError> {
    let begun = Instant::now();
    let finished = backend.store.finish(leased.id, &backend.owner, ending, backend.clock.now()).await?;
    backend.figures.took(Step::End, begun.elapsed());
    halt::here("ended");
    match finished {
        Finished::Recorded { state, erase } => {
            tracing::info!(job = %leased.id, ?state, attempt = leased.attempt, "a job ended");
            backend.figures.ended(state);
            if erase {
                backend.erase(&leased.account, leased.id).await?;
            }
            Ok(state)
        }
        Finished::Lost => {
            tracing::warn!(job = %leased.id, "a job ended elsewhere; this result is dropped");
            Ok(JobState::Queued)
        }
    }
}
