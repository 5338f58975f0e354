//! OpenAI's dialect.

use allxone_contract::{InputRole, JobRequest, Operation, ProblemCode, Size};
use allxone_engine::Cancel;
use allxone_testkit::partners::openai::KEY;
use allxone_testkit::partners::{Fault, OpenAi};

use super::bench::{adapter, input, run, run_until, run_watched};
use super::{becomes, every_fault};
use crate::partner::Input;
use crate::partners::PartnerKind;

const SMALL: Size = Size { width: 64, height: 64 };

fn generate(count: u8) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "openai/gpt-image-2".into());
    request.prompt = "a lighthouse \"at dawn\"\nwith gulls – ☀".to_owned();
    (request.count, request.size) = (count, Some(SMALL));
    request
}

fn edit(count: u8) -> (JobRequest, Vec<Input>) {
    let request =
        JobRequest { operation: Operation::Edit, model: "openai/gpt-image-2-edit".into(), ..generate(count) };
    (request, vec![input(InputRole::Reference), input(InputRole::Init), input(InputRole::Mask)])
}

#[tokio::test]
async fn a_request_arrives_in_openais_words_and_its_pictures_come_back() {
    let far = OpenAi::start().await;
    let adapter = adapter(PartnerKind::OpenAi, far.url(), KEY, true);
    let ran = run(&adapter, generate(3), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64); 3]), "{}", ran.detail);
    let asked = far.asked().remove(0);
    assert_eq!(asked.fields["prompt"], generate(3).prompt);
    assert_eq!(
        (&asked.fields["model"], &asked.fields["n"], &asked.fields["size"]),
        (&"gpt-image-2".into(), &3.into(), &"64x64".into())
    );

    let (request, inputs) = edit(2);
    let sent: Vec<_> = inputs.iter().map(|input| input.picture.bytes().to_vec()).collect();
    let ran = run(&adapter, request, inputs).await;
    assert_eq!((ran.code, ran.pictures.len()), (None, 2), "{}", ran.detail);
    let asked = far.asked().remove(1);
    assert_eq!(asked.path, "/v1/images/edits");
    assert_eq!(asked.fields["prompt"], generate(1).prompt);
    let named: Vec<_> = asked.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(named, ["image[]", "image[]", "mask"]);
    let files: Vec<_> = asked.files.iter().map(|(_, content)| content.as_slice()).collect();
    assert_eq!(
        files,
        [&sent[1], &sent[0], &sent[2]],
        "the very bytes that were judged, the one to work on first"
    );
    assert_eq!(far.made(), 2);
}

#[tokio::test]
async fn every_fault_has_one_meaning_and_none_is_asked_twice() {
    let far = OpenAi::start().await;
    let (patient, hasty) = (
        adapter(PartnerKind::OpenAi, far.url(), KEY, true),
        adapter(PartnerKind::OpenAi, far.url(), KEY, false),
    );
    let mut cases = 0;
    // A request for one picture is watched: it comes as events, and means the same.
    for (count, edits, previews) in [
        (1, false, 0),
        (3, false, 0),
        (10, false, 0),
        (1, true, 0),
        (4, true, 3),
        (1, false, 3),
        (1, true, 1),
    ] {
        for fault in every_fault(&[0, 1, 33, 200, 700]) {
            let (request, inputs) = if edits { edit(count) } else { (generate(count), Vec::new()) };
            let before = (far.made(), far.asked().len());
            far.script().order(fault);
            let stalls = matches!(fault, Fault::Stalls | Fault::StallsAfter(_) | Fault::Announces);
            let adapter = if stalls { &hasty } else { &patient };
            let ran = run_watched(adapter, request, inputs, previews).await;
            let expected = match (fault, stalls) {
                // It says how much comes, so that it is not even waited for.
                (Fault::Announces, _) => Some(ProblemCode::NoOutput),
                _ => becomes(fault),
            };
            assert_eq!(ran.code, expected, "{fault:?} × {count}, edits: {edits}: {}", ran.detail);
            let (made, asked) = (far.made() - before.0, far.asked().len() - before.1);
            let again = usize::from(expected.is_none());
            assert_eq!(made, usize::from(fault.is_made()) + again, "{fault:?}");
            assert_eq!(asked, 1 + again, "{fault:?}");
            assert!(
                ran.pictures.len() <= usize::from(count) && ran.pictures.iter().all(|size| *size == (64, 64)),
                "{fault:?}"
            );
            if ran.code.is_none() {
                assert_eq!(ran.pictures.len(), usize::from(count));
            } else {
                assert!(!ran.detail.contains("lighthouse") && ran.detail.contains('.'), "{}", ran.detail);
            }
            assert_eq!(far.script().left(), 0, "{fault:?}");
            cases += 1;
        }
    }
    assert!(cases >= 400, "{cases} cases");
}

