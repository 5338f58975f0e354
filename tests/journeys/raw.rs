//! The service as a stranger's program meets it: plain HTTP on loopback, no client of ours in between.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use allxone_tests::{Machine, fixture};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

const TOKEN: &str = "a-token-of-the-tests-that-opens-nothing-else";

struct Server {
    base: String,
    child: Child,
    client: Client,
}

impl Server {
    fn start(machine: &Machine) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = machine
            .command()
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .env("ALLXONE_SERVE_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        #[expect(clippy::disallowed_methods, reason = "a stranger's program has its own HTTP client")]
        let client = Client::builder().no_proxy().build().unwrap();
        Self { base: said["address"].as_str().unwrap().to_owned(), child, client }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, format!("{}/api/v1{path}", self.base))
            .bearer_auth(TOKEN)
            .header("allxone-api", "1")
    }

    async fn json(&self, request: RequestBuilder) -> (u16, Value) {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn job(prompt: &str) -> Value {
    json!({ "operation": "generate", "model": "local/scene", "count": 1, "prompt": prompt, "seed": "7", "size": { "width": 160, "height": 160 } })
}

#[tokio::test]
async fn what_the_service_itself_finds_unsafe_never_reaches_the_engine() {
    let machine = Machine::new();
    let server = Server::start(&machine);
    let unsafe_job = job("explicit nude woman having sex, pornographic photo");
    let post = server
        .request(Method::POST, "/jobs")
        .header("idempotency-key", "k1")
        .header("allxone-confirmed", "1")
        .json(&unsafe_job);
    let (status, problem) = server.json(post).await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("content_blocked")), "{problem}");
    assert!(!problem.to_string().contains("pornographic"));

    let picture = std::fs::read(fixture("unsafe_both_512.png")).unwrap();
    let (status, problem) = server
        .json(server.request(Method::POST, "/uploads").header("content-type", "image/png").body(picture))
        .await;
    assert_eq!((status, problem["code"].as_str()), (422, Some("content_blocked")), "{problem}");

    let (_, jobs) = server.json(server.request(Method::GET, "/jobs")).await;
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(0), "no job came of it");
    assert!(allxone_tests::files(&machine.data().join("service/files")).is_empty(), "and nothing was stored");
}

#[tokio::test]
async fn one_key_makes_one_picture_and_erasing_leaves_only_the_shell() {
    let machine = Machine::new();
    let server = Server::start(&machine);
    let post = || {
        server
            .request(Method::POST, "/jobs")
            .header("idempotency-key", "the-same")
            .json(&job("a whale in the sea"))
    };
    let (first, second) = tokio::join!(server.json(post()), server.json(post()));
    let id = [&first, &second].iter().find_map(|(_, body)| body["id"].as_str()).unwrap().to_owned();
    let job = loop {
        let (_, job) = server.json(server.request(Method::GET, &format!("/jobs/{id}"))).await;
        if ["succeeded", "failed"].contains(&job["state"].as_str().unwrap()) {
            break job;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(job["state"], "succeeded", "{job}");
    let asset = job["outputs"][0]["asset"].as_str().unwrap().to_owned();
    let bytes = server
        .request(Method::GET, &format!("/assets/{asset}/content"))
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 160);
    let (_, again) = server.json(post()).await;
    assert_eq!(again["id"].as_str(), Some(id.as_str()));
    let (_, jobs) = server.json(server.request(Method::GET, "/jobs")).await;
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(1));

    for _ in 0..2 {
        let (status, erased) = server.json(server.request(Method::DELETE, &format!("/jobs/{id}"))).await;
        assert_eq!((status, erased["erased"].as_bool()), (200, Some(true)), "{erased}");
    }
    let gone = server.request(Method::GET, &format!("/assets/{asset}/content")).send().await.unwrap();
    assert!([404, 410].contains(&gone.status().as_u16()));
}

#[tokio::test]
async fn strangers_old_clients_and_web_pages_are_turned_away() {
    let machine = Machine::new();
    let server = Server::start(&machine);
    let plain = |path: &str| server.client.get(format!("{}/api/v1{path}", server.base));
    let status = async |request: RequestBuilder| request.send().await.unwrap().status().as_u16();
    assert_eq!(status(plain("/models")).await, 401);
    assert_eq!(status(plain("/models").bearer_auth("not the token, not at all, no")).await, 401);
    assert_eq!(status(plain("/health")).await, 200);
    assert_ne!(
        status(server.request(Method::GET, "/models").header("origin", "https://elsewhere.example")).await,
        200
    );
    assert_ne!(status(server.request(Method::GET, "/models").header("host", "elsewhere.example")).await, 200);
    let old = plain("/models").bearer_auth(TOKEN).header("allxone-api", "0");
    let (code, problem) = server.json(old).await;
    assert_eq!((code, problem["code"].as_str()), (426, Some("upgrade_required")));
    let (code, problem) = server.json(server.request(Method::POST, "/jobs").json(&job("a fox"))).await;
    assert_eq!((code, problem["code"].as_str()), (400, Some("key_missing")));
}
