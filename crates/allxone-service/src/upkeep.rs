//! What has to be done besides jobs, over and over: picking up what a dead service left, forgetting what is too old, sweeping the files. And
//! who does it, where several nodes could: one at a time, by turns ([`Backend::in_turn`]).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use crate::ServiceError;
use crate::backend::Backend;

/// How long a turn is a node's without a sign of life, in milliseconds, and how often that sign is given.
const TURN_MILLIS: i64 = 60_000;
const SIGN: Duration = Duration::from_secs(20);
/// How often is forgotten what is too old.
const FORGET: Duration = Duration::from_secs(60);
/// How often the files of several nodes are swept.
const SWEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// How much older than the longest job a file without a row must be to belong to nothing, in milliseconds.
const GRACE_MILLIS: i64 = 60 * 60 * 1_000;

/// Works until the service stops.
pub(crate) async fn work(backend: Arc<Backend>) {
    let mut rounds = interval(backend.pace.rounds);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The start has just done all of it.
    rounds.tick().await;
    loop {
        tokio::select! {
            () = backend.stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        for result in [
            backend.recover(false).await,
            backend.in_turn("forget", FORGET, backend.forget()).await.map(|_| ()),
            backend.sweep_shared().await,
        ] {
            if let Err(error) = result {
                tracing::error!(code = error.code(), "the store could not be looked after");
            }
        }
    }
}

impl Backend {
    /// Does `work`, unless another node does it, or did less than `pause` ago; `None` then. A service that shares nothing always does it.
    pub(crate) async fn in_turn<T>(
        &self,
        name: &'static str,
        pause: Duration,
        work: impl Future<Output = Result<T, ServiceError>>,
    ) -> Result<Option<T>, ServiceError> {
        if !self.is_shared() {
            return work.await.map(Some);
        }
        let begun = self.clock.now();
        if !self.store.take_turn(name, &self.owner, begun.plus(TURN_MILLIS), begun).await? {
            return Ok(None);
        }
        let mut signs = interval(SIGN);
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = signs.tick() => {
                    let until = self.clock.now().plus(TURN_MILLIS);
                    self.store.keep_turn(name, &self.owner, until).await?;
                }
            }
        };
        let pause = if done.is_ok() { i64::try_from(pause.as_millis()).unwrap_or(i64::MAX) } else { 0 };
        let next = begun.plus(pause).max(self.clock.now());
        self.store.keep_turn(name, &self.owner, next).await?;
        done.map(Some)
    }

    /// Removes from the bucket what belongs to nothing, once a day. What is young enough to be in somebody's hands stays.
    async fn sweep_shared(&self) -> Result<(), ServiceError> {
        if !self.is_shared() {
            return Ok(());
        }
        let longest = i64::try_from(self.limits.job_time.as_millis()).unwrap_or(i64::MAX);
        let before = self.clock.now().plus(-(GRACE_MILLIS.saturating_add(longest)));
        self.in_turn("sweep", SWEEP, self.sweep(before)).await.map(|_| ())
    }
}
