//! From nothing to an open window: the desk, the window, the events between them; and back.

use std::time::Duration;

use allxone_app::studio::Appearance;
use allxone_app::{AppError, Desk, Start};
use tauri::webview::{Color, NewWindowResponse};
use tauri::{AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindowBuilder};
use tauri_plugin_window_state::StateFlags;

use crate::{MAIN, failure, native, watch};

/// What of the window is the same at the next start.
pub fn remembered() -> tauri_plugin_window_state::Builder {
    let flags = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN;
    tauri_plugin_window_state::Builder::new().with_state_flags(flags).with_denylist(&[failure::LABEL])
}

/// Opens the profile in the background and the window at once. What stands in the way is shown in a window of its own.
pub fn setup(app: &AppHandle) {
    let opened = open_desk(app).map_err(|error| error.to_string());
    let opened = opened.and_then(|desk| {
        watch::events(app, &desk);
        app.manage(desk.clone());
        open_window(app, &desk).map_err(|error| error.to_string())
    });
    if let Err(why) = opened {
        failure::show(app, &why);
    }
}

fn open_desk(app: &AppHandle) -> Result<Desk, AppError> {
    let bundled = app.path().resource_dir().ok().map(|folder| folder.join("models"));
    let bundled = bundled.filter(|folder| folder.join("models.toml").is_file());
    let mut start = Start::of_environment("AllXOne Desktop");
    start.models_dir = start.models_dir.or(bundled);
    tauri::async_runtime::block_on(async { Desk::open(start, native::Window::new(app.clone())) })
}

fn open_window(app: &AppHandle, desk: &Desk) -> tauri::Result<()> {
    // Light or dark from the first moment: the window itself, and the page before it has asked.
    let chosen = match desk.settings().appearance {
        Appearance::Dark => Some(Theme::Dark),
        Appearance::Light => Some(Theme::Light),
        Appearance::System | Appearance::Contrast => None,
    };
    let ground =
        |theme| if theme == Theme::Dark { Color(16, 18, 22, 255) } else { Color(245, 246, 248, 255) };
    // With its slash: without one the page's own router takes every address for another page, and loads it again for ever.
    let mut window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App("/#/".into()))
        .title("AllXOne")
        .inner_size(1280.0, 800.0)
        .prevent_overflow()
        .min_inner_size(640.0, 480.0)
        .on_navigation(own_page)
        .on_new_window(|_address, _features| NewWindowResponse::Deny);
    if let Some(theme) = chosen {
        let script = format!("document.documentElement.dataset.theme = '{theme}'");
        window = window.theme(chosen).background_color(ground(theme)).initialization_script(script);
    }
    let window = window.build()?;
    if chosen.is_none() {
        window.set_background_color(Some(ground(window.theme().unwrap_or(Theme::Light))))?;
    }
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
        let closing = async { tokio::time::timeout(Duration::from_secs(10), desk.close()).await };
        if tauri::async_runtime::block_on(closing).is_err() {
            tracing::warn!("the profile took too long to close; the next start takes up what is left");
        }
    }
}
