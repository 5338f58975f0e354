//! A plain page with help, for when the program cannot show its own: no script, no command, no connection.

use std::sync::{Mutex, PoisonError};

use tauri::http::{Request, Response, header};
use tauri::{AppHandle, Manager, Runtime, UriSchemeContext, Url, WebviewUrl, WebviewWindowBuilder};

use crate::words::{self, Word};

/// The window's label. No capability names it.
pub const LABEL: &str = "failure";
/// Its page's scheme.
pub const SCHEME: &str = "allxone-help";

/// What the page says.
struct Text(Mutex<String>);

/// Opens the page, or changes what it says.
pub fn show(app: &AppHandle, why: &str) {
    let text = format!("{}\n{why}\n{}", words::say(app, Word::CannotGoOn), words::say(app, Word::Help));
    tracing::error!(%why, "the window cannot go on");
    if !app.manage(Text(Mutex::new(text.clone())))
        && let Some(before) = app.try_state::<Text>()
    {
        *before.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
    let Ok(address) = Url::parse(&format!("{SCHEME}://localhost/")) else { return };
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address)).title("AllXOne").inner_size(640.0, 400.0);
    if let Err(error) = window.build() {
        crate::say(&format!("{why} ({error})"));
    }
}

/// The page.
pub fn page<R: Runtime>(context: UriSchemeContext<'_, R>, _request: Request<Vec<u8>>) -> Response<Vec<u8>> {
    let text = context.app_handle().try_state::<Text>().map(|text| text.0.lock().unwrap_or_else(PoisonError::into_inner).clone());
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'")
        .body(html(&text.unwrap_or_default()).into_bytes())
        .unwrap_or_default()
}

/// Text as a page: the first line its heading, nothing of it markup.
pub fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let mut lines = escaped.lines();
    let title = lines.next().unwrap_or_default();
    let rest: String = lines.map(|line| format!("<p dir=\"auto\">{line}</p>")).collect();
    format!(
        "<!doctype html><meta charset=\"utf-8\"><title>AllXOne</title><style>:root{{color-scheme:light dark}}body{{font:16px/1.5 \
         system-ui,sans-serif;max-width:34em;margin:3em auto;padding:0 1.5em}}p{{overflow-wrap:anywhere}}</style><h1 dir=\"auto\">{title}</h1>{rest}"
    )
}
