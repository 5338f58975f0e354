//! A project of Supabase that keeps the accounts: whose tokens are believed, and what is asked of it for that.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use allxone_contract::UtcMillis;
use allxone_identity::{ClientSecret, Supabase, SupabaseConfig};
use allxone_testkit::Hosted;
use allxone_testkit::hosted::{Setup, Trouble};
use serde_json::{Value, json};
use support::{door, text};

struct Rig {
    project: Hosted,
    supabase: Supabase,
    ahead: Arc<AtomicI64>,
}

async fn rig(asymmetric: bool, with_secret: bool) -> Rig {
    let project = Hosted::with(Setup { asymmetric, ..Setup::default() }).await;
    project.add_user("ada@example.org", "a long enough phrase");
    let ahead = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&ahead);
    let supabase = Supabase::open(SupabaseConfig {
        url: project.url().parse().unwrap(),
        key: project.key().to_owned(),
        legacy_secret: project.shared_secret().filter(|_| with_secret).map(ClientSecret::new),
        service_key: Some(ClientSecret::new(project.service_key().to_owned())),
        door: door(),
        now: Arc::new(move || UtcMillis::now().plus(clock.load(Ordering::Relaxed))),
    })
    .unwrap();
    Rig { project, supabase, ahead }
}

impl Rig {
    async fn lets_in(&self, token: &str) -> bool {
        self.supabase.verify(token).await.unwrap().is_some()
    }

    fn forged(&self, change: impl FnOnce(&mut Value)) -> String {
        self.project.forged("ada@example.org", change)
    }

    fn fetches(&self) -> usize {
        self.project.asked("/.well-known/jwks.json").len()
    }
}

#[tokio::test]
async fn genuine_tokens_are_believed_with_one_fetch_of_the_keys() {
    let rig = rig(true, false).await;
    let session = rig.project.session_of("ada@example.org");
    let token = text(&session, "access_token");
    let verified = rig.supabase.verify(token).await.unwrap().unwrap();
    assert_eq!(verified.account.as_str(), text(&session["user"], "id"));
    assert!(rig.supabase.is_fresh(&verified, 300));
    assert!(rig.lets_in(token).await && rig.lets_in(token).await);
    assert_eq!((rig.fetches(), rig.project.asked("/user").len()), (1, 0));
    rig.ahead.store(601_000, Ordering::Relaxed);
    assert!(rig.lets_in(token).await);
    assert_eq!(rig.fetches(), 2, "after ten minutes they are looked at again");
    assert!(!rig.supabase.is_fresh(&verified, 300));
}

#[tokio::test]
async fn what_does_not_hold_lets_nobody_in() {
    let rig = rig(true, false).await;
    let now = UtcMillis::now().0 / 1_000;
    let other = Hosted::with(Setup { asymmetric: true, ..Setup::default() }).await;
    other.add_user("ada@example.org", "a long enough phrase");
    let foreign = other.session_of("ada@example.org");
    assert!(!rig.lets_in(text(&foreign, "access_token")).await, "another project's");
    type Change = Box<dyn FnOnce(&mut Value)>;
    let wrong: [(&str, Change); 9] = [
        ("issuer", Box::new(|claims| claims["iss"] = json!("https://elsewhere.example/auth/v1"))),
        ("audience", Box::new(|claims| claims["aud"] = json!("anon"))),
        ("expired", Box::new(move |claims| claims["exp"] = json!(now - 31))),
        ("not yet", Box::new(move |claims| claims["iat"] = json!(now + 3_600))),
        ("no end", Box::new(|claims| drop(claims.as_object_mut().unwrap().remove("exp")))),
        ("the project's own tools", Box::new(|claims| claims["role"] = json!("service_role"))),
        ("nobody's", Box::new(|claims| claims["sub"] = json!("not-a-uuid"))),
        ("anonymous", Box::new(|claims| claims["is_anonymous"] = json!(true))),
        ("no session", Box::new(|claims| claims["session_id"] = json!(""))),
    ];
    for (name, change) in wrong {
        assert!(!rig.lets_in(&rig.forged(change)).await, "{name}");
    }
    assert!(
        rig.lets_in(&rig.forged(move |claims| claims["exp"] = json!(now - 10))).await,
        "clocks may differ by half a minute"
    );
    let good = rig.forged(|_| {});
    let (head, rest) = good.split_once('.').unwrap();
    for bad in [
        String::new(),
        head.to_owned(),
        format!("{head}.{rest}x"),
        good.replace('.', ""),
        "a.b.c".to_owned(),
        "x".repeat(20_000),
    ] {
        assert!(!rig.lets_in(&bad).await, "{bad}");
    }
    assert!(rig.project.asked("/user").is_empty(), "nothing of this was anybody else's to judge");
}

