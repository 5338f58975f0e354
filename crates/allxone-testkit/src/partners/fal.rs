//! fal's queue: a request is taken, asked after, and its pictures lie behind links. The addresses it names are its own to choose.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, put};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::Digest;
use uuid::Uuid;

use super::spoiled::spoiled;
use super::{Fault, Script, png};
use crate::served::Served;

/// What callers have to show; of no use anywhere.
pub const KEY: &str = "of-no-use-anywhere:at-all";

/// So often that work which has begun does not end.
pub const FOREVER: u32 = u32::MAX;

/// Where in the life of a request a fault meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// When it is put into the queue.
    Submit,
    /// When it is asked after.
    Status,
    /// When its result is asked for.
    Result,
    /// When a picture is fetched.
    Picture,
}

/// fal on loopback. Dropping it ends it.
pub struct Fal {
    inner: Arc<Inner>,
    served: Served,
}

#[derive(Default)]
struct Inner {
    url: Mutex<String>,
    scripts: Mutex<HashMap<Step, Script>>,
    asked: Mutex<Vec<(String, Value)>>,
    /// Requests in the queue: how often each is still asked after before it is done.
    requests: Mutex<HashMap<String, (Value, u32)>>,
    made: Mutex<usize>,
    cancelled: Mutex<Vec<String>>,
    questions: Mutex<usize>,
    wait: Mutex<u32>,
    holds: Mutex<bool>,
    elsewhere: Mutex<Option<String>>,
    /// Where it was told to knock, by request.
    hooks: Mutex<HashMap<String, String>>,
    signer: Mutex<Option<Ed25519KeyPair>>,
    keys_asked: Mutex<usize>,
}

impl Fal {
    /// Without any faults.
    pub async fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let state = Arc::clone(&inner);
        let served = Served::start(|url| {
            *state.url.lock().unwrap() = url.to_owned();
            Router::new()
                .route("/queue/{id}/state", get(status))
                .route("/queue/{id}/outcome", get(result))
                .route("/queue/{id}/end", put(cancel))
                .route("/files/{name}", get(picture))
                .route("/.well-known/jwks.json", get(keys))
                .route("/{*path}", any(at_a_model))
                .with_state(state)
        })
        .await;
        Self { inner, served }
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// The faults to come at a step.
    pub fn script(&self, step: Step) -> Script {
        self.inner.scripts.lock().unwrap().entry(step).or_default().clone()
    }

    /// Requests as they came: the model and the body.
    pub fn asked(&self) -> Vec<(String, Value)> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// How many requests it took.
    pub fn made(&self) -> usize {
        *self.inner.made.lock().unwrap()
    }

    /// Requests it was told to stop.
    pub fn cancelled(&self) -> usize {
        self.inner.cancelled.lock().unwrap().len()
    }

    /// How often somebody asked how a request stands.
    pub fn questions(&self) -> usize {
        *self.inner.questions.lock().unwrap()
    }

    /// How often a request is asked after before it is done.
    pub fn takes(&self, rounds: u32) {
        *self.inner.wait.lock().unwrap() = rounds;
    }

    /// Where it publishes the keys it signs with.
    pub fn signing_keys(&self) -> String {
        format!("{}/.well-known/jwks.json", self.url())
    }

    /// How often somebody asked for them.
    pub fn keys_asked(&self) -> usize {
        *self.inner.keys_asked.lock().unwrap()
    }

    /// Where it was told to knock, by request.
    pub fn hooks(&self) -> HashMap<String, String> {
        self.inner.hooks.lock().unwrap().clone()
    }

    /// Whom it knocked at is forgotten.
    pub fn forgets_hooks(&self) {
        self.inner.hooks.lock().unwrap().clear();
    }

    /// A knock about a request at this time, in seconds: its headers and its body.
    pub fn knock(&self, request: &str, seconds: i64) -> (Vec<(&'static str, String)>, Vec<u8>) {
        let body = json!({ "request_id": request, "gateway_request_id": request, "status": "OK", "payload": { "images": [] } });
        let body = body.to_string().into_bytes();
        let time = seconds.to_string();
        let hash: String = sha2::Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let signed = [request, "user_of_tests", &time, &hash].join("\n");
        let signature = self.inner.with_signer(|signer| signer.sign(signed.as_bytes()));
        let signature: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let headers = vec![
            ("x-fal-webhook-request-id", request.to_owned()),
            ("x-fal-webhook-user-id", "user_of_tests".to_owned()),
            ("x-fal-webhook-timestamp", time),
            ("x-fal-webhook-signature", signature),
        ];
        (headers, body)
    }

    /// What is being worked on is done when it is asked after next.
    pub fn finishes(&self) {
        self.inner.requests.lock().unwrap().values_mut().for_each(|(_, rounds)| *rounds = 0);
    }

    /// Requests stay in the queue, from now on.
    pub fn holds(&self, holds: bool) {
        *self.inner.holds.lock().unwrap() = holds;
    }

    /// Pictures are said to lie at another place, from now on.
    pub fn leads_to(&self, elsewhere: Option<&str>) {
        *self.inner.elsewhere.lock().unwrap() = elsewhere.map(str::to_owned);
    }
}

type Shared = State<Arc<Inner>>;

fn known(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value == format!("Key {KEY}").as_str())
}

