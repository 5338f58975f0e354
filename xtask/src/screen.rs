//! The window's screen: built from `ui/` into `ui/dist`, which the window embeds.

use std::path::Path;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::manifest::sha256_of;
use crate::process::{logged, shown_ok};
use crate::repo;
use crate::setup::{node_packages, npm};

/// Folders of `ui/` that are made, not written.
const MADE: [&str; 6] = ["dist", "dist-look", "node_modules", ".svelte-kit", "paraglide", "paraglide-later"];

/// Builds the screen unless it is built from these very sources.
pub fn build(root: &Path) -> Result<()> {
    build_into(root, "dist", None)
}

/// The screen with a host in memory, to be looked at without a backend. Never bundled.
pub fn build_look(root: &Path) -> Result<()> {
    build_into(root, "dist-look", Some(("ALLXONE_LOOK", "1")))
}

fn build_into(root: &Path, folder: &str, variable: Option<(&str, &str)>) -> Result<()> {
    node_packages(root, root)?;
    let mut whole = Sha256::new();
    digest(&root.join("ui"), &mut whole)?;
    whole.update(sha256_of(&root.join("package-lock.json"))?);
    let sources = hex::encode(whole.finalize());
    let stamp = root.join("ui").join(folder).join(".sources");
    if std::fs::read_to_string(&stamp).is_ok_and(|built| built == sources) {
        return Ok(());
    }
    repo::step(if variable.is_some() { "Building the screen to look at" } else { "Building the screen" });
    let log = repo::scratch(root)?.join("screen.log");
    logged(npm().args(["run", "build", "--workspace", "ui"]).current_dir(root).envs(variable), &log)?;
    std::fs::write(&stamp, sources).with_context(|| format!("cannot write {}", stamp.display()))
}

/// Types, warnings and unit tests of the screen.
pub fn check(root: &Path) -> Result<()> {
    repo::step("Checking the screen");
    for script in ["check", "test"] {
        shown_ok(npm().args(["run", "--silent", script, "--workspace", "ui"]).current_dir(root))?;
    }
    Ok(())
}

fn digest(folder: &Path, whole: &mut Sha256) -> Result<()> {
    let read = || format!("cannot read {}", folder.display());
    let mut entries =
        std::fs::read_dir(folder).with_context(read)?.collect::<Result<Vec<_>, _>>().with_context(read)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        if MADE.iter().any(|made| name == *made) {
            continue;
        }
        if path.is_dir() {
            digest(&path, whole)?;
        } else {
            whole.update(format!("{}  {}\n", sha256_of(&path)?, path.display()));
        }
    }
    Ok(())
}
