//! The benchmark's contestant for the gate: does a named step once for every line it reads, and answers with a line of JSON. CPU
//! time is taken from outside, in the same way for every contestant.
//!
//! `gate-bench MODELS JPEG BOMBS SEEDS`, then one of these a line:
//! `decode` reads the picture as for sending; `screen` reads it and looks at the full frame with both models; `policy` reads it and
//! does all the shipped policy asks for; `decode-apart` and `policy-apart` do so with a helper process that reads; `infer` runs the
//! first model alone; `prompt` judges a prompt of 16 tokens, `prompt-parts` one of as many in three parts, `prompt-long` one of 77 in
//! twenty, each one nobody has asked about before; `bombs` has every file of the folder BOMBS refused and tells what that took;
//! `mutants` reads ten thousand damaged copies of the files in the folder SEEDS and tells the worst.

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
    let [models, jpeg, bombs, seeds] = arguments.as_slice() else {
        return Err("name the folder of the models, a JPEG, the folder of bombs and that of seeds".into());
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
    let mut asked = 0;
    let mut prompt = |of: fn(&str, &str) -> String| {
        asked += 1;
        let noun = |at: usize| NOUNS.get(at % NOUNS.len()).copied().unwrap_or_default();
        of(noun(asked), noun(asked / NOUNS.len() + asked * 5))
    };
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
            "tokens" => {
                let encoder = inference.encoder()?;
                let count = |text: String| encoder.encode(&text).map(|encoded| encoded.tokens);
                json!({ "tokens": [count(short("fox", "gate"))?, count(parted("fox", "gate"))?, count(long("fox", "gate"))?] })
            }
            "prompt" => verdict(&gate, &prompt(short))?,
            "prompt-parts" => verdict(&gate, &prompt(parted))?,
            "prompt-long" => verdict(&gate, &prompt(long))?,
            "mutants" => mutants(seeds)?,
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

/// Words the text network knows whole.
const NOUNS: [&str; 29] = [
    "fox", "gate", "boat", "owl", "tower", "horse", "bridge", "lamp", "tree", "river", "castle", "dog",
    "train", "garden", "clock", "wolf", "mill", "church", "ship", "island", "piano", "bear", "rose", "sword",
    "cat", "lake", "house", "crown", "moon",
];

fn short(a: &str, b: &str) -> String {
    format!("a very old {a} beside a wooden {b} near the sea at dawn")
}

fn parted(a: &str, b: &str) -> String {
    format!("an old {a} beside a {b}, near the sea, oil painting")
}

fn long(a: &str, b: &str) -> String {
    format!(
        "an old {a}, a wooden {b}, near the sea, at dawn, light rain, soft wind, wet stones on the path, a small red door, three birds in the sky, \
         two sleeping cats, oil painting, warm light, wide view, calm mood, deep shadows, pale gold {b}, thin mist, high detail, no people around \
         the {a}, autumn leaves"
    )
}

fn verdict(gate: &Gate, prompt: &str) -> Result<Value, Box<dyn Error>> {
    Ok(json!({ "verdict": gate.check_prompt(prompt)?.verdict }))
}

/// The slowest and the greediest of ten thousand damaged files.
fn mutants(folder: &str) -> Result<Value, Box<dyn Error>> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    names.sort();
    let seeds: Vec<Vec<u8>> = names.iter().map(std::fs::read).collect::<Result<_, _>>()?;
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |below: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        usize::try_from(dice >> 11).unwrap_or_default() % below.max(1)
    };
    std::fs::write("/proc/self/clear_refs", "5")?;
    let before = memory("VmHWM:")?;
    let (mut slowest, mut read, mut refused) = (0.0_f64, 0, 0);
    for seed in seeds.iter().cycle().take(10_000) {
        let mut file = seed.clone();
        for _ in 0..=roll(4) {
            let at = roll(file.len());
            match (roll(5), file.get_mut(at)) {
                (0, Some(byte)) => *byte ^= 1 << roll(8),
                (1, Some(byte)) => *byte = u8::try_from(roll(256))?,
                (2, _) => file.truncate(at.max(12)),
                (3, _) => drop(file.drain(at..(at + 1 + roll(16)).min(file.len()))),
                // Sizes and lengths stand in front.
                _ => {
                    let near = roll(file.len().min(64));
                    if let Some(byte) = file.get_mut(near) {
                        *byte = u8::try_from(roll(256))?;
                    }
                }
            }
        }
        let begun = Instant::now();
        match Picture::received(Bytes::from(file), &Limits::default()) {
            Ok(_) => read += 1,
            Err(_) => refused += 1,
        }
        slowest = slowest.max(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(json!({ "read": read, "refused": refused, "ms": slowest, "mb": memory("VmHWM:")? - before }))
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
