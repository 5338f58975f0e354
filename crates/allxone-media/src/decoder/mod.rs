//! Decoding for async callers, in this process or in a process of its own.
//!
//! What strangers send is decoded apart: a helper program under the system's limits reads it and hands back plain pixels, so that a
//! decoder that crashes, hangs, eats memory or is taken over by a file harms that helper and nothing else. Whatever happens to it,
//! the caller gets a typed error, which is a block, and the next picture gets a fresh helper. The caps of [`Limits`] hold in both
//! places.

mod apart;
mod confine;
mod helper;
mod line;

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;

pub use apart::HelperProgram;
pub use confine::Confinement;
pub use helper::{Attempts, attempt_forbidden, serve_decoder};

use crate::{Limits, MediaError, Picture};
use apart::Helpers;
use line::Way;

/// Reads pictures off the async threads. Cheap to clone; clones share the bound on concurrent decodes and the helpers.
#[derive(Clone, Debug)]
pub struct Decoder {
    limits: Arc<Limits>,
    slots: Arc<Semaphore>,
    /// `None` decodes in this process.
    helpers: Option<Arc<Helpers>>,
}

/// A decode may take several times the decoded size in memory, so even many cores do not decode more at once.
const MAX_CONCURRENT: usize = 4;

impl Decoder {
    /// Decodes in this process, as many pictures at once as there are cores, at most 4.
    #[must_use]
    pub fn in_process(limits: Limits) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let slots = Arc::new(Semaphore::new(cores.min(MAX_CONCURRENT)));
        Self { limits: Arc::new(limits), slots, helpers: None }
    }

    /// Decodes in helper processes, as many at once as there are cores, at most 4. The first starts with the first picture; one
    /// that has nothing to do for a while is ended.
    #[must_use]
    pub fn isolated(limits: Limits, program: HelperProgram) -> Self {
        Self { helpers: Some(Arc::new(Helpers::new(program))), ..Self::in_process(limits) }
    }

    /// The same helpers and the same bound under other caps.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { limits: Arc::new(limits), ..self.clone() }
    }

    /// The caps in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// [`Picture::prepare`] off the async threads.
    ///
    /// # Errors
    /// As [`Picture::prepare`]; [`MediaError::ReaderStopped`] and [`MediaError::ReaderTimedOut`] for a file that ended the helper;
    /// [`MediaError::ReaderUnavailable`] when there is no helper to be had or the runtime is shutting down.
    pub async fn prepare(&self, raw: Bytes) -> Result<Picture, MediaError> {
        self.run(Way::Prepare, raw).await
    }

    /// [`Picture::received`] off the async threads.
    ///
    /// # Errors
    /// As [`Decoder::prepare`].
    pub async fn received(&self, raw: Bytes) -> Result<Picture, MediaError> {
        self.run(Way::Received, raw).await
    }

    async fn run(&self, way: Way, raw: Bytes) -> Result<Picture, MediaError> {
        let unavailable = |_| MediaError::ReaderUnavailable;
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(unavailable)?;
        if let Some(helpers) = &self.helpers {
            // Refused here without bothering a helper: too many bytes to hand over, or nothing at all.
            self.limits.check_bytes(raw.len())?;
            return helpers.read(way, raw, &self.limits).await;
        }
        let limits = Arc::clone(&self.limits);
        // The slot moves into the work: a caller that gives up waiting does not free it while the decode still runs.
        let work = tokio::task::spawn_blocking(move || {
            let result = way.read(raw, &limits);
            drop(slot);
            result
        });
        work.await.unwrap_or(Err(MediaError::ReaderUnavailable))
    }
}
