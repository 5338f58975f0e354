//! The far end of a connection, as badly behaved as a test wants it: raw TCP, so that every byte and every cut is the test's own.
#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A request as it arrived.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What the far end does after a request.
#[derive(Clone, Debug)]
pub enum Act {
    Send(Vec<u8>),
    /// Sends one byte after another, this far apart, forever.
    Drip(u8, Duration),
    /// Sends the same bytes again and again until nobody listens.
    Flood(Vec<u8>),
    /// Keeps the connection and says nothing more.
    Stall,
    /// Resets the connection. Without it, the connection is closed in order.
    Reset,
}

/// What is done about one request.
pub type Reaction = Box<dyn FnOnce(&Seen) -> Vec<Act> + Send>;

/// How the far end treats a connection.
pub enum Plan {
    /// Reads one request whole, then acts.
    Answer(Reaction),
    /// Resets the connection after so many bytes of the request.
    CutAfter(usize),
}

pub struct FarEnd {
    addr: SocketAddr,
    shared: Arc<Shared>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Shared {
    connections: AtomicUsize,
    bytes: AtomicU64,
    seen: Mutex<Vec<Seen>>,
}

impl FarEnd {
    /// Listens on loopback; `plan` says what to do with the n-th connection, from 0.
    pub async fn listen(plan: impl Fn(usize) -> Plan + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let mut tasks = JoinSet::new();
        let ours = shared.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let n = ours.connections.fetch_add(1, Ordering::SeqCst);
                connections.spawn(serve(stream, plan(n), ours.clone()));
            }
        });
        Self { addr, shared, _tasks: tasks }
    }

    /// Answers every request by `answer`.
    pub async fn answering(answer: impl Fn(usize, &Seen) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let answer = Arc::new(answer);
        Self::listen(move |n| {
            let answer = answer.clone();
            Plan::Answer(Box::new(move |seen| answer(n, seen)))
        })
        .await
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Bytes that arrived, over all connections.
    pub fn bytes(&self) -> u64 {
        self.shared.bytes.load(Ordering::SeqCst)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }
}

async fn serve(mut stream: TcpStream, plan: Plan, shared: Arc<Shared>) {
    stream.set_nodelay(true).unwrap();
    let limit = match &plan {
        Plan::CutAfter(limit) => Some(*limit),
        Plan::Answer(_) => None,
    };
    let mut raw = Vec::new();
    let request = loop {
        if limit.is_some_and(|limit| raw.len() >= limit) {
            return reset(stream);
        }
        if let Some(request) = complete(&raw) {
            break request;
        }
        let mut piece = vec![0; limit.map_or(64 * 1024, |limit| (limit - raw.len()).min(64 * 1024))];
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(n) => {
                shared.bytes.fetch_add(n as u64, Ordering::SeqCst);
                raw.extend_from_slice(&piece[..n]);
            }
        }
    };
    let acts = match plan {
        Plan::Answer(answer) => answer(&request),
        Plan::CutAfter(_) => return reset(stream),
    };
    shared.seen.lock().unwrap().push(request);
    for act in acts {
        match act {
            Act::Send(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Act::Drip(byte, pause) => loop {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
            },
            Act::Flood(bytes) => while stream.write_all(&bytes).await.is_ok() {},
            Act::Stall => std::future::pending().await,
            Act::Reset => {
                stream.flush().await.ok();
                return reset(stream);
            }
        }
    }
    stream.shutdown().await.ok();
    // Whoever is still sending shall see the end of the stream, not a reset.
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
}

fn reset(stream: TcpStream) {
    #[allow(deprecated, reason = "lingering for no time never blocks; it is how a reset is made")]
    stream.set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

/// The request, once `raw` holds all of it.
fn complete(raw: &[u8]) -> Option<Seen> {
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<_> = lines
        .filter_map(|l| l.split_once(':'))
        .map(|(n, v)| (n.to_ascii_lowercase(), v.trim().to_owned()))
        .collect();
    let seen = Seen { method, target, headers, body: raw[end + 4..].to_vec() };
    let length = seen.header("content-length").map_or(0, |text| text.parse().unwrap());
    (seen.body.len() >= length).then_some(seen)
}

/// A whole HTTP answer that ends its connection.
pub fn http(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut answer =
        format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        answer.push_str(&format!("{name}: {value}\r\n"));
    }
    answer.push_str("\r\n");
    [answer.as_bytes(), body].concat()
}

pub fn json(status: u16, body: &impl serde::Serialize) -> Vec<Act> {
    vec![Act::Send(http(status, &[("content-type", "application/json")], serde_json::to_vec(body).unwrap()))]
}
