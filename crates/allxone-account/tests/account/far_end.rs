//! A server that keeps accounts in memory, in the dialect, and counts what it is asked. Tests tell it to fail in ways a good one never would.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Status and body of an answer.
pub type Reply = (u16, String);

#[derive(Default)]
pub struct Books {
    pub seen: Vec<Seen>,
    /// Codes that were given out, with the challenge they belong to.
    pub codes: HashMap<String, String>,
    /// Present generation of each session; a session that ended is gone.
    pub sessions: HashMap<u32, u32>,
    pub begun: u32,
    /// What the next requests for tokens are answered with instead.
    pub next_token: Vec<Reply>,
    /// What the next requests for the person are answered with instead.
    pub next_user: Vec<Reply>,
    /// Life of access tokens, in seconds.
    pub lives: u64,
    /// The server's clock, ahead of this computer's, in seconds.
    pub ahead: i64,
    pub name: String,
    /// Renewals wait until this is opened.
    pub held: Option<Arc<Notify>>,
}

pub struct FarEnd {
    pub addr: SocketAddr,
    books: Arc<Mutex<Books>>,
    serving: JoinHandle<()>,
}

pub const EMAIL: &str = "ann@studio.example";
pub const PASSWORD: &str = "a long enough word";
pub const CODE: &str = "314159";

