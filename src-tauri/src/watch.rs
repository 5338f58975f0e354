//! What happens while the window is open: events to the page, files dropped on it, its first word, its closing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use allxone_app::Desk;
use allxone_app::studio::{Notify, StudioEvent};
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, Runtime, WebviewWindow, Window, WindowEvent};
use tauri_plugin_notification::NotificationExt;
use tokio::sync::broadcast::error::RecvError;

use crate::words::{self, Word};
use crate::{MAIN, failure, tray};

/// The one event.
const EVENT: &str = "studio";
/// A page that has not asked for anything by then never will. Slow machines take a tenth of it.
const FIRST_WORD: Duration = Duration::from_secs(40);

/// Whether the page has called a command.
#[derive(Default)]
struct Alive(AtomicBool);

/// The page has called a command.
pub fn heard<R: Runtime, M: Manager<R>>(of: &M) {
    if let Some(alive) = of.try_state::<Alive>() {
        alive.0.store(true, Ordering::Relaxed);
    }
}

/// Shows a page with help when the page stays silent, instead of leaving a blank window.
pub fn first_word(window: &WebviewWindow) {
    window.manage(Alive::default());
    let app = window.app_handle().clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(FIRST_WORD).await;
        if app.try_state::<Alive>().is_some_and(|alive| !alive.0.load(Ordering::Relaxed)) {
            failure::show(&app, &words::say(&app, Word::NoScreen));
        }
    });
}

/// Passes everything the desk tells to the page, and the ends of jobs to a person who is elsewhere.
pub fn events(app: &AppHandle, desk: &Desk) {
    let (app, mut events) = (app.clone(), desk.events());
    tauri::async_runtime::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) => {
                    if let Err(error) = app.emit_to(MAIN, EVENT, &event) {
                        tracing::warn!(%error, "an event did not reach the page");
                    }
                    if let StudioEvent::Ended { error, .. } = &event {
                        ended(&app, error.is_none());
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    });
}

fn ended(app: &AppHandle, well: bool) {
    let in_front = app.get_webview_window(MAIN).is_some_and(|window| window.is_focused().unwrap_or(false));
    let wanted = crate::desk(app).is_some_and(|desk| desk.settings().notify == Notify::Background);
    if wanted && !in_front {
        let words = words::say(app, if well { Word::Done } else { Word::Failed });
        // No notification service is no reason to trouble anybody.
        let _ = app.notification().builder().title("AllXOne").body(words).show();
    }
}

/// Files dropped on the window, and its closing while something is under way.
pub fn window(window: &Window, event: &WindowEvent) {
    let Some(desk) = crate::desk(window).filter(|_| window.label() == MAIN) else { return };
    match event {
        WindowEvent::DragDrop(DragDropEvent::Enter { .. }) => desk.tell(StudioEvent::Dragging { over: true }),
        WindowEvent::DragDrop(DragDropEvent::Leave) => desk.tell(StudioEvent::Dragging { over: false }),
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
            desk.tell(StudioEvent::Dragging { over: false });
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
