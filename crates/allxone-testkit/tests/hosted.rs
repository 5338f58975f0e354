//! The stub of a hosted project is as strict as the real one: what it refuses, what it forgets, what it breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::time::Duration;

use allxone_testkit::hosted::{Setup, Trouble};
use allxone_testkit::{Hosted, visit_with};
use serde_json::{Value, json};

/// One request; answers with the status, the location and the body.
async fn ask(
    project: &Hosted,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, HashMap<String, String>, String) {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = visit_with(&format!("{}/auth/v1{path}", project.url()), method, headers, &body).await;
    (answer.status, answer.headers, answer.body)
}

async fn asked(project: &Hosted, path: &str, body: Value) -> (u16, Value) {
    let (status, _, text) = ask(project, "POST", path, &[("apikey", project.key())], &body).await;
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn location(head: &HashMap<String, String>) -> String {
    head["location"].clone()
}

#[tokio::test]
async fn the_gateway_wants_its_key_and_no_key_as_a_token() {
    let project = Hosted::start().await;
    assert_eq!(ask(&project, "GET", "/settings", &[], &Value::Null).await.0, 401);
    assert_eq!(ask(&project, "GET", "/settings", &[("apikey", "wrong")], &Value::Null).await.0, 401);
    let bearer = format!("Bearer {}", project.key());
    assert_eq!(
        ask(
            &project,
            "GET",
            "/settings",
            &[("apikey", project.key()), ("authorization", &bearer)],
            &Value::Null
        )
        .await
        .0,
        401
    );
    assert_eq!(ask(&project, "GET", "/settings", &[("apikey", project.key())], &Value::Null).await.0, 200);
}

#[tokio::test]
async fn faults_have_the_old_shape_on_an_old_server() {
    for (old_server, code) in [(true, "error_code"), (false, "code")] {
        let project = Hosted::with(Setup { old_server, ..Setup::default() }).await;
        let headers = [("apikey", project.key()), ("x-supabase-api-version", "2024-01-01")];
        let (status, head, text) = ask(
            &project,
            "POST",
            "/token?grant_type=password",
            &headers,
            &json!({ "email": "a@b.org", "password": "x" }),
        )
        .await;
        let fault: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((status, &fault[code]), (400, &json!("invalid_credentials")));
        assert_eq!(head.contains_key("x-supabase-api-version"), !old_server);
    }
}

#[tokio::test]
async fn old_refresh_tokens_turn_and_end_the_session_when_they_come_again() {
    let project = Hosted::start().await;
    project.add_user("ada@example.org", "a long enough phrase");
    let (_, first) = asked(
        &project,
        "/token?grant_type=password",
        json!({ "email": "ada@example.org", "password": "a long enough phrase" }),
    )
    .await;
    let turn = async |token: &Value| {
        asked(&project, "/token?grant_type=refresh_token", json!({ "refresh_token": token })).await
    };
    assert_eq!(first["refresh_token"].as_str().unwrap().len(), 12);
    let second = turn(&first["refresh_token"]).await.1;
    assert_eq!(turn(&first["refresh_token"]).await.1["refresh_token"], second["refresh_token"], "one behind");
    turn(&second["refresh_token"]).await;
    project.advance(11);
    let (status, fault) = turn(&first["refresh_token"]).await;
    assert_eq!((status, &fault["error_code"]), (400, &json!("refresh_token_already_used")));
    assert_eq!(project.sessions(), 0);
}

#[tokio::test]
async fn a_browser_comes_back_with_a_code_that_wants_its_verifier() {
    let project = Hosted::start().await;
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let begin = async |to: &str| {
        let path = format!(
            "/authorize?provider=github&redirect_to={to}&code_challenge={challenge}&code_challenge_method=s256"
        );
        let mut at = location(&ask(&project, "GET", &path, &[], &Value::Null).await.1);
        while let Some((_, path)) = at.split_once("/auth/v1") {
            at = location(&ask(&project, "GET", path, &[], &Value::Null).await.1);
        }
        at
    };
    assert!(
        begin("https%3A%2F%2Fevil.example%2F").await.starts_with("https://site.example/"),
        "not ours, so to the project's site"
    );
    let back = begin("http%3A%2F%2F127.0.0.1%3A9%2Fauth%2Fcallback%3Fsb_flow_id%3D7").await;
    assert!(back.starts_with("http://127.0.0.1:9/auth/callback?sb_flow_id=7&code="), "{back}");
    let code = back.rsplit('=').next().unwrap();
    let exchange = async |verifier: &str| {
        asked(&project, "/token?grant_type=pkce", json!({ "auth_code": code, "code_verifier": verifier }))
            .await
    };
    assert_eq!(exchange("wrong").await.1["error_code"], "bad_code_verifier");
    assert_eq!(exchange(verifier).await.0, 200);
    assert_eq!(exchange(verifier).await.1["error_code"], "flow_state_not_found");
}

#[tokio::test]
async fn bad_days_come_when_they_are_told_to() {
    let project = Hosted::start().await;
    project.add_user("ada@example.org", "a long enough phrase");
    let body = json!({ "email": "ada@example.org", "password": "a long enough phrase" });
    let path = "/token?grant_type=password";
    for (trouble, status) in [
        (Trouble::Page520, 520),
        (Trouble::Page503, 503),
        (Trouble::TooMany, 429),
        (Trouble::Conflict, 409),
        (Trouble::Deadline, 504),
    ] {
        project.next("/token", trouble);
        assert_eq!(asked(&project, path, body.clone()).await.0, status);
    }
    assert_eq!(project.sessions(), 0, "none was carried out");
    project.next("/token", Trouble::Lost);
    let (_, _, text) = ask(&project, "POST", path, &[("apikey", project.key())], &body).await;
    assert!(serde_json::from_str::<Value>(&text).is_err());
    assert_eq!(project.sessions(), 1, "carried out, and not told");
    project.next("/token", Trouble::Slow(Duration::from_millis(1)));
    assert_eq!(asked(&project, path, body).await.0, 200);
    assert_eq!(project.asked("/token").len(), 7);
}
