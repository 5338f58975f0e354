//! A machine without dialogs: whatever is saved goes into one folder.

use std::path::{Path, PathBuf};

use allxone_app::studio::media::Pixels;
use allxone_app::{Clipboard, Native};
use bytes::Bytes;
use futures_util::future::BoxFuture;

/// See the module.
pub struct Headless {
    /// Where copies are saved.
    pub saved: PathBuf,
}

impl Headless {
    fn folder(&self) -> Option<PathBuf> {
        std::fs::create_dir_all(&self.saved).ok().map(|()| self.saved.clone())
    }
}

impl Native for Headless {
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>> {
        Box::pin(async { Vec::new() })
    }

    fn save_file(&self, _folder: Option<&Path>, suggested: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let file = self.folder().map(|folder| folder.join(suggested));
        Box::pin(async { file })
    }

    fn pick_archive(&self) -> BoxFuture<'_, Option<PathBuf>> {
        let archive = Some(self.saved.join("allxone-export.zip")).filter(|file| file.is_file());
        Box::pin(async { archive })
    }

    fn choose_folder(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { self.folder() })
    }

    fn clipboard(&self) -> Result<Clipboard, String> {
        Ok(Clipboard::Nothing)
    }

    fn set_clipboard(&self, _picture: &Pixels) -> Result<(), String> {
        Err("The development host has no clipboard.".to_owned())
    }

    fn drag_out(&self, _files: Vec<PathBuf>, _preview: Bytes) -> Result<(), String> {
        Err("The development host has no window to drag from.".to_owned())
    }

    fn open_address(&self, _address: &str) -> Result<(), String> {
        Err("The development host has no browser.".to_owned())
    }

    fn show_folder(&self, _folder: &Path) -> Result<(), String> {
        Err("The development host has no file manager.".to_owned())
    }
}
