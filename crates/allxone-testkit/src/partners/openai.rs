//! OpenAI's Images API, as strict as the real one: unknown fields and models are refused, and so is a size that no model makes.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use super::provider::{Asked, Book, Provider};
use super::spoiled::spoiled;
use super::{Fault, png};

/// What callers have to show; of no use anywhere.
pub const KEY: &str = "of-no-use-anywhere";

const MODELS: [&str; 3] = ["gpt-image-2", "gpt-image-1-mini", "gpt-image-1.5"];
const FIELDS: [&str; 14] = [
    "model",
    "prompt",
    "n",
    "size",
    "quality",
    "output_format",
    "output_compression",
    "background",
    "moderation",
    "user",
    "safety_identifier",
    "partial_images",
    "stream",
    "input_fidelity",
];

/// OpenAI on loopback; its address is without `/v1`.
pub struct OpenAi;

impl OpenAi {
    /// Without any faults.
    pub async fn start() -> Provider {
        let routes = |book| {
            Router::new()
                .route("/v1/models", get(models))
                .route("/v1/images/generations", post(generations))
                .route("/v1/images/edits", post(edits))
                .fallback(|| async { refusal(404, "unknown_url", "Unknown request URL.") })
                .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
                .with_state(book)
        };
        Provider::start(routes).await
    }
}

/// The kind of an answer that comes as events.
const EVENTS: HeaderValue = HeaderValue::from_static("text/event-stream");

type Shared = State<Arc<Book>>;

/// A refusal in OpenAI's form.
fn refusal(status: u16, code: &str, message: &str) -> Response {
    let kind = if status >= 500 { "server_error" } else { "invalid_request_error" };
    let body = json!({ "error": { "message": message, "type": kind, "param": null, "code": code } });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

fn known(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value == format!("Bearer {KEY}").as_str())
}

async fn models(headers: HeaderMap) -> Response {
    if !known(&headers) {
        return refusal(401, "invalid_api_key", "Incorrect API key provided.");
    }
    let data: Vec<_> = MODELS
        .iter()
        .map(|id| json!({ "id": id, "object": "model", "created": 1_761_000_000, "owned_by": "system" }))
        .collect();
    Json(json!({ "object": "list", "data": data })).into_response()
}

async fn generations(State(inner): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    let Value::Object(fields) = body else {
        return refusal(400, "invalid_type", "The body must be an object.");
    };
    let asked = Asked { path: "/v1/images/generations".to_owned(), fields, files: Vec::new() };
    answer(&inner, &headers, asked).await
}

async fn edits(State(inner): Shared, headers: HeaderMap, mut form: Multipart) -> Response {
    let mut asked = Asked { path: "/v1/images/edits".to_owned(), fields: Map::new(), files: Vec::new() };
    while let Ok(Some(field)) = form.next_field().await {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().is_some();
        let Ok(content) = field.bytes().await else {
            return refusal(400, "invalid_multipart", "The form breaks off.");
        };
        if file {
            asked.files.push((name, content.to_vec()));
        } else {
            let text = String::from_utf8_lossy(&content).into_owned();
            let value = if matches!(name.as_str(), "n" | "partial_images") {
                text.parse::<u64>().map_or(Value::String(text), Value::from)
            } else {
                text.into()
            };
            asked.fields.insert(name, value);
        }
    }
    answer(&inner, &headers, asked).await
}

