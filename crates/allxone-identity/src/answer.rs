//! Reading request bodies as the official clients write them: JSON whatever the type says, `null` for "nothing", unknown fields ignored,
//! and no body at all for an empty one.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::fault::Fault;

/// Most bytes of a body.
pub(crate) const BODY_BYTES: usize = 64 * 1024;

/// A body read as JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let body = axum::body::to_bytes(request.into_body(), BODY_BYTES).await;
        let body = body.map_err(|_| Fault::new(413, "request_too_large", "The request is too large."))?;
        let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
        let read = serde_json::from_slice(text);
        read.map(Self)
            .map_err(|_| Fault::new(400, "bad_json", "The request body is not the JSON expected here."))
    }
}
