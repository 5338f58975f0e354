//! The engine's steps against the bare network: what the product's tiling, checking and finishing add to it.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::Bench;
use super::peer::median;
use super::report::{Report, Row};

const PART: &str = "engine";

/// One comparison.
struct Step {
    /// As our program calls it, and as the Python peer does.
    names: [&'static str; 2],
    side: u32,
    what: &'static str,
    /// Times the peer's figure.
    limit: f64,
    /// So many rounds in turn, of so many runs each; the slow ones fewer.
    rounds: usize,
    runs: usize,
}

const STEPS: [Step; 3] = [
    Step {
        names: ["upscale", "upscale"],
        side: 512,
        what: "enlarging 512² to 2048²",
        limit: 1.3,
        rounds: 3,
        runs: 1,
    },
    Step {
        names: ["stylise", "stylise"],
        side: 1024,
        what: "stylising 1024²",
        limit: 1.1,
        rounds: 3,
        runs: 3,
    },
    Step {
        names: ["cut-out", "cutout"],
        side: 1024,
        what: "cutting out at 1024²",
        limit: 1.1,
        rounds: 6,
        runs: 5,
    },
];

/// What `engine-step` prints.
#[derive(Deserialize)]
struct Ours {
    cpu_ms: Vec<f64>,
    peak_rss_mb: f64,
}

/// Every step against ONNX Runtime from Python, and what enlarging a larger picture costs in memory.
pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut python = bench.python()?;
    report.contestant(&python.versions);
    for step in &STEPS {
        let (mut mine, mut bare) = (Vec::new(), Vec::new());
        python.run(step.names[1])?; // warm up, as ours does
        for _ in 0..step.rounds {
            mine.extend(ours(bench, step.names[0], step.side, step.runs)?.cpu_ms);
            for _ in 0..step.runs {
                bare.push(python.run(step.names[1])?.cpu_ms);
            }
        }
        let row = Row::new(PART, step.what, "ms", median(&mine), mine.len());
        report.add(row.against("ORT Python", median(&bare), bare.len()).at_most_times(step.limit));
    }
    memory(bench, report)
}

/// Four times the picture must cost its pixels and no more: the network only ever sees a tile.
fn memory(bench: &Bench, report: &mut Report) -> Result<()> {
    let small = ours(bench, "upscale", 512, 1)?.peak_rss_mb;
    let large = ours(bench, "upscale", 1024, 1)?.peak_rss_mb;
    // What the larger picture has more, in and out, at four bytes a pixel; four times, since the measuring program keeps
    // two results to compare them and each is joined from its tiles and then copied into place.
    let pixels = 4.0 * 4.0 * f64::from((1024 * 1024 - 512 * 512) * 17) / 1024.0 / 1024.0;
    let what = "memory that 1024² to 4096² needs beyond 512² to 2048²";
    report.add(Row::new(PART, what, "MB", large - small, 1).at_most(pixels.round()));
    report.add(Row::new(PART, "peak memory of 1024² to 4096²", "MB", large, 1));
    Ok(())
}

/// Runs our step in a process of its own.
fn ours(bench: &Bench, step: &str, side: u32, runs: usize) -> Result<Ours> {
    let mut command = bench.pinned(bench.built("examples/engine-step"));
    command.arg(step).arg(bench.square(side)).args([
        "--style",
        "starry-strokes",
        "--runs",
        &runs.to_string(),
    ]);
    let said = command.arg("--models").arg(bench.models()).output().context("cannot start engine-step")?;
    let line = String::from_utf8_lossy(&said.stdout);
    serde_json::from_str(&line).with_context(|| {
        format!("engine-step {step} did not succeed: {}", String::from_utf8_lossy(&said.stderr).trim())
    })
}
