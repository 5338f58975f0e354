//! The service asked in OpenAI's words: one call is one job, a repetition is the same one, and what cannot be honoured is named.

use allxone_contract::*;
use allxone_service::Limits;
use base64::Engine as _;
use serde_json::{Value, json};

use crate::http::Reply;
use crate::rig::{BLOCKED, PROMPT, Rig, fixture};

/// Asks below `/v1`.
async fn ask(rig: &Rig, token: &str, method: &str, path: &str, extra: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\nconnection: close\r\ncontent-length: {}\r\n",
        rig.http.addr,
        body.len()
    );
    extra.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
    let mut bytes = format!("{head}\r\n").into_bytes();
    bytes.extend(body);
    rig.http.raw(&bytes).await
}

async fn generate(rig: &Rig, extra: &[(&str, &str)], body: &Value) -> Reply {
    ask(rig, &rig.http.token, "POST", "/v1/images/generations", extra, body.to_string().as_bytes()).await
}

/// Status, code and parameter of a refusal in OpenAI's form.
fn refused(reply: &Reply) -> (u16, String, Option<String>) {
    let error = &reply.json::<Value>()["error"];
    assert!(error["message"].as_str().is_some_and(|message| message.ends_with('.')), "{reply:?}");
    assert!(error["type"].is_string());
    (reply.status, error["code"].as_str().unwrap().to_owned(), error["param"].as_str().map(str::to_owned))
}

fn wish(count: u8) -> Value {
    json!({ "model": "test/quick", "prompt": PROMPT, "n": count })
}

#[tokio::test]
async fn a_call_makes_pictures_and_hands_over_the_very_bytes_that_are_kept() {
    let rig = Rig::start().await;
    let reply = generate(
        &rig,
        &[],
        &json!({ "model": "quick", "prompt": PROMPT, "n": 2, "size": "auto", "user": "x" }),
    )
    .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer: Value = reply.json();
    assert_eq!(answer["output_format"], "png");
    let job = rig.jobs().await.remove(0);
    assert_eq!(answer["created"], job.created.0 / 1_000);
    for (output, given) in job.outputs.iter().zip(answer["data"].as_array().unwrap()) {
        let given =
            base64::engine::general_purpose::STANDARD.decode(given["b64_json"].as_str().unwrap()).unwrap();
        assert_eq!(Sha256::of(&given), output.sha256);
    }
    assert_eq!((job.outputs.len(), answer["data"].as_array().unwrap().len()), (2, 2));
    let models: Value = ask(&rig, &rig.http.token, "GET", "/v1/models", &[], b"").await.json();
    assert_eq!(models["data"][0]["id"], "test/quick");
    let one = ask(&rig, &rig.http.token, "GET", "/v1/models/test%2Fquick", &[], b"").await;
    assert_eq!(one.json::<Value>()["object"], "model");
}

#[tokio::test]
async fn what_was_accepted_once_is_not_begun_twice() {
    let rig = Rig::start().await;
    let first = generate(&rig, &[], &wish(1)).await;
    let again = generate(&rig, &[("x-stainless-retry-count", "1")], &wish(1)).await;
    assert_eq!((first.status, &first.body), (200, &again.body), "a client that calls again gets the same");
    let keyed = generate(&rig, &[("idempotency-key", "mine")], &wish(1)).await;
    assert_eq!(generate(&rig, &[("idempotency-key", "mine")], &wish(1)).await.body, keyed.body);
    assert_eq!(refused(&generate(&rig, &[("idempotency-key", "mine")], &wish(2)).await).1, "key_reused");
    assert_eq!(rig.control.runs(), 2);
    generate(&rig, &[("x-stainless-retry-count", "0")], &wish(1)).await;
    assert_eq!(rig.control.runs(), 3, "a call that is no repetition makes another");
}

