//! What a person has done at the service of their account, as a screen asks for it: through commands and events alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};

use allxone_app::studio::StudioEvent;
use allxone_app::studio::commands::{CommandError, call};
use allxone_app::studio::media::Pixels;
use allxone_app::{
    Accounts, Clipboard, Desk, Native, Options, SecretStoreKind, Served, Serving, Start, serve,
};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tempfile::TempDir;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const PASSWORD: &str = "marmalade on the roof";

/// A person who saves everything into one folder.
struct Person {
    folder: PathBuf,
}

impl Native for Person {
    fn pick_pictures(&self) -> BoxFuture<'_, Vec<PathBuf>> {
        Box::pin(async { Vec::new() })
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
        Ok(Clipboard::Nothing)
    }
    fn set_clipboard(&self, _picture: &Pixels) -> Result<(), String> {
        Err("no clipboard".to_owned())
    }
    fn drag_out(&self, _files: Vec<PathBuf>, _preview: bytes::Bytes) -> Result<(), String> {
        Err("no window".to_owned())
    }
    fn open_address(&self, _address: &str) -> Result<(), String> {
        Err("no browser".to_owned())
    }
    fn show_folder(&self, _folder: &Path) -> Result<(), String> {
        Err("no file manager".to_owned())
    }
}

/// A service that keeps accounts, and a desk with one of them open.
struct Town {
    folder: TempDir,
    service: Served,
    address: String,
    desk: Desk,
    key: Value,
}

impl Town {
    async fn new(operator: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let operator = operator.map(|text| {
            let file = folder.path().join("operator.toml");
            std::fs::write(&file, text).unwrap();
            file
        });
        let options = Options {
            data_dir: Some(folder.path().join("server")),
            models_dir: Some(MODELS.into()),
            secret_store: Some(SecretStoreKind::File),
            passphrase: None,
            offline: false,
            program: "test".to_owned(),
        };
        let accounts = Some(Accounts::default());
        let alone = Serving::alone(options, ([127, 0, 0, 1], 0).into());
        let service = serve(Serving { accounts, operator, ..alone }).await.unwrap();
        let address = format!("http://{}", service.addr());
        let start = Start {
            data_dir: Some(folder.path().join("data")),
            models_dir: Some(MODELS.into()),
            secret_store: Some(SecretStoreKind::File),
            program: "test".to_owned(),
            rest_after: None,
        };
        let desk = Desk::open(start, Person { folder: folder.path().to_owned() }).unwrap();
        desk.studio().await.unwrap();
        let mut town = Self { folder, service, address, desk, key: Value::Null };
        let at = json!({ "server": town.address });
        let new = json!({ "at": at, "email": "ann@studio.example", "password": PASSWORD, "name": "Ann" });
        let made = town.ask("account_sign_up", new).await;
        assert_eq!(made["is"], "done");
        town.key = made["account"].clone();
        town.open().await;
        town
    }

    async fn ask(&self, name: &str, request: Value) -> Value {
        call(&self.desk, name, request)
            .await
            .unwrap_or_else(|error: CommandError| panic!("{name}: {error:?}"))
    }

    async fn code(&self, name: &str, request: Value) -> Value {
        serde_json::to_value(call(&self.desk, name, request).await.unwrap_err()).unwrap()["code"].clone()
    }

    /// Opens the account's library and waits until it works at the account's server.
    async fn open(&self) {
        let mut events = self.desk.events();
        let opened = self.ask("account_open", self.key.clone()).await;
        let mut joined = opened["service"]["is"] == "server";
        while !joined {
            if let StudioEvent::Session { session } = events.recv().await.unwrap() {
                joined = serde_json::to_value(session).unwrap()["service"]["is"] == "server";
            }
        }
    }

    async fn sign_in(&self) {
        let at = json!({ "server": self.address });
        let asked = json!({ "at": at, "email": "ann@studio.example", "password": PASSWORD });
        assert_eq!(self.ask("account_password", asked).await, self.key);
    }

