//! What crosses the line between studio and service, written down byte by byte by a relay in the middle.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use allxone_app::studio::{Code, Draft, LibraryLedger, Parts, ServiceClient, Studio};
use allxone_contract::{JobRequest, Operation, Size, UtcMillis};
use allxone_egress::{BearerToken, Door, OfflineLock, Server};
use allxone_engine::Engine;
use allxone_inference::{Inference, ModelPaths};
use allxone_library::{Access, EgressFilter, Library, LibraryKeys};
use allxone_media::{Decoder, Limits};
use allxone_safety::Gate;
use allxone_service::{LocalModels, Partner, RunningService, ServiceConfig, ServiceKeys};
use allxone_tests::{fixture, models};
use allxone_vault::SecretKey;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct Line {
    pub(super) studio: Studio,
    pub(super) service: RunningService,
    pub(super) client: ServiceClient,
    pub(super) seen: Arc<Mutex<Vec<u8>>>,
    pub(super) offline: OfflineLock,
    /// How many milliseconds the library's clock is ahead.
    pub(super) ahead: Arc<AtomicI64>,
    _folder: TempDir,
}

impl Line {
    async fn lay() -> Self {
        Self::lay_over(&models()).await
    }

    /// A line to a service that is somebody else's.
    pub(super) async fn to_another() -> Self {
        let mut line = Self::lay().await;
        line.studio = line.studio.with_service(line.client.clone(), false);
        line
    }

    /// A line whose gate judges by the models in this folder.
    async fn lay_over(models_of_gate: &std::path::Path) -> Self {
        Self::lay_with(models_of_gate, |local| Arc::new(local)).await
    }

    /// A line to a service that offers its models this way.
    pub(super) async fn lay_with(
        models_of_gate: &std::path::Path,
        offered: impl FnOnce(LocalModels) -> Arc<dyn Partner>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = || SecretKey::random().unwrap();
        let inference = Inference::new(ModelPaths::under(models_of_gate));
        let gate = Gate::new(inference.clone());
        let config = ServiceConfig::on_loopback(
            folder.path().join("service"),
            ServiceKeys { database: key(), files: key() },
        );
        let local = LocalModels::new(Engine::new(inference, models().join("drawings")));
        let service = allxone_service::start_with(config, gate.clone(), vec![offered(local)]).await.unwrap();
        let (relay, seen) = relay(service.addr()).await;
        std::fs::create_dir(folder.path().join("library")).unwrap();
        let keys = LibraryKeys { database: key(), blobs: key() };
        let ahead = Arc::new(AtomicI64::new(0));
        let offset = Arc::clone(&ahead);
        let clock = Arc::new(move || UtcMillis::now().0 + offset.load(Ordering::SeqCst));
        let library =
            Library::open_with_clock(&folder.path().join("library"), keys, Access::Exclusive, clock).unwrap();
        let offline = OfflineLock::new(false);
        let door = Door::builder()
            .ledger(Arc::new(LibraryLedger::new(library.clone())))
            .offline_lock(offline.clone())
            .build()
            .unwrap();
        let token = BearerToken::new(service.token().expose()).unwrap();
        let server = Server::remote(&format!("http://{relay}"), Some(token)).unwrap();
        let client = ServiceClient::new(door, server);
        let studio = Studio::new(Parts {
            gate,
            decoder: Decoder::in_process(Limits::default()),
            results: Decoder::in_process(Limits::default()),
            client: client.clone(),
            own_service: true,
            library,
            offline: offline.clone(),
        });
        Self { studio, client, service, seen, offline, ahead, _folder: folder }
    }

    pub(super) fn saw(&self, words: &str) -> usize {
        let seen = self.seen.lock().unwrap();
        seen.windows(words.len()).filter(|window| *window == words.as_bytes()).count()
    }
}

/// Passes every connection on to `to` and writes down what comes from the studio's side.
async fn relay(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (addr, seen) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let book = seen.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            #[expect(clippy::disallowed_methods, reason = "the relay is a stranger on the wire")]
            let far = TcpStream::connect(to).await.unwrap();
            let book = book.clone();
            let ((mut near_in, mut near_out), (mut far_in, mut far_out)) =
                (near.into_split(), far.into_split());
            tokio::spawn(async move {
                let mut piece = [0; 16 * 1024];
                while let Ok(length @ 1..) = near_in.read(&mut piece).await {
                    readdress(&mut piece[..length], addr, to);
                    book.lock().unwrap().extend(&piece[..length]);
                    if far_out.write_all(&piece[..length]).await.is_err() {
                        break;
                    }
                }
            });
            tokio::spawn(async move { tokio::io::copy(&mut far_in, &mut near_out).await });
        }
    });
    (addr, seen)
}

