//! A provider on a free port of loopback that can also close a connection without a word.

use std::io;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

use super::Fault;

/// Marks an answer that is never given.
#[derive(Clone, Copy)]
struct HungUp;

pub(crate) struct Serving {
    /// `http://127.0.0.1:…`, without a slash at the end.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Serving {
    /// Serves what `router` makes of the address.
    pub(crate) async fn start(router: impl FnOnce(&str) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = router(&url);
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                while open.try_join_next().is_some() {}
                let router = router.clone();
                let answer = service_fn(move |request: hyper::Request<Incoming>| {
                    let router = router.clone();
                    async move {
                        let request: Request = request.map(Body::new);
                        let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                        if response.extensions().get::<HungUp>().is_some() {
                            return Err(io::Error::from(io::ErrorKind::ConnectionReset));
                        }
                        Ok(response)
                    }
                });
                open.spawn(async move {
                    // How a connection ends is the test's affair.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a fault that is the same in every dialect makes of the whole `answer`; `None` for the others.
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
