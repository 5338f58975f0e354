//! The window and its tests: on the display there is, or on a virtual one.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process::{cargo, shown_ok};
use crate::setup::{Need, setup};
use crate::{repo, screen};

/// Builds the window's program and says where it is.
pub fn build(root: &Path) -> Result<PathBuf> {
    shown_ok(cargo(root).args(["build", "--package", "allxone-desktop", "--bin", "allxone-desktop"]))?;
    Ok(program(root, "allxone-desktop"))
}

/// A built program.
fn program(root: &Path, name: &str) -> PathBuf {
    repo::target(root).join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Whether a window can be opened in front of the person.
pub fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// The screen in Chromium against the development host, then the real window on a virtual display.
pub fn test(root: &Path) -> Result<()> {
    screen::build_look(root)?;
    repo::step("The screen in a browser");
    let mut browser = Command::new("node");
    browser.args(["--test", "--test-reporter=spec", "tests/e2e-ui/"]).current_dir(root);
    shown_ok(
        browser
            .env("ALLXONE_DEVHOST", program(root, "allxone-devhost"))
            .env("ALLXONE_SCREENS", screens(root)),
    )?;
    if !cfg!(target_os = "linux") {
        repo::note("the real window is driven by a test on Linux only; start it with `cargo xtask run`");
        return Ok(());
    }
    repo::step("The real window, on a virtual display");
    // One file after the other: a second window on the same bus would only call the first one back.
    let tests = ["node", "--test", "--test-concurrency=1", "--test-reporter=spec", "tests/e2e-native/"];
    shown_ok(on_virtual_display(root, &program(root, "allxone-desktop")).args(tests))
}

/// Looks at every place of the screen in every size, theme and language, and compares it with what was accepted; with `accept` what is
/// seen now is accepted.
pub fn look(root: &Path, accept: bool) -> Result<()> {
    setup(root, Need::Test)?;
    screen::build_look(root)?;
    repo::step("Looking at every place of the screen");
    let mut browser = Command::new("node");
    browser
        .args(["--test", "--test-reporter=spec", "tests/e2e-ui/places.test.mjs"])
        .current_dir(root)
        .env("ALLXONE_SCREENS", screens(root));
    if accept {
        browser.env("ALLXONE_ACCEPT_SCREENS", "1");
    }
    shown_ok(&mut browser)?;
    repo::note(&format!("the screenshots are in {}", screens(root).display()));
    Ok(())
}

/// Where tests and the virtual first picture leave what they saw.
pub fn screens(root: &Path) -> PathBuf {
    repo::target(root).join("screens")
}

/// A command that runs its arguments on a display, a session bus and a keyring of its own.
pub fn on_virtual_display(root: &Path, window: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg(root.join("tests/e2e-native/virtual-desktop.sh")).current_dir(root);
    command
        .env("ALLXONE_WINDOW", window)
        .env("ALLXONE_SCREENS", screens(root))
        .env("ALLXONE_MODELS_DIR", root.join("models"));
    command
}
