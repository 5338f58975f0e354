//! What happens while the window is open: events to the page, files dropped on it, its first word, its closing.

use std::cell::Cell;
use std::time::{Duration, Instant};

use allxone_app::studio::StudioEvent;
use allxone_app::{Desk, Notices, Word};
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, WebviewWindow, Window, WindowEvent};
use tauri_plugin_notification::NotificationExt;
use tokio::sync::broadcast::error::RecvError;

use crate::{MAIN, failure, tray, words};

/// The one event.
const EVENT: &str = "studio";
/// A page that has not asked for anything by then never will. Slow machines take a tenth of it.
const FIRST_WORD: Duration = Duration::from_secs(60);

/// Shows a page with help when the page stays silent, instead of leaving a blank window. Where what draws it ends, it is drawn anew; once.
pub fn first_word(window: &WebviewWindow) {
    let app = window.app_handle().clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(FIRST_WORD).await;
        if crate::desk(&app).is_some_and(|desk| !desk.was_asked()) {
            failure::show(&app, words(&app, Word::NoScreen));
        }
    });
    #[cfg(target_os = "linux")]
    let _ = window.with_webview({
        use webkit2gtk::WebViewExt as _;
        let (app, last) = (window.app_handle().clone(), Cell::new(None::<Instant>));
        move |page| {
            page.inner().connect_web_process_terminated(move |page, why| {
                tracing::error!(?why, "the process that draws the page ended");
                match last.replace(Some(Instant::now())).is_some_and(|last| last.elapsed() < FIRST_WORD) {
                    true => failure::show(&app, words(&app, Word::NoScreen)),
                    false => page.reload(),
                }
            });
        }
    });
}

/// Passes everything the desk tells to the page, how far the work is to the tray, and the ends of jobs to a person who is elsewhere.
pub fn events(app: &AppHandle, desk: &Desk) {
    // A click on a notification leads to the picture.
    let again = app.clone();
    let _ = app.notification().on_action(move |_| tray::show_window(&again));
    let (app, desk, mut events) = (app.clone(), desk.clone(), desk.events());
    tauri::async_runtime::spawn(async move {
        let mut notices = Notices::default();
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Err(error) = app.emit_to(MAIN, EVENT, &event) {
                        tracing::warn!(%error, "an event did not reach the page");
                    }
                    match &event {
                        StudioEvent::Progress { progress, .. } => {
                            tray::tell(&app, desk.doing(Some(*progress)))
                        }
                        StudioEvent::Ended { .. } if !desk.is_busy() => tray::tell(&app, desk.doing(None)),
                        _ => {}
                    }
                    if let Some(word) = notices.of(&event) {
                        tell(&app, &desk, word);
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn tell(app: &AppHandle, desk: &Desk, word: Word) {
    let in_front = app.get_webview_window(MAIN).is_some_and(|window| window.is_focused().unwrap_or(false));
    if let Some(words) = desk.notice(word, in_front) {
        // No notification service is no reason to trouble anybody.
        let _ = app.notification().builder().title("AllXOne").body(words).show();
    }
}

/// Files dropped on the window, and its closing while something is under way.
pub fn window(window: &Window, event: &WindowEvent) {
    let Some(desk) = crate::desk(window).filter(|_| window.label() == MAIN) else { return };
    match event {
        WindowEvent::DragDrop(DragDropEvent::Enter { paths, .. }) => desk.dragged_over(paths),
        WindowEvent::DragDrop(DragDropEvent::Leave) => desk.dragged_over(&[]),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
            let paths = paths.clone();
            tauri::async_runtime::spawn(Box::pin(async move { desk.dropped(paths).await }));
        }
        WindowEvent::CloseRequested { api, .. } if desk.is_busy() && tray::stay(window.app_handle()) => {
            api.prevent_close();
            let _ = window.hide();
        }
        _ => {}
    }
}
