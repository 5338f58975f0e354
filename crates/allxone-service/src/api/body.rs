//! Reading what a request carries: bodies under a cap, strict JSON, strict ids, plain headers.

use std::str::FromStr;

use allxone_contract::{IdempotencyKey, ProblemCode, RECEIPT_HEADER, Receipt};
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::request::Parts;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use super::refusal::{Answer, Refusal};

/// The largest receipt header that is kept.
const MAX_RECEIPT: usize = 16 * 1024;

/// Reads a body of at most `cap` bytes. Of a larger one, as much again is read and dropped, so that the sender sees the answer instead of a
/// broken connection.
pub(crate) async fn read_body(body: Body, headers: &HeaderMap, cap: u64) -> Answer<Bytes> {
    let declared =
        headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    let mut pieces = body.into_data_stream();
    let mut kept = BytesMut::new();
    let mut seen: u64 = 0;
    let mut over = declared.is_some_and(|declared| declared > cap);
    while let Some(piece) = pieces.next().await {
        let piece = piece
            .map_err(|_| Refusal::invalid("The request broke off before its end. Nothing was kept of it."))?;
        seen = seen.saturating_add(piece.len() as u64);
        over |= seen > cap;
        if !over {
            kept.extend_from_slice(&piece);
            continue;
        }
        kept = BytesMut::new();
        if seen > cap.saturating_mul(2) {
            break;
        }
    }
    if over { Err(Refusal::too_large(cap)) } else { Ok(kept.freeze()) }
}

/// Reads JSON that has exactly the fields of `T`. The refusal says where it went wrong, not what stood there.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Answer<T> {
    serde_json::from_slice(body).map_err(|error| {
        let what = match error.classify() {
            serde_json::error::Category::Data => {
                "has an unknown or missing field or a value of the wrong kind"
            }
            _ => "is not well-formed JSON",
        };
        Refusal::invalid(format!(
            "The request {what} (line {}, column {}). Nothing was kept of it.",
            error.line(),
            error.column()
        ))
    })
}

/// An id in a path. Anything that is not written exactly as the service writes ids names nothing.
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: FromStr + ToString> FromRequestParts<S> for Id<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let Path(text) =
            Path::<String>::from_request_parts(parts, state).await.map_err(|_| Refusal::not_found())?;
        match text.parse::<T>() {
            Ok(id) if id.to_string() == text => Ok(Self(id)),
            _ => Err(Refusal::not_found()),
        }
    }
}

/// The key that names one intention; `what` needs it.
pub(crate) fn key(headers: &HeaderMap, what: &str) -> Answer<IdempotencyKey> {
    let missing = || {
        let detail =
            format!("{what} needs the header {} with 1 to 128 visible characters.", IdempotencyKey::HEADER);
        Refusal::new(ProblemCode::KeyMissing, detail)
    };
    let value = headers.get(IdempotencyKey::HEADER).ok_or_else(missing)?;
    value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(missing)
}

/// Whether a yes-or-no header says yes. `1` is yes, absent is no, anything else is a mistake worth telling.
pub(crate) fn says_yes(headers: &HeaderMap, name: &str) -> Answer<bool> {
    match headers.get(name).map(http::HeaderValue::as_bytes) {
        None => Ok(false),
        Some(b"1") => Ok(true),
        Some(_) => Err(Refusal::invalid(format!("The header {name} must be 1 or left out."))),
    }
}

/// The sender's own receipt, kept for the record and believed in nothing: one that does not read is left out.
pub(crate) fn sender_receipt(headers: &HeaderMap) -> Option<Receipt> {
    let value = headers.get(RECEIPT_HEADER)?.as_bytes();
    (value.len() <= MAX_RECEIPT).then(|| serde_json::from_slice(value).ok()).flatten()
}
