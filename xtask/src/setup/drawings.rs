//! The drawings that scenes are composed of, copied out of their Node package.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::node;
use crate::manifest::{Drawings, Manifest, digest_of_folder};
use crate::repo;

const EXTENSION: &str = "webp";

/// `models/drawings/` holds the pinned pictures and nothing else of their kind.
pub fn provide(root: &Path, manifest: &Manifest) -> Result<()> {
    let pinned = &manifest.drawings;
    let folder = root.join("models").join(&pinned.path);
    if folder.is_dir() && is_pinned(&folder, pinned)? {
        return Ok(());
    }
    agrees_with_lock(root, pinned)?;
    node::install(root, root)?;
    repo::step(&format!("Copying {} drawings", pinned.files));
    let source = root.join("node_modules").join(&pinned.package).join("assets");
    let part = folder.with_extension("part");
    for old in [&part, &folder] {
        if old.exists() {
            std::fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    std::fs::create_dir_all(&part).with_context(|| format!("cannot create {}", part.display()))?;
    for entry in std::fs::read_dir(&source).with_context(|| format!("cannot read {}", source.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", source.display()))?.path();
        if let Some(name) =
            path.file_name().filter(|_| path.extension().is_some_and(|found| found == EXTENSION))
        {
            std::fs::copy(&path, part.join(name))
                .with_context(|| format!("cannot copy {}", path.display()))?;
        }
    }
    if !is_pinned(&part, pinned)? {
        let (files, digest) = digest_of_folder(&part, EXTENSION)?;
        bail!(
            "{} {} holds {files} drawings with digest {digest}; models.toml pins {} with {}",
            pinned.package,
            pinned.version,
            pinned.files,
            pinned.sha256
        );
    }
    std::fs::rename(&part, &folder).with_context(|| format!("cannot put {} in place", folder.display()))
}

fn is_pinned(folder: &Path, pinned: &Drawings) -> Result<bool> {
    let (files, digest) = digest_of_folder(folder, EXTENSION)?;
    Ok(files == pinned.files && digest == pinned.sha256)
}

/// The manifest and npm's lock speak of the same package; else one was changed without the other.
fn agrees_with_lock(root: &Path, pinned: &Drawings) -> Result<()> {
    let path = root.join("package-lock.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let lock: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
    let entry = &lock["packages"][format!("node_modules/{}", pinned.package)];
    if entry["version"] != pinned.version.as_str() || entry["integrity"] != pinned.integrity.as_str() {
        bail!(
            "models.toml pins {} {}, package-lock.json has {}; pin both together",
            pinned.package,
            pinned.version,
            entry["version"].as_str().unwrap_or("none")
        );
    }
    Ok(())
}
