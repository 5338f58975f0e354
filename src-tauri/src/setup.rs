//! From nothing to an open window: the desk, the window, the events between them; and back.

use std::path::PathBuf;
use std::time::Duration;

use allxone_app::{AppError, Desk, Start};
use tauri::webview::{Color, NewWindowResponse};
use tauri::{AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

use crate::{MAIN, failure, native, watch};

/// What of the window is the same at the next start.
pub fn remembered() -> StateFlags {
    StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN
}

/// Opens the profile in the background and the window at once. What stands in the way is shown in a window of its own.
pub fn setup(app: &AppHandle) {
    let opened = open_desk(app).map_err(|error| error.to_string());
    let opened = opened.and_then(|desk| {
        watch::events(app, &desk);
        app.manage(desk);
        open_window(app).map_err(|error| error.to_string())
    });
    if let Err(why) = opened {
        failure::show(app, &why);
    }
}

fn open_desk(app: &AppHandle) -> Result<Desk, AppError> {
    let named = |variable: &str| std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from);
    let bundled = app.path().resource_dir().ok().map(|folder| folder.join("models")).filter(|folder| folder.join("models.toml").is_file());
    let start = Start {
        data_dir: named("ALLXONE_DATA_DIR"),
        models_dir: named("ALLXONE_MODELS_DIR").or(bundled),
        secret_store: std::env::var("ALLXONE_SECRET_STORE").ok().and_then(|word| word.parse().ok()),
        program: "AllXOne Desktop".to_owned(),
    };
    let native = native::Window::new(app.clone());
    tauri::async_runtime::block_on(async { Desk::open(start, native) })
}

fn open_window(app: &AppHandle) -> tauri::Result<()> {
    // With its slash: without one the page's own router takes every address for another page, and loads it again for ever.
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("/#/".into()))
        .title("AllXOne")
        .inner_size(1280.0, 800.0)
        .prevent_overflow()
        .min_inner_size(640.0, 480.0)
        .on_navigation(own_page)
        .on_new_window(|_address, _features| NewWindowResponse::Deny)
        .build()?;
    // No flash of white before the page has painted itself.
    let dark = window.theme().is_ok_and(|theme| theme == Theme::Dark);
    window.set_background_color(Some(if dark { Color(16, 18, 22, 255) } else { Color(246, 247, 249, 255) }))?;
    watch::first_word(&window);
    Ok(())
}

/// Whether an address is the page itself: it stays where it is, and addresses of the web belong into the browser.
pub fn own_page(address: &Url) -> bool {
    let here = match (address.scheme(), address.host_str()) {
        ("tauri", Some("localhost")) => true,
        ("http" | "https", Some("tauri.localhost")) => cfg!(windows),
        _ => false,
    };
    here || (tauri::is_dev() && address.host_str() == Some("127.0.0.1"))
}

/// Closes the profile in order, but lets nobody wait for ever.
pub fn close(app: &AppHandle) {
    if let Some(desk) = crate::desk(app) {
        let closed = tauri::async_runtime::block_on(async { tokio::time::timeout(Duration::from_secs(10), desk.close()).await });
        if closed.is_err() {
            tracing::warn!("the profile took too long to close; the next start takes up what is left");
        }
    }
}
