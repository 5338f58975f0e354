//! A refusal in OpenAI's form. Its clients read the code from there and from nowhere else.

use allxone_contract::{Problem, ProblemCode};
use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::ServiceError;
use crate::api::Refusal;

/// Tells the official clients whether to call again.
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// A refusal on its way to a client of OpenAI's interface.
pub(crate) struct Fault {
    problem: Box<Problem>,
    /// Whether a job was accepted: then the same call must not be made again by itself.
    accepted: bool,
}

impl Fault {
    /// A field at fault.
    pub(super) fn of_field(field: &str, message: &str) -> Self {
        let error = allxone_contract::FieldError {
            pointer: format!("/{field}"),
            message: message.to_owned(),
            unsupported: false,
        };
        Refusal::new(ProblemCode::Invalid, message).with_errors(vec![error]).into()
    }

    /// A field, or a value of it, that nothing here can honour.
    pub(super) fn unsupported(field: &str) -> Self {
        let message =
            format!("This service cannot honour “{field}” as it stands, so nothing was made. Leave it out.");
        let error = allxone_contract::FieldError {
            pointer: format!("/{field}"),
            message: message.clone(),
            unsupported: true,
        };
        Refusal::new(ProblemCode::UnsupportedField, message).with_errors(vec![error]).into()
    }

    /// A refusal after a job was accepted.
    pub(super) fn accepted(refusal: impl Into<Self>) -> Self {
        Self { accepted: true, ..refusal.into() }
    }

    /// Why a job has no results.
    pub(super) fn of_job(problem: Problem) -> Self {
        Self { problem: Box::new(problem), accepted: true }
    }

    /// The error as its clients read it.
    pub(super) fn body(&self) -> Value {
        let Problem { detail, code, errors, .. } = &*self.problem;
        let (_, kind, name) = words(*code);
        let name = name.map_or_else(|| serde_json::to_value(code).unwrap_or_default(), Value::from);
        let first = errors.first();
        let message = first.map_or(detail, |error| &error.message);
        let param = first.and_then(|error| error.pointer.strip_prefix('/')).map(|field| match field {
            "count" => "n",
            "inputs" => "image",
            other => other,
        });
        let mut error = json!({ "message": message, "type": kind, "param": param, "code": name });
        if let (ProblemCode::ContentBlocked, Some(finding)) = (code, &self.problem.finding) {
            let categories: Vec<_> = finding.reasons.iter().map(|reason| reason.category).collect();
            error["moderation_details"] = json!({ "moderation_stage": "input", "categories": categories });
        }
        json!({ "error": error })
    }
}

/// Status, type and code there of a code here; without a code there it keeps its own.
fn words(code: ProblemCode) -> (u16, &'static str, Option<&'static str>) {
    use ProblemCode as P;
    const INVALID: &str = "invalid_request_error";
    match code {
        P::Invalid | P::KeyMissing => (400, INVALID, Some("invalid_value")),
        P::UnsupportedField => (400, INVALID, Some("unsupported_parameter")),
        P::ContentBlocked => (400, "image_generation_user_error", Some("moderation_blocked")),
        P::Unauthorized => (401, INVALID, Some("invalid_api_key")),
        P::InsufficientCredits => (429, "insufficient_quota", Some("insufficient_quota")),
        P::UnknownModel => (404, INVALID, Some("model_not_found")),
        P::NotFound => (404, INVALID, Some("unknown_url")),
        P::Busy | P::PartnerBusy => (429, "requests", Some("rate_limit_exceeded")),
        other if other.status() < 500 => (other.status(), INVALID, None),
        other => (other.status(), "server_error", None),
    }
}

impl From<Refusal> for Fault {
    fn from(Refusal(problem): Refusal) -> Self {
        Self { problem, accepted: false }
    }
}

impl From<ServiceError> for Fault {
    fn from(error: ServiceError) -> Self {
        Refusal::from(error).into()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let code = self.problem.code;
        let status = StatusCode::from_u16(words(code).0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(self.body())).into_response();
        let headers = response.headers_mut();
        // What needs somebody to act first does not get better by repeating it.
        if self.accepted || !code.retryable() {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        if let Some(seconds) = self.problem.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
