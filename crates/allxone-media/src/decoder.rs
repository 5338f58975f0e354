//! Decoding for async callers. Today it runs on blocking threads of this process, a few at a time; the handle says nothing of
//! where, so a separate process under operating system limits can take its place without a change to any caller.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

use crate::{Limits, MediaError, Picture};

/// Reads pictures off the async threads. Cheap to clone; clones share the bound on concurrent decodes.
#[derive(Clone, Debug)]
pub struct Decoder {
    limits: Arc<Limits>,
    slots: Arc<Semaphore>,
}

/// A decode may take several times the decoded size in memory, so even many cores do not decode more at once.
const MAX_CONCURRENT: usize = 4;

impl Decoder {
    /// Decodes in this process, as many pictures at once as there are cores, at most 4.
    #[must_use]
    pub fn in_process(limits: Limits) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { limits: Arc::new(limits), slots: Arc::new(Semaphore::new(cores.min(MAX_CONCURRENT))) }
    }

    /// The caps in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// [`Picture::prepare`] on a blocking thread.
    ///
    /// # Errors
    /// As [`Picture::prepare`]; [`MediaError::ReaderStopped`] when the runtime is shutting down.
    pub async fn prepare(&self, raw: Bytes) -> Result<Picture, MediaError> {
        self.run(move |limits| Picture::prepare(raw, limits)).await
    }

    /// [`Picture::received`] on a blocking thread.
    ///
    /// # Errors
    /// As [`Picture::received`]; [`MediaError::ReaderStopped`] when the runtime is shutting down.
    pub async fn received(&self, raw: Bytes) -> Result<Picture, MediaError> {
        self.run(move |limits| Picture::received(raw, limits)).await
    }

    async fn run<F>(&self, work: F) -> Result<Picture, MediaError>
    where
        F: FnOnce(&Limits) -> Result<Picture, MediaError> + Send + 'static,
    {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| MediaError::ReaderStopped)?;
        let limits = Arc::clone(&self.limits);
        // The slot moves into the work: a caller that gives up waiting does not free it while the decode still runs.
        tokio::task::spawn_blocking(move || {
            let result = work(&limits);
            drop(slot);
            result
        })
        .await
        .unwrap_or(Err(MediaError::ReaderStopped))
    }
}
