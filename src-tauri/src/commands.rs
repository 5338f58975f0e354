//! Every command of the one list, as one handler. Tauri's access control has looked at window and origin before it gets here.

use allxone_app::studio::commands::{COMMANDS, call};
use allxone_app::studio::{StudioError, commands::CommandError};
use tauri::Runtime;
use tauri::ipc::{Invoke, InvokeBody, InvokeError};

use crate::MAIN;

/// Requests with more text than this are no commands.
const MAX_REQUEST: usize = 1024 * 1024;

/// Answers `invoke(name, { request })`. Anything else, raw bytes among it, is refused.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    |Invoke { message, resolver, .. }| {
        let Some(name) = COMMANDS.iter().find(|name| **name == message.command()) else { return false };
        let webview = message.webview_ref();
        if webview.label() != MAIN {
            return false;
        }
        let body = if let InvokeBody::Json(body) = message.payload() { Some(body) } else { None };
        let request = body.and_then(|body| body.get("request"));
        let request = request.filter(|request| request.to_string().len() <= MAX_REQUEST);
        let (Some(request), Some(desk)) = (request.cloned(), crate::desk(webview)) else {
            resolver.invoke_error(CommandError::from(StudioError::Malformed).into());
            return true;
        };
        resolver.respond_async(Box::pin(async move {
            call(&desk, name, request).await.map_err(InvokeError::from)
        }));
        true
    }
}
