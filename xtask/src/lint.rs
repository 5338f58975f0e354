//! `cargo xtask lint`: what a reviewer should not have to say.

use std::path::Path;

use anyhow::Result;

use crate::process::{cargo, output, shown_ok};
use crate::setup::{Need, setup};
use crate::{layers, repo};

/// Formatting, Clippy, layers and, where its tool is installed, licences and advisories.
pub fn lint(root: &Path, fix: bool) -> Result<()> {
    setup(root, Need::Test)?;
    layers::check(root)?;
    repo::step("Formatting");
    let mut format = cargo(root);
    format.args(["fmt", "--all"]);
    if !fix {
        format.arg("--check");
    }
    shown_ok(&mut format)?;
    repo::step("Clippy");
    let mut clippy = cargo(root);
    clippy.args(["clippy", "--workspace", "--all-targets"]);
    if fix {
        clippy.args(["--fix", "--allow-dirty", "--allow-staged"]);
    }
    shown_ok(clippy.args(["--", "--deny", "warnings"]))?;
    if output(cargo(root).args(["deny", "--version"])).is_none() {
        repo::note("licences were not checked: cargo-deny is not installed (`cargo install cargo-deny`)");
    } else {
        repo::step("Licences and sources");
        shown_ok(cargo(root).args(["deny", "check", "bans", "licenses", "sources"]))?;
    }
    repo::step("Nothing to complain about");
    Ok(())
}
