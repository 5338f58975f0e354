//! The accounts as the service around them sees them: what is stored, who is let in, what is left of somebody who went.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::Ordering;

use allxone_identity::columns::COLUMNS;
use http::StatusCode;
use serde_json::json;
use support::{Accounts, text};

#[tokio::test]
async fn every_stored_column_has_an_answer() {
    let accounts = Accounts::open().await;
    let stored: Vec<_> = accounts.identity.stored_columns().await.unwrap();
    let mut stored: Vec<_> = stored.iter().map(|(table, name)| (table.as_str(), name.as_str())).collect();
    let mut known: Vec<_> = COLUMNS.iter().map(|column| (column.table, column.name)).collect();
    stored.sort_unstable();
    known.sort_unstable();
    assert_eq!(stored, known);
}

#[tokio::test]
async fn a_token_lets_in_while_its_session_lives() {
    let accounts = Accounts::open().await;
    let session = accounts.sign_up("ada@example.org").await;
    let access = text(&session, "access_token");
    let verified = accounts.identity.verify(access).await.unwrap().unwrap();
    assert_eq!(verified.account.as_str(), text(&session["user"], "id"));

    let other = Accounts::open().await;
    assert!(other.identity.verify(access).await.unwrap().is_none(), "signed elsewhere");
    let operator = accounts.identity.operator_token(60).unwrap();
    assert!(accounts.identity.verify(&operator).await.unwrap().is_none(), "the operator is no account");
    for bad in ["", "a.b.c", &access[..access.len() - 4], &access.replace('.', "")] {
        assert!(accounts.identity.verify(bad).await.unwrap().is_none(), "{bad}");
    }

    accounts.ahead.store(3_700_000, Ordering::Relaxed);
    assert!(accounts.identity.verify(access).await.unwrap().is_none(), "too old");
    accounts.ahead.store(0, Ordering::Relaxed);
    let (status, _) = accounts.ask("POST", "/logout?scope=local", Some(access), json!({})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(accounts.identity.verify(access).await.unwrap().is_none(), "signed out");
}

#[tokio::test]
async fn nothing_is_left_of_who_went() {
    let accounts = Accounts::open().await;
    let session = accounts.sign_up("canary-zebra@example.org").await;
    let stays = accounts.sign_up("stays@example.org").await;
    accounts.ask("POST", "/otp", None, json!({ "email": "canary-zebra@example.org" })).await;
    assert_eq!(accounts.identity.letters().await.unwrap().len(), 1);

    let operator = accounts.identity.operator_token(60).unwrap();
    let path = format!("/admin/users/{}", text(&session["user"], "id"));
    assert_eq!(
        accounts.ask("DELETE", &path, Some(text(&stays, "access_token")), json!({})).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(accounts.ask("DELETE", &path, Some(&operator), json!({})).await.0, StatusCode::OK);
    assert_eq!(accounts.ask("GET", &path, Some(&operator), json!({})).await.0, StatusCode::NOT_FOUND);
    assert!(accounts.identity.verify(text(&session, "access_token")).await.unwrap().is_none());
    assert!(accounts.identity.verify(text(&stays, "access_token")).await.unwrap().is_some());
    assert!(accounts.identity.letters().await.unwrap().is_empty());
    let (status, fault) = accounts
        .ask(
            "POST",
            "/token?grant_type=refresh_token",
            None,
            json!({ "refresh_token": session["refresh_token"] }),
        )
        .await;
    assert_eq!((status, text(&fault, "error_code")), (StatusCode::BAD_REQUEST, "refresh_token_not_found"));
}

#[tokio::test]
async fn nothing_is_readable_on_the_disk() {
    let accounts = Accounts::open().await;
    let session = accounts.sign_up("canary-zebra@example.org").await;
    let mut all = Vec::new();
    for entry in std::fs::read_dir(accounts.dir.path()).unwrap() {
        all.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(all.len() > 8_192);
    for word in ["canary-zebra", "Umbrella", "argon2id", text(&session, "refresh_token"), "SQLite format"] {
        assert!(!all.windows(word.len()).any(|bytes| bytes == word.as_bytes()), "{word}");
    }
}

#[tokio::test]
async fn many_refreshes_at_once_stay_one_family() {
    let accounts = Accounts::open().await;
    let mut token = accounts.sign_up("ada@example.org").await["refresh_token"].clone();
    for _ in 0..20 {
        let all = (0..20).map(|_| {
            accounts.ask("POST", "/token?grant_type=refresh_token", None, json!({ "refresh_token": token }))
        });
        let mut next = Vec::new();
        for (status, session) in futures_util::future::join_all(all).await {
            assert_eq!(status, StatusCode::OK, "{session}");
            next.push(session["refresh_token"].clone());
        }
        next.dedup();
        assert_eq!(next.len(), 1);
        assert_ne!(next[0], token);
        token = next.remove(0);
    }
}
