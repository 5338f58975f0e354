//! The models of this computer through the whole service.

use allxone_contract::*;
use allxone_engine::Engine;
use allxone_media::{Limits as Caps, Picture, has_ai_origin};
use allxone_service::{Limits, start};
use bytes::Bytes;
use tempfile::TempDir;

use crate::http::Http;
use crate::rig::{INFERENCE, MODELS, config, fixture, gate};

async fn run(http: &Http, key: &str, request: &JobRequest) -> (Job, Vec<u8>) {
    let body = serde_json::to_vec(request).unwrap();
    let reply = http.send("POST", "/jobs", &[("idempotency-key", key)], &body).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    let id = reply.json::<Job>().id.to_string();
    let frame = http.follow(&id, None).await.until("ended").await;
    let job: Job = serde_json::from_value(frame.data["job"].clone()).unwrap();
    assert_eq!(job.state, JobState::Succeeded, "{:?}", job.error);
    let content = http.get(&format!("/assets/{}/content", job.outputs[0].asset)).await.body;
    (job, content)
}

#[tokio::test]
async fn every_model_makes_what_its_card_says() {
    let dir = TempDir::new().unwrap();
    let engine = Engine::new(INFERENCE.clone(), format!("{MODELS}/drawings").into());
    let service = start(config(dir.path(), Limits::default()), gate(), engine).await.unwrap();
    let http = Http { addr: service.addr(), token: service.token().expose().to_owned() };
    let cards = http.get("/models").await.json::<ModelList>().models;
    let ids: Vec<_> = cards.iter().map(|card| card.id.as_str()).collect();
    assert_eq!(ids, ["local/scene", "local/style-26", "local/upscale", "local/cutout"]);

    let source = fixture("safe_chelsea.png");
    let asset: Asset = http.send("POST", "/uploads", &[], source.bytes()).await.json();
    let input = |operation, model: &str| {
        let mut request = JobRequest::new(operation, model.into());
        request.inputs = vec![InputRef { sha256: asset.sha256, role: InputRole::Init }];
        request
    };
    let read = |bytes: &[u8]| Picture::received(Bytes::copy_from_slice(bytes), &Caps::default()).unwrap();

    let styled = JobRequest {
        style: Some(cards[1].styles[0].id.clone()),
        ..input(Operation::Stylise, "local/style-26")
    };
    let (job, first) = run(&http, "style", &styled).await;
    assert_eq!((job.outputs[0].source, has_ai_origin(&first)), (Source::Edited, true));
    assert_eq!((read(&first).width(), read(&first).height()), (source.width(), source.height()));
    let (_, again) = run(&http, "style-again", &styled).await;
    assert!(first == again, "the same request gives the same bytes");

    let (job, cut) = run(&http, "cut", &input(Operation::CutOut, "local/cutout")).await;
    assert_eq!((job.outputs[0].source, has_ai_origin(&cut)), (Source::Own, false));
    assert!(read(&cut).pixels().has_alpha());

    let larger = JobRequest { factor: Some(2), ..input(Operation::Upscale, "local/upscale") };
    let (job, large) = run(&http, "larger", &larger).await;
    assert_eq!((job.outputs[0].source, has_ai_origin(&large)), (Source::Own, false));
    assert_eq!((read(&large).width(), read(&large).height()), (source.width() * 2, source.height() * 2));
    assert!(job.progress.steps > 0 && job.progress.step == job.progress.steps);

    let mut scene = JobRequest::new(Operation::Generate, "local/scene".into());
    scene.prompt = "two owls and a flumbergast at sunset".to_owned();
    (scene.count, scene.seed, scene.size) = (2, Some(Seed(7)), Some(Size { width: 256, height: 192 }));
    let (job, drawn) = run(&http, "scene", &scene).await;
    assert_eq!(job.outputs.iter().map(|o| o.seed).collect::<Vec<_>>(), [Some(Seed(7)), Some(Seed(8))]);
    assert_ne!(job.outputs[0].sha256, job.outputs[1].sha256);
    assert_eq!((job.outputs[0].source, has_ai_origin(&drawn)), (Source::Generated, true));
    assert_eq!((read(&drawn).width(), read(&drawn).height()), (256, 192));
    let report = job.outputs[0].report.as_ref().unwrap();
    assert_eq!(report["kind"], "scene");
    assert!(report["unknown"].as_array().unwrap().contains(&"flumbergast".into()), "{report}");
    assert_eq!(job.warnings.iter().map(|w| w.kind).collect::<Vec<_>>(), [WarningKind::PromptPartIgnored]);
    assert!(
        !job.warnings[0].message.contains("flumbergast"),
        "a job carries no words of its prompt outside of reports"
    );
    let (_, again) = run(&http, "scene-again", &scene).await;
    assert!(drawn == again, "the same request gives the same bytes");

    service.shutdown().await;
}

#[tokio::test]
async fn scene_tells_beforehand_what_it_draws_and_what_it_leaves_out() {
    let dir = TempDir::new().unwrap();
    let engine = Engine::new(INFERENCE.clone(), format!("{MODELS}/drawings").into());
    let service = start(config(dir.path(), Limits::default()), gate(), engine).await.unwrap();
    let http = Http { addr: service.addr(), token: service.token().expose().to_owned() };
    let mut request = JobRequest::new(Operation::Generate, "local/scene".into());
    request.prompt = "three owls and an antimacassar in a snowy forest".to_owned();
    let plan = async |request: &JobRequest| {
        http.send("POST", "/plans", &[], &serde_json::to_vec(request).unwrap()).await
    };
    let told: Plan = plan(&request).await.json();
    assert_eq!((told.things[0].words.as_str(), told.things[0].count), ("owls", 3));
    assert!(told.setting.iter().any(|words| words.contains("forest")), "{told:?}");
    assert_eq!(told.left_out, ["antimacassar"]);

    let other =
        JobRequest { model: "local/upscale".into(), operation: Operation::Upscale, ..request.clone() };
    assert_eq!(plan(&other).await.status, 400, "only what plans is asked");
    request.prompt = "nsfw".to_owned();
    assert_eq!(plan(&request).await.status, 422, "checked like a job");
}
