//! How a running task speaks to its caller: how far it is, and whether it should stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::EngineError;

/// How far a task is: `step` of `steps` are done. `step` never falls, `steps` never changes within one task,
/// and the last report has `step == steps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps done so far, 0..=`steps`.
    pub step: u32,
    /// Steps in all, at least 1.
    pub steps: u32,
}

impl Progress {
    /// The share that is done, 0.0..=1.0.
    #[must_use]
    pub fn fraction(self) -> f32 {
        self.step.min(self.steps) as f32 / self.steps.max(1) as f32
    }
}

/// A stop sign shared between the person who may want to stop a task and the thread that runs it.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A sign that is not raised.
    #[must_use]
    pub fn new() -> Cancel {
        Cancel::default()
    }

    /// Asks the task to stop. It stops before its next model run; what it made so far is dropped.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// [`EngineError::Cancelled`] once a stop was asked for.
    ///
    /// # Errors
    /// [`EngineError::Cancelled`].
    pub fn check(&self) -> Result<(), EngineError> {
        if self.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }
}
