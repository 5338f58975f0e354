//! The benchmark's contestant for the gate: does a named step once for every line it reads, and answers with a line of JSON. CPU
//! time is taken from outside, in the same way for every contestant.
//!
//! `gate-bench MODELS JPEG BOMBS`, then one of these a line:
//! `decode` reads the picture as for sending; `screen` reads it and looks at the full frame with both models; `policy` reads it and
//! does all the shipped policy asks for; `decode-apart` and `policy-apart` do so with a helper process that reads; `infer` runs the
//! first model alone; `bombs` has every file of the folder BOMBS refused and tells what that took.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::BufRead;
use std::time::Instant;

use allxone_inference::{Inference, ModelName, ModelPaths, Tensor};
use allxone_media::{Decoder, HelperProgram, Limits, Picture, resize_triangle};
use allxone_safety::{Gate, Views};
use bytes::Bytes;
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments == ["decoder"] {
        let _ = allxone_media::serve_decoder();
        return Ok(());
    }
    let [models, jpeg, bombs] = arguments.as_slice() else {
        return Err("name the folder of the models, a JPEG and the folder of bombs".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let helper = HelperProgram::new(std::env::current_exe()?, ["decoder"]);
    let decoder = Decoder::isolated(Limits::default(), helper);
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
            "decode-apart" => {
                let picture = runtime.block_on(decoder.prepare(jpeg.clone()))?;
                json!({ "pixels": [picture.height(), picture.width()] })
            }
            "policy-apart" => {
                screen(&gate, &runtime.block_on(decoder.prepare(jpeg.clone()))?, Views::Policy)?
            }
            "bombs" => json!({ "bombs": defuse(bombs)? }),
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

/// What it takes to refuse each file of a folder, or to read past what is huge in it.
fn defuse(folder: &str) -> Result<Vec<Value>, Box<dyn Error>> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut told = Vec::new();
    for file in files {
        let bytes = Bytes::from(std::fs::read(&file)?);
        // From here on the kernel counts the highest mark anew.
        std::fs::write("/proc/self/clear_refs", "5")?;
        let (before, begun) = (memory("VmHWM:")?, Instant::now());
        let read = Picture::received(bytes, &Limits::default());
        let (ms, mb) = (begun.elapsed().as_secs_f64() * 1e3, memory("VmHWM:")? - before);
        let outcome = read.map_or_else(|error| error.code(), |_| "read");
        told.push(json!({ "name": file.file_name().map(|n| n.to_string_lossy()), "outcome": outcome, "ms": ms, "mb": mb }));
    }
    Ok(told)
}

/// A figure of this process in megabytes.
fn memory(which: &str) -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(which)).ok_or("the kernel does not tell")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// The model's input: red, green and blue planes of 0..1.
fn planes(picture: &Picture) -> Tensor {
    let square = resize_triangle(&picture.pixels().over([255; 3]), 224, 224);
    let plane =
        |channel: usize| square.data().iter().skip(channel).step_by(3).map(|value| f32::from(*value) / 255.0);
    Tensor { shape: vec![1, 3, 224, 224], data: (0..3).flat_map(plane).collect() }
}
