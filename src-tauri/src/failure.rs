//! A plain page with help, for when the program cannot show its own: no script, no command, no connection.

use std::sync::{Mutex, PoisonError};

use allxone_app::Word;
use allxone_app::studio::{Host as _, session::PlaceKind};
use tauri::http::{Request, Response, header};
use tauri::{AppHandle, Manager, Runtime, UriSchemeContext, Url, WebviewUrl, WebviewWindowBuilder};

use crate::words;

/// The window's label. No capability names it.
pub const LABEL: &str = "failure";
/// Its page's scheme.
pub const SCHEME: &str = "allxone-help";
/// Where its one link leads; it is never followed, the folder of the log is opened instead.
const LOG: &str = "/log";

/// What the page says, and the words of its link where there is a log.
struct Text(Mutex<(String, Option<&'static str>)>);

/// Opens the page, or changes what it says.
pub fn show(app: &AppHandle, why: &str) {
    let desk = crate::desk(app);
    let text = (
        format!("{}\n{why}\n{}", words(app, Word::CannotGoOn), words(app, Word::Help)),
        desk.as_ref().map(|_| words(app, Word::ShowLog)),
    );
    tracing::error!(%why, "the window cannot go on");
    if !app.manage(Text(Mutex::new(text.clone())))
        && let Some(before) = app.try_state::<Text>()
    {
        *before.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
    let Ok(address) = Url::parse(&format!("{SCHEME}://localhost/")) else { return };
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title("AllXOne")
        .inner_size(640.0, 440.0);
    let window = window.on_navigation(move |to| {
        if let (LOG, Some(desk)) = (to.path(), desk.clone()) {
            tauri::async_runtime::spawn(async move { desk.folder_show(PlaceKind::Logs).await });
        }
        to.scheme() == SCHEME && to.path() == "/"
    });
    if let Err(error) = window.build() {
        crate::say(&format!("{why} ({error})"));
    }
}

/// The page.
pub fn page<R: Runtime>(context: UriSchemeContext<'_, R>, _request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let text = context
        .app_handle()
        .try_state::<Text>()
        .map(|text| text.0.lock().unwrap_or_else(PoisonError::into_inner).clone());
    let (text, link) = text.unwrap_or_default();
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")
        .body(allxone_app::help_page(&text, link.map(|words| (LOG, words))).into_bytes())
        .unwrap_or_default()
}
