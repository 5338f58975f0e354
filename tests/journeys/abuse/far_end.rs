//! A service that takes everything, makes nothing, and writes down what came.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use allxone_app::studio::contract::Sha256;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the far end says wherever it may say something; nobody is to read it.
pub const SAID: &str = "explicit nude woman having sex, pornographic photo, farendwords";

/// One request.
#[derive(Clone)]
pub struct Heard {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether `words` stand anywhere in it, in the address, a header or the body, in any case of letters.
    pub fn contains(&self, words: &str) -> bool {
        let head = format!("{} {:?}", self.path, self.headers).to_lowercase();
        let body = self.body.to_ascii_lowercase();
        head.contains(words) || body.windows(words.len()).any(|window| window == words.as_bytes())
    }
}

pub struct FarEnd {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl FarEnd {
    /// Begins to listen, offering `cards`.
    pub async fn open(mut cards: Value) -> Self {
        let mut talking = cards[0].clone();
        (talking["id"], talking["summary"]) = ("elsewhere/talking".into(), SAID.into());
        cards.as_array_mut().unwrap().push(talking);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heard) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (book, cards) = (Arc::clone(&heard), Arc::new(cards));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (book, cards) = (Arc::clone(&book), Arc::clone(&cards));
                tokio::spawn(async move { while_open(stream, &book, &cards).await });
            }
        });
        Self { address, heard }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

async fn while_open(stream: TcpStream, book: &Mutex<Vec<Heard>>, cards: &Value) -> Option<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let mut parts = line.split_whitespace();
        let (method, path) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        let mut headers = Vec::new();
        loop {
            line.clear();
            stream.read_line(&mut line).await.ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(Ok(0), |(_, value)| value.parse())
            .ok()?;
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        let one = Heard { method, path, headers, body };
        let (status, kind, answer) = answer(&one, cards);
        book.lock().unwrap().push(one);
        let answer = answer.to_string();
        let head =
            format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", answer.len());
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
    }
}

fn answer(one: &Heard, cards: &Value) -> (&'static str, &'static str, Value) {
    const JSON: &str = "application/json";
    let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    match one.path.as_str() {
        "/api/v1/health" => (
            "200 OK",
            JSON,
            json!({ "service": "allxone", "version": SAID, "api": { "min": 1, "max": 1 }, "ready": true, "time": 1 }),
        ),
        "/api/v1/about" => {
            let policy = json!({ "kind": "privacy_policy", "version": "1", "sha256": Sha256::of(SAID.as_bytes()), "text": SAID });
            let about = json!({ "operator": { "kind": "self_hosted", "name": "Far end", "contact": null },
                "policies": [policy], "processors": [], "retention": [], "accounts": false });
            ("200 OK", JSON, about)
        }
        "/api/v1/models" => ("200 OK", JSON, json!({ "models": cards })),
        "/api/v1/quotes" => {
            ("200 OK", JSON, json!({ "id": id, "at_most": 0, "expires": 9_000_000_000_000_u64 }))
        }
        "/api/v1/uploads" => {
            let sha256 = Sha256::of(&one.body);
            let asset = json!({ "id": id, "sha256": sha256, "bytes": one.body.len(), "format": "png", "width": 1, "height": 1, "created": 1 });
            ("201 Created", JSON, asset)
        }
        _ => {
            let problem = json!({ "type": "urn:allxone:problem:invalid", "title": "invalid", "status": 400, "detail": SAID,
                "code": "invalid", "retryable": false,
                "errors": [{ "pointer": "/prompt", "message": SAID }],
                "finding": { "verdict": "block", "reasons": [{ "layer": "rule", "category": "sexual", "part": SAID, "message": SAID }] } });
            ("400 Bad Request", "application/problem+json", problem)
        }
    }
}
