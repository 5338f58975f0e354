//! What an account makes at its service comes into its library on this device, and what is erased in one place goes in the other.
//!
//! It is asked only where its owner allowed it, page by page from where it was read to. Everything is checked here as if it had been made
//! here, kept once however often it comes, and a page counts as read only when all of it is kept. Results removed here for good are erased
//! at the service, too, as soon as it can be told; that needs no permission, because it takes nothing and keeps a promise.

use allxone_client::{ClientError, ServiceClient};
use allxone_contract::{
    Became, HistoryEntry, HistoryPosition, JobId, JobRequest, Output, ProblemCode, UtcMillis,
};
use allxone_library::{HistoryFigures, Library, NewItem, Removal};
use serde::{Deserialize, Serialize};

use crate::line::{MAX_RESULT_BYTES, Making};
use crate::studio::blocking;
use crate::{Studio, StudioError};

/// Entries that are asked for at once.
const PAGE: u32 = 20;
/// Removals that are read at once.
const REMOVALS: u32 = 100;

/// How the history of an account stands on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct HistorySeen {
    /// Whether what the account makes may be brought here; absent while its owner was not asked.
    pub allowed: Option<bool>,
    /// Whether it is being brought at this moment.
    pub under_way: bool,
    /// When everything there was had been brought last.
    pub last: Option<UtcMillis>,
    /// Pictures that were brought.
    pub brought: u64,
    /// Pictures put into the trash because they were erased on another device.
    pub put_away: u64,
    /// Pictures that were not kept: stopped by the check of this device, or not what the service had announced.
    pub refused: u64,
    /// Pictures removed here that the service is still to erase.
    pub waiting: u64,
}

/// Whether what an account makes may be brought to this device.
#[derive(Clone, Debug, Deserialize, ts_rs::TS)]
pub struct HistoryChoice {
    /// Which account.
    pub account: allxone_account::AccountKey,
    /// Whether it may.
    pub allowed: bool,
}

/// What became of one result.
enum Came {
    /// It is kept now.
    Kept,
    /// It was not kept, and will not be.
    Refused,
    /// There was nothing to do.
    Nothing,
}

impl Studio {
    fn client(&self) -> &ServiceClient {
        &self.inner.parts.client
    }

    /// By what the library knows the service.
    fn service(&self) -> String {
        self.client().server().host()
    }

