//! The screen in Chromium against the development host with 10,000 pictures: what a person waits for.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Deserialize;

use super::report::{Report, Row};
use crate::process::{cargo, shown_ok};
use crate::{repo, screen};

const PART: &str = "screen";
const PICTURES: &str = "10000";

/// One line of what `tests/bench/screen.mjs` prints.
#[derive(Deserialize)]
struct Figure {
    what: String,
    unit: String,
    value: f64,
    runs: usize,
    /// It may be at most this.
    limit: Option<f64>,
    against: Option<Plain>,
    /// It may be at most so many times what it is compared with.
    times: Option<f64>,
}

/// The same by a plain server.
#[derive(Deserialize)]
struct Plain {
    value: f64,
    runs: usize,
}

/// Types, switches places and opens the viewer. `folder` keeps the library from one run to the next.
pub fn measure(root: &Path, folder: &Path, report: &mut Report) -> Result<()> {
    screen::build(root)?;
    let mut build = cargo(root);
    build.args(["build", "--release", "--package", "allxone-devhost", "--package", "allxone-app"]);
    shown_ok(build.args(["--bin", "allxone-devhost", "--example", "large-library"]))?;
    repo::step("The screen (the library of 10,000 pictures is made once)");
    let built = repo::target(root).join("release");
    let mut node = Command::new("node");
    node.arg(root.join("tests/bench/screen.mjs"))
        .arg(folder.join("screen"))
        .arg(built.join("examples/large-library"))
        .arg(PICTURES);
    node.env("ALLXONE_DEVHOST", built.join("allxone-devhost")).current_dir(root);
    report.hear(&mut node, row)
}

fn row(figure: Figure) -> Row {
    let unit = if figure.unit == "kB" { "kB" } else { "ms" };
    let mut row = Row::new(PART, figure.what, unit, figure.value, figure.runs);
    if let Some(plain) = figure.against {
        row = row.against("plain", plain.value, plain.runs);
    }
    if let Some(times) = figure.times {
        row = row.at_most_times(times);
    }
    match figure.limit {
        Some(limit) => row.at_most(limit),
        None => row,
    }
}
