//! Whoever else knocks: nothing they send signs anybody in, uses the sign-in up, or makes the program ask for tokens.

use std::time::Duration;

use allxone_account::{FlowState, LIFETIME, MOST_PENDING};

use crate::far_end::{EMAIL, fault};
use crate::setting::{Setting, knock, split, visit};

const PROOF: &str = "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n";

#[tokio::test]
async fn a_stranger_at_the_listener_changes_nothing() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    let (host, path) = split(&back);
    let port = host.rsplit_once(':').unwrap().1;
    let id = path.split("sb_flow_id=").nth(1).unwrap().split('&').next().unwrap();
    let other = "0".repeat(32);
    let get =
        |path: &str, host: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n");
    let knocks = [
        ("wrong flow id", get(&path.replace(id, &other), &host, PROOF)),
        ("no flow id", get("/auth/callback?code=code-0", &host, PROOF)),
        ("flow id without anything", get(&format!("/auth/callback?sb_flow_id={id}"), &host, PROOF)),
        ("two codes", get(&format!("{path}&code=other"), &host, PROOF)),
        ("refusal without the id", get("/auth/callback?error=access_denied", &host, PROOF)),
        ("foreign name", get(&path, "evil.example", PROOF)),
        ("rebound name with our port", get(&path, &format!("evil.example:{port}"), PROOF)),
        ("localhost", get(&path, &format!("localhost:{port}"), PROOF)),
        ("no port in the name", get(&path, "127.0.0.1", PROOF)),
        ("two names", get(&path, &host, &format!("Host: {host}\r\n"))),
        ("picture", get(&path, &host, "Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n")),
        ("script", get(&path, &host, "Sec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n")),
        ("frame", get(&path, &host, "Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n")),
        ("other path", get(&path.replace("/auth/callback", "/callback"), &host, PROOF)),
        ("climbing path", get(&path.replace("/auth/callback", "/x/../auth/callback"), &host, PROOF)),
        ("head", format!("HEAD {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")),
        (
            "options",
            format!("OPTIONS {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: https://evil.example\r\n\r\n"),
        ),
        ("post", format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n")),
        ("long head", get(&path, &host, &format!("X: {}\r\n", "y".repeat(9_000)))),
        ("no http", "SSH-2.0-elsewhere\r\n\r\n".to_owned()),
    ];
    for (what, request) in knocks {
        let answer = knock(&host, &request).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "" | "400" | "404" | "405" | "431"), "{what}: {answer}");
        assert!(!answer.contains("code-0") && !answer.contains(id), "{what} is not reflected");
        assert_eq!(*accounts.flow(begun.flow).unwrap().borrow(), FlowState::Waiting, "{what}");
    }
    assert_eq!(setting.far.token_requests(), 0, "nobody asked for tokens");

    let mut state = accounts.flow(begun.flow).unwrap();
    assert!(visit(&back).await.starts_with("HTTP/1.1 303"), "and the one who was meant still comes in");
    assert!(matches!(*state.wait_for(FlowState::is_over).await.unwrap(), FlowState::Done { .. }));
    let again = visit(&back).await;
    assert!(again.is_empty() || again.starts_with("HTTP/1.1 404"), "a second time is too late: {again}");
    assert_eq!(setting.far.token_requests(), 1);
}

#[tokio::test]
async fn connections_nobody_uses_do_not_hold_the_browser_up() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    let (host, _) = split(&back);
    let mut idle = Vec::new();
    for _ in 0..15 {
        #[expect(clippy::disallowed_methods, reason = "the test plays a browser's idle connections")]
        idle.push(tokio::net::TcpStream::connect(&host).await.unwrap());
    }
    assert!(visit(&back).await.starts_with("HTTP/1.1 303"));
}

#[tokio::test]
async fn a_foreign_code_signs_nobody_in() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let mine = accounts.begin(&setting.server, "github").await.unwrap();
    let theirs = accounts.begin(&setting.server, "github").await.unwrap();
    // Somebody puts the code of their own sign-in into mine.
    let (mine_back, theirs_back) = (setting.far.browse(&mine.address), setting.far.browse(&theirs.address));
    let crossed = mine_back.replace("code-0", "code-1");
    assert_ne!(crossed, mine_back);
    let mut state = accounts.flow(mine.flow).unwrap();
    visit(&crossed).await;
    let over = state.wait_for(FlowState::is_over).await.unwrap().clone();
    assert!(matches!(&over, FlowState::Failed { code, .. } if code == "bad_code_verifier"), "{over:?}");
    assert!(accounts.list().is_empty());
    assert_eq!(accounts.paste(&mine_back).await.unwrap_err().code(), "not_this_sign_in", "the flow was used");
    let replayed = accounts.paste(&theirs_back).await.unwrap();
    assert!(
        matches!(&replayed, FlowState::Failed { code, .. } if code == "flow_state_not_found"),
        "{replayed:?}"
    );
}

