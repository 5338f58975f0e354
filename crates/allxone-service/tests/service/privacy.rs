//! What lies on the disk, before and after erasure.

use allxone_contract::*;

use crate::rig::{PROMPT, Rig, contains, fixture, quick, touch};

const WORDS: &[u8] = b"zebra-striped umbrella";

/// A stretch out of the middle of a picture's bytes.
fn stretch(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.len() / 2..bytes.len() / 2 + 48]
}

#[tokio::test]
async fn nothing_readable_lies_on_the_disk_and_erasing_leaves_hashes_alone() {
    let mut rig = Rig::start().await;
    let input: Asset = rig.upload("safe_coffee.png").await.json();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    let job = rig.ended(&id).await;
    let worked = rig.accepted("k2", &touch(input.sha256)).await;
    rig.ended(&worked).await;
    let output = job.outputs[0].asset;
    let made = rig.http.get(&format!("/assets/{output}/content")).await.body;
    let scan = |rig: &Rig| {
        let all = rig.everything_on_disk();
        assert!(all.len() > 50_000);
        [WORDS, stretch(&made), stretch(fixture("safe_coffee.png").bytes()), b"\x89PNG"]
            .map(|needle| contains(&all, needle))
    };
    assert!(contains(&made, stretch(&made)) && contains(PROMPT.as_bytes(), WORDS));
    assert_eq!(scan(&rig), [false; 4]);
    assert_eq!(rig.sealed_files(), 3);

    for _ in 0..2 {
        let erased = rig.http.send("DELETE", &format!("/jobs/{id}"), &[], b"").await;
        let job: Job = erased.json();
        assert_eq!((erased.status, job.erased, job.state), (200, true, JobState::Succeeded));
        assert_eq!(job.request_sha256, Sha256::of(&serde_json::to_vec(&quick(PROMPT)).unwrap()));
        assert_eq!((job.outputs[0].sha256, job.outputs[0].report.as_ref()), (Sha256::of(&made), None));
    }
    assert_eq!(rig.http.get(&format!("/assets/{output}")).await.refused(), (410, "erased".to_owned()));
    assert_eq!(
        rig.http.get(&format!("/assets/{output}/content")).await.refused(),
        (410, "erased".to_owned())
    );
    assert_eq!(rig.sealed_files(), 2);
    rig.http.send("DELETE", &format!("/jobs/{worked}"), &[], b"").await;
    assert_eq!(rig.sealed_files(), 0);
    assert_eq!(rig.submit("k3", &touch(input.sha256)).await.refused(), (404, "not_found".to_owned()));
    // The same key still names the erased job.
    assert_eq!(rig.submit("k", &quick(PROMPT)).await.json::<Job>().id.to_string(), id);
    rig.shutdown().await;
    assert_eq!(scan(&rig), [false; 4]);
}

#[tokio::test]
async fn erasing_a_running_job_stops_it_first() {
    let rig = Rig::start().await;
    rig.control.hold();
    let id = rig.accepted("k", &quick(PROMPT)).await;
    rig.control.one_begun().await;
    let erased = rig.http.send("DELETE", &format!("/jobs/{id}"), &[], b"").await;
    let job: Job = erased.json();
    assert_eq!((erased.status, job.erased, job.state), (200, true, JobState::Canceled));
    assert_eq!(rig.sealed_files(), 0);
}
