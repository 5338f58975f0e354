//! How a request is refused: always as a problem, never with a bare status, an echo of what was sent, or a detail of the inside.

use allxone_contract::{FieldError, Finding, MilliCredits, PROBLEM_TYPE, Problem, ProblemCode};
use allxone_media::MediaError;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use crate::ServiceError;

/// A refused request.
#[derive(Debug)]
pub(crate) struct Refusal(pub(crate) Box<Problem>);

/// The answer to a request, or its refusal.
pub(crate) type Answer<T> = Result<T, Refusal>;

impl Refusal {
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem::new(code, detail)))
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(ProblemCode::Invalid, detail)
    }

    pub(crate) fn key_reused() -> Self {
        Self::new(
            ProblemCode::KeyReused,
            "This key was used for another request. Nothing was kept. Use a new key for a new request.",
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "There is nothing at this address, or it is not yours.")
    }

    pub(crate) fn too_large(cap: u64) -> Self {
        Self::new(
            ProblemCode::TooLarge,
            format!("The request is larger than {cap} bytes. Nothing was kept of it."),
        )
    }

    /// Too much at once; worth another try in `seconds`.
    pub(crate) fn busy(detail: &str, seconds: u32) -> Self {
        let mut refusal = Self::new(ProblemCode::Busy, detail);
        refusal.0.retry_after = Some(seconds);
        refusal
    }

    pub(crate) fn shutting_down() -> Self {
        let mut refusal = Self::new(
            ProblemCode::ShuttingDown,
            "The service is stopping and takes nothing new. Try again in a moment.",
        );
        refusal.0.retry_after = Some(5);
        refusal
    }

    pub(crate) fn internal() -> Self {
        Self::new(ProblemCode::Internal, "The service failed on this request. Nothing else was changed.")
    }

    pub(crate) fn filter_unavailable() -> Self {
        let detail = "The safety check cannot run on this service, so nothing is accepted. Nothing was kept. Install the program again if \
                      this lasts.";
        Self::new(ProblemCode::FilterUnavailable, detail)
    }

    pub(crate) fn blocked(detail: &str, finding: Finding) -> Self {
        Self(Box::new(Problem::new(ProblemCode::ContentBlocked, detail).with_finding(finding)))
    }

    pub(crate) fn acceptance_needed() -> Self {
        let detail = "The privacy policy and the acceptable use policy of this service have to be accepted first, in the version of now. Nothing \
                      was kept. Read them at /about, accept them, and send it again.";
        Self::new(ProblemCode::AcceptanceNeeded, detail)
    }

    pub(crate) fn account_closing() -> Self {
        let detail = "This account is being deleted, so nothing else is done for it. Cancel the deletion first, if its time has not come.";
        Self::new(ProblemCode::AccountClosing, detail)
    }

    pub(crate) fn step_up_needed() -> Self {
        let detail = "This needs a proof of who you are from the last five minutes. Nothing was done. Sign in again, then repeat it.";
        Self::new(ProblemCode::StepUpNeeded, detail)
    }

    pub(crate) fn insufficient(detail: String, needed: MilliCredits, available: MilliCredits) -> Self {
        let mut refusal = Self::new(ProblemCode::InsufficientCredits, detail);
        (refusal.0.needed, refusal.0.available) = (Some(needed), Some(available));
        refusal
    }

    pub(crate) fn quote_expired() -> Self {
        let detail = "The quote this job relies on has run out, or is for something else. Nothing was held or kept. Ask for a new quote.";
        Self::new(ProblemCode::QuoteExpired, detail)
    }

    pub(crate) fn no_grant() -> Self {
        let detail = "This was not allowed, or is no longer. Nothing was kept of it. It can be allowed in Privacy; nothing else depends on it.";
        Self::new(ProblemCode::NoGrant, detail)
    }

    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        tracing::error!(code = error.code(), %error, "a request could not be carried out");
        if matches!(error, ServiceError::Project(_)) {
            return Self::busy(
                "The project that keeps the accounts could not be asked, so nothing was done. Try again in a moment.",
                5,
            );
        }
        Self::internal()
    }
}

impl From<MediaError> for Refusal {
    fn from(error: MediaError) -> Self {
        let code = match error {
            MediaError::TooManyBytes { .. }
            | MediaError::SideTooLong { .. }
            | MediaError::TooManyPixels { .. }
            | MediaError::DecodedTooLarge { .. }
            | MediaError::TooManyFrames { .. }
            | MediaError::AnimationTooLarge => ProblemCode::TooLarge,
            MediaError::ReaderUnavailable => return Self::shutting_down(),
            _ => ProblemCode::UnreadablePicture,
        };
        Self::new(code, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_TYPE));
        if let Some(seconds) = self.0.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
