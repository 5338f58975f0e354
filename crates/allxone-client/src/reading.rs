//! From an HTTP answer to a value or a typed error. Text of an answer that is not the contract's is never kept or shown.

use allxone_contract::{PROBLEM_TYPE, Problem};
use allxone_egress::Answer;
use serde::de::DeserializeOwned;

use crate::ClientError;

/// The value of a 2xx JSON answer; any other answer is an error.
pub(crate) async fn value<T: DeserializeOwned>(answer: Answer) -> Result<T, ClientError> {
    if !answer.is_success() {
        return Err(refusal(answer).await);
    }
    let (status, is_json) = (answer.status(), answer.media_type().as_deref() == Some("application/json"));
    let unexpected = ClientError::UnexpectedAnswer { status, retry_after: None };
    if !is_json {
        return Err(unexpected);
    }
    serde_json::from_slice(&answer.bytes().await?).map_err(|_| unexpected)
}

/// What an answer that is no success says.
pub(crate) async fn refusal(answer: Answer) -> ClientError {
    let status = answer.status();
    let retry_after = answer.header("retry-after").and_then(|text| text.trim().parse().ok());
    let unexpected = ClientError::UnexpectedAnswer { status, retry_after };
    let problem = match answer.media_type().as_deref() {
        Some(PROBLEM_TYPE) => match answer.bytes().await {
            Ok(body) => serde_json::from_slice::<Problem>(&body).ok(),
            Err(error) => return error.into(),
        },
        _ => None,
    };
    match problem {
        _ if status == 426 => {
            let detail = problem.map(|problem| problem.detail);
            ClientError::UpgradeRequired {
                detail: detail.unwrap_or_else(|| "it speaks another version.".to_owned()),
            }
        }
        Some(mut problem) => {
            problem.retry_after = problem.retry_after.or(retry_after);
            ClientError::Problem(Box::new(problem))
        }
        None => unexpected,
    }
}
