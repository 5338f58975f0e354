//! Several nodes over one database and one bucket, one of which dies.

use std::sync::Arc;

use allxone_contract::*;
use allxone_service::{
    Accounts, BucketPlace, Gift, Limits, RequestDesk, RunningService, ServerAddress, ServiceConfig, Shared,
    start_with,
};
use allxone_testkit::{Bucket, Postgres, visit};
use serde_json::{Value, json};
use sqlx::{ConnectOptions, Row, any::AnyConnectOptions};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::http::Http;
use crate::partner::{Control, TestPartner};
use crate::rig::{PROMPT, TestClock, config, contains, gate, quick};
use crate::rights::town::{BEGINNING, Person, done, export, fill, post, unpacked};

const PRICE: i64 = 500;
/// What the nodes are reached at through the proxy before them.
const ADDRESS: &str = "https://studio.example";

/// What the nodes share.
struct Common {
    postgres: Postgres,
    database: String,
    bucket: Bucket,
    clock: Arc<TestClock>,
}

/// One node; dropped, it is dead.
struct Node {
    dir: TempDir,
    control: Arc<Control>,
    service: RunningService,
}

impl Common {
    async fn new() -> Self {
        let postgres = Postgres::start();
        let database = postgres.database("nodes");
        Self { postgres, database, bucket: Bucket::start().await, clock: TestClock::at(UtcMillis::now().0) }
    }

    fn config(&self, dir: &TempDir) -> ServiceConfig {
        let mut config = config(dir.path(), Limits::default());
        config.accounts = Some(Accounts { address: Some(ADDRESS.parse().unwrap()), ..Accounts::default() });
        config.operator.credits = true;
        config.clock = Arc::clone(&self.clock) as _;
        config.figures = Some(([127, 0, 0, 1], 0).into());
        config.shared = Some(Shared {
            database: ServerAddress::new(&self.database, None).unwrap(),
            bucket: BucketPlace {
                endpoint: Some(self.bucket.url().parse().unwrap()),
                region: "anywhere".to_owned(),
                bucket: Bucket::NAME.to_owned(),
                prefix: "studio".to_owned(),
                virtual_host: false,
                authorities: None,
                key_id: "node".to_owned(),
                secret: Arc::new(Zeroizing::new("secret".to_owned())),
            },
        });
        config
    }

    /// A node whose partner makes pictures for credits, or waits to be told.
    async fn node(&self, outside: bool, holds: bool) -> Node {
        let (dir, control) = (TempDir::new().unwrap(), Control::new(outside));
        *control.price.lock().unwrap() = PriceRule::PerImage(MilliCredits(PRICE));
        if holds {
            control.hold();
        }
        let partner = Arc::new(TestPartner(Arc::clone(&control)));
        let service = start_with(self.config(&dir), gate(), vec![partner]).await.unwrap();
        Node { dir, control, service }
    }

    async fn desk(&self) -> (RequestDesk, TempDir) {
        let dir = TempDir::new().unwrap();
        (RequestDesk::open(self.config(&dir), gate()).await.unwrap(), dir)
    }

    /// The first column of what a query finds.
    async fn ask(&self, sql: &'static str) -> Vec<Vec<u8>> {
        let options: AnyConnectOptions = self.database.parse().unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut options.connect().await.unwrap()).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    }
}

impl Node {
    /// Somebody who is signed in, at this node.
    fn person(&self, token: &str) -> Http {
        Http { addr: self.service.addr(), token: token.to_owned() }
    }

