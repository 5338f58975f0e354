//! ComfyUI: takes graphs of nodes into its queue under ids of the caller's choice, checks them as it does, and keeps what came of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use super::comfyui_nodes::{CHECKPOINTS, Made, check, made};
use super::spoiled::spoiled;
use super::{Fault, Script, png};
use crate::served::Served;

/// So often that work which has begun does not end.
pub const FOREVER: u32 = u32::MAX;

/// Where in the life of a request a fault meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// When it is asked which checkpoints there are.
    Checkpoints,
    /// When a picture is taken in.
    Upload,
    /// When a graph is put into the queue.
    Submit,
    /// When it is asked where a request stands in the queue.
    Queue,
    /// When it is asked what came of a request.
    History,
    /// When a picture is fetched.
    Picture,
}

/// ComfyUI on loopback. Dropping it ends it.
pub struct ComfyUi {
    inner: Arc<Inner>,
    served: Served,
}

struct Entry {
    id: String,
    graph: Value,
    /// How often it is still asked after before it is done.
    rounds: u32,
    end: Option<&'static str>,
}

#[derive(Default)]
struct Inner {
    scripts: Mutex<HashMap<Step, Script>>,
    entries: Mutex<Vec<Entry>>,
    asked: Mutex<Vec<Value>>,
    uploads: Mutex<HashMap<String, (u32, u32)>>,
    wait: Mutex<u32>,
    holds: Mutex<bool>,
    deaf: Mutex<bool>,
    stops: Mutex<Vec<(String, Value)>>,
    questions: Mutex<usize>,
}

