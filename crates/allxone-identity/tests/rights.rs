//! What a person may ask about their account: everything of it and nothing of another, put right, signed out, forgotten, proven anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::Ordering;

use allxone_contract::AccountId;
use allxone_identity::{Corrected, Correction};
use http::StatusCode;
use serde_json::{Value, json};
use support::{Accounts, text};

fn account(session: &Value) -> AccountId {
    AccountId::of(text(&session["user"], "id").parse().unwrap())
}

#[tokio::test]
async fn an_export_is_whole_and_of_one_account_alone() {
    let accounts = Accounts::open().await;
    let ada = accounts.sign_up("ada@example.org").await;
    let bob = accounts.sign_up("bob@example.org").await;
    accounts.ask("POST", "/otp", None, json!({ "email": "ada@example.org" })).await;
    accounts.ask("POST", "/otp", None, json!({ "email": "bob@example.org" })).await;
    let code = accounts
        .identity
        .letters()
        .await
        .unwrap()
        .into_iter()
        .find(|one| one.recipient == "ada@example.org")
        .unwrap()
        .code;
    accounts
        .ask("PUT", "/user", Some(text(&ada, "access_token")), json!({ "data": { "name": "Ada" } }))
        .await;

    let tables = accounts.identity.export_account(&account(&ada)).await.unwrap();
    let rows = |name: &str| tables.iter().find(|one| one.table == name).unwrap().rows.clone();
    assert_eq!(rows("auth_users")[0]["email"], "ada@example.org");
    assert_eq!(rows("auth_users")[0]["email_confirmed"], 1_900_000_000_000_i64);
    for name in ["auth_identities", "auth_sessions", "auth_letters"] {
        assert_eq!(rows(name).len(), 1, "{name}");
    }
    assert_eq!(rows("auth_changes")[0]["field"], "user_metadata.name");
    assert_eq!(rows("auth_changes")[0]["changed_by"], "person");
    let whole = format!("{tables:?}");
    for secret in ["argon2id", code.as_str(), "bob@example.org", text(&bob["user"], "id"), "counter"] {
        assert!(!whole.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn revoked_sessions_leave_no_way_back_in() {
    let accounts = Accounts::open().await;
    let ada = accounts.sign_up("ada@example.org").await;
    let bob = accounts.sign_up("bob@example.org").await;
    accounts.ask("POST", "/otp", None, json!({ "email": "ada@example.org" })).await;
    let code = accounts.identity.letters().await.unwrap()[0].code.clone();
    assert_eq!(accounts.identity.revoke_sessions(&account(&ada)).await.unwrap(), 1);
    assert_eq!(accounts.identity.revoke_sessions(&account(&ada)).await.unwrap(), 0);
    assert!(accounts.identity.verify(text(&ada, "access_token")).await.unwrap().is_none());
    assert!(accounts.identity.verify(text(&bob, "access_token")).await.unwrap().is_some());
    let refreshed = accounts
        .ask(
            "POST",
            "/token?grant_type=refresh_token",
            None,
            json!({ "refresh_token": ada["refresh_token"] }),
        )
        .await;
    assert_eq!(refreshed.0, StatusCode::BAD_REQUEST);
    let verified = accounts
        .ask("POST", "/verify", None, json!({ "type": "email", "email": "ada@example.org", "token": code }))
        .await;
    assert_eq!(verified.0, StatusCode::FORBIDDEN, "a code sent before");
}

#[tokio::test]
async fn erasing_can_be_asked_again_and_frees_the_address() {
    let accounts = Accounts::open().await;
    let ada = account(&accounts.sign_up("ada@example.org").await);
    assert_eq!(accounts.identity.find_account(" ADA@example.org").await.unwrap().as_ref(), Some(&ada));
    assert!(accounts.identity.erase_account(&ada).await.unwrap());
    assert!(!accounts.identity.erase_account(&ada).await.unwrap());
    assert!(!accounts.identity.has_account(&ada).await.unwrap());
    assert!(accounts.identity.export_account(&ada).await.unwrap().iter().all(|table| table.rows.is_empty()));
    let again = account(&accounts.sign_up("ada@example.org").await);
    assert_ne!(again, ada);
}

#[tokio::test]
async fn the_operator_corrects_and_the_log_says_so() {
    let accounts = Accounts::open().await;
    let session = accounts.sign_up("ada@example.org").await;
    accounts.sign_up("bob@example.org").await;
    let (ada, identity) = (account(&session), &accounts.identity);
    let to = |email: &str| Correction { email: Some(email.to_owned()), ..Correction::default() };
    assert_eq!(identity.correct_account(&ada, to("bob@example.org")).await.unwrap(), Corrected::AddressTaken);
    assert_eq!(identity.correct_account(&ada, to("bob")).await.unwrap(), Corrected::NotAnAddress);
    let nobody = AccountId::of("00000000-0000-4000-8000-000000000000".parse().unwrap());
    assert_eq!(identity.correct_account(&nobody, to("new@example.org")).await.unwrap(), Corrected::NoAccount);
    let mut correction = to("countess@example.org");
    correction.user_metadata.insert("name".to_owned(), Value::Null);
    correction.user_metadata.insert("avatar_url".to_owned(), json!("https://example.org/a.png"));
    assert_eq!(identity.correct_account(&ada, correction).await.unwrap(), Corrected::Done);
    let (_, user) = accounts.ask("GET", "/user", Some(text(&session, "access_token")), json!({})).await;
    assert_eq!(
        (text(&user, "email"), &user["user_metadata"]),
        ("countess@example.org", &json!({ "avatar_url": "https://example.org/a.png" }))
    );
    let tables = identity.export_account(&ada).await.unwrap();
    let log = &tables.iter().find(|one| one.table == "auth_changes").unwrap().rows;
    let mut fields: Vec<_> = log.iter().map(|row| row["field"].as_str().unwrap()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["email", "user_metadata.avatar_url", "user_metadata.name"]);
    assert!(log.iter().all(|row| row["changed_by"] == "operator"));
}

#[tokio::test]
async fn a_proof_grows_old_and_can_be_given_again() {
    let accounts = Accounts::open().await;
    let session = accounts.sign_up("ada@example.org").await;
    let access = text(&session, "access_token");
    let fresh =
        async || accounts.identity.is_fresh(&accounts.identity.verify(access).await.unwrap().unwrap());
    assert!(fresh().await);
    accounts.ahead.store(301_000, Ordering::Relaxed);
    assert!(!fresh().await);
    // A refresh proves nothing.
    let (_, turned) = accounts
        .ask(
            "POST",
            "/token?grant_type=refresh_token",
            None,
            json!({ "refresh_token": session["refresh_token"] }),
        )
        .await;
    assert!(!fresh().await);
    let prove = |body: Value| accounts.ask("POST", "/reauthenticate", Some(access), body);
    assert_eq!(prove(json!({})).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(prove(json!({ "password": "wrong wrong wrong" })).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(prove(json!({ "nonce": "000000" })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!fresh().await);
    assert_eq!(prove(json!({ "password": "a long enough phrase" })).await.0, StatusCode::OK);
    assert!(fresh().await);
    accounts.ahead.store(900_000, Ordering::Relaxed);
    assert!(!fresh().await);
    assert_eq!(accounts.ask("GET", "/reauthenticate", Some(access), json!({})).await.0, StatusCode::OK);
    let code = accounts.identity.letters().await.unwrap()[0].code.clone();
    assert_eq!(prove(json!({ "nonce": code })).await.0, StatusCode::OK);
    assert!(fresh().await);
    let (_, turned) = accounts
        .ask(
            "POST",
            "/token?grant_type=refresh_token",
            None,
            json!({ "refresh_token": turned["refresh_token"] }),
        )
        .await;
    let claims = accounts.identity.verify(text(&turned, "access_token")).await.unwrap().unwrap().claims;
    let methods: Vec<_> = claims
        .amr
        .iter()
        .map(|one| (text(one, "method"), one["timestamp"].as_i64().unwrap() - 1_900_000_000))
        .collect();
    assert_eq!(methods, [("otp", 900), ("password", 0)]);
}