    /// How the history of the account stands here.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub async fn history(&self) -> Result<HistorySeen, StudioError> {
        let (library, service) = (self.library().clone(), self.service());
        let state = blocking(move || Ok(library.history(&service)?)).await?;
        Ok(HistorySeen {
            allowed: state.allowed,
            under_way: self.brings_history(),
            last: state.read_ms.map(UtcMillis),
            brought: state.figures.brought,
            put_away: state.figures.put_away,
            refused: state.figures.refused,
            waiting: state.removals,
        })
    }

    /// Whether the history is being brought, here or in a studio over the same library.
    pub fn brings_history(&self) -> bool {
        self.inner.under_way.history.try_lock().is_err()
    }

    /// Writes down whether what the account makes may be brought here. Taken back, nothing more is asked, and what was brought stays.
    ///
    /// # Errors
    /// When the library cannot be written.
    pub async fn allow_history(&self, allowed: bool) -> Result<HistorySeen, StudioError> {
        let (library, service) = (self.library().clone(), self.service());
        blocking(move || Ok(library.allow_history(&service, allowed)?)).await?;
        self.history().await
    }

    /// Notes that this library belongs to an account of the service: what was made there and is removed here is to be erased there.
    ///
    /// # Errors
    /// When the library cannot be written.
    pub async fn follow_history(&self) -> Result<(), StudioError> {
        let (library, service) = (self.library().clone(), self.service());
        blocking(move || Ok(library.follow_history(&service)?)).await
    }

    /// Has the service erase what was removed here, in the background. What cannot be told now is told another time.
    pub fn tell_removals_soon(&self) {
        if self.inner.parts.own_service {
            return;
        }
        let (studio, stop) = (self.clone(), self.inner.under_way.stop.clone());
        self.inner.under_way.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                told = studio.tell_removals() => if let Err(error) = told {
                    tracing::info!(code = ?error.code(), "what was removed here is erased at the service another time");
                },
            }
        });
    }

    /// Has the service erase what was removed here for good.
    ///
    /// # Errors
    /// When it cannot be told; what is left is told another time.
    pub async fn tell_removals(&self) -> Result<(), StudioError> {
        let service = self.service();
        loop {
            let (library, host) = (self.library().clone(), service.clone());
            let removals = blocking(move || Ok(library.removals(&host, REMOVALS)?)).await?;
            let mut told = 0;
            for removal in &removals {
                told += usize::from(self.tell_removal(&service, removal).await?);
            }
            if told == 0 || told < removals.len() {
                return Ok(());
            }
        }
    }

    /// `false` when the service cannot erase it yet.
    async fn tell_removal(&self, service: &str, removal: &Removal) -> Result<bool, StudioError> {
        // What is no id of a job was never at a service that speaks the contract.
        if let Ok(job) = removal.job.parse::<JobId>() {
            match self.client().erase_output(job, removal.index).await {
                Ok(_) => {}
                Err(error) if error.is_problem(ProblemCode::NotFound) => {}
                // It is being made still.
                Err(error) if error.is_problem(ProblemCode::Busy) => return Ok(false),
                Err(error) => return Err(self.heard(error.into()).await),
            }
        }
        let (library, service, removal) = (self.library().clone(), service.to_owned(), removal.clone());
        blocking(move || Ok(library.removal_told(&service, &removal)?)).await?;
        Ok(true)
    }

    /// Brings what the account made since the last time, telling `told` how it stands after each step. Only one does so at a time; another
    /// one hears how it stands.
    ///
    /// # Errors
    /// When it is not allowed, and whatever stops it: then what came until there is kept, and the next time goes on.
    pub async fn bring_history(
        self,
        told: impl Fn(HistorySeen) + Send + Sync,
    ) -> Result<HistorySeen, StudioError> {
        let under_way = self.inner.under_way.clone();
        let Ok(turn) = under_way.history.try_lock() else { return self.history().await };
        let stop = under_way.stop.clone();
        let (brought, seen) = under_way
            .tasks
            .track_future(async move {
                let brought = tokio::select! {
                    biased;
                    () = stop.cancelled() => Err(StudioError::NotOpen("The library is being closed.".to_owned())),
                    brought = Box::pin(self.bring_all(&told)) => brought,
                };
                let brought = match brought {
                    Err(error) => Err(self.heard(error).await),
                    Ok(()) => Ok(()),
                };
                drop(turn);
                let seen = self.history().await;
                if let Ok(seen) = &seen {
                    told(*seen);
                }
                (brought, seen)
            })
            .await;
        brought.and(seen)
    }

    async fn bring_all(&self, told: &(impl Fn(HistorySeen) + Send + Sync)) -> Result<(), StudioError> {
        self.may_bring().await?;
        match self.bring_pages(told).await {
            // Taken back meanwhile: that is what its owner wants, and no failure.
            Err(StudioError::HistoryNotAllowed) => Ok(()),
            done => done,
        }
    }

    async fn bring_pages(&self, told: &(impl Fn(HistorySeen) + Send + Sync)) -> Result<(), StudioError> {
        // First what was removed here: the service then tells no more of it.
        self.tell_removals().await?;
        let (library, service) = (self.library().clone(), self.service());
        let mut after = {
            let (library, service) = (library.clone(), service.clone());
            blocking(move || Ok(library.history(&service)?)).await?.read_to
        };
        let mut first = true;
        loop {
            self.may_bring().await?;
            let page = self.client().history(HistoryPosition(after), PAGE).await?;
            // A service may begin anew, but it may not lead anybody round in circles.
            if page.more && !first && page.read_to.0 <= after {
                return Err(ClientError::Mismatch.into());
            }
            for entry in &page.entries {
                self.take_entry(&service, entry, told).await?;
            }
            let (library, service, read_to, end) =
                (library.clone(), service.clone(), page.read_to.0, !page.more);
            blocking(move || Ok(library.history_read(&service, read_to, end)?)).await?;
            if end {
                return Ok(());
            }
            (after, first) = (read_to, false);
        }
    }

    /// The owner may take the permission back while it is used.
    async fn may_bring(&self) -> Result<(), StudioError> {
        if self.history().await?.allowed == Some(true) { Ok(()) } else { Err(StudioError::HistoryNotAllowed) }
    }

    async fn take_entry(
        &self,
        service: &str,
        entry: &HistoryEntry,
        told: &(impl Fn(HistorySeen) + Send + Sync),
    ) -> Result<(), StudioError> {
        let gone = match &entry.became {
            Became::Erased => None,
            Became::Aged | Became::Made { .. } => Some(entry.erased.clone()),
        };
        if gone.as_ref().is_none_or(|gone| !gone.is_empty()) {
            let (library, host, job) = (self.library().clone(), service.to_owned(), entry.job.to_string());
            let put_away = blocking(move || Ok(library.put_away(&host, &job, gone.as_deref())?)).await?;
            self.came(service, HistoryFigures { put_away, ..HistoryFigures::default() }, told).await?;
        }
        let Became::Made { request, outputs } = &entry.became else { return Ok(()) };
        for output in outputs {
            let came = match self.bring_result(service, entry, request, output).await? {
                Came::Kept => HistoryFigures { brought: 1, ..HistoryFigures::default() },
                Came::Refused => HistoryFigures { refused: 1, ..HistoryFigures::default() },
                Came::Nothing => continue,
            };
            self.came(service, came, told).await?;
        }
        Ok(())
    }

    /// Writes down what came of a step, and tells how it stands then.
    async fn came(
        &self,
        service: &str,
        came: HistoryFigures,
        told: &(impl Fn(HistorySeen) + Send + Sync),
    ) -> Result<(), StudioError> {
        if came == HistoryFigures::default() {
            return Ok(());
        }
        let (library, service) = (self.library().clone(), service.to_owned());
        blocking(move || Ok(library.history_came(&service, came)?)).await?;
        told(self.history().await?);
        Ok(())
    }

    async fn bring_result(
        &self,
        service: &str,
        entry: &HistoryEntry,
        request: &JobRequest,
        output: &Output,
    ) -> Result<Came, StudioError> {
        let (library, index) = (self.library().clone(), output.index);
        let (service, job) = (service.to_owned(), entry.job.to_string());
        if blocking({
            let library = library.clone();
            move || is_known(&library, &service, &job, index)
        })
        .await?
        {
            return Ok(Came::Nothing);
        }
        self.may_bring().await?;
        let bytes = match self.client().history_content(output, MAX_RESULT_BYTES).await {
            Ok(bytes) => bytes,
            // Erased since the page was written; the history says so further on.
            Err(error)
                if error.is_problem(ProblemCode::Erased) || error.is_problem(ProblemCode::NotFound) =>
            {
                return Ok(Came::Nothing);
            }
            Err(error @ (ClientError::Mismatch | ClientError::TooLarge { .. })) => {
                tracing::warn!(code = error.code(), "a picture of the account's history was refused");
                return Ok(Came::Refused);
            }
            Err(error) => return Err(error.into()),
        };
        let picture = match self.inner.parts.results.received(bytes).await {
            Ok(picture) => picture,
            Err(error) => {
                tracing::warn!(code = error.code(), "a picture of the account's history cannot be read");
                return Ok(Came::Refused);
            }
        };
        // Nobody has confirmed anything on this device.
        let Ok(picture) = self.screened(picture, false).await? else { return Ok(Came::Refused) };
        let request = self.heard_request(request.clone()).await?;
        let output = self.heard_output(output.clone()).await?;
        let making = Making {
            request: &request,
            job: entry.job,
            operation: entry.operation,
            model: &request.model,
            created: entry.created,
            parents: &[],
        };
        let details = self.details(&making, &output, &[], &picture);
        blocking(move || Ok(library.keep(NewItem { picture, details })?)).await?;
        Ok(Came::Kept)
    }
}

fn is_known(library: &Library, service: &str, job: &str, index: u8) -> Result<bool, StudioError> {
    Ok(library.kept_before(job, index)?.is_some() || library.is_removed(service, job, index)?)
}
