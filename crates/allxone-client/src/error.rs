//! What can go wrong when talking to a service.

use allxone_contract::{Problem, ProblemCode};
use allxone_egress::EgressError;

/// Why a request to the service brought no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ClientError {
    /// The request did not get out, or no whole answer came back.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// The service said no, in the contract's words.
    #[error("{}", .0.detail)]
    Problem(Box<Problem>),
    /// The service no longer speaks this version of the contract, or not yet.
    #[error(
        "This version of AllXOne cannot work with the service: {detail} Install the newest AllXOne and try again."
    )]
    UpgradeRequired {
        /// What the service says.
        detail: String,
    },
    /// The answer is not one the contract knows. Its text is not kept.
    #[error(
        "The service gave an answer that makes no sense (status {status}). Try again later, or check the server's address."
    )]
    UnexpectedAnswer {
        /// The HTTP status.
        status: u16,
        /// Seconds after which it asks to be asked again.
        retry_after: Option<u32>,
    },
    /// Something answers there, but it is no AllXOne service.
    #[error("The server is not an AllXOne service. Check its address.")]
    NotAllXOne,
    /// What came is not what was announced or sent, by hash, length or id.
    #[error(
        "What the service sent is not what it announced, so it was thrown away. Try again; if it happens again, the service is at fault."
    )]
    Mismatch,
    /// A result is larger than the caller takes.
    #[error(
        "The result has {bytes} bytes, more than the {cap} that are taken here. It stays at the service."
    )]
    TooLarge {
        /// Its announced size.
        bytes: u64,
        /// The most that is taken.
        cap: u64,
    },
}

impl ClientError {
    /// The stable name of the error. For [`Self::Problem`] the problem's own code says more.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Egress(error) => error.code(),
            Self::Problem(_) => "problem",
            Self::UpgradeRequired { .. } => "upgrade_required",
            Self::UnexpectedAnswer { .. } => "unexpected_answer",
            Self::NotAllXOne => "not_allxone",
            Self::Mismatch => "mismatch",
            Self::TooLarge { .. } => "result_too_large",
        }
    }

    /// The problem the service named, if it did.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// Whether the service named this very problem.
    pub fn is_problem(&self, code: ProblemCode) -> bool {
        self.problem().is_some_and(|problem| problem.code == code)
    }

    /// Whether there is no way out at the moment: by the person's choice or for want of a network.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::Egress(error) if error.is_offline())
    }

    /// Whether it is certain that nothing of the request reached the service, in none of the tries.
    pub fn never_sent(&self) -> bool {
        match self {
            Self::Egress(error) => error.never_sent(),
            Self::TooLarge { .. } => true,
            _ => false,
        }
    }

    /// Whether the same request may succeed a moment later without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Egress(error) => error.is_passing(),
            Self::Problem(problem) => problem.retryable,
            Self::UnexpectedAnswer { status, .. } => {
                matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
            }
            Self::UpgradeRequired { .. } | Self::NotAllXOne | Self::Mismatch | Self::TooLarge { .. } => false,
        }
    }

    /// Seconds after which the service asks to be asked again.
    pub fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Problem(problem) => problem.retry_after,
            Self::UnexpectedAnswer { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
