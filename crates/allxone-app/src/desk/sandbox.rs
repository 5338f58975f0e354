//! Pictures for the sandbox: chosen, pasted or dropped, judged, and let go.
//!
//! Cut apart from bringing pictures in because nothing here may stage, keep, send or write down anything. While the sandbox is open, what is
//! dropped is for it.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use allxone_studio::media::Picture;
use allxone_studio::session::Saved;
use allxone_studio::{Explained, StudioError, StudioEvent, Subject, Tried, TriedFrom};
use bytes::Bytes;

use super::copies::{MAX_FILES, blocking, name_of, read};
use super::{Clipboard, Desk};

impl Desk {
    /// Whether pictures that come in are for the sandbox.
    pub fn in_sandbox(&self) -> bool {
        self.inner.sandbox.load(Ordering::Relaxed)
    }

    pub(super) fn set_sandbox(&self, on: bool) {
        self.inner.sandbox.store(on, Ordering::Relaxed);
    }

    /// Judges a picture's bytes; `name` is only shown.
    pub async fn try_bytes(&self, name: String, bytes: Bytes) -> Tried {
        let explained = match self.studio().await {
            Ok(studio) => studio.try_picture(bytes).await,
            Err(error) => Err(error),
        };
        match explained {
            Ok(explained) => Tried { name, explained: Some(explained), error: None },
            Err(error) => Tried { name, explained: None, error: Some(error.into()) },
        }
    }

    pub(super) async fn try_dropped(&self, files: Vec<PathBuf>) {
        let pictures = self.try_files(files).await;
        self.tell(StudioEvent::Tried { pictures });
    }

    pub(super) async fn try_pictures(&self, from: TriedFrom) -> Result<Vec<Tried>, StudioError> {
        match from {
            TriedFrom::Files => Ok(self.try_files(self.inner.native.pick_pictures().await).await),
            TriedFrom::Clipboard => {
                let desk = self.clone();
                let found =
                    blocking(move || desk.inner.native.clipboard().map_err(StudioError::Machine)).await?;
                match found {
                    Clipboard::Nothing => Ok(Vec::new()),
                    Clipboard::Files(files) => Ok(self.try_files(files).await),
                    Clipboard::Picture(pixels) => {
                        let bytes =
                            blocking(move || Ok(Picture::encode_png(&pixels)?.bytes().clone())).await?;
                        Ok(vec![self.try_bytes(String::new(), bytes).await])
                    }
                }
            }
        }
    }

    async fn try_files(&self, files: Vec<PathBuf>) -> Vec<Tried> {
        let mut tried = Vec::new();
        for file in files.into_iter().take(MAX_FILES) {
            let name = name_of(&file);
            tried.push(match blocking(move || read(&file)).await {
                Ok(bytes) => self.try_bytes(name, bytes).await,
                Err(error) => Tried { name, explained: None, error: Some(error.into()) },
            });
        }
        tried
    }

    /// Lets the person save what an explanation says. It goes into the file they choose and nowhere else.
    pub(super) async fn save_report(&self, explained: Explained) -> Result<Option<Saved>, StudioError> {
        let report = explained.report()?;
        let suggested = match explained.subject {
            Subject::Prompt => "allxone-check-prompt.json",
            Subject::Picture => "allxone-check-picture.json",
        };
        let Some(file) = self.inner.native.save_file(self.saved_last().as_deref(), suggested).await else {
            return Ok(None);
        };
        let written = file.clone();
        blocking(move || {
            std::fs::write(&written, report).map_err(|error| {
                StudioError::Machine(format!(
                    "{} could not be written: {error}. Nothing was sent.",
                    written.display()
                ))
            })
        })
        .await?;
        Ok(Some(self.saved(file.parent().unwrap_or(&file), vec![name_of(&file)])))
    }
}
