//! Trying again: only what may be tried again, a few times, further and further apart, and never so often that retries become the
//! traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use crate::{ClientError, Pacing};

/// How often and how long a request is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// Tries in all, the first included.
    pub tries: u32,
    /// The first wait is at most this long; each further one at most twice the one before.
    pub base: Duration,
    /// No wait is longer, unless the service asks for it.
    pub ceiling: Duration,
    /// The longest wait a service may ask for; for a longer one the caller is told instead.
    pub longest_asked: Duration,
    /// No new try is begun after this time.
    pub deadline: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 4,
            base: Duration::from_millis(250),
            ceiling: Duration::from_secs(8),
            longest_asked: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
        }
    }
}

impl Patience {
    /// The wait after `failed` tries in a row: anything up to a ceiling that doubles ("full jitter"), so that many clients that
    /// failed together do not come back together. When the service named a time, it is at least that. `None` when it asks for more
    /// than [`Self::longest_asked`].
    pub(crate) fn wait(&self, failed: u32, asked: Option<u32>, pacing: &dyn Pacing) -> Option<Duration> {
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        let chance = pacing.up_to(self.base.saturating_mul(doubled).min(self.ceiling));
        match asked.map(|seconds| Duration::from_secs(u64::from(seconds))) {
            None => Some(chance),
            Some(asked) if asked > self.longest_asked => None,
            Some(asked) => Some(asked.saturating_add(chance.min(self.base))),
        }
    }
}

/// Retries are at most a tenth of the traffic, after an allowance of ten. Counted in tenths of a retry.
#[derive(Debug)]
pub(crate) struct Budget(AtomicI64);

const ONE_RETRY: i64 = 10;
const FULL: i64 = 10 * ONE_RETRY;

impl Budget {
    pub(crate) fn full() -> Self {
        Self(AtomicI64::new(FULL))
    }

    fn earn(&self) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some((left + 1).min(FULL)));
    }

    fn spend(&self) -> bool {
        let spent = |left: i64| (left >= ONE_RETRY).then_some(left - ONE_RETRY);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent).is_ok()
    }
}

/// Everything needed to try again.
#[derive(Clone)]
pub(crate) struct Retries {
    pub(crate) patience: Patience,
    pub(crate) pacing: Arc<dyn Pacing>,
    pub(crate) budget: Arc<Budget>,
}

impl Retries {
    /// Tries until success, an error that will not pass, or the end of patience. Only for requests that may be carried out twice
    /// without harm.
    pub(crate) async fn run<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let start = self.pacing.now();
        self.budget.earn();
        let mut arrived: Option<ClientError> = None;
        for tried in 1.. {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let wait = self.patience.wait(tried, error.retry_after(), &*self.pacing);
            let passing = error.is_passing();
            // The error handed out must not claim that nothing was sent when an earlier try may have arrived.
            let error = match arrived.take() {
                Some(earlier) if error.never_sent() => earlier,
                _ => error,
            };
            let Some(wait) = wait.filter(|_| passing && tried < self.patience.tries) else {
                return Err(error);
            };
            let spent = self.pacing.now().saturating_sub(start).saturating_add(wait);
            if spent > self.patience.deadline || !self.budget.spend() {
                return Err(error);
            }
            tracing::debug!(code = error.code(), tried, "trying again");
            arrived = (!error.never_sent()).then_some(error);
            self.pacing.sleep(wait).await;
        }
        Err(arrived.unwrap_or(ClientError::Mismatch))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::pacing::SystemPacing;

    /// Chance always says "as long as possible".
    struct Longest;

    impl Pacing for Longest {
        fn now(&self) -> Duration {
            Duration::ZERO
        }
        fn sleep(&self, _: Duration) -> futures_util::future::BoxFuture<'static, ()> {
            Box::pin(std::future::ready(()))
        }
        fn up_to(&self, most: Duration) -> Duration {
            most
        }
    }

    #[test]
    fn waits_double_up_to_the_ceiling() {
        let patience = Patience::default();
        let waits: Vec<_> = (1..=8).map(|n| patience.wait(n, None, &Longest).unwrap().as_millis()).collect();
        assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
        assert_eq!(patience.wait(u32::MAX, None, &Longest).unwrap(), patience.ceiling);
    }

    #[test]
    fn never_comes_back_before_it_was_asked_to() {
        let patience = Patience::default();
        assert!(patience.wait(1, Some(7), &SystemPacing::default()).unwrap() >= Duration::from_secs(7));
        assert!(patience.wait(1, Some(30), &Longest).is_some());
        assert_eq!(patience.wait(1, Some(31), &Longest), None);
    }

    #[test]
    fn retries_stay_a_tenth_of_the_traffic() {
        let budget = Budget::full();
        let mut retries = 0;
        for _ in 0..1_000 {
            budget.earn();
            while budget.spend() {
                retries += 1;
            }
        }
        assert!((100..=110).contains(&retries), "{retries}");
    }

    #[test]
    fn chance_stays_within_bounds() {
        let most = Duration::from_millis(10);
        assert!((0..1_000).all(|_| SystemPacing::default().up_to(most) <= most));
    }
}
