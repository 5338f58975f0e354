//! `allxone-picture://`: pictures by id, from the open library only. The one way pixels reach the page.

use allxone_app::{Desk, NotShown};
use tauri::http::{Method, Request, Response, StatusCode, header};
use tauri::{Runtime, UriSchemeContext, UriSchemeResponder};

use crate::MAIN;

/// The scheme's name; on Windows its pages are `http://allxone-picture.localhost`.
pub const SCHEME: &str = "allxone-picture";

/// Answers without holding up the window.
pub fn serve<R: Runtime>(context: UriSchemeContext<'_, R>, request: Request<Vec<u8>>, responder: UriSchemeResponder) {
    let desk = crate::desk(context.app_handle()).filter(|_| context.webview_label() == MAIN && request.method() == Method::GET);
    tauri::async_runtime::spawn(Box::pin(async move {
        let response = match desk {
            Some(desk) => answer(&desk, request.uri().path()).await,
            None => plain(StatusCode::FORBIDDEN),
        };
        responder.respond(response);
    }));
}

/// The picture at `path`, 403 for what is no name of a picture, 404 where there is none.
pub async fn answer(desk: &Desk, path: &str) -> Response<Vec<u8>> {
    match desk.picture(path.strip_prefix('/').unwrap_or(path)).await {
        Ok(shown) => Response::builder()
            .header(header::CONTENT_TYPE, shown.media_type)
            // What an id names never changes.
            .header(header::CACHE_CONTROL, "private, max-age=31536000, immutable")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .body(shown.bytes.to_vec())
            .unwrap_or_default(),
        Err(NotShown::Forbidden) => plain(StatusCode::FORBIDDEN),
        Err(NotShown::Absent) => plain(StatusCode::NOT_FOUND),
    }
}

fn plain(status: StatusCode) -> Response<Vec<u8>> {
    Response::builder().status(status).body(Vec::new()).unwrap_or_default()
}
