//! The committed model files, against the manifest.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::manifest::{Manifest, sha256_of};

/// Every model file is there and is the one that was pinned.
pub fn check(root: &Path, manifest: &Manifest) -> Result<()> {
    for model in &manifest.model {
        let path = root.join("models").join(&model.path);
        let size = std::fs::metadata(&path)
            .with_context(|| {
                format!(
                    "models/{} ({}) is missing; restore it with `git checkout -- models`",
                    model.path, model.name
                )
            })?
            .len();
        if size != model.bytes || sha256_of(&path)? != model.sha256 {
            bail!(
                "models/{} ({}) is not the file models.toml pins; restore it with `git checkout -- models`, or, after a \
                 deliberate change, pin the new one",
                model.path,
                model.name
            );
        }
    }
    Ok(())
}
