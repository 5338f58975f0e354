//! The icon that stays while a picture is being made and the window is closed.
//!
//! It is made when it is first needed: on a desktop that shows none, nobody pays for it, and the window is then not hidden.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tauri::menu::{Menu, MenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager};

use crate::MAIN;
use crate::words::{self, Word};

const ID: &str = "allxone";

/// Brings the window to the front.
pub fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Puts the icon there, if it is not yet. Says whether the program can stay behind it.
pub fn stay(app: &AppHandle) -> bool {
    if app.tray_by_id(ID).is_some() {
        return true;
    }
    // The Linux library of tray icons is looked for when it is first used, and its absence is a panic.
    let made = catch_unwind(AssertUnwindSafe(|| make(app)));
    matches!(made, Ok(Ok(())))
}

fn make(app: &AppHandle) -> tauri::Result<()> {
    let open = MenuItem::with_id(app, "open", words::say(app, Word::Open), true, None::<&str>)?;
    let leave = MenuItem::with_id(app, "leave", words::say(app, Word::Leave), true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &leave])?;
    let mut tray = TrayIconBuilder::with_id(ID).menu(&menu).tooltip("AllXOne").on_menu_event(|app, event| match event.id().as_ref() {
        "open" => show_window(app),
        _ => app.exit(0),
    });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)?;
    Ok(())
}
