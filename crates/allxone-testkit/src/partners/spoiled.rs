//! What faults make of an answer that are the same in every dialect.

use std::io;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};

use super::Fault;
use crate::served::HungUp;

/// The whole `answer` with the fault in it; `None` for faults that only a dialect knows.
pub(crate) async fn spoiled(fault: Fault, answer: &[u8]) -> Option<Response> {
    let json = |body: Body| ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    let broken = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    let first = |bytes: usize| Bytes::copy_from_slice(&answer[..bytes.min(answer.len())]);
    Some(match fault {
        Fault::Stalls => std::future::pending().await,
        Fault::StallsAfter(bytes) => {
            let pieces = stream::once(std::future::ready(Ok::<_, io::Error>(first(bytes))));
            json(Body::from_stream(pieces.chain(stream::pending())))
        }
        Fault::HangsUp => {
            let mut response = StatusCode::OK.into_response();
            response.extensions_mut().insert(HungUp);
            response
        }
        Fault::BreaksAfter(bytes) => json(Body::from_stream(stream::iter([Ok(first(bytes)), broken()]))),
        Fault::Floods => {
            let more = || std::future::ready(Ok::<_, io::Error>(Bytes::from_static(&[b' '; 65_536])));
            json(Body::from_stream(stream::repeat_with(more).then(|piece| piece)))
        }
        Fault::Announces => {
            let mut response = json(Body::from_stream(stream::pending::<io::Result<Bytes>>()));
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("68719476736"));
            response
        }
        Fault::Garbage => json(Body::from("<html>It works!</html>")),
        Fault::Redirects => {
            (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "http://127.0.0.1:9/elsewhere")])
                .into_response()
        }
        Fault::Compressed => {
            let mut response = json(Body::from(answer.to_vec()));
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        Fault::Gateway(status) => {
            let status = StatusCode::from_u16(status).unwrap();
            (status, [(header::CONTENT_TYPE, "text/html")], "<html><h1>Bad gateway</h1></html>")
                .into_response()
        }
        _ => return None,
    })
}
