//! Being forgotten: at once nothing else is processed, then nothing is left but what the receipt names, whatever happens in between.

use allxone_contract::*;
use rand::{Rng, SeedableRng};
use serde_json::json;

use super::town::{DAY, Person, Town, decide, done, export, post};

fn now() -> DeletionRequest {
    DeletionRequest { when: DeletionTime::Now }
}

async fn asked(person: &Person, when: DeletionTime) -> Deletion {
    let reply = post(&person.http, "/account/deletion", &DeletionRequest { when }).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    reply.json()
}

/// Nothing of a person is in a stopped service but what the retention table lets stay.
async fn nothing_left(town: &Town, person: &Person) {
    for needle in [person.canary, person.account.as_str(), &format!("{}@example.org", person.canary)] {
        assert_eq!(town.where_is(needle).await, Vec::<String>::new(), "{needle}");
    }
}

#[tokio::test]
async fn a_deleted_account_leaves_the_receipt_and_nothing_else() {
    let mut town = Town::new().await;
    let (ada, bob) = (town.sign_up("ada-umbrella").await, town.sign_up("bob-xylophone").await);
    town.fill(&ada).await;
    town.fill(&bob).await;
    export(&ada).await;
    let files = || super::town::walk(&town.dir.path().join("service/files")).len();
    assert_eq!(files(), 7);
    // Something charged, as a service for money would leave it.
    town.stop().await;
    let charged =
        format!("UPDATE holds SET metered = 1, settled = 5000 WHERE account_id = '{}'", ada.account);
    assert_eq!(crate::rig::change(town.dir.path(), &charged).await, 2);
    assert!(!town.where_is(ada.canary).await.is_empty() && !town.where_is(&ada.account).await.is_empty());
    town.start().await;

    let ada = town.sign_in("ada-umbrella").await;
    let deletion = asked(&ada, DeletionTime::Now).await;
    assert_eq!(ada.http.get("/jobs").await.status, 401);
    let receipt = done(&ada.http, deletion.id).await;
    for class in ["jobs", "content", "decisions", "consents", "accounts", "sessions"] {
        assert!(receipt.erased.iter().any(|one| one.class == class && one.count > 0), "{class}: {receipt:?}");
    }
    let remains: Vec<_> = receipt.remains.iter().map(|one| (one.class.as_str(), one.count)).collect();
    assert_eq!((remains[0], remains.len()), (("credits", 2), 3), "{remains:?}");
    assert!(
        receipt
            .remains
            .iter()
            .all(|one| !one.what.is_empty() && !one.until.is_empty() && !one.place.is_empty())
    );
    assert_eq!(receipt.finished, Some(UtcMillis(super::town::BEGINNING)));
    let again = town
        .auth(
            "POST",
            "/token?grant_type=password",
            "",
            &json!({ "email": "ada-umbrella@example.org", "password": super::town::PHRASE }),
        )
        .await;
    assert_eq!(again.status, 400);

    // The other has everything.
    let bob = town.sign_in("bob-xylophone").await;
    assert_eq!(bob.http.get("/jobs").await.json::<JobList>().jobs.len(), 2);
    town.stop().await;
    nothing_left(&town, &ada).await;
    assert!(!town.where_is(bob.canary).await.is_empty());
    let holds = crate::rig::ask(town.dir.path(), "SELECT account_id FROM holds ORDER BY settled DESC").await;
    assert!(holds[0].starts_with("nobody-") && holds[0] == holds[1] && holds[2] == bob.account, "{holds:?}");
    assert_eq!(super::town::walk(&town.dir.path().join("service/files")).len(), 3);
    // The receipts of the check still hold together.
    town.start().await;
    assert_eq!(town.service.as_ref().unwrap().receipt_book(None).await.unwrap().faults, Vec::<String>::new());
    town.stop().await;
}

