//! A crowd that asks again and again over connections it keeps, and looks at the clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use http::header::{self, HeaderName};
use http::{HeaderValue, Method, Request};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::Url;

/// One thing that is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// How.
    pub method: Method,
    /// The whole address, on loopback.
    pub url: String,
    /// Headers besides host and length.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

impl Ask {
    /// A JSON body, with a bearer token.
    pub fn post(url: impl Into<String>, token: &str, body: &serde_json::Value) -> Self {
        Self {
            method: Method::POST,
            url: url.into(),
            headers: vec![
                ("authorization", format!("Bearer {token}")),
                ("content-type", "application/json".to_owned()),
            ],
            body: body.to_string().into(),
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn address(&self) -> String {
        let url = Url::parse(&self.url).unwrap();
        format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
    }

    fn request(&self) -> Request<Body> {
        let url = Url::parse(&self.url).unwrap();
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = url[url::Position::BeforePath..url::Position::AfterQuery].parse().unwrap();
        let headers = request.headers_mut();
        headers.insert(header::HOST, self.address().parse().unwrap());
        for (name, value) in &self.headers {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        request
    }
}

/// What a crowd found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Answers with a status below 300.
    pub answers: usize,
    /// All others, broken connections included.
    pub failures: usize,
    /// Answers in each second.
    pub per_second: f64,
    /// The middle wait for an answer, in milliseconds.
    pub p50: f64,
    /// What one in a hundred waited longer than.
    pub p99: f64,
    /// Bytes of the last answer's body.
    pub bytes: usize,
}

/// Asks once.
///
/// # Panics
/// When there is no whole answer.
pub async fn ask(ask: &Ask) -> (u16, Bytes) {
    try_ask(ask).await.expect("no whole answer")
}

/// Asks once somebody who may not live to answer; `None` without a whole answer.
pub async fn try_ask(ask: &Ask) -> Option<(u16, Bytes)> {
    let mut line = connected(&ask.address()).await?;
    answered(&mut line, ask).await
}

/// Lets `connections` ask for `time`, each as soon as it has its answer; `next` says for each connection and each time what.
pub async fn load(
    connections: usize,
    time: Duration,
    next: impl Fn(usize, usize) -> Ask + Send + Sync + 'static,
) -> Found {
    let (next, begun) = (Arc::new(next), Instant::now());
    let mut crowd = JoinSet::new();
    for connection in 0..connections {
        let next = Arc::clone(&next);
        crowd.spawn(async move {
            let (mut waits, mut failures, mut bytes, mut line) = (Vec::new(), 0, 0, None);
            for turn in 0.. {
                if begun.elapsed() >= time {
                    break;
                }
                let asked = next(connection, turn);
                if line.is_none() {
                    line = connected(&asked.address()).await;
                }
                let Some(open) = &mut line else {
                    failures += 1;
                    continue;
                };
                let since = Instant::now();
                match answered(open, &asked).await {
                    Some((status, body)) if status < 300 => {
                        waits.push(since.elapsed());
                        bytes = body.len();
                    }
                    Some(_) => failures += 1,
                    None => {
                        failures += 1;
                        line = None;
                    }
                }
            }
            (waits, failures, bytes)
        });
    }
    let (mut waits, mut failures, mut bytes) = (Vec::new(), 0, 0);
    while let Some(one) = crowd.join_next().await {
        let (more, failed, length) = one.unwrap();
        waits.extend(more);
        failures += failed;
        bytes = bytes.max(length);
    }
    let took = begun.elapsed();
    waits.sort_unstable();
    let at = |share: usize| {
        waits
            .get((waits.len() * share / 100).min(waits.len().saturating_sub(1)))
            .map_or(0.0, |wait| wait.as_secs_f64() * 1e3)
    };
    Found {
        answers: waits.len(),
        failures,
        per_second: waits.len() as f64 / took.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        bytes,
    }
}

#[expect(clippy::disallowed_methods, reason = "plays a stranger on loopback")]
async fn connected(address: &str) -> Option<SendRequest<Body>> {
    let stream = TcpStream::connect(address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let (line, connection) = handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(connection);
    Some(line)
}

async fn answered(line: &mut SendRequest<Body>, ask: &Ask) -> Option<(u16, Bytes)> {
    line.ready().await.ok()?;
    let answer = line.send_request(ask.request()).await.ok()?;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(Body::new(answer.into_body()), usize::MAX).await.ok()?;
    Some((status, body))
}
