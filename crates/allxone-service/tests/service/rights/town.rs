//! A service with several people in it, each with a canary in everything they leave there.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use allxone_contract::*;
use allxone_service::{Accounts, Limits, RequestDesk, RunningService, ServiceConfig, start_with};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Connection, Row, ValueRef};
use tempfile::TempDir;

use crate::http::{Http, Reply};
use crate::partner::{Control, TestPartner};
use crate::rig::{TestClock, config, fixture, gate, quick, touch};

/// When the tests begin; later than anything a real clock says, so that ids made by it do not matter.
pub const BEGINNING: i64 = 1_900_000_000_000;
pub const DAY: i64 = 24 * 60 * 60 * 1_000;
pub const PHRASE: &str = "a long enough phrase";

pub struct Town {
    pub dir: TempDir,
    pub clock: Arc<TestClock>,
    pub control: Arc<Control>,
    pub service: Option<RunningService>,
    /// Whether jobs cost credits.
    pub credits: bool,
    /// Whether its partner has effects outside.
    pub outside: bool,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Person {
    pub http: Http,
    pub account: String,
    /// A word that stands in everything they leave.
    pub canary: &'static str,
}

impl Town {
    pub async fn new() -> Self {
        let mut town = Self {
            dir: TempDir::new().unwrap(),
            clock: TestClock::at(BEGINNING),
            control: Control::new(false),
            service: None,
            credits: false,
            outside: false,
        };
        town.start().await;
        town
    }

    /// A town where jobs cost credits: this much for a picture.
    pub async fn paid(price: i64) -> Self {
        let mut town = Self::new().await;
        town.stop().await;
        town.credits = true;
        town.start().await;
        town.price(price);
        town
    }

    /// What a picture costs from now on.
    pub fn price(&self, milli: i64) {
        *self.control.price.lock().unwrap() = PriceRule::PerImage(MilliCredits(milli));
    }

    /// The operator's desk, while the service does not run.
    pub async fn desk(&self) -> RequestDesk {
        RequestDesk::open(self.config(), gate()).await.unwrap()
    }

    fn config(&self) -> ServiceConfig {
        let mut config = config(self.dir.path(), Limits::default());
        config.accounts = Some(Accounts::default());
        config.operator.credits = self.credits;
        config.clock = Arc::clone(&self.clock) as _;
        config
    }

    pub async fn start(&mut self) {
        let control = Control::new(self.outside);
        control.price.lock().unwrap().clone_from(&self.control.price.lock().unwrap());
        self.control = control;
        let partner = Arc::new(TestPartner(Arc::clone(&self.control)));
        self.service = Some(start_with(self.config(), gate(), vec![partner]).await.unwrap());
    }

    pub async fn stop(&mut self) {
        self.service.take().unwrap().shutdown().await;
    }

    /// Ends the service as a crash would and starts it again.
    pub async fn crash(&mut self) {
        drop(self.service.take());
        self.start().await;
    }

    fn addr(&self) -> std::net::SocketAddr {
        self.service.as_ref().unwrap().addr()
    }

    /// A request to the accounts.
    pub async fn auth(&self, method: &str, path: &str, token: &str, body: &Value) -> Reply {
        let (body, addr) = (body.to_string(), self.addr());
        let head = format!(
            "{method} /auth/v1{path} HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bearer {token}\r\nuser-agent: {}\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n",
            body.chars().filter(char::is_ascii_alphanumeric).collect::<String>(),
            body.len()
        );
        Http { addr, token: String::new() }.raw(format!("{head}{body}").as_bytes()).await
    }

    pub async fn sign_up(&self, canary: &'static str) -> Person {
        let body = json!({ "email": format!("{canary}@example.org"), "password": PHRASE, "data": { "name": format!("Name of {canary}") } });
        self.person(canary, self.auth("POST", "/signup", "", &body).await)
    }

    pub async fn sign_in(&self, canary: &'static str) -> Person {
        let body = json!({ "email": format!("{canary}@example.org"), "password": PHRASE });
        self.person(canary, self.auth("POST", "/token?grant_type=password", "", &body).await)
    }

    fn person(&self, canary: &'static str, reply: Reply) -> Person {
        assert_eq!(reply.status, 200, "{reply:?}");
        let session: Value = reply.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let http = Http { addr: self.addr(), token: text(&session["access_token"]) };
        Person { http, account: text(&session["user"]["id"]), canary }
    }

    /// Leaves something of a person in every table.
    pub async fn fill(&self, person: &Person) {
        fill(person).await;
    }

    /// Every value of every table of both databases of a stopped service, as text, by table.
    pub async fn every_value(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for name in ["service.db", "identity.db"] {
            let mut connection = open(&self.dir.path().join("service").join(name)).await;
            let tables = sqlx::query(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            );
            let tables: Vec<String> =
                tables.fetch_all(&mut connection).await.unwrap().iter().map(|row| row.get(0)).collect();
            for table in tables {
                let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}")))
                    .fetch_all(&mut connection)
                    .await
                    .unwrap();
                for row in &rows {
                    for index in 0..row.len() {
                        let value = if row.try_get_raw(index).unwrap().is_null() {
                            continue;
                        } else if let Ok(text) = row.try_get::<String, _>(index) {
                            text
                        } else if let Ok(bytes) = row.try_get::<Vec<u8>, _>(index) {
                            String::from_utf8_lossy(&bytes).into_owned()
                        } else {
                            row.get::<i64, _>(index).to_string()
                        };
                        found.push((table.clone(), value));
                    }
                }
            }
            connection.close().await.unwrap();
        }
        found
    }

