//! Who runs the service, with whose help, under which texts, and how long it keeps what. Open to everybody: it is read before signing in.

use std::sync::Arc;

use allxone_contract::About;
use axum::Json;
use axum::extract::State;

use crate::backend::Backend;

/// `GET /about`
pub(crate) async fn about(State(backend): State<Arc<Backend>>) -> Json<About> {
    Json(backend.about.clone())
}
