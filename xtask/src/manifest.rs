//! `models/models.toml`, as far as set-up needs it: what lies in `models/` and what is fetched into it.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// The one list of everything that is loaded but not compiled.
#[derive(Deserialize)]
pub struct Manifest {
    format: u32,
    /// Committed files.
    pub model: Vec<PinnedFile>,
    /// ONNX Runtime's library, one for each platform.
    pub runtime: Vec<Runtime>,
    /// The pictures scenes are composed of.
    pub drawings: Drawings,
}

/// A committed file of `models/`.
#[derive(Deserialize)]
pub struct PinnedFile {
    /// The name the code asks for.
    pub name: String,
    /// Relative to `models/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// One member of one wheel.
#[derive(Deserialize)]
pub struct Runtime {
    /// `<os>-<arch>` as Rust names them.
    pub platform: String,
    /// Package on the Python index.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The platform tag that chooses the wheel.
    pub pip_platform: String,
    /// The Python version that chooses the wheel, such as `3.11`.
    pub python: String,
    /// The library's path inside the wheel.
    pub member: String,
    /// Its name under `models/runtime/<platform>/`.
    pub file: String,
    /// Lower-case hexadecimal, of the library.
    pub sha256: String,
}

/// The package of drawings.
#[derive(Deserialize)]
pub struct Drawings {
    /// Package on the Node registry.
    pub package: String,
    /// Its exact version.
    pub version: String,
    /// The lock file's own form: `sha512-…`.
    pub integrity: String,
    /// Folder under `models/`.
    pub path: String,
    /// How many pictures.
    pub files: usize,
    /// SHA-256 over one line `<sha256>  <name>` for each picture, sorted by name.
    pub sha256: String,
}

impl Manifest {
    /// Reads the manifest of this checkout.
    pub fn read(root: &Path) -> Result<Self> {
        let path = root.join("models/models.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let manifest: Self =
            toml::from_str(&text).with_context(|| format!("{} is damaged", path.display()))?;
        if manifest.format != 1 {
            bail!("models/models.toml has format {}; this checkout's xtask reads format 1", manifest.format);
        }
        Ok(manifest)
    }
}

/// SHA-256 of a file's content.
pub fn sha256_of(path: &Path) -> Result<String> {
    let content = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex::encode(Sha256::digest(&content)))
}

/// The one number that stands for a folder of pictures; see [`Drawings::sha256`]. Gives the count as well.
pub fn digest_of_folder(folder: &Path, extension: &str) -> Result<(usize, String)> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry.with_context(|| format!("cannot read {}", folder.display()))?.path();
        if path.extension().is_some_and(|found| found == extension)
            && let Some(name) = path.file_name().and_then(|name| name.to_str())
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    let mut whole = Sha256::new();
    for name in &names {
        whole.update(format!("{}  {name}\n", sha256_of(&folder.join(name))?));
    }
    Ok((names.len(), hex::encode(whole.finalize())))
}
