//! Whose turn it is: drafts wait in an order the person may change, and a few at a time travel the line.
//!
//! Cut here so that the order is the studio's and the library's alone. What was handed to a service can no longer be moved, so no more is
//! handed over than it works on; what waits is in the library, and goes through the gate anew when its turn comes.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};

use allxone_contract::Progress;
use allxone_library::{QueueId, QueueState, Queued};
use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::ledger::word;
use crate::line::{Ready, draft_of, worth_resuming};
use crate::studio::blocking;
use crate::submit::GOES_TO;
use crate::{Draft, Finished, Studio, StudioError, StudioEvent};

/// How many drafts this computer's own service is given at a time: it works on one.
const OWN_PLACES: usize = 1;
/// How many another service is given at a time.
const OTHER_PLACES: usize = 2;
/// The results of so many ended drafts are held for whoever [waits](Studio::wait) for them; older ones are in the library alone.
const HELD: usize = 8;

type End = Option<Result<Finished, StudioError>>;

/// One draft that waits or travels.
#[derive(Clone)]
pub(crate) struct Running {
    cancel: CancellationToken,
    pub(crate) progress: Option<Progress>,
    pub(crate) ended: watch::Receiver<End>,
}

/// The turn of a draft that waits.
struct Turn {
    queue: QueueId,
    cancel: CancellationToken,
    tell_end: watch::Sender<End>,
}

/// Who waits, and how many travel.
#[derive(Default)]
pub(crate) struct Turns {
    waiting: VecDeque<Turn>,
    going: usize,
    ended: VecDeque<QueueId>,
}

/// A place on the line; given back when dropped, whatever became of the draft.
struct Place(Studio);

impl Drop for Place {
    fn drop(&mut self) {
        let mut turns = self.0.turns();
        turns.going = turns.going.saturating_sub(1);
        drop(turns);
        self.0.go_on();
    }
}

/// Moves a waiting draft.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct QueueMove {
    /// Which one.
    pub queue: QueueId,
    /// In front of which one; the last place when absent.
    pub before: Option<QueueId>,
}

/// Takes up a draft that did not come to its end, or makes it again.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct QueueRetry {
    /// Which one.
    pub queue: QueueId,
    /// What was asked for: an ended entry no longer knows.
    pub draft: Draft,
}

impl Studio {
    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.inner.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> usize {
        if self.inner.parts.own_service { OWN_PLACES } else { OTHER_PLACES }
    }

    /// Whether a draft waits for its turn or is on its way.
    pub(crate) fn at_work(&self, queue: QueueId) -> bool {
        self.running().get(&queue).is_some_and(|one| one.ended.borrow().is_none())
    }

    /// Lets a draft go, or wait for its turn.
    pub(crate) fn start(&self, queue: QueueId, ready: Option<Ready>) {
        self.awaits_no_more(queue);
        let (tell_end, ended) = watch::channel(None);
        let cancel = CancellationToken::new();
        self.running().insert(queue, Running { cancel: cancel.clone(), progress: None, ended });
        let turn = Turn { queue, cancel, tell_end };
        let mut turns = self.turns();
        if turns.going < self.places() && turns.waiting.is_empty() {
            turns.going += 1;
            drop(turns);
            self.go(turn, ready);
        } else {
            turns.waiting.push_back(turn);
        }
    }

    /// Gives free places to those who wait.
    fn go_on(&self) {
        // While the program ends, nobody goes any more.
        if self.inner.under_way.stop.is_cancelled() || Handle::try_current().is_err() {
            return;
        }
        loop {
            let mut turns = self.turns();
            if turns.going >= self.places() {
                return;
            }
            let Some(turn) = turns.waiting.pop_front() else { return };
            turns.going += 1;
            drop(turns);
            self.go(turn, None);
        }
    }

