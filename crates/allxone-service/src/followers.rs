//! Telling those who follow a job that something happened.
//!
//! A channel per job that keeps only its latest value: a slow follower skips figures instead of making the worker wait or memory grow. What
//! must not be skipped is stored; the channel merely says that there is more to read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use allxone_contract::{JobId, Progress};
use tokio::sync::watch;

/// The latest of a job, as far as it is not stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Live {
    /// Grows with every stored change.
    pub(crate) changes: u64,
    /// How far the work is.
    pub(crate) progress: Progress,
    worked_on: bool,
}

/// The channels of jobs that are worked on or followed.
#[derive(Default)]
pub(crate) struct Followers(Mutex<HashMap<JobId, watch::Sender<Live>>>);

impl Followers {
    /// A channel to listen at. Subscribe first, read the store afterwards: then nothing is missed.
    pub(crate) fn subscribe(&self, job: JobId) -> watch::Receiver<Live> {
        let mut jobs = self.jobs();
        jobs.retain(|_, sender| sender.receiver_count() > 0 || sender.borrow().worked_on);
        jobs.entry(job).or_default().subscribe()
    }

    /// Work on the job begins.
    pub(crate) fn begin(&self, job: JobId) {
        self.jobs().entry(job).or_default().send_modify(|live| {
            *live = Live { changes: live.changes + 1, progress: Progress::default(), worked_on: true };
        });
    }

    /// The work is this far.
    pub(crate) fn progress(&self, job: JobId, progress: Progress) {
        if let Some(sender) = self.jobs().get(&job) {
            sender.send_if_modified(|live| std::mem::replace(&mut live.progress, progress) != progress);
        }
    }

    /// Something was stored about the job.
    pub(crate) fn changed(&self, job: JobId) {
        if let Some(sender) = self.jobs().get(&job) {
            sender.send_modify(|live| live.changes += 1);
        }
    }

    /// Work on the job is over; its last state is stored, or it waits again.
    pub(crate) fn end(&self, job: JobId) {
        if let Some(sender) = self.jobs().remove(&job) {
            sender.send_modify(|live| live.changes += 1);
        }
    }

    /// How far a job is that is worked on now.
    pub(crate) fn latest(&self, job: JobId) -> Option<Progress> {
        self.jobs()
            .get(&job)
            .map(|sender| *sender.borrow())
            .filter(|live| live.worked_on)
            .map(|live| live.progress)
    }

    fn jobs(&self) -> MutexGuard<'_, HashMap<JobId, watch::Sender<Live>>> {
        // A map of channels is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn keeps_the_latest_and_nothing_of_jobs_nobody_follows() {
        let (followers, job) = (Followers::default(), JobId::new());
        let mut live = followers.subscribe(job);
        followers.begin(job);
        for step in 1..=50 {
            followers.progress(job, Progress { step, steps: 50 });
        }
        live.changed().await.unwrap();
        assert_eq!(live.borrow_and_update().progress.step, 50);
        assert_eq!(followers.latest(job).unwrap().step, 50);
        followers.end(job);
        live.changed().await.unwrap();
        assert!(live.changed().await.is_err());
        assert_eq!(followers.latest(job), None);
        for _ in 0..100 {
            drop(followers.subscribe(JobId::new()));
        }
        assert!(followers.jobs().len() <= 1);
    }
}
