//! An empty Tauri window with the product's plugins and window, and a scheme that serves one plain file (`EMPTY_WINDOW_FILE`).
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use tauri::http::{Response, StatusCode};
use tauri::{Manager, WebviewUrl, WebviewWindowBuilder};

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| {
            if let Some(window) = app.get_webview_window("main") {
                let _ = window.set_focus();
            }
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .register_asynchronous_uri_scheme_protocol("plain", |_context, _request, responder| {
            tauri::async_runtime::spawn_blocking(move || {
                let file = std::env::var_os("EMPTY_WINDOW_FILE").and_then(|file| std::fs::read(file).ok());
                let status = if file.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
                let response = Response::builder()
                    .status(status)
                    .header("content-type", "image/jpeg")
                    .header("cache-control", "no-store");
                responder.respond(response.body(file.unwrap_or_default()).unwrap_or_default());
            });
        })
        .setup(|app| {
            WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
                .title("Empty window")
                .inner_size(1280.0, 800.0)
                .build()?;
            Ok(())
        })
        .run(tauri::generate_context!())
}