    fn go(&self, turn: Turn, ready: Option<Ready>) {
        let place = Place(self.clone());
        let stop = self.inner.under_way.stop.clone();
        self.inner.under_way.tasks.spawn(async move {
            let studio = &place.0;
            let result = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                result = Box::pin(studio.drive(turn.queue, ready, &turn.cancel)) => result,
            };
            studio.over(&turn, result);
        });
    }

    /// Tells that a draft came to its end.
    fn over(&self, turn: &Turn, result: Result<Finished, StudioError>) {
        let open = result.as_ref().err().is_some_and(worth_resuming);
        match &result {
            Err(error) if error.is_out_of_reach() => self.await_service(turn.queue),
            _ if open => {}
            done => {
                self.awaits_no_more(turn.queue);
                let charge = done.as_ref().ok().map(|finished| finished.charge);
                self.inner.under_way.spending.end(turn.queue, charge);
                self.tell_spent();
            }
        }
        let error = result.as_ref().err().cloned().map(Into::into);
        let outcome = result.as_ref().ok().map(Into::into);
        turn.tell_end.send_replace(Some(result));
        let old = {
            let mut turns = self.turns();
            turns.ended.push_back(turn.queue);
            if turns.ended.len() > HELD { turns.ended.pop_front() } else { None }
        };
        if let Some(old) = old {
            let mut running = self.running();
            if running.get(&old).is_some_and(|one| one.ended.borrow().is_some()) {
                running.remove(&old);
            }
        }
        self.tell(StudioEvent::Ended { queue: turn.queue, error, outcome, open });
    }

    /// Whether a draft waits for its turn.
    pub(crate) fn waits(&self, queue: QueueId) -> bool {
        self.turns().waiting.iter().any(|turn| turn.queue == queue)
    }

    /// Moves a waiting draft and answers the order of all that wait. One that is on its way stays where it is.
    ///
    /// # Errors
    /// When the order cannot be written down.
    pub async fn move_waiting(&self, wanted: QueueMove) -> Result<Vec<QueueId>, StudioError> {
        let order: Vec<QueueId> = {
            let mut turns = self.turns();
            let from = turns.waiting.iter().position(|turn| turn.queue == wanted.queue);
            if wanted.before != Some(wanted.queue)
                && let Some(turn) = from.and_then(|from| turns.waiting.remove(from))
            {
                let to = turns.waiting.iter().position(|turn| Some(turn.queue) == wanted.before);
                let to = to.unwrap_or(turns.waiting.len());
                turns.waiting.insert(to, turn);
            }
            turns.waiting.iter().map(|turn| turn.queue).collect()
        };
        let (library, written) = (self.library().clone(), order.clone());
        blocking(move || Ok(library.order_queue(&written)?)).await?;
        Ok(order)
    }

    /// Waits for the end of a submitted or resumed draft.
    ///
    /// # Errors
    /// Whatever stopped it.
    pub async fn wait(&self, queue: QueueId) -> Result<Finished, StudioError> {
        let mut ended = self.running().get(&queue).ok_or(StudioError::NotFound)?.ended.clone();
        let result = ended
            .wait_for(Option::is_some)
            .await
            .map_err(|_| StudioError::Internal("the work broke off"))?
            .clone();
        self.running().remove(&queue);
        result.unwrap_or(Err(StudioError::NotFound))
    }

    /// Asks for a draft to be stopped. One that waits, or whose service went away, ends at once. Asking twice does no harm.
    pub fn cancel(&self, queue: QueueId) {
        let waiting = {
            let mut turns = self.turns();
            let at = turns.waiting.iter().position(|turn| turn.queue == queue);
            at.and_then(|at| turns.waiting.remove(at))
        };
        let going = self.running().get(&queue).filter(|one| one.ended.borrow().is_none()).cloned();
        match (waiting, going) {
            (None, Some(running)) => running.cancel.cancel(),
            (waiting, _) => {
                let studio = self.clone();
                tokio::spawn(async move { studio.give_up(queue, waiting).await });
            }
        }
    }

    /// Ends a draft nobody works on.
    async fn give_up(&self, queue: QueueId, turn: Option<Turn>) {
        let library = self.library().clone();
        let ended = blocking(move || {
            let open = library.queued(queue)?.is_some_and(|entry| !entry.state.is_final());
            if open {
                library.finish(queue, QueueState::Cancelled, Some(&word(&StudioError::Cancelled.code())))?;
            }
            Ok(open)
        })
        .await;
        let result = match ended {
            Ok(false) if turn.is_none() => return,
            Ok(_) => Err(StudioError::Cancelled),
            Err(error) => Err(error),
        };
        let turn = turn.unwrap_or_else(|| Turn {
            queue,
            cancel: CancellationToken::new(),
            tell_end: watch::channel(None).0,
        });
        self.over(&turn, result);
    }

    /// Goes on with a draft that stopped on the way and is still open, without making anything twice; makes one that has ended again.
    ///
    /// # Errors
    /// As [`submit`](Self::submit).
    pub async fn retry(&self, wanted: QueueRetry) -> Result<QueueId, StudioError> {
        let (library, queue) = (self.library().clone(), wanted.queue);
        let entry = blocking(move || Ok(library.queued(queue)?)).await?;
        let Some(entry) = entry.filter(|entry| !entry.state.is_final()) else {
            let mut draft = wanted.draft;
            draft.request.quote = None;
            return self.line_up(draft).await;
        };
        if let Some(host) = self.elsewhere(&entry) {
            return Err(StudioError::GoesElsewhere { host });
        }
        if !self.at_work(queue) {
            self.agree_anew(&entry, &wanted.draft).await?;
            self.start(queue, None);
        }
        Ok(queue)
    }

    /// Lets a draft that became dearer cost what a person agrees to now. Nothing of such a draft was taken by its service.
    async fn agree_anew(&self, entry: &Queued, wanted: &Draft) -> Result<(), StudioError> {
        let mut draft = draft_of(entry)?;
        if entry.state != QueueState::Queued || wanted.request.max_cost <= draft.request.max_cost {
            return Ok(());
        }
        draft.request.max_cost = wanted.request.max_cost;
        self.put_back(entry.id, &draft).await
    }

    /// The server an entry was composed for, where that is not the one in use; an empty name means this computer.
    pub(crate) fn elsewhere(&self, entry: &Queued) -> Option<String> {
        // An entry of an older version does not say.
        let goes_to = entry.draft.get(GOES_TO)?.as_str().map(str::to_owned);
        (goes_to != self.goes_to()).then(|| goes_to.unwrap_or_default())
    }

    /// Starts everything an earlier run left unfinished and this studio's service is meant for, and says what.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn resume(&self) -> Result<Vec<QueueId>, StudioError> {
        let library = self.library().clone();
        let open = blocking(move || Ok(library.open_queue()?)).await?;
        let fresh: Vec<QueueId> = {
            let running = self.running();
            let at_work = |id: &QueueId| running.get(id).is_some_and(|one| one.ended.borrow().is_none());
            let here = open.into_iter().filter(|entry| self.elsewhere(entry).is_none());
            here.map(|entry| entry.id).filter(|id| !at_work(id)).collect()
        };
        for queue in &fresh {
            self.start(*queue, None);
        }
        Ok(fresh)
    }
}
