//! Time and chance as the client needs them, so that tests neither sleep nor guess.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use rand::Rng as _;

/// A clock, a way to wait, and a source of chance.
pub trait Pacing: Send + Sync + 'static {
    /// Time since some fixed moment.
    fn now(&self) -> Duration;

    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Any duration from nothing to `most`, each as likely as another.
    fn up_to(&self, most: Duration) -> Duration;
}

/// The computer's own clock and randomness.
#[derive(Clone, Copy, Debug)]
pub struct SystemPacing {
    start: Instant,
}

impl Default for SystemPacing {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Pacing for SystemPacing {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn up_to(&self, most: Duration) -> Duration {
        most.mul_f64(rand::rng().random_range(0.0..=1.0))
    }
}