#[tokio::test]
async fn refusals_come_in_openais_form_and_say_whether_to_call_again() {
    let rig = Rig::start().await;
    let code = |code: &str, param: Option<&str>, status| (status, code.to_owned(), param.map(str::to_owned));
    for (body, expected) in [
        (json!({ "model": "test/quick", "prompt": BLOCKED }), code("moderation_blocked", None, 400)),
        (json!({ "prompt": PROMPT }), code("invalid_value", Some("model"), 400)),
        (json!({ "model": "gpt-image-2", "prompt": PROMPT }), code("model_not_found", None, 404)),
        (json!({ "model": "test/touch", "prompt": PROMPT }), code("model_not_found", None, 404)),
        (wish(9), code("invalid_value", Some("n"), 400)),
        (
            json!({ "model": "quick", "prompt": PROMPT, "size": "512x512" }),
            code("unsupported_parameter", Some("size"), 400),
        ),
        (
            json!({ "model": "quick", "prompt": PROMPT, "quality": "high" }),
            code("unsupported_parameter", Some("quality"), 400),
        ),
        (
            json!({ "model": "quick", "prompt": PROMPT, "colour": "red" }),
            code("unsupported_parameter", Some("colour"), 400),
        ),
    ] {
        let reply = generate(&rig, &[], &body).await;
        assert_eq!(refused(&reply), expected, "{body}");
        assert_eq!(reply.headers["x-should-retry"], "false", "{body}");
    }
    let post = |path: &'static str, token: String| {
        let rig = &rig;
        async move { ask(rig, &token, "POST", path, &[], b"{}").await }
    };
    assert_eq!(
        refused(&post("/v1/images/variations", rig.http.token.clone()).await),
        code("unknown_url", None, 404)
    );
    assert_eq!(
        refused(&post("/v1/images/generations", "x".repeat(40)).await),
        code("invalid_api_key", None, 401)
    );
    assert_eq!(rig.control.runs(), 0);

    // A job that was accepted and came to nothing.
    *rig.control.fails.lock().unwrap() = Some("The test wants it so.");
    let failed = generate(&rig, &[], &wish(1)).await;
    assert_eq!((failed.status, refused(&failed).1.as_str()), (500, "engine_failed"));
    assert_eq!(failed.headers["x-should-retry"], "false");
}

#[tokio::test]
async fn a_call_that_wants_events_gets_them() {
    let rig = Rig::start().await;
    let mut body = wish(2);
    body["stream"] = true.into();
    let reply = generate(&rig, &[], &body).await;
    assert_eq!((reply.status, reply.headers["content-type"].as_str()), (200, "text/event-stream"));
    let text = String::from_utf8(reply.body).unwrap();
    let events: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(events.len(), 2);
    assert!(
        events
            .iter()
            .all(|event| event["type"] == "image_generation.completed" && event["b64_json"].is_string())
    );
    *rig.control.fails.lock().unwrap() = Some("The test wants it so.");
    let text = String::from_utf8(generate(&rig, &[], &body).await.body).unwrap();
    assert!(text.starts_with("data: {\"error\":"), "{text}");
}

#[tokio::test]
async fn previews_are_checked_and_those_that_may_not_be_shown_are_left_out() {
    let rig = Rig::start().await;
    let mut watched = wish(1);
    (watched["stream"], watched["partial_images"]) = (true.into(), 3.into());
    let named = (400, "unsupported_parameter".to_owned(), Some("partial_images".to_owned()));
    assert_eq!(refused(&generate(&rig, &[], &watched).await), named, "no model here has them");
    *rig.control.previews.lock().unwrap() = vec!["safe_coffee.png", "unsafe_porn_224.png", "safe_coffee.png"];
    let mut several = watched.clone();
    several["n"] = 2.into();
    assert_eq!(refused(&generate(&rig, &[], &several).await), named);
    let reply = generate(&rig, &[], &watched).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    let data = text.lines().filter_map(|line| Some(line.split_once("data: ")?.1));
    let events: Vec<Value> = data.map(|data| serde_json::from_str(data).unwrap()).collect();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), event["partial_image_index"].as_u64()))
        .collect();
    let partial = "image_generation.partial_image";
    assert_eq!(told, [(partial, Some(0)), (partial, Some(2)), ("image_generation.completed", None)]);
    for event in &events {
        let picture = base64::engine::general_purpose::STANDARD.decode(event["b64_json"].as_str().unwrap());
        assert!(allxone_media::has_ai_origin(&picture.unwrap()), "each is marked");
    }
    assert_eq!(rig.control.runs(), 1);
    let job = rig.jobs().await.remove(0);
    assert_eq!(
        (job.outputs.len(), job.blocked.len(), rig.sealed_files()),
        (1, 0, 1),
        "previews are kept nowhere"
    );
    // Whoever does not watch gets none.
    assert_eq!(generate(&rig, &[], &wish(1)).await.status, 200);
}

