//! Every command of the one list, as one handler. Tauri's access control has looked at window and origin before it gets here.

use allxone_app::studio::commands::{COMMANDS, call};
use allxone_app::studio::{StudioError, commands::CommandError};
use serde_json::Value;
use tauri::Runtime;
use tauri::ipc::{Invoke, InvokeBody, InvokeError};

use crate::{MAIN, watch};

/// Answers `invoke(name, { request })`. Anything else, raw bytes among it, is refused.
pub fn handler<R: Runtime>() -> impl Fn(Invoke<R>) -> bool + Send + Sync + 'static {
    |Invoke { message, resolver, .. }| {
        let Some(name) = COMMANDS.iter().find(|name| **name == message.command()) else { return false };
        let webview = message.webview_ref();
        if webview.label() != MAIN {
            return false;
        }
        let InvokeBody::Json(body) = message.payload() else {
            resolver.invoke_error(refused(StudioError::Malformed));
            return true;
        };
        let Some(desk) = crate::desk(webview) else {
            resolver.invoke_error(refused(StudioError::NotOpen("The program is still starting.".to_owned())));
            return true;
        };
        watch::heard(webview);
        let request = body.get("request").cloned().unwrap_or(Value::Null);
        resolver.respond_async(Box::pin(async move { call(&desk, name, request).await.map_err(InvokeError::from) }));
        true
    }
}

fn refused(why: StudioError) -> InvokeError {
    CommandError::from(why).into()
}
