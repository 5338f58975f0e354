//! AUTOMATIC1111's dialect.

use allxone_contract::{InputRole, JobRequest, Operation, ProblemCode, Seed, Size};
use allxone_engine::Cancel;
use allxone_testkit::partners::{Automatic1111, Fault};

use super::bench::{CANCELLED, adapter, input, run, run_until};
use super::every_fault;
use crate::partners::PartnerKind;

fn generate(count: u8) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "a1111/txt2img".into());
    request.prompt = "a lighthouse at dawn".to_owned();
    (request.count, request.seed, request.size) =
        (count, Some(Seed(41)), Some(Size { width: 64, height: 64 }));
    request
}

#[tokio::test]
async fn each_way_of_working_is_asked_in_its_own_words() {
    let far = Automatic1111::start().await;
    let adapter = adapter(PartnerKind::Automatic1111, far.url(), "", true);
    let ran = run(&adapter, generate(3), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64); 3]), "without the sheet: {}", ran.detail);
    let body = far.asked()[0].fields.clone();
    assert_eq!(
        (&body["prompt"], &body["seed"], &body["n_iter"]),
        (&"a lighthouse at dawn".into(), &41.into(), &3.into())
    );

    let mut edit =
        JobRequest { operation: Operation::Edit, model: "a1111/img2img".into(), size: None, ..generate(1) };
    edit.strength = Some(40);
    let ran = run(&adapter, edit, vec![input(InputRole::Init), input(InputRole::Mask)]).await;
    assert_eq!((ran.code, ran.pictures.len()), (None, 1), "{}", ran.detail);
    let asked = far.asked()[1].clone();
    let body = asked.fields;
    assert_eq!(
        (asked.path.as_str(), &body["denoising_strength"], &body["inpainting_mask_invert"]),
        ("img2img", &0.4.into(), &1.into())
    );

    let mut larger = JobRequest::new(Operation::Upscale, "a1111/upscale".into());
    larger.factor = Some(2);
    let ran = run(&adapter, larger, vec![input(InputRole::Init)]).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(128, 128)]), "{}", ran.detail);
}

/// What a fault has to become on a machine of one's own, where nothing is paid: there is no outcome that must not be tried again.
fn becomes(fault: Fault) -> Option<ProblemCode> {
    match (fault, super::becomes(fault)) {
        (Fault::BlocksInput | Fault::BlocksOutput | Fault::EndlessPicture, _) => None,
        (Fault::Refuses(400, ..), _) => Some(ProblemCode::Invalid),
        (Fault::Refuses(429, ..), _) => Some(ProblemCode::PartnerBusy),
        (_, Some(ProblemCode::OutcomeUnknown)) => Some(ProblemCode::PartnerUnavailable),
        (_, usual) => usual,
    }
}

#[tokio::test]
async fn every_fault_has_one_meaning() {
    let far = Automatic1111::start().await;
    let kind = PartnerKind::Automatic1111;
    let (patient, hasty) = (adapter(kind, far.url(), "", true), adapter(kind, far.url(), "", false));
    for count in [1, 2] {
        for fault in every_fault(&[0, 1, 30, 200]) {
            let asked = far.asked().len();
            far.script().order(fault);
            let stalls = matches!(fault, Fault::Stalls | Fault::StallsAfter(_) | Fault::Announces);
            let ran = run(if stalls { &hasty } else { &patient }, generate(count), Vec::new()).await;
            assert_eq!(ran.code, becomes(fault), "{fault:?} × {count}: {}", ran.detail);
            assert_eq!(far.asked().len() - asked, 1, "{fault:?}");
            assert_eq!(ran.pictures.len(), if ran.code.is_none() { count.into() } else { 0 }, "{fault:?}");
        }
    }
}

#[tokio::test]
async fn what_is_stopped_is_stopped_there_too() {
    let far = Automatic1111::start().await;
    let adapter = adapter(PartnerKind::Automatic1111, far.url(), "", true);
    far.script().order(Fault::Stalls);
    let cancel = Cancel::new();
    let stopping = async {
        while far.asked().is_empty() {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ran, ()) = tokio::join!(run_until(&adapter, generate(1), Vec::new(), &cancel), stopping);
    let stops = far.asked().iter().filter(|asked| asked.path == "interrupt").count();
    assert_eq!((ran.detail.as_str(), stops), (CANCELLED, 1));
}
