//! Pictures dragged out of the window: share copies in a private folder that does not stay.
//!
//! Cut here because a program that takes a dragged file may read it long after it was let go, so the files outlive the drag, and must
//! still not outlive the program: they are not encrypted.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use allxone_studio::library::ItemId;
use allxone_studio::media::{Limits, Picture};
use allxone_studio::session::CopyKind;
use allxone_studio::{StudioError, StudioEvent};
use tempfile::TempDir;

use super::Desk;
use super::copies::{blocking, unused, write};

/// The most pictures that are dragged at once.
const MAX_FILES: usize = 32;
/// So many drags keep their files.
const DRAGS: usize = 4;
/// Longer side of the picture below the pointer.
const PREVIEW_SIDE: u32 = 96;
const PREFIX: &str = "allxone-drag-";
/// Folders of a program that crashed are removed by the next one when they are this old.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);

/// The folders of the last drags.
#[derive(Default)]
pub(super) struct Outgoing(Mutex<Vec<TempDir>>);

impl Outgoing {
    /// A folder only this person can look into.
    fn folder(&self) -> Result<PathBuf, StudioError> {
        let made = tempfile::Builder::new().prefix(PREFIX).tempdir();
        let made = made.map_err(|error| {
            StudioError::Machine(format!("The picture could not be made ready to be dragged: {error}."))
        })?;
        let path = made.path().to_owned();
        let mut folders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        folders.push(made);
        let too_many = folders.len().saturating_sub(DRAGS);
        folders.drain(..too_many);
        Ok(path)
    }

    /// Whether a file lies in one of the folders.
    pub(super) fn has(&self, file: &Path) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .any(|folder| file.starts_with(folder.path()))
    }

    /// Removes everything, and what an earlier program left behind.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        sweep(&std::env::temp_dir(), SystemTime::now());
    }
}

/// Removes folders of drags in `place` that are old enough to have been forgotten. What belongs to others cannot be removed and stays.
fn sweep(place: &Path, now: SystemTime) {
    for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let age = entry
            .metadata()
            .and_then(|known| known.modified())
            .ok()
            .and_then(|made| now.duration_since(made).ok());
        if ours && age.is_some_and(|age| age > STALE) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

impl Desk {
    /// Tells the screen what hangs over the window: where any of `files` comes from elsewhere, it may offer to take it.
    pub fn dragged_over(&self, files: &[PathBuf]) {
        self.tell(StudioEvent::Dragging { over: files.iter().any(|file| !self.inner.dragged.has(file)) });
    }

    pub(super) async fn drag(&self, items: Vec<ItemId>) -> Result<(), StudioError> {
        let Some(first) = items.first().copied() else { return Ok(()) };
        let studio = self.studio().await?;
        let folder = self.inner.dragged.folder()?;
        let mut files = Vec::new();
        for item in items.into_iter().take(MAX_FILES) {
            let copy = studio.copy(item, CopyKind::Share).await?;
            let file = unused(&folder, &copy.file_name);
            write(copy, file.clone()).await?;
            files.push(file);
        }
        let library = studio.library().clone();
        let desk = self.clone();
        blocking(move || {
            let thumbnail = Picture::received(library.thumbnail(first)?, &Limits::default())?;
            let preview = thumbnail.thumbnail(PREVIEW_SIDE)?;
            desk.inner.native.drag_out(files, preview).map_err(StudioError::Machine)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn folders_of_a_crashed_program_go_when_they_are_old() {
        let place = tempfile::tempdir().unwrap();
        for name in ["allxone-drag-old", "somebody-elses"] {
            std::fs::create_dir(place.path().join(name)).unwrap();
        }
        sweep(place.path(), SystemTime::now());
        assert!(place.path().join("allxone-drag-old").exists(), "it may belong to a program that runs");
        sweep(place.path(), SystemTime::now() + STALE * 2);
        assert!(!place.path().join("allxone-drag-old").exists());
        assert!(place.path().join("somebody-elses").exists());
    }

    #[test]
    fn only_the_last_drags_keep_their_files() {
        let outgoing = Outgoing::default();
        let folders: Vec<PathBuf> = (0..6).map(|_| outgoing.folder().unwrap()).collect();
        let there: Vec<bool> = folders.iter().map(|folder| folder.is_dir()).collect();
        assert_eq!(there, [false, false, true, true, true, true]);
        assert!(
            outgoing.has(&folders[5].join("picture.png")) && !outgoing.has(&folders[0].join("picture.png"))
        );
        outgoing.clear();
        assert!(!folders[5].exists());
    }
}
