//! The accounts under load, for `cargo xtask bench identity`: a service on loopback and a bounded number of clients beside it, in one
//! process, so that what the clients cost counts against us. A step's name comes as a line on standard input, its figures go out as a line.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use allxone_database::{Database, Steps};
use allxone_identity::{BASE, Identity, IdentityConfig, Rates};
use allxone_vault::SecretKey;
use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

type Failure = Box<dyn Error + Send + Sync>;

/// Devices that refresh at once.
const DEVICES: usize = 32;
/// Refreshes of each device in one run.
const TURNS: usize = 40;
/// Programs that ask for the account at once.
const READERS: usize = 16;
/// Requests of each of them in one run.
const READS: usize = 500;
/// Commits of the floor.
const COMMITS: usize = 200;
/// People who sign in with a password all the while.
const SIGNING_IN: usize = 8;
const PASSWORD: &str = "a long enough phrase";

fn main() -> Result<(), Failure> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder for the database")?);
    let folder = folder.join(format!("identity-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Runtime::new()?;
    let bench = runtime.block_on(Bench::open(&folder))?;
    println!("{}", json!({ "ready": format!("allxone-identity {}", env!("CARGO_PKG_VERSION")) }));
    for step in std::io::stdin().lines() {
        let figures = match step?.as_str() {
            "refresh" => runtime.block_on(bench.refresh())?,
            "user" => runtime.block_on(bench.user(BASE))?,
            "bare" => runtime.block_on(bench.user("/bare"))?,
            "commit" => runtime.block_on(bench.commit())?,
            "user-while-hashing" => runtime.block_on(bench.while_hashing())?,
            other => return Err(format!("there is no step {other}").into()),
        };
        println!("{figures}");
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

struct Bench {
    address: SocketAddr,
    floor: Database,
    devices: tokio::sync::Mutex<Vec<Value>>,
}

impl Bench {
    async fn open(folder: &Path) -> Result<Self, Failure> {
        let key = |byte: u8| SecretKey::from_bytes(Zeroizing::new([byte; 32]));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let mut config =
            IdentityConfig::new(folder.join("identity.db"), key(1), format!("http://{address}").parse()?);
        config.rates =
            Rates { token: u32::MAX, verify: u32::MAX, mail: u32::MAX, account: u32::MAX, letters: u32::MAX };
        let identity = Identity::open(config).await?;
        const FLOOR: Steps = Steps {
            version_table: "version",
            steps: &[&[
                "CREATE TABLE counters (id TEXT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)",
                "INSERT INTO counters (id, n) VALUES ('one', 0)",
            ]],
        };
        let floor = Database::open(&folder.join("floor.db"), &key(2), FLOOR).await?;

        let mut devices = Vec::new();
        for n in 0..DEVICES {
            let body = json!({ "email": format!("person-{n}@example.org"), "password": PASSWORD, "data": { "name": "A Person" } });
            let app = Router::new().nest(BASE, identity.router());
            devices.push(sign_up(app, address, body).await?);
        }
        let sample = devices.first().ok_or("nobody signed up")?["user"].to_string();
        let bare = Router::new().route("/bare/user", get(move || async move { sample }));
        let app = Router::new().nest(BASE, identity.router()).merge(bare);
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Self { address, floor, devices: devices.into() })
    }

    /// Every device turns its token again and again.
    async fn refresh(&self) -> Result<Value, Failure> {
        let mut devices = self.devices.lock().await;
        let begin = Instant::now();
        let mut turning = Vec::new();
        for device in devices.drain(..) {
            let address = self.address;
            turning.push(tokio::spawn(async move {
                let mut client = Client::connect(address, "/auth/v1/token?grant_type=refresh_token").await?;
                let (mut session, mut took) = (device, Vec::with_capacity(TURNS));
                for _ in 0..TURNS {
                    let body = json!({ "refresh_token": session["refresh_token"] }).to_string();
                    let begin = Instant::now();
                    session = serde_json::from_slice(&client.ask("POST", "", &body).await?)?;
                    took.push(begin.elapsed());
                }
                Ok::<_, Failure>((session, took))
            }));
        }
        let mut all = Vec::new();
        for device in turning {
            let (session, took) = device.await??;
            devices.push(session);
            all.extend(took);
        }
        Ok(figures(begin.elapsed(), all))
    }

    /// Programs ask who the account is; below `base` stands either the service or a route that answers the same from memory.
    async fn user(&self, base: &'static str) -> Result<Value, Failure> {
        let tokens: Vec<String> = self
            .devices
            .lock()
            .await
            .iter()
            .filter_map(|one| one["access_token"].as_str().map(str::to_owned))
            .collect();
        let begin = Instant::now();
        let mut asking = Vec::new();
        for token in tokens.into_iter().take(READERS) {
            let address = self.address;
            asking.push(tokio::spawn(async move {
                let path = if base == BASE { "/auth/v1/user" } else { "/bare/user" };
                let mut client = Client::connect(address, path).await?;
                let mut took = Vec::with_capacity(READS);
                for _ in 0..READS {
                    let begin = Instant::now();
                    client.ask("GET", &token, "").await?;
                    took.push(begin.elapsed());
                }
                Ok::<_, Failure>(took)
            }));
        }
        let mut all = Vec::new();
        for one in asking {
            all.extend(one.await??);
        }
        Ok(figures(begin.elapsed(), all))
    }

    /// The floor: one row changed and committed durably, one after the other, in a database like ours.
    async fn commit(&self) -> Result<Value, Failure> {
        let (begin, mut all) = (Instant::now(), Vec::new());
        for _ in 0..COMMITS {
            let one = Instant::now();
            let mut tx = self.floor.begin().await?;
            sqlx::query("UPDATE counters SET n = n + 1 WHERE id = 'one'").execute(&mut *tx).await?;
            tx.commit().await?;
            all.push(one.elapsed());
        }
        Ok(figures(begin.elapsed(), all))
    }

    /// As [`Bench::user`], while others sign in with passwords without a pause.
    async fn while_hashing(&self) -> Result<Value, Failure> {
        let over = Arc::new(AtomicBool::new(false));
        let mut signing_in = Vec::new();
        for n in 0..SIGNING_IN {
            let (address, over) = (self.address, Arc::clone(&over));
            signing_in.push(tokio::spawn(async move {
                let mut client = Client::connect(address, "/auth/v1/token?grant_type=password").await?;
                let body =
                    json!({ "email": format!("person-{n}@example.org"), "password": PASSWORD }).to_string();
                let mut count = 0_u32;
                while !over.load(Ordering::Relaxed) {
                    client.ask("POST", "", &body).await?;
                    count += 1;
                }
                Ok::<_, Failure>(count)
            }));
        }
        let mut figures = self.user(BASE).await?;
        over.store(true, Ordering::Relaxed);
        let mut sign_ins = 0;
        for one in signing_in {
            sign_ins += one.await??;
        }
        figures["sign_ins"] = json!(sign_ins);
        Ok(figures)
    }
}

/// An account made through the router itself.
async fn sign_up(app: Router, address: SocketAddr, body: Value) -> Result<Value, Failure> {
    use tower::ServiceExt;
    let request = http::Request::post(format!("{BASE}/signup")).header("host", address.to_string());
    let answer = app.oneshot(request.body(axum::body::Body::from(body.to_string()))?).await?;
    let text = axum::body::to_bytes(answer.into_body(), 1 << 20).await?;
    Ok(serde_json::from_slice(&text)?)
}

fn figures(whole: Duration, mut took: Vec<Duration>) -> Value {
    took.sort_unstable();
    let at = |part: usize| {
        took.get(took.len() * part / 100).or(took.last()).map_or(0.0, |one| one.as_secs_f64() * 1_000.0)
    };
    json!({ "per_second": took.len() as f64 / whole.as_secs_f64(), "p50_ms": at(50), "p99_ms": at(99), "requests": took.len() })
}

/// A connection that is kept open, and just enough HTTP for it.
struct Client {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
    path: &'static str,
}

impl Client {
    #[expect(clippy::disallowed_methods, reason = "plays the far end on loopback")]
    async fn connect(address: SocketAddr, path: &'static str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), address, path })
    }

    async fn ask(&mut self, method: &str, token: &str, body: &str) -> Result<Vec<u8>, Failure> {
        let request = format!(
            "{method} {} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
            self.path,
            self.address,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        let (mut line, mut length, mut status) = (String::new(), 0, 0_u16);
        loop {
            line.clear();
            self.stream.read_line(&mut line).await?;
            let text = line.trim_end();
            if status == 0 {
                status = text.split(' ').nth(1).unwrap_or_default().parse()?;
            } else if text.is_empty() {
                break;
            } else if let Some(("content-length", value)) = text.split_once(": ") {
                length = value.parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        if status == 200 {
            Ok(answer)
        } else {
            Err(format!("{status}: {}", String::from_utf8_lossy(&answer)).into())
        }
    }
}