/// The service answers to its own name only, so the relay writes the real one into the `Host` header.
pub(super) fn readdress(piece: &mut [u8], from: SocketAddr, to: SocketAddr) {
    let (from, to) = (from.to_string().into_bytes(), to.to_string().into_bytes());
    assert_eq!(from.len(), to.len());
    for at in 0..piece.len().saturating_sub(from.len()) {
        if piece[at..at + from.len()] == from {
            piece[at..at + to.len()].copy_from_slice(&to);
        }
    }
}

pub(super) fn scene(prompt: &str) -> Draft {
    let mut request = JobRequest::new(Operation::Generate, "local/scene".into());
    request.prompt = prompt.to_owned();
    request.size = Some(Size { width: 160, height: 160 });
    Draft { request, confirmed: true, parents: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_stops_never_touches_the_wire() {
    let line = Line::lay().await;
    let error =
        line.studio.submit(scene("explicit nude woman having sex, pornographic photo")).await.unwrap_err();
    assert_eq!(error.code(), Code::Blocked);
    let staged =
        line.studio.stage(std::fs::read(fixture("unsafe_both_512.png")).unwrap().into()).await.unwrap();
    let mut request = JobRequest::new(Operation::CutOut, "local/cutout".into());
    request
        .inputs
        .push(allxone_contract::InputRef { sha256: staged.sha256, role: allxone_contract::InputRole::Init });
    let error =
        line.studio.submit(Draft { request, confirmed: true, parents: Vec::new() }).await.unwrap_err();
    assert_eq!(error.code(), Code::Blocked);
    for words in ["nude", "porn", "POST /api/v1/uploads", "POST /api/v1/jobs", "IHDR"] {
        assert_eq!(line.saw(words), 0, "{words}");
    }
    assert_eq!(line.studio.library().decisions(10).unwrap().len(), 2, "the two decisions are written down");
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_tells_what_the_wire_saw() {
    let line = Line::lay().await;
    let queue = line.studio.submit(scene("a fox, relaycanary")).await.unwrap();
    let done = line.studio.wait(queue).await.unwrap();
    assert_eq!(done.kept.len(), 1);
    assert_eq!(line.saw("relaycanary"), 1, "the prompt crossed once");
    let rows = line.studio.library().egress_list(&EgressFilter::default(), 100).unwrap();
    let requests =
        ["GET /api", "POST /api", "DELETE /api"].iter().map(|words| line.saw(words)).sum::<usize>();
    assert_eq!(rows.len(), requests, "one row for each request");
    assert!(rows.iter().all(|row| row.end.is_some()));
    assert!(!format!("{rows:?}").contains("relaycanary"), "and no content in it");
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_the_offline_lock_nothing_moves_and_the_library_stays_open() {
    let line = Line::lay().await;
    line.offline.close();
    let error = line.studio.submit(scene("a fox")).await.unwrap_err();
    assert_eq!(error.code(), Code::OfflineLocked);
    assert!(line.seen.lock().unwrap().is_empty());
    assert_eq!(line.studio.library().count().unwrap(), 0);
    line.offline.open();
    let queue = line.studio.submit(scene("a fox")).await.unwrap();
    line.studio.wait(queue).await.unwrap();
    line.service.shutdown().await;
}

fn cutout(sha256: allxone_contract::Sha256, confirmed: bool) -> Draft {
    let mut request = JobRequest::new(Operation::CutOut, "local/cutout".into());
    request.inputs.push(allxone_contract::InputRef { sha256, role: allxone_contract::InputRole::Init });
    Draft { request, confirmed, parents: Vec::new() }
}

/// Puts a draft into the queue as an earlier run has left it, which judged it by `policy`.
fn left_over(line: &Line, draft: &Draft, policy: Option<&str>, inputs: Vec<bytes::Bytes>) {
    let mut written = serde_json::to_value(draft).unwrap();
    let mut versions = gate_of(&models()).versions();
    if let Some(policy) = policy {
        versions.policy = policy.to_owned();
    }
    written["judged_by"] = serde_json::to_value(versions).unwrap();
    let new = allxone_library::NewQueued {
        draft: written,
        key: allxone_contract::IdempotencyKey::new().as_str().to_owned(),
        inputs,
    };
    line.studio.library().enqueue(new).unwrap();
}

fn gate_of(models: &std::path::Path) -> Gate {
    Gate::new(Inference::new(ModelPaths::under(models)))
}

const CONTENT: [&str; 5] = ["nude", "porn", "POST /api/v1/uploads", "POST /api/v1/jobs", "IHDR"];

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_through_a_change_of_rules_is_judged_by_the_new_ones() {
    let line = Line::lay().await;
    // Let in by rules of another time, and confirmed under them.
    left_over(
        &line,
        &scene("explicit nude woman having sex, pornographic photo"),
        Some("rules of another time"),
        Vec::new(),
    );
    let ids = line.studio.resume().await.unwrap();
    let error = line.studio.wait(ids[0]).await.err().unwrap();
    assert_eq!(error.code(), Code::Blocked);
    let entry = line.studio.library().queued(ids[0]).unwrap().unwrap();
    assert_eq!(
        (entry.state, &entry.draft),
        (allxone_library::QueueState::Failed, &serde_json::Value::Null),
        "nothing of it is kept"
    );
    let decision = line.studio.library().decisions(1).unwrap().remove(0);
    assert_eq!((decision.what.stage.as_str(), decision.what.section.as_str()), ("prompt", "AUP 1, 2.1"));
    assert_eq!(decision.what.policy, gate_of(&models()).versions().policy, "judged by the rules of now");

    let unsure = allxone_media::Picture::prepare(
        std::fs::read(fixture("borderline_sexy_256.png")).unwrap().into(),
        &Limits::default(),
    )
    .unwrap();
    let draft = cutout((*unsure.sha256()).into(), true);
    left_over(&line, &draft, Some("rules of another time"), vec![unsure.bytes().clone()]);
    let ids = line.studio.resume().await.unwrap();
    let error = line.studio.wait(ids[0]).await.err().unwrap();
    assert_eq!(
        error.code(),
        Code::NeedsConfirmation,
        "a confirmation holds for the rules it was given under"
    );
    for words in CONTENT {
        assert_eq!(line.saw(words), 0, "{words}");
    }
    left_over(&line, &draft, None, vec![unsure.bytes().clone()]);
    let ids = line.studio.resume().await.unwrap();
    // Under the same rules it holds: the picture and the job go out. (There is nothing in it to cut out, which the engine says.)
    let _ = line.studio.wait(ids[0]).await;
    assert_eq!((line.saw("POST /api/v1/uploads"), line.saw("POST /api/v1/jobs")), (1, 1));
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_picture_is_shown_to_its_owner_but_judged_before_it_is_sent() {
    let line = Line::lay().await;
    // Kept under other rules, which a person had confirmed it under.
    let raw = std::fs::read(fixture("borderline_sexy_256.png")).unwrap();
    let picture = allxone_media::Picture::received(raw.clone().into(), &Limits::default()).unwrap();
    let allxone_safety::Screening::Review(held) = gate_of(&models()).screen(picture).unwrap() else {
        panic!("it is borderline")
    };
    let details = allxone_library::Details {
        operation: "generate".to_owned(),
        model: "local/scene".to_owned(),
        ..Default::default()
    };
    let item =
        line.studio.library().keep(allxone_library::NewItem { picture: held.confirm(), details }).unwrap();
    assert_eq!(line.studio.library().picture(item).unwrap(), raw);
    assert!(!line.studio.library().thumbnail(item).unwrap().is_empty());

    let staged = line.studio.stage_item(item).await.unwrap();
    assert_eq!(staged.finding.verdict, allxone_contract::Verdict::Review);
    let error = line.studio.submit(cutout(staged.sha256, false)).await.unwrap_err();
    assert_eq!(error.code(), Code::NeedsConfirmation);
    for words in CONTENT {
        assert_eq!(line.saw(words), 0, "{words}");
    }
    let record = line.studio.library().export(item).unwrap().record;
    let receipts: Vec<allxone_contract::Receipt> =
        serde_json::from_value(record["receipts"].clone()).unwrap();
    assert_eq!(
        (receipts.len(), receipts[0].content, receipts[0].confirmed),
        (1, allxone_contract::Sha256::of(&raw), true),
        "the receipt is exported"
    );
    line.service.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_broken_check_nothing_moves_until_it_is_repaired() {
    let machine = allxone_tests::Machine::new();
    let broken = allxone_tests::linked_models(&machine.file("models"));
    let damaged = broken.join("minilm-prompt.i8w.onnx");
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::remove_file(&damaged).unwrap();
    std::fs::write(&damaged, bytes).unwrap();
    let line = Line::lay_over(&broken).await;
    for confirmed in [false, true] {
        let error =
            line.studio.submit(Draft { confirmed, ..scene("a fox, brokencanary") }).await.unwrap_err();
        assert_eq!(error.code(), Code::FilterUnavailable);
        assert!(
            error.to_string().contains("minilm-prompt.i8w.onnx") && error.to_string().contains("Repair"),
            "{error}"
        );
    }
    assert_eq!(
        line.studio.check(&scene("a fox, brokencanary")).await.unwrap_err().code(),
        Code::FilterUnavailable
    );
    for words in CONTENT.into_iter().chain(["brokencanary"]) {
        assert_eq!(line.saw(words), 0, "{words}");
    }
    assert_eq!(line.studio.library().count().unwrap(), 0, "the library is open meanwhile");
    let repaired = Inference::new(ModelPaths::under(&broken)).repair(&[models()]);
    assert_eq!(repaired.iter().filter(|file| file.failure.is_none()).count(), 1, "{repaired:?}");
    let queue = line.studio.submit(scene("a fox")).await.unwrap();
    line.studio.wait(queue).await.unwrap();
    line.service.shutdown().await;
}
