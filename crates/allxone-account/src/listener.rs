//! Where the browser comes back to: a listener on this computer for the time of one sign-in.
//!
//! Anybody on this computer and any page in its browser can knock. So it answers one address, to a navigation, under its own name, with the
//! id of the sign-in that waits; everything else gets an error and changes nothing. Browsers open connections they do not use and ask for
//! icons, so connections are served side by side and none may dawdle.

use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::flow::{CALLBACK, Heard, LIFETIME, heard};
use crate::page;

/// How long a peer may take over its headers.
const HEADERS: Duration = Duration::from_secs(5);
/// The largest head of a request, in bytes.
const HEAD: usize = 8 * 1024;
/// The most connections at once; more wait.
const CONNECTIONS: usize = 16;
/// After the browser came back it still fetches the page it is sent to.
const AFTERWARDS: Duration = Duration::from_secs(1);
const DONE: &str = "/done";

/// A bound listener.
pub(crate) struct Listener {
    socket: TcpListener,
    addr: SocketAddr,
}

impl Listener {
    /// Binds a free port on this computer, before any browser is opened.
    pub(crate) async fn bind() -> std::io::Result<Self> {
        let socket = match TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await {
            Ok(socket) => socket,
            Err(_) => TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await?,
        };
        let addr = socket.local_addr()?;
        Ok(Self { socket, addr })
    }

    /// The return address.
    pub(crate) fn redirect(&self) -> Option<Url> {
        Url::parse(&format!("http://{}{CALLBACK}", self.addr)).ok()
    }

    /// Waits until the browser brings something for the flow `id`; `None` when nobody came in time. The listener closes a moment
    /// after `heard` was sent, and at once when `over`.
    pub(crate) async fn serve(self, id: String, heard: oneshot::Sender<Heard>, over: CancellationToken) {
        let used = CancellationToken::new();
        let door = Arc::new(Door {
            name: self.addr.to_string(),
            id,
            waiting: Mutex::new(Some(heard)),
            used: used.clone(),
        });
        let places = Arc::new(Semaphore::new(CONNECTIONS));
        let mut open = JoinSet::new();
        let end = Instant::now() + LIFETIME;
        let closing = async {
            tokio::select! {
                () = over.cancelled() => {}
                () = sleep_until(end) => {}
                () = used.cancelled() => tokio::time::sleep(AFTERWARDS).await,
            }
        };
        tokio::pin!(closing);
        loop {
            while open.try_join_next().is_some() {}
            let accepting = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, self.socket.accept().await)
            };
            let (place, accepted) = tokio::select! {
                () = &mut closing => break,
                accepted = accepting => accepted,
            };
            let Ok((stream, _)) = accepted else { continue };
            let door = Arc::clone(&door);
            open.spawn(async move {
                let answer = service_fn(move |request| {
                    let response = door.answer(&request);
                    async move { Ok::<_, Infallible>(response) }
                });
                let mut builder = http1::Builder::new();
                builder
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEADERS)
                    .max_buf_size(HEAD)
                    .max_headers(64)
                    .keep_alive(false);
                // How a connection ends is its peer's affair, and none outlasts its headers for long.
                let _ =
                    tokio::time::timeout(2 * HEADERS, builder.serve_connection(TokioIo::new(stream), answer))
                        .await;
                drop(place);
            });
        }
        open.shutdown().await;
    }
}

struct Door {
    /// The only `Host` it answers to.
    name: String,
    id: String,
    waiting: Mutex<Option<oneshot::Sender<Heard>>>,
    used: CancellationToken,
}

impl Door {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        self.judge(
            request.method(),
            request.uri().path(),
            request.uri().query().unwrap_or_default(),
            request.headers(),
        )
    }

    fn judge(&self, method: &Method, path: &str, query: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        if !self.is_our_name(headers) {
            return bare(StatusCode::NOT_FOUND);
        }
        if *method != Method::GET {
            return bare(StatusCode::METHOD_NOT_ALLOWED);
        }
        match path {
            CALLBACK => self.callback(query, headers),
            DONE => {
                let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
                let mut response = bare(StatusCode::OK);
                response
                    .headers_mut()
                    .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
                *response.body_mut() = Full::from(page::done(language));
                response
            }
            _ => bare(StatusCode::NOT_FOUND),
        }
    }

    fn callback(&self, query: &str, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let says = |name: &str, wanted: &str| headers.get_all(name).iter().all(|value| value == wanted);
        let navigated = says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document");
        let Some(brought) = navigated.then(|| heard(&self.id, query)).flatten() else {
            return bare(StatusCode::NOT_FOUND);
        };
        // The first one counts.
        let Some(waiting) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return bare(StatusCode::NOT_FOUND);
        };
        let _ = waiting.send(brought);
        self.used.cancel();
        let mut response = bare(StatusCode::SEE_OTHER);
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_static(DONE));
        response
    }

    /// A page that reached this socket under a name it rebound says that name.
    fn is_our_name(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(header::HOST).iter();
        matches!((hosts.next(), hosts.next()), (Some(host), None) if host == self.name.as_str())
    }
}

fn bare(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONNECTION, "close"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
