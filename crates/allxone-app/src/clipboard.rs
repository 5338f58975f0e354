//! The clipboard of the machine.
//!
//! Cut from the window's shell because nothing in it is about a window.

use std::sync::{Mutex, PoisonError};

use allxone_studio::media::Pixels;
use arboard::ImageData;

use crate::Clipboard;

/// The system's clipboard, reached when it is first needed.
#[derive(Default)]
pub struct SystemClipboard {
    /// Kept, because on Linux what was copied is gone with whoever copied it.
    held: Mutex<Option<arboard::Clipboard>>,
}

impl SystemClipboard {
    /// What is on it. Blocking.
    ///
    /// # Errors
    /// A sentence, when there is none or it does not answer.
    pub fn read(&self) -> Result<Clipboard, String> {
        self.with(|clipboard| match clipboard.get().file_list() {
            Ok(files) if !files.is_empty() => Ok(Clipboard::Files(files)),
            _ => match clipboard.get_image() {
                Ok(found) => Ok(pixels(found).map_or(Clipboard::Nothing, Clipboard::Picture)),
                Err(arboard::Error::ContentNotAvailable) => Ok(Clipboard::Nothing),
                Err(error) => Err(error),
            },
        })
    }

    /// Puts a picture on it. Blocking.
    ///
    /// # Errors
    /// A sentence, when there is none or it does not answer.
    pub fn write(&self, picture: &Pixels) -> Result<(), String> {
        let size = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
        let (width, height) = (size(picture.width()), size(picture.height()));
        self.with(|clipboard| clipboard.set_image(ImageData { width, height, bytes: picture.rgba().into() }))
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error>,
    ) -> Result<T, String> {
        let mut slot = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match slot.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new()
                .map_err(|error| format!("The clipboard cannot be reached: {error}."))?,
        };
        work(slot.insert(clipboard)).map_err(|error| format!("The clipboard did not take part: {error}."))
    }
}

fn pixels(found: ImageData<'_>) -> Option<Pixels> {
    let (width, height) = (u32::try_from(found.width).ok()?, u32::try_from(found.height).ok()?);
    Pixels::from_rgba(width, height, found.bytes.into_owned()).ok()
}
