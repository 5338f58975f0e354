//! The check is there whatever is configured, and its rules are those of now: what was cleared or confirmed under other ones is judged anew.

use std::time::Duration;

use allxone_contract::*;
use allxone_service::{Limits, ServiceConfig};
use allxone_vault::FolderLock;
use tempfile::TempDir;

use crate::partner::Control;
use crate::rig::{BLOCKED, PROMPT, Rig, ask, change, config, fixture, gate, quick, touch};

/// Every limit at its least or its most. A new part of the configuration does not compile here until somebody has thought of it.
fn permutations() -> Vec<Limits> {
    let dir = TempDir::new().unwrap();
    let ServiceConfig {
        data_dir: _,
        listen: _,
        token: _,
        keys: _,
        limits,
        decoder: _,
        clock: _,
        warm: _,
        accounts: _,
        operator: _,
        project: _,
        // What leaves through them is checked like anything else (`elsewhere`).
        partners: _,
        // Where it is kept and watched changes nothing that is checked.
        shared: _,
        figures: _,
        door: _,
        payments: _,
    } = config(dir.path(), Limits::default());
    let Limits {
        picture_bytes: _,
        request_bytes: _,
        connections: _,
        requests_at_once: _,
        followers_at_once: _,
        checks_at_once: _,
        queue: _,
        jobs_at_once: _,
        job_time: _,
        request_time: _,
        attempts: _,
        shutdown_grace: _,
        stored_bytes: _,
        unused_upload: _,
        strikes_an_hour: _,
    } = limits.clone();
    let with = |change: fn(&mut Limits)| {
        let mut limits = limits.clone();
        change(&mut limits);
        limits
    };
    vec![
        with(|l| l.strikes_an_hour = u32::MAX),
        with(|l| l.checks_at_once = 0),
        with(|l| l.checks_at_once = 1_000),
        with(|l| (l.picture_bytes, l.request_bytes) = (u64::MAX / 4, u64::MAX / 4)),
        with(|l| (l.queue, l.jobs_at_once, l.attempts) = (u32::MAX, 8, u32::MAX)),
        with(|l| (l.connections, l.requests_at_once, l.followers_at_once) = (1_000, 1_000, 1_000)),
        with(|l| {
            (l.job_time, l.request_time, l.shutdown_grace) =
                (Duration::from_secs(1_000_000), Duration::from_secs(3_000), Duration::ZERO)
        }),
        with(|l| (l.stored_bytes, l.unused_upload) = (u64::MAX / 4, Duration::from_secs(1_000_000_000))),
    ]
}

#[tokio::test]
async fn nothing_that_can_be_set_or_claimed_turns_the_check_off() {
    let unsafe_picture = fixture("unsafe_both_512.png");
    for limits in permutations() {
        let rig = Rig::with(limits.clone()).await;
        *rig.control.outputs.lock().unwrap() = vec!["unsafe_both_512.png", "safe_coffee.png"];
        let body = serde_json::to_vec(&quick(BLOCKED)).unwrap();
        for header in [
            ("accept", "*/*"),
            ("allxone-confirmed", "1"),
            ("allxone-scan", "off"),
            ("x-allxone-skip-check", "1"),
            ("authorization-check", "none"),
        ] {
            let job = rig.post_job(&[("idempotency-key", "k"), header], &body).await;
            assert_eq!(job.refused(), (422, "content_blocked".to_owned()), "{limits:?} {header:?}");
            let upload = rig.http.send("POST", "/uploads?check=off", &[header], unsafe_picture.bytes()).await;
            assert_eq!(upload.refused(), (422, "content_blocked".to_owned()), "{limits:?} {header:?}");
        }
        let id = rig.accepted("k", &JobRequest { count: 2, ..quick(PROMPT) }).await;
        let job = rig.ended(&id).await;
        assert_eq!((job.outputs.len(), job.blocked.len()), (1, 1), "{limits:?}");
        assert_eq!((rig.control.runs(), rig.sealed_files()), (1, 1), "{limits:?}");
    }
}

/// Ends the service with one job running and one waiting, changes the database as `sql` says, and starts it again.
async fn restarted(rig: Rig, sql: &[String]) -> Rig {
    let Rig { dir, service, .. } = rig;
    drop(service);
    // A dropped service lets go of its database when its last task has ended.
    while FolderLock::holder(&dir.path().join("service")).unwrap().is_some() {
        tokio::task::yield_now().await;
    }
    for sql in sql {
        assert!(change(dir.path(), sql).await > 0, "{sql}");
    }
    Rig::build(dir, Limits::default(), Control::new(false), gate()).await
}

const OTHER_RULES: &str = "replace(receipt, '\"policy\":\"', '\"policy\":\"0')";

#[tokio::test]
async fn a_job_that_waited_through_a_change_of_rules_is_judged_by_the_new_ones_and_not_kept() {
    let rig = Rig::start().await;
    rig.control.hold();
    rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let waiting = rig.accepted("k2", &quick(PROMPT)).await;
    // As if rules of another time had let it in, with a receipt that says so.
    let body = serde_json::to_string(&quick(BLOCKED)).unwrap();
    let sql = format!(
        "UPDATE jobs SET request = CAST('{body}' AS BLOB), confirmed = 1, receipt = {OTHER_RULES} WHERE id = '{waiting}'"
    );
    let mut rig = restarted(rig, &[sql]).await;
    let job = rig.ended(&waiting).await;
    let problem = job.error.unwrap();
    assert_eq!((job.state, problem.code), (JobState::Failed, ProblemCode::ContentBlocked));
    assert_eq!((problem.finding.unwrap().verdict, job.charge.settled), (Verdict::Block, MilliCredits::FREE));
    assert_eq!(rig.control.runs(), 1, "the other job alone was made");
    assert!(ask_erased(&mut rig, &waiting).await, "and nothing of this one is kept");
    assert_eq!(ask(rig.dir.path(), "SELECT stage FROM decisions").await, ["request"]);
    assert_eq!(
        ask(rig.dir.path(), &format!("SELECT state FROM holds WHERE job_id = '{waiting}'")).await,
        ["released"]
    );
}

