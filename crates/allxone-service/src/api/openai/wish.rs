//! What a call asks for. Every field is read or refused by its name; the few that change nothing here are let pass.

use allxone_contract::{ProblemCode, Seed, Size};
use serde_json::{Map, Value};

use super::fault::Fault;
use crate::api::Refusal;
use crate::previews::MOST;

/// A call's fields, understood.
pub(super) struct Wish {
    pub(super) model: String,
    pub(super) prompt: String,
    pub(super) negative_prompt: Option<String>,
    pub(super) count: u8,
    pub(super) size: Option<Size>,
    pub(super) seed: Option<Seed>,
    /// In per cent.
    pub(super) strength: Option<u8>,
    pub(super) stream: bool,
    /// How many pictures that are not finished are wanted.
    pub(super) previews: u8,
}

/// Fields that may be there with one of these values, which ask for nothing that is not done anyway.
const ALREADY_SO: [(&str, &[&str]); 6] = [
    ("response_format", &["b64_json"]),
    ("output_format", &["png"]),
    ("quality", &["auto"]),
    ("background", &["auto", "opaque"]),
    ("moderation", &["auto"]),
    ("output_compression", &["100"]),
];
/// Fields about the caller's own customers; they are not needed, and not kept.
const NOT_KEPT: [&str; 2] = ["user", "safety_identifier"];

impl Wish {
    /// From a JSON body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Fault> {
        let fields = serde_json::from_slice::<Map<String, Value>>(body);
        Self::of(fields.map_err(|_| {
            Refusal::new(ProblemCode::Invalid, "The request is not a JSON object. Nothing was kept of it.")
        })?)
    }

    /// From fields; those of a form are all text.
    pub(super) fn of(mut fields: Map<String, Value>) -> Result<Self, Fault> {
        fields.retain(|_, value| !value.is_null());
        let mut take = |name: &str| fields.remove(name);
        let model = text("model", take("model"))?.ok_or_else(|| {
            Fault::of_field("model", "Name a model; /v1/models lists them. None is chosen by itself.")
        })?;
        let prompt = text("prompt", take("prompt"))?.unwrap_or_default();
        let negative_prompt = text("negative_prompt", take("negative_prompt"))?;
        let count = number("n", take("n"))?.unwrap_or(1);
        let count =
            u8::try_from(count).map_err(|_| Fault::of_field("n", "Ask for fewer pictures at a time."))?;
        let size =
            text("size", take("size"))?.filter(|size| size != "auto").map(|size| sides(&size)).transpose()?;
        let seed = number("seed", take("seed"))?.map(Seed);
        let strength = take("strength").map(|value| share(&value)).transpose()?;
        let stream = flag("stream", take("stream"))?;
        let previews = number("partial_images", take("partial_images"))?.unwrap_or(0);
        let previews = u8::try_from(previews).ok().filter(|previews| *previews <= MOST);
        let previews = previews.ok_or_else(|| Fault::of_field("partial_images", "Ask for 0 to 3."))?;
        if previews > 0 && !stream {
            return Err(Fault::of_field("partial_images", "They come with `stream` alone."));
        }
        for (name, values) in ALREADY_SO {
            if let Some(value) = take(name) {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                if !values.contains(&value.as_str()) {
                    return Err(Fault::unsupported(name));
                }
            }
        }
        NOT_KEPT.into_iter().for_each(|name| drop(take(name)));
        match fields.keys().next() {
            Some(unknown) => Err(Fault::unsupported(&unknown.chars().take(64).collect::<String>())),
            None => {
                Ok(Self { model, prompt, negative_prompt, count, size, seed, strength, stream, previews })
            }
        }
    }
}

fn text(name: &str, value: Option<Value>) -> Result<Option<String>, Fault> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Fault::of_field(name, "This must be a text.")),
    }
}

fn number(name: &str, value: Option<Value>) -> Result<Option<u64>, Fault> {
    let Some(value) = value else { return Ok(None) };
    let read = value.as_u64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    read.map(Some).ok_or_else(|| Fault::of_field(name, "This must be a whole number."))
}

fn flag(name: &str, value: Option<Value>) -> Result<bool, Fault> {
    match value {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(flag),
        Some(Value::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
        Some(_) => Err(Fault::of_field(name, "This must be true or false.")),
    }
}

/// A share from 0 to 1 in per cent.
fn share(value: &Value) -> Result<u8, Fault> {
    let read = value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    match read {
        // In range, so that the cast is exact.
        Some(share) if (0.0..=1.0).contains(&share) => Ok((share * 100.0).round() as u8),
        _ => Err(Fault::of_field("strength", "The strength is a number from 0 to 1.")),
    }
}

fn sides(size: &str) -> Result<Size, Fault> {
    let sides = size
        .split_once('x')
        .and_then(|(width, height)| Some(Size { width: width.parse().ok()?, height: height.parse().ok()? }));
    sides.ok_or_else(|| Fault::of_field("size", "Write the size as in 1024x1024, or auto."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Wish, String> {
        Wish::read(value.to_string().as_bytes()).map_err(|fault| fault.body()["error"]["param"].to_string())
    }

    #[test]
    fn every_field_is_understood_or_named() {
        let wish = read(&json!({
            "model": "local/scene", "prompt": "a fox", "n": 2, "size": "512x640", "seed": 7, "strength": 0.5, "negative_prompt": "rain",
            "stream": null, "user": "someone", "response_format": "b64_json", "quality": "auto", "output_compression": 100
        }))
        .unwrap();
        assert_eq!(
            (wish.count, wish.size, wish.seed),
            (2, Some(Size { width: 512, height: 640 }), Some(Seed(7)))
        );
        assert_eq!(
            (wish.strength, wish.stream, wish.negative_prompt.as_deref()),
            (Some(50), false, Some("rain"))
        );
        let plain = read(&json!({ "model": "m", "prompt": "x", "size": "auto" })).unwrap();
        assert_eq!((plain.count, plain.size), (1, None));
        let streamed = json!({ "model": "m", "prompt": "x", "stream": true, "partial_images": 3 });
        assert_eq!(read(&streamed).map(|wish| wish.previews), Ok(3));
        assert!(read(&json!({ "model": "m", "prompt": "x", "stream": true, "partial_images": 4 })).is_err());
        for (field, value) in [
            ("model", json!(null)),
            ("model", json!(7)),
            ("n", json!(-1)),
            ("n", json!(300)),
            ("size", json!("large")),
            ("seed", json!(0.5)),
            ("strength", json!(1.5)),
            ("stream", json!("perhaps")),
            ("response_format", json!("url")),
            ("output_format", json!("webp")),
            ("quality", json!("high")),
            ("background", json!("transparent")),
            ("moderation", json!("low")),
            ("partial_images", json!(2)),
            ("steps", json!(30)),
        ] {
            let mut fields = json!({ "model": "m", "prompt": "x" });
            fields[field] = value;
            assert_eq!(read(&fields).map(|_| ()).unwrap_err(), format!("\"{field}\""), "{fields}");
        }
        assert!(Wish::read(b"[]").is_err() && Wish::read(b"{").is_err());
    }
}
