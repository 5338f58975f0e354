//! The window of AllXOne: the shell around the studio and nothing else.
//!
//! Only here is Tauri known. Every file adapts one thing of the machine to the desk that is behind every screen; what the program does is
//! decided below, in `allxone-studio` and `allxone-app`.

mod commands;
mod failure;
mod native;
mod scheme;
mod setup;
mod tray;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use tauri::{Builder, Context, Manager, RunEvent, Runtime};

pub use commands::handler;
pub use scheme::SCHEME;
pub use setup::own_page;

/// The label of the one window that may call commands.
pub const MAIN: &str = "main";

/// The window's configuration, access control and embedded screen.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Opens the window and stays until the person leaves.
pub fn run() -> ExitCode {
    if let Err(why) = allxone_app::display::prepare() {
        return say(&why);
    }
    let builder = Builder::default()
        // First, so that a second start ends before it has touched anything.
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| tray::show_window(app)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(setup::remembered().build())
        .register_asynchronous_uri_scheme_protocol(SCHEME, scheme::serve)
        .register_uri_scheme_protocol(failure::SCHEME, failure::page)
        .invoke_handler(handler())
        .on_window_event(watch::window)
        .setup(|app| {
            setup::setup(app.handle());
            Ok(())
        });
    // A display that is named but does not answer is a panic below.
    match catch_unwind(AssertUnwindSafe(|| builder.build(context()))) {
        Ok(Ok(app)) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event {
                    setup::close(app);
                }
            });
            ExitCode::SUCCESS
        }
        Ok(Err(error)) => say(&format!("AllXOne could not open its window: {error}. Nothing was changed.")),
        Err(_) => say("AllXOne could not open its window: the display does not answer. Nothing was changed."),
    }
}

/// The desk, once it stands.
fn desk<R: Runtime, M: Manager<R>>(of: &M) -> Option<allxone_app::Desk> {
    of.try_state::<allxone_app::Desk>().map(|desk| desk.inner().clone())
}

/// `word` in the person's language.
fn words<R: Runtime, M: Manager<R>>(of: &M, word: allxone_app::Word) -> &'static str {
    desk(of).map_or_else(|| word.say(""), |desk| desk.say(word))
}

#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn say(why: &str) -> ExitCode {
    eprintln!("{why}");
    ExitCode::FAILURE
}
