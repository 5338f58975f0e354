//! Taking everything away, bringing it back, and wiping this device.

use std::path::PathBuf;
use std::sync::PoisonError;

use allxone_studio::library::{Imported, Library};
use allxone_studio::session::{ArchivedAll, ExportAsked, ImportAsked, Session, WipeAsked, WipePreview};
use allxone_studio::{Leaving, StudioError};
use tokio_util::sync::CancellationToken;

use super::copies::blocking;
use super::{Desk, Stage, Word};
use crate::wipe::Wipe;

/// Under which name the library keeps where archives were saved, to list them when this device is wiped.
const SAVED: &str = "saved_archives";
/// So many are remembered.
const MOST_SAVED: usize = 100;
const MEGABYTE: u64 = 1024 * 1024;

impl Desk {
    pub(super) async fn export_all(&self, asked: ExportAsked) -> Result<Option<ArchivedAll>, StudioError> {
        let studio = self.studio().await?;
        // The service first: it wants a proof that does not last, and without it nobody is asked for a place and nothing is written.
        let asked_there = match &asked.account {
            Some(key) => Some(self.ask_service_part(key).await?),
            None => None,
        };
        let Some(target) =
            self.inner.native.save_file(self.saved_last().as_deref(), "allxone-export.zip").await
        else {
            return Ok(None);
        };
        let stop = self.begin_archive()?;
        let service = match asked_there {
            Some(there) => self.save_service_part(there, &target, &stop).await.map(Some),
            None => Ok(None),
        };
        let service = service.inspect_err(|_| self.end_archive())?;
        let leaving = Leaving {
            language: self.language(),
            settings: serde_json::to_value(self.settings()).unwrap_or_default(),
            split: asked.split_mb.map(|megabytes| u64::from(megabytes.max(1)) * MEGABYTE),
        };
        let done = studio.export_everything(target, leaving, stop).await;
        self.end_archive();
        let archived = done?;
        let (library, mut files) = (studio.library().clone(), archived.files.clone());
        files.extend(service.iter().map(|part| part.file.clone()));
        blocking(move || remember(&library, &files)).await?;
        Ok(Some(ArchivedAll { here: archived, service }))
    }

    pub(super) async fn import_all(&self, asked: ImportAsked) -> Result<Option<Imported>, StudioError> {
        let studio = self.studio().await?;
        let Some(archive) = self.inner.native.pick_archive().await else { return Ok(None) };
        let stop = self.begin_archive()?;
        let done = studio.import_everything(archive, asked.confirmed, stop).await;
        self.end_archive();
        Ok(Some(done?))
    }

    /// One at a time: two would only slow each other down.
    fn begin_archive(&self) -> Result<CancellationToken, StudioError> {
        let mut slot = self.inner.archive.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.is_some() {
            return Err(StudioError::Archive(
                "Another export or import is under way. Wait for its end, or stop it.".to_owned(),
            ));
        }
        Ok(slot.insert(CancellationToken::new()).clone())
    }

    fn end_archive(&self) {
        self.inner.archive.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn stop_archive(&self) {
        if let Some(stop) = self.inner.archive.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            stop.cancel();
        }
    }

    pub(super) async fn preview_wipe(&self) -> Result<WipePreview, StudioError> {
        let library = self.library_at_work();
        let folders = self.inner.folders.clone();
        let word = self.say(Word::Wipe).to_owned();
        blocking(move || {
            let (pictures, saved) = match library {
                Some(library) => {
                    let trash = library
                        .index("", &allxone_studio::library::Filter { trash: true, favourites: false })?
                        .ids
                        .len();
                    (library.count()? + trash as u64, saved(&library))
                }
                None => (0, Vec::new()),
            };
            let kept: u64 =
                [folders.library.clone(), folders.service.clone(), folders.logs.clone(), folders.accounts()]
                    .map(|folder| super::places::size(&folder))
                    .into_iter()
                    .sum();
            let saved = saved
                .into_iter()
                .filter(|file| file.exists())
                .map(|file| file.display().to_string())
                .collect();
            Ok(WipePreview { word, pictures, bytes: kept, saved })
        })
        .await
    }

    /// The library that is open; `None` while it is locked or cannot be opened, which keeps nobody from erasing it.
    pub(super) fn library_at_work(&self) -> Option<Library> {
        match &*self.inner.stage.borrow() {
            Stage::Open { studio, .. } => Some(studio.library().clone()),
            _ => None,
        }
    }

    pub(super) async fn wipe_device(&self, asked: WipeAsked) -> Result<Session, StudioError> {
        if asked.typed.trim() != self.say(Word::Wipe) {
            return Err(StudioError::Machine(
                "What was typed is not what is asked for. Nothing was erased.".to_owned(),
            ));
        }
        let mut slot = self.inner.profile.lock().await;
        self.stop_archive();
        let saved = match self.library_at_work() {
            Some(library) => blocking(move || Ok(saved(&library))).await?,
            None => Vec::new(),
        };
        let (folders, elsewhere) = (self.inner.folders.clone(), self.inner.native.own_folders());
        // From here on it will be done, by this program or by the next start.
        let mut wipe = off(move || Wipe::begin(&folders, elsewhere, std::env::temp_dir(), saved)).await?;
        self.inner.dragged.clear();
        self.stop_forwarding().await;
        self.set(Stage::Opening);
        if let Some(profile) = slot.take() {
            profile.close().await;
        }
        let program = self.inner.start.program.clone();
        let wipe = off(move || wipe.erase_data(&program).map(|()| wipe)).await;
        if wipe.is_ok() && self.inner.native.start_anew() {
            // What the window itself keeps goes at the next start.
            return Ok(self.session());
        }
        drop(slot);
        // Finishes what is left before it opens anything.
        self.open_profile(None).await;
        wipe.map(|_| self.session())
    }
}

async fn off<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, crate::AppError> + Send + 'static,
) -> Result<T, StudioError> {
    blocking(move || work().map_err(|error| StudioError::Machine(error.to_string()))).await
}

fn saved(library: &Library) -> Vec<PathBuf> {
    let text = library.setting(SAVED).ok().flatten();
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn remember(library: &Library, files: &[String]) -> Result<(), StudioError> {
    let mut all = saved(library);
    all.extend(files.iter().map(PathBuf::from));
    all.dedup();
    let from = all.len().saturating_sub(MOST_SAVED);
    let text = serde_json::to_string(&all[from..])
        .map_err(|_| StudioError::Internal("a list could not be written"))?;
    Ok(library.set_setting(SAVED, Some(&text))?)
}
