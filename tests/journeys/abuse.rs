//! Ten thousand random sequences of commands by a screen that is not to be trusted: forged names, pictures exchanged between staging and
//! sending, raw bytes, names out of another window, everything at once and in any order. At the far end stands a service that writes
//! down every byte. What it gets, the gate must have allowed.

mod far_end;
mod screen;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use allxone_app::studio::commands::{COMMANDS, call};
use allxone_app::studio::contract::{GateVersions, JobRequest, QuoteRequest, Receipt, Sha256, Verdict};
use allxone_app::studio::library::QueueId;
use allxone_app::studio::media::{Limits, Picture, Pixels};
use allxone_app::studio::safety::Gate;
use allxone_app::{Clipboard, Desk, Native, SecretStoreKind, Start};
use allxone_inference::{Inference, ModelPaths};
use allxone_tests::{fixture, models};
use futures_util::future::{BoxFuture, join_all};
use serde_json::{Value, json};

use far_end::{FarEnd, Heard};
use screen::{CANARY, Screen};

/// Sequences; each of one to five commands.
const SEQUENCES: usize = 10_000;
/// What a screen may ask of a service, without content.
const ASKED: [&str; 6] = [
    "/api/v1/health",
    "/api/v1/models",
    "/api/v1/about",
    "/api/v1/credits",
    "/api/v1/consents",
    "/api/v1/account/deletion",
];
/// What a person may decide there, in a few fields.
const DECIDED: [&str; 5] = [
    "/api/v1/credits/cap",
    "/api/v1/consents",
    "/api/v1/acceptances",
    "/api/v1/exports",
    "/api/v1/account/deletion",
];
/// A name that stands only in file names.
const FILE_NAME: &str = "filenamecanary";

/// A machine whose dialogs hand out what the attacker has put there, and change it a moment later.
struct Machine {
    folder: PathBuf,
    turn: Mutex<usize>,
}

impl Machine {
    /// Three files, of which the first is changed after it was picked: what was safe is unsafe now.
    fn put(folder: &Path) {
        let marked = with_text(&std::fs::read(fixture("safe_coffee.png")).unwrap());
        std::fs::write(folder.join(format!("{FILE_NAME}.png")), marked).unwrap();
        std::fs::copy(fixture("unsafe_both_512.png"), folder.join("unsafe.png")).unwrap();
        std::fs::copy(fixture("borderline_sexy_256.png"), folder.join("unsure.png")).unwrap();
        std::fs::write(folder.join("words.txt"), CANARY).unwrap();
    }
}

impl Native for Machine {
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>> {
        let turn = {
            let mut turn = self.turn.lock().unwrap();
            *turn += 1;
            *turn
        };
        let changing = self.folder.join(format!("{FILE_NAME}.png"));
        let files = match turn % 6 {
            0 => vec![self.folder.join("unsafe.png")],
            1 => vec![changing.clone()],
            2 => vec![self.folder.join("unsure.png")],
            3 => vec![
                self.folder.join("words.txt"),
                self.folder.clone(),
                "/etc/hostname".into(),
                "../keys.json".into(),
            ],
            4 => vec![self.folder.join("missing.png")],
            _ => Vec::new(),
        };
        if turn % 6 == 2 {
            // It was read and staged a while ago; now something else stands under its name.
            std::fs::copy(fixture("unsafe_porn_224.png"), &changing).unwrap();
        } else if turn % 6 == 5 {
            Self::put(&self.folder);
        }
        Box::pin(async { files })
    }
    fn save_file(&self, _folder: Option<&Path>, suggested: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let file = self.folder.join(suggested);
        Box::pin(async { Some(file) })
    }
    fn pick_archive(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }

    fn choose_folder(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }
    fn clipboard(&self) -> Result<Clipboard, String> {
        let turn = *self.turn.lock().unwrap();
        match turn % 3 {
            0 => Ok(Clipboard::Nothing),
            1 => Ok(Clipboard::Files(vec![self.folder.join("unsafe.png")])),
            _ => Ok(Clipboard::Picture(Pixels::from_rgba(160, 160, vec![190; 160 * 160 * 4]).unwrap())),
        }
    }
    fn set_clipboard(&self, _picture: &Pixels) -> Result<(), String> {
        Err("none".to_owned())
    }
    fn drag_out(&self, _files: Vec<PathBuf>, _preview: bytes::Bytes) -> Result<(), String> {
        Err("none".to_owned())
    }
    fn open_address(&self, _address: &str) -> Result<(), String> {
        Err("There is no browser here.".to_owned())
    }

