//! A service that keeps accounts: each person has their own jobs and pictures, and a session that was ended opens nothing.

use std::sync::Arc;

use allxone_contract::*;
use allxone_service::{Accounts, Limits, RunningService, start_with};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Http, Reply};
use crate::partner::{Control, TestPartner};
use crate::rig::{PROMPT, config, gate, quick};

async fn start(dir: &TempDir) -> RunningService {
    let mut config = config(dir.path(), Limits::default());
    config.accounts = Some(Accounts::default());
    start_with(config, gate(), vec![Arc::new(TestPartner(Control::new(false)))]).await.unwrap()
}

/// A request to the accounts, which stand beside the contract's routes.
async fn auth(at: &RunningService, method: &str, path: &str, token: &str, body: &Value) -> Reply {
    auth_under(at, &at.addr().to_string(), method, path, token, body).await
}

/// The same, under a name that the service is reached by.
async fn auth_under(
    at: &RunningService,
    host: &str,
    method: &str,
    path: &str,
    token: &str,
    body: &Value,
) -> Reply {
    let body = body.to_string();
    let head = format!(
        "{method} /auth/v1{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let http = Http { addr: at.addr(), token: String::new() };
    http.raw(format!("{head}{body}").as_bytes()).await
}

pub(crate) async fn sign_up(at: &RunningService, email: &str) -> Http {
    sign_up_under(at, &at.addr().to_string(), email).await
}

pub(crate) async fn sign_up_under(at: &RunningService, host: &str, email: &str) -> Http {
    let body = json!({ "email": email, "password": "a long enough phrase" });
    let session: Value = auth_under(at, host, "POST", "/signup", "", &body).await.json();
    Http { addr: at.addr(), token: session["access_token"].as_str().unwrap().to_owned() }
}

#[tokio::test]
async fn each_person_has_their_own_jobs_and_nobody_elses() {
    let dir = TempDir::new().unwrap();
    let service = start(&dir).await;
    let (ada, bob) = (sign_up(&service, "ada@example.org").await, sign_up(&service, "bob@example.org").await);
    let owner = Http { addr: service.addr(), token: service.token().expose().to_owned() };

    let body = serde_json::to_vec(&quick(PROMPT)).unwrap();
    let placed = ada.send("POST", "/jobs", &[("idempotency-key", "k")], &body).await;
    assert_eq!(placed.status, 202, "{placed:?}");
    let job: Job = placed.json();
    let path = format!("/jobs/{}", job.id);
    let ended: Job = serde_json::from_value(
        ada.follow(&job.id.to_string(), None).await.until("ended").await.data["job"].clone(),
    )
    .unwrap();
    let asset = format!("/assets/{}/content", ended.outputs[0].asset);
    assert_eq!(ada.get(&asset).await.status, 200);

    for other in [&bob, &owner] {
        assert_eq!(other.get(&path).await.status, 404);
        assert_eq!(other.get(&asset).await.status, 404);
        assert_eq!(other.send("DELETE", &path, &[], b"").await.status, 404);
        assert_eq!(other.send("POST", &format!("{path}/cancel"), &[], b"").await.status, 404);
        assert!(other.get("/jobs").await.json::<JobList>().jobs.is_empty());
    }
    let history: HistoryPage = ada.get("/history").await.json();
    let Became::Made { request, outputs } = &history.entries[0].became else { panic!("{history:?}") };
    assert_eq!((history.entries[0].job, request.prompt.as_str(), outputs), (job.id, PROMPT, &ended.outputs));
    let after = format!("/history?after={}&limit=1", history.read_to.0);
    assert!(ada.get(&after).await.json::<HistoryPage>().entries.is_empty());
    for wrong in ["after=x", "limit=0", "limit=51", "before=1"] {
        assert_eq!(ada.get(&format!("/history?{wrong}")).await.status, 400, "{wrong}");
    }
    let output = format!("{path}/outputs/0");
    for other in [&bob, &owner] {
        assert!(other.get("/history").await.json::<HistoryPage>().entries.is_empty());
        assert_eq!(other.send("DELETE", &output, &[], b"").await.status, 404);
    }
    for wrong in ["7", "300", "x"] {
        assert_eq!(ada.send("DELETE", &format!("{path}/outputs/{wrong}"), &[], b"").await.status, 404);
    }
    // One person's key is not another's.
    assert_ne!(bob.send("POST", "/jobs", &[("idempotency-key", "k")], &body).await.json::<Job>().id, job.id);
    assert_eq!(ada.get("/jobs").await.json::<JobList>().jobs.len(), 1);

    assert_eq!(ada.send("DELETE", &output, &[], b"").await.status, 200);
    assert_eq!(ada.get(&asset).await.status, 410);
    let entries = ada.get(&after).await.json::<HistoryPage>().entries;
    assert_eq!((entries[0].job, &entries[0].became), (job.id, &Became::Erased));
    service.shutdown().await;
}

#[tokio::test]
async fn a_session_that_was_ended_opens_nothing() {
    let dir = TempDir::new().unwrap();
    let service = start(&dir).await;
    let ada = sign_up(&service, "ada@example.org").await;
    assert_eq!(ada.get("/jobs").await.status, 200);
    assert_eq!(auth(&service, "POST", "/logout?scope=local", &ada.token, &json!({})).await.status, 204);
    assert_eq!(ada.get("/jobs").await.refused(), (401, "unauthorized".to_owned()));
    for token in ["", "nobody", "a.b.c"] {
        let nobody = Http { addr: service.addr(), token: token.to_owned() };
        assert_eq!(nobody.get("/jobs").await.status, 401, "{token}");
    }
    service.shutdown().await;
}

#[tokio::test]
async fn accounts_outlive_the_service_that_keeps_them() {
    let dir = TempDir::new().unwrap();
    let service = start(&dir).await;
    sign_up(&service, "ada@example.org").await;
    service.shutdown().await;
    let service = start(&dir).await;
    let body = json!({ "email": "ada@example.org", "password": "a long enough phrase" });
    assert_eq!(auth(&service, "POST", "/token?grant_type=password", "", &body).await.status, 200);
    service.shutdown().await;
}

#[tokio::test]
async fn who_tries_again_and_again_what_is_stopped_has_to_pause() {
    let dir = TempDir::new().unwrap();
    let mut config = config(dir.path(), Limits { strikes_an_hour: 2, ..Limits::default() });
    config.accounts = Some(Accounts::default());
    let clock = crate::rig::TestClock::at(1_900_000_000_000);
    config.clock = Arc::clone(&clock) as _;
    let service = start_with(config, gate(), vec![Arc::new(TestPartner(Control::new(false)))]).await.unwrap();
    let (ada, bob) = (sign_up(&service, "ada@example.org").await, sign_up(&service, "bob@example.org").await);
    let (bad, good) = (
        serde_json::to_vec(&quick(crate::rig::BLOCKED)).unwrap(),
        serde_json::to_vec(&quick(PROMPT)).unwrap(),
    );
    for key in ["1", "2"] {
        let refused = ada.send("POST", "/jobs", &[("idempotency-key", key)], &bad).await.refused();
        assert_eq!(refused, (422, "content_blocked".to_owned()));
    }
    let paused = ada.send("POST", "/jobs", &[("idempotency-key", "3")], &good).await;
    assert_eq!(
        (paused.refused(), paused.headers["retry-after"].as_str()),
        ((429, "busy".to_owned()), "3600")
    );
    assert_eq!(ada.send("POST", "/uploads", &[], b"x").await.status, 429);
    assert_eq!(bob.send("POST", "/jobs", &[("idempotency-key", "3")], &good).await.status, 202);
    clock.go_on(59 * 60_000);
    assert_eq!(ada.send("POST", "/jobs", &[("idempotency-key", "3")], &good).await.status, 429);
    clock.go_on(61_000);
    // The access token has run out meanwhile; the account has not.
    let body = json!({ "email": "ada@example.org", "password": "a long enough phrase" });
    let session: Value = auth(&service, "POST", "/token?grant_type=password", "", &body).await.json();
    let ada = Http { token: session["access_token"].as_str().unwrap().to_owned(), ..ada };
    assert_eq!(ada.send("POST", "/jobs", &[("idempotency-key", "3")], &good).await.status, 202);
    service.shutdown().await;
}
