//! People who write to the operator instead of using the program.

use std::sync::Arc;

use allxone_contract::UtcMillis;
use allxone_service::identity::Correction;
use allxone_service::{Accounts, Limits, RequestDesk, RequestKind, RequestState};
use serde_json::json;

use super::town::{BEGINNING, DAY, Town, unpacked};
use crate::rig::{config, contains, gate};

async fn desk(town: &Town) -> RequestDesk {
    let mut config = config(town.dir.path(), Limits::default());
    config.accounts = Some(Accounts::default());
    config.clock = Arc::clone(&town.clock) as _;
    RequestDesk::open(config, gate()).await.unwrap()
}

#[tokio::test]
async fn a_person_without_the_program_sees_corrects_and_erases() {
    let mut town = Town::new().await;
    let (ada, bob) = (town.sign_up("ada-umbrella").await, town.sign_up("bob-xylophone").await);
    town.fill(&ada).await;
    town.fill(&bob).await;
    town.stop().await;
    let desk_open = desk(&town).await;
    let noted = desk_open.note(RequestKind::Access, "Ada-Umbrella@example.org").await.unwrap();
    assert_eq!(
        (noted.state, noted.due, noted.overdue),
        (RequestState::Open, UtcMillis(BEGINNING + 30 * DAY), false)
    );
    town.clock.go_on(31 * DAY);
    let listed = desk_open.requests().await.unwrap();
    assert!(listed.len() == 1 && listed[0].overdue);

    let file = town.dir.path().join("for-ada.zip");
    let answered = desk_open.access("ada-umbrella@example.org", &file).await.unwrap();
    assert_eq!((answered.id, answered.state), (noted.id, RequestState::Done));
    let all: Vec<u8> = unpacked(&std::fs::read(&file).unwrap()).into_values().flatten().collect();
    assert!(contains(&all, ada.canary.as_bytes()) && !contains(&all, bob.canary.as_bytes()));
    std::fs::remove_file(&file).unwrap();

    let name = [("name".to_owned(), json!("Ada the Second"))].into_iter().collect();
    let corrected = desk_open
        .correct("ada-umbrella@example.org", Correction { email: None, user_metadata: name })
        .await
        .unwrap();
    assert_eq!(corrected.state, RequestState::Done);
    let taken = Correction { email: Some("bob-xylophone@example.org".to_owned()), ..Correction::default() };
    assert_eq!(
        desk_open.correct("ada-umbrella@example.org", taken).await.unwrap().state,
        RequestState::Refused
    );
    desk_open.close().await;

    // Seen at the service and in the next archive, with a line in the change log.
    town.start().await;
    let signed_in = town.sign_in("ada-umbrella").await;
    let user: serde_json::Value = town.auth("GET", "/user", &signed_in.http.token, &json!({})).await.json();
    assert_eq!(user["user_metadata"]["name"], json!("Ada the Second"));
    let made = super::town::export(&signed_in).await;
    let files = unpacked(&signed_in.http.get(&format!("/exports/{}/content", made.id)).await.body);
    assert!(contains(&files["accounts/users.jsonl"], b"Ada the Second"));
    assert!(contains(&files["requests/requests.jsonl"], b"access"));
    town.stop().await;

    let desk_open = desk(&town).await;
    let (erased, receipt) = desk_open.erase("ada-umbrella@example.org").await.unwrap();
    assert_eq!((erased.state, erased.contact), (RequestState::Done, None));
    assert!(receipt.unwrap().erased.iter().any(|one| one.class == "accounts"));
    // Of somebody nothing is kept of, nothing is kept for having asked.
    let (unknown, none) = desk_open.erase("nobody-at-all@example.org").await.unwrap();
    assert!(unknown.state == RequestState::Done && none.is_none());
    desk_open.close().await;
    for needle in [ada.canary, ada.account.as_str(), "Ada the Second", "nobody-at-all"] {
        assert_eq!(town.where_is(needle).await, Vec::<String>::new(), "{needle}");
    }
    assert!(!town.where_is(bob.canary).await.is_empty());
}
