//! Pictures that are not finished, for whoever watches the job that makes them.
//!
//! They are nobody's property but the moment's: passed from the run to the one who waits, stored nowhere, and not made again. What leaves is
//! [`Screened`], as results are; a preview that is not plainly good is left out, and what becomes of the job is decided by its result.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use allxone_contract::{JobId, Source};
use allxone_media::Picture;
use allxone_safety::{Gate, Screened, Screening};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::acceptance::marked;
use crate::partner::Preview;

/// The most previews of a job.
pub(crate) const MOST: u8 = 3;

/// A preview that may be shown.
pub(crate) struct Shown {
    /// Which of the previews it is, from 0.
    pub(crate) index: u8,
    pub(crate) source: Source,
    pub(crate) picture: Screened<Picture>,
}

impl Shown {
    /// Marks a preview as made with AI and has it judged; `None` where the gate does not plainly let it through.
    pub(crate) fn of(gate: &Gate, preview: Preview, from_ai: bool) -> Option<Self> {
        let Preview { index, picture, source } = preview;
        match gate.screen(marked(picture, source, from_ai).ok()?).ok()? {
            Screening::Show(picture) => Some(Self { index, source, picture }),
            Screening::Review(_) | Screening::Block(_) => None,
        }
    }
}

/// Who watches which job: how many previews are wanted, and where they go.
#[derive(Default)]
pub(crate) struct Previews(Mutex<HashMap<JobId, (u8, Sender<Shown>)>>);

impl Previews {
    /// Asks for at most `most` previews of a job that has not begun. Whoever no longer listens is forgotten.
    pub(crate) fn ask(&self, job: JobId, most: u8) -> Receiver<Shown> {
        let (sender, receiver) = channel(usize::from(MOST));
        let mut watched = self.watched();
        watched.retain(|_, (_, sender)| !sender.is_closed());
        watched.insert(job, (most.min(MOST), sender));
        receiver
    }

    /// How many previews of a job are wanted.
    pub(crate) fn asked(&self, job: JobId) -> u8 {
        self.watched().get(&job).filter(|(_, sender)| !sender.is_closed()).map_or(0, |(most, _)| *most)
    }

    /// Passes a preview on. One that nobody fetches in time is dropped.
    pub(crate) fn show(&self, job: JobId, shown: Shown) {
        if let Some((_, sender)) = self.watched().get(&job) {
            let _ = sender.try_send(shown);
        }
    }

    /// Nothing more comes of a job.
    pub(crate) fn end(&self, job: JobId) {
        self.watched().remove(&job);
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<JobId, (u8, Sender<Shown>)>> {
        // A map of channels is whole after any panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_those_who_listen_want_previews_and_nobody_is_kept() {
        let (previews, job) = (Previews::default(), JobId::new());
        assert_eq!(previews.asked(job), 0);
        let watching = previews.ask(job, 9);
        assert_eq!(previews.asked(job), MOST);
        drop(watching);
        assert_eq!(previews.asked(job), 0);
        for _ in 0..100 {
            drop(previews.ask(JobId::new(), 1));
        }
        assert_eq!(previews.watched().len(), 1);
        let mut watching = previews.ask(job, 1);
        previews.end(job);
        assert!(
            watching
                .try_recv()
                .is_err_and(|error| error == tokio::sync::mpsc::error::TryRecvError::Disconnected)
        );
    }
}
