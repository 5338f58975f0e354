//! Taking everything away: complete for one, nothing of another, checkable, and only for whom it belongs to.

use allxone_contract::*;
use serde_json::{Value, json};

use super::town::{DAY, Town, export, post, unpacked};
use crate::http::Http;
use crate::rig::fixture;

const MINUTE: i64 = 60_000;

#[tokio::test]
async fn an_archive_holds_everything_of_one_person_and_nothing_of_another() {
    let mut town = Town::new().await;
    let (ada, bob) = (town.sign_up("ada-umbrella").await, town.sign_up("bob-xylophone").await);
    town.fill(&ada).await;
    town.fill(&bob).await;

    let made = export(&ada).await;
    assert_eq!(made.state, ExportState::Ready);
    assert_eq!(made.expires, Some(UtcMillis(super::town::BEGINNING + 7 * DAY)));
    let reply = ada.http.get(&format!("/exports/{}/content", made.id)).await;
    assert_eq!(reply.headers["content-type"], "application/zip");
    assert_eq!((made.bytes, made.sha256), (Some(reply.body.len() as u64), Some(Sha256::of(&reply.body))));
    let files = unpacked(&reply.body);

    // The list of hashes and the manifest are about these very files.
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).unwrap();
    for line in sums.lines() {
        let (hash, path) = line.split_once("  ").unwrap();
        assert_eq!(hash, Sha256::of(&files[path]).to_string(), "{path}");
    }
    assert_eq!(sums.lines().count(), files.len() - 1);
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!((&manifest["missing"], &manifest["scope"]["account"]), (&json!([]), &json!(ada.account)));

    // Every column that is tagged for export, of both databases, is there.
    let read = |path: &str| -> Vec<Value> {
        let text = String::from_utf8(files.get(path).unwrap_or_else(|| panic!("{path} is missing")).clone())
            .unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    use allxone_service::columns::{COLUMNS, IDENTITY_CLASSES, TABLES, Tag};
    for column in COLUMNS {
        let class = TABLES.iter().find(|table| table.name == column.table).unwrap().class;
        let path = format!("{class}/{}.jsonl", column.table);
        let there = files.contains_key(&path) && read(&path).iter().all(|row| row.get(column.name).is_some());
        assert_eq!(
            there,
            matches!(column.tag, Tag::Export | Tag::ThirdParty) || (there && read(&path).is_empty()),
            "{}.{}",
            column.table,
            column.name
        );
    }
    for column in allxone_service::identity::columns::COLUMNS {
        let class = IDENTITY_CLASSES.iter().find(|(table, _)| *table == column.table).unwrap().1;
        let path = format!("{class}/{}.jsonl", column.table.trim_start_matches("auth_"));
        match column.tag {
            allxone_service::identity::columns::Tag::Export => {
                assert!(
                    read(&path).iter().all(|row| row.get(column.name).is_some()),
                    "{}.{}",
                    column.table,
                    column.name
                );
            }
            _ => assert!(
                files.get(&path).is_none_or(|_| read(&path).iter().all(|row| row.get(column.name).is_none()))
            ),
        }
    }
    // Each line of each file is what its schema says, and the page leads to every file there is.
    let page = String::from_utf8(files["index.html"].clone()).unwrap();
    assert!(!page.contains("<script") && page.contains("default-src 'none'"));
    for path in
        files.keys().filter(|path| !["index.html", "manifest.json", "SHA256SUMS"].contains(&path.as_str()))
    {
        assert!(page.contains(&format!("href=\"{path}\"")), "{path}");
    }
    for path in files.keys().filter(|path| path.ends_with(".jsonl")) {
        let name = path.trim_end_matches(".jsonl").replace('/', ".");
        let schema: Value = serde_json::from_slice(&files[&format!("schema/{name}.schema.json")]).unwrap();
        for row in read(path) {
            let row = row.as_object().unwrap();
            assert_eq!(row.len(), schema["required"].as_array().unwrap().len(), "{path}");
            for (column, value) in row {
                let kind = match value {
                    Value::Null => "null",
                    Value::Number(_) => "integer",
                    Value::String(_) => "string",
                    Value::Array(_) => "array",
                    Value::Object(_) => "object",
                    Value::Bool(_) => "boolean",
                };
                let kinds = schema["properties"][column]["type"].as_array();
                assert!(
                    kinds.is_some_and(|kinds| kinds.contains(&json!(kind))),
                    "{path}: {column} is {kind}"
                );
            }
        }
    }
    for path in [
        "jobs/jobs",
        "jobs/outputs",
        "jobs/job_inputs",
        "content/assets",
        "credits/holds",
        "decisions/decisions",
        "consents/consents",
        "consents/acceptances",
        "statistics/statistics",
        "training/training_items",
        "exports/exports",
        "accounts/users",
        "sessions/sessions",
    ] {
        assert!(!read(&format!("{path}.jsonl")).is_empty(), "{path}");
    }
    assert_eq!(read("jobs/jobs.jsonl")[0]["request"]["prompt"], json!("a lighthouse and a ada-umbrella"));
    let pictures: Vec<_> = files.iter().filter(|(path, _)| path.starts_with("pictures/")).collect();
    assert_eq!(pictures.len(), 3);
    assert!(
        pictures.iter().any(|(_, bytes)| bytes.as_slice() == fixture("safe_coffee.png").bytes().as_ref())
    );
    assert!(String::from_utf8_lossy(&files["info/processing.html"]).contains("How long it is kept"));

    // Of the other nothing: no id, no word, no address.
    let all: Vec<u8> = files.values().flatten().copied().collect();
    for needle in [bob.account.as_str(), bob.canary] {
        assert!(!crate::rig::contains(&all, needle.as_bytes()), "{needle}");
    }
    assert!(
        crate::rig::contains(&all, ada.canary.as_bytes())
            && crate::rig::contains(&all, ada.account.as_bytes())
    );
    // And the other cannot fetch it.
    for path in [format!("/exports/{}", made.id), format!("/exports/{}/content", made.id)] {
        assert_eq!(bob.http.get(&path).await.status, 404);
    }
    town.stop().await;
}

