//! A router on a free port of loopback, until it is dropped; it can also close a connection without a word.

use std::io;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tower::ServiceExt;

/// Marks an answer that is never given.
#[derive(Clone, Copy)]
pub(crate) struct HungUp;

pub(crate) struct Served {
    /// `http://127.0.0.1:…`, without a slash at the end.
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Served {
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

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