impl FarEnd {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let books = Arc::new(Mutex::new(Books { lives: 3_600, name: "Ann".to_owned(), ..Books::default() }));
        let shared = Arc::clone(&books);
        let serving = tokio::spawn(async move {
            // With the loop its connections end.
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let books = Arc::clone(&shared);
                let answer = service_fn(move |request| {
                    let books = Arc::clone(&books);
                    async move { Ok::<_, Infallible>(answer(&books, request).await) }
                });
                open.spawn(async move {
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { addr, books, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    /// How often tokens were asked for.
    pub fn token_requests(&self) -> usize {
        self.books().seen.iter().filter(|seen| seen.path == "/auth/v1/token").count()
    }

    pub fn renewals(&self) -> usize {
        self.books().seen.iter().filter(|seen| seen.query == "grant_type=refresh_token").count()
    }

    /// What a browser does with the address of a sign-in: somebody signs in there. Answers where it is sent.
    pub fn browse(&self, address: &str) -> String {
        let url = url::Url::parse(address).unwrap();
        let of = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert_eq!(of("code_challenge_method"), "s256");
        let mut books = self.books();
        let code = format!("code-{}", books.codes.len());
        books.codes.insert(code.clone(), of("code_challenge"));
        let mut to = url::Url::parse(&of("redirect_to")).unwrap();
        to.query_pairs_mut().append_pair("code", &code);
        to.into()
    }

    /// Nobody can reach it any more.
    pub fn close(&self) {
        self.serving.abort();
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

pub fn fault(status: u16, code: &str) -> Reply {
    (status, json!({ "code": code, "message": "said by the server" }).to_string())
}

async fn answer(books: &Mutex<Books>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let headers =
        parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let seen = Seen {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let held = {
        let mut books = books.lock().unwrap();
        books.seen.push(seen.clone());
        books.held.clone().filter(|_| seen.query == "grant_type=refresh_token")
    };
    if let Some(held) = held {
        held.notified().await;
    }
    let mut books = books.lock().unwrap();
    let (status, body) = act(&mut books, &seen);
    let now = std::time::SystemTime::now();
    let clock = now + std::time::Duration::from_secs(books.ahead.unsigned_abs());
    Response::builder()
        .status(status)
        .header("content-type", if body.starts_with('<') { "text/html" } else { "application/json" })
        .header("date", httpdate::fmt_http_date(clock))
        .body(Full::from(body))
        .unwrap()
}

fn act(books: &mut Books, seen: &Seen) -> Reply {
    let said: Value = serde_json::from_str(&seen.body).unwrap_or_default();
    let text = |name: &str| said[name].as_str().unwrap_or_default();
    match (seen.method.as_str(), seen.path.as_str(), seen.query.as_str()) {
        ("GET", "/auth/v1/settings", _) => {
            let external = json!({ "custom:local": true, "github": true, "gitlab": false, "email": true, "phone": false });
            (
                200,
                json!({ "external": external, "disable_signup": false, "mailer_autoconfirm": true })
                    .to_string(),
            )
        }
        ("POST", "/auth/v1/token", grant) => {
            if !books.next_token.is_empty() {
                return books.next_token.remove(0);
            }
            match grant {
                "grant_type=pkce" => {
                    let Some(challenge) = books.codes.remove(text("auth_code")) else {
                        return fault(404, "flow_state_not_found");
                    };
                    let verifier = PkceCodeVerifier::new(text("code_verifier").to_owned());
                    if PkceCodeChallenge::from_code_verifier_sha256(&verifier).as_str() != challenge {
                        return fault(400, "bad_code_verifier");
                    }
                    begin(books)
                }
                "grant_type=password" if text("email") == EMAIL && text("password") == PASSWORD => {
                    begin(books)
                }
                "grant_type=refresh_token" => renew(books, text("refresh_token")),
                _ => fault(400, "invalid_credentials"),
            }
        }
        ("POST", "/auth/v1/verify", _) if text("token") == CODE => begin(books),
        ("POST", "/auth/v1/verify", _) => fault(403, "otp_expired"),
        ("POST", "/auth/v1/otp" | "/auth/v1/recover", _) => (200, "{}".to_owned()),
        (_, "/auth/v1/user", _) => {
            if !books.next_user.is_empty() {
                return books.next_user.remove(0);
            }
            if let Some(name) = said["data"]["full_name"].as_str() {
                books.name = name.to_owned();
            }
            match session(books, seen) {
                Some(_) => (200, person(books).to_string()),
                None => fault(403, "session_not_found"),
            }
        }
        ("POST", "/auth/v1/logout", scope) => {
            let Some(own) = session(books, seen) else { return fault(403, "session_not_found") };
            match scope {
                "scope=local" => drop(books.sessions.remove(&own)),
                "scope=others" => books.sessions.retain(|id, _| *id == own),
                _ => books.sessions.clear(),
            }
            (204, String::new())
        }
        ("GET", "/auth/v1/sessions", _) => {
            let own = session(books, seen);
            let list: Vec<_> = books
                .sessions
                .keys()
                .map(|id| json!({ "id": format!("s{id}"), "device": "x", "current": Some(*id) == own }))
                .collect();
            (200, json!({ "sessions": list }).to_string())
        }
        _ => fault(404, "not_found"),
    }
}

fn session(books: &Books, seen: &Seen) -> Option<u32> {
    let id = seen.header("authorization")?.strip_prefix("Bearer access-")?.split('-').next()?.parse().ok()?;
    books.sessions.contains_key(&id).then_some(id)
}

fn person(books: &Books) -> Value {
    json!({ "id": "0d3c6a55-1111-4222-8333-944444444444", "email": EMAIL, "user_metadata": { "full_name": books.name }, "identities": [] })
}

fn begin(books: &mut Books) -> Reply {
    books.begun += 1;
    let id = books.begun;
    books.sessions.insert(id, 0);
    granted(books, id, 0)
}

/// Rotation as the dialect has it: the present token and the one before count; anything older ends the session.
fn renew(books: &mut Books, token: &str) -> Reply {
    let parts: Vec<u32> = token.split('-').skip(1).filter_map(|part| part.parse().ok()).collect();
    let [id, generation] = parts[..] else { return fault(400, "refresh_token_not_found") };
    match books.sessions.get(&id).copied() {
        None => fault(400, "refresh_token_not_found"),
        Some(now) if now == generation => {
            books.sessions.insert(id, now + 1);
            granted(books, id, now + 1)
        }
        Some(now) if now == generation + 1 => granted(books, id, now),
        Some(_) => {
            books.sessions.remove(&id);
            fault(400, "refresh_token_already_used")
        }
    }
}

fn granted(books: &Books, id: u32, generation: u32) -> Reply {
    let body = json!({
        "access_token": format!("access-{id}-{generation}-{}", books.seen.len()), "refresh_token": format!("refresh-{id}-{generation}"),
        "token_type": "bearer", "expires_in": books.lives, "user": person(books),
    });
    (200, body.to_string())
}