    async fn make(&self) -> Value {
        let mut events = self.desk.events();
        let owls = json!({"request": {"operation": "generate", "model": "local/scene", "prompt": "three owls",
            "size": {"width": 160, "height": 160}, "count": 1, "seed": "7", "on_unsupported": "refuse", "max_cost": 0}});
        let queue = self.ask("draft_submit", owls).await;
        ended(&mut events, &queue).await
    }

    async fn deletions(&self) -> Vec<Value> {
        self.ask("accounts", Value::Null).await["deletions"].as_array().unwrap().clone()
    }

    async fn stop(self) {
        self.desk.close().await;
        self.service.shutdown().await;
        drop(self.folder);
    }
}

async fn ended(events: &mut tokio::sync::broadcast::Receiver<StudioEvent>, queue: &Value) -> Value {
    loop {
        let event = serde_json::to_value(events.recv().await.unwrap()).unwrap();
        if event["type"] == "ended" && event["queue"] == *queue {
            return event;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_taken_away_and_the_account_goes_is_kept_and_goes_for_good() {
    let town = Town::new(None).await;
    let about = town.ask("server_about", json!({ "server": town.address })).await;
    assert!(about["retention"].as_array().unwrap().iter().any(|class| class["outlives_account"] == true));
    assert_eq!(town.make().await["error"], Value::Null);

    let all = town.ask("export_everything", json!({ "split_mb": null, "account": town.key })).await;
    assert_eq!((all["here"]["pictures"].as_u64(), &all["service"]["signed"]), (Some(1), &json!(true)));
    let part = town.folder.path().join("allxone-export-service.zip");
    assert_eq!(all["service"]["file"], part.display().to_string());
    assert!(std::fs::read(&part).unwrap().starts_with(b"PK"));
    let signature = std::fs::read_to_string(part.with_extension("zip.jwt")).unwrap();
    assert_eq!(signature.split('.').count(), 3);

    let asked = json!({ "account": town.key, "when": "in_seven_days", "erase_library": false });
    let receipt = town.ask("account_delete", asked).await;
    assert_eq!(receipt["deletion"]["state"], "grace");
    let seen = town.ask("accounts", Value::Null).await;
    assert_eq!(seen["accounts"][0]["standing"]["is"], "signed_out");
    assert_eq!(seen["deletions"].as_array().unwrap().len(), 1);
    assert_eq!(town.ask("session", Value::Null).await["service"]["is"], "this_computer");
    assert_eq!(town.ask("library_usage", Value::Null).await["items"], 1, "what was made stays here");
    assert_eq!(town.code("account_retain", town.key.clone()).await, "signed_out");

    // Nothing but the deletion is done for it; signing in again shows it, even where no receipt was kept.
    town.ask("deletion_forget", receipt["deletion"]["id"].clone()).await;
    assert!(town.deletions().await.is_empty());
    let mut events = town.desk.events();
    town.sign_in().await;
    town.ask("account_open", town.key.clone()).await;
    while town.deletions().await.is_empty() {
        let _ = events.recv().await.unwrap();
    }
    assert_eq!(town.ask("account_retain", town.key.clone()).await["deletion"]["state"], "cancelled");
    town.open().await;

    let asked = json!({ "account": town.key, "when": "now", "erase_library": true });
    town.ask("account_delete", asked).await;
    assert_eq!(town.ask("accounts", Value::Null).await["accounts"], json!([]), "it is off this computer");
    let library = town.folder.path().join("data/accounts").join(town.key.as_str().unwrap());
    assert!(!library.exists());
    let receipt = loop {
        let seen = town.ask("deletions_look", Value::Null).await;
        if seen["deletions"][0]["deletion"]["state"] == "done" {
            break seen["deletions"][0]["deletion"].clone();
        }
        tokio::task::yield_now().await;
    };
    let classes: Vec<&str> =
        receipt["erased"].as_array().unwrap().iter().filter_map(|one| one["class"].as_str()).collect();
    assert!(classes.contains(&"accounts") && classes.contains(&"jobs"), "{classes:?}");
    assert!(!receipt["remains"].as_array().unwrap().is_empty());
    let at = json!({ "server": town.address });
    let asked = json!({ "at": at, "email": "ann@studio.example", "password": PASSWORD });
    assert_eq!(town.code("account_password", asked).await, "wrong_password");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_account_makes_comes_into_its_own_library_and_only_when_it_was_allowed() {
    let town = Town::new(None).await;
    assert_eq!(town.make().await["error"], Value::Null);
    let seen = town.ask("account_history", town.key.clone()).await;
    assert_eq!((&seen["allowed"], &seen["last"]), (&Value::Null, &Value::Null));
    assert_eq!(town.code("account_history_bring", town.key.clone()).await, "not_allowed");

    let mut events = town.desk.events();
    let choice = json!({ "account": town.key, "allowed": true });
    assert_eq!(town.ask("account_history_allow", choice).await["allowed"], true);
    let seen = town.ask("account_history_bring", town.key.clone()).await;
    assert_eq!((&seen["brought"], seen["last"].is_number()), (&json!(0), true), "it was here already");
    let told = loop {
        let event = serde_json::to_value(events.recv().await.unwrap()).unwrap();
        if event["type"] == "history" && event["history"]["last"].is_number() {
            break event;
        }
    };
    assert_eq!(told["account"], town.key);

    // Erased here, it goes there, too.
    let item = town.ask("library_list", json!({ "limit": 9 })).await["items"][0]["id"].clone();
    town.ask("library_erase", json!([item])).await;
    loop {
        let seen = town.ask("account_history_bring", town.key.clone()).await;
        if seen["waiting"] == 0 && seen["under_way"] == false {
            break;
        }
    }
    assert_eq!(town.ask("library_usage", Value::Null).await["items"], 0);

    // Into another library nothing of it comes.
    town.ask("account_open", Value::Null).await;
    assert_eq!(town.code("account_history_bring", town.key.clone()).await, "not_open");
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_for_others_takes_nothing_before_its_texts_are_accepted_and_then_goes_on() {
    let operator = "kind = 'hosted'\nname = 'Example Studio'\ncontact = 'privacy@studio.example'\n";
    let town = Town::new(Some(operator)).await;
    let refused = town.make().await;
    assert_eq!((&refused["error"]["code"], &refused["open"]), (&json!("acceptance_needed"), &json!(true)));
    let waiting = town.ask("queue_list", Value::Null).await;
    let queue = waiting[0]["id"].clone();

    let about = town.ask("service_about", Value::Null).await;
    assert_eq!(about["operator"]["contact"], "privacy@studio.example");
    let texts: Vec<Value> = about["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| json!({ "kind": text["kind"], "sha256": text["sha256"] }))
        .collect();
    let other =
        json!({ "texts": [{ "kind": "acceptable_use", "sha256": "00".repeat(32) }], "language": "en" });
    assert_eq!(town.code("terms_accept", other).await, "acceptance_needed");
    assert_eq!(town.ask("consents", Value::Null).await, json!([]));
    town.ask("terms_accept", json!({ "texts": texts, "language": "en" })).await;
    let records = town.ask("consents", Value::Null).await;
    let host = town.address.trim_start_matches("http://");
    assert_eq!(records.as_array().unwrap().len(), 2);
    assert!(records.as_array().unwrap().iter().all(|one| one["server"] == host && one["granted"] == true));

    let mut events = town.desk.events();
    let again = json!({ "queue": queue, "draft": waiting[0]["draft"] });
    assert_eq!(town.ask("queue_retry", again).await, queue, "the very same goes on");
    assert_eq!(ended(&mut events, &queue).await["error"], Value::Null);
    assert_eq!(town.ask("library_usage", Value::Null).await["items"], 1);
    town.stop().await;
}