#[tokio::test]
async fn a_new_key_is_found_and_an_unknown_one_is_not_asked_for_again_and_again() {
    let rig = rig(true, false).await;
    assert!(rig.lets_in(&rig.forged(|_| {})).await);
    rig.project.rotate_keys(true);
    let renewed = rig.forged(|_| {});
    assert!(!rig.lets_in(&renewed).await, "asked a moment ago");
    rig.ahead.store(31_000, Ordering::Relaxed);
    assert!(rig.lets_in(&renewed).await);
    assert_eq!(rig.fetches(), 2);
    let other = Hosted::with(Setup { asymmetric: true, ..Setup::default() }).await;
    other.add_user("ada@example.org", "a long enough phrase");
    let foreign = other.session_of("ada@example.org");
    for _ in 0..20 {
        assert!(!rig.lets_in(text(&foreign, "access_token")).await);
    }
    assert_eq!(rig.fetches(), 2);
}

#[tokio::test]
async fn keys_outlast_a_bad_day_but_nobody_comes_in_without_any() {
    let rig = rig(true, false).await;
    let token = rig.forged(|claims| claims["exp"] = json!(UtcMillis::now().0 / 1_000 + 20_000));
    rig.project.next("/.well-known", Trouble::Page520);
    assert!(rig.supabase.verify(&token).await.is_err(), "nobody can tell");
    rig.ahead.store(31_000, Ordering::Relaxed);
    assert!(rig.lets_in(&token).await);
    rig.ahead.store(700_000, Ordering::Relaxed);
    rig.project.next("/.well-known", Trouble::Page503);
    assert!(rig.lets_in(&token).await, "the keys of a while ago still serve");
    rig.ahead.store(5_000_000, Ordering::Relaxed);
    rig.project.next("/.well-known", Trouble::Page503);
    assert!(rig.supabase.verify(&token).await.is_err(), "but not for ever");
}

#[tokio::test]
async fn a_shared_secret_is_believed_only_where_the_operator_gave_it() {
    let with = rig(false, true).await;
    assert!(with.lets_in(&with.forged(|_| {})).await);
    assert!(with.project.asked("/user").is_empty());
    assert!(!with.lets_in(&with.forged(|claims| claims["iss"] = json!("https://elsewhere.example"))).await);

    // Without it the project is asked, once a minute for each token.
    let without = rig(false, false).await;
    let token = without.forged(|_| {});
    assert!(without.lets_in(&token).await && without.lets_in(&token).await);
    assert_eq!(without.project.asked("/user").len(), 1);
    let bent = format!("{}x", &token[..token.len() - 1]);
    assert!(!without.lets_in(&bent).await, "the project does not take it");
    without.project.end_all_sessions();
    without.ahead.store(61_000, Ordering::Relaxed);
    assert!(!without.lets_in(&token).await);

    // A project with keys of its own never lets a secret in, not even its published one.
    let keys = rig(true, false).await;
    let session = keys.project.session_of("ada@example.org");
    let body = text(&session, "access_token").split('.').nth(1).unwrap().to_owned();
    let head = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    assert!(!keys.lets_in(&format!("{head}.{body}.AAAA")).await);
}

#[tokio::test]
async fn an_ended_session_is_noticed_where_it_matters() {
    let rig = rig(true, false).await;
    let token = rig.forged(|_| {});
    assert!(rig.supabase.is_alive(&token).await.unwrap());
    rig.project.end_all_sessions();
    assert!(rig.lets_in(&token).await, "its signature holds");
    assert!(!rig.supabase.is_alive(&token).await.unwrap(), "its session does not");
    let token = rig.forged(|_| {});
    rig.project.ban("ada@example.org", true);
    assert!(!rig.supabase.is_alive(&token).await.unwrap());
    rig.project.next("/user", Trouble::Page520);
    assert!(rig.supabase.is_alive(&token).await.is_err(), "nobody can tell");
}

#[tokio::test]
async fn an_account_is_deleted_at_the_project() {
    let rig = rig(true, false).await;
    let verified = rig.supabase.verify(&rig.forged(|_| {})).await.unwrap().unwrap();
    rig.project.next("/admin", Trouble::Deadline);
    assert!(rig.supabase.delete_account(&verified.account).await.is_err());
    assert!(rig.supabase.delete_account(&verified.account).await.unwrap());
    assert!(!rig.supabase.delete_account(&verified.account).await.unwrap(), "and again, after a crash");
    assert!(rig.project.asked("/admin").iter().all(|one| one.method == "DELETE"));
}