#[tokio::test]
async fn a_week_of_grace_in_which_nothing_but_the_deletion_is_processed() {
    let mut town = Town::new().await;
    let ada = town.sign_up("ada-umbrella").await;
    town.fill(&ada).await;
    town.control.hold();
    let body = serde_json::to_vec(&crate::rig::quick("a lighthouse")).unwrap();
    let running: Job = ada.http.send("POST", "/jobs", &[("idempotency-key", "held")], &body).await.json();
    town.control.one_begun().await;

    let deletion = asked(&ada, DeletionTime::InSevenDays).await;
    assert_eq!(
        (deletion.state, deletion.due),
        (DeletionState::Grace, UtcMillis(super::town::BEGINNING + 7 * DAY))
    );
    let closing = (403, "account_closing".to_owned());
    let ada = town.sign_in("ada-umbrella").await;
    for path in ["/jobs", "/consents", "/models"] {
        assert_eq!(ada.http.get(path).await.refused(), closing, "{path}");
    }
    assert_eq!(ada.http.send("POST", "/exports", &[], b"").await.refused(), closing);
    assert_eq!(ada.http.get("/account/deletion").await.json::<Deletion>(), deletion);

    // Kept after all: everything is there, but what was allowed is not allowed any more.
    let kept: Deletion = ada.http.send("POST", "/account/deletion/cancel", &[], b"").await.json();
    assert_eq!(kept.state, DeletionState::Cancelled);
    let job: Job = ada.http.get(&format!("/jobs/{}", running.id)).await.json();
    assert!(matches!(job.state, JobState::Canceled | JobState::Canceling));
    assert_eq!(ada.http.get("/jobs").await.json::<JobList>().jobs.len(), 3);
    let consents: ConsentList = ada.http.get("/consents").await.json();
    assert!(ConsentPurpose::ALL.iter().all(|purpose| consents.live(*purpose).is_none()));
    decide(&ada.http, ConsentPurpose::AiTraining, ConsentState::Granted).await;

    // Not kept: a week later it goes by itself, also over a restart.
    let deletion = asked(&ada, DeletionTime::InSevenDays).await;
    town.clock.go_on(7 * DAY);
    town.crash().await;
    let person = town
        .service
        .as_ref()
        .map(|service| crate::http::Http { addr: service.addr(), token: String::new() })
        .unwrap();
    done(&person, deletion.id).await;
    town.stop().await;
    nothing_left(&town, &ada).await;
}

#[tokio::test]
async fn deleting_needs_a_fresh_sign_in_and_an_account() {
    let mut town = Town::new().await;
    let ada = town.sign_up("ada-umbrella").await;
    town.clock.go_on(6 * 60_000);
    assert_eq!(
        post(&ada.http, "/account/deletion", &now()).await.refused(),
        (403, "step_up_needed".to_owned())
    );
    assert_eq!(ada.http.get("/account/deletion").await.status, 404);
    let service = town.service.as_ref().unwrap();
    let owner = crate::http::Http { addr: service.addr(), token: service.token().expose().to_owned() };
    assert_eq!(post(&owner, "/account/deletion", &now()).await.refused(), (400, "invalid".to_owned()));
    assert_eq!(owner.get(&format!("/deletions/{}", DeletionId::new())).await.status, 404);
    town.stop().await;
}

#[tokio::test]
async fn who_was_forgotten_is_forgotten_again_when_an_older_copy_comes_back() {
    let mut town = Town::new().await;
    let (ada, bob) = (town.sign_up("ada-umbrella").await, town.sign_up("bob-xylophone").await);
    town.fill(&ada).await;
    town.fill(&bob).await;
    town.stop().await;
    let backup = tempfile::TempDir::new().unwrap();
    let (live, copy) = (town.dir.path().join("service"), backup.path().to_path_buf());
    let copy_all = |from: &std::path::Path, to: &std::path::Path| {
        for path in super::town::walk(from) {
            let target = to.join(path.strip_prefix(from).unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(&path, target).unwrap();
        }
    };
    copy_all(&live, &copy);
    town.start().await;
    let ada = town.sign_in("ada-umbrella").await;
    let deletion = asked(&ada, DeletionTime::Now).await;
    done(&ada.http, deletion.id).await;
    town.stop().await;
    // The databases and files come back as they were before; the list of the forgotten is not part of a backup.
    copy_all(&copy, &live);
    assert!(!town.where_is(ada.canary).await.is_empty());
    town.start().await;
    town.stop().await;
    nothing_left(&town, &ada).await;
    assert!(!town.where_is(bob.canary).await.is_empty());
}

/// How often; `ALLXONE_KILLS` raises it (50 is the figure the product promises).
fn kills() -> u32 {
    std::env::var("ALLXONE_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[tokio::test]
async fn a_deletion_that_is_cut_off_at_any_moment_comes_to_its_end() {
    let mut random = rand::rngs::StdRng::seed_from_u64(11);
    let mut cut = 0;
    let mut town = Town::new().await;
    for _ in 0..kills() {
        let ada = town.sign_up("ada-umbrella").await;
        town.fill(&ada).await;
        let deletion = asked(&ada, DeletionTime::Now).await;
        // The moment is counted in turns of the runtime, not in time.
        for _ in 0..random.random_range(0..400) {
            tokio::task::yield_now().await;
        }
        drop(town.service.take());
        let unfinished =
            crate::rig::ask(town.dir.path(), "SELECT id FROM deletions WHERE state <> 'done'").await;
        cut += usize::from(!unfinished.is_empty());
        town.start().await;
        let stranger =
            crate::http::Http { addr: town.service.as_ref().unwrap().addr(), token: String::new() };
        let receipt = done(&stranger, deletion.id).await;
        assert!(receipt.erased.iter().any(|one| one.class == "jobs"), "{receipt:?}");
        town.stop().await;
        nothing_left(&town, &ada).await;
        assert_eq!(super::town::walk(&town.dir.path().join("service/files")).len(), 0);
        town.start().await;
    }
    assert!(cut > 0, "no moment was in the middle");
    town.stop().await;
}
