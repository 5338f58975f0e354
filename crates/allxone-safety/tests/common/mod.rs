//! What the tests of the gate share: the real models and the fixtures.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Limits, Picture, Pixels, Rgb};
use allxone_safety::Gate;
use bytes::Bytes;

pub const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/safety");

pub fn inference() -> Inference {
    Inference::new(ModelPaths::under(MODELS))
}

pub fn gate() -> Gate {
    Gate::new(inference())
}

pub fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(FIXTURES).join(name)).unwrap()
}

pub fn received(bytes: Vec<u8>) -> Picture {
    Picture::received(Bytes::from(bytes), &Limits::default()).unwrap()
}

pub fn picture(name: &str) -> Picture {
    received(fixture(name))
}

/// A picture encoded from pixels, as the engine would make it.
pub fn encoded(rgb: &Rgb) -> Picture {
    Picture::encode_png(&Pixels::from_rgb(rgb.clone())).unwrap()
}

pub fn rgb(name: &str) -> Rgb {
    picture(name).pixels().over([255; 3])
}

/// Every pixel from a function of its place.
pub fn painted(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Rgb {
    let colour = &colour;
    let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect();
    Rgb::new(width, height, data).unwrap()
}

/// One file of `expected.json`.
pub struct Expected {
    pub name: String,
    pub verdict: String,
    /// The first model's five classes as nsfwjs itself gives them.
    pub reference: Vec<f32>,
    /// The same through the product's own preparation.
    pub production: Vec<f32>,
    /// The second model's unsafe class.
    pub second: f32,
}

pub fn expected() -> Vec<Expected> {
    let json: serde_json::Value = serde_json::from_slice(&fixture("expected.json")).unwrap();
    let floats = |v: &serde_json::Value| {
        v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect::<Vec<f32>>()
    };
    let images = json["images"].as_object().unwrap();
    images
        .iter()
        .map(|(name, image)| Expected {
            name: name.clone(),
            verdict: image["expect"].as_str().unwrap().to_owned(),
            reference: floats(&image["models"]["MobileNetV2Mid"]["reference"]),
            production: floats(&image["models"]["MobileNetV2Mid"]["onnx_production_mode"]),
            second: image["models"]["open_nsfw"]["onnx_production_mode"].as_f64().unwrap() as f32,
        })
        .collect()
}

/// Files the gate needs, by their path in the models folder.
pub fn needed_files() -> Vec<PathBuf> {
    use allxone_inference::{DataFile, ModelName};
    let models = [ModelName::NsfwMobilenet, ModelName::OpenNsfw, ModelName::TextEncoder]
        .map(|m| m.entry().path.clone());
    models.into_iter().chain(DataFile::ALL.map(|f| f.entry().path.clone())).map(PathBuf::from).collect()
}
