//! The whole program, from the shell's prompt to a picture in a file.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::Bench;
use super::peer::median;
use super::report::{Report, Row};

const PART: &str = "cli";
const RUNS: usize = 7;
/// The kernel's unit for the time of children that have ended.
const TICKS_A_SECOND: f64 = 100.0;

/// `allxone generate` with everything it does: screening, service, engine, screening again, encrypted library.
pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let mut cpu = Vec::new();
    let mut wall = Vec::new();
    for run in 0..=RUNS {
        let data = bench.folder.join("data");
        let _ = std::fs::remove_dir_all(&data);
        let before = children_ticks()?;
        let start = Instant::now();
        let mut program = std::process::Command::new(bench.built("allxone"));
        program
            .current_dir(&bench.root)
            .args(["generate", "a fox in a snowy forest at night", "--secret-store", "memory", "--data-dir"])
            .arg(&data)
            .arg("-o")
            .arg(bench.folder.join("generated.png"));
        let said = program.output().context("cannot start allxone")?;
        if !said.status.success() {
            bail!("allxone generate: {}", String::from_utf8_lossy(&said.stderr).trim());
        }
        if run > 0 {
            wall.push(start.elapsed().as_secs_f64());
            cpu.push((children_ticks()? - before) / TICKS_A_SECOND);
        }
    }
    let what = "generate, a fresh data folder each time";
    report.add(Row::new(PART, format!("{what}, CPU"), "s", median(&cpu), RUNS).at_most(3.0));
    report.add(Row::new(PART, format!("{what}, wall"), "s", median(&wall), RUNS));
    Ok(())
}

/// User and system time of all children that have ended, in ticks.
fn children_ticks() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    let rest = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    // After the name: state is field 3, so cutime and cstime, fields 16 and 17, are 13 and 14 from here.
    let fields: Vec<f64> = rest.split(' ').skip(13).take(2).filter_map(|field| field.parse().ok()).collect();
    if fields.len() != 2 {
        bail!("the kernel does not tell the time of children");
    }
    Ok(fields.iter().sum())
}