impl ComfyUi {
    /// Without any faults.
    pub async fn start() -> Self {
        let inner = Arc::new(Inner::default());
        let state = Arc::clone(&inner);
        let served = Served::start(|_| {
            Router::new()
                .route("/upload/image", post(upload))
                .route("/object_info/{class}", get(object_info))
                .route("/prompt", post(prompt))
                .route("/queue", get(queue).post(remove))
                .route("/interrupt", post(interrupt))
                .route("/history/{id}", get(history))
                .route("/view", get(view))
                .layer(DefaultBodyLimit::max(100 * 1024 * 1024))
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

    /// What was put before it at `/prompt`, taken or not.
    pub fn asked(&self) -> Vec<Value> {
        self.inner.asked.lock().unwrap().clone()
    }

    /// How many requests it took.
    pub fn made(&self) -> usize {
        self.inner.entries.lock().unwrap().len()
    }

    /// What it was told to stop: the path and the body.
    pub fn stops(&self) -> Vec<(String, Value)> {
        self.inner.stops.lock().unwrap().clone()
    }

    /// How often somebody asked what came of a request.
    pub fn questions(&self) -> usize {
        *self.inner.questions.lock().unwrap()
    }

    /// How often a request is asked after before it is done.
    pub fn takes(&self, rounds: u32) {
        *self.inner.wait.lock().unwrap() = rounds;
    }

    /// What is being worked on is done.
    pub fn finishes(&self) {
        self.inner.entries.lock().unwrap().iter_mut().for_each(|entry| entry.rounds = 0);
    }

    /// Requests stay in the queue, from now on.
    pub fn holds(&self, holds: bool) {
        *self.inner.holds.lock().unwrap() = holds;
    }

    /// As versions before 2025: an id of the caller's is not taken.
    pub fn chooses_ids(&self) {
        *self.inner.deaf.lock().unwrap() = true;
    }

    /// As after a restart: queue and history are empty.
    pub fn forgets(&self) {
        self.inner.entries.lock().unwrap().clear();
    }
}

type Shared = State<Arc<Inner>>;

impl Inner {
    fn next(&self, step: Step) -> Option<Fault> {
        self.scripts.lock().unwrap().entry(step).or_default().next()
    }
}

/// What a fault makes of an answer.
async fn spoil(fault: Option<Fault>, answer: &Value) -> Response {
    match fault {
        None => Json(answer).into_response(),
        Some(Fault::Refuses(status, kind, wait)) => {
            let error = json!({ "type": kind, "message": "As ordered.", "details": "", "extra_info": {} });
            let mut refused = refusal(status, &json!({ "error": error, "node_errors": {} }));
            if let Some(seconds) = wait {
                refused.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            refused
        }
        Some(fault) => match spoiled(fault, answer.to_string().as_bytes()).await {
            Some(response) => response,
            None => Json(answer).into_response(),
        },
    }
}

fn refusal(status: u16, body: &Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn upload(State(inner): Shared, mut form: Multipart) -> Response {
    let (mut fields, mut picture) = (HashMap::new(), None);
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(str::to_owned);
        let content = field.bytes().await.unwrap();
        match file {
            Some(file) if name == "image" => picture = Some((file, content)),
            _ => {
                fields.insert(name, String::from_utf8(content.to_vec()).unwrap());
            }
        }
    }
    let Some((name, content)) = picture else { return StatusCode::BAD_REQUEST.into_response() };
    let fault = inner.next(Step::Upload);
    let subfolder = fields.remove("subfolder").unwrap_or_default();
    let kind = fields.remove("type").unwrap_or_else(|| "input".to_owned());
    // Nothing is looked at until a node loads it.
    let size = image::load_from_memory(&content).map_or((0, 0), |read| (read.width(), read.height()));
    inner.uploads.lock().unwrap().insert(format!("{subfolder}/{name} [{kind}]"), size);
    spoil(fault, &json!({ "name": name, "subfolder": subfolder, "type": kind })).await
}

async fn object_info(State(inner): Shared, Path(class): Path<String>) -> Response {
    let fault = inner.next(Step::Checkpoints);
    let names = if fault == Some(Fault::NoPicture) { Vec::new() } else { CHECKPOINTS.to_vec() };
    let tooltip = json!({ "tooltip": "The name of the checkpoint (model) to load." });
    let answer = match class.as_str() {
        "CheckpointLoaderSimple" => json!({ class: {
            "input": { "required": { "ckpt_name": [names, tooltip] } }, "output": ["MODEL", "CLIP", "VAE"], "name": "CheckpointLoaderSimple",
        } }),
        _ => json!({}),
    };
    spoil(fault, &answer).await
}

async fn prompt(State(inner): Shared, body: String) -> Response {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    inner.asked.lock().unwrap().push(body.clone());
    let Some(graph) = body.get("prompt") else {
        let error = json!({ "type": "no_prompt", "message": "No prompt provided", "details": "No prompt provided", "extra_info": {} });
        return refusal(400, &json!({ "error": error, "node_errors": {} }));
    };
    let fault = inner.next(Step::Submit);
    let pictures = inner.uploads.lock().unwrap().clone();
    let checkpoints: &[&str] = if fault == Some(Fault::BlocksInput) { &[] } else { &CHECKPOINTS };
    if let Err(fault) = check(graph, checkpoints, &pictures) {
        return refusal(400, &fault);
    }
    let own = body.get("prompt_id").and_then(Value::as_str).filter(|_| !*inner.deaf.lock().unwrap());
    let id = own.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
    let number = {
        let mut entries = inner.entries.lock().unwrap();
        if fault.is_none_or(Fault::is_made) {
            let rounds = *inner.wait.lock().unwrap();
            entries.push(Entry { id: id.clone(), graph: graph.clone(), rounds, end: None });
        }
        entries.len()
    };
    spoil(fault, &json!({ "prompt_id": id, "number": number, "node_errors": {} })).await
}

async fn queue(State(inner): Shared) -> Response {
    let fault = inner.next(Step::Queue);
    let holds = *inner.holds.lock().unwrap();
    let shown = {
        let entries = inner.entries.lock().unwrap();
        let open = entries.iter().enumerate().filter(|(_, entry)| entry.rounds > 0 && entry.end.is_none());
        let all: Vec<Value> = open.map(|(at, entry)| json!([at, entry.id, entry.graph, {}, ["7"]])).collect();
        match holds {
            true => json!({ "queue_running": [], "queue_pending": all }),
            false => {
                json!({ "queue_running": all.iter().take(1).collect::<Vec<_>>(), "queue_pending": all.iter().skip(1).collect::<Vec<_>>() })
            }
        }
    };
    spoil(fault, &shown).await
}

async fn remove(State(inner): Shared, Json(body): Json<Value>) -> Response {
    inner.stops.lock().unwrap().push(("queue".to_owned(), body.clone()));
    let gone = body.get("delete").and_then(Value::as_array).cloned().unwrap_or_default();
    if *inner.holds.lock().unwrap() {
        inner.entries.lock().unwrap().retain(|entry| !gone.contains(&json!(entry.id)));
    }
    StatusCode::OK.into_response()
}

async fn interrupt(State(inner): Shared, Json(body): Json<Value>) -> Response {
    inner.stops.lock().unwrap().push(("interrupt".to_owned(), body.clone()));
    for entry in inner.entries.lock().unwrap().iter_mut() {
        if body.get("prompt_id").is_none_or(|id| *id == json!(entry.id)) {
            entry.end = Some("execution_interrupted");
        }
    }
    StatusCode::OK.into_response()
}

async fn history(State(inner): Shared, Path(id): Path<String>) -> Response {
    *inner.questions.lock().unwrap() += 1;
    let fault = inner.next(Step::History);
    let pictures = inner.uploads.lock().unwrap().clone();
    let holds = *inner.holds.lock().unwrap();
    let shown = {
        let mut entries = inner.entries.lock().unwrap();
        match entries.iter_mut().find(|entry| entry.id == id) {
            Some(entry) if entry.rounds > 0 && entry.end.is_none() => {
                if entry.rounds != FOREVER && !holds {
                    entry.rounds -= 1;
                }
                json!({})
            }
            Some(entry) => {
                let end = match fault {
                    Some(Fault::BlocksInput) => Some("out_of_memory"),
                    Some(Fault::BlocksOutput) => Some("execution_error"),
                    _ => entry.end,
                };
                let mut made = made(&entry.graph, &pictures);
                if fault == Some(Fault::NoPicture) {
                    made.count = 0;
                }
                json!({ id: told(&entry.graph, &entry.id, &made, end) })
            }
            None => json!({}),
        }
    };
    spoil(fault.filter(|fault| !matches!(fault, Fault::BlocksInput | Fault::BlocksOutput)), &shown).await
}

/// An entry of the history.
fn told(graph: &Value, id: &str, made: &Made, end: Option<&str>) -> Value {
    let mut messages = vec![json!(["execution_start", { "prompt_id": id, "timestamp": 1 }])];
    let of_node = json!({ "prompt_id": id, "node_id": "5", "node_type": "KSampler", "executed": ["1"] });
    match end {
        None => messages.push(json!(["execution_success", { "prompt_id": id, "timestamp": 2 }])),
        Some("execution_interrupted") => messages.push(json!(["execution_interrupted", of_node])),
        Some(kind) => {
            let kind = if kind == "out_of_memory" { "torch.cuda.OutOfMemoryError" } else { "RuntimeError" };
            let mut error = of_node;
            error["exception_type"] = kind.into();
            error["exception_message"] = "As ordered.".into();
            messages.push(json!(["execution_error", error]));
        }
    }
    let images: Vec<Value> = (0..made.count)
        .map(|at| json!({ "filename": format!("ComfyUI_temp_{}x{}_{at:05}_.png", made.width, made.height), "subfolder": "", "type": "temp" }))
        .collect();
    let outputs = if end.is_none() { json!({ made.node.clone(): { "images": images } }) } else { json!({}) };
    json!({
        "prompt": [0, id, graph, {}, [made.node]],
        "outputs": outputs,
        "status": { "status_str": if end.is_none() { "success" } else { "error" }, "completed": end.is_none(), "messages": messages },
        "meta": {},
    })
}

async fn view(State(inner): Shared, Query(query): Query<HashMap<String, String>>) -> Response {
    let known = query.get("type").is_some_and(|kind| kind == "temp");
    let Some(name) = query.get("filename").filter(|_| known) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let numbers: Vec<u32> = name
        .trim_start_matches("ComfyUI_temp_")
        .trim_end_matches("_.png")
        .split(['x', '_'])
        .filter_map(|part| part.parse().ok())
        .collect();
    let [width, height, kind] = numbers[..] else { return StatusCode::NOT_FOUND.into_response() };
    let picture = png(width, height, u8::try_from(kind).unwrap());
    match inner.next(Step::Picture) {
        None => ([(header::CONTENT_TYPE, "image/png")], picture).into_response(),
        Some(Fault::Refuses(status, ..)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Fault::NotAPicture) => "this is not a picture".into_response(),
        Some(Fault::HalfAPicture) => picture[..picture.len() / 2].to_vec().into_response(),
        Some(fault) => spoiled(fault, &picture).await.unwrap_or_else(|| picture.into_response()),
    }
}
