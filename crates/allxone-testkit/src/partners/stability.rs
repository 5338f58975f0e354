//! Stability's image services, version 2: forms only, one picture a call, refusals with a name.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode, header};
use serde_json::{Map, Value, json};

use super::provider::{Asked, Book, Provider};
use super::spoiled::spoiled;
use super::{Fault, png};

/// What callers have to show; of no use anywhere.
pub const KEY: &str = "of-no-use-anywhere";

/// The most bytes of the pictures of a request.
const MOST: usize = 10 * 1024 * 1024;

/// Services, with the fields each takes.
const SERVICES: [(&str, &[&str]); 4] = [
    (
        "generate/core",
        &["prompt", "negative_prompt", "seed", "output_format", "aspect_ratio", "style_preset"],
    ),
    ("generate/ultra", &["prompt", "negative_prompt", "seed", "output_format", "aspect_ratio"]),
    ("upscale/fast", &["output_format"]),
    ("edit/remove-background", &["output_format"]),
];

/// Stability on loopback.
pub struct Stability;

impl Stability {
    /// Without any faults.
    pub async fn start() -> Provider {
        let routes = |book| {
            Router::new()
                .route("/v2beta/stable-image/{kind}/{service}", post(serve))
                .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
                .with_state(book)
        };
        Provider::start(routes).await
    }
}

fn refusal(status: u16, name: &str, error: &str) -> Response {
    let body = json!({ "id": "9160aa70-222f-4a36-9eb7-475e2668362a", "name": name, "errors": [error] });
    (StatusCode::from_u16(status).unwrap(), Json(body)).into_response()
}

async fn serve(
    State(inner): State<Arc<Book>>,
    Path((kind, service)): Path<(String, String)>,
    headers: HeaderMap,
    mut form: Multipart,
) -> Response {
    let path = format!("{kind}/{service}");
    let mut asked = Asked { path: path.clone(), fields: Map::new(), files: Vec::new() };
    while let Ok(Some(field)) = form.next_field().await {
        let (name, file) = (field.name().unwrap_or_default().to_owned(), field.file_name().is_some());
        let Ok(content) = field.bytes().await else {
            return refusal(400, "bad_request", "the form breaks off");
        };
        if file {
            asked.files.push((name, content.to_vec()));
        } else {
            asked.fields.insert(name, String::from_utf8_lossy(&content).into_owned().into());
        }
    }
    inner.asked.lock().unwrap().push(asked.clone());
    if asked.files.iter().map(|(_, content)| content.len()).sum::<usize>() > MOST {
        return refusal(413, "payload_too_large", "the request is larger than 10 MiB");
    }
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value != format!("Bearer {KEY}").as_str()) {
        return refusal(401, "unauthorized", "missing or invalid API key");
    }
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !matches!(accept, Some("application/json" | "image/*")) {
        return refusal(400, "bad_request", "accept: must be application/json or image/*");
    }
    let Some((_, fields)) = SERVICES.iter().find(|(known, _)| *known == path) else {
        return refusal(404, "not_found", "there is no such service");
    };
    let picture = asked.files.first().and_then(|(_, content)| image::load_from_memory(content).ok());
    let fits = match kind.as_str() {
        "generate" => {
            asked.files.is_empty()
                && asked
                    .fields
                    .get("prompt")
                    .and_then(Value::as_str)
                    .is_some_and(|prompt| (1..=10_000).contains(&prompt.len()))
        }
        _ => asked.files.len() == 1 && asked.files[0].0 == "image" && picture.is_some(),
    };
    if !fits || asked.fields.keys().any(|name| !fields.contains(&name.as_str())) {
        return refusal(400, "bad_request", "a field is missing, unknown or wrong");
    }
    let seed =
        asked.fields.get("seed").and_then(Value::as_str).map_or(Some(0), |seed| seed.parse::<u64>().ok());
    let Some(seed) = seed.filter(|seed| *seed <= 4_294_967_294) else {
        return refusal(400, "bad_request", "seed: must be less than or equal to 4294967294");
    };
    let fault = inner.script.next();
    if fault.is_none_or(Fault::is_made) {
        *inner.made.lock().unwrap() += 1;
    }
    let (width, height) = picture.map_or((64, 64), |picture| (picture.width(), picture.height()));
    let times = if path == "upscale/fast" { 4 } else { 1 };
    let good =
        png(width * times, height * times, u8::try_from(inner.asked.lock().unwrap().len() % 250).unwrap());
    let seed = if seed == 0 { 343_940_597 } else { seed };
    let answer =
        |image: String, reason: &str| json!({ "image": image, "finish_reason": reason, "seed": seed });
    let file = |image: Vec<u8>, reason: &'static str| {
        let said = [
            ("content-type", "image/png".to_owned()),
            ("finish-reason", reason.to_owned()),
            ("seed", seed.to_string()),
        ];
        (said, image).into_response()
    };
    let whole = answer(STANDARD.encode(&good), "SUCCESS");
    match fault {
        None if accept == Some("image/*") => file(good, "SUCCESS"),
        Some(Fault::BlocksOutput) if accept == Some("image/*") => file(png(64, 64, 9), "CONTENT_FILTERED"),
        None => Json(whole).into_response(),
        Some(Fault::Refuses(status, name, wait)) => {
            let mut refused = refusal(status, name, "as ordered");
            if let Some(seconds) = wait {
                refused.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            refused
        }
        Some(Fault::BlocksInput) => {
            refusal(403, "content_moderation", "Your request was flagged by our content moderation system.")
        }
        Some(Fault::BlocksOutput) => {
            Json(answer(STANDARD.encode(png(64, 64, 9)), "CONTENT_FILTERED")).into_response()
        }
        Some(Fault::NoPicture) => Json(json!({ "finish_reason": "SUCCESS", "seed": seed })).into_response(),
        Some(Fault::NotBase64) => Json(answer("this is *not* Base64".to_owned(), "SUCCESS")).into_response(),
        Some(Fault::NotAPicture) => {
            Json(answer(STANDARD.encode("this is not a picture"), "SUCCESS")).into_response()
        }
        Some(Fault::HalfAPicture) => {
            Json(answer(STANDARD.encode(&good[..good.len() / 2]), "SUCCESS")).into_response()
        }
        Some(Fault::EndlessPicture) => {
            let begin = axum::body::Bytes::from_static(br#"{"image":""#);
            let more = axum::body::Bytes::from(vec![b'A'; 65_536]);
            let pieces = futures_util::stream::iter(std::iter::once(begin).chain(std::iter::repeat(more)));
            let pieces = futures_util::StreamExt::map(pieces, Ok::<_, std::io::Error>);
            ([(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
        }
        Some(fault) => match spoiled(fault, whole.to_string().as_bytes()).await {
            Some(response) => response,
            None => Json(whole).into_response(),
        },
    }
}
