//! A client that can also be wrong: writes the bytes it is told to and reads what comes back.

use std::collections::HashMap;
use std::net::SocketAddr;

use allxone_contract::Problem;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// Where the service is and what it wants to see.
#[derive(Clone)]
pub struct Http {
    pub addr: SocketAddr,
    pub token: String,
}

/// An answer.
pub struct Reply {
    pub status: u16,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {:?} {}",
            self.status,
            self.headers,
            String::from_utf8_lossy(&self.body).chars().take(600).collect::<String>()
        )
    }
}

impl Reply {
    /// The body as a contract type.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The body as a problem, which every refusal must be.
    pub fn problem(&self) -> Problem {
        assert_eq!(
            self.headers.get("content-type").map(String::as_str),
            Some("application/problem+json"),
            "{self:?}"
        );
        let problem: Problem = self.json();
        assert_eq!(problem.status, self.status);
        problem
    }

    /// Status and code of a refusal.
    pub fn refused(&self) -> (u16, String) {
        let code = serde_json::to_value(self.problem().code).unwrap();
        (self.status, code.as_str().unwrap().to_owned())
    }
}

/// One server-sent event.
#[derive(Debug)]
pub struct Frame {
    pub id: u64,
    pub event: String,
    pub data: serde_json::Value,
}

impl Http {
    #[expect(clippy::disallowed_methods, reason = "the far end of the service's own socket")]
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    /// The head of a request as a well-behaved client writes it.
    pub fn head(&self, method: &str, path: &str, extra: &[(&str, &str)]) -> String {
        let mut head = format!(
            "{method} /api/v1{path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nallxone-api: 1\r\nconnection: close\r\n",
            self.addr, self.token
        );
        for (name, value) in extra {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head
    }

    /// Sends exactly these bytes and reads the answer to its end.
    pub async fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connect().await;
        // A service that refuses early may stop reading.
        let _ = stream.write_all(bytes).await;
        let mut reader = BufReader::new(stream);
        let (status, headers) = read_head(&mut reader).await;
        let mut body = Vec::new();
        if headers.get("transfer-encoding").is_some_and(|v| v == "chunked") {
            while let Some(chunk) = read_chunk(&mut reader).await {
                body.extend(chunk);
            }
        } else {
            let _ = reader.read_to_end(&mut body).await;
        }
        Reply { status, headers, body }
    }

    /// A request with a body.
    pub async fn send(&self, method: &str, path: &str, extra: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut bytes = self.head(method, path, extra).into_bytes();
        bytes.extend(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend(body);
        self.raw(&bytes).await
    }

    /// A request without a body.
    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], b"").await
    }

    /// Sends a head and part of a body, and keeps the connection open.
    pub async fn begin(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        stream
    }

    /// Follows a job.
    pub async fn follow(&self, job: &str, last: Option<u64>) -> Stream {
        let last = last.map(|id| id.to_string());
        let extra: Vec<_> = last.iter().map(|id| ("last-event-id", id.as_str())).collect();
        let head = self.head("GET", &format!("/jobs/{job}/events"), &extra) + "\r\n";
        let mut reader = BufReader::new(self.begin(head.as_bytes()).await);
        let (status, headers) = read_head(&mut reader).await;
        assert_eq!(status, 200);
        assert_eq!(headers["content-type"], "text/event-stream");
        Stream { reader, text: String::new() }
    }
}

/// An open event stream.
pub struct Stream {
    reader: BufReader<TcpStream>,
    text: String,
}

impl Stream {
    /// The next event; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Frame> {
        loop {
            while let Some(end) = self.text.find("\n\n") {
                let text: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    text.lines().find_map(|line| line.strip_prefix(name).map(|v| v.trim().to_owned()))
                };
                if let (Some(id), Some(event), Some(data)) = (field("id:"), field("event:"), field("data:")) {
                    let data: serde_json::Value = serde_json::from_str(&data).unwrap();
                    assert_eq!(data["type"], event.as_str());
                    return Some(Frame { id: id.parse().unwrap(), event, data });
                }
            }
            let chunk = read_chunk(&mut self.reader).await?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event of this kind.
    pub async fn until(&mut self, event: &str) -> Frame {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the stream ended before `{event}`"));
            if frame.event == event {
                return frame;
            }
        }
    }

    /// All events to the end of the stream.
    pub async fn rest(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.next().await {
            frames.push(frame);
        }
        frames
    }
}

async fn read_head(reader: &mut BufReader<TcpStream>) -> (u16, HashMap<String, String>) {
    let mut line = String::new();
    reader.read_line(&mut line).await.unwrap();
    let status = line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {line:?}")).parse().unwrap();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { return (status, headers) };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
}

/// The next piece of a chunked body; `None` at its end.
async fn read_chunk(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let length = usize::from_str_radix(line.trim(), 16).ok()?;
    let mut chunk = vec![0; length + 2];
    reader.read_exact(&mut chunk).await.ok()?;
    chunk.truncate(length);
    (length > 0).then_some(chunk)
}
