//! Bad days of a hosted project.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{StatusCode, header};

/// What the next answer is instead of what it should be. Whether the request was carried out first is said at each.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// The network in front of the project answers with a page of HTML and 520; nothing was carried out.
    Page520,
    /// The project sleeps: 503 with a page of HTML; nothing was carried out.
    Page503,
    /// 429 without a word about when to come again; nothing was carried out.
    TooMany,
    /// 409: somebody else holds the row; nothing was carried out.
    Conflict,
    /// 504 of the server's own deadline; nothing was carried out.
    Deadline,
    /// The request is carried out, and its answer comes in pieces with this pause between them.
    Slow(Duration),
    /// The request is carried out, and the answer is lost: the connection ends in the middle of the body.
    Lost,
    /// The request is carried out, and a page of HTML with status 200 comes instead of its answer.
    PageInstead,
}

const PAGE: &str = "<!DOCTYPE html><html><head><title>520: Web server is returning an unknown error</title></head><body></body></html>";

impl Trouble {
    /// The answer, where the request is not to be carried out.
    pub(super) fn refuses(&self) -> Option<Response> {
        let page = |status: u16| {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")], PAGE).into_response()
        };
        let json = |status: u16, code: &str, text: &str| {
            let body = serde_json::json!({ "code": status, "error_code": code, "msg": text }).to_string();
            (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body)
                .into_response()
        };
        match self {
            Self::Page520 => Some(page(520)),
            Self::Page503 => Some(page(503)),
            Self::TooMany => Some(json(429, "over_request_rate_limit", "Request rate limit reached")),
            Self::Conflict => Some(json(
                409,
                "conflict",
                "Too many concurrent token refresh requests on the same session or refresh token",
            )),
            Self::Deadline => Some(json(
                504,
                "request_timeout",
                "Processing this request timed out, please retry after a moment.",
            )),
            Self::Slow(_) | Self::Lost | Self::PageInstead => None,
        }
    }

    /// What becomes of the answer of a request that was carried out.
    pub(super) async fn bends(self, answer: Response) -> Response {
        let (mut parts, body) = answer.into_parts();
        let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        match self {
            Self::PageInstead => {
                parts.headers.insert(header::CONTENT_TYPE, "text/html".parse().unwrap());
                parts.status = StatusCode::OK;
                Response::from_parts(parts, PAGE.into())
            }
            Self::Lost => {
                let half = whole.slice(..whole.len() / 2);
                let broken = std::io::Error::other("the line broke");
                let pieces = futures_util::stream::iter([Ok(half), Err(broken)]);
                Response::from_parts(parts, Body::from_stream(pieces))
            }
            Self::Slow(pause) => {
                let size = whole.len().div_ceil(4).max(1);
                let pieces: Vec<Bytes> = whole.chunks(size).map(Bytes::copy_from_slice).collect();
                let dribble = futures_util::stream::unfold(pieces.into_iter(), move |mut left| async move {
                    let piece = left.next()?;
                    tokio::time::sleep(pause).await;
                    Some((Ok::<_, std::io::Error>(piece), left))
                });
                Response::from_parts(parts, Body::from_stream(dribble))
            }
            _ => Response::from_parts(parts, whole.into()),
        }
    }
}
