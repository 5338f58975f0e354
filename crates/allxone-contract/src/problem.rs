//! Errors on the wire: `application/problem+json` (RFC 9457) with a stable code a program can branch on.

use serde::{Deserialize, Serialize};

use crate::JobId;

/// The media type of an error answer.
pub const PROBLEM_TYPE: &str = "application/problem+json";

/// What went wrong, as a name that never changes its meaning.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// The request is not well formed or a value is out of range.
    Invalid,
    /// The model cannot honour a field.
    UnsupportedField,
    /// No such model.
    UnknownModel,
    /// The bearer token is missing or wrong.
    Unauthorized,
    /// This client is too old for the service.
    UpgradeRequired,
    /// No such thing, or it belongs to another account.
    NotFound,
    /// The same idempotency key was used for another request.
    KeyReused,
    /// The idempotency key is missing.
    KeyMissing,
    /// A request with this key is still being answered.
    KeyBusy,
    /// The content was stopped by the safety check.
    ContentBlocked,
    /// The safety check cannot run, so nothing is accepted.
    FilterUnavailable,
    /// Body, picture or request larger than allowed.
    TooLarge,
    /// The picture cannot be read.
    UnreadablePicture,
    /// Not enough credits.
    InsufficientCredits,
    /// The account wants to spend no more this month.
    SpendingCap,
    /// The quote the request relies on has run out, or is for something else.
    QuoteExpired,
    /// Too much at once; try later.
    Busy,
    /// It took too long.
    Timeout,
    /// The model failed.
    EngineFailed,
    /// The provider of the model has too much to do; try later.
    PartnerBusy,
    /// The provider of the model cannot be reached or is out of order.
    PartnerUnavailable,
    /// The provider does not take this service's key or account; whoever runs the service has to act.
    PartnerAccount,
    /// The provider answered without a picture that can be used.
    NoOutput,
    /// The request may or may not have been carried out by a partner; it is not repeated.
    OutcomeUnknown,
    /// The content was erased.
    Erased,
    /// This needs a sign-in of the last five minutes: sign in again, then repeat it.
    StepUpNeeded,
    /// There is no live grant for this.
    NoGrant,
    /// The texts of the service were not accepted yet, or there is a newer version.
    AcceptanceNeeded,
    /// The account is being deleted, so nothing else is done for it.
    AccountClosing,
    /// The payment provider could not be asked, or did not answer as it should.
    PaymentUnavailable,
    /// The service is stopping.
    ShuttingDown,
    /// A fault in the service.
    Internal,
    /// A code this build does not know.
    #[serde(other)]
    Unknown,
}

impl ProblemCode {
    /// The HTTP status that goes with the code.
    pub fn status(self) -> u16 {
        match self {
            Self::Invalid | Self::KeyMissing => 400,
            Self::Unauthorized => 401,
            Self::InsufficientCredits | Self::SpendingCap => 402,
            Self::StepUpNeeded | Self::NoGrant | Self::AcceptanceNeeded | Self::AccountClosing => 403,
            Self::NotFound => 404,
            Self::KeyBusy | Self::QuoteExpired => 409,
            Self::Erased => 410,
            Self::TooLarge => 413,
            Self::UnreadablePicture => 415,
            Self::UnsupportedField | Self::UnknownModel | Self::KeyReused | Self::ContentBlocked => 422,
            Self::UpgradeRequired => 426,
            Self::Busy => 429,
            Self::Internal | Self::EngineFailed | Self::Unknown => 500,
            Self::OutcomeUnknown | Self::PartnerAccount | Self::NoOutput | Self::PaymentUnavailable => 502,
            Self::FilterUnavailable | Self::ShuttingDown | Self::PartnerBusy | Self::PartnerUnavailable => {
                503
            }
            Self::Timeout => 504,
        }
    }

    /// Whether the same request may succeed later without being changed.
    pub fn retryable(self) -> bool {
        matches!(
            self,
            Self::KeyBusy
                | Self::Busy
                | Self::Timeout
                | Self::ShuttingDown
                | Self::PartnerBusy
                | Self::PartnerUnavailable
                | Self::PaymentUnavailable
        )
    }
}

/// One error, in words for a person and a code for a program. Never carries content.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Problem {
    /// `urn:allxone:problem:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// A short name of the problem.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened, in a plain sentence.
    pub detail: String,
    /// The stable code.
    pub code: ProblemCode,
    /// Whether trying again unchanged may help.
    pub retryable: bool,
    /// Seconds to wait before trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// How many credits it takes, where there are not as many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needed: Option<crate::MilliCredits>,
    /// How many there are to be spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available: Option<crate::MilliCredits>,
    /// The job it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// Which fields are at fault.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<crate::FieldError>,
    /// Why the safety check stopped the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<crate::Finding>,
}

impl Problem {
    /// A problem with its code and a plain sentence.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let name =
            serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        Self {
            kind: format!("urn:allxone:problem:{name}"),
            title: name.replace('_', " "),
            status: code.status(),
            detail: detail.into(),
            code,
            retryable: code.retryable(),
            retry_after: None,
            needed: None,
            available: None,
            job_id: None,
            errors: Vec::new(),
            finding: None,
        }
    }

    /// The same problem, naming the fields at fault.
    pub fn with_errors(mut self, errors: Vec<crate::FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The same problem, with what the safety check found.
    pub fn with_finding(mut self, finding: crate::Finding) -> Self {
        self.finding = Some(finding);
        self
    }

    /// The same problem, about a job.
    pub fn about(mut self, job: JobId) -> Self {
        self.job_id = Some(job);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_codes_are_read_not_refused() {
        let code: ProblemCode = serde_json::from_str("\"made_of_cheese\"").unwrap_or(ProblemCode::Internal);
        assert_eq!(code, ProblemCode::Unknown);
    }

    #[test]
    fn says_its_code_in_its_type() {
        let problem = Problem::new(ProblemCode::KeyReused, "x");
        assert_eq!((problem.kind.as_str(), problem.status), ("urn:allxone:problem:key_reused", 422));
    }
}
