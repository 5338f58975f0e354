//! How a request is refused: a stable code, a plain sentence, in the shape the asker's version expects.
//!
//! Codes and statuses are those of Supabase Auth, because its clients decide by them. Which of the two shapes is written is known only to
//! the guard, so a fault travels as an extension of the response and gets its body there.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::IdentityError;

/// The header in which an asker names the version it speaks, a date.
pub(crate) const VERSION_HEADER: &str = "x-supabase-api-version";
/// The version from which faults have the new shape.
const NEW_SHAPE: &str = "2024-01-01";

/// A refused request.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) weak: Vec<&'static str>,
}

/// The answer to a request, or its refusal.
pub(crate) type Answer<T> = Result<T, Fault>;

impl Fault {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), weak: Vec::new() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "validation_failed", message)
    }

    pub(crate) fn no_authorization() -> Self {
        Self::new(401, "no_authorization", "This endpoint requires a valid Bearer token")
    }

    pub(crate) fn bad_jwt() -> Self {
        Self::new(403, "bad_jwt", "The access token is invalid or has expired. Sign in again or refresh it.")
    }

    pub(crate) fn session_not_found() -> Self {
        Self::new(403, "session_not_found", "This session was ended. Sign in again.")
    }

    pub(crate) fn invalid_credentials() -> Self {
        Self::new(400, "invalid_credentials", "The e-mail address or the password is wrong.")
    }

    pub(crate) fn code_wrong() -> Self {
        Self::new(403, "otp_expired", "The code is wrong or has expired. Ask for a new one.")
    }

    pub(crate) fn too_often(code: &'static str) -> Self {
        Self::new(
            429,
            code,
            "This was asked too often. Nothing was changed. Wait a few minutes and try again.",
        )
    }

    pub(crate) fn unexpected() -> Self {
        Self::new(500, "unexpected_failure", "The service failed on this request. Nothing was changed.")
    }

    /// The body, in the new shape or the old one.
    pub(crate) fn body(&self, headers: &HeaderMap) -> (Vec<u8>, bool) {
        let offered = headers.get(VERSION_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let new = offered.len() == NEW_SHAPE.len() && offered >= NEW_SHAPE;
        let mut body = if new {
            json!({ "code": self.code, "message": self.message })
        } else {
            json!({ "code": self.status, "error_code": self.code, "msg": self.message })
        };
        if !self.weak.is_empty() {
            body["weak_password"] = json!({ "reasons": self.weak });
        }
        (body.to_string().into_bytes(), new)
    }
}

impl From<IdentityError> for Fault {
    fn from(error: IdentityError) -> Self {
        tracing::error!(code = error.code(), "a request about accounts could not be carried out");
        Self::unexpected()
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        IdentityError::from(error).into()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives a refused response its body.
pub(crate) fn shape(response: Response, asked: &HeaderMap) -> Response {
    let Some(fault) = response.extensions().get::<Fault>().cloned() else { return response };
    let (body, new) = fault.body(asked);
    let (mut parts, _) = response.into_parts();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.insert("x-sb-error-code", HeaderValue::from_static(fault.code));
    if new {
        parts.headers.insert(VERSION_HEADER, HeaderValue::from_static(NEW_SHAPE));
    }
    Response::from_parts(parts, body.into())
}
