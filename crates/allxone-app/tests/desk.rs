//! The desk as a screen meets it: through commands and events alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};

use allxone_app::studio::StudioEvent;
use allxone_app::studio::commands::{CommandError, call};
use allxone_app::studio::media::Pixels;
use allxone_app::{Clipboard, Desk, Native, NotShown, Options, SecretStoreKind, Serving, Start, serve};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");

/// A person who saves everything into one folder and has a picture on the clipboard.
struct Person {
    folder: PathBuf,
}

impl Native for Person {
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>> {
        Box::pin(async {
            vec![self.folder.join("photo.png"), self.folder.clone(), self.folder.join("missing.png")]
        })
    }
    fn save_file(&self, _folder: Option<&Path>, suggested: &str) -> BoxFuture<'_, Option<PathBuf>> {
        let file = self.folder.join(suggested);
        Box::pin(async { Some(file) })
    }
    fn pick_archive(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { None })
    }

    fn choose_folder(&self) -> BoxFuture<'_, Option<PathBuf>> {
        Box::pin(async { Some(self.folder.clone()) })
    }
    fn clipboard(&self) -> Result<Clipboard, String> {
        Ok(Clipboard::Picture(Pixels::from_rgba(160, 160, vec![200; 160 * 160 * 4]).unwrap()))
    }
    fn set_clipboard(&self, _picture: &Pixels) -> Result<(), String> {
        Err("no clipboard".to_owned())
    }
    fn drag_out(&self, files: Vec<PathBuf>, preview: bytes::Bytes) -> Result<(), String> {
        std::fs::write(self.folder.join("dragged"), files[0].to_string_lossy().as_bytes()).unwrap();
        std::fs::write(self.folder.join("preview"), preview).unwrap();
        Ok(())
    }
    fn open_address(&self, _address: &str) -> Result<(), String> {
        Err("There is no browser here.".to_owned())
    }

    fn show_folder(&self, folder: &Path) -> Result<(), String> {
        Err(format!("no file manager for {}", folder.display()))
    }
}

fn start(data: &Path, store: Option<SecretStoreKind>) -> Start {
    Start {
        data_dir: Some(data.join("data")),
        models_dir: Some(MODELS.into()),
        secret_store: store,
        program: "test".to_owned(),
        rest_after: None,
    }
}

fn open(data: &Path, store: Option<SecretStoreKind>) -> Desk {
    Desk::open(start(data, store), Person { folder: data.to_owned() }).unwrap()
}

async fn ask(desk: &Desk, name: &str, request: Value) -> Value {
    call(desk, name, request).await.unwrap_or_else(|error: CommandError| panic!("{name}: {error:?}"))
}

async fn code(desk: &Desk, name: &str, request: Value) -> Value {
    serde_json::to_value(call(desk, name, request).await.unwrap_err()).unwrap()["code"].clone()
}

async fn ended(events: &mut Receiver<StudioEvent>) -> Value {
    loop {
        let event = serde_json::to_value(events.recv().await.unwrap()).unwrap();
        if event["type"] == "ended" {
            return event;
        }
    }
}

async fn settled(desk: &Desk) -> Value {
    let _ = desk.studio().await;
    ask(desk, "session", Value::Null).await["state"].clone()
}

fn owls() -> Value {
    json!({"request": {"operation": "generate", "model": "local/scene", "prompt": "three owls", "size": {"width": 160, "height": 160},
        "count": 1, "seed": "7", "on_unsupported": "refuse", "max_cost": 0}})
}

