//! The benchmark's contestant for the gate: does a named step once for every line it reads, and answers with a line of JSON. CPU
//! time is taken from outside, in the same way for every contestant.
//!
//! `gate-bench MODELS JPEG`, then one of these a line:
//! `decode` reads the picture as for sending; `screen` reads it and looks at the full frame with both models; `policy` reads it and
//! does all the shipped policy asks for; `infer` runs the first model alone.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::BufRead;

use allxone_inference::{Inference, ModelName, ModelPaths, Tensor};
use allxone_media::{Limits, Picture, resize_triangle};
use allxone_safety::{Gate, Views};
use bytes::Bytes;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [models, jpeg] = arguments.as_slice() else {
        return Err("name the folder of the models and a JPEG".into());
    };
    let inference = Inference::new(ModelPaths::under(std::fs::canonicalize(models)?));
    let gate = Gate::new(inference.clone());
    let jpeg = Bytes::from(std::fs::read(jpeg)?);
    let read = || Picture::prepare(jpeg.clone(), &Limits::default());

    gate.ready()?;
    let first = inference.model(ModelName::NsfwMobilenet)?;
    let view = planes(&read()?);
    println!("{}", json!({ "ready": format!("AllXOne {}", env!("CARGO_PKG_VERSION")) }));

    for step in std::io::stdin().lock().lines() {
        let answer = match step?.as_str() {
            "decode" => {
                let picture = read()?;
                json!({ "pixels": [picture.height(), picture.width()] })
            }
            "screen" => screen(&gate, &read()?, Views::FullFrame)?,
            "policy" => screen(&gate, &read()?, Views::Policy)?,
            "infer" => {
                json!({ "scores": first.run(&[("image", &view)])?.first().map(|output| &output.data) })
            }
            other => return Err(format!("there is no step called {other}").into()),
        };
        println!("{answer}");
    }
    Ok(())
}

fn screen(gate: &Gate, picture: &Picture, views: Views) -> Result<Value, Box<dyn Error>> {
    let scores = gate.check_picture_views(picture, views)?.scores;
    Ok(json!({ "scores": [scores.explicit, scores.suggestive, scores.second] }))
}

/// The model's input: red, green and blue planes of 0..1.
fn planes(picture: &Picture) -> Tensor {
    let square = resize_triangle(&picture.pixels().over([255; 3]), 224, 224);
    let plane =
        |channel: usize| square.data().iter().skip(channel).step_by(3).map(|value| f32::from(*value) / 255.0);
    Tensor { shape: vec![1, 3, 224, 224], data: (0..3).flat_map(plane).collect() }
}
