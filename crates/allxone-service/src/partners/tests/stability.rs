//! Stability's dialect.

use allxone_contract::{InputRole, JobRequest, Operation, ProblemCode, Seed};
use allxone_testkit::partners::stability::KEY;
use allxone_testkit::partners::{Fault, Stability};

use super::bench::{adapter, input, run};
use super::{becomes, every_fault};
use crate::partners::PartnerKind;

fn generate(count: u8) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "stability/core".into());
    request.prompt = "a lighthouse at dawn".to_owned();
    (request.negative_prompt, request.count, request.seed) = (Some("rain".to_owned()), count, Some(Seed(41)));
    request
}

#[tokio::test]
async fn each_service_is_asked_in_its_own_form() {
    let far = Stability::start().await;
    let adapter = adapter(PartnerKind::Stability, far.url(), KEY, true);
    let ran = run(&adapter, generate(2), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64); 2]), "{}", ran.detail);
    let seeds: Vec<_> = far.asked().iter().map(|asked| asked.fields["seed"].clone()).collect();
    assert_eq!(seeds, ["41", "42"], "one call a picture, each with its own seed");
    assert_eq!(far.asked()[0].fields["negative_prompt"], "rain");
    for (operation, model, size) in [
        (Operation::Upscale, "stability/upscale-fast", 256),
        (Operation::CutOut, "stability/remove-background", 64),
    ] {
        let mut request = JobRequest::new(operation, model.into());
        request.factor = (operation == Operation::Upscale).then_some(4);
        let picture = input(InputRole::Init);
        let sent = picture.picture.bytes().to_vec();
        let ran = run(&adapter, request, vec![picture]).await;
        assert_eq!((ran.code, ran.pictures), (None, vec![(size, size)]), "{model}: {}", ran.detail);
        let asked = far.asked().pop().unwrap();
        assert!(model.ends_with(asked.path.rsplit('/').next().unwrap()) || asked.path == "upscale/fast");
        assert_eq!(asked.files, [("image".to_owned(), sent)]);
    }
}

#[tokio::test]
async fn every_fault_has_one_meaning_and_none_is_asked_twice() {
    let far = Stability::start().await;
    let (patient, hasty) = (
        adapter(PartnerKind::Stability, far.url(), KEY, true),
        adapter(PartnerKind::Stability, far.url(), KEY, false),
    );
    let mut cases = 0;
    for _ in 0..2 {
        for fault in every_fault(&[0, 1, 12, 90]) {
            let asked = far.asked().len();
            far.script().order(fault);
            let stalls = matches!(fault, Fault::Stalls | Fault::StallsAfter(_) | Fault::Announces);
            let ran = run(if stalls { &hasty } else { &patient }, generate(1), Vec::new()).await;
            let expected = match fault {
                Fault::Announces => Some(ProblemCode::NoOutput),
                // To Stability's words nothing is a quota.
                Fault::Refuses(400, ..) => Some(ProblemCode::Invalid),
                Fault::Refuses(429, "insufficient_quota", _) => Some(ProblemCode::PartnerBusy),
                _ => becomes(fault),
            };
            assert_eq!(ran.code, expected, "{fault:?}: {}", ran.detail);
            assert_eq!(far.asked().len() - asked, 1 + usize::from(expected.is_none()), "{fault:?}");
            assert_eq!(ran.pictures.len(), usize::from(expected.is_none()), "{fault:?}");
            cases += 1;
        }
    }
    assert!(cases >= 120, "{cases} cases");
}

#[tokio::test]
async fn a_blurred_picture_is_never_shown_and_the_others_are() {
    let far = Stability::start().await;
    let adapter = adapter(PartnerKind::Stability, far.url(), KEY, true);
    far.script().order(Fault::BlocksOutput);
    let ran = run(&adapter, generate(3), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures.len()), (None, 2));
    far.script().order(Fault::BlocksOutput);
    let ran = run(&adapter, generate(1), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures.len()), (Some(ProblemCode::ContentBlocked), 0));
}