    fn show_folder(&self, _folder: &Path) -> Result<(), String> {
        Err("none".to_owned())
    }
}

/// A PNG with the canary in a text chunk, before its end.
fn with_text(png: &[u8]) -> Vec<u8> {
    let text = [&b"tEXtComment\0"[..], CANARY.as_bytes()].concat();
    let mut sum = flate2::Crc::new();
    sum.update(&text);
    let length = u32::try_from(text.len() - 4).unwrap().to_be_bytes();
    let chunk = [length.as_slice(), &text, &sum.sum().to_be_bytes()].concat();
    let end = png.len() - 12;
    [&png[..end], &chunk, &png[end..]].concat()
}

async fn desk(folder: &Path) -> Desk {
    desk_over(folder, models()).await
}

/// A desk whose dialogs are this machine's, with the models of this folder.
pub async fn desk_over(folder: &Path, models: PathBuf) -> Desk {
    std::fs::create_dir_all(folder).unwrap();
    Machine::put(folder);
    let start = Start {
        data_dir: Some(folder.join("data")),
        models_dir: Some(models),
        secret_store: Some(SecretStoreKind::File),
        program: "a screen that is not to be trusted".to_owned(),
        rest_after: None,
    };
    let desk = Desk::open(start, Machine { folder: folder.to_owned(), turn: Mutex::new(0) }).unwrap();
    desk.studio().await.unwrap();
    desk
}