#[tokio::test]
async fn a_picture_is_seen_before_it_is_finished() {
    let far = OpenAi::start().await;
    let adapter = adapter(PartnerKind::OpenAi, far.url(), KEY, true);
    for (edits, previews) in [(false, 2), (true, 3)] {
        let (request, inputs) = if edits { edit(1) } else { (generate(1), Vec::new()) };
        let ran = run_watched(&adapter, request, inputs, previews).await;
        assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64)]), "{}", ran.detail);
        assert_eq!(ran.previews, (0..previews).collect::<Vec<_>>());
    }
    let ran = run_watched(&adapter, generate(2), Vec::new(), 2).await;
    assert_eq!((ran.pictures.len(), ran.previews.len()), (2, 0), "of several nobody knows which it is");
    let asked = far.asked();
    assert_eq!((&asked[0].fields["stream"], &asked[0].fields["partial_images"]), (&true.into(), &2.into()));
    assert!(!asked[2].fields.contains_key("stream") && !asked[2].fields.contains_key("partial_images"));
}

#[tokio::test]
async fn a_partner_that_stays_busy_is_left_alone() {
    let far = OpenAi::start().await;
    let adapter = adapter(PartnerKind::OpenAi, far.url(), KEY, true);
    for _ in 0..3 {
        far.script().order(Fault::Refuses(429, "rate_limit_exceeded", Some(0)));
    }
    let ran = run(&adapter, generate(1), Vec::new()).await;
    assert_eq!((ran.code, far.asked().len(), far.made()), (Some(ProblemCode::PartnerBusy), 3, 0));
}

#[tokio::test]
async fn a_wrong_key_is_the_operators_affair() {
    let far = OpenAi::start().await;
    let adapter = adapter(PartnerKind::OpenAi, far.url(), "another", true);
    let ran = run(&adapter, generate(1), Vec::new()).await;
    assert_eq!((ran.code, far.made()), (Some(ProblemCode::PartnerAccount), 0));
    assert!(!ran.detail.contains("another"));
}

#[tokio::test]
async fn nobody_there_means_nothing_was_sent() {
    let address = OpenAi::start().await.url().to_owned();
    let ran = run(&adapter(PartnerKind::OpenAi, &address, KEY, true), generate(1), Vec::new()).await;
    assert_eq!(ran.code, Some(ProblemCode::PartnerUnavailable), "{}", ran.detail);
}

#[tokio::test]
async fn a_size_that_the_model_does_not_make_is_not_asked_for() {
    let far = OpenAi::start().await;
    let adapter = adapter(PartnerKind::OpenAi, far.url(), KEY, true);
    for (width, height) in [(2048, 2048), (2048, 512)] {
        let request = JobRequest { size: Some(Size { width, height }), ..generate(1) };
        assert_eq!(run(&adapter, request, Vec::new()).await.code, Some(ProblemCode::Invalid));
    }
    assert!(far.asked().is_empty());
}

#[tokio::test]
async fn what_is_stopped_while_openai_has_it_stays_unknown() {
    let far = OpenAi::start().await;
    let adapter = adapter(PartnerKind::OpenAi, far.url(), KEY, true);
    far.script().order(Fault::Stalls);
    let cancel = Cancel::new();
    let stopping = async {
        while far.made() == 0 {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (ran, ()) = tokio::join!(run_until(&adapter, generate(1), Vec::new(), &cancel), stopping);
    assert_eq!(ran.code, Some(ProblemCode::OutcomeUnknown), "{}", ran.detail);
}
