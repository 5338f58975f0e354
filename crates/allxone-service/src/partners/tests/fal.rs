//! fal's dialect: four questions, each of which can go wrong.

use allxone_contract::{JobRequest, Operation, ProblemCode, Size, UtcMillis};
use allxone_engine::Cancel;
use allxone_testkit::partners::fal::{FOREVER, KEY, Step};
use allxone_testkit::partners::{Fal, Fault};

use super::bench::{CANCELLED, adapter, follow, input, opened, partnership, run, run_left, run_until};
use super::every_fault;
use crate::partner::{Knock, PartnerRef};
use crate::partners::{PartnerKind, Partnership};

fn generate(count: u8) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "fal/flux-schnell".into());
    request.prompt = "a lighthouse at dawn".to_owned();
    (request.count, request.size) = (count, Some(Size { width: 64, height: 64 }));
    request
}

#[tokio::test]
async fn a_request_waits_in_the_queue_and_its_pictures_are_fetched_without_the_key() {
    let far = Fal::start().await;
    let adapter = adapter(PartnerKind::Fal, far.url(), KEY, true);
    far.takes(3);
    let ran = run(&adapter, generate(2), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64); 2]), "{}", ran.detail);
    let (model, body) = far.asked().remove(0);
    assert_eq!(model, "fal-ai/flux/schnell");
    assert_eq!(
        (&body["prompt"], &body["num_images"], &body["image_size"]["width"]),
        (&"a lighthouse at dawn".into(), &2.into(), &64.into())
    );

    let mut edit = JobRequest {
        operation: Operation::Edit,
        model: "fal/flux-dev-image-to-image".into(),
        size: None,
        ..generate(1)
    };
    edit.strength = Some(70);
    let ran = run(&adapter, edit, vec![input(allxone_contract::InputRole::Init)]).await;
    assert_eq!((ran.code, ran.pictures.len()), (None, 1), "{}", ran.detail);
    let (_, body) = far.asked().remove(1);
    assert!(body["image_url"].as_str().unwrap().starts_with("data:image/png;base64,"));
    assert_eq!(body["strength"], 0.7);
}

/// What a fault at a step has to become; `None` where it is overcome.
fn becomes(step: Step, fault: Fault) -> Option<ProblemCode> {
    use ProblemCode as P;
    let usual = super::becomes(fault);
    match (step, fault) {
        (_, Fault::BlocksInput) if step != Step::Picture => Some(P::ContentBlocked),
        // To fal's words nothing is a quota; and what it blocks, it says in the result.
        (Step::Submit | Step::Status | Step::Result, Fault::Refuses(400, ..)) => Some(P::Invalid),
        (Step::Submit, Fault::Refuses(429, "insufficient_quota", None)) => Some(P::PartnerBusy),
        // It may have taken the request, and nobody knows where it stands.
        (Step::Submit, Fault::Floods | Fault::Garbage) => Some(P::OutcomeUnknown),
        (Step::Submit, _) => usual,
        // Asked after again: the request is there.
        (Step::Status, Fault::Refuses(429 | 500.., ..) | Fault::Gateway(429 | 500..)) => None,
        (
            Step::Status | Step::Result,
            Fault::Stalls | Fault::StallsAfter(_) | Fault::HangsUp | Fault::BreaksAfter(_),
        ) => None,
        (Step::Status, Fault::Garbage) => None,
        (Step::Status, Fault::BlocksOutput) => Some(P::PartnerUnavailable),
        (Step::Status | Step::Result, Fault::Floods | Fault::Announces | Fault::Compressed) => {
            Some(P::OutcomeUnknown)
        }
        (Step::Result, Fault::Garbage) => Some(P::NoOutput),
        (Step::Result, Fault::Refuses(429, ..)) => Some(P::PartnerBusy),
        // A picture lies there, and is fetched again while it does not come.
        (Step::Picture, Fault::Stalls | Fault::StallsAfter(_) | Fault::HangsUp | Fault::BreaksAfter(_)) => {
            None
        }
        (
            Step::Picture,
            Fault::BlocksInput
            | Fault::BlocksOutput
            | Fault::NoPicture
            | Fault::NotBase64
            | Fault::EndlessPicture,
        ) => None,
        (Step::Picture, _) => Some(P::NoOutput),
        _ => usual,
    }
}

