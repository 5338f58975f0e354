//! The built screen as files. A path that names no file is a place inside the screen and gets its one page.

use std::path::{Component, Path};

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Answers with the file at `path` below `folder`.
pub fn file(folder: &Path, path: &str) -> Response {
    let path = Path::new(path.trim_start_matches('/'));
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    let found = folder.join(path);
    let found = if inside && found.is_file() { found } else { folder.join("index.html") };
    match std::fs::read(&found) {
        Ok(bytes) => {
            ([(header::CONTENT_TYPE, media_type(&found)), (header::CACHE_CONTROL, "no-cache")], bytes)
                .into_response()
        }
        Err(_) => (
            axum::http::StatusCode::NOT_FOUND,
            format!("{} is not there; build the screen with `npm run build -w ui`.\n", found.display()),
        )
            .into_response(),
    }
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "webmanifest") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
