//! What only the machine in front of a person can do: dialogs, the clipboard, showing a folder.

use std::path::{Path, PathBuf};

use allxone_studio::media::Pixels;
use bytes::Bytes;
use futures_util::future::BoxFuture;

/// What was on the clipboard.
pub enum Clipboard {
    /// A picture without a file, such as a screenshot.
    Picture(Pixels),
    /// Copied files.
    Files(Vec<PathBuf>),
    /// Nothing of use here.
    Nothing,
}

/// The machine in front of a person. Texts in errors are shown as they are.
pub trait Native: Send + Sync + 'static {
    /// Lets the person choose pictures; none when they changed their mind.
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>>;
    /// Lets the person choose where a file goes, beginning in `folder` where one is named; the dialog has asked before overwriting.
    fn save_file(&self, folder: Option<&Path>, suggested: &str) -> BoxFuture<'_, Option<PathBuf>>;
    /// Lets the person choose an archive to read.
    fn pick_archive(&self) -> BoxFuture<'_, Option<PathBuf>>;
    /// Lets the person choose a folder.
    fn choose_folder(&self) -> BoxFuture<'_, Option<PathBuf>>;
    /// Looks at the clipboard. Blocking.
    ///
    /// # Errors
    /// When there is none or it does not answer.
    fn clipboard(&self) -> Result<Clipboard, String>;
    /// Puts a picture on the clipboard. Blocking.
    ///
    /// # Errors
    /// When there is none or it does not answer.
    fn set_clipboard(&self, picture: &Pixels) -> Result<(), String>;
    /// Begins to drag files out of the window with the pointer that is held down, `preview` (a small JPEG or WebP) below it. Returns at once.
    ///
    /// # Errors
    /// When the system cannot do it.
    fn drag_out(&self, files: Vec<PathBuf>, preview: Bytes) -> Result<(), String>;
    /// Shows a folder in the system's file manager.
    ///
    /// # Errors
    /// When the system has none.
    fn show_folder(&self, folder: &Path) -> Result<(), String>;
    /// Opens an address in the system's browser. Only asked where `BROWSER` names no other program.
    ///
    /// # Errors
    /// When there is none; the person then copies the address.
    fn open_address(&self, address: &str) -> Result<(), String>;
    /// Puts the window in front, where there is one.
    fn raise(&self) {}
    /// Folders outside the data folder that hold what this program shows: storage and cache of the web view.
    fn own_folders(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    /// Ends the program and starts it anew, where what it shows keeps files that can only go while it is closed. Answers whether it does.
    fn start_anew(&self) -> bool {
        false
    }
    /// Nothing was done for some minutes, and the memory for it was given back.
    fn at_rest(&self) {}
}

/// Starts the program `BROWSER` names with `address`; `None` where none is named.
pub fn browser_of_environment(address: &str) -> Option<Result<(), String>> {
    let program = std::env::var_os("BROWSER").filter(|program| !program.is_empty())?;
    let started = std::process::Command::new(program).arg(address).stdin(std::process::Stdio::null()).spawn();
    Some(match started {
        Ok(mut browser) => {
            // It is waited for, so that it leaves no trace in the table of processes; it lives as long as it likes.
            std::thread::spawn(move || browser.wait());
            Ok(())
        }
        Err(error) => Err(format!("The browser could not be started: {error}.")),
    })
}
