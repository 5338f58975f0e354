//! The icon that stays while a picture is being made and the window is closed.
//!
//! It is made when it is first needed: on a desktop that shows none, nobody pays for it, and the window is then not hidden.

use std::panic::{AssertUnwindSafe, catch_unwind};

use allxone_app::Word;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::TrayIconBuilder;
use tauri::{AppHandle, Manager, Wry};

use crate::{MAIN, words};

const ID: &str = "allxone";

/// The line that tells what is going on.
struct Status(MenuItem<Wry>);

/// Brings the window to the front.
pub fn show_window(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

/// Whether the person has put the window away.
pub fn alone(app: &AppHandle) -> bool {
    app.tray_by_id(ID).is_some()
        && app.get_webview_window(MAIN).is_some_and(|window| !window.is_visible().unwrap_or(true))
}

/// Puts the icon there, if it is not yet. Says whether the program can stay behind it.
pub fn stay(app: &AppHandle) -> bool {
    if app.tray_by_id(ID).is_some() {
        return true;
    }
    // The Linux library of tray icons is looked for when it is first used, and its absence is a panic.
    matches!(catch_unwind(AssertUnwindSafe(|| make(app))), Ok(Ok(())))
}

/// Says in the menu what is going on.
pub fn tell(app: &AppHandle, doing: String) {
    if let Some(status) = app.try_state::<Status>() {
        let _ = status.0.set_text(doing);
    }
}

fn make(app: &AppHandle) -> tauri::Result<()> {
    let item =
        |id: &str, word: Word| MenuItem::with_id(app, id, words(app, word), id != "status", None::<&str>);
    let (status, line) = (item("status", Word::Working)?, PredefinedMenuItem::separator(app)?);
    let acts = (item("open", Word::Open)?, item("make", Word::Make)?, item("leave", Word::Leave)?);
    let menu = Menu::with_items(app, &[&status, &line, &acts.0, &acts.1, &acts.2])?;
    app.manage(Status(status));
    let mut tray = TrayIconBuilder::with_id(ID).menu(&menu).tooltip("AllXOne").on_menu_event(|app, event| {
        match event.id().as_ref() {
            "leave" => app.exit(0),
            act => {
                show_window(app);
                if let Some(window) = app.get_webview_window(MAIN).filter(|_| act == "make") {
                    let _ = window.eval("location.hash = '#/'");
                }
            }
        }
    });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app).map(drop)
}
