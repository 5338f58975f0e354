//! Tokens are kept alive by one renewal at a time, and no bad day of a server signs anybody out.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use allxone_account::{Ended, Scope, Secret, Standing};
use allxone_egress::TokenSource as _;
use tokio::sync::Notify;

use crate::far_end::{EMAIL, PASSWORD, fault};
use crate::setting::Setting;

#[tokio::test]
async fn many_at_once_renew_once() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    setting.wait(3_600 - 60);
    let session = accounts.session(&key).unwrap();
    let asking: Vec<_> = (0..20)
        .map(|_| {
            tokio::spawn({
                let session = session.clone();
                async move { session.token().await.is_ok() }
            })
        })
        .collect();
    for asked in asking {
        assert!(asked.await.unwrap());
    }
    assert_eq!(setting.far.renewals(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_ninety_seconds_or_a_third_before_its_end() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    setting.wait(3_600 - 92);
    session.tick().await.unwrap();
    assert_eq!(setting.far.renewals(), 0, "92 seconds are left");
    setting.wait(4);
    setting.far.books().lives = 90;
    session.tick().await.unwrap();
    assert_eq!(setting.far.renewals(), 1, "88 seconds are left");
    setting.wait(58);
    session.tick().await.unwrap();
    assert_eq!(setting.far.renewals(), 1, "of a short life a third is left");
    setting.wait(4);
    session.tick().await.unwrap();
    assert_eq!(setting.far.renewals(), 2);
}

#[tokio::test]
async fn a_bad_day_of_the_server_signs_nobody_out() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    setting.wait(4_000);
    let page = || (520, "<html>520: web server returned an unknown error</html>".to_owned());
    for reply in [
        page(),
        fault(429, "over_request_rate_limit"),
        fault(409, "conflict"),
        (503, String::new()),
        fault(408, "request_timeout"),
        (429, "{}".to_owned()),
        (401, r#"{"message":"No API key found in request"}"#.to_owned()),
    ] {
        setting.far.books().next_token = vec![reply.clone(); 1_000];
        let error = session.renew_now().await.unwrap_err();
        assert!(session.is_signed_in(), "{reply:?}: {error}");
        assert_eq!(accounts.view_of(&key).unwrap().standing, Standing::Unreached, "{reply:?}");
    }
    setting.far.books().next_token = vec![page(), page()];
    session.renew_now().await.unwrap();
    assert_eq!(accounts.view_of(&key).unwrap().standing, Standing::SignedIn);
    assert!(setting.session_file(&key).exists());
}

#[tokio::test]
async fn what_still_holds_is_used_although_it_cannot_be_renewed() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    setting.wait(3_600 - 30);
    setting.far.books().next_token = vec![fault(400, "refresh_token_already_used"); 3];
    assert!(session.token().await.is_ok());
    assert!(session.token().await.is_ok());
    assert_eq!(setting.far.renewals(), 1, "it is not asked again and again");
    assert!(session.is_signed_in());
    setting.wait(60);
    let error = session.renew_now().await.unwrap_err();
    assert_eq!(error.code(), "signed_out");
    assert_eq!(accounts.view_of(&key).unwrap().standing, Standing::SignedOut { because: Ended::Copied });
    assert!(!setting.session_file(&key).exists(), "what opens nothing any more is not kept");
}

#[tokio::test]
async fn reuse_from_a_copy_ends_the_session_with_a_sentence() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    // A copy of the file renews twice; the original then shows a token two generations old.
    for _ in 0..2 {
        let generation = setting.far.books().sessions[&1];
        setting.far.books().sessions.insert(1, generation + 1);
    }
    setting.wait(4_000);
    let error = accounts.session(&key).unwrap().tick().await.unwrap_err();
    assert!(error.to_string().contains("copy"), "{error}");
}

#[tokio::test]
async fn signing_out_wins_over_a_renewal_under_way() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    let gate = Arc::new(Notify::new());
    setting.far.books().held = Some(gate.clone());
    let renewing = tokio::spawn({
        let session = session.clone();
        async move { session.renew_now().await }
    });
    while setting.far.renewals() == 0 {
        tokio::task::yield_now().await;
    }
    let out = tokio::spawn({
        let accounts = accounts.clone();
        let key = key.clone();
        async move { accounts.sign_out(&key, Scope::Local).await }
    });
    while session.is_signed_in() {
        tokio::task::yield_now().await;
    }
    gate.notify_waiters();
    gate.notify_one();
    assert!(renewing.await.unwrap().is_err());
    assert!(out.await.unwrap().unwrap(), "the server was told");
    assert!(!session.is_signed_in() && !setting.session_file(&key).exists());
    let restarted = setting.accounts();
    restarted.restore(None).await;
    assert!(restarted.session(&key).is_err());
}

