//! Every way in, as it should go.

use allxone_account::{Correction, FlowState, Secret, SignedUp, Standing};

use crate::far_end::{CODE, EMAIL, PASSWORD};
use crate::setting::{Setting, visit};

#[tokio::test]
async fn through_the_browser_and_back() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "custom:local").await.unwrap();
    assert!(begun.returns && begun.address.starts_with(&setting.far.url()), "{}", begun.address);
    let mut state = accounts.flow(begun.flow).unwrap();
    assert_eq!(*state.borrow(), FlowState::Waiting);

    let answer = visit(&setting.far.browse(&begun.address)).await;
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /done\r\n"), "{answer}");
    let over = state.wait_for(FlowState::is_over).await.unwrap().clone();
    let FlowState::Done { account } = over else { panic!("{over:?}") };

    let view = accounts.view_of(&account).unwrap();
    assert_eq!(view.standing, Standing::SignedIn);
    assert_eq!(view.profile.unwrap().email, EMAIL);
    assert_eq!(view.label, "an…@studio.example");
    let purposes: Vec<_> =
        setting.notebook.0.lock().unwrap().iter().map(|row| format!("{:?}", row.purpose)).collect();
    assert_eq!(
        purposes,
        ["SignInWays", "Browser", "SignIn"],
        "each step has its row, the browser's before it opens"
    );
}

#[tokio::test]
async fn the_page_after_it_shows_nothing_of_the_request() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    let (host, _) = crate::setting::split(&back);
    let page = crate::setting::knock(
        &host,
        &format!("GET /done HTTP/1.1\r\nHost: {host}\r\nAccept-Language: de\r\n\r\n"),
    )
    .await;
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("default-src 'none'") && page.contains("no-store"),
        "{page}"
    );
    assert!(page.contains("lang=\"de\"") && !page.contains("code-"), "{page}");
}

#[tokio::test]
async fn by_password_by_code_and_anew() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let key = accounts
        .sign_in_by_password(&setting.server, &format!(" {EMAIL} "), &Secret::new(PASSWORD))
        .await
        .unwrap();
    accounts.send_code(&setting.server, EMAIL, false).await.unwrap();
    let again = accounts.sign_in_by_code(&setting.server, EMAIL, &Secret::new(CODE)).await.unwrap();
    assert_eq!(again, key, "the same person is the same account");
    assert_eq!(setting.far.books().sessions.len(), 1, "the session before was ended, not left behind");
    assert_eq!(accounts.list().len(), 1);
    let error = accounts.sign_in_by_code(&setting.server, EMAIL, &Secret::new("000000")).await.unwrap_err();
    assert_eq!(error.code(), "otp_expired");
    let error =
        accounts.sign_in_by_password(&setting.server, EMAIL, &Secret::new("wrong")).await.unwrap_err();
    assert_eq!(error.code(), "invalid_credentials");
    assert!(accounts.session(&key).unwrap().is_signed_in(), "a wrong password elsewhere ends nothing");
    let refused = accounts.sign_up(&setting.server, EMAIL, &Secret::new(PASSWORD), "Ann").await;
    assert!(!matches!(refused, Ok(SignedUp::Done { .. })), "this server makes no accounts");
}

#[tokio::test]
async fn the_address_can_be_pasted_when_the_browser_cannot_come_back() {
    let setting = Setting::new().await;
    let accounts = setting.accounts();
    let begun = accounts.begin(&setting.server, "github").await.unwrap();
    let back = setting.far.browse(&begun.address);
    let state = accounts.paste(&format!("  {back}\n")).await.unwrap();
    assert!(matches!(state, FlowState::Done { .. }), "{state:?}");
    assert_eq!(accounts.paste(&back).await.unwrap_err().code(), "not_this_sign_in", "it counts once");
    assert_eq!(setting.far.token_requests(), 1);
}

#[tokio::test]
async fn the_profile_is_seen_and_corrected() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    assert_eq!(session.profile().await.unwrap().name, "Ann");
    let correction = Correction { name: Some("Ann Other".to_owned()), ..Correction::default() };
    assert_eq!(session.correct(&correction).await.unwrap().name, "Ann Other");
    assert_eq!(accounts.view_of(&key).unwrap().profile.unwrap().name, "Ann Other");
    let restarted = setting.accounts();
    restarted.restore(None).await;
    assert_eq!(restarted.view_of(&key).unwrap().profile.unwrap().name, "Ann Other", "it is kept");
}

#[tokio::test]
async fn another_device_is_noticed_once_it_is_new() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    assert_eq!(session.devices().await.unwrap().unwrap().len(), 1);
    assert!(accounts.view_of(&key).unwrap().new_devices.is_empty(), "the first look knows them all");
    setting.far.books().sessions.insert(77, 0);
    assert_eq!(session.devices().await.unwrap().unwrap().len(), 2);
    assert_eq!(accounts.view_of(&key).unwrap().new_devices.len(), 1);
    session.seen_devices();
    session.devices().await.unwrap();
    assert!(accounts.view_of(&key).unwrap().new_devices.is_empty());
}

#[tokio::test]
async fn a_fresh_proof_takes_the_place_of_the_sign_in() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    assert_eq!(
        session.prove_by_password(&Secret::new("wrong")).await.unwrap_err().code(),
        "invalid_credentials"
    );
    session.prove_by_password(&Secret::new(PASSWORD)).await.unwrap();
    assert_eq!(
        setting.far.books().sessions.keys().copied().collect::<Vec<_>>(),
        [2],
        "the one before was ended"
    );
    session.send_sign_in_code().await.unwrap();
    session.prove_by_code(&Secret::new(CODE)).await.unwrap();
    session.profile().await.unwrap();
}