async fn staged(desk: &Desk) -> Vec<String> {
    let brought = call(desk, "pictures_pick", Value::Null).await.unwrap();
    brought
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| Some(one["staged"]["sha256"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_sequence_of_commands_sends_what_the_gate_did_not_allow() {
    let folder = tempfile::tempdir().unwrap();
    let desk = desk(&folder.path().join("one")).await;
    let (other_desk, others) = desk_with_a_picture(&folder.path().join("two")).await;
    let cards = call(&desk, "models", Value::Null).await.unwrap();
    let items = made(&desk).await;
    let offered = cards.as_array().map(Vec::len);
    let far = FarEnd::open(cards).await;
    let joined =
        call(&desk, "server_connect", json!({ "address": far.address(), "token": "of-the-far-end" }))
            .await
            .unwrap();
    assert_eq!(joined["service"]["is"], "server", "{joined}");

    let found = call(&desk, "server_check", json!({ "address": far.address() })).await.unwrap();
    unheard(&found.to_string());
    assert_eq!(found["models"].as_array().map(Vec::len), offered, "what is harmless is heard");
    let mut events = desk.events();
    let mut screen = Screen::new(others, items);
    let mut reached = HashMap::<&str, usize>::new();
    for _ in 0..SEQUENCES {
        let steps = screen.sequence();
        for (name, _) in &steps {
            *reached.entry(*name).or_default() += 1;
        }
        let answers: Vec<_> = if screen.at_once() {
            join_all(steps.into_iter().map(|(name, request)| call(&desk, name, request))).await
        } else {
            let mut answers = Vec::new();
            for (name, request) in steps {
                answers.push(call(&desk, name, request).await);
            }
            answers
        };
        for answer in answers {
            match answer {
                Ok(answer) => {
                    unheard(&answer.to_string());
                    screen.learn(&answer);
                }
                Err(error) => unheard(&serde_json::to_string(&error).unwrap()),
            }
        }
        while let Ok(event) = events.try_recv() {
            unheard(&serde_json::to_string(&event).unwrap());
        }
    }
    // Every command that takes no part in where the far end is.
    for name in COMMANDS.iter().filter(|name| !Screen::LEFT_OUT.contains(name)) {
        assert!(reached.contains_key(name), "{name} was never asked");
    }
    while desk.is_busy() {
        tokio::task::yield_now().await;
    }
    let decisions = desk.studio().await.unwrap().library().decisions(10_000).unwrap();
    assert!(decisions.len() > 20, "the gate had something to stop: {}", decisions.len());
    desk.close().await;
    other_desk.close().await;
    judge(&far.heard());
}

/// A picture made before, on this computer.
async fn made(desk: &Desk) -> Vec<String> {
    let request = json!({ "operation": "generate", "model": "local/scene", "prompt": "three owls", "size": { "width": 160, "height": 160 }, "count": 1,
        "on_unsupported": "refuse", "max_cost": 0 });
    let queue: QueueId =
        serde_json::from_value(call(desk, "draft_submit", json!({ "request": request })).await.unwrap())
            .unwrap();
    let done = desk.studio().await.unwrap().wait(queue).await.unwrap();
    done.kept.iter().map(|kept| kept.item.to_string()).collect()
}

async fn desk_with_a_picture(folder: &Path) -> (Desk, Vec<String>) {
    let other = desk(folder).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        names.extend(staged(&other).await);
    }
    assert!(!names.is_empty());
    (other, names)
}

/// Whether everything that was heard is something a fresh gate allows, or that it asks to confirm and that says it was.
fn judge(heard: &[Heard]) {
    let gate = Gate::new(Inference::new(ModelPaths::under(models())));
    let versions = gate.versions();
    let (mut jobs, mut uploads, mut sizes) = (BTreeSet::new(), BTreeSet::new(), 0_usize);
    for one in heard {
        sizes += one.body.len();
        for forbidden in [CANARY, FILE_NAME, "keys.json"] {
            assert!(!one.contains(forbidden), "{} {} carried {forbidden:?}", one.method, one.path);
        }
        match (one.method.as_str(), one.path.as_str()) {
            ("GET", path) if ASKED.iter().any(|known| path.starts_with(known)) => {
                assert!(one.body.is_empty())
            }
            ("POST", path) if DECIDED.contains(&path) => assert!(one.body.len() < 1024),
            ("POST", "/api/v1/quotes") => {
                let question: QuoteRequest = serde_json::from_slice(&one.body).unwrap();
                assert!(question.model.as_str().starts_with("local/"));
            }
            ("POST", "/api/v1/uploads") => {
                let confirmed = bound(one, &versions);
                if uploads.insert((Sha256::of(&one.body).to_string(), confirmed)) {
                    let picture = Picture::received(one.body.clone().into(), &Limits::default()).unwrap();
                    passes(gate.check_picture(&picture).unwrap().verdict, confirmed);
                }
            }
            ("POST", "/api/v1/jobs") => {
                let confirmed = bound(one, &versions);
                if jobs.insert((one.body.clone(), confirmed)) {
                    let request: JobRequest = serde_json::from_slice(&one.body).unwrap();
                    passes(gate.check_request(&request).unwrap().verdict, confirmed);
                }
            }
            other => panic!("nobody has a reason for {other:?}"),
        }
    }
    assert!(
        jobs.len() > 20 && uploads.len() >= 2,
        "something did pass: {} jobs, {} pictures, {sizes} bytes",
        jobs.len(),
        uploads.len()
    );
}

/// The receipt that came along names the bytes that came, this gate's rules and models. Says whether a person confirmed.
fn bound(one: &Heard, versions: &GateVersions) -> bool {
    let receipt: Receipt = serde_json::from_str(one.header("allxone-receipt").expect("a receipt")).unwrap();
    assert_eq!(receipt.content, Sha256::of(&one.body));
    assert_eq!(receipt.versions, *versions);
    assert_eq!(one.header("allxone-confirmed") == Some("1"), receipt.confirmed);
    receipt.confirmed
}

/// Nothing the far end says on its own reaches the screen.
#[track_caller]
fn unheard(said: &str) {
    assert!(!said.contains("farendwords"), "{said}");
}

#[track_caller]
fn passes(verdict: Verdict, confirmed: bool) {
    assert!(
        verdict == Verdict::Allow || verdict == Verdict::Review && confirmed,
        "{verdict:?}, confirmed: {confirmed}"
    );
}