#[tokio::test]
async fn an_archive_is_signed_with_the_key_everybody_can_look_up() {
    let mut town = Town::new().await;
    let ada = town.sign_up("ada-umbrella").await;
    let made = export(&ada).await;
    let signature = made.signature.unwrap();
    let header = jsonwebtoken::decode_header(&signature).unwrap();
    assert_eq!(header.typ.as_deref(), Some("export+jwt"));
    let keys: jsonwebtoken::jwk::JwkSet =
        town.auth("GET", "/.well-known/jwks.json", "", &json!({})).await.json();
    let key = jsonwebtoken::DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::ES256);
    rules.set_audience(&["export"]);
    rules.validate_exp = false;
    rules.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Value>(&signature, &key, &rules).unwrap().claims;
    assert_eq!((&claims["sub"], &claims["sha256"]), (&json!(ada.account), &json!(made.sha256.unwrap())));
    assert_eq!(claims["jti"], json!(made.id));
    // It opens nothing.
    let thief = Http { addr: ada.http.addr, token: signature };
    assert_eq!(thief.get("/jobs").await.status, 401);
    town.stop().await;
}

#[tokio::test]
async fn an_archive_needs_a_fresh_sign_in_comes_one_at_a_time_and_goes_after_a_week() {
    let mut town = Town::new().await;
    let ada = town.sign_up("ada-umbrella").await;
    town.clock.go_on(6 * MINUTE);
    let step_up = (403, "step_up_needed".to_owned());
    assert_eq!(ada.http.send("POST", "/exports", &[], b"").await.refused(), step_up);
    let ada = town.sign_in("ada-umbrella").await;
    let first = export(&ada).await;
    let path = format!("/exports/{}/content", first.id);
    assert_eq!(ada.http.get(&path).await.status, 200);
    let second = export(&ada).await;
    assert_ne!(first.id, second.id);
    // The newer one stands in the place of the older one.
    assert_eq!(ada.http.get(&path).await.status, 404);
    let path = format!("/exports/{}/content", second.id);
    town.clock.go_on(6 * MINUTE);
    assert_eq!(ada.http.get(&path).await.refused(), step_up);
    town.clock.go_on(7 * DAY);
    let ada = town.sign_in("ada-umbrella").await;
    assert_eq!(ada.http.get(&path).await.refused(), (410, "erased".to_owned()));
    town.crash().await;
    let ada = town.sign_in("ada-umbrella").await;
    assert_eq!(ada.http.get(&path).await.status, 404);
    assert_eq!(super::town::walk(&town.dir.path().join("service/files")).len(), 0);
    town.stop().await;
}

#[tokio::test]
async fn an_archive_that_was_asked_for_before_a_crash_is_made_after_it() {
    let mut town = Town::new().await;
    let ada = town.sign_up("ada-umbrella").await;
    town.fill(&ada).await;
    let asked: Export = post(&ada.http, "/exports", &json!({})).await.json();
    town.crash().await;
    let ada = town.sign_in("ada-umbrella").await;
    loop {
        let export: Export = ada.http.get(&format!("/exports/{}", asked.id)).await.json();
        match export.state {
            ExportState::Running => tokio::task::yield_now().await,
            state => break assert_eq!(state, ExportState::Ready),
        }
    }
    town.stop().await;
}
