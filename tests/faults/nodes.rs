//! kill -9 at random nodes of a service that runs on three, over one PostgreSQL and one bucket, under load.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use allxone_testkit::{Bucket, Postgres, visit_with};
use allxone_tests::Machine;
use rand::{Rng, SeedableRng};
use serde_json::Value;

const NODES: usize = 3;
const TOKEN: &str = "the-token-that-all-nodes-of-this-test-share";
/// Jobs placed between two kills.
const LOAD: usize = 6;

/// How many times; `ALLXONE_KILLS` raises it.
fn kills() -> u32 {
    std::env::var("ALLXONE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

/// A node: its folder, which stays, and the program, which comes and goes.
struct Node {
    machine: Machine,
    program: Running,
    address: String,
}

/// A program that ends with the value, as by a power cut.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Node {
    fn start(machine: Machine) -> Self {
        let mut program = machine
            .command()
            .args(["serve", "--listen", "127.0.0.1:0", "--json", "--secret-store", "file"])
            .arg("--operator")
            .arg(machine.file("operator.toml"))
            .env("ALLXONE_SERVE_TOKEN", TOKEN)
            .env("ALLXONE_OBJECTS_KEY_ID", "node")
            .env("ALLXONE_OBJECTS_SECRET", "secret")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).expect("the node did not start");
        Self { machine, program: Running(program), address: said["address"].as_str().unwrap().to_owned() }
    }

    /// Ends it as a power cut would.
    fn kill(self) -> Machine {
        drop(self.program);
        self.machine
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
        let bearer = format!("Bearer {TOKEN}");
        let mut all = vec![("authorization", bearer.as_str())];
        all.extend(headers);
        let reply = visit_with(&format!("{}/api/v1{path}", self.address), method, &all, body).await;
        (reply.status, reply.body)
    }

    /// Places a job and returns its id.
    async fn place(&self, number: u32) -> String {
        let request = serde_json::json!({
            "operation": "generate", "model": "local/scene", "prompt": format!("a red car and {number} owls"),
            "size": { "width": 160, "height": 160 }, "count": 1, "seed": number.to_string(),
        });
        let key = format!("job-{number}");
        let headers = [("idempotency-key", key.as_str()), ("content-type", "application/json")];
        let (status, body) = self.ask("POST", "/jobs", &headers, &request.to_string()).await;
        assert_eq!(status, 202, "{body}");
        let job: Value = serde_json::from_str(&body).unwrap();
        job["id"].as_str().unwrap().to_owned()
    }

    /// Everything that was told of a job, once it has ended.
    async fn told(&self, id: &str) -> Vec<String> {
        let (_, frames) = self.ask("GET", &format!("/jobs/{id}/events"), &[("last-event-id", "0")], "").await;
        frames.lines().filter_map(|line| line.strip_prefix("event: ")).map(str::to_owned).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_job_is_lost_and_none_ends_twice() {
    let (postgres, bucket) = (Postgres::start(), Bucket::start().await);
    let operator = format!(
        "kind = 'self_hosted'\nname = 'Three'\ndatabase = '{}'\n[objects]\nendpoint = '{}'\nregion = 'here'\nbucket = '{}'\n",
        postgres.database("nodes"),
        bucket.url(),
        Bucket::NAME,
    );
    let mut nodes: Vec<Node> = Vec::new();
    for _ in 0..NODES {
        let machine = Machine::new();
        std::fs::write(machine.file("operator.toml"), &operator).unwrap();
        if let Some(first) = nodes.first() {
            std::fs::create_dir_all(machine.data()).unwrap();
            std::fs::copy(first.machine.data().join("keys.json"), machine.data().join("keys.json")).unwrap();
        }
        nodes.push(Node::start(machine));
    }

    let mut random = rand::rngs::StdRng::seed_from_u64(31);
    let mut jobs = Vec::new();
    let began = Instant::now();
    for _ in 0..kills() {
        for _ in 0..LOAD {
            let number = u32::try_from(jobs.len()).unwrap();
            jobs.push(nodes[random.random_range(0..NODES)].place(number).await);
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(5..250))).await;
        let machine = nodes.swap_remove(random.random_range(0..NODES)).kill();
        nodes.push(Node::start(machine));
    }
    let last = Instant::now();
    let (mut twice, mut slowest) = (0, Duration::ZERO);
    for id in &jobs {
        let told = nodes[random.random_range(0..NODES)].told(id).await;
        slowest = slowest.max(last.elapsed());
        let count = |what: &str| told.iter().filter(|event| *event == what).count();
        assert_eq!((count("output"), count("ended")), (1, 1), "{told:?}");
        twice += usize::from(count("started") > 1);
    }
    let mut seen = std::collections::HashSet::new();
    for id in &jobs {
        let (_, body) = nodes[0].ask("GET", &format!("/jobs/{id}"), &[], "").await;
        let job: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(job["state"], "succeeded", "{job}");
        let asset = job["outputs"][0]["asset"].as_str().unwrap().to_owned();
        let (status, _) = nodes[1].ask("GET", &format!("/assets/{asset}/content"), &[], "").await;
        assert_eq!(status, 200);
        assert!(seen.insert(asset));
    }
    eprintln!(
        "{} jobs, {} kills in {:.1} s: none lost, none ended twice, {twice} begun again; the last one was there {:.1} s after the last kill",
        jobs.len(),
        kills(),
        began.elapsed().as_secs_f64(),
        slowest.as_secs_f64(),
    );
}