fn refusal(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

impl Inner {
    fn with_signer<T>(&self, act: impl FnOnce(&Ed25519KeyPair) -> T) -> T {
        let mut signer = self.signer.lock().unwrap();
        let new = || {
            let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
            Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap()
        };
        act(signer.get_or_insert_with(new))
    }

    fn next(&self, step: Step) -> Option<Fault> {
        self.scripts.lock().unwrap().entry(step).or_default().next()
    }

    /// What a fault makes of an answer.
    async fn spoil(&self, fault: Option<Fault>, answer: &Value) -> Response {
        match fault {
            None => Json(answer).into_response(),
            Some(Fault::Refuses(status, kind, wait)) => {
                let mut refused = refusal(
                    status,
                    &json!({ "detail": [{ "loc": ["body"], "msg": "As ordered.", "type": kind }] }),
                );
                if let Some(seconds) = wait {
                    refused.headers_mut().insert(header::RETRY_AFTER, seconds.into());
                }
                refused
            }
            Some(Fault::BlocksInput) => refusal(
                422,
                &json!({ "detail": [{ "loc": ["body", "prompt"], "msg": "The content could not be processed because it was flagged by a content checker.", "type": "content_policy_violation" }] }),
            ),
            Some(fault) => match spoiled(fault, answer.to_string().as_bytes()).await {
                Some(response) => response,
                None => Json(answer).into_response(),
            },
        }
    }
}

/// What stands below a model: `POST` puts into its queue, and below `requests` is where the official client looks, which makes the addresses
/// up itself.
async fn at_a_model(
    state: Shared,
    method: Method,
    Path(path): Path<String>,
    query: Query<HashMap<String, String>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let Some((_, request)) = path.split_once("/requests/") else {
        return match method {
            Method::POST => submit(&state, path, &query, &headers, &body).await,
            _ => refusal(405, &json!({ "detail": "Method Not Allowed" })),
        };
    };
    let (id, what) = request.split_once('/').unwrap_or((request, ""));
    let name = HeaderValue::from_str(id).unwrap();
    let id = Path(id.to_owned());
    let mut answer = match (method, what) {
        (Method::GET, "") => result(state, id, headers).await,
        (Method::GET, "status") => status(state, id, headers).await,
        (Method::PUT, "cancel") => cancel(state, id, headers).await,
        _ => refusal(404, &json!({ "detail": "Not Found" })),
    };
    answer.headers_mut().insert("x-fal-request-id", name);
    answer
}

async fn submit(
    inner: &Inner,
    model: String,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
    body: &str,
) -> Response {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    inner.asked.lock().unwrap().push((model.clone(), body.clone()));
    if !known(headers) {
        return refusal(401, &json!({ "detail": "No user found for Key ID and Secret" }));
    }
    if !model.starts_with("fal-ai/") {
        return refusal(404, &json!({ "detail": "Application not found" }));
    }
    if body.get("prompt").and_then(Value::as_str).is_none_or(str::is_empty) {
        return refusal(
            422,
            &json!({ "detail": [{ "loc": ["body", "prompt"], "msg": "Field required", "type": "missing" }] }),
        );
    }
    let fault = inner.next(Step::Submit);
    let id = Uuid::new_v4().to_string();
    let url = inner.url.lock().unwrap().clone();
    let ticket = json!({
        "request_id": id, "queue_position": 0,
        "status_url": format!("{url}/queue/{id}/state"),
        "response_url": format!("{url}/queue/{id}/outcome"),
        "cancel_url": format!("{url}/queue/{id}/end"),
    });
    if fault.is_none_or(Fault::is_made) {
        *inner.made.lock().unwrap() += 1;
        let rounds = *inner.wait.lock().unwrap();
        if let Some(hook) = query.get("fal_webhook") {
            inner.hooks.lock().unwrap().insert(id.clone(), hook.clone());
        }
        inner.requests.lock().unwrap().insert(id, (body, rounds));
    }
    inner.spoil(fault, &ticket).await
}

async fn keys(State(inner): Shared) -> Response {
    *inner.keys_asked.lock().unwrap() += 1;
    let x = inner.with_signer(|signer| URL_SAFE_NO_PAD.encode(signer.public_key().as_ref()));
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "of-tests", "use": "sig", "x": x });
    Json(json!({ "keys": [{ "kty": "RSA", "n": "AQAB", "e": "AQAB" }, key] })).into_response()
}

