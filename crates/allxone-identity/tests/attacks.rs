//! What somebody who means harm tries at the service's side of a sign-in, each refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::atomic::Ordering;

use allxone_identity::Rates;
use http::StatusCode;
use serde_json::{Value, json};
use support::{Accounts, BACK, CHALLENGE, VERIFIER, begin, text};

const PASSWORD: &str = "a long enough phrase";

fn fault(answer: &(StatusCode, Value)) -> (u16, &str) {
    (answer.0.as_u16(), answer.1["error_code"].as_str().unwrap_or("none"))
}

#[tokio::test]
async fn a_code_is_good_once_and_for_its_own_program() {
    let accounts = Accounts::open().await;
    accounts.sign_up("ada@example.org").await;
    let code = accounts.code_of("ada@example.org").await;
    assert_eq!(accounts.exchange(&code, VERIFIER).await.0, StatusCode::OK);
    assert_eq!(fault(&accounts.exchange(&code, VERIFIER).await), (404, "flow_state_not_found"), "replayed");

    let code = accounts.code_of("ada@example.org").await;
    assert_eq!(
        fault(&accounts.exchange(&code, "another-verifier-another-verifier-another-1").await),
        (400, "bad_code_verifier")
    );
    assert_eq!(
        fault(&accounts.exchange(&code, VERIFIER).await),
        (404, "flow_state_not_found"),
        "a wrong verifier used it up"
    );

    let code = accounts.code_of("ada@example.org").await;
    assert_eq!(fault(&accounts.exchange(&code, "").await), (400, "validation_failed"));
    accounts.ahead.store(301_000, Ordering::Relaxed);
    assert_eq!(fault(&accounts.exchange(&code, VERIFIER).await), (422, "flow_state_expired"));
}

#[tokio::test]
async fn no_tokens_without_a_challenge_and_no_way_to_elsewhere() {
    let accounts = Accounts::open().await;
    for (redirect_to, challenge) in [
        (BACK, ""),
        (BACK, "short"),
        ("https://evil.example/", CHALLENGE),
        ("http://127.0.0.1.evil.example:9/", CHALLENGE),
        ("http://evil@127.0.0.1:9/", CHALLENGE),
        ("//evil.example", CHALLENGE),
        ("javascript:alert(1)", CHALLENGE),
        ("", CHALLENGE),
    ] {
        let page = accounts.browse(&begin("custom:local", redirect_to, challenge), &[], None).await;
        assert_eq!(
            (page.status, page.location.as_str()),
            (StatusCode::BAD_REQUEST, ""),
            "{redirect_to} {challenge}"
        );
        assert!(
            page.text.contains("role=\"alert\"") && !page.text.contains("evil"),
            "a page that repeats nothing"
        );
    }
    let plain = begin("custom:local", BACK, CHALLENGE).replace("s256", "plain");
    assert_eq!(accounts.browse(&plain, &[], None).await.status, StatusCode::BAD_REQUEST);
    let unknown = accounts.browse(&begin("github", BACK, CHALLENGE), &[], None).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST, "a provider that is not offered");
}

#[tokio::test]
async fn a_form_comes_from_this_page_in_this_browser() {
    let accounts = Accounts::open().await;
    accounts.sign_up("ada@example.org").await;
    let (flow, cookie, word) = accounts.open_page(BACK).await;
    let (_, other_cookie, other_word) = accounts.open_page(BACK).await;
    let fill = async |cookie: &str, word: &str, more: &[(&str, &str)]| {
        let form = [
            ("flow", flow.as_str()),
            ("word", word),
            ("step", "sign_in"),
            ("email", "ada@example.org"),
            ("password", PASSWORD),
        ];
        let mut headers = vec![("cookie", cookie)];
        headers.extend_from_slice(more);
        accounts.browse("/local", &headers, Some(&form)).await.status.as_u16()
    };
    assert_eq!(fill("", &word, &[]).await, 400, "no cookie");
    assert_eq!(fill(&other_cookie, &other_word, &[]).await, 400, "another browser");
    assert_eq!(fill(&cookie, "", &[]).await, 403, "no word");
    assert_eq!(fill(&cookie, &other_word, &[]).await, 403, "the word of another form");
    assert_eq!(fill(&cookie, &word, &[("origin", "https://evil.example")]).await, 403, "another page");
    assert_eq!(fill(&cookie, &word, &[("origin", "null")]).await, 403, "a page of nobody");
    assert_eq!(fill(&cookie, &word, &[("sec-fetch-site", "cross-site")]).await, 403);
    assert_eq!(fill(&cookie, &word, &[]).await, 200);
    assert_eq!(fill(&cookie, &word, &[]).await, 404, "a sign-in is finished once");
}

