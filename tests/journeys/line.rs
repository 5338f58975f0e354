//! What crosses the line between studio and service, written down byte by byte by a relay in the middle.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use allxone_app::studio::{Code, Draft, LibraryLedger, Parts, ServiceClient, Studio};
use allxone_contract::{JobRequest, Operation, Size};
use allxone_egress::{BearerToken, Door, OfflineLock, Server};
use allxone_engine::Engine;
use allxone_inference::{Inference, ModelPaths};
use allxone_library::{Access, EgressFilter, Library, LibraryKeys};
use allxone_media::{Decoder, Limits};
use allxone_safety::Gate;
use allxone_service::{RunningService, ServiceConfig, ServiceKeys};
use allxone_tests::{fixture, models};
use allxone_vault::SecretKey;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

struct Line {
    studio: Studio,
    service: RunningService,
    seen: Arc<Mutex<Vec<u8>>>,
    offline: OfflineLock,
    _folder: TempDir,
}

impl Line {
    async fn lay() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = || SecretKey::random().unwrap();
        let inference = Inference::new(ModelPaths::under(&models()));
        let gate = Gate::new(inference.clone());
        let config = ServiceConfig::on_loopback(folder.path().join("service"), ServiceKeys { database: key(), files: key() });
        let service = allxone_service::start(config, gate.clone(), Engine::new(inference, models().join("drawings"))).await.unwrap();
        let (relay, seen) = relay(service.addr()).await;
        std::fs::create_dir(folder.path().join("library")).unwrap();
        let keys = LibraryKeys { database: key(), blobs: key() };
        let library = Library::open(&folder.path().join("library"), keys, Access::Exclusive).unwrap();
        let offline = OfflineLock::new(false);
        let door = Door::builder()
            .ledger(Arc::new(LibraryLedger::new(library.clone())))
            .offline_lock(offline.clone())
            .build()
            .unwrap();
        let token = BearerToken::new(service.token().expose()).unwrap();
        let server = Server::remote(&format!("http://{relay}"), Some(token)).unwrap();
        let studio = Studio::new(Parts {
            gate,
            decoder: Decoder::in_process(Limits::default()),
            results: Decoder::in_process(Limits::default()),
            client: ServiceClient::new(door, server),
            own_service: true,
            library,
            offline: offline.clone(),
        });
        Self { studio, service, seen, offline, _folder: folder }
    }

    fn saw(&self, words: &str) -> usize {
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
            let ((mut near_in, mut near_out), (mut far_in, mut far_out)) = (near.into_split(), far.into_split());
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
fn readdress(piece: &mut [u8], from: SocketAddr, to: SocketAddr) {
    let (from, to) = (from.to_string().into_bytes(), to.to_string().into_bytes());
    assert_eq!(from.len(), to.len());
    for at in 0..piece.len().saturating_sub(from.len()) {
        if piece[at..at + from.len()] == from {
            piece[at..at + to.len()].copy_from_slice(&to);
        }
    }
}

fn scene(prompt: &str) -> Draft {
    let mut request = JobRequest::new(Operation::Generate, "local/scene".into());
    request.prompt = prompt.to_owned();
    request.size = Some(Size { width: 160, height: 160 });
    Draft { request, confirmed: true, parents: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_gate_stops_never_touches_the_wire() {
    let line = Line::lay().await;
    let error = line.studio.submit(scene("explicit nude woman having sex, pornographic photo")).await.unwrap_err();
    assert_eq!(error.code(), Code::Blocked);
    let staged = line.studio.stage(std::fs::read(fixture("unsafe_both_512.png")).unwrap().into()).await.unwrap();
    let mut request = JobRequest::new(Operation::CutOut, "local/cutout".into());
    request.inputs.push(allxone_contract::InputRef { sha256: staged.sha256, role: allxone_contract::InputRole::Init });
    let error = line.studio.submit(Draft { request, confirmed: true, parents: Vec::new() }).await.unwrap_err();
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
    let requests = ["GET /api", "POST /api", "DELETE /api"].iter().map(|words| line.saw(words)).sum::<usize>();
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