    async fn auth(&self, path: &str) -> (String, String) {
        let body = json!({ "email": "ada@example.org", "password": "a long enough phrase" }).to_string();
        let head = format!(
            "POST /auth/v1{path} HTTP/1.1\r\nhost: studio.example\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let reply = self.person("").raw(format!("{head}{body}").as_bytes()).await;
        let said: Value = reply.json();
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned();
        (text(&said["access_token"]), text(&said["user"]["id"]))
    }
}

async fn accepted(at: &Http, key: &str) -> JobId {
    let request = JobRequest { max_cost: MilliCredits(100_000), ..quick(PROMPT) };
    let body = serde_json::to_vec(&request).unwrap();
    let reply = at.send("POST", "/jobs", &[("idempotency-key", key)], &body).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    reply.json::<Job>().id
}

async fn ended(at: &Http, id: JobId) -> Job {
    let frame = at.follow(&id.to_string(), None).await.until("ended").await;
    serde_json::from_value(frame.data["job"].clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_dies_over_its_job_and_every_job_ends_once_and_is_paid_once() {
    let common = Common::new().await;
    let (one, two, three) =
        tokio::join!(common.node(false, true), common.node(false, true), common.node(false, true));
    one.auth("/signup").await;
    // An account of one node is one of every other.
    let (token, account) = two.auth("/token?grant_type=password").await;
    let (desk, _dir) = common.desk().await;
    let gift = Gift {
        account: "ada@example.org",
        amount: MilliCredits(10 * PRICE),
        reason: "a welcome",
        name: Some("welcome"),
        expires: None,
    };
    desk.give_credits(gift).await.unwrap();

    let (at_one, at_two, at_three) = (one.person(&token), two.person(&token), three.person(&token));
    let mut jobs = Vec::new();
    for key in ["1", "2", "3"] {
        jobs.push(accepted(&at_one, key).await);
    }
    for node in [&one, &two, &three] {
        node.control.one_begun().await;
    }
    two.control.release();
    three.control.release();
    // Those of the two others end; the one that is left is the dead node's.
    let mut ends = tokio::task::JoinSet::new();
    for id in jobs.clone() {
        let at_two = at_two.clone();
        ends.spawn(async move { ended(&at_two, id).await.id });
    }
    let mut orphans = jobs.clone();
    for _ in 0..2 {
        let over = ends.join_next().await.unwrap().unwrap();
        orphans.retain(|id| *id != over);
    }
    let orphan = orphans[0];
    drop(ends);
    let Node { dir: _kept, control, service } = one;
    drop(service);
    common.clock.go_on(31_000);
    for key in ["4", "5", "6"] {
        jobs.push(accepted(&at_two, key).await);
    }

    for id in &jobs {
        // Followed at a node that need not be the one that works.
        let job = ended(&at_three, *id).await;
        assert_eq!((job.state, job.outputs.len()), (JobState::Succeeded, 1), "{job:?}");
        assert_eq!(job.charge.settled, MilliCredits(PRICE));
        let content = at_two.get(&format!("/assets/{}/content", job.outputs[0].asset)).await;
        assert_eq!(content.status, 200);
        assert_eq!(Sha256::of(&content.body), job.outputs[0].sha256);
    }
    assert_eq!((control.runs(), two.control.runs() + three.control.runs()), (1, 6));
    let told = at_two.follow(&orphan.to_string(), Some(0)).await.rest().await;
    let told: Vec<_> = told.iter().map(|frame| frame.event.as_str()).collect();
    assert_eq!(told, ["snapshot", "started", "started", "output", "ended"]);
    // Sent again at another node it is the same job.
    assert_eq!(accepted_again(&at_three, "1").await, jobs[0]);

    let credits: Credits = at_three.get("/credits").await.json();
    assert_eq!((credits.available.0, credits.held.0), (4 * PRICE, 0));
    let entries: CreditEntryList = at_three.get("/credits/entries").await.json();
    let charges = entries.entries.iter().filter(|entry| entry.kind == EntryKind::Charge).count();
    assert_eq!(charges, 6);
    assert_eq!(desk.check_books().await.unwrap(), []);
    desk.close().await;

    // What was written lies nowhere in the clear, and nothing lies there that belongs to nothing.
    let lies = common.bucket.contents().await;
    assert_eq!(lies.iter().filter(|(name, _)| name.starts_with("studio/files/")).count(), 6);
    let requests = common.ask("SELECT request FROM jobs").await;
    assert_eq!(requests.len(), 6);
    let parts = lies.iter().map(|(_, bytes)| bytes).chain(&requests);
    for part in parts {
        assert!(!contains(part, b"umbrella") && !contains(part, b"\x89PNG"));
    }

    let page = visit(&format!("http://{}/metrics", two.service.figures().unwrap())).await.body;
    for line in ["allxone_database_up 1", "allxone_bucket_up 1", "allxone_jobs{state=\"queued\"} 0"] {
        assert!(page.lines().any(|shown| shown == line), "{page}");
    }
    assert!(!page.contains(&account) && !page.contains("umbrella"));
    let recovered = async |node: &Node| {
        let page = visit(&format!("http://{}/metrics", node.service.figures().unwrap())).await.body;
        page.contains("allxone_jobs_recovered_total{into=\"queued\"} 1")
    };
    assert!(recovered(&two).await ^ recovered(&three).await, "picked up by one");
    two.service.shutdown().await;
    three.service.shutdown().await;
    drop(common.postgres);
}

/// Which of two nodes took the job, and which did not.
async fn who_works(one: Node, two: Node) -> (Node, Node) {
    let first = tokio::select! {
        () = one.control.one_begun() => true,
        () = two.control.one_begun() => false,
    };
    if first { (one, two) } else { (two, one) }
}

async fn accepted_again(at: &Http, key: &str) -> JobId {
    let request = JobRequest { max_cost: MilliCredits(100_000), ..quick(PROMPT) };
    let body = serde_json::to_vec(&request).unwrap();
    at.send("POST", "/jobs", &[("idempotency-key", key)], &body).await.json::<Job>().id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_at_one_node_is_heard_at_the_other_and_outside_nothing_is_repeated() {
    let mut common = Common::new().await;
    let (one, two) = (common.node(true, true).await, common.node(true, true).await);
    let owner = |node: &Node| node.person(node.service.token().expose());
    let first = accepted(&owner(&one), "1").await;
    let (works, other) = who_works(one, two).await;
    let stopped = owner(&other).send("POST", &format!("/jobs/{first}/cancel"), &[], b"").await;
    assert_eq!(stopped.status, 200, "{stopped:?}");
    assert_eq!(ended(&owner(&other), first).await.state, JobState::Canceled);

    let second = accepted(&owner(&other), "2").await;
    let (works, other) = who_works(works, other).await;
    let before = other.control.runs();
    drop(works);
    common.clock.go_on(31_000);
    let job = ended(&owner(&other), second).await;
    assert_eq!(job.state, JobState::OutcomeUnknown);
    assert_eq!((job.charge.settled, other.control.runs()), (MilliCredits(0), before));

    // A node with another key is no node of this service.
    let dir = TempDir::new().unwrap();
    let mut stranger = common.config(&dir);
    stranger.keys.files = allxone_vault::SecretKey::from_bytes(Zeroizing::new([9; 32]));
    let refused = start_with(stranger, gate(), Vec::new()).await.err().unwrap();
    assert_eq!(refused.code(), "wrong_key");

    let health: Health = owner(&other).get("/health").await.json();
    assert!(health.ready);
    common.bucket.stop();
    while owner(&other).get("/health").await.json::<Health>().ready {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_takes_everything_along_and_is_forgotten_at_every_node() {
    let mut common = Common::new().await;
    common.clock = TestClock::at(BEGINNING);
    let (one, two) = (common.node(false, false).await, common.node(false, false).await);
    for node in [&one, &two] {
        *node.control.price.lock().unwrap() = PriceRule::Free;
    }
    one.auth("/signup").await;
    let (token, account) = two.auth("/token?grant_type=password").await;
    let person =
        |node: &Node| Person { http: node.person(&token), account: account.clone(), canary: "umbrella" };
    fill(&person(&one)).await;

    let archive = export(&person(&two)).await;
    assert_eq!(archive.state, ExportState::Ready, "{archive:?}");
    let fetched = person(&one).http.get(&format!("/exports/{}/content", archive.id)).await;
    assert_eq!(Some(Sha256::of(&fetched.body)), archive.sha256);
    let files = unpacked(&fetched.body);
    assert_eq!(files.keys().filter(|path| path.starts_with("pictures/")).count(), 3);
    // Sealed in its column, and open in the archive.
    assert!(contains(&files["jobs/jobs.jsonl"], b"a lighthouse and a umbrella"));

    let asked = post(&person(&one).http, "/account/deletion", &json!({ "when": "now" })).await;
    assert_eq!(asked.status, 202, "{asked:?}");
    let receipt = done(&person(&two).http, asked.json::<Deletion>().id).await;
    assert!(receipt.erased.iter().any(|class| class.class == "content"), "{receipt:?}");
    assert_eq!(person(&two).http.get("/jobs").await.status, 401);
    let lies = common.bucket.contents().await;
    let folders: Vec<_> = lies.iter().filter_map(|(name, _)| name.split('/').nth(1)).collect();
    assert_eq!(folders, ["key", "tombstones"]);
    assert_eq!(common.ask("SELECT id FROM jobs").await.len(), 0);
    assert_eq!(common.ask("SELECT id FROM auth_users").await.len(), 0);
}
