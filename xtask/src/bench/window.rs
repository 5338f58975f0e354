//! The window beside an empty one with the same plugins: first paint, memory, scrolling, pictures.
//!
//! The measuring itself is `tests/bench/window.mjs`, on a virtual display of its own. Unlike the other parts it is wall time, both in
//! turn on all processors, because a window is several processes; only the ratios count.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::report::{Report, Row};
use super::{Bench, once};
use crate::process::{cargo, logged, shown_ok};
use crate::{repo, screen, window};

const PART: &str = "window";
const PAIRS: usize = 10;
const PICTURES: usize = 10_000;

/// Builds both windows and the library, lets them take turns.
pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    build(&bench.root)?;
    let data = library(bench)?;
    repo::step("Measuring the window (about five minutes)");
    let script = bench.peers().join("window.mjs");
    let mut run = window::on_virtual_display(&bench.root, &bench.built("allxone-desktop"));
    run.arg("node").arg(script).arg(bench.built("allxone-desktop")).arg(bench.built("empty-window"));
    run.arg(data).arg(bench.jpeg()).arg(PAIRS.to_string()).stdin(Stdio::null()).stderr(Stdio::inherit());
    let said = run.output().context("cannot start the measuring of the window")?;
    if !said.status.success() {
        bail!("the window could not be measured; what was said is above");
    }
    let found: Value = serde_json::from_slice(&said.stdout)
        .context("the measuring of the window said something unexpected")?;
    let figure = |part: &str, name: &str| {
        found[part][name].as_f64().with_context(|| format!("{part} {name} was not measured"))
    };

    let empty = "an empty window";
    let paint = Row::new(
        PART,
        format!("first paint with {PICTURES} pictures"),
        "ms",
        figure("paint", "product")?,
        PAIRS,
    );
    report.add(paint.against(empty, figure("paint", "empty")?, PAIRS).at_most_times(1.3));
    let usable = Row::new(PART, "until its form stands", "ms", figure("use", "product")?, PAIRS);
    report.add(usable.against(empty, figure("use", "empty")?, PAIRS));
    let memory =
        Row::new(PART, "memory (PSS) before the first prompt", "MiB", figure("memory", "product")?, PAIRS);
    report.add(memory.against(empty, figure("memory", "empty")?, PAIRS).at_most_times(1.35));
    let (before, warm, rested) =
        (figure("gate", "before")?, figure("gate", "warm")?, figure("gate", "rested")?);
    report.add(Row::new(PART, "memory more after a first check", "MiB", warm - before, 1).at_most(250.0));
    report.add(
        Row::new(PART, "memory after the rest", "MiB", rested, 1)
            .against("before the check", before, 1)
            .at_most_times(1.15),
    );
    let scroll =
        Row::new(PART, "worst frame gap while the library scrolls", "ms", figure("scroll", "full")?, 5);
    report.add(scroll.against("empty cells", figure("scroll", "bare")?, 5).at_most_times(1.5));
    let original =
        Row::new(PART, "12 megapixels from the library, decoded", "ms", figure("picture", "ours")?, 10);
    report.add(original.against("the same file, plain", figure("picture", "plain")?, 10).at_most_times(1.3));
    report.add(Row::new(
        PART,
        "a thumbnail from the library, decoded",
        "ms",
        figure("picture", "thumbnail")?,
        10,
    ));
    Ok(())
}

/// One build for all three, so that they share every dependency.
fn build(root: &Path) -> Result<()> {
    screen::build(root)?;
    repo::step("Building the windows for release (the first time takes long)");
    let packages = "--package allxone-desktop --package empty-window --package allxone-app";
    let targets = "--bin allxone-desktop --bin empty-window --example large-library";
    let mut build = cargo(root);
    build.args(["build", "--release"]).args(packages.split(' ')).args(targets.split(' '));
    shown_ok(&mut build)
}

/// A data folder with many pictures and one of 12 megapixels, made once.
fn library(bench: &Bench) -> Result<std::path::PathBuf> {
    let folder = bench.folder.join("large");
    let source = bench.root.join("crates/allxone-app/examples/large-library.rs");
    once(&bench.folder.join("large.sha256"), &source, "Filling a large library", || {
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        let mut fill = Command::new(bench.built("examples/large-library"));
        fill.arg(&folder).arg(PICTURES.to_string()).arg(bench.jpeg());
        logged(&mut fill, &repo::scratch(&bench.root)?.join("large-library.log"))
    })?;
    Ok(folder)
}