#[tokio::test]
async fn tokens_in_an_address_are_never_taken() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    let downgraded =
        format!("{}#access_token=x&refresh_token=y&token_type=bearer", back.replace("code=code-0", "x=1"));
    assert_eq!(accounts.paste(&downgraded).await.unwrap_err().code(), "tokens_in_address");
    for wrong in [
        "",
        "x",
        "https://evil.example/?code=1",
        &back.replace("127.0.0.1", "localhost"),
        &back.replace("http:", "https:"),
    ] {
        assert_eq!(accounts.paste(wrong).await.unwrap_err().code(), "not_this_sign_in", "{wrong}");
    }
    assert_eq!(setting.far.token_requests(), 0);
    assert_eq!(*accounts.flow(begun.flow).unwrap().borrow(), FlowState::Waiting);
}

#[tokio::test]
async fn a_way_that_is_not_offered_opens_no_browser() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    for way in ["gitlab", "email", "phone", "unheard-of", "github&prompt=x", ""] {
        assert_eq!(
            accounts.begin(&setting.server, way).await.err().map(|error| error.code()),
            Some("way_not_offered"),
            "{way}"
        );
    }
    let rows = setting.notebook.0.lock().unwrap();
    assert!(rows.iter().all(|row| format!("{:?}", row.purpose) == "SignInWays"));
}

#[tokio::test]
async fn one_more_than_five_calls_the_oldest_off() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let mut begun = Vec::new();
    for _ in 0..=MOST_PENDING {
        begun.push(accounts.begin(&setting.server, "github").await.unwrap());
    }
    let state = |n: usize| accounts.flow(begun[n].flow).unwrap().borrow().clone();
    assert_eq!(state(0), FlowState::Cancelled);
    assert!((1..=MOST_PENDING).all(|n| state(n) == FlowState::Waiting));
}

#[tokio::test]
async fn a_sign_in_ends_in_time_and_its_port_with_it() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    let mut state = accounts.flow(begun.flow).unwrap();
    tokio::time::pause();
    tokio::time::advance(LIFETIME + Duration::from_secs(1)).await;
    assert_eq!(*state.wait_for(FlowState::is_over).await.unwrap(), FlowState::Expired);
    tokio::time::resume();
    gone(&back).await;
    assert_eq!(accounts.paste(&back).await.unwrap_err().code(), "not_this_sign_in");
    assert_eq!(setting.far.token_requests(), 0);
}

#[tokio::test]
async fn what_is_called_off_is_closed() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    accounts.cancel(begun.flow);
    assert_eq!(*accounts.flow(begun.flow).unwrap().borrow(), FlowState::Cancelled);
    gone(&back).await;
    assert_eq!(setting.far.token_requests(), 0);
}

#[tokio::test]
async fn a_refusal_in_the_browser_is_told() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting
        .far
        .browse(&begun.address)
        .replace("code=code-0", "error=access_denied&error_code=access_denied&error_description=%3Cb%3E");
    let mut state = accounts.flow(begun.flow).unwrap();
    visit(&back).await;
    let over = state.wait_for(FlowState::is_over).await.unwrap().clone();
    assert!(
        matches!(&over, FlowState::Failed { code, message } if code == "access_denied" && !message.contains("<b>")),
        "{over:?}"
    );
    assert_eq!(setting.far.token_requests(), 0);
}

#[tokio::test]
async fn the_port_is_this_sign_ins_alone() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let (host, _) = split(&setting.far.browse(&begun.address));
    assert!(host.starts_with("127.0.0.1:"));
    assert!(std::net::TcpListener::bind(&host).is_err(), "nobody else can have it");
    let other = accounts.begin(&setting.server, "github").await.unwrap();
    assert_ne!(split(&setting.far.browse(&other.address)).0, host);
}

#[tokio::test]
async fn offline_opens_no_browser_and_asks_nobody() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    setting.lock.close();
    assert_eq!(accounts.begin(&setting.server, "github").await.err().unwrap().code(), "offline_locked");
    assert!(setting.notebook.0.lock().unwrap().is_empty() && setting.far.books().seen.is_empty());
}

#[tokio::test]
async fn guessing_is_told_to_wait_and_kept_no_secret_of() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    setting.far.books().next_token = vec![fault(429, "over_request_rate_limit")];
    let error = accounts
        .sign_in_by_password(&setting.server, EMAIL, &allxone_account::Secret::new("guess"))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "over_request_rate_limit");
    assert_eq!(setting.far.token_requests(), 1, "a password is never tried again by itself");
}

/// Until nobody listens there any more.
async fn gone(back: &str) {
    for _ in 0..200 {
        if visit(back).await.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the listener is still there");
}
