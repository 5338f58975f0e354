//! The offline lock: one switch a person throws, and nothing leaves.

use std::sync::Arc;

use tokio::sync::watch;

/// A handle on one lock, shared by all its clones. While it is closed, every request except those to this program's own service is
/// refused before a connection is made; closing it also cuts what is under way.
#[derive(Clone, Debug)]
pub struct OfflineLock(Arc<watch::Sender<bool>>);

impl OfflineLock {
    /// A lock that is closed from the start, or not.
    pub fn new(closed: bool) -> Self {
        Self(Arc::new(watch::Sender::new(closed)))
    }

    /// Nothing leaves from now on.
    pub fn close(&self) {
        self.0.send_replace(true);
    }

    /// Connections may be made again.
    pub fn open(&self) {
        self.0.send_replace(false);
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is closed; returns at once if it is.
    pub async fn closed(&self) {
        let mut changes = self.0.subscribe();
        // The sender lives in `self`, so the wait can only end by the value.
        let _ = changes.wait_for(|closed| *closed).await;
    }

    /// Waits until it is open; returns at once if it is.
    pub async fn opened(&self) {
        let mut changes = self.0.subscribe();
        let _ = changes.wait_for(|closed| !*closed).await;
    }
}

impl Default for OfflineLock {
    fn default() -> Self {
        Self::new(false)
    }
}
