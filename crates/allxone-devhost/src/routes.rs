//! Routes: commands, events, pictures, staging, the screen itself. Every one of them wants the right host and the token.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use allxone_app::Desk;
use allxone_app::studio::commands::{CommandError, call};
use allxone_app::studio::session::Brought;
use allxone_app::studio::{StudioError, StudioEvent};
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

/// Requests larger than this are no commands.
const MAX_REQUEST: usize = 1024 * 1024;
/// A little above what a picture may be, so that its own refusal is seen.
const MAX_PICTURE: usize = 33 * 1024 * 1024;
const COOKIE: &str = "allxone-devhost";

/// What every route has at hand.
pub struct Host {
    /// The profile.
    pub desk: Desk,
    /// Folder of the built screen.
    pub ui: PathBuf,
    /// Where we listen.
    pub address: SocketAddr,
    /// What a browser must know.
    pub token: String,
}

/// All routes.
pub fn router(host: Host) -> Router {
    let host = Arc::new(host);
    Router::new()
        .route("/call/{name}", post(command))
        .route("/events", get(events))
        .route("/picture/{*path}", get(picture))
        .route("/stage", post(stage))
        .fallback(get(screen))
        .layer(from_fn_with_state(Arc::clone(&host), guard))
        .with_state(host)
}

/// A page of another site can send requests here, but cannot choose `Host` and does not know the token.
async fn guard(State(host): State<Arc<Host>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let named = headers.get(header::HOST).and_then(|name| name.to_str().ok());
    if named != Some(host.address.to_string().as_str()) {
        return (StatusCode::MISDIRECTED_REQUEST, "this is not the host that was asked for\n")
            .into_response();
    }
    let asked = request
        .uri()
        .query()
        .unwrap_or_default()
        .split('&')
        .any(|part| part.strip_prefix("token=") == Some(&host.token));
    if !asked && !knows(headers, &host.token) {
        return (
            StatusCode::UNAUTHORIZED,
            "open the address that was printed at the start, with its token\n",
        )
            .into_response();
    }
    let mut response = next.run(request).await;
    if asked && let Ok(cookie) = format!("{COOKIE}={}; HttpOnly; SameSite=Strict; Path=/", host.token).parse()
    {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn knows(headers: &HeaderMap, token: &str) -> bool {
    let text = |name| {
        headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok()).unwrap_or_default()
    };
    text(header::AUTHORIZATION).strip_prefix("Bearer ") == Some(token)
        || text(header::COOKIE).split(';').any(|part| {
            part.trim().strip_prefix(COOKIE).and_then(|rest| rest.strip_prefix('=')) == Some(token)
        })
}

async fn command(State(host): State<Arc<Host>>, Path(name): Path<String>, body: Body) -> Response {
    let Ok(bytes) = to_bytes(body, MAX_REQUEST).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let request = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&bytes) };
    let Ok(request) = request else {
        return (StatusCode::BAD_REQUEST, "a request is JSON\n").into_response();
    };
    match call(&host.desk, &name, request).await {
        Ok(response) => Json(response).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(error)).into_response(),
    }
}

async fn events(State(host): State<Arc<Host>>) -> Response {
    let mut events = host.desk.events();
    let frames = async_stream::stream! {
        loop {
            match events.recv().await {
                Ok(event) => yield Ok::<_, Infallible>(Event::default().json_data(&event).unwrap_or_default()),
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => break,
            }
        }
    };
    Sse::new(frames).keep_alive(KeepAlive::default()).into_response()
}

async fn picture(State(host): State<Arc<Host>>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    host.desk.reply(&Method::GET, &path, &headers).await.map(Body::from)
}

/// Stands in for the dialogs and for dropping: takes a picture's bytes and tells the screen, as the window does.
async fn stage(
    State(host): State<Arc<Host>>,
    Query(query): Query<std::collections::HashMap<String, String>>,
    body: Body,
) -> Response {
    let name = query.get("name").cloned().unwrap_or_default();
    let Ok(bytes) = to_bytes(body, MAX_PICTURE).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    if host.desk.in_sandbox() {
        let tried = host.desk.try_bytes(name, bytes).await;
        host.desk.tell(StudioEvent::Tried { pictures: vec![tried.clone()] });
        return Json(tried).into_response();
    }
    let staged = match host.desk.studio().await {
        Ok(studio) => studio.stage(bytes).await,
        Err(error) => Err(error),
    };
    let brought = match staged {
        Ok(staged) => Brought { name, staged: Some(staged), error: None },
        Err(error) => Brought { name, staged: None, error: Some(CommandError::from(error as StudioError)) },
    };
    host.desk.tell(StudioEvent::Brought { pictures: vec![brought.clone()] });
    Json(brought).into_response()
}

async fn screen(State(host): State<Arc<Host>>, request: Request) -> Response {
    crate::screen::file(&host.ui, request.uri().path())
}
