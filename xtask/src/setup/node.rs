//! The root's Node packages, exactly as locked.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::manifest::sha256_of;
use crate::process::{logged, output};
use crate::repo;

/// Installs the packages of a folder with a committed `package-lock.json`, unless that very lock is installed already.
pub fn install(root: &Path, folder: &Path) -> Result<()> {
    let lock = sha256_of(&folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.locked");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    repo::step("Installing Node packages");
    let Some(version) = output(npm().arg("--version")) else {
        bail!("npm was not found. Install Node.js 20 or newer with npm, then repeat this command");
    };
    let log = repo::scratch(root)?.join("npm.log");
    logged(npm().args(["ci", "--loglevel=error"]).current_dir(folder), &log)
        .with_context(|| format!("the Node packages could not be installed (npm {})", version.trim()))?;
    std::fs::write(&stamp, lock).with_context(|| format!("cannot write {}", stamp.display()))
}

/// npm, under the name this system has for it.
pub fn npm() -> Command {
    Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" })
}
