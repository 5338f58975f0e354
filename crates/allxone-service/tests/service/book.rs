//! The book of receipts: what is written down in it, and that nobody changes it unseen.

use allxone_contract::*;
use allxone_service::{Limits, ReceiptBook, receipt_book};

use crate::rig::{BLOCKED, PROMPT, Rig, ask, change, config, fixture, quick, touch};

/// A service that has accepted, made and stopped something, and stands still.
async fn stopped() -> Rig {
    let mut rig = Rig::start().await;
    let picture = fixture("safe_coffee.png");
    let sent = serde_json::to_string(&receipt_of(picture.bytes())).unwrap();
    let input: Asset =
        rig.http.send("POST", "/uploads", &[("allxone-receipt", &sent)], picture.bytes()).await.json();
    for (key, request) in [("k", quick(PROMPT)), ("k2", touch(input.sha256))] {
        let id = rig.accepted(key, &request).await;
        assert_eq!(rig.ended(&id).await.state, JobState::Succeeded);
    }
    rig.submit("k3", &quick(BLOCKED)).await;
    rig.http.send("POST", "/uploads", &[], fixture("unsafe_both_512.png").bytes()).await;
    rig.shutdown().await;
    rig
}

/// What a sender's own gate might say.
fn receipt_of(content: &[u8]) -> Receipt {
    Receipt {
        content: Sha256::of(content),
        finding: Finding::allow(Scores::default()),
        confirmed: false,
        time: UtcMillis(5),
        versions: GateVersions { policy: "another".to_owned(), models: Vec::new() },
    }
}

async fn look(rig: &Rig, head: Option<&str>) -> ReceiptBook {
    receipt_book(&config(rig.dir.path(), Limits::default()), head).await.unwrap()
}

#[tokio::test]
async fn every_prompt_input_output_and_block_has_its_line() {
    let rig = stopped().await;
    let book = look(&rig, None).await;
    assert_eq!((book.lines, book.faults.as_slice(), book.knows_head), (7, &[][..], None));
    let kinds = ask(rig.dir.path(), "SELECT kind FROM receipts ORDER BY kind").await;
    assert_eq!(kinds, ["decision", "decision", "input", "job", "job", "output", "output"]);
    // The book grows; what was noted down of it stays in it.
    let Rig { dir, control, .. } = rig;
    let mut rig = Rig::build(dir, Limits::default(), control, crate::rig::gate()).await;
    let id = rig.accepted("k4", &quick(PROMPT)).await;
    rig.ended(&id).await;
    let live = rig.service.as_ref().unwrap().receipt_book(Some(&book.head)).await.unwrap();
    assert_eq!((live.lines, live.knows_head, live.faults.len()), (9, Some(true), 0));
    rig.http.send("DELETE", &format!("/jobs/{id}"), &[], b"").await;
    rig.shutdown().await;
    let erased = look(&rig, Some(&live.head)).await;
    assert_eq!((erased.head, erased.faults.len()), (live.head, 0), "erasing takes content, not the book");
}

#[tokio::test]
async fn a_decision_says_when_where_what_by_which_rules_and_section_and_never_what_it_was() {
    let rig = stopped().await;
    let row =
        "SELECT stage || ' ' || verdict || ' ' || category || ' ' || section FROM decisions ORDER BY stage";
    assert_eq!(
        ask(rig.dir.path(), row).await,
        ["input block sexual AUP 1, 2.1", "request block sexual AUP 1, 2.1"]
    );
    let versions = crate::rig::gate().versions();
    assert_eq!(ask(rig.dir.path(), "SELECT DISTINCT policy FROM decisions").await, [versions.policy]);
    let models = serde_json::to_string(&versions.models).unwrap();
    assert_eq!(ask(rig.dir.path(), "SELECT DISTINCT models FROM decisions").await, [models]);
    let all = "SELECT id || account_id || stage || verdict || category || section || policy || models FROM decisions";
    assert!(ask(rig.dir.path(), all).await.iter().all(|row| !row.contains("hardcore")));
    let hash = Sha256::from(*fixture("unsafe_both_512.png").sha256());
    assert!(ask(rig.dir.path(), &format!("SELECT id FROM assets WHERE sha256 = '{hash}'")).await.is_empty());
    assert_eq!(
        ask(rig.dir.path(), "SELECT request FROM jobs WHERE CAST(request AS TEXT) LIKE '%hardcore%'")
            .await
            .len(),
        0
    );
}

#[tokio::test]
async fn whatever_is_changed_in_the_book_or_beside_it_is_noticed() {
    let rig = stopped().await;
    let whole = look(&rig, None).await;
    let path = rig.dir.path().join("service/service.db");
    let (sound, elsewhere) = (std::fs::read(&path).unwrap(), rig.dir.path().to_owned());
    for tampering in [
        "UPDATE receipts SET time = time + 1 WHERE sequence = 2",
        "UPDATE receipts SET kind = 'job' WHERE kind = 'input'",
        "UPDATE receipts SET subject = 'x' WHERE sequence = 1",
        "UPDATE receipts SET receipt = hash WHERE sequence = 3",
        "UPDATE receipts SET sender = NULL WHERE sender IS NOT NULL",
        "UPDATE receipts SET hash = receipt WHERE sequence = 7",
        "UPDATE receipts SET sequence = 99 WHERE sequence = 7",
        "UPDATE receipts SET sequence = -1 WHERE sequence = 7",
        "DELETE FROM receipts WHERE sequence = 1",
        "DELETE FROM receipts WHERE sequence = 4",
        "DELETE FROM receipts WHERE sequence = 7",
        "DELETE FROM receipts WHERE sequence > 3",
        "INSERT INTO receipts SELECT 8, time, kind, subject, receipt, sender, hash FROM receipts WHERE sequence = 7",
        "UPDATE jobs SET receipt = replace(receipt, '\"allow\"', '\"block\"')",
        "UPDATE assets SET receipt = replace(receipt, '\"confirmed\":false', '\"confirmed\":true') WHERE receipt IS NOT NULL",
        "UPDATE assets SET sender_receipt = replace(sender_receipt, 'another', 'released') WHERE sender_receipt IS NOT NULL",
        "UPDATE outputs SET receipt = replace(receipt, '\"time\":1', '\"time\":2')",
        "UPDATE decisions SET category = 'minors' WHERE stage = 'input'",
        "UPDATE decisions SET section = 'none'",
        "INSERT INTO decisions SELECT 'forged', account_id, time, stage, verdict, category, policy, models, section FROM decisions LIMIT 1",
    ] {
        assert!(change(&elsewhere, tampering).await > 0, "{tampering}");
        let book = look(&rig, Some(&whole.head)).await;
        assert!(!book.faults.is_empty(), "{tampering}");
        assert!(
            book.faults.iter().all(|fault| fault.ends_with('.') && !fault.contains(PROMPT)),
            "{:?}",
            book.faults
        );
        std::fs::write(&path, &sound).unwrap();
        for log in ["service.db-wal", "service.db-shm"] {
            let _ = std::fs::remove_file(elsewhere.join("service").join(log));
        }
    }
    assert_eq!(look(&rig, Some(&whole.head)).await, ReceiptBook { knows_head: Some(true), ..whole.clone() });
    // Somebody who begins the book anew has a sound one, but not the one whose head was noted down.
    for table in ["receipts", "decisions", "jobs", "outputs", "assets"] {
        change(&elsewhere, &format!("DELETE FROM {table}")).await;
    }
    let anew = look(&rig, Some(&whole.head)).await;
    assert_eq!((anew.lines, anew.knows_head, anew.faults.len()), (0, Some(false), 0));
}
