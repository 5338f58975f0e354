//! OpenAI's images, drawn beforehand.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Response, header};
use serde_json::{Value, json};

use super::Answering;

/// A provider that answers every request for pictures with the next of the answers it was given.
pub struct QuickOpenAi {
    answering: Answering,
    prompts: Arc<Mutex<HashMap<String, usize>>>,
}

impl QuickOpenAi {
    /// With these answers, in turn.
    pub async fn start(answers: Vec<Bytes>) -> Self {
        let prompts: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let (turn, asked) = (AtomicUsize::new(0), Arc::clone(&prompts));
        let answering = Answering::start(move |_, body| {
            let prompt = serde_json::from_slice::<Value>(&body)
                .ok()
                .and_then(|body| Some(body.get("prompt")?.as_str()?.to_owned()));
            *asked.lock().unwrap().entry(prompt.unwrap_or_default()).or_default() += 1;
            let answer = answers[turn.fetch_add(1, Ordering::Relaxed) % answers.len()].clone();
            let mut response = Response::new(Body::from(answer));
            let json = http::HeaderValue::from_static("application/json");
            response.headers_mut().insert(header::CONTENT_TYPE, json);
            response
        })
        .await;
        Self { answering, prompts }
    }

    /// Where it is, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.answering.url
    }

    /// How often it was asked for each prompt.
    pub fn prompts(&self) -> HashMap<String, usize> {
        self.prompts.lock().unwrap().clone()
    }
}

/// The answer that brings one picture.
pub fn answer_with(picture: &[u8]) -> Bytes {
    json!({ "created": 1_761_000_000, "data": [{ "b64_json": STANDARD.encode(picture) }] }).to_string().into()
}
