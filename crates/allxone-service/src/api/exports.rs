//! Taking everything away.

use std::sync::Arc;

use allxone_contract::{API_BASE, Export, ExportId, ExportState, ProblemCode};
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::body::Id;
use super::guard::Proven;
use super::pictures::streamed;
use super::refusal::{Answer, Refusal};
use crate::backend::Backend;

/// `POST /exports`: an archive of everything, made in the background; while one is being made, that one.
pub(crate) async fn ask(State(backend): State<Arc<Backend>>, Proven(account): Proven) -> Answer<Response> {
    let (export, files) = backend.store.ask_for_export(&account, backend.clock.now()).await?;
    backend.remove(files).await;
    backend.rights.notify_one();
    tracing::info!(export = %export.id, "an archive was asked for");
    let location = format!("{API_BASE}/exports/{}", export.id);
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(export)).into_response())
}

/// `GET /exports/{id}`
pub(crate) async fn export(
    State(backend): State<Arc<Backend>>,
    super::guard::Caller(account): super::guard::Caller,
    Id(id): Id<ExportId>,
) -> Answer<Json<Export>> {
    let (export, _) = backend.store.export(&account, id).await?.ok_or_else(Refusal::not_found)?;
    Ok(Json(as_of_now(&backend, export)))
}

/// `GET /exports/{id}/content`
pub(crate) async fn content(
    State(backend): State<Arc<Backend>>,
    Proven(account): Proven,
    Id(id): Id<ExportId>,
) -> Answer<Response> {
    let (export, file) = backend.store.export(&account, id).await?.ok_or_else(Refusal::not_found)?;
    let export = as_of_now(&backend, export);
    match (export.state, file, export.bytes) {
        (ExportState::Ready, Some(file), Some(bytes)) => {
            let mut response = streamed(&backend, file, bytes).await?;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
            Ok(response)
        }
        (ExportState::Expired, ..) => Err(Refusal::new(
            ProblemCode::Erased,
            "This archive was removed: its time is up. Ask for a new one.",
        )),
        _ => Err(Refusal::not_found()),
    }
}

fn as_of_now(backend: &Backend, mut export: Export) -> Export {
    if export.state == ExportState::Ready
        && export.expires.is_some_and(|expires| expires <= backend.clock.now())
    {
        export.state = ExportState::Expired;
    }
    export
}
