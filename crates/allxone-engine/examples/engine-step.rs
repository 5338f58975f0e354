//! Measures one step of the engine, pixels to pixels: runs it several times on one picture and prints the CPU time of
//! each run over all threads as JSON. The benchmark calls it and sets it against the bare networks.
//!
//! `engine-step stylise|upscale|cut-out PICTURE [--runs N] [--style ID] [--strength S] [--factor 2|4] [--models DIR]
//! [--out FILE.png]`

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use allxone_engine::{Cancel, Engine, Task};
use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Limits, Picture};

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = Vec::new();
    let mut runs = 5usize;
    let mut style = "starry-strokes".to_owned();
    let (mut strength, mut factor) = (1.0f32, 4u8);
    let mut models = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
    let mut out: Option<PathBuf> = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--runs" => runs = value()?.parse()?,
            "--style" => style = value()?,
            "--strength" => strength = value()?.parse()?,
            "--factor" => factor = value()?.parse()?,
            "--models" => models = value()?.into(),
            "--out" => out = Some(value()?.into()),
            _ => words.push(argument),
        }
    }
    let [step, file] = words.as_slice() else {
        return Err("name a step (stylise, upscale, cut-out) and a picture".into());
    };
    let picture = Picture::received(std::fs::read(file)?.into(), &Limits::default())?.pixels().clone();
    let size = [picture.width(), picture.height()];
    let task = match step.as_str() {
        "stylise" => Task::Stylise { picture, style, strength },
        "upscale" => Task::Upscale { picture, factor },
        "cut-out" => Task::CutOut { picture },
        other => return Err(format!("there is no step called {other}").into()),
    };

    let models = models.canonicalize()?;
    let engine = Engine::new(Inference::new(ModelPaths::under(&models)), models.join("drawings"));
    let warm = engine.run(&task, &mut |_| {}, &Cancel::new())?;
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..runs.max(1) {
        let (from, start) = (cpu_ms()?, Instant::now());
        let made = engine.run(&task, &mut |_| {}, &Cancel::new())?;
        wall.push(start.elapsed().as_secs_f64() * 1000.0);
        cpu.push(cpu_ms()? - from);
        if made.pixels != warm.pixels {
            return Err("two runs of the same task differ".into());
        }
    }
    if let Some(out) = out {
        std::fs::write(out, Picture::encode_png(&warm.pixels)?.bytes())?;
    }
    let report = serde_json::json!({
        "step": step,
        "input": size,
        "output": [warm.pixels.width(), warm.pixels.height()],
        "report": warm.report,
        "cpu_ms": cpu,
        "wall_ms": wall,
        "median_cpu_ms": median(cpu.clone()),
        "median_wall_ms": median(wall.clone()),
        "peak_rss_mb": peak_rss_mb(),
    });
    println!("{report}");
    Ok(())
}

/// CPU time of all living threads of this process, user and system, in milliseconds.
fn cpu_ms() -> Result<f64, Box<dyn Error>> {
    let mut total = 0u64;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        total += text.split_whitespace().next().ok_or("no figures")?.parse::<u64>()?;
    }
    Ok(total as f64 / 1e6)
}

fn peak_rss_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb / 1024)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