async fn answer(inner: &Book, headers: &HeaderMap, asked: Asked) -> Response {
    inner.asked.lock().unwrap().push(asked.clone());
    if !known(headers) {
        return refusal(401, "invalid_api_key", "Incorrect API key provided.");
    }
    let wish = match Wish::of(&asked) {
        Ok(wish) => wish,
        Err(refused) => return *refused,
    };
    let fault = inner.script.next();
    if fault.is_none_or(Fault::is_made) {
        *inner.made.lock().unwrap() += 1;
    }
    match fault {
        None => given(&wish, None),
        Some(Fault::Refuses(status, code, wait)) => {
            let mut refused = refusal(status, code, "The request was refused, as ordered.");
            if let Some(seconds) = wait {
                refused.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            refused
        }
        Some(Fault::BlocksOutput) if wish.stream => given(&wish, fault),
        Some(fault @ (Fault::BlocksInput | Fault::BlocksOutput)) => {
            let stage = if fault == Fault::BlocksInput { "input" } else { "output" };
            let body = json!({ "error": blocked(stage) });
            (StatusCode::BAD_REQUEST, Json(body)).into_response()
        }
        Some(fault) => {
            let good = if wish.stream { wish.events(None) } else { wish.whole(None) };
            let Some(mut response) = spoiled(fault, good.as_bytes()).await else {
                return given(&wish, Some(fault));
            };
            if wish.stream && matches!(fault, Fault::BreaksAfter(_) | Fault::StallsAfter(_)) {
                response.headers_mut().insert(header::CONTENT_TYPE, EVENTS);
            }
            response
        }
    }
}

/// What its own check says.
fn blocked(stage: &str) -> Value {
    json!({
        "message": "Your request was rejected by the safety system.", "type": "image_generation_user_error", "param": null,
        "code": "moderation_blocked", "moderation_details": { "moderation_stage": stage, "categories": ["sexual"] },
    })
}

/// The answer, spoiled within if that was ordered.
fn given(wish: &Wish, fault: Option<Fault>) -> Response {
    if let Some(Fault::EndlessPicture) = fault {
        let begin = axum::body::Bytes::from_static(br#"{"created":1,"data":[{"b64_json":""#);
        let more = axum::body::Bytes::from(vec![b'A'; 65_536]);
        let pieces = futures_util::stream::iter(std::iter::once(begin).chain(std::iter::repeat(more)));
        let pieces = futures_util::StreamExt::map(pieces, Ok::<_, std::io::Error>);
        return ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response();
    }
    let kind = if wish.stream { EVENTS } else { HeaderValue::from_static("application/json") };
    let body = if wish.stream { wish.events(fault) } else { wish.whole(fault) };
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What is wished for, as far as it was understood.
struct Wish {
    width: u32,
    height: u32,
    count: u8,
    stream: bool,
    partial: u8,
    event: &'static str,
}

impl Wish {
    fn of(asked: &Asked) -> Result<Self, Box<Response>> {
        let wrong = |code: &str, message: String| Box::new(refusal(400, code, &message));
        let Asked { path, fields, files } = asked;
        let edit = path.ends_with("edits");
        if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(wrong("unknown_parameter", format!("Unknown parameter: '{name}'.")));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let model = text("model")
            .ok_or_else(|| wrong("missing_required_parameter", "'model' is missing.".to_owned()))?;
        if !MODELS.contains(&model) {
            return Err(Box::new(refusal(
                404,
                "model_not_found",
                &format!("The model '{model}' does not exist."),
            )));
        }
        match text("prompt").map(|prompt| prompt.chars().count()) {
            Some(1..=32_000) => {}
            _ => return Err(wrong("invalid_value", "The prompt has 1 to 32,000 characters.".to_owned())),
        }
        for (name, values) in [
            ("quality", &["low", "medium", "high", "auto"][..]),
            ("output_format", &["png"]),
            ("background", &["transparent", "opaque", "auto"]),
            ("moderation", &["low", "auto"]),
        ] {
            if fields.contains_key(name) && !text(name).is_some_and(|value| values.contains(&value)) {
                return Err(wrong("invalid_value", format!("Invalid value for '{name}'.")));
            }
        }
        let count = fields.get("n").map_or(Some(1), Value::as_u64).filter(|n| (1..=10).contains(n));
        let count = count.ok_or_else(|| wrong("invalid_value", "'n' is 1 to 10.".to_owned()))?;
        let (width, height) = sides(text("size").unwrap_or("auto"))
            .ok_or_else(|| wrong("invalid_value", "Invalid value for 'size'.".to_owned()))?;
        if edit {
            let pictures: Vec<_> =
                files.iter().filter(|(name, _)| matches!(name.as_str(), "image" | "image[]")).collect();
            let masks: Vec<_> = files.iter().filter(|(name, _)| name == "mask").collect();
            let strange = files.len() != pictures.len() + masks.len() || masks.len() > 1;
            if strange || !(1..=16).contains(&pictures.len()) {
                return Err(wrong(
                    "invalid_value",
                    "One to sixteen pictures and at most one mask.".to_owned(),
                ));
            }
            if pictures.iter().any(|(_, content)| image::load_from_memory(content).is_err()) {
                return Err(wrong("invalid_image_file", "Invalid image file.".to_owned()));
            }
            if let Some((_, mask)) = masks.first() {
                let size = |content: &[u8]| {
                    image::load_from_memory(content)
                        .ok()
                        .map(|one| (one.width(), one.height(), one.color().has_alpha()))
                };
                let (of, mask) = (size(&pictures[0].1), size(mask));
                if of.zip(mask).is_none_or(|(of, mask)| (of.0, of.1) != (mask.0, mask.1) || !mask.2) {
                    return Err(wrong(
                        "invalid_mask",
                        "A mask is as large as the picture and has transparency.".to_owned(),
                    ));
                }
            }
        }
        let yes = |name: &str| fields.get(name).is_some_and(|value| value == true || value == "true");
        let partial = fields.get("partial_images").map_or(Some(0), Value::as_u64).filter(|most| *most <= 3);
        let partial =
            partial.ok_or_else(|| wrong("invalid_value", "'partial_images' is 0 to 3.".to_owned()))?;
        Ok(Self {
            width,
            height,
            count: u8::try_from(count).unwrap(),
            stream: yes("stream"),
            partial: u8::try_from(partial).unwrap(),
            event: if edit { "image_edit" } else { "image_generation" },
        })
    }

    fn usage() -> Value {
        json!({ "input_tokens": 12, "output_tokens": 1_056, "total_tokens": 1_068,
            "input_tokens_details": { "text_tokens": 12, "image_tokens": 0 } })
    }

    /// A picture's text.
    fn picture(&self, index: u8, fault: Option<Fault>) -> String {
        let good = png(self.width, self.height, index);
        match fault {
            Some(Fault::NotBase64) => "this is *not* Base64".to_owned(),
            Some(Fault::NotAPicture) => STANDARD.encode("this is not a picture"),
            Some(Fault::HalfAPicture) => STANDARD.encode(&good[..good.len() / 2]),
            _ => STANDARD.encode(good),
        }
    }

    /// The answer in one piece.
    fn whole(&self, fault: Option<Fault>) -> String {
        let count = if fault == Some(Fault::NoPicture) { 0 } else { self.count };
        let data: Vec<_> =
            (0..count).map(|index| json!({ "b64_json": self.picture(index, fault) })).collect();
        json!({ "created": 1_761_000_000, "background": "opaque", "data": data, "output_format": "png", "quality": "medium",
            "size": format!("{}x{}", self.width, self.height), "usage": Self::usage() })
        .to_string()
    }

    /// The answer as events: the faults are in the last, the previews before it are good.
    fn events(&self, fault: Option<Fault>) -> String {
        let event = |kind: &str, data: Value| format!("event: {kind}\ndata: {data}\n\n");
        let size = format!("{}x{}", self.width, self.height);
        let common = json!({ "background": "opaque", "created_at": 1_761_000_000, "output_format": "png", "quality": "medium", "size": size });
        let mut events = String::new();
        for index in 0..self.partial {
            let kind = format!("{}.partial_image", self.event);
            let mut data = common.clone();
            data["type"] = kind.as_str().into();
            data["partial_image_index"] = index.into();
            data["b64_json"] = self.picture(100 + index, None).into();
            events.push_str(&event(&kind, data));
        }
        if fault == Some(Fault::BlocksOutput) {
            events.push_str(&event("error", json!({ "type": "error", "error": blocked("output") })));
            return events;
        }
        let kind = format!("{}.completed", self.event);
        let mut data = common;
        data["type"] = kind.as_str().into();
        data["usage"] = Self::usage();
        if fault != Some(Fault::NoPicture) {
            data["b64_json"] = self.picture(0, fault).into();
        }
        events.push_str(&event(&kind, data));
        events
    }
}

/// Width and height that some model makes.
fn sides(size: &str) -> Option<(u32, u32)> {
    if size == "auto" {
        return Some((1024, 1024));
    }
    let (width, height) = size.split_once('x')?;
    let (width, height) = (width.parse::<u32>().ok()?, height.parse::<u32>().ok()?);
    let side = |side: u32| side.is_multiple_of(16) && (16..=3840).contains(&side);
    let fits = side(width) && side(height) && width.max(height) <= 3 * width.min(height);
    fits.then_some((width, height))
}
