//! A visitor on loopback: one request over a socket of its own, redirects not followed.

use std::collections::HashMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;

/// What came back.
#[derive(Clone, Debug)]
pub struct Visited {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case; of several with one name the last.
    pub headers: HashMap<String, String>,
    /// The body, as far as it came.
    pub body: String,
}

impl Visited {
    /// Where it sends the visitor.
    pub fn location(&self) -> &str {
        self.headers.get("location").expect("no redirect")
    }
}

/// Asks for an address on loopback.
pub async fn visit(url: &str) -> Visited {
    visit_with(url, "GET", &[], "").await
}

/// The bytes of what an address on loopback has.
pub(crate) async fn fetch(url: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let answer = sent(url, "GET", headers, "").await;
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    let head = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").map_or(0, |at| at + 4);
    answer[head..].to_vec()
}

/// Sends a request to an address on loopback.
pub async fn visit_with(url: &str, method: &str, headers: &[(&str, &str)], body: &str) -> Visited {
    let answer = sent(url, method, headers, body).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .unwrap_or_default();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Visited { status, headers, body: body.to_owned() }
}

/// What comes back, as it came.
#[expect(clippy::disallowed_methods, reason = "plays a stranger on loopback")]
async fn sent(url: &str, method: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let url = Url::parse(url).unwrap();
    let address = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{request}\r\n{body}").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A body that breaks off is one the far end may have wanted to break off.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}