#[tokio::test]
async fn every_fault_at_every_step_has_one_meaning_and_no_request_is_sent_twice() {
    let far = Fal::start().await;
    let (patient, hasty) =
        (adapter(PartnerKind::Fal, far.url(), KEY, true), adapter(PartnerKind::Fal, far.url(), KEY, false));
    let mut cases = 0;
    for (step, cuts) in [(Step::Submit, 5), (Step::Status, 20), (Step::Result, 20), (Step::Picture, 30)] {
        // Faults within a picture are those of pictures; in the queue's own answers there is none.
        let within = |fault: &Fault| {
            matches!(
                fault,
                Fault::NotBase64 | Fault::EndlessPicture | Fault::NotAPicture | Fault::HalfAPicture
            )
        };
        let quiet = |fault: &Fault| match step {
            Step::Submit => matches!(fault, Fault::NoPicture | Fault::BlocksOutput),
            Step::Status => matches!(fault, Fault::NoPicture),
            Step::Result | Step::Picture => false,
        };
        let faults = every_fault(&[0, 1, cuts]).into_iter();
        for fault in faults.filter(|fault| !quiet(fault) && (step == Step::Picture || !within(fault))) {
            for count in [1, 2] {
                let before = (far.made(), far.asked().len());
                far.script(step).order(fault);
                let stalls = matches!(fault, Fault::Stalls | Fault::StallsAfter(_) | Fault::Announces);
                let ran = run(if stalls { &hasty } else { &patient }, generate(count), Vec::new()).await;
                let expected = match fault {
                    Fault::Announces if step == Step::Submit => Some(ProblemCode::NoOutput),
                    _ => becomes(step, fault),
                };
                assert_eq!(ran.code, expected, "{step:?}: {fault:?} × {count}: {}", ran.detail);
                let again = usize::from(step == Step::Submit && expected.is_none());
                assert_eq!(far.asked().len() - before.1, 1 + again, "{step:?}: {fault:?}");
                assert!(far.made() - before.0 <= 1, "{step:?}: {fault:?}");
                assert!(ran.pictures.iter().all(|size| *size == (64, 64)));
                assert_eq!(far.script(step).left(), 0, "{step:?}: {fault:?}");
                cases += 1;
            }
        }
    }
    assert!(cases >= 300, "{cases} cases");
}

#[tokio::test]
async fn pictures_are_fetched_only_from_where_fals_pictures_are() {
    let (far, other) = (Fal::start().await, Fal::start().await);
    let adapter = adapter(PartnerKind::Fal, far.url(), KEY, true);
    for place in [
        &format!("{}/files", other.url()),
        "https://10.0.0.1/files",
        "http://169.254.169.254/latest",
        "file:///etc",
        "https://v3.fal.media.example/x",
    ] {
        far.leads_to(Some(place));
        let ran = run(&adapter, generate(1), Vec::new()).await;
        assert_eq!((ran.code, ran.pictures.len()), (Some(ProblemCode::NoOutput), 0), "{place}");
    }
    assert!(other.asked().is_empty());
}

#[tokio::test]
async fn a_picture_that_fal_blacked_out_is_a_block() {
    let far = Fal::start().await;
    far.script(Step::Result).order(Fault::BlocksOutput);
    let ran = run(&adapter(PartnerKind::Fal, far.url(), KEY, true), generate(2), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures.len()), (Some(ProblemCode::ContentBlocked), 0));
}

