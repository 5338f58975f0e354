//! AUTOMATIC1111's web UI: works on one request after another, answers when it is done, stops whatever runs.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use serde_json::{Value, json};

use super::provider::{Asked, Book, Provider};
use super::spoiled::spoiled;
use super::{Fault, png};

/// Fields each way of working knows.
const WAYS: [(&str, &[&str]); 3] = [
    (
        "txt2img",
        &[
            "prompt",
            "negative_prompt",
            "width",
            "height",
            "n_iter",
            "batch_size",
            "seed",
            "steps",
            "cfg_scale",
            "save_images",
        ],
    ),
    (
        "img2img",
        &[
            "prompt",
            "negative_prompt",
            "width",
            "height",
            "n_iter",
            "batch_size",
            "seed",
            "steps",
            "cfg_scale",
            "save_images",
            "init_images",
            "denoising_strength",
            "mask",
            "inpainting_mask_invert",
        ],
    ),
    ("extra-single-image", &["image", "upscaling_resize", "upscaler_1"]),
];

/// The web UI on loopback.
pub struct Automatic1111;

impl Automatic1111 {
    /// Without any faults. A stop is a request for `interrupt`.
    pub async fn start() -> Provider {
        let routes = |book| {
            Router::new()
                .route("/sdapi/v1/{way}", post(work))
                .layer(DefaultBodyLimit::max(64 * 1024 * 1024))
                .with_state(book)
        };
        Provider::start(routes).await
    }
}

fn refusal(status: u16, error: &str) -> Response {
    (
        StatusCode::from_u16(status).unwrap(),
        Json(json!({ "error": error, "detail": "", "body": "", "errors": "" })),
    )
        .into_response()
}

/// A picture out of a `data:` address or plain Base64.
fn read(value: &Value) -> Option<image::DynamicImage> {
    let text = value.as_str()?;
    let text = text.split_once(";base64,").map_or(text, |(_, data)| data);
    image::load_from_memory(&STANDARD.decode(text).ok()?).ok()
}

async fn work(State(inner): State<Arc<Book>>, Path(way): Path<String>, body: String) -> Response {
    let note =
        |fields| inner.asked.lock().unwrap().push(Asked { path: way.clone(), fields, files: Vec::new() });
    if way == "interrupt" {
        note(serde_json::Map::new());
        return Json(json!({})).into_response();
    }
    let Some((_, fields)) = WAYS.iter().find(|(known, _)| *known == way) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "detail": "Not Found" }))).into_response();
    };
    let Ok(Value::Object(body)) = serde_json::from_str(&body) else { return refusal(422, "HTTPException") };
    note(body.clone());
    if body.keys().any(|name| !fields.contains(&name.as_str())) {
        return refusal(422, "RequestValidationError");
    }
    let number = |name: &str, usual: u64| body.get(name).and_then(Value::as_u64).unwrap_or(usual);
    let first = body.get("image").or_else(|| body.get("init_images").and_then(|all| all.get(0))).map(read);
    let (width, height) = match first {
        None if way == "txt2img" => (number("width", 512), number("height", 512)),
        Some(Some(picture)) => {
            let times = number("upscaling_resize", 1);
            (u64::from(picture.width()) * times, u64::from(picture.height()) * times)
        }
        _ => return refusal(422, "Invalid encoded image"),
    };
    if body.get("mask").is_some_and(|mask| read(mask).is_none_or(|mask| !mask.color().has_alpha())) {
        return refusal(422, "Invalid mask");
    }
    let (width, height) = (u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
    let (count, seed) = (number("n_iter", 1), number("seed", 4_711));
    let fault = inner.script.next();
    if fault.is_none_or(Fault::is_made) {
        *inner.made.lock().unwrap() += 1;
    }
    let one = |kind: u64| {
        let good = png(width, height, u8::try_from(kind % 250).unwrap());
        match fault {
            Some(Fault::NotBase64) => "this is *not* Base64".to_owned(),
            Some(Fault::NotAPicture) => STANDARD.encode("this is not a picture"),
            Some(Fault::HalfAPicture) => STANDARD.encode(&good[..good.len() / 2]),
            _ => STANDARD.encode(good),
        }
    };
    let whole = if way == "extra-single-image" {
        let image = if fault == Some(Fault::NoPicture) { Value::Null } else { one(seed).into() };
        json!({ "html_info": "<p></p>", "image": image })
    } else {
        let made = if fault == Some(Fault::NoPicture) { 0 } else { count };
        let mut images: Vec<String> = (0..made).map(|at| one(seed + at)).collect();
        if images.len() > 1 {
            // All of them on one sheet come first.
            images.insert(0, one(99));
        }
        let seeds: Vec<u64> = (0..count).map(|at| seed + at).collect();
        json!({ "images": images, "parameters": {}, "info": json!({ "all_seeds": seeds, "seed": seed }).to_string() })
    };
    match fault {
        None | Some(Fault::NoPicture | Fault::NotBase64 | Fault::NotAPicture | Fault::HalfAPicture) => {
            Json(whole).into_response()
        }
        Some(Fault::Refuses(status, kind, _)) => refusal(status, kind),
        Some(fault) => {
            spoiled(fault, whole.to_string().as_bytes()).await.unwrap_or_else(|| Json(whole).into_response())
        }
    }
}
