//! Letters: brought to a mail server, tried again, never twice without need, never lost; and on one computer shown to its owner alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::Ordering;

use allxone_identity::{Identity, IdentityConfig, MailSecurity, Smtp};
use allxone_testkit::smtp::{Mood, Sink};
use allxone_vault::SecretKey;
use http::StatusCode;
use serde_json::json;
use support::Accounts;
use zeroize::Zeroizing;

fn smtp(sink: &Sink) -> Smtp {
    let from = "AllXOne <no-reply@studio.example>".to_owned();
    Smtp { host: "127.0.0.1".to_owned(), port: sink.port(), security: MailSecurity::None, login: None, from }
}

async fn with_sink(sink: &Sink) -> Accounts {
    Accounts::with(|config| {
        config.rules.autoconfirm = false;
        config.mail = Some(smtp(sink));
    })
    .await
}

/// Waits until something is so; the postman is a task of his own.
async fn until(mut so: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), waiting).await.expect("it never came to be");
}

#[tokio::test]
async fn a_letter_goes_out_with_its_code_and_keeps_none() {
    let sink = Sink::start().await;
    let accounts = with_sink(&sink).await;
    accounts
        .ask(
            "POST",
            "/signup",
            None,
            json!({ "email": "ada@example.org", "password": "a long enough phrase" }),
        )
        .await;
    until(async || sink.mails().len() == 1).await;
    let mail = sink.mails().remove(0);
    assert_eq!(
        (mail.from.as_str(), &mail.to),
        ("no-reply@studio.example", &vec!["ada@example.org".to_owned()])
    );
    assert!(
        mail.text.contains("multipart/alternative")
            && mail.text.contains("text/plain")
            && mail.text.contains("text/html")
    );
    let code = mail
        .text
        .lines()
        .find(|line| line.len() == 6 && line.bytes().all(|b| b.is_ascii_digit()))
        .expect("the code on a line of its own");
    until(async || accounts.identity.letters().await.unwrap()[0].code.is_empty()).await;
    let body = json!({ "type": "signup", "email": "ada@example.org", "token": code });
    assert_eq!(accounts.ask("POST", "/verify", None, body).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_letter_is_tried_again_and_given_up_when_it_is_refused_or_too_old() {
    let sink = Sink::start().await;
    let accounts = with_sink(&sink).await;
    let ask = async |email: &str| accounts.ask("POST", "/otp", None, json!({ "email": email })).await;
    sink.mood(Mood::Later);
    ask("ada@example.org").await;
    until(async || sink.refused() == 1).await;
    sink.mood(Mood::Takes);
    // The pause begins when he writes down that he was sent away, which may be later than now: time goes on while he is waited for.
    until(async || {
        accounts.identity.letters().await.unwrap();
        accounts.ahead.fetch_add(10, Ordering::Relaxed);
        accounts.identity.send_waiting_letters();
        sink.mails().len() == 1
    })
    .await;

    sink.mood(Mood::Never);
    ask("bob@example.org").await;
    until(async || {
        accounts
            .identity
            .letters()
            .await
            .unwrap()
            .iter()
            .any(|one| one.recipient == "bob@example.org" && one.code.is_empty())
    })
    .await;
    sink.mood(Mood::Later);
    ask("eve@example.org").await;
    until(async || sink.refused() == 3).await;
    sink.mood(Mood::Takes);
    accounts.ahead.store(1_000_000, Ordering::Relaxed);
    ask("joe@example.org").await;
    until(async || sink.mails().len() == 2).await;
    assert_eq!(sink.mails()[1].to, ["joe@example.org"], "the others are of no use any more");
}

#[tokio::test]
async fn a_letter_waits_through_a_restart() {
    let sink = Sink::start().await;
    let dir = tempfile::tempdir().unwrap();
    let open = async |mail: Option<Smtp>| {
        let key = SecretKey::from_bytes(Zeroizing::new([3; 32]));
        let mut config = IdentityConfig::new(
            dir.path().join("identity.db"),
            key,
            "http://127.0.0.1:4000".parse().unwrap(),
        );
        config.mail = mail;
        Identity::open(config).await.unwrap()
    };
    let first = open(None).await;
    let accounts = Accounts::of(first.clone());
    accounts.ask("POST", "/otp", None, json!({ "email": "ada@example.org" })).await;
    first.close().await;
    let second = open(Some(smtp(&sink))).await;
    until(async || sink.mails().len() == 1).await;
    second.close().await;
}

#[tokio::test]
async fn a_letter_is_written_in_the_language_that_was_asked_in() {
    let sink = Sink::start().await;
    let accounts = with_sink(&sink).await;
    let (flow, cookie, word) = accounts.open_page(support::BACK).await;
    let form =
        [("flow", flow.as_str()), ("word", &word), ("step", "send_code"), ("email", "ada@example.org")];
    accounts.browse("/local", &[("cookie", &cookie), ("accept-language", "de")], Some(&form)).await;
    until(async || sink.mails().len() == 1).await;
    let mail = sink.mails().remove(0);
    assert!(mail.text.contains("ist Ihr AllXOne-Code"), "{}", mail.text);
}

#[tokio::test]
async fn without_a_mail_server_the_owner_alone_reads_the_letters() {
    let accounts = Accounts::open().await;
    accounts.ask("POST", "/otp", None, json!({ "email": "ada@example.org" })).await;
    let code = accounts.identity.letters().await.unwrap()[0].code.clone();
    for path in ["/outbox", "/outbox?key=", "/outbox?key=00000000000000000000000000000000"] {
        let page = accounts.browse(path, &[], None).await;
        assert!(page.status == StatusCode::NOT_FOUND && !page.text.contains(&code), "{path}");
    }
    let address = accounts.identity.outbox_address().unwrap();
    let first = accounts.browse(address.as_str(), &[], None).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert!(!first.location.contains("key"), "the key does not stay in the address");
    let page = accounts.browse(&first.location, &[("cookie", &first.cookie.unwrap())], None).await;
    assert!(
        page.status == StatusCode::OK && page.text.contains(&code) && page.text.contains("ada@example.org"),
        "{}",
        page.text
    );
    assert!(page.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));

    let sink = Sink::start().await;
    assert!(
        with_sink(&sink).await.identity.outbox_address().is_none(),
        "letters that are sent are nobody else's to read"
    );
}