#[tokio::test]
async fn what_waits_there_is_taken_back_and_what_has_begun_is_not_known() {
    let far = Fal::start().await;
    let adapter = adapter(PartnerKind::Fal, far.url(), KEY, true);
    for (holds, known) in [(true, true), (false, false)] {
        let before = (far.questions(), far.cancelled());
        far.holds(holds);
        far.takes(if holds { 0 } else { FOREVER });
        let cancel = Cancel::new();
        let stopping = async {
            // It has heard once at least how the request stands.
            while far.questions() < before.0 + 2 {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        };
        let (ran, ()) = tokio::join!(run_until(&adapter, generate(1), Vec::new(), &cancel), stopping);
        assert_eq!(far.cancelled(), before.1 + 1);
        assert_eq!(ran.detail == CANCELLED, known, "{ran:?}");
        assert_eq!(ran.code, (!known).then_some(ProblemCode::OutcomeUnknown));
    }
}

#[tokio::test]
async fn what_was_left_goes_on_there_and_is_followed_by_its_name() {
    let far = Fal::start().await;
    let adapter = adapter(PartnerKind::Fal, far.url(), KEY, true);
    far.takes(FOREVER);
    let ran = run_left(&adapter, generate(2), || far.questions()).await;
    assert_eq!((ran.code, far.cancelled()), (Some(ProblemCode::OutcomeUnknown), 0));

    far.finishes();
    let followed = follow(&adapter, generate(2), ran.taken).await;
    assert_eq!((followed.code, followed.pictures), (None, vec![(64, 64); 2]), "{}", followed.detail);
    assert_eq!((far.made(), far.asked().len()), (1, 1), "it was handed over once");
    for elsewhere in [
        "{}",
        r#"{"status_url":"https://evil.example","response_url":"https://evil.example","cancel_url":"https://evil.example"}"#,
    ] {
        let name = Some(PartnerRef::new(elsewhere));
        let ran = follow(&adapter, generate(1), name).await;
        assert_eq!(ran.code, Some(ProblemCode::OutcomeUnknown), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_knock_that_is_fals_makes_it_ask_and_no_other_does() {
    let far = Fal::start().await;
    let here = "https://studio.example".parse().unwrap();
    // So long that nothing but a knock can end the wait.
    let pace = std::time::Duration::from_secs(100_000);
    let signing_keys = far.signing_keys();
    let partnership = Partnership { pace, signing_keys, ..partnership(PartnerKind::Fal, far.url(), KEY) };
    let adapter = opened(partnership, true, Some(&here));
    let heard = async |(headers, body): (Vec<(&'static str, String)>, Vec<u8>)| {
        let headers =
            headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let knock = Knock { headers: headers.collect(), body: body.into(), time: UtcMillis(1_000_000_000) };
        let adapter = std::sync::Arc::clone(&adapter);
        tokio::task::spawn_blocking(move || adapter.knocked(&knock)).await.unwrap()
    };
    for round in 1..=2 {
        far.takes(1);
        let knocking = async {
            while far.questions() < 2 * round - 1 {
                tokio::task::yield_now().await;
            }
            let (id, hook) = far.hooks().into_iter().next().unwrap();
            assert_eq!(hook, "https://studio.example/api/v1/webhooks/fal");
            let (headers, body) = far.knock(&id, 1_000_000);
            let without = |name: &str| headers.iter().filter(|(known, _)| *known != name).cloned().collect();
            let other = |name: &'static str, value: String| {
                let mut headers: Vec<(&'static str, String)> = without(name);
                headers.push((name, value));
                headers
            };
            for (name, value) in headers.clone() {
                assert!(!heard((without(name), body.clone())).await, "{name} is missing");
                if name != "x-fal-webhook-request-id" {
                    assert!(
                        !heard((other(name, format!("{value}0")), body.clone())).await,
                        "{name} is another"
                    );
                }
            }
            assert!(!heard((headers.clone(), b"{}".to_vec())).await, "another body");
            for late in [1_000_301, 999_699] {
                assert!(!heard(far.knock(&id, late)).await, "{late}");
            }
            assert!(heard(far.knock("nobody-waits-for-this", 1_000_000)).await, "it may be another node's");
            assert_eq!((far.questions(), far.keys_asked()), (2 * round - 1, 1), "nothing was asked so far");
            assert!(heard((headers, body)).await);
        };
        let (ran, ()) = tokio::join!(run(&adapter, generate(1), Vec::new()), knocking);
        assert_eq!((ran.code, ran.pictures.len()), (None, 1), "{}", ran.detail);
        assert_eq!(far.questions(), 2 * round);
        far.forgets_hooks();
    }
}
