//! The engine's steps against the bare network: what the product's tiling, checking and finishing add to it.

use anyhow::Result;

use super::Bench;
use super::peer::{Peer, Turn, alternate};
use super::report::{Report, Row};

const PART: &str = "engine";

/// Each step, its size, the bar, and how often it is run: the slow ones fewer times.
const STEPS: [(&str, &str, f64, usize); 3] = [
    ("upscale", "enlarging 512² to 2048²", 1.3, 5),
    ("stylise", "stylising 1024²", 1.1, 7),
    ("cutout", "cutting out at 1024²", 1.1, 31),
];

/// Every step against ONNX Runtime from Python, and what enlarging a larger picture costs in memory.
pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut ours = ours(bench)?;
    let mut python = bench.pinned(&bench.python);
    python.arg(bench.peers().join("peer.py")).arg(bench.models()).arg(bench.jpeg()).arg(bench.picture());
    let mut python = Peer::start(&mut python)?;
    for peer in [&ours, &python] {
        report.contestant(&peer.versions);
    }
    for (step, what, limit, runs) in STEPS {
        let mut turns = [Turn::new(&mut ours, step), Turn::new(&mut python, step)];
        alternate(runs, &mut turns)?;
        let (mine, bare) = (turns[0].median(), turns[1].median());
        report.add(
            Row::new(PART, what, "ms", mine, runs).against("ORT Python", bare, runs).at_most_times(limit),
        );
    }
    memory(bench, report)
}

/// Four times the picture must cost the pixels themselves and no more: the network only ever sees a tile.
fn memory(bench: &Bench, report: &mut Report) -> Result<()> {
    const MEGABYTE: f64 = 1024.0 * 1024.0;
    let peak = |step: &str| -> Result<f64> {
        let mut peer = ours(bench)?;
        peer.run(step)?;
        Ok(peer.peak_memory()? as f64 / MEGABYTE)
    };
    let (small, large) = (peak("upscale")?, peak("upscale-1024")?);
    // What the larger picture has more, in and out, at four bytes a pixel; twice, since pixels are copied once at the end.
    let pixels = 2.0 * 4.0 * f64::from(1024 * 1024 - 512 * 512) * 17.0 / MEGABYTE;
    let what = "memory that 1024² to 4096² needs beyond 512² to 2048²";
    report.add(Row::new(PART, what, "MB", large - small, 1).at_most(pixels.round()));
    report.add(Row::new(PART, "peak memory of 1024² to 4096²", "MB", large, 1));
    Ok(())
}

fn ours(bench: &Bench) -> Result<Peer> {
    let mut command = bench.pinned(bench.built("examples/engine-step"));
    Peer::start(command.arg(bench.models()).arg(bench.picture()))
}
