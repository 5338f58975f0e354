//! Where things are in the checkout, and how a step announces itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The top of the checkout.
pub fn root() -> Result<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().map(Path::to_path_buf).context("xtask does not lie in a checkout")
}

/// What the commands themselves keep: downloads, logs. Lies under `target/`, so removing that is always safe.
pub fn scratch(root: &Path) -> Result<PathBuf> {
    let folder = target(root).join("xtask");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// Cargo's target folder.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |set| root.join(set))
}

/// Says what is being done now. Like everything about the work itself it goes to standard error; standard output belongs
/// to the programs that are run.
pub fn step(what: &str) {
    eprintln!("» {what}");
}

/// Says something a person may want to know or do, without stopping.
pub fn note(what: &str) {
    eprintln!("  note: {what}");
}
