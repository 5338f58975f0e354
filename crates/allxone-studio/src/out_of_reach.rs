//! Drafts whose service is out of reach: they stay in the queue and go on by themselves once it is there again.
//!
//! Cut here so that a queue of any length asks the network one question at a time. The first of those that wait is tried, soon and then
//! ever more seldom; what it finds holds for all of them. While the offline lock is closed nobody tries.

use std::collections::VecDeque;
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use allxone_client::ClientError;
use allxone_library::QueueId;

use crate::{Studio, StudioError};

/// Seconds after which the service is tried again; the last one repeats.
const PAUSES: [u64; 4] = [3, 10, 30, 60];

/// Who waits for the service.
#[derive(Default)]
pub(crate) struct OutOfReach {
    waiting: VecDeque<QueueId>,
    tries: usize,
    watched: bool,
}

impl Studio {
    fn out_of_reach(&self) -> MutexGuard<'_, OutOfReach> {
        self.inner.out_of_reach.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a draft waits for its service.
    pub(crate) fn await_service(&self, queue: QueueId) {
        let mut waiting = self.out_of_reach();
        if !waiting.waiting.contains(&queue) {
            waiting.waiting.push_back(queue);
        }
        if !std::mem::replace(&mut waiting.watched, true) {
            let pause = PAUSES.get(waiting.tries).or(PAUSES.last()).copied().unwrap_or_default();
            waiting.tries += 1;
            drop(waiting);
            self.watch_for_service(Duration::from_secs(pause));
        }
    }

    fn watch_for_service(&self, pause: Duration) {
        let (studio, stop) = (self.clone(), self.inner.under_way.stop.clone());
        self.inner.under_way.tasks.spawn(async move {
            let lock = studio.offline().clone();
            let again = async {
                if lock.is_closed() {
                    lock.opened().await;
                } else {
                    tokio::select! {
                        () = tokio::time::sleep(pause) => lock.opened().await,
                        () = async { lock.closed().await; lock.opened().await } => {}
                    }
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = again => {}
            }
            let first = {
                let mut waiting = studio.out_of_reach();
                waiting.watched = false;
                waiting.waiting.pop_front()
            };
            if let Some(queue) = first {
                studio.go_on_with(queue);
            }
        });
    }

    /// The service answers: whoever waits for it goes on.
    pub(crate) fn reached(&self) {
        let waiting = {
            let mut waiting = self.out_of_reach();
            waiting.tries = 0;
            std::mem::take(&mut waiting.waiting)
        };
        for queue in waiting {
            self.go_on_with(queue);
        }
    }

    /// A draft no longer waits for its service: it is tried now, or was given up.
    pub(crate) fn awaits_no_more(&self, queue: QueueId) {
        self.out_of_reach().waiting.retain(|one| *one != queue);
    }

    fn go_on_with(&self, queue: QueueId) {
        if !self.at_work(queue) {
            self.start(queue, None);
        }
    }

    /// Another studio takes over: nothing that waits for its service goes on by itself from here.
    pub fn retire(&self) {
        self.out_of_reach().waiting.clear();
    }
}

impl StudioError {
    /// Whether the service could not be asked at all, for want of a network or because it does not answer at the moment.
    pub fn is_out_of_reach(&self) -> bool {
        match self {
            Self::Client(error) => match error.as_ref() {
                ClientError::Problem(_) => false,
                error => error.is_offline() || error.is_passing(),
            },
            _ => false,
        }
    }
}