async fn ask_erased(rig: &mut Rig, id: &str) -> bool {
    rig.shutdown().await;
    ask(rig.dir.path(), &format!("SELECT request FROM jobs WHERE id = '{id}'")).await == [""]
}

#[tokio::test]
async fn a_confirmation_holds_for_the_rules_it_was_given_under() {
    let rig = Rig::start().await;
    let picture = fixture("borderline_sexy_256.png");
    let yes: &[(&str, &str)] = &[("allxone-confirmed", "1")];
    let asset: Asset = rig.http.send("POST", "/uploads", yes, picture.bytes()).await.json();
    rig.control.hold();
    rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let waiting = rig.accepted("k2", &touch(asset.sha256)).await;
    let sql = |table| format!("UPDATE {table} SET receipt = {OTHER_RULES} WHERE receipt IS NOT NULL");
    let mut rig = restarted(rig, &[sql("assets"), sql("jobs")]).await;
    let job = rig.ended(&waiting).await;
    let problem = job.error.unwrap();
    assert_eq!((job.state, problem.code), (JobState::Failed, ProblemCode::ContentBlocked));
    assert_eq!(problem.finding.unwrap().verdict, Verdict::Review);
    assert_eq!(rig.control.runs(), 1);
    // The same bytes again are judged again, confirmed again, and then good again.
    let refused = rig.http.send("POST", "/uploads", &[], picture.bytes()).await;
    assert_eq!(refused.problem().finding.unwrap().verdict, Verdict::Review);
    let again: Asset = rig.http.send("POST", "/uploads", yes, picture.bytes()).await.json();
    assert_eq!(again.id, asset.id);
    let id = rig.accepted("k3", &touch(asset.sha256)).await;
    assert_eq!(rig.ended(&id).await.state, JobState::Succeeded);
    rig.shutdown().await;
    assert_eq!(ask(rig.dir.path(), "SELECT subject FROM receipts WHERE kind = 'input'").await.len(), 2);
}

#[tokio::test]
async fn a_block_costs_nothing_and_the_rest_of_the_batch_comes() {
    let rig = Rig::start().await;
    *rig.control.price.lock().unwrap() = PriceRule::PerImage(MilliCredits(500));
    *rig.control.outputs.lock().unwrap() =
        vec!["unsafe_both_512.png", "safe_coffee.png", "unsafe_porn_224.png"];
    let priced = |count| JobRequest { count, max_cost: MilliCredits(5_000), ..quick(PROMPT) };
    let id = rig.accepted("k", &priced(3)).await;
    let job = rig.ended(&id).await;
    assert_eq!(job.outputs.iter().map(|output| output.index).collect::<Vec<_>>(), [1]);
    assert_eq!(job.blocked.iter().map(|blocked| blocked.index).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(job.charge.held, MilliCredits(1_500));
    assert!(job.charge.settled <= MilliCredits(500), "at most what was delivered: {:?}", job.charge);
    let id = rig.accepted("k2", &priced(1)).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.charge.settled), (JobState::Failed, MilliCredits::FREE));
    let mut rig = rig;
    rig.shutdown().await;
    assert_eq!(
        ask(rig.dir.path(), &format!("SELECT state FROM holds WHERE job_id = '{id}'")).await,
        ["released"]
    );
    assert_eq!(ask(rig.dir.path(), "SELECT stage || section FROM decisions").await, ["outputAUP 1, 2.1"; 3]);
}

#[tokio::test]
async fn words_of_a_partner_elsewhere_go_through_the_gate() {
    let dirty = "revised prompt: explicit nude woman having sex, pornographic photo";
    let control = Control::new(true);
    let rig = Rig::build(TempDir::new().unwrap(), Limits::default(), control, gate()).await;
    *rig.control.words.lock().unwrap() = Some(dirty);
    let id = rig.accepted("k", &quick(PROMPT)).await;
    let job = rig.ended(&id).await;
    assert_eq!(job.outputs[0].report, Some(serde_json::json!({ "drew": null, "steps": [20, null] })));
    assert_eq!(job.warnings[0].message, "The provider's own words were left out by the safety check.");
    *rig.control.words.lock().unwrap() = Some("a calm\u{202e} lake\u{1b}[2J");
    let id = rig.accepted("k2", &quick(PROMPT)).await;
    let job = rig.ended(&id).await;
    assert_eq!(
        job.outputs[0].report,
        Some(serde_json::json!({ "drew": "a calm lake[2J", "steps": [20, "a calm lake[2J"] }))
    );
    for (key, said, heard) in [
        ("k3", "The provider is busy.", "The provider is busy."),
        ("k4", dirty, "The provider's own words were left out by the safety check."),
    ] {
        *rig.control.fails.lock().unwrap() = Some(said);
        let id = rig.accepted(key, &quick(PROMPT)).await;
        let job = rig.ended(&id).await;
        assert_eq!((job.state, job.error.unwrap().detail.as_str()), (JobState::Failed, heard));
    }
}
