//! `cargo xtask fuzz`: lets libFuzzer look for what breaks the parts that read strangers' bytes.
//!
//! The ordinary toolchain can do it: coverage counters are a pass of LLVM that it has, and panics, overflows, time and memory are
//! watched without the address sanitiser, which only the nightly one may switch on (`cargo +nightly fuzz run TARGET` does).

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::shown_ok;
use crate::repo;

const TARGETS: [&str; 4] = ["decode", "strip", "normaliser", "policy"];

/// What cargo-fuzz passes to the compiler, without a sanitiser.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// Runs the named targets, or all, on `runs` inputs each. Ends with an error at the first input that breaks one; it is kept in
/// `fuzz/artifacts`.
pub fn fuzz(root: &Path, options: &[&str]) -> Result<()> {
    let (mut runs, mut targets) = (1_000_000_u64, Vec::new());
    for option in options {
        match option.strip_prefix("--runs=") {
            Some(number) => runs = number.parse().context("--runs takes a number")?,
            None if TARGETS.contains(option) => targets.push(*option),
            None => bail!("there is no fuzz target `{option}`; there are {}", TARGETS.join(", ")),
        }
    }
    if targets.is_empty() {
        targets.extend(TARGETS);
    }
    let (folder, host) = (root.join("fuzz"), host()?);
    for target in targets {
        repo::step(&format!("Fuzzing {target}, {runs} inputs"));
        let mut build = Command::new("cargo");
        build.current_dir(&folder).env("RUSTFLAGS", FLAGS).args(["build", "--release", "--target", &host]);
        shown_ok(build.args(["--bin", target]))?;
        let [found, artifacts] = ["target/found", "artifacts"].map(|part| folder.join(part).join(target));
        for place in [&found, &artifacts] {
            std::fs::create_dir_all(place).with_context(|| format!("cannot create {}", place.display()))?;
        }
        let mut run = Command::new(folder.join("target").join(&host).join("release").join(target));
        run.current_dir(&folder).arg(&found).arg(folder.join("corpus").join(target));
        // Each input: a second, 256 MB, 64 kB long at most.
        run.args(["-timeout=1", "-rss_limit_mb=256", "-max_len=65536", "-print_final_stats=1"]);
        run.arg(format!("-runs={runs}")).arg(format!("-artifact_prefix={}/", artifacts.display()));
        shown_ok(&mut run)?;
    }
    Ok(())
}

/// The platform this machine builds for; named, so that the flags reach our code and not what runs while building.
fn host() -> Result<String> {
    let told = Command::new("rustc").arg("-vV").output().context("rustc is missing")?;
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    told.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("rustc does not name its host")
}