const ALL: fn() -> Value = || json!({"limit": 10});

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_before_the_question_about_keys_is_kept_after_it() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    assert_eq!(settled(&desk).await, json!({"is": "open", "keeping": {"is": "nothing", "because": null}}));
    let mut events = desk.events();
    ask(&desk, "draft_submit", owls()).await;
    let end = ended(&mut events).await;
    assert_eq!(end["error"], Value::Null);
    let passing = end["outcome"]["kept"][0].as_str().unwrap().to_owned();
    ask(&desk, "prompts_set", json!({"saved": [], "history": ["three owls"]})).await;
    assert!(!data.path().join("data/library/library.db").exists());

    let session = ask(&desk, "session_keep", json!({"key": "file"})).await;
    assert_eq!(session["state"]["keeping"], json!({"is": "library", "key": "file"}));
    let page = ask(&desk, "library_list", ALL()).await;
    let kept = &page["items"][0];
    assert_eq!((kept["prompt"].as_str(), kept["seed"].as_str()), (Some("three owls"), Some("7")));
    assert!(desk.picture(&format!("thumbnail/{}", kept["id"].as_str().unwrap())).await.is_ok());
    assert_eq!(desk.picture(&format!("thumbnail/{passing}")).await.err(), Some(NotShown::Absent));
    assert_eq!(code(&desk, "session_keep", json!({"key": "file"})).await, "keeping");
    assert_eq!(
        code(&desk, "session_keep", json!({"key": "passphrase", "passphrase": "short"})).await,
        "keeping"
    );
    assert_eq!(
        ask(&desk, "session", Value::Null).await["state"]["keeping"]["key"],
        "file",
        "nothing was changed"
    );
    let protected = json!({"key": "passphrase", "passphrase": "three owls at night"});
    let session = ask(&desk, "session_keep", protected).await;
    assert_eq!(session["state"]["keeping"], json!({"is": "library", "key": "passphrase"}));
    assert_eq!(ask(&desk, "library_list", ALL()).await["items"].as_array().unwrap().len(), 1);
    desk.close().await;
    drop(desk);

    let again = open(data.path(), None);
    assert_eq!(settled(&again).await["is"], "locked", "the file opens it no more");
    ask(&again, "session_unlock", json!("three owls at night")).await;
    assert_eq!(ask(&again, "library_list", ALL()).await["items"].as_array().unwrap().len(), 1);
    assert_eq!(ask(&again, "prompts", Value::Null).await["history"], json!(["three owls"]));
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_moved_stopped_and_after_a_restart_made_in_its_order() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::File));
    settled(&desk).await;
    let mut events = desk.events();
    let mut ids = Vec::new();
    for (prompt, side) in [("a castle", 1024), ("a fox", 160), ("an owl", 160), ("a whale", 160)] {
        let mut draft = owls();
        draft["request"]["prompt"] = prompt.into();
        draft["request"]["size"] = json!({"width": side, "height": side});
        ids.push(ask(&desk, "draft_submit", draft).await);
    }
    let [castle, fox, owl, whale] = <[Value; 4]>::try_from(ids).unwrap();
    let waiting = json!([whale, fox, owl]);
    assert_eq!(ask(&desk, "queue_move", json!({"queue": whale, "before": fox})).await, waiting);
    assert_eq!(
        ask(&desk, "queue_move", json!({"queue": castle, "before": null})).await,
        waiting,
        "it is on its way"
    );
    ask(&desk, "queue_cancel", fox.clone()).await;
    let end = ended(&mut events).await;
    assert_eq!(
        (&end["queue"], &end["error"]["code"], &end["open"]),
        (&fox, &json!("cancelled"), &json!(false))
    );
    let open_now = ask(&desk, "queue_list", Value::Null).await;
    let shown: Vec<_> =
        open_now.as_array().unwrap().iter().map(|one| (&one["id"], &one["waiting"])).collect();
    assert_eq!(shown, [(&castle, &json!(false)), (&whale, &json!(true)), (&owl, &json!(true))]);
    desk.close().await;
    drop(desk);

    let again = open(data.path(), None);
    let mut events = again.events();
    settled(&again).await;
    let mut made = Vec::new();
    while made.last() != Some(&owl) {
        let end = ended(&mut events).await;
        assert_eq!(end["error"], Value::Null);
        made.push(end["queue"].clone());
    }
    assert_eq!(made.iter().rev().take(2).collect::<Vec<_>>(), [&owl, &whale], "the order was kept");
    assert_eq!(ask(&again, "queue_list", Value::Null).await, json!([]));
    // What has ended is made again from its draft, under a name of its own.
    let retried = ask(&again, "queue_retry", json!({"queue": fox, "draft": owls()})).await;
    assert_ne!(retried, fox);
    assert_eq!(ended(&mut events).await["queue"], retried);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_with_a_passphrase_waits_for_it() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Passphrase));
    assert_eq!(settled(&desk).await, json!({"is": "locked", "wrong": false}));
    ask(&desk, "session_unlock", json!("a passphrase of some length")).await;
    assert_eq!(settled(&desk).await["is"], "open");
    desk.close().await;
    drop(desk);

    let desk = open(data.path(), None);
    assert_eq!(settled(&desk).await["is"], "locked");
    assert_eq!(code(&desk, "library_list", ALL()).await, "not_open");
    assert_eq!(
        ask(&desk, "session_unlock", json!("another passphrase")).await["state"],
        json!({"is": "locked", "wrong": true})
    );
    assert_eq!(
        ask(&desk, "session_unlock", json!("a passphrase of some length")).await["state"]["is"],
        "open"
    );
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_library_another_program_holds_is_opened_when_that_one_ends() {
    let data = tempfile::tempdir().unwrap();
    let first = open(data.path(), Some(SecretStoreKind::File));
    settled(&first).await;
    let second = open(data.path(), None);
    let state = settled(&second).await;
    assert_eq!((&state["is"], &state["code"]), (&json!("failed"), &json!("library_in_use")));
    assert_eq!(ask(&second, "session_open", Value::Null).await["state"]["code"], "library_in_use");
    first.close().await;
    drop(first);
    assert_eq!(ask(&second, "session_open", Value::Null).await["state"]["is"], "open");
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_dragged_out_as_its_share_copy_which_does_not_stay() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    let mut events = desk.events();
    ask(&desk, "draft_submit", owls()).await;
    let kept = ended(&mut events).await["outcome"]["kept"][0].clone();
    ask(&desk, "pictures_drag", json!([kept])).await;
    let file = PathBuf::from(std::fs::read_to_string(data.path().join("dragged")).unwrap());
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"\x89PNG") && !bytes.windows(4).any(|four| four == b"owls"));
    let mut offered = desk.events();
    let mut over = |files: &[PathBuf]| {
        desk.dragged_over(files);
        matches!(offered.try_recv(), Ok(StudioEvent::Dragging { over: true }))
    };
    assert!(!over(std::slice::from_ref(&file)), "let go over the window itself, it is no gift");
    assert!(over(&[file.clone(), data.path().join("photo.png")]));
    desk.close().await;
    assert!(!file.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_library_is_known_at_a_glance_and_changed_by_the_armful() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    let mut events = desk.events();
    let mut two = owls();
    two["request"]["count"] = json!(2);
    ask(&desk, "draft_submit", two).await;
    let kept = ended(&mut events).await["outcome"]["kept"].clone();
    let all = async |words: &str, trash: bool| {
        ask(&desk, "library_index", json!({"words": words, "filter": {"trash": trash}})).await["ids"]
            .as_array()
            .unwrap()
            .clone()
    };
    let ids = all("", false).await;
    assert_eq!((ids.len(), all("owl", false).await.len(), all("fox", false).await.len()), (2, 2, 0));
    let glances = ask(&desk, "library_glance", json!([ids[1], "01ARZ3NDEKTSV4RRFFQ69G5FAV", ids[0]])).await;
    assert_eq!(
        (glances.as_array().unwrap().len(), &glances[0]["id"], &glances[0]["prompt"]),
        (2, &ids[1], &json!("three owls"))
    );

    let staged = ask(&desk, "library_stage", ids[0].clone()).await;
    let cut = json!({"request": {"operation": "upscale", "model": "local/upscale", "factor": 2, "count": 1, "on_unsupported": "refuse", "max_cost": 0,
        "inputs": [{"sha256": staged["sha256"], "role": "init"}]}});
    ask(&desk, "draft_submit", cut).await;
    let larger = ended(&mut events).await["outcome"]["kept"][0].clone();
    let family = ask(&desk, "library_family", ids[0].clone()).await;
    assert_eq!((family["parents"].as_array().unwrap().len(), &family["children"][0]["id"]), (0, &larger));
    assert_eq!(ask(&desk, "library_family", larger).await["parents"][0]["id"], ids[0]);

    assert_eq!(ask(&desk, "library_favourite", json!({"items": kept, "on": true})).await, 2);
    assert_eq!(
        ask(&desk, "library_index", json!({"filter": {"favourites": true}})).await["ids"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(ask(&desk, "library_delete", kept.clone()).await, 2);
    assert_eq!((all("", false).await.len(), all("", true).await.len()), (1, 2));
    assert_eq!(ask(&desk, "library_restore", kept).await, 2);
    assert_eq!(all("", false).await.len(), 3);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_in_and_copies_go_out_by_the_machine_alone() {
    let data = tempfile::tempdir().unwrap();
    let photo = allxone_app::studio::media::Picture::encode_png(
        &Pixels::from_rgba(160, 160, vec![90; 160 * 160 * 4]).unwrap(),
    )
    .unwrap();
    std::fs::write(data.path().join("photo.png"), photo.bytes()).unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    let picked = ask(&desk, "pictures_pick", Value::Null).await;
    assert_eq!(picked[0]["name"], "photo.png");
    assert_eq!(picked[1]["error"]["code"], "machine", "a folder is no picture");
    assert_eq!(picked[2]["error"]["code"], "machine", "nor is what is not there");
    let sha256 = picked[0]["staged"]["sha256"].as_str().unwrap();
    assert!(desk.picture(&format!("staged/{sha256}")).await.is_ok());
    assert_eq!(ask(&desk, "picture_paste", Value::Null).await[0]["staged"]["width"], 160);

    let mut events = desk.events();
    let larger = json!({"request": {"operation": "upscale", "model": "local/upscale", "factor": 2, "count": 1, "on_unsupported": "refuse",
        "max_cost": 0, "inputs": [{"sha256": sha256, "role": "init"}]}});
    let sending = ask(&desk, "draft_preview", larger.clone()).await;
    assert_eq!(sending["stays_here"], true);
    assert!(sending["body"].as_str().unwrap().contains(sha256));
    ask(&desk, "draft_submit", larger).await;
    let item = ended(&mut events).await["outcome"]["kept"][0].clone();
    let staged = ask(&desk, "library_stage", item.clone()).await;
    let painted = json!({"request": {"operation": "upscale", "model": "local/upscale", "factor": 2, "count": 1, "on_unsupported": "refuse",
        "max_cost": 0, "inputs": [{"sha256": staged["sha256"], "role": "init"}]}});
    ask(&desk, "draft_submit", painted).await;
    let child = ended(&mut events).await["outcome"]["kept"][0].clone();
    assert_eq!(
        ask(&desk, "library_show", child.clone()).await["parents"],
        json!([item]),
        "what came from what is known"
    );

    let archive = ask(&desk, "pictures_save", json!({"items": [item, child], "kind": "archive"})).await;
    assert_eq!(archive["files"].as_array().unwrap().len(), 2);
    let share = ask(&desk, "pictures_save", json!({"items": [child], "kind": "share"})).await;
    let name = share["files"][0].as_str().unwrap();
    assert!(name.starts_with("picture-") && data.path().join(name).is_file());
    assert_eq!(ask(&desk, "pictures_save", json!({"items": [], "kind": "share"})).await, Value::Null);
    let error = call(&desk, "folder_show", json!("saved")).await.unwrap_err();
    assert!(error.message.contains(&data.path().display().to_string()), "{error:?}");

    let title = json!({"title": "My *best* photo/2", "tags": null, "note": null});
    ask(&desk, "library_annotate", json!({"item": item, "change": title})).await;
    for (n, expected) in ["My best photo 2.png", "My best photo 2-2.png"].into_iter().enumerate() {
        let saved = ask(&desk, "pictures_save", json!({"items": [item], "kind": "archive"})).await;
        assert_eq!(saved["files"], json!([expected]), "copy {n}");
        assert!(data.path().join(expected).with_extension("json").is_file());
    }
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_joined_and_left_and_every_connection_is_written_down() {
    let data = tempfile::tempdir().unwrap();
    let options = Options {
        data_dir: Some(data.path().join("server")),
        models_dir: Some(MODELS.into()),
        secret_store: Some(SecretStoreKind::File),
        passphrase: None,
        offline: false,
        program: "test".to_owned(),
    };
    let server = serve(Serving::alone(options, ([127, 0, 0, 1], 0).into())).await.unwrap();
    let address = format!("http://{}", server.addr());
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    settled(&desk).await;
    assert_eq!(
        code(&desk, "server_connect", json!({"address": "http://studio.example"})).await,
        "plain_address",
        "in the clear only here"
    );
    assert_eq!(code(&desk, "server_check", json!({"address": "studio"})).await, "bad_address");
    assert_eq!(
        code(&desk, "server_check", json!({"address": address, "token": "another"})).await,
        "wrong_token"
    );
    let found = ask(&desk, "server_check", json!({"address": address, "token": server.token()})).await;
    assert_eq!((&found["here"], found["models"].as_array().unwrap().is_empty()), (&json!(true), false));
    assert_eq!(
        ask(&desk, "session", Value::Null).await["service"]["is"],
        "this_computer",
        "looked at, not joined"
    );
    let session = ask(&desk, "server_connect", json!({"address": address, "token": server.token()})).await;
    assert_eq!(session["service"], json!({"is": "server", "host": server.addr().to_string()}));
    let mut events = desk.events();
    ask(&desk, "draft_submit", owls()).await;
    assert_eq!(ended(&mut events).await["error"], Value::Null);
    let purposes: Vec<_> = ask(&desk, "egress_list", json!({"limit": 50}))
        .await
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["purpose"].clone())
        .collect();
    for purpose in ["health", "models", "quote", "submit_job", "fetch_result"] {
        assert!(purposes.contains(&json!(purpose)), "{purpose} is not among {purposes:?}");
    }
    assert_eq!(ask(&desk, "server_leave", Value::Null).await["service"], json!({"is": "this_computer"}));
    ask(&desk, "draft_submit", owls()).await;
    assert_eq!(ended(&mut events).await["error"], Value::Null);
    let after = ask(&desk, "egress_list", json!({"limit": 50})).await.as_array().unwrap().len();
    assert_eq!(after, purposes.len(), "what is made on this computer connects to nobody");
    desk.close().await;
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn quick_changes_of_settings_are_all_saved() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    let settings = ask(&desk, "settings", Value::Null).await;
    let changes = (0..200).map(|_| {
        let (desk, settings) = (desk.clone(), settings.clone());
        tokio::spawn(async move { ask(&desk, "settings_set", settings).await })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_outlive_the_program_and_hold_no_nonsense() {
    let data = tempfile::tempdir().unwrap();
    let desk = open(data.path(), Some(SecretStoreKind::Memory));
    let mut settings = ask(&desk, "settings", Value::Null).await;
    assert_eq!(settings["appearance"], "system");
    settings["appearance"] = json!("dark");
    settings["language"] = json!("ar");
    ask(&desk, "settings_set", settings.clone()).await;
    settings["text_size"] = json!(20_000);
    assert_eq!(code(&desk, "settings_set", settings).await, "machine");
    desk.close().await;
    let again = open(data.path(), Some(SecretStoreKind::Memory));
    assert_eq!(ask(&again, "settings", Value::Null).await["language"], "ar");
    std::fs::write(data.path().join("data/settings.json"), "{ not json").unwrap();
    assert_eq!(
        ask(&again, "settings", Value::Null).await["language"],
        "",
        "a damaged file is no reason not to start"
    );
    again.close().await;
}
