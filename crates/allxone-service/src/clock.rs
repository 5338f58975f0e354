//! The service's clock, injected so that leases, retention and receipts can be tested without waiting.

use std::sync::Arc;

use allxone_contract::UtcMillis;

/// Tells the time. Only wall-clock decisions ask it (when a row was made, when a lease ends); durations of running work are measured by
/// the runtime.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> UtcMillis;
}

/// The computer's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> UtcMillis {
        UtcMillis::now()
    }
}

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;
