//! Ends that were not planned, and ends that were.

use std::time::Duration;

use allxone_contract::*;
use allxone_service::Limits;

use crate::partner::Control;
use crate::rig::{PROMPT, Rig, contains, gate, quick, touch};

#[tokio::test]
async fn a_job_the_service_died_over_is_made_once_after_the_next_start() {
    let rig = Rig::start().await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let waiting = rig.accepted("k2", &quick(PROMPT)).await;
    assert!(!contains(&rig.everything_on_disk(), b"zebra-striped umbrella"));

    let control = Control::new(false);
    let rig = rig.crash(control.clone()).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.outputs.len()), (JobState::Succeeded, 1));
    assert_eq!(rig.ended(&waiting).await.state, JobState::Succeeded);
    assert_eq!((control.runs(), rig.sealed_files()), (2, 2));
    let frames = rig.http.follow(&id, Some(0)).await.rest().await;
    let kinds: Vec<_> = frames.iter().map(|f| f.event.as_str()).collect();
    assert_eq!(kinds, ["snapshot", "started", "started", "output", "ended"]);
    assert_eq!(rig.submit("k", &quick(PROMPT)).await.json::<Job>().id.to_string(), id);
    assert_eq!(control.runs(), 2);
}

#[tokio::test]
async fn a_partner_with_outside_effects_is_never_asked_twice() {
    let control = Control::new(true);
    let rig = Rig::build(tempfile::TempDir::new().unwrap(), Limits::default(), control, gate()).await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let control = Control::new(true);
    let rig = rig.crash(control.clone()).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.error.unwrap().code), (JobState::OutcomeUnknown, ProblemCode::OutcomeUnknown));
    assert_eq!(control.runs(), 0);
}

#[tokio::test]
async fn a_job_that_was_being_cancelled_stays_cancelled() {
    let rig = Rig::start().await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    rig.http.send("POST", &format!("/jobs/{id}/cancel"), &[], b"").await;
    let control = Control::new(false);
    let rig = rig.crash(control.clone()).await;
    assert_eq!(rig.ended(&id).await.state, JobState::Canceled);
    assert_eq!(control.runs(), 0);
}

#[tokio::test]
async fn stopping_puts_running_work_back_and_the_next_start_makes_it() {
    let limits = Limits { shutdown_grace: Duration::ZERO, attempts: 1, ..Limits::default() };
    let mut rig = Rig::with(limits.clone()).await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    rig.shutdown().await;
    assert_eq!(rig.sealed_files(), 0);
    let wal = rig.dir.path().join("service/service.db-wal");
    assert!(std::fs::metadata(wal).map_or(0, |m| m.len()) == 0, "the log is folded");
    // With one attempt allowed it would be given up had the stop counted as one.
    let Rig { dir, .. } = rig;
    let rig = Rig::build(dir, limits, Control::new(false), gate()).await;
    assert_eq!(rig.ended(&id).await.state, JobState::Succeeded);
}

#[tokio::test]
async fn stopping_ends_open_streams_and_frees_folder_and_port() {
    let mut rig = Rig::with(Limits { shutdown_grace: Duration::ZERO, ..Limits::default() }).await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    let mut stream = rig.http.follow(&id, None).await;
    stream.next().await.unwrap();
    rig.shutdown().await;
    stream.rest().await;
    assert!(std::net::TcpListener::bind(rig.http.addr).is_ok());
}

#[tokio::test]
async fn leftovers_on_the_disk_are_swept_at_the_start() {
    let mut rig = Rig::start().await;
    let id = rig.accepted("k", &quick(PROMPT)).await;
    let asset = rig.ended(&id).await.outputs[0].asset;
    rig.shutdown().await;
    let files = rig.dir.path().join("service/files");
    std::fs::write(files.join("0123456789abcdef0123456789abcdef"), b"without a row").unwrap();
    std::fs::write(files.join("x.tmp"), b"half").unwrap();
    let Rig { dir, control, .. } = rig;
    let rig = Rig::build(dir, Limits::default(), control, gate()).await;
    assert_eq!(rig.sealed_files(), 1);
    assert_eq!(rig.http.get(&format!("/assets/{asset}/content")).await.status, 200);
}

#[tokio::test]
async fn a_damaged_input_fails_its_job_and_not_the_queue() {
    let rig = Rig::start().await;
    let asset: Asset = rig.upload("safe_coffee.png").await.json();
    let file =
        std::fs::read_dir(rig.dir.path().join("service/files")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let id = rig.accepted("k", &touch(asset.sha256)).await;
    let job = rig.ended(&id).await;
    assert_eq!((job.state, job.error.unwrap().code), (JobState::Failed, ProblemCode::Internal));
    let id = rig.accepted("k2", &quick(PROMPT)).await;
    assert_eq!(rig.ended(&id).await.state, JobState::Succeeded);
    assert_eq!(rig.control.runs(), 1);
}
