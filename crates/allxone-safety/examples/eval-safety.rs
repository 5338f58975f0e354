//! Judges what `cargo xtask eval-safety` asks about, through the product's own decoder and the whole shipped policy.
//!
//! `eval-safety MODELS` reads one question a line on standard input and writes one answer a line: JSON with an `id` and a `picture` (a path),
//! a `prompt`, a `changed` picture, which is judged again after each of the changes below, or a `raw` picture, whose plain pixels are written `into`
//! a file. Answers carry verdict, scores, and where each
//! reason was found; never the prompt.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::{BufRead, Cursor, Write};

use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Limits, Picture};
use allxone_safety::Gate;
use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, flip_horizontal, overlay};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::{Value, json};

fn main() {
    let models = std::env::args().nth(1).unwrap();
    let gate = Gate::new(Inference::new(ModelPaths::under(&models)));
    let versions = gate.ready().unwrap();
    answer(&json!({ "versions": versions }));
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let asked: Value = serde_json::from_str(&line).unwrap();
        let id = &asked["id"];
        if let Some(prompt) = asked["prompt"].as_str() {
            let finding = gate.check_prompt(prompt).unwrap();
            answer(&json!({ "id": id, "finding": finding }));
        } else if let Some(path) = asked["picture"].as_str() {
            answer(&json!({ "id": id, "finding": picture(&gate, std::fs::read(path).unwrap()) }));
        } else if let Some(path) = asked["changed"].as_str() {
            let original = image::load_from_memory(&std::fs::read(path).unwrap()).unwrap();
            for (name, bytes) in changes(&original) {
                answer(&json!({ "id": id, "change": name, "finding": picture(&gate, bytes) }));
            }
        } else if let Some(path) = asked["raw"].as_str() {
            let rgb = image::open(path).unwrap().to_rgb8();
            let mut raw: Vec<u8> =
                [rgb.width(), rgb.height()].into_iter().flat_map(u32::to_le_bytes).collect();
            raw.extend_from_slice(rgb.as_raw());
            std::fs::write(asked["into"].as_str().unwrap(), raw).unwrap();
            answer(&json!({ "id": id }));
        }
    }
}

fn answer(value: &Value) {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, value).unwrap();
    out.write_all(b"\n").unwrap();
    out.flush().unwrap();
}

/// What the gate says; `null` for a file the decoder refuses, which the product stops as well.
fn picture(gate: &Gate, bytes: Vec<u8>) -> Value {
    Picture::received(Bytes::from(bytes), &Limits::default())
        .map_or(Value::Null, |picture| json!(gate.check_picture(&picture).unwrap()))
}

/// What happens to honest pictures on their way: saved again, resized, mirrored, framed, in another format.
fn changes(original: &DynamicImage) -> Vec<(String, Vec<u8>)> {
    let rgb = DynamicImage::from(original.to_rgb8());
    let (width, height) = (rgb.width(), rgb.height());
    let mut made: Vec<(String, Vec<u8>)> = [95, 85, 75, 60, 50]
        .into_iter()
        .map(|quality| {
            let mut bytes = Vec::new();
            rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).unwrap();
            (format!("JPEG, quality {quality}"), bytes)
        })
        .collect();
    let shorter = f64::from(width.min(height));
    for (name, factor) in [
        ("half size", 0.5),
        ("three quarters", 0.75),
        ("double size", 2.0),
        ("shorter side 200", 200.0 / shorter),
    ] {
        let side = |pixels: u32| (f64::from(pixels) * factor).round().max(1.0) as u32;
        if (160.0..4000.0).contains(&(shorter * factor)) {
            made.push((
                name.to_owned(),
                png(&rgb.resize_exact(side(width), side(height), FilterType::Triangle)),
            ));
        }
    }
    made.push(("mirrored".to_owned(), png(&flip_horizontal(&rgb).into())));
    for (name, colour) in [("white frame", 255), ("black frame", 0)] {
        let (x, y) = (width / 10, height / 10);
        let mut framed = RgbImage::from_pixel(width + 2 * x, height + 2 * y, Rgb([colour; 3]));
        overlay(&mut framed, &rgb.to_rgb8(), i64::from(x), i64::from(y));
        made.push((format!("{name} of a tenth"), png(&framed.into())));
    }
    made.push(("grey".to_owned(), png(&rgb.to_luma8().into())));
    made.push(("16 bits".to_owned(), png(&rgb.to_rgb16().into())));
    made.push(("with an alpha channel".to_owned(), png(&rgb.to_rgba8().into())));
    let mut webp = Cursor::new(Vec::new());
    rgb.write_to(&mut webp, ImageFormat::WebP).unwrap();
    made.push(("WebP".to_owned(), webp.into_inner()));
    made
}

fn png(image: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
