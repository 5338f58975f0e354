//! `cargo xtask bench`: AllXOne against the obvious ways of doing the same, on this machine, in one run.
//!
//! Every figure is CPU time (user and system) of a whole process, taken from outside in the same way for every peer.
//! Peers take turns, so a change of load or of clock rate hits all of them; all run on one and the same core, one thread
//! each. What counts is therefore the ratio. Where it says so, a bar is absolute. The screen, the accounts and the gateway are measured by the
//! clock.

mod command_line;
mod engine;
mod gate;
mod gateway;
mod identity;
mod peer;
mod report;
mod screen;
mod window;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::manifest::sha256_of;
use crate::process::{cargo, logged, shown_ok};
use crate::repo;
use crate::setup::{self, Need};
use peer::Peer;
use report::Report;

/// What the parts share.
pub struct Bench {
    root: PathBuf,
    /// `target/bench`: environments, pictures, the report.
    folder: PathBuf,
    /// The Python with the peers' packages.
    python: PathBuf,
    /// The processor every peer runs on.
    processor: String,
}

impl Bench {
    fn models(&self) -> PathBuf {
        self.root.join("models")
    }

    fn peers(&self) -> PathBuf {
        self.root.join("tests/bench")
    }

    /// The 12-megapixel JPEG.
    fn jpeg(&self) -> PathBuf {
        self.folder.join("twelve.jpg")
    }

    /// Files that would decode huge.
    fn bombs(&self) -> PathBuf {
        self.folder.join("bombs")
    }

    /// Files of every format, to be damaged.
    fn seeds(&self) -> PathBuf {
        self.root.join("fuzz/corpus/decode")
    }

    /// A square picture, 512 or 1024 pixels a side.
    fn square(&self, side: u32) -> PathBuf {
        self.folder.join(format!("{side}.png"))
    }

    /// The contestant in Python: bare Pillow, numpy and ONNX Runtime.
    fn python(&self) -> Result<Peer> {
        let mut command = self.pinned(&self.python);
        Peer::start(command.arg(self.peers().join("peer.py")).arg(self.models()).arg(&self.folder))
    }

    /// A program of the release build.
    fn built(&self, path: &str) -> PathBuf {
        repo::target(&self.root).join("release").join(path)
    }

    /// Starts a program pinned to the benchmark's processor.
    fn pinned(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &self.processor]).arg(program);
        command
    }
}

/// Measures the named parts, or all; fails when a bar falls.
pub fn bench(root: &Path, parts: &[&str]) -> Result<ExitCode> {
    const PARTS: [&str; 7] = ["gate", "engine", "cli", "identity", "gateway", "screen", "window"];
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(part)) {
        bail!("the benchmark has no part `{unknown}`; it has {}", PARTS.join(", "));
    }
    if !cfg!(target_os = "linux") {
        bail!("the benchmark reads CPU time from /proc and runs on Linux only");
    }
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    setup::setup(root, Need::Bench)?;
    let mut report = Report::new();
    if wanted("screen") {
        let folder = repo::target(root).join("bench");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        screen::measure(root, &folder, &mut report).context("the screen could not be measured")?;
    }
    if wanted("identity") {
        identity::measure(root, &mut report).context("the accounts could not be measured")?;
    }
    if wanted("gateway") {
        gateway::measure(root, &mut report).context("the gateway could not be measured")?;
    }
    if parts.iter().all(|part| matches!(*part, "screen" | "identity" | "gateway")) && !parts.is_empty() {
        report.print();
        return Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    let bench = prepare(root)?;
    if parts != ["window"] {
        build(root, parts == ["gate"])?;
    }

    if wanted("gate") {
        gate::measure(&bench, &mut report).context("the gate could not be measured")?;
    }
    if wanted("engine") {
        engine::measure(&bench, &mut report).context("the engine could not be measured")?;
    }
    if wanted("cli") {
        command_line::measure(&bench, &mut report).context("the command line could not be measured")?;
    }
    if wanted("window") {
        window::measure(&bench, &mut report).context("the window could not be measured")?;
    }
    let path = bench.folder.join("report.json");
    report.write(&path)?;
    report.print();
    repo::step(&format!("Written to {}", path.display()));
    Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The peers' packages and the pictures.
fn prepare(root: &Path) -> Result<Bench> {
    let folder = repo::target(root).join("bench");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let requirements = root.join("tests/bench/requirements.txt");
    let bench = Bench {
        root: root.to_path_buf(),
        python: setup::python_packages(root, "bench", &requirements)?,
        processor: first_processor()?,
        folder,
    };
    setup::node_packages(root, &bench.peers())?;
    let drawing = bench.peers().join("pictures.py");
    once(&bench.folder.join("pictures.sha256"), &drawing, "Drawing the pictures", || {
        let mut python = Command::new(&bench.python);
        python.arg(&drawing).arg(&bench.folder).arg(bench.models().join("drawings/1f98a.webp"));
        logged(&mut python, &repo::scratch(root)?.join("pictures.log"))
    })?;
    Ok(bench)
}

/// Does something unless it was done for this very version of `source`.
fn once(stamp: &Path, source: &Path, step: &str, act: impl FnOnce() -> Result<()>) -> Result<()> {
    let version = sha256_of(source)?;
    if std::fs::read_to_string(stamp).is_ok_and(|done| done == version) {
        return Ok(());
    }
    repo::step(step);
    act()?;
    std::fs::write(stamp, version).with_context(|| format!("cannot write {}", stamp.display()))
}

/// All in one build: apart, the features of shared dependencies would differ and half of it would be built twice. Whoever asks for the gate
/// `alone` does not wait for the rest.
fn build(root: &Path, alone: bool) -> Result<()> {
    repo::step("Building for release (the first time takes long)");
    let (packages, targets) = if alone {
        ("--package allxone-safety", "--example gate-bench")
    } else {
        (
            "--package allxone-cli --package allxone-safety --package allxone-engine",
            "--bin allxone --example gate-bench --example engine-step",
        )
    };
    let mut build = cargo(root);
    build.args(["build", "--release"]).args(packages.split(' ')).args(targets.split(' '));
    shown_ok(&mut build)
}

/// The first processor this process may use.
fn first_processor() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"));
    let first = list.map(|list| list.trim().split([',', '-']).next().unwrap_or("0").to_owned());
    first.context("the kernel does not tell which processors may be used")
}
