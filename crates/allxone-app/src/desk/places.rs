//! What is stored where, and what came with the program under whose licence.

use std::path::{Path, PathBuf};

use allxone_inference::{Manifest, platform};
use allxone_studio::StudioError;
use allxone_studio::session::{Licence, Place, PlaceKind};

use super::{Desk, Stage};
use crate::folders;

impl Desk {
    pub(super) async fn places(&self) -> Result<Vec<Place>, StudioError> {
        let kept: Vec<_> =
            [PlaceKind::Library, PlaceKind::Service, PlaceKind::Settings, PlaceKind::Logs, PlaceKind::Models]
                .into_iter()
                .filter_map(|kind| Some((kind, self.path(kind)?)))
                .collect();
        let measure = move || {
            let place = |(kind, path): (PlaceKind, PathBuf)| Place {
                kind,
                bytes: size(&path),
                path: path.display().to_string(),
                sealed: matches!(kind, PlaceKind::Library | PlaceKind::Service),
            };
            kept.into_iter().map(place).collect()
        };
        tokio::task::spawn_blocking(measure)
            .await
            .map_err(|_| StudioError::Internal("the folders could not be measured"))
    }

    pub(super) async fn show(&self, kind: PlaceKind) -> Result<(), StudioError> {
        let path = self.path(kind).ok_or(StudioError::NotFound)?;
        let folder = if path.is_file() { path.parent().unwrap_or(&path) } else { &path };
        if !folder.is_dir() {
            return Err(StudioError::Machine("There is nothing in that place yet.".to_owned()));
        }
        self.inner.native.show_folder(folder).map_err(StudioError::Machine)
    }

    /// Where a kind of thing lies; `None` where there is none of it. A profile that keeps nothing has no library folder to show.
    fn path(&self, kind: PlaceKind) -> Option<PathBuf> {
        use allxone_studio::session::KeptIn;
        let there = |stage: &Stage| {
            matches!(
                stage,
                Stage::Open { keeping: KeptIn::Library { .. }, .. }
                    | Stage::Locked { .. }
                    | Stage::Failed { .. }
            )
        };
        let kept = there(&self.inner.stage.borrow());
        let folders = self.folders();
        match kind {
            PlaceKind::Library => kept.then_some(folders.library),
            PlaceKind::Service => kept.then_some(folders.service),
            PlaceKind::Settings => Some(self.inner.folders.settings()),
            PlaceKind::Logs => kept.then_some(folders.logs),
            PlaceKind::Saved => self.saved_last(),
            PlaceKind::Models => folders::models(&self.inner.start.options()).ok(),
        }
    }
}

/// Bytes of a file, or of all files in a folder and below. What cannot be read counts nothing.
pub(super) fn size(path: &Path) -> u64 {
    let Ok(known) = std::fs::symlink_metadata(path) else { return 0 };
    if !known.is_dir() {
        return known.len();
    }
    std::fs::read_dir(path)
        .map_or(0, |entries| entries.filter_map(Result::ok).map(|entry| size(&entry.path())).sum())
}

/// Every network, library and drawing of the manifest.
pub(super) fn licences() -> Vec<Licence> {
    let manifest = Manifest::shipped();
    let source = |registry: &str, package: &str, version: &str| format!("{package} {version} ({registry})");
    let models = manifest.models.iter().map(|model| Licence {
        name: model.name.clone(),
        used_for: model.purpose.clone(),
        licence: model.licence.clone(),
        source: source(&model.source.registry, &model.source.package, &model.source.version),
    });
    let here = platform();
    let runtime =
        manifest.runtimes.iter().filter(|runtime| runtime.platform == here).map(|runtime| Licence {
            name: "ONNX Runtime".to_owned(),
            used_for: "runs the networks".to_owned(),
            licence: runtime.licence.clone(),
            source: source("pypi", &runtime.package, &runtime.version),
        });
    let art = &manifest.drawings;
    let drawings = Licence {
        name: "drawings".to_owned(),
        used_for: format!("{} drawings that scenes are composed of", art.files),
        licence: art.licence.clone(),
        source: source(&art.registry, &art.package, &art.version),
    };
    models.chain(runtime).chain([drawings]).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_is_as_large_as_its_files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("in")).unwrap();
        std::fs::write(folder.path().join("in/a"), [0; 700]).unwrap();
        std::fs::write(folder.path().join("b"), [0; 24]).unwrap();
        assert_eq!(size(folder.path()), 724);
        assert_eq!(size(&folder.path().join("none")), 0);
    }

    #[test]
    fn everything_loaded_has_a_licence_and_a_source() {
        let all = licences();
        assert!(all.len() > 10);
        assert!(all.iter().all(|one| !one.licence.is_empty() && one.source.contains(' ')));
    }
}
