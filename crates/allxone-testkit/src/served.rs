//! A router on a free port of loopback, until it is dropped.

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

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
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}