#[tokio::test]
async fn a_renewal_nobody_waits_for_any_more_is_kept_all_the_same() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    let gate = Arc::new(Notify::new());
    setting.far.books().held = Some(gate.clone());
    let waiting = tokio::spawn({
        let session = session.clone();
        async move { session.renew_now().await }
    });
    while setting.far.renewals() == 0 {
        tokio::task::yield_now().await;
    }
    waiting.abort();
    let _ = waiting.await;
    setting.far.books().held = None;
    gate.notify_one();
    gate.notify_waiters();
    session.profile().await.unwrap();
    let other = setting.accounts();
    other.restore(None).await;
    other.session(&key).unwrap().renew_now().await.unwrap();
    assert_eq!(setting.far.books().sessions.len(), 1, "no generation was lost");
}

#[tokio::test]
async fn nothing_is_seen_before_it_is_kept() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    let before = accounts.view_of(&key).unwrap().fresh_until;
    // The disk takes no file under a name that is a folder.
    let folder = setting.session_file(&key).parent().unwrap().to_owned();
    setting.wait(100);
    let hindered = folder.with_extension("aside");
    let gate = Arc::new(Notify::new());
    setting.far.books().held = Some(gate.clone());
    let renewing = tokio::spawn({
        let session = session.clone();
        async move { session.renew_now().await }
    });
    while setting.far.renewals() == 0 {
        tokio::task::yield_now().await;
    }
    std::fs::rename(&folder, &hindered).unwrap();
    std::fs::write(&folder, b"in the way").unwrap();
    gate.notify_one();
    assert!(renewing.await.unwrap().is_err());
    assert_eq!(accounts.view_of(&key).unwrap().fresh_until, before, "the new token was not let out");
}

#[tokio::test]
async fn a_refused_token_is_had_anew_once() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    let session = accounts.session(&key).unwrap();
    setting.far.books().next_user = vec![fault(403, "bad_jwt")];
    session.profile().await.unwrap();
    assert_eq!(setting.far.renewals(), 1);
    setting.far.books().next_user = vec![fault(403, "bad_jwt"), fault(403, "bad_jwt")];
    assert_eq!(session.profile().await.unwrap_err().code(), "bad_jwt");
    assert_eq!(setting.far.renewals(), 2, "and then it is told");
}

#[tokio::test]
async fn a_session_ended_elsewhere_is_ended_here() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    setting.far.books().sessions.clear();
    let error = accounts.session(&key).unwrap().profile().await.unwrap_err();
    assert_eq!(error.code(), "signed_out");
    assert_eq!(accounts.view_of(&key).unwrap().standing, Standing::SignedOut { because: Ended::ByServer });
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_and_does_no_harm() {
    let setting = Setting::new().await;
    setting.far.books().ahead = 600;
    let (accounts, key) = setting.signed_in().await;
    let off = accounts.view_of(&key).unwrap().clock_off.unwrap();
    assert!((598..=602).contains(&off), "{off}");
    accounts.session(&key).unwrap().tick().await.unwrap();
    assert_eq!(setting.far.renewals(), 0, "the end of a token is counted by the clock it was had by");
    setting.ahead.store(-7_200_000, Ordering::SeqCst);
    accounts.session(&key).unwrap().tick().await.unwrap();
    assert_eq!(setting.far.renewals(), 1, "a clock that was set back says nothing, so a new token is had");
}

#[tokio::test]
async fn the_scopes_of_signing_out() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    setting.far.books().sessions.extend([(50, 0), (51, 0)]);
    accounts.sign_out(&key, Scope::Others).await.unwrap();
    assert_eq!(setting.far.books().sessions.keys().copied().collect::<Vec<_>>(), [1]);
    assert!(accounts.session(&key).is_ok(), "this device stays signed in");
    setting.far.books().sessions.insert(52, 0);
    assert!(accounts.sign_out(&key, Scope::Local).await.unwrap());
    assert_eq!(setting.far.books().sessions.keys().copied().collect::<Vec<_>>(), [52]);
    let again = accounts.sign_in_by_password(&setting.server, EMAIL, &Secret::new(PASSWORD)).await.unwrap();
    setting.wait(4_000);
    assert!(accounts.sign_out(&again, Scope::Global).await.unwrap(), "with an expired token too");
    assert!(setting.far.books().sessions.is_empty());
}

#[tokio::test]
async fn signing_out_works_without_the_server() {
    let setting = Setting::new().await;
    let (accounts, key) = setting.signed_in().await;
    setting.far.close();
    tokio::task::yield_now().await;
    assert!(
        !accounts.sign_out(&key, Scope::Global).await.unwrap(),
        "the server could not be told, and that is said"
    );
    assert!(!setting.session_file(&key).exists());
    assert!(!setting.session_file(&key).with_file_name("keys.json").exists(), "its key is destroyed too");
    assert_eq!(accounts.view_of(&key).unwrap().standing, Standing::SignedOut { because: Ended::Here });
}