#[tokio::test]
async fn under_a_foreign_name_nothing_is_answered() {
    let accounts = Accounts::open().await;
    for host in [
        "evil.example",
        "evil.example:4000",
        "127.0.0.1:4001",
        "127.0.0.1",
        "localhost.evil.example:4000",
        "",
    ] {
        for path in ["/settings", "/health", "/.well-known/jwks.json", "/local"] {
            let page = accounts.browse(path, &[("host", host)], None).await;
            assert_eq!(page.status, StatusCode::FORBIDDEN, "{host} {path}");
        }
    }
    assert_eq!(
        accounts.browse("/settings", &[("origin", "https://evil.example")], None).await.status,
        StatusCode::FORBIDDEN
    );
    let open = accounts.browse("/settings", &[], None).await;
    assert_eq!(open.status, StatusCode::OK);
    assert!(
        open.headers.keys().all(|name| !name.as_str().starts_with("access-control-")),
        "no other page may read it"
    );
}

#[tokio::test]
async fn a_used_refresh_token_ends_the_family() {
    let accounts = Accounts::open().await;
    let first = accounts.sign_up("ada@example.org").await;
    let turn = async |token: &Value| {
        accounts.ask("POST", "/token?grant_type=refresh_token", None, json!({ "refresh_token": token })).await
    };
    let second = turn(&first["refresh_token"]).await.1;
    let third = turn(&second["refresh_token"]).await.1;
    accounts.ahead.store(11_000, Ordering::Relaxed);
    assert_eq!(fault(&turn(&first["refresh_token"]).await), (400, "refresh_token_already_used"));
    assert_eq!(
        fault(&turn(&third["refresh_token"]).await),
        (400, "refresh_token_not_found"),
        "the thief's and the owner's alike"
    );
    assert!(accounts.identity.verify(text(&third, "access_token")).await.unwrap().is_none());
    for made_up in ["", "A", &"A".repeat(56), &"A".repeat(10_000)] {
        assert_eq!(turn(&json!(made_up)).await.0, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn guessing_ends_after_a_few_tries() {
    let accounts = Accounts::with(|config| {
        config.rules.autoconfirm = false;
        config.rates = Rates { account: 10, ..Rates::default() };
    })
    .await;
    accounts.ask("POST", "/otp", None, json!({ "email": "ada@example.org" })).await;
    let code = accounts.identity.letters().await.unwrap()[0].code.clone();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let verify = async |code: &str| {
        accounts
            .ask(
                "POST",
                "/verify",
                None,
                json!({ "type": "email", "email": "ada@example.org", "token": code }),
            )
            .await
    };
    for _ in 0..5 {
        assert_eq!(fault(&verify(wrong).await), (403, "otp_expired"));
    }
    assert_eq!(fault(&verify(&code).await), (403, "otp_expired"), "void after five");
    // Passwords of one account, from wherever they come.
    let sign_in = async || {
        let body = json!({ "email": "ada@example.org", "password": "wrong wrong wrong" });
        fault(&accounts.ask("POST", "/token?grant_type=password", None, body).await).0
    };
    let mut answers = Vec::new();
    for _ in 0..8 {
        answers.push(sign_in().await);
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 4, "{answers:?}");
    // Another account is not held up by that.
    let body = json!({ "email": "bob@example.org", "password": "wrong wrong wrong" });
    assert_eq!(fault(&accounts.ask("POST", "/token?grant_type=password", None, body).await).0, 400);
}

#[tokio::test]
async fn one_address_cannot_ask_without_end() {
    let accounts = Accounts::with(|config| {
        config.rates = Rates { token: 5, verify: 5, mail: 5, account: 1_000, letters: 1_000 }
    })
    .await;
    for (path, body) in [
        ("/token?grant_type=refresh_token", json!({ "refresh_token": "x" })),
        ("/verify", json!({ "type": "email", "email": "a@example.org", "token": "000000" })),
        ("/otp", json!({ "email": "a@example.org" })),
    ] {
        let mut refused = 0;
        for _ in 0..8 {
            refused += u32::from(
                accounts.ask("POST", path, None, body.clone()).await.0 == StatusCode::TOO_MANY_REQUESTS,
            );
        }
        assert_eq!(refused, 3, "{path}");
    }
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let accounts = Accounts::with(|config| config.rules.autoconfirm = false).await;
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    accounts.ask("POST", "/signup", None, body).await;
    let code = accounts.identity.letters().await.unwrap()[0].code.clone();
    let body = json!({ "type": "signup", "email": "ada@example.org", "token": code });
    assert_eq!(accounts.ask("POST", "/verify", None, body).await.0, StatusCode::OK);
    let (known, unknown) = ("ada@example.org", "nobody@example.org");
    let same = async |path: &str, body: &dyn Fn(&str) -> Value| {
        let (mut one, mut other) = (
            accounts.ask("POST", path, None, body(known)).await,
            accounts.ask("POST", path, None, body(unknown)).await,
        );
        for answer in [&mut one, &mut other] {
            for own in ["id", "created_at", "updated_at", "email", "identities", "app_metadata"] {
                answer.1.as_object_mut().map(|fields| fields.remove(own));
            }
        }
        assert_eq!(one, other, "{path}");
    };
    same("/token?grant_type=password", &|email| json!({ "email": email, "password": "wrong wrong wrong" }))
        .await;
    same("/recover", &|email| json!({ "email": email })).await;
    same("/otp", &|email| json!({ "email": email, "create_user": false })).await;
    same("/resend", &|email| json!({ "type": "signup", "email": email })).await;
    same("/verify", &|email| json!({ "type": "email", "email": email, "token": "000000" })).await;
    same("/signup", &|email| json!({ "email": email, "password": PASSWORD })).await;
}

#[tokio::test]
async fn an_address_taken_before_its_owner_came_is_theirs_alone() {
    let accounts = Accounts::with(|config| config.rules.autoconfirm = false).await;
    // Somebody else signs up with the address, and cannot confirm it.
    accounts
        .ask(
            "POST",
            "/signup",
            None,
            json!({ "email": "owner@example.org", "password": "the squatter's phrase" }),
        )
        .await;
    accounts.ask("POST", "/otp", None, json!({ "email": "owner@example.org" })).await;
    let letters = accounts.identity.letters().await.unwrap();
    let code = &letters.iter().find(|letter| letter.kind == "email").unwrap().code;
    let body = json!({ "type": "email", "email": "owner@example.org", "token": code });
    assert_eq!(accounts.ask("POST", "/verify", None, body).await.0, StatusCode::OK);
    let body = json!({ "email": "owner@example.org", "password": "the squatter's phrase" });
    assert_eq!(
        fault(&accounts.ask("POST", "/token?grant_type=password", None, body).await),
        (400, "invalid_credentials")
    );
}

#[tokio::test]
async fn what_is_signed_for_something_else_lets_nobody_in() {
    let accounts = Accounts::open().await;
    let session = accounts.sign_up("ada@example.org").await;
    let verified = accounts.identity.verify(text(&session, "access_token")).await.unwrap().unwrap();
    let statement = accounts.identity.sign_statement("export+jwt", &verified.claims).unwrap();
    assert!(accounts.identity.verify(&statement).await.unwrap().is_none());
    assert_eq!(accounts.ask("GET", "/user", Some(&statement), json!({})).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn one_persons_devices_are_no_concern_of_another() {
    let accounts = Accounts::open().await;
    let (ada, eve) = (accounts.sign_up("ada@example.org").await, accounts.sign_up("eve@example.org").await);
    let (ada, eve) = (text(&ada, "access_token"), text(&eve, "access_token"));
    let mine = accounts.ask("GET", "/sessions", Some(ada), json!({})).await.1;
    assert_eq!(mine["sessions"].as_array().unwrap().len(), 1);
    let id = text(&mine["sessions"][0], "id");
    assert_eq!(
        accounts.ask("DELETE", &format!("/sessions/{id}"), Some(eve), json!({})).await.0,
        StatusCode::NOT_FOUND
    );
    assert!(accounts.identity.verify(ada).await.unwrap().is_some());
    for path in ["/admin/users", "/sessions", "/user"] {
        assert_eq!(accounts.ask("GET", path, None, json!({})).await.0, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(fault(&accounts.ask("GET", "/admin/users", Some(eve), json!({})).await), (403, "not_admin"));
}
