//! Far ends for measuring: they speak as much of their protocol as is asked of them and take next to no time for it, so that what is measured
//! is what stands before them. Strictness is the other fakes' affair.

mod bucket;
mod load;
mod openai;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

pub use bucket::QuickBucket;
pub use load::{Ask, Found, ask, load, try_ask};
pub use openai::{QuickOpenAi, answer_with};

/// An address on loopback that answers until it is dropped.
struct Answering {
    url: String,
    task: JoinHandle<()>,
}

impl Answering {
    /// Answers each request, once it is read whole, with what `answer` makes of it.
    async fn start(answer: impl Fn(Request<()>, Bytes) -> Response<Body> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            let mut open = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                while open.try_join_next().is_some() {}
                let _ = stream.set_nodelay(true);
                let answer = Arc::clone(&answer);
                let service = service_fn(move |request: Request<Incoming>| {
                    let answer = Arc::clone(&answer);
                    async move {
                        let (head, body) = request.into_parts();
                        let body =
                            axum::body::to_bytes(Body::new(body), usize::MAX).await.unwrap_or_default();
                        Ok::<_, Infallible>(answer(Request::from_parts(head, ()), body))
                    }
                });
                open.spawn(async move {
                    // How a connection ends is its peer's affair.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, task }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.task.abort();
    }
}
