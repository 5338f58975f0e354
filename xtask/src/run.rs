//! `cargo xtask run`: build, then open the window, or run one command of `allxone`.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context as _, Result};

use crate::process::{cargo, shown, shown_ok};
use crate::setup::{Need, setup};
use crate::{repo, screen, window};

/// Opens the window, or runs `allxone` with the arguments given. Where there is no display, the window opens on a virtual one, makes
/// the first picture there and leaves a screenshot.
pub fn run(root: &Path, arguments: &[String]) -> Result<ExitCode> {
    let display = window::has_display();
    let status = match arguments {
        [] => {
            setup(root, if display { Need::Run } else { Need::Test })?;
            screen::build(root)?;
            repo::step("Building AllXOne (the first time takes some minutes)");
            let program = window::build(root)?;
            if display { open(&program)? } else { first_picture(root, &program)? }
        }
        arguments => {
            setup(root, Need::Run)?;
            repo::step("Building AllXOne (the first time takes some minutes)");
            let mut build = cargo(root);
            shown_ok(build.args(["build", "--package", "allxone-cli", "--bin", "allxone"]))?;
            // Started from where the person stands, so that the files they name are found.
            let name = format!("allxone{}", std::env::consts::EXE_SUFFIX);
            shown(Command::new(repo::target(root).join("debug").join(name)).args(arguments))?
        }
    };
    // The program's own exit codes are part of its interface: pass them on.
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

fn open(program: &Path) -> Result<ExitStatus> {
    repo::step("Opening the window; press Enter there for a first picture");
    shown(&mut Command::new(program))
}

fn first_picture(root: &Path, program: &Path) -> Result<ExitStatus> {
    repo::step(
        "There is no display here: opening the window on a virtual one and making the first picture in it",
    );
    let picture = window::screens(root).join("first-picture.png");
    let _ = std::fs::remove_file(&picture); // one of an earlier run must not stand for this one
    let status = shown(
        window::on_virtual_display(root, program).args(["node", "tests/e2e-native/first-picture.mjs"]),
    )?;
    if status.success() {
        std::fs::metadata(&picture).with_context(|| {
            format!("the window reported success, but {} is not there", picture.display())
        })?;
        repo::note(
            "`cargo xtask run -- generate \"three owls on a branch\" -o owls.png` makes one without a window",
        );
    }
    Ok(status)
}
