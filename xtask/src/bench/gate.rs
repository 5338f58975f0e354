//! The gate: how much a person's own processor pays for being asked first.

use anyhow::{Result, bail};
use serde_json::Value;

use super::Bench;
use super::peer::{Peer, Turn, alternate};
use super::report::{Report, Row};

const PART: &str = "gate";
/// Scores of the same model on the same picture, decoded and shrunk by different libraries.
const AGREEMENT: f64 = 0.02;

/// A 12-megapixel JPEG through the gate, against Pillow with ONNX Runtime and against nsfwjs.
pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut ours = bench.pinned(bench.built("examples/gate-bench"));
    let mut ours =
        Peer::start(ours.arg(bench.models()).arg(bench.jpeg()).arg(bench.bombs()).arg(bench.seeds()))?;
    let mut python = bench.python()?;
    let mut node = bench.pinned("node");
    let mut node = Peer::start(node.arg(bench.peers().join("peer.mjs")).arg(bench.jpeg()))?;
    for peer in [&ours, &python, &node] {
        report.contestant(&peer.versions);
    }

    let mut screen = [Turn::new(&mut ours, "screen"), Turn::new(&mut python, "screen")];
    alternate(31, &mut screen)?;
    agree(&screen[0].answer, &screen[1].answer)?;
    let (mine, pillow) = (screen[0].median(), screen[1].median());
    let what = "12-MP JPEG decoded, whole frame, both opinions";
    report.add(Row::new(PART, what, "ms", mine, 31).against("Pillow + ORT", pillow, 31).at_most_times(1.0));
    report.add(Row::new(PART, format!("{what}, absolute"), "ms", mine, 31).at_most(105.0));

    for (step, whom) in [("screen", "nsfwjs + jpeg-js"), ("screen-native", "nsfwjs + sharp")] {
        let mut slow = [Turn::new(&mut ours, "screen"), Turn::new(&mut node, step)];
        alternate(5, &mut slow)?;
        let (mine, theirs) = (slow[0].median(), slow[1].median());
        let what = "the same, nsfwjs with its one opinion";
        report.add(Row::new(PART, what, "ms", mine, 5).against(whom, theirs, 5));
    }

    let mut infer =
        [Turn::new(&mut ours, "infer"), Turn::new(&mut node, "infer"), Turn::new(&mut python, "infer")];
    alternate(51, &mut infer)?;
    let [mine, theirs, bare] = [0, 1, 2].map(|turn: usize| infer[turn].median());
    let what = "first opinion, inference alone";
    report.add(
        Row::new(PART, what, "ms", mine, 51).against("nsfwjs wasm", theirs, 51).at_least_times_less(5.0),
    );
    report.add(Row::new(PART, what, "ms", mine, 51).against("ORT Python", bare, 51));

    for (step, what, bar) in [
        ("decode", "12-MP JPEG decoded and hashed", None),
        ("policy", "the same through the whole policy, every view", Some(WHOLE_POLICY)),
        ("decode-apart", "12-MP JPEG decoded by a helper process, its time included", None),
        ("policy-apart", "the same through the whole policy", Some(WHOLE_POLICY)),
    ] {
        let mut alone = [Turn::new(&mut ours, step)];
        alternate(15, &mut alone)?;
        let row = Row::new(PART, what, "ms", alone[0].median(), 15);
        report.add(bar.into_iter().fold(row, Row::at_most));
    }
    prompts(&mut ours, report)?;
    mutants(&mut ours, report)?;
    bombs(&mut ours, report)
}

/// From a text nobody has asked about to the verdict.
fn prompts(ours: &mut Peer, report: &mut Report) -> Result<()> {
    let told = ours.run("tokens")?.answer;
    for (at, (step, parts, bar)) in [
        ("prompt", "in one part", Some(5.0)),
        ("prompt-parts", "in three parts", None),
        ("prompt-long", "in twenty parts", Some(40.0)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut alone = [Turn::new(ours, step)];
        alternate(31, &mut alone)?;
        if alone[0].answer["verdict"] != "allow" {
            bail!("a harmless prompt was stopped, so something else was measured: {}", alone[0].answer);
        }
        let what = format!("prompt of {} tokens {parts}", told["tokens"][at]);
        let row = Row::new(PART, what, "ms", alone[0].median(), 31);
        report.add(bar.into_iter().fold(row, Row::at_most));
    }
    Ok(())
}

/// Ten thousand damaged files: how long the slowest takes, and how much memory all of them together ever hold.
fn mutants(ours: &mut Peer, report: &mut Report) -> Result<()> {
    let told = ours.run("mutants")?.answer;
    let [read, refused] = ["read", "refused"].map(|key| told[key].as_u64().unwrap_or_default());
    if read + refused != 10_000 || read < 1_000 || refused < 1_000 {
        bail!("the damaged files are not what they should be: {read} read, {refused} refused");
    }
    let [ms, mb] = ["ms", "mb"].map(|key| told[key].as_f64().unwrap_or(f64::INFINITY));
    let what = format!("10,000 damaged files ({read} read, {refused} refused), the worst");
    report.add(Row::new(PART, what.clone(), "ms", ms, 1).at_most(1_000.0));
    report.add(Row::new(PART, what, "MB above idle", mb, 1).at_most(256.0));
    Ok(())
}

/// Processor time of a 12-megapixel JPEG, from the file to the verdict.
const WHOLE_POLICY: f64 = 200.0;

/// Small files that would decode huge: how long the slowest takes to be refused, and how much memory the greediest takes.
fn bombs(ours: &mut Peer, report: &mut Report) -> Result<()> {
    let told = ours.run("bombs")?.answer;
    for bomb in told["bombs"].as_array().into_iter().flatten() {
        let [name, outcome] = ["name", "outcome"].map(|key| bomb[key].as_str().unwrap_or("?"));
        let [ms, mb] = ["ms", "mb"].map(|key| bomb[key].as_f64().unwrap_or(f64::INFINITY));
        let what = format!("bomb: {name} ({outcome})");
        report.add(Row::new(PART, what.clone(), "ms", ms, 1).at_most(100.0));
        report.add(Row::new(PART, what, "MB above idle", mb, 1).at_most(64.0));
    }
    if told["bombs"].as_array().is_none_or(|all| all.len() < 10) {
        bail!("there are bombs missing");
    }
    Ok(())
}

/// A faster answer to another question would be worth nothing.
fn agree(ours: &Value, theirs: &Value) -> Result<()> {
    let scores = |answer: &Value| -> Vec<f64> {
        answer["scores"].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let (ours, theirs) = (scores(ours), scores(theirs));
    let apart = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    if ours.len() != 3 || theirs.len() != 3 || apart > AGREEMENT {
        bail!("the contestants do not agree on the scores: {ours:?} and {theirs:?}");
    }
    Ok(())
}
