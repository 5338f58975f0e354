//! Signing in through GitHub, whose dialect is its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use allxone_identity::Outside;
use allxone_testkit::github::{CLIENT_ID, CLIENT_SECRET, GitHub};
use allxone_testkit::visit;
use http::StatusCode;
use support::{Accounts, BACK, CHALLENGE, Page, VERIFIER, begin, door, text};

async fn accounts(github: &GitHub) -> Accounts {
    let dir = tempfile::tempdir().unwrap();
    let list = format!(
        "[[provider]]\nkind = \"github\"\nissuer = \"{0}\"\napi = \"{0}\"\nclient_id = \"{CLIENT_ID}\"\nclient_secret = \"{CLIENT_SECRET}\"\n",
        github.url()
    );
    std::fs::write(dir.path().join("outside.toml"), list).unwrap();
    let outside = Outside::read(&dir.path().join("outside.toml")).unwrap();
    Accounts::with(|config| {
        config.providers = outside.providers;
        config.door = Some(door());
    })
    .await
}

/// From the program to GitHub and back, in one browser; answers with where the service sends it then.
async fn through(accounts: &Accounts) -> (Page, String, String) {
    let begun = accounts.browse(&begin("github", BACK, CHALLENGE), &[], None).await;
    let callback = visit(&begun.location).await.location().to_owned();
    let cookie = begun.cookie.unwrap();
    (accounts.browse(&callback, &[("cookie", &cookie)], None).await, callback, cookie)
}

fn code(page: &Page) -> &str {
    page.location
        .strip_prefix("http://127.0.0.1:9/auth/callback?sb_flow_id=7&code=")
        .unwrap_or_else(|| panic!("{}", page.location))
}

#[tokio::test]
async fn a_person_is_found_again_by_number_and_not_by_address() {
    let github = GitHub::start(41, "ada", "ada@example.org").await;
    let accounts = accounts(&github).await;
    let (page, callback, cookie) = through(&accounts).await;
    let (status, session) = accounts.exchange(code(&page), VERIFIER).await;
    assert_eq!(status, StatusCode::OK, "{session}");
    assert_eq!(text(&session["user"], "email"), "ada@example.org");
    assert_eq!(session["user"]["app_metadata"]["providers"], serde_json::json!(["github"]));
    assert_eq!(
        github.asked(),
        ["/login/oauth/authorize", "/login/oauth/access_token", "/user", "/user/emails"]
    );
    assert_eq!(
        accounts.browse(&callback, &[("cookie", &cookie)], None).await.status,
        StatusCode::BAD_REQUEST,
        "the state was used"
    );

    github.has_emails(&[("new@example.org", true)]);
    let (page, ..) = through(&accounts).await;
    let (_, again) = accounts.exchange(code(&page), VERIFIER).await;
    assert_eq!(again["user"]["id"], session["user"]["id"]);
}

#[tokio::test]
async fn only_the_main_address_counts_and_only_confirmed() {
    let github = GitHub::start(41, "eve", "eve@example.org").await;
    let accounts = accounts(&github).await;
    for emails in [
        &[("victim@example.org", false)][..],
        &[("eve@example.org", false), ("victim@example.org", true)],
        &[],
    ] {
        github.has_emails(emails);
        let (page, ..) = through(&accounts).await;
        assert!(page.location.contains("error_code=provider_email_needs_verification"), "{}", page.location);
    }
}

#[tokio::test]
async fn no_and_redirects_end_the_sign_in() {
    let github = GitHub::start(41, "ada", "ada@example.org").await;
    let accounts = accounts(&github).await;
    github.redirects(true);
    let (page, ..) = through(&accounts).await;
    assert!(page.location.contains("error_code=provider_unreachable"), "{}", page.location);
    github.redirects(false);
    github.denies(true);
    let (page, ..) = through(&accounts).await;
    assert!(page.location.contains("error=access_denied"), "{}", page.location);
}

#[tokio::test]
async fn another_browser_cannot_finish_it() {
    let github = GitHub::start(41, "ada", "ada@example.org").await;
    let accounts = accounts(&github).await;
    let begun = accounts.browse(&begin("github", BACK, CHALLENGE), &[], None).await;
    let callback = visit(&begun.location).await.location().to_owned();
    for cookie in ["", "allxone_signin=00000000000000000000000000000000"] {
        assert_eq!(
            accounts.browse(&callback, &[("cookie", cookie)], None).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    assert_eq!(github.asked(), ["/login/oauth/authorize"], "nobody was asked for a token");
    let page = accounts.browse(&callback, &[("cookie", &begun.cookie.unwrap())], None).await;
    assert_eq!(accounts.exchange(code(&page), VERIFIER).await.0, StatusCode::OK, "the one it belongs to can");
}
