//! Dialogs, clipboard and file manager of this computer, called from Rust alone: the page reaches no plugin.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

use allxone_app::studio::media::Pixels;
use allxone_app::{Clipboard, Native, SystemClipboard};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use tauri::{AppHandle, Manager, WebviewWindow};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tauri_plugin_opener::OpenerExt;
use tokio::sync::oneshot;

use crate::{MAIN, tray};

/// The machine in front of the person.
pub struct Window {
    app: AppHandle,
    clipboard: SystemClipboard,
}

impl Window {
    pub fn new(app: AppHandle) -> Self {
        Self { app, clipboard: SystemClipboard::default() }
    }

    fn dialog(&self) -> FileDialogBuilder<tauri::Wry> {
        let dialog = self.app.dialog().file();
        match self.app.get_webview_window(MAIN) {
            Some(window) => dialog.set_parent(&window),
            None => dialog,
        }
    }
}

/// Waits for the answer of a dialog: what was chosen, as far as it lies in folders.
fn asked<C>(show: impl FnOnce(Box<dyn FnOnce(Option<C>) + Send>)) -> BoxFuture<'static, Vec<PathBuf>>
where
    C: IntoIterator<Item = FilePath> + Send + 'static,
{
    let (tell, told) = oneshot::channel();
    show(Box::new(move |answer| drop(tell.send(answer))));
    Box::pin(async {
        let chosen = told.await.ok().flatten().into_iter().flatten();
        chosen.filter_map(|file| file.into_path().ok()).collect()
    })
}

/// The same of a dialog with one answer.
fn asked_one(
    show: impl FnOnce(Box<dyn FnOnce(Option<FilePath>) + Send>),
) -> BoxFuture<'static, Option<PathBuf>> {
    let chosen = asked(|tell| show(Box::new(move |one| tell(one.map(Some)))));
    Box::pin(async { chosen.await.pop() })
}

impl Native for Window {
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>> {
        let dialog = self.dialog().add_filter("PNG, JPEG, WebP, GIF", &["png", "jpg", "jpeg", "webp", "gif"]);
        asked(|tell| dialog.pick_files(tell))
    }

    fn save_file(&self, folder: Option<&Path>, suggested: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let dialog = folder.into_iter().fold(self.dialog(), FileDialogBuilder::set_directory);
        asked_one(|tell| dialog.set_file_name(suggested).save_file(tell))
    }

    fn pick_archive(&self) -> BoxFuture<'_, Option<PathBuf>> {
        asked_one(|tell| self.dialog().add_filter("ZIP", &["zip"]).pick_file(tell))
    }

    fn choose_folder(&self) -> BoxFuture<'_, Option<PathBuf>> {
        asked_one(|tell| self.dialog().pick_folder(tell))
    }

    fn clipboard(&self) -> Result<Clipboard, String> {
        self.clipboard.read()
    }

    fn set_clipboard(&self, picture: &Pixels) -> Result<(), String> {
        self.clipboard.write(picture)
    }

    fn drag_out(&self, files: Vec<PathBuf>, preview: Bytes) -> Result<(), String> {
        let app = self.app.clone();
        let begin = move || {
            if let Some(window) = app.get_webview_window(MAIN)
                && let Err(error) = drag(&window, files, preview)
            {
                tracing::warn!(%error, "a picture could not be dragged");
            }
        };
        self.app.run_on_main_thread(begin).map_err(|error| format!("The window does not take part: {error}."))
    }

    fn show_folder(&self, folder: &Path) -> Result<(), String> {
        let shown = self.app.opener().open_path(folder.to_string_lossy(), None::<&str>);
        shown.map_err(|error| format!("The folder could not be shown: {error}."))
    }

    fn open_address(&self, address: &str) -> Result<(), String> {
        let opened = self.app.opener().open_url(address, None::<&str>);
        opened.map_err(|_| "No browser could be opened. Copy the address instead.".to_owned())
    }

    fn raise(&self) {
        tray::show_window(&self.app);
    }

    fn own_folders(&self) -> Vec<PathBuf> {
        let path = self.app.path();
        let ours = [path.app_data_dir(), path.app_local_data_dir(), path.app_cache_dir()];
        let also = [path.app_config_dir(), path.app_log_dir()];
        // The web view of Linux names its folders after the program.
        let named = [path.local_data_dir(), path.cache_dir()];
        let named = named.map(|folder| folder.map(|folder| folder.join(env!("CARGO_PKG_NAME"))));
        let folders: BTreeSet<_> = ours.into_iter().chain(also).chain(named).flatten().collect();
        folders.into_iter().collect()
    }

    fn start_anew(&self) -> bool {
        self.app.request_restart();
        true
    }

    fn at_rest(&self) {
        // Its work is done and it was put away: nobody wants it to stay for ever.
        if tray::alone(&self.app) {
            self.app.exit(0);
        }
    }
}

fn drag(window: &WebviewWindow, files: Vec<PathBuf>, preview: Bytes) -> Result<(), Box<dyn Error>> {
    #[cfg(target_os = "linux")]
    let window = &window.gtk_window()?;
    #[cfg(target_os = "linux")]
    if !held(window) {
        return Ok(());
    }
    let (files, preview) = (drag::DragItem::Files(files), drag::Image::Raw(preview.to_vec()));
    Ok(drag::start_drag(window, files, preview, |_, _| {}, drag::Options::default())?)
}

/// Whether the button is still down: a drag without one would stick to the pointer.
#[cfg(target_os = "linux")]
fn held(window: &gtk::ApplicationWindow) -> bool {
    use gtk::prelude::{SeatExt as _, WidgetExt as _};
    let pointer = window.display().default_seat().and_then(|seat| seat.pointer());
    let place = pointer.zip(window.window()).map(|(pointer, window)| window.device_position(&pointer));
    place.is_some_and(|(_, _, _, buttons)| buttons.contains(gtk::gdk::ModifierType::BUTTON1_MASK))
}
