//! ComfyUI's dialect: graphs, their slots, and five questions each of which can go wrong.

use allxone_contract::{InputRole, JobRequest, Operation, ProblemCode, Seed, Size};
use allxone_engine::Cancel;
use allxone_testkit::partners::comfyui::{FOREVER, Step};
use allxone_testkit::partners::{ComfyUi, Fault};

use super::bench::{CANCELLED, adapter, follow, input, run, run_left, run_until};
use super::every_fault;
use crate::partners::PartnerKind;

fn generate(count: u8) -> JobRequest {
    let mut request = JobRequest::new(Operation::Generate, "comfyui/txt2img".into());
    request.prompt = "a lighthouse at dawn, {{seed}} \"quoted\"".to_owned();
    (request.count, request.seed, request.size) =
        (count, Some(Seed(41)), Some(Size { width: 64, height: 128 }));
    request
}

fn edit(count: u8) -> JobRequest {
    let model = "comfyui/img2img".into();
    JobRequest { operation: Operation::Edit, model, size: None, strength: Some(40), ..generate(count) }
}

/// The first node of a class, of a graph as it came.
fn node<'a>(asked: &'a serde_json::Value, class: &str) -> &'a serde_json::Value {
    let nodes = asked["prompt"].as_object().unwrap();
    &nodes.values().find(|node| node["class_type"] == class).unwrap()["inputs"]
}

#[tokio::test]
async fn each_way_of_working_is_a_graph_with_its_slots_filled() {
    let far = ComfyUi::start().await;
    let adapter = adapter(PartnerKind::ComfyUi, far.url(), "", true);
    far.takes(3);
    let ran = run(&adapter, generate(3), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 128); 3]), "{}", ran.detail);
    let asked = far.asked().remove(0);
    assert_eq!(node(&asked, "CLIPTextEncode")["text"], "a lighthouse at dawn, {{seed}} \"quoted\"");
    assert_eq!(node(&asked, "KSampler")["seed"], 41);
    assert_eq!(node(&asked, "EmptyLatentImage")["batch_size"], 3);
    assert_eq!(
        node(&asked, "CheckpointLoaderSimple")["ckpt_name"],
        "photon_v1.safetensors",
        "plain, and first"
    );

    let ran = run(&adapter, edit(2), vec![input(InputRole::Init)]).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64); 2]), "{}", ran.detail);
    let asked = far.asked().remove(1);
    assert_eq!(node(&asked, "KSampler")["denoise"], 0.4);
    let ran = run(&adapter, edit(1), vec![input(InputRole::Init), input(InputRole::Mask)]).await;
    assert_eq!((ran.code, ran.pictures), (None, vec![(64, 64)]), "{}", ran.detail);
    let asked = far.asked().remove(2);
    let mask = node(&asked, "LoadImageMask");
    assert_eq!(mask["channel"], "alpha");
    assert!(mask["image"].as_str().unwrap().ends_with("-mask/picture.png [temp]"), "{mask}");
}

#[tokio::test]
async fn versions_that_choose_ids_themselves_are_followed_by_theirs() {
    let far = ComfyUi::start().await;
    far.chooses_ids();
    far.takes(2);
    let ran = run(&adapter(PartnerKind::ComfyUi, far.url(), "", true), generate(1), Vec::new()).await;
    assert_eq!((ran.code, ran.pictures.len()), (None, 1), "{}", ran.detail);
}

/// What a fault at a step has to become on a machine of one's own; `None` where it is overcome.
fn becomes(step: Step, fault: Fault) -> Option<ProblemCode> {
    use ProblemCode as P;
    let broken =
        matches!(fault, Fault::Stalls | Fault::StallsAfter(_) | Fault::HangsUp | Fault::BreaksAfter(_));
    let usual = match (fault, super::becomes(fault)) {
        (Fault::Refuses(400, ..), _) => Some(P::Invalid),
        (Fault::Refuses(429, _, None), _) => Some(P::PartnerBusy),
        (_, Some(P::OutcomeUnknown)) => Some(P::PartnerUnavailable),
        (_, usual) => usual,
    };
    match (step, fault) {
        (Step::Submit, Fault::BlocksInput) => Some(P::UnknownModel),
        // The id is ours: whatever became of the answer, the request can be asked after.
        (Step::Submit, Fault::Floods | Fault::Garbage | Fault::Announces | Fault::Compressed) => None,
        (Step::Submit | Step::Queue | Step::History | Step::Picture, _) if broken => None,
        (Step::Checkpoints, Fault::NoPicture | Fault::Garbage) => Some(P::UnknownModel),
        (Step::Checkpoints, Fault::Refuses(429, ..)) => Some(P::PartnerBusy),
        (Step::Upload, Fault::Floods) => Some(P::PartnerUnavailable),
        (Step::Queue | Step::History, Fault::Refuses(429 | 500.., ..) | Fault::Gateway(429 | 500..)) => None,
        (Step::Queue | Step::History, Fault::Garbage) => None,
        (Step::Queue | Step::History, Fault::Floods | Fault::Announces | Fault::Compressed) => {
            Some(P::PartnerUnavailable)
        }
        (Step::History, Fault::BlocksInput) => Some(P::TooLarge),
        (Step::History, Fault::BlocksOutput) => Some(P::PartnerUnavailable),
        (Step::Picture, _) => Some(P::NoOutput),
        _ => usual,
    }
}