    /// Where a needle is in the databases and files of a stopped service.
    pub async fn where_is(&self, needle: &str) -> Vec<String> {
        let in_tables = self
            .every_value()
            .await
            .into_iter()
            .filter(|(_, value)| value.contains(needle))
            .map(|(table, _)| table);
        let mut places: Vec<String> = in_tables.collect();
        for entry in walk(self.dir.path()) {
            let bytes = std::fs::read(&entry).unwrap();
            if crate::rig::contains(&bytes, needle.as_bytes()) || entry.to_string_lossy().contains(needle) {
                places.push(entry.display().to_string());
            }
        }
        places.sort();
        places.dedup();
        places
    }
}

/// Leaves something of a person in every table: two jobs, a picture, a decision, consents, statistics, something for training.
pub async fn fill(person: &Person) {
    let http = &person.http;
    let input: Asset = http.send("POST", "/uploads", &[], fixture("safe_coffee.png").bytes()).await.json();
    let grant = decide(http, ConsentPurpose::AiTraining, ConsentState::Granted).await;
    let prompt = format!("a lighthouse and a {}", person.canary);
    for (key, request) in [("one", quick(&prompt)), ("two", touch(input.sha256))] {
        let body = serde_json::to_vec(&request).unwrap();
        let key = format!("{key}-{}", person.canary);
        let placed = http.send("POST", "/jobs", &[("idempotency-key", &key)], &body).await;
        assert_eq!(placed.status, 202, "{placed:?}");
        let job: Job = placed.json();
        http.follow(&job.id.to_string(), None).await.until("ended").await;
        if key.starts_with("one") {
            let offer = TrainingOffer { grant: grant.id, subject: TrainingSubject::Job(job.id) };
            assert_eq!(post(http, "/training", &offer).await.status, 204);
        }
    }
    let blocked = serde_json::to_vec(&quick(crate::rig::BLOCKED)).unwrap();
    assert_eq!(http.send("POST", "/jobs", &[("idempotency-key", "blocked")], &blocked).await.status, 422);
    let grant = decide(http, ConsentPurpose::UsageStatistics, ConsentState::Granted).await;
    let report = UsageStatistics {
        schema: UsageStatistics::SCHEMA,
        grant: grant.id,
        installation: "0123456789abcdef0123456789abcdef".to_owned(),
        week: "2030-W18".to_owned(),
        app: "0.1.0".to_owned(),
        os: System::Linux,
        counters: [(Counter::Generated, 2)].into(),
        waits: BTreeMap::new(),
        errors: Vec::new(),
    };
    assert_eq!(post(http, "/statistics", &report).await.status, 204);
    let about: About = http.get("/about").await.json();
    for policy in about.policies {
        let Policy { kind: policy, version, sha256, .. } = policy;
        let accepted = AcceptanceRequest {
            policy,
            version,
            sha256,
            locale: "en".to_owned(),
            app_version: "0.1.0".to_owned(),
        };
        assert_eq!(post(http, "/acceptances", &accepted).await.status, 204);
    }
}

pub async fn post(http: &Http, path: &str, body: &impl serde::Serialize) -> Reply {
    http.send("POST", path, &[], &serde_json::to_vec(body).unwrap()).await
}

pub async fn decide(http: &Http, purpose: ConsentPurpose, state: ConsentState) -> Consent {
    let decision = ConsentRequest {
        purpose,
        state,
        text_version: "1".to_owned(),
        text_sha256: Sha256::of(b"the text"),
        locale: "en".to_owned(),
        surface: ConsentSurface::Privacy,
        app_version: "0.1.0".to_owned(),
    };
    post(http, "/consents", &decision).await.json()
}

/// Asks for an archive and waits for it.
pub async fn export(person: &Person) -> Export {
    let asked = person.http.send("POST", "/exports", &[], b"").await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let path = format!("/exports/{}", asked.json::<Export>().id);
    loop {
        let export: Export = person.http.get(&path).await.json();
        if export.state != ExportState::Running {
            return export;
        }
        tokio::task::yield_now().await;
    }
}

/// The files of an archive, by their path below its one folder.
pub fn unpacked(zip: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    (0..archive.len())
        .map(|index| {
            let mut file = archive.by_index(index).unwrap();
            let path = file.name().unwrap().split_once('/').unwrap().1.to_owned();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (path, content)
        })
        .collect()
}

/// Waits until a deletion is done and returns its receipt.
pub async fn done(http: &Http, id: DeletionId) -> Deletion {
    let stranger = Http { addr: http.addr, token: "nobody".to_owned() };
    loop {
        let deletion: Deletion = stranger.get(&format!("/deletions/{id}")).await.json();
        if deletion.state == DeletionState::Done {
            return deletion;
        }
        tokio::task::yield_now().await;
    }
}

async fn open(path: &Path) -> sqlx::AnyConnection {
    sqlx::any::install_default_drivers();
    let address = format!("sqlite:{}?mode=rw", path.display());
    let mut connection = address.parse::<sqlx::any::AnyConnectOptions>().unwrap().connect().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA key = \"x'{}'\"", "01".repeat(32))))
        .execute(&mut connection)
        .await
        .unwrap();
    connection
}

pub fn walk(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