async fn status(State(inner): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if !known(&headers) {
        return refusal(401, &json!({ "detail": "No user found for Key ID and Secret" }));
    }
    *inner.questions.lock().unwrap() += 1;
    let fault = inner.next(Step::Status);
    let standing = {
        let mut requests = inner.requests.lock().unwrap();
        let Some((_, rounds)) = requests.get_mut(&id) else {
            return refusal(404, &json!({ "detail": "Request not found" }));
        };
        let first = *rounds;
        if first != FOREVER {
            *rounds = rounds.saturating_sub(1);
        }
        match (*inner.holds.lock().unwrap(), first) {
            (true, _) => json!({ "status": "IN_QUEUE", "queue_position": 3, "request_id": id }),
            (_, 0) => {
                json!({ "status": "COMPLETED", "request_id": id, "metrics": { "inference_time": 0.7 } })
            }
            (_, 1 | FOREVER) => json!({ "status": "IN_PROGRESS", "request_id": id, "logs": null }),
            (_, left) => json!({ "status": "IN_QUEUE", "queue_position": left, "request_id": id }),
        }
    };
    if fault == Some(Fault::BlocksOutput) {
        return Json(
            json!({ "status": "COMPLETED", "error": "Runner failed.", "error_type": "runner_error" }),
        )
        .into_response();
    }
    inner.spoil(fault, &standing).await
}

async fn result(State(inner): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if !known(&headers) {
        return refusal(401, &json!({ "detail": "No user found for Key ID and Secret" }));
    }
    let Some((body, _)) = inner.requests.lock().unwrap().get(&id).cloned() else {
        return refusal(404, &json!({ "detail": "Request not found" }));
    };
    let fault = inner.next(Step::Result);
    let count = body.get("num_images").and_then(Value::as_u64).unwrap_or(1);
    let place = inner.elsewhere.lock().unwrap().clone();
    let place = place.unwrap_or_else(|| format!("{}/files", inner.url.lock().unwrap()));
    let side = |name: &str| body["image_size"][name].as_u64().unwrap_or(64);
    let (width, height) = (side("width"), side("height"));
    let images: Vec<_> = (0..if fault == Some(Fault::NoPicture) { 0 } else { count })
        .map(|at| json!({ "url": format!("{place}/{width}-{height}-{at}.png"), "width": width, "height": height, "content_type": "image/png" }))
        .collect();
    let flagged: Vec<_> = images.iter().map(|_| fault == Some(Fault::BlocksOutput)).collect();
    let answer = json!({ "images": images, "seed": body.get("seed").and_then(Value::as_u64).unwrap_or(4_711), "has_nsfw_concepts": flagged,
        "timings": { "inference": 0.7 } });
    inner.spoil(fault.filter(|fault| *fault != Fault::BlocksOutput), &answer).await
}

async fn cancel(State(inner): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    if !known(&headers) {
        return refusal(401, &json!({ "detail": "No user found for Key ID and Secret" }));
    }
    let waits = *inner.holds.lock().unwrap();
    match inner.requests.lock().unwrap().get(&id) {
        None => return refusal(404, &json!({ "detail": "Request not found" })),
        Some((_, 0)) if !waits => return refusal(400, &json!({ "status": "ALREADY_COMPLETED" })),
        Some(_) => {}
    }
    inner.cancelled.lock().unwrap().push(id);
    (StatusCode::ACCEPTED, Json(json!({ "status": "CANCELLATION_REQUESTED" }))).into_response()
}

async fn picture(State(inner): Shared, Path(name): Path<String>, headers: HeaderMap) -> Response {
    // A key that goes to where pictures lie has gone too far.
    if headers.contains_key(header::AUTHORIZATION) {
        return StatusCode::FORBIDDEN.into_response();
    }
    let numbers: Vec<u32> =
        name.trim_end_matches(".png").split('-').filter_map(|part| part.parse().ok()).collect();
    let [width, height, kind] = numbers[..] else { return StatusCode::NOT_FOUND.into_response() };
    let picture = png(width, height, u8::try_from(kind).unwrap());
    let fault = inner.next(Step::Picture);
    match fault {
        None => ([(header::CONTENT_TYPE, "image/png")], picture).into_response(),
        Some(Fault::Refuses(status, ..)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Fault::NotAPicture) => "this is not a picture".into_response(),
        Some(Fault::HalfAPicture) => picture[..picture.len() / 2].to_vec().into_response(),
        Some(fault) => spoiled(fault, &picture).await.unwrap_or_else(|| picture.into_response()),
    }
}
