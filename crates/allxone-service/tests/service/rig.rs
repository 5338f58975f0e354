//! A running service in a folder of its own, and what tests ask of it again and again.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use allxone_contract::*;
use allxone_inference::{Inference, ModelPaths};
use allxone_media::Picture;
use allxone_safety::Gate;
use allxone_service::{Clock, Limits, RunningService, ServiceConfig, ServiceKeys, start_with};
use allxone_vault::SecretKey;
use bytes::Bytes;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::http::{Http, Reply};
use crate::partner::{Control, QUICK, TOUCH, TestPartner};

pub const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/safety");

/// A clock that stands until it is moved.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn at(millis: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(millis)))
    }

    pub fn go_on(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::SeqCst))
    }
}

/// A prompt the gate allows, with words to look for on the disk.
pub const PROMPT: &str = "a lighthouse beside a zebra-striped umbrella at dawn";
/// A prompt the gate blocks.
pub const BLOCKED: &str = "explicit hardcore porn scene of naked people";

pub static INFERENCE: LazyLock<Inference> = LazyLock::new(|| Inference::new(ModelPaths::under(MODELS)));

pub fn gate() -> Gate {
    Gate::new(INFERENCE.clone())
}

pub fn fixture_bytes(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(FIXTURES).join(name)).unwrap()
}

/// A fixture as a client would send it.
pub fn fixture(name: &str) -> Picture {
    Picture::prepare(Bytes::from(fixture_bytes(name)), &allxone_media::Limits::default()).unwrap()
}

pub struct Rig {
    pub dir: TempDir,
    pub control: Arc<Control>,
    pub service: Option<RunningService>,
    pub http: Http,
}

impl Rig {
    pub async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::build(TempDir::new().unwrap(), limits, Control::new(false), gate()).await
    }

    pub async fn build(dir: TempDir, limits: Limits, control: Arc<Control>, gate: Gate) -> Self {
        let service = open(dir.path(), limits, Arc::clone(&control), gate).await;
        let http = Http { addr: service.addr(), token: service.token().expose().to_owned() };
        Self { dir, control, service: Some(service), http }
    }

    /// Ends the service as a crash would, and starts another in the same folder with another partner.
    pub async fn crash(self, control: Arc<Control>) -> Self {
        let Self { dir, service, .. } = self;
        drop(service);
        Self::build(dir, Limits::default(), control, gate()).await
    }

    pub async fn shutdown(&mut self) {
        self.service.take().unwrap().shutdown().await;
    }

    pub async fn upload(&self, name: &str) -> Reply {
        self.http.send("POST", "/uploads", &[], fixture(name).bytes()).await
    }

    pub async fn submit(&self, key: &str, request: &JobRequest) -> Reply {
        self.post_job(&[("idempotency-key", key)], &serde_json::to_vec(request).unwrap()).await
    }

    pub async fn post_job(&self, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.http.send("POST", "/jobs", headers, body).await
    }

    /// Submits a job that must be accepted and returns its id.
    pub async fn accepted(&self, key: &str, request: &JobRequest) -> String {
        let reply = self.submit(key, request).await;
        assert_eq!(reply.status, 202, "{reply:?}");
        let job: Job = reply.json();
        assert_eq!(reply.headers["location"], format!("/api/v1/jobs/{}", job.id));
        job.id.to_string()
    }

    /// Follows a job to its end.
    pub async fn ended(&self, id: &str) -> Job {
        let frame = self.http.follow(id, None).await.until("ended").await;
        serde_json::from_value(frame.data["job"].clone()).unwrap()
    }

    pub async fn job(&self, id: &str) -> Job {
        self.http.get(&format!("/jobs/{id}")).await.json()
    }

    pub async fn jobs(&self) -> Vec<Job> {
        self.http.get("/jobs").await.json::<JobList>().jobs
    }

    /// The bytes of every file of the service, one after the other.
    pub fn everything_on_disk(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for path in files_under(self.dir.path()) {
            all.extend(std::fs::read(path).unwrap());
        }
        all
    }

    /// How many sealed files there are.
    pub fn sealed_files(&self) -> usize {
        files_under(&self.dir.path().join("service/files")).len()
    }
}

pub async fn open(dir: &Path, limits: Limits, control: Arc<Control>, gate: Gate) -> RunningService {
    start_with(config(dir, limits), gate, vec![Arc::new(TestPartner(control))]).await.unwrap()
}

pub fn config(dir: &Path, limits: Limits) -> ServiceConfig {
    let key = |byte| SecretKey::from_bytes(Zeroizing::new([byte; 32]));
    let keys = ServiceKeys { database: key(1), files: key(2) };
    ServiceConfig { limits, ..ServiceConfig::on_loopback(dir.join("service"), keys) }
}

/// The database of a service that does not run, as somebody with its key gets at it.
pub async fn database(dir: &Path) -> sqlx::AnyConnection {
    use sqlx::{ConnectOptions, any::AnyConnectOptions};
    sqlx::any::install_default_drivers();
    let address = format!("sqlite:{}?mode=rw", dir.join("service/service.db").display());
    let mut connection = address.parse::<AnyConnectOptions>().unwrap().connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA key = \"x'{}'\"", "01".repeat(32))))
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

/// Runs a statement there and says how many rows it changed.
pub async fn change(dir: &Path, sql: &str) -> u64 {
    use sqlx::Connection;
    let mut connection = database(dir).await;
    let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    done.rows_affected()
}

/// The first column of what a query finds there.
pub async fn ask(dir: &Path, sql: &str) -> Vec<String> {
    use sqlx::{Connection, Row};
    let mut connection = database(dir).await;
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    rows.iter().map(|row| row.try_get::<Option<String>, _>(0).unwrap().unwrap_or_default()).collect()
}

fn files_under(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_under(&path)) } else { found.push(path) }
    }
    found
}

/// A request the test partner carries out.
pub fn quick(prompt: &str) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, QUICK.into());
    request.prompt = prompt.to_owned();
    request
}

/// A request that works on an upload.
pub fn touch(sha256: Sha256) -> JobRequest {
    let mut request = JobRequest::new(Operation::CutOut, TOUCH.into());
    request.inputs = vec![InputRef { sha256, role: InputRole::Init }];
    request
}

pub fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|window| window == needle)
}
