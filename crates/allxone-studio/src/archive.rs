//! Taking everything away, and bringing it back: one archive, written and read without a network.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use allxone_contract::{Finding, Verdict};
use allxone_library::{About, Admission, ArchiveProgress, Archived, Import, Imported, LibraryError};
use allxone_safety::Screening;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::studio::{blocking, note_block};
use crate::{Studio, StudioError, StudioEvent};

/// How far an archive is, is told at most this often.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// What an archive is written with, from outside the library.
#[derive(Clone, Debug, Default)]
pub struct Leaving {
    /// Language of its texts.
    pub language: String,
    /// How the program looks.
    pub settings: Value,
    /// Begin a further file when one would become larger than this.
    pub split: Option<u64>,
}

impl Studio {
    /// Writes everything that is kept here into an archive at `target`. Needs no network and no account. Tells how far it is.
    ///
    /// # Errors
    /// [`StudioError::Cancelled`] when `stop` is set, or when the library or the disk fails. Then there is no archive.
    pub async fn export_everything(
        &self,
        target: PathBuf,
        leaving: Leaving,
        stop: CancellationToken,
    ) -> Result<Archived, StudioError> {
        let (library, studio) = (self.library().clone(), self.clone());
        blocking(move || {
            let about = About {
                app_version: env!("CARGO_PKG_VERSION").to_owned(),
                language: leaving.language,
                settings: leaving.settings,
                split: leaving.split,
            };
            let mut telling = Telling::of(&studio);
            let done = library.export_everything(&target, &about, &mut |progress| {
                telling.at(progress) && !stop.is_cancelled()
            });
            done.map_err(of_archive)
        })
        .await
    }

    /// Reads an archive into the library, which must be empty. Each picture passes the check again; those that want a confirmation come in
    /// only with `confirmed`. Tells how far it is.
    ///
    /// # Errors
    /// When the archive is none or was changed, the library is not empty, the check cannot run, or `stop` is set.
    pub async fn import_everything(
        &self,
        archive: PathBuf,
        confirmed: bool,
        stop: CancellationToken,
    ) -> Result<Imported, StudioError> {
        let (library, studio) = (self.library().clone(), self.clone());
        let (gate, decoder) = (self.gate().clone(), self.inner.parts.results.clone());
        let runtime = tokio::runtime::Handle::current();
        blocking(move || {
            let mut check = |bytes| -> Result<Admission, LibraryError> {
                // A reader that cannot be had ends the import; a file that is no picture ends with itself.
                let picture = match runtime.block_on(decoder.received(bytes)) {
                    Ok(picture) => picture,
                    Err(error @ allxone_media::MediaError::ReaderUnavailable) => {
                        return Err(LibraryError::Unchecked(error.to_string()));
                    }
                    Err(_) => return Ok(Admission::Unreadable),
                };
                let screening =
                    gate.screen(picture).map_err(|error| LibraryError::Unchecked(error.to_string()))?;
                Ok(match screening {
                    Screening::Show(picture) => Admission::Kept(picture),
                    Screening::Review(held) if confirmed => Admission::Kept(held.confirm()),
                    Screening::Review(_) => Admission::Held,
                    Screening::Block(finding) => {
                        note(&library, &finding, &gate)?;
                        Admission::Stopped
                    }
                })
            };
            let mut telling = Telling::of(&studio);
            let import =
                Import { archive: &archive, check: &mut check, app_version: env!("CARGO_PKG_VERSION") };
            let done = library
                .import_everything(import, &mut |progress| telling.at(progress) && !stop.is_cancelled());
            done.map_err(of_archive)
        })
        .await
    }
}

/// Writes down that the check stopped a picture of an archive.
fn note(
    library: &allxone_library::Library,
    finding: &Finding,
    gate: &allxone_safety::Gate,
) -> Result<(), LibraryError> {
    debug_assert_eq!(finding.verdict, Verdict::Block);
    note_block(library, "output", finding, &gate.versions())
        .map_err(|error| LibraryError::Unchecked(error.to_string()))
}

fn of_archive(error: LibraryError) -> StudioError {
    match error {
        LibraryError::Stopped => StudioError::Cancelled,
        LibraryError::Archive(_) | LibraryError::NotEmpty => StudioError::Archive(error.to_string()),
        LibraryError::Unchecked(_) => StudioError::Unchecked(error.to_string()),
        other => other.into(),
    }
}

/// Tells the screen, not too often, and the end in any case.
struct Telling<'a> {
    studio: &'a Studio,
    last: Option<Instant>,
}

impl<'a> Telling<'a> {
    fn of(studio: &'a Studio) -> Self {
        Self { studio, last: None }
    }

    /// Always answers yes: it is not for it to stop anything.
    fn at(&mut self, progress: ArchiveProgress) -> bool {
        if progress.done == progress.total || self.last.is_none_or(|last| last.elapsed() >= TOLD_EVERY) {
            self.last = Some(Instant::now());
            self.studio.tell(StudioEvent::Archive { progress });
        }
        true
    }
}
