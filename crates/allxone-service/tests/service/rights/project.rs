//! Accounts that a hosted project keeps: deleted there too where there is a key for it, and in any case not let in here again.

use std::sync::Arc;

use allxone_contract::*;
use allxone_service::identity::ClientSecret;
use allxone_service::{Limits, Project, RunningService, start_with};
use allxone_testkit::Hosted;
use allxone_testkit::hosted::Setup;
use tempfile::TempDir;

use super::town::{PHRASE, done, post};
use crate::http::Http;
use crate::partner::{Control, TestPartner};
use crate::rig::{config, gate, quick};

const EMAIL: &str = "ada-umbrella@example.org";

async fn start(dir: &TempDir, hosted: &Hosted, with_key: bool) -> RunningService {
    let mut config = config(dir.path(), Limits::default());
    config.project = Some(Project {
        url: hosted.url().parse().unwrap(),
        key: hosted.key().to_owned(),
        legacy_secret: None,
        service_key: with_key.then(|| ClientSecret::new(hosted.service_key().to_owned())),
    });
    start_with(config, gate(), vec![Arc::new(TestPartner(Control::new(false)))]).await.unwrap()
}

#[tokio::test]
async fn an_account_of_a_project_is_deleted_there_or_the_receipt_says_that_it_stays() {
    for with_key in [true, false] {
        let hosted = Hosted::with(Setup { asymmetric: true, ..Setup::default() }).await;
        let account = hosted.add_user(EMAIL, PHRASE);
        let token = hosted.session_of(EMAIL)["access_token"].as_str().unwrap().to_owned();
        let dir = TempDir::new().unwrap();
        let service = start(&dir, &hosted, with_key).await;
        let ada = Http { addr: service.addr(), token };
        let body = serde_json::to_vec(&quick("a lighthouse")).unwrap();
        let placed: Job = ada.send("POST", "/jobs", &[("idempotency-key", "k")], &body).await.json();
        ada.follow(&placed.id.to_string(), None).await.until("ended").await;

        let asked = post(&ada, "/account/deletion", &DeletionRequest { when: DeletionTime::Now }).await;
        assert_eq!(asked.status, 202, "{asked:?}");
        let receipt = done(&ada, asked.json::<Deletion>().id).await;
        let stays = receipt.remains.iter().any(|one| one.class == "accounts");
        let went = receipt.erased.iter().any(|one| one.class == "accounts");
        assert_eq!((went, stays), (with_key, !with_key), "{receipt:?}");
        assert_eq!(hosted.asked(&format!("/admin/users/{account}")).len(), usize::from(with_key));

        // The token has not run out, and without the key the account is still there; neither opens anything here any more.
        assert_eq!(ada.get("/jobs").await.refused(), (401, "unauthorized".to_owned()));
        drop(service);
        let service = start(&dir, &hosted, with_key).await;
        let ada = Http { addr: service.addr(), ..ada };
        assert_eq!(ada.get("/jobs").await.refused(), (401, "unauthorized".to_owned()));
        service.shutdown().await;
        let jobs = crate::rig::ask(dir.path(), "SELECT CAST(COUNT(*) AS TEXT) FROM jobs").await;
        assert_eq!(jobs, ["0"]);
    }
}

/// The guard, over HTTP: whose tokens of the project open what.
#[tokio::test]
async fn tokens_of_a_project_open_what_they_are_for_and_nothing_else_does() {
    let hosted = Hosted::with(Setup { asymmetric: true, ..Setup::default() }).await;
    hosted.add_user(EMAIL, PHRASE);
    let old = Hosted::start().await;
    old.add_user(EMAIL, PHRASE);
    let foreign = Hosted::with(Setup { asymmetric: true, ..Setup::default() }).await;
    foreign.add_user(EMAIL, PHRASE);
    let token = |of: &Hosted| of.session_of(EMAIL)["access_token"].as_str().unwrap().to_owned();
    let dir = TempDir::new().unwrap();
    let service = start(&dir, &hosted, true).await;
    let at = |token: String| Http { addr: service.addr(), token };
    let now = UtcMillis::now().0 / 1_000;

    let genuine = at(token(&hosted));
    assert_eq!(genuine.get("/jobs").await.status, 200);
    assert_eq!(genuine.send("POST", "/exports", &[], b"").await.status, 202);
    let refused = [
        ("none", String::new()),
        ("garbage", "not.a.token".to_owned()),
        ("shared secret", token(&old)),
        ("another project's", token(&foreign)),
        ("expired", hosted.forged(EMAIL, |claims| claims["exp"] = (now - 60).into())),
        ("issuer", hosted.forged(EMAIL, |claims| claims["iss"] = "https://elsewhere.example/auth/v1".into())),
        ("audience", hosted.forged(EMAIL, |claims| claims["aud"] = "anon".into())),
        ("nobody's", hosted.forged(EMAIL, |claims| claims["sub"] = "".into())),
    ];
    for (what, token) in refused {
        assert_eq!(at(token).get("/jobs").await.refused(), (401, "unauthorized".to_owned()), "{what}");
    }

    // What cannot be undone wants a proof of the last minutes, and a session that still lives at the project.
    let stale = at(hosted.forged(EMAIL, |claims| claims["amr"][0]["timestamp"] = (now - 360).into()));
    assert_eq!(stale.get("/jobs").await.status, 200);
    let step_up = (403, "step_up_needed".to_owned());
    assert_eq!(stale.send("POST", "/exports", &[], b"").await.refused(), step_up);
    let asked = post(&stale, "/account/deletion", &DeletionRequest { when: DeletionTime::Now }).await;
    assert_eq!(asked.refused(), step_up);
    hosted.end_all_sessions();
    let unauthorized = (401, "unauthorized".to_owned());
    assert_eq!(genuine.send("POST", "/exports", &[], b"").await.refused(), unauthorized);
    let asked = post(&genuine, "/account/deletion", &DeletionRequest { when: DeletionTime::Now }).await;
    assert_eq!(asked.refused(), unauthorized);
    service.shutdown().await;
}
