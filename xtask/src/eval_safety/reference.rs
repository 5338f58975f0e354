//! The slow comparison with nsfwjs itself: its own program, run by Node over the committed textures and pictures, against the scores that are
//! committed for it. If they differ, either the package changed or our record of it did.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::process::output;
use crate::repo;
use crate::setup;

/// The most a class may differ.
const TOLERANCE: f64 = 1e-4;
/// The model of nsfwjs that the first opinion was converted from.
const MODEL: &str = "MobileNetV2Mid";

/// Runs nsfwjs and compares.
pub fn compare(root: &Path, program: &Path) -> Result<ExitCode> {
    let peers = root.join("tests/bench");
    setup::node_packages(root, &peers)?;
    let fixtures = root.join("tests/fixtures/safety");
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(fixtures.join("expected.json"))?)?;
    let images = recorded["images"].as_object().context("expected.json has no pictures")?;
    let folder = repo::target(root).join("safety-eval/raw");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let files: Vec<_> = images.keys().map(|name| folder.join(name)).collect();
    let pairs: Vec<_> = images.keys().map(|name| fixtures.join(name)).zip(files.clone()).collect();
    super::measure::unpack(root, program, &pairs)?;
    repo::step(&format!("Asking nsfwjs about {} pictures", files.len()));
    let mut node = Command::new("node");
    node.arg(peers.join("reference.mjs")).args(&files).current_dir(&peers);
    let said = output(&mut node).context("nsfwjs could not be run; try `node tests/bench/reference.mjs`")?;
    let mut worst: f64 = 0.0;
    let mut compared = 0;
    for (line, (name, image)) in said.lines().zip(images) {
        let now: Vec<f64> = serde_json::from_str(line).context("nsfwjs answered in an unknown form")?;
        let then = &image["models"][MODEL]["reference"];
        let then: Vec<f64> = then.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        if now.len() != 5 || then.len() != 5 {
            bail!("{name} has no five scores");
        }
        let apart = now.iter().zip(&then).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        println!("{name}: at most {apart:.1e} apart");
        worst = worst.max(apart);
        compared += 1;
    }
    if compared != images.len() {
        bail!("nsfwjs answered for {compared} of {} pictures", images.len());
    }
    println!("{compared} pictures, at most {worst:.1e} apart ({TOLERANCE:.0e} allowed)");
    Ok(if worst <= TOLERANCE { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