/// Whether a fault is one that can be at that step.
fn can_be(step: Step, fault: Fault) -> bool {
    match fault {
        Fault::NotAPicture | Fault::HalfAPicture => step == Step::Picture,
        Fault::NotBase64 | Fault::EndlessPicture => false,
        Fault::NoPicture => matches!(step, Step::Checkpoints | Step::History),
        Fault::BlocksInput => matches!(step, Step::Submit | Step::History),
        Fault::BlocksOutput => step == Step::History,
        _ => true,
    }
}

#[tokio::test]
async fn every_fault_at_every_step_has_one_meaning_and_no_graph_is_put_twice() {
    let far = ComfyUi::start().await;
    let kind = PartnerKind::ComfyUi;
    let (patient, hasty) = (adapter(kind, far.url(), "", true), adapter(kind, far.url(), "", false));
    let steps = [Step::Checkpoints, Step::Upload, Step::Submit, Step::Queue, Step::History, Step::Picture];
    let mut cases = 0;
    far.takes(1);
    for step in steps {
        for fault in every_fault(&[0, 1, 20]).into_iter().filter(|fault| can_be(step, *fault)) {
            let before = (far.made(), far.asked().len());
            // A request that ends at once is not looked for in the queue.
            far.takes(u32::from(matches!(step, Step::Queue)));
            far.script(step).order(fault);
            let stalls = matches!(fault, Fault::Stalls | Fault::StallsAfter(_) | Fault::Announces);
            let adapter = if stalls { &hasty } else { &patient };
            let ran = match step {
                Step::Upload => run(adapter, edit(1), vec![input(InputRole::Init)]).await,
                _ => run(adapter, generate(1), Vec::new()).await,
            };
            assert_eq!(ran.code, becomes(step, fault), "{step:?}: {fault:?}: {}", ran.detail);
            assert_eq!(far.script(step).left(), 0, "{step:?}: {fault:?}");
            assert!(far.made() - before.0 <= 1, "{step:?}: {fault:?}");
            let again = usize::from(step == Step::Submit && matches!(fault, Fault::Refuses(429, _, Some(0))));
            assert!(far.asked().len() - before.1 <= 1 + again, "{step:?}: {fault:?}");
            assert_eq!(ran.pictures.len(), usize::from(ran.code.is_none()), "{step:?}: {fault:?}");
            cases += 1;
        }
    }
    assert!(cases >= 300, "{cases} cases");
}

#[tokio::test]
async fn what_a_restart_has_forgotten_may_be_asked_for_again() {
    let far = ComfyUi::start().await;
    far.takes(FOREVER);
    let adapter = adapter(PartnerKind::ComfyUi, far.url(), "", true);
    let forgetting = async {
        while far.questions() < 2 {
            tokio::task::yield_now().await;
        }
        far.forgets();
    };
    let (ran, ()) = tokio::join!(run(&adapter, generate(1), Vec::new()), forgetting);
    assert_eq!(ran.code, Some(ProblemCode::PartnerUnavailable), "{}", ran.detail);
}

#[tokio::test]
async fn what_is_stopped_is_taken_out_of_the_queue_or_interrupted_and_nothing_else_is() {
    for holds in [true, false] {
        let far = ComfyUi::start().await;
        let adapter = adapter(PartnerKind::ComfyUi, far.url(), "", true);
        far.takes(FOREVER);
        far.holds(holds);
        let cancel = Cancel::new();
        let stopping = async {
            while far.questions() < 2 {
                tokio::task::yield_now().await;
            }
            cancel.cancel();
        };
        let (ran, ()) = tokio::join!(run_until(&adapter, generate(1), Vec::new(), &cancel), stopping);
        assert_eq!(ran.detail, CANCELLED);
        let id = far.asked()[0]["prompt_id"].clone();
        let stops = far.stops();
        assert_eq!(stops[0], ("queue".to_owned(), serde_json::json!({ "delete": [id] })));
        let interrupts = &stops[1..];
        assert_eq!(interrupts.len(), usize::from(!holds), "{interrupts:?}");
        assert!(interrupts.iter().all(|(_, body)| body["prompt_id"] == id));
    }
}

#[tokio::test]
async fn what_was_left_is_followed_by_its_id_and_made_anew_where_it_is_gone() {
    for (forgets, graphs) in [(false, 1), (true, 2)] {
        let far = ComfyUi::start().await;
        let adapter = adapter(PartnerKind::ComfyUi, far.url(), "", true);
        far.takes(FOREVER);
        let ran = run_left(&adapter, generate(2), || far.questions()).await;
        assert_eq!((ran.code, far.stops()), (Some(ProblemCode::PartnerUnavailable), Vec::new()));

        far.takes(1);
        far.finishes();
        if forgets {
            far.forgets();
        }
        let followed = follow(&adapter, generate(2), ran.taken).await;
        assert_eq!((followed.code, followed.pictures), (None, vec![(64, 128); 2]), "{}", followed.detail);
        assert_eq!(far.asked().len(), graphs);
    }
}