#[tokio::test]
async fn calls_that_wait_leave_room_for_others() {
    let rig = Rig::with(Limits { followers_at_once: 1, ..Limits::default() }).await;
    rig.control.hold();
    let wanted = wish(1);
    let waiting = generate(&rig, &[], &wanted);
    let others = async {
        rig.control.one_begun().await;
        assert_eq!(refused(&generate(&rig, &[], &wish(1)).await).1, "rate_limit_exceeded");
        assert_eq!(rig.http.get("/models").await.status, 200);
        rig.control.release();
    };
    assert_eq!(tokio::join!(waiting, others).0.status, 200);
}

#[tokio::test]
async fn an_edit_takes_pictures_in_a_form_and_no_model_here_does_it() {
    let rig = Rig::start().await;
    let picture = fixture("safe_coffee.png");
    let form = |name: &str| {
        let mut body = format!("--b\r\ncontent-disposition: form-data; name=\"prompt\"\r\n\r\n{PROMPT}\r\n--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nquick\r\n--b\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n").into_bytes();
        body.extend(picture.bytes().iter());
        body.extend(b"\r\n--b--\r\n");
        body
    };
    let send = |body: Vec<u8>| {
        let rig = &rig;
        async move {
            let kind = [("content-type", "multipart/form-data; boundary=b")];
            ask(rig, &rig.http.token, "POST", "/v1/images/edits", &kind, &body).await
        }
    };
    assert_eq!(refused(&send(form("image")).await), (404, "model_not_found".to_owned(), None));
    assert_eq!(refused(&send(form("mask")).await).2.as_deref(), Some("image"));
    let whole = form("image");
    assert_eq!(refused(&send(whole[..whole.len() - 20].to_vec()).await).1, "invalid_value");
}

#[tokio::test]
async fn a_personal_key_opens_pictures_until_it_is_taken_back() {
    let mut rig = Rig::start().await;
    let make = |name: &str, scope: &str| json!({ "name": name, "scope": scope }).to_string().into_bytes();
    let made = rig.http.send("POST", "/keys", &[], &make("my editor", "pictures")).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made: Value = made.json();
    let secret = made["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("axo-") && secret.len() == 68);
    let body = wish(1).to_string();
    let asked = ask(&rig, &secret, "POST", "/v1/images/generations", &[], body.as_bytes()).await;
    assert_eq!(asked.status, 200, "{asked:?}");

    let with_key = crate::http::Http { addr: rig.http.addr, token: secret.clone() };
    assert_eq!(with_key.get("/jobs").await.status, 200);
    for (method, path) in [
        ("GET", "/keys"),
        ("POST", "/keys"),
        ("POST", "/exports"),
        ("GET", "/consents"),
        ("POST", "/account/deletion"),
    ] {
        assert_eq!(
            with_key.send(method, path, &[], b"{}").await.refused(),
            (403, "no_grant".to_owned()),
            "{method} {path}"
        );
    }
    let looking: Value = rig.http.send("POST", "/keys", &[], &make("looks", "read")).await.json();
    let looking = looking["secret"].as_str().unwrap();
    assert_eq!(ask(&rig, looking, "GET", "/v1/models", &[], b"").await.status, 200);
    assert_eq!(ask(&rig, looking, "POST", "/v1/images/generations", &[], body.as_bytes()).await.status, 403);
    for name in ["", "  ", &"x".repeat(65), "two\nlines"] {
        assert_eq!(rig.http.send("POST", "/keys", &[], &make(name, "read")).await.status, 400, "{name:?}");
    }

    let keys = rig.http.get("/keys").await.json::<KeyList>().keys;
    assert_eq!(
        keys.iter().map(|key| (key.name.as_str(), key.last_used.is_some())).collect::<Vec<_>>(),
        [("my editor", true), ("looks", true)]
    );
    let path = format!("/keys/{}", keys[0].id);
    assert_eq!(rig.http.send("DELETE", &path, &[], b"").await.status, 204);
    assert_eq!(rig.http.send("DELETE", &path, &[], b"").await.status, 404);
    assert_eq!(refused(&ask(&rig, &secret, "GET", "/v1/models", &[], b"").await).1, "invalid_api_key");
    rig.shutdown().await;
    let kept = crate::rig::ask(rig.dir.path(), "SELECT key_sha256 FROM api_keys").await;
    assert!(
        kept.len() == 1
            && !looking.contains(&kept[0])
            && kept[0] == Sha256::of(looking.trim_start_matches("axo-").as_bytes()).to_string()
    );
}
