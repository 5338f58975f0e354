//! `cargo xtask run`: build, then do the main job once, in front of the person.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};

use crate::process::{cargo, shown, shown_ok};
use crate::repo;
use crate::setup::{Need, setup};

const PROMPT: &str = "a fox in a snowy forest at night";

/// Makes a first picture on this computer, or runs `allxone` with the arguments given.
pub fn run(root: &Path, arguments: &[String]) -> Result<ExitCode> {
    setup(root, Need::Run)?;
    repo::step("Building AllXOne (the first time takes some minutes)");
    let picture = repo::target(root).join("first-picture.png");
    let mut build = cargo(root);
    shown_ok(build.args(["build", "--package", "allxone-cli", "--bin", "allxone"]))?;

    // Started from where the person stands, so that the files they name are found.
    let name = format!("allxone{}", std::env::consts::EXE_SUFFIX);
    let mut program = Command::new(repo::target(root).join("debug").join(name));
    if arguments.is_empty() {
        let _ = std::fs::remove_file(&picture); // a picture of an earlier run must not stand for this one
        program.args(["generate", PROMPT, "-o"]).arg(&picture);
        repo::step(&format!("Making “{PROMPT}” on this computer"));
    } else {
        program.args(arguments);
    }
    let status = shown(&mut program)?;
    if status.success() && arguments.is_empty() {
        let size = std::fs::metadata(&picture)
            .with_context(|| format!("AllXOne reported success, but {} is not there", picture.display()))?
            .len();
        repo::step(&format!("Your first picture: {} ({} KB)", picture.display(), size.div_ceil(1024)));
        eprintln!("  Another one:  cargo xtask run -- generate \"three owls on a branch\" -o owls.png");
        eprintln!("  Everything:   cargo xtask run -- --help");
    }
    // The program's own exit codes are part of its interface: pass them on.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}
