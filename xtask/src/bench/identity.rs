//! The accounts of a service: how many tokens they turn and how many requests they check, on two processors with the clients included.
//!
//! Unlike the other parts it is wall time: a durable answer waits for the disk, and what waits takes no CPU time. Beside each figure stands
//! its floor, measured in turn: bare commits on the same disk, a bare route with the same answer.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::peer::{Peer, median};
use super::report::{Report, Row};
use crate::process::{cargo, shown_ok};
use crate::repo;

const PART: &str = "identity";
const RUNS: usize = 5;

/// Runs the accounts under load, floors in turn.
pub fn measure(root: &Path, report: &mut Report) -> Result<()> {
    repo::step("Building the accounts for release (the first time takes some minutes)");
    let mut build = cargo(root);
    shown_ok(build.args([
        "build",
        "--release",
        "--package",
        "allxone-identity",
        "--example",
        "identity-bench",
    ]))?;
    let folder = repo::target(root).join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let mut ours =
        Peer::start(Command::new(repo::target(root).join("release/examples/identity-bench")).arg(&folder))?;
    report.contestant(&ours.versions);

    let [refresh, commit] = alternate(&mut ours, ["refresh", "commit"])?;
    let what = "refresh tokens turned, durably, 32 devices";
    report.add(
        Row::new(PART, what, "/s", refresh.per_second, RUNS)
            .against("single commits", commit.per_second, RUNS)
            .at_least(300.0),
    );
    report.add(
        Row::new(PART, what, "ms p99", refresh.p99, RUNS)
            .against("single commits", commit.p99, RUNS)
            .at_most(100.0),
    );
    let [user, bare] = alternate(&mut ours, ["user", "bare"])?;
    let what = "GET /user, signature and session row checked, 16 clients";
    report.add(
        Row::new(PART, what, "/s", user.per_second, RUNS)
            .against("a bare route", bare.per_second, RUNS)
            .at_least(2_500.0),
    );
    report.add(Row::new(PART, what, "ms p99", user.p99, RUNS).against("a bare route", bare.p99, RUNS));
    let [hashing] = alternate(&mut ours, ["user-while-hashing"])?;
    let what = "the same while 8 people sign in with passwords without a pause";
    report.add(Row::new(PART, what, "/s", hashing.per_second, RUNS).against(
        "without them",
        user.per_second,
        RUNS,
    ));
    report.add(
        Row::new(PART, what, "ms p99", hashing.p99, RUNS)
            .against("without them", user.p99, RUNS)
            .at_most(100.0),
    );
    Ok(())
}

struct Figures {
    per_second: f64,
    p99: f64,
}

/// The steps in turn; the median of each figure.
fn alternate<const N: usize>(ours: &mut Peer, steps: [&str; N]) -> Result<[Figures; N]> {
    let mut found: [(Vec<f64>, Vec<f64>); N] = std::array::from_fn(|_| Default::default());
    // The first round warms up and does not count.
    for round in 0..=RUNS {
        for (step, (rates, tails)) in steps.iter().zip(&mut found) {
            let answer = ours.run(step)?.answer;
            if round > 0 {
                rates.push(answer["per_second"].as_f64().context("no rate was told")?);
                tails.push(answer["p99_ms"].as_f64().context("no wait was told")?);
            }
        }
    }
    Ok(found.map(|(rates, tails)| Figures { per_second: median(&rates), p99: median(&tails) }))
}
