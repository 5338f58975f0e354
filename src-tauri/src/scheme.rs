//! `allxone-picture://`: pictures by id, from the open library only. The one way pixels reach the page.

use tauri::http::{Request, Response, StatusCode};
use tauri::{Runtime, UriSchemeContext, UriSchemeResponder};

use crate::MAIN;

/// The scheme's name; on Windows its pages are `http://allxone-picture.localhost`.
pub const SCHEME: &str = "allxone-picture";

/// Answers without holding up the window.
pub fn serve<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let desk = crate::desk(context.app_handle()).filter(|_| context.webview_label() == MAIN);
    tauri::async_runtime::spawn(Box::pin(async move {
        let (method, path, headers) = (request.method(), request.uri().path(), request.headers());
        let reply = match desk {
            Some(desk) => Ok(desk.reply(method, path, headers).await.map(|body| body.to_vec())),
            None => Response::builder().status(StatusCode::FORBIDDEN).body(Vec::new()),
        };
        responder.respond(reply.unwrap_or_default());
    }));
}
