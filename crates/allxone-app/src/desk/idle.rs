//! Giving memory back when nobody needs it: the networks are let go after some minutes without use and come back with the next one.
//!
//! Cut here so that what counts as use is told in one place ([`Idle::used`]) and the waiting can be tested with a clock that is turned by hand.

use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// How long nothing must have happened.
pub const AFTER: Duration = Duration::from_secs(4 * 60);

/// When something was last done.
pub struct Idle {
    after: Duration,
    last: watch::Sender<Instant>,
}

impl Idle {
    /// Rest comes `after` this long without use. The time is Tokio's, which tests can turn.
    pub fn new(after: Duration) -> Self {
        Self { after, last: watch::Sender::new(Instant::now()) }
    }

    /// Something is being done.
    pub fn used(&self) {
        self.last.send_replace(Instant::now());
    }

    /// Whether nothing was done for so long that rest has come.
    pub fn is_resting(&self) -> bool {
        self.last.borrow().elapsed() >= self.after
    }

    /// Calls `rest` each time nothing was done for long enough while `busy` says no; then waits for the next use. Ends when `rest` has nothing to do
    /// any more.
    pub async fn watch(
        &self,
        busy: impl Fn() -> bool + Send,
        rest: impl Fn() -> Option<BoxFuture<'static, ()>> + Send,
    ) {
        let mut last = self.last.subscribe();
        loop {
            let due = *last.borrow_and_update() + self.after;
            sleep_until(due).await;
            if last.has_changed().unwrap_or(true) {
                continue;
            }
            if busy() {
                self.used();
                continue;
            }
            let Some(resting) = rest() else { return };
            resting.await;
            if last.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Keeps everything in one heap, so that [`trim`] can return it: of the heaps that the C library of Linux gives to threads it returns no freed
/// end, and the networks' weights lie in tens of megabytes at the end of one. Called before there is a second thread.
pub fn one_heap() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(unsafe_code, reason = "a switch of the C library, set while the program has one thread")]
        let _ = unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    }
}

/// Returns what was freed to the system. Without it the C library of Linux keeps it for itself.
pub fn trim() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        #[expect(
            unsafe_code,
            reason = "a call without arguments that matter, allowed at any time and from any thread"
        )]
        let _ = unsafe { libc::malloc_trim(0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use tokio::task::yield_now;
    use tokio::time::advance;

    async fn wait(seconds: u64) {
        advance(Duration::from_secs(seconds)).await;
        for _ in 0..8 {
            yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rest_comes_once_after_the_last_use_and_never_during_work() {
        let idle = Arc::new(Idle::new(Duration::from_secs(60)));
        let (busy, rests) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let (watched, at_work, counted) = (Arc::clone(&idle), Arc::clone(&busy), Arc::clone(&rests));
        let watching = tokio::spawn(async move {
            let rest = || -> Option<BoxFuture<'static, ()>> {
                counted.fetch_add(1, Ordering::Relaxed);
                Some(Box::pin(async {}))
            };
            watched.watch(|| at_work.load(Ordering::Relaxed), rest).await;
        });
        let rested = || rests.load(Ordering::Relaxed);
        wait(0).await;
        wait(50).await;
        idle.used();
        wait(50).await;
        assert_eq!(rested(), 0, "it was used in between");
        wait(11).await;
        assert_eq!(rested(), 1);
        wait(600).await;
        assert_eq!(rested(), 1, "once is enough until the next use");
        idle.used();
        busy.store(true, Ordering::Relaxed);
        wait(0).await;
        wait(61).await;
        wait(61).await;
        assert_eq!(rested(), 1, "not while something is on its way");
        busy.store(false, Ordering::Relaxed);
        wait(61).await;
        assert_eq!(rested(), 2);
        watching.abort();
    }
}
