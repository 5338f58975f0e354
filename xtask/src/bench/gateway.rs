//! The service as a gateway, beside two gateways of others before the same provider, which answers at once: what it adds, how many answers it
//! gives, what selling them costs. By the clock, on two processors with the crowd and the provider included.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde::Deserialize;

use super::report::{Report, Row};
use crate::process::{cargo, shown_ok};
use crate::{repo, setup};

const PART: &str = "gateway";
/// How long each figure is measured, in seconds.
const SECONDS: &str = "10";
const PEERS: &str = "@portkey-ai/gateway 1.15.2, litellm 1.106.2";

/// One line of what `tests/bench/gateway` prints.
#[derive(Deserialize)]
struct Figure {
    what: String,
    unit: String,
    value: f64,
    runs: usize,
    at_most: Option<f64>,
    at_least: Option<f64>,
    against: Option<Peer>,
    /// It must be at least so many times what it is compared with.
    times_more: Option<f64>,
}

/// The same by a gateway of others.
#[derive(Deserialize)]
struct Peer {
    whom: String,
    value: f64,
    runs: usize,
}

/// Installs the peers, builds for release, loads all of them.
pub fn measure(root: &Path, report: &mut Report) -> Result<()> {
    let peers = root.join("tests/bench");
    setup::node_packages(root, &peers)?;
    let python = setup::python_packages(root, "gateways", &peers.join("gateways.txt"))?;
    let litellm = python.with_file_name("litellm");
    repo::step("Building the service for release (the first time takes long)");
    let mut build = cargo(root);
    build.args(["build", "--release", "--package", "allxone-cli", "--package", "allxone-tests"]);
    shown_ok(build.args(["--bin", "allxone", "--example", "gateway-bench"]))?;
    repo::step("The gateway (some four minutes)");
    let mut bench = Command::new(repo::target(root).join("release/examples/gateway-bench"));
    bench.args([SECONDS, "all"]).arg(peers.join("node_modules/@portkey-ai/gateway/build/start-server.js"));
    bench.arg(litellm).env("ALLXONE_MODELS_DIR", root.join("models"));
    report.contestant(PEERS);
    report.hear(&mut bench, row)
}

fn row(figure: Figure) -> Row {
    let unit = match figure.unit.as_str() {
        "/s" => "/s",
        "ms p50" => "ms p50",
        "ms p99" => "ms p99",
        "commits" => "commits",
        _ => "ms",
    };
    let mut row = Row::new(PART, figure.what, unit, figure.value, figure.runs);
    if let Some(Peer { whom, value, runs }) = figure.against {
        row = row.against(if whom == "Portkey" { "Portkey" } else { "LiteLLM" }, value, runs);
    }
    if let Some(limit) = figure.at_most {
        row = row.at_most(limit);
    }
    if let Some(limit) = figure.at_least {
        row = row.at_least(limit);
    }
    match figure.times_more {
        Some(limit) => row.at_least_times_more(limit),
        None => row,
    }
}
