//! ONNX Runtime's library for this platform, out of its published Python wheel.
//!
//! The wheel is chosen by the manifest's tags, not by the Python at hand, so every machine takes the same bytes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::python;
use crate::manifest::{Manifest, Runtime, sha256_of};
use crate::process::logged;
use crate::repo;

/// Takes the member to the given file; the licence and the notices, wherever the wheel has them, go beside it.
const TAKE_OUT: &str = "\
import pathlib, shutil, sys, zipfile
wheel, member, target = sys.argv[1:]
target = pathlib.Path(target)
with zipfile.ZipFile(wheel) as archive:
    wanted = {member: target}
    for name in archive.namelist():
        if name in ('onnxruntime/LICENSE', 'onnxruntime/ThirdPartyNotices.txt'):
            wanted[name] = target.parent / name.rsplit('/', 1)[1]
    for name, path in wanted.items():
        with archive.open(name) as source, open(path, 'wb') as sink:
            shutil.copyfileobj(source, sink)
";

/// The library lies in `models/runtime/<os>-<arch>/` and is the pinned one.
pub fn provide(root: &Path, manifest: &Manifest) -> Result<()> {
    let platform = format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH);
    let Some(runtime) = manifest.runtime.iter().find(|runtime| runtime.platform == platform) else {
        let known: Vec<&str> = manifest.runtime.iter().map(|runtime| runtime.platform.as_str()).collect();
        bail!("ONNX Runtime is not pinned for {platform}; AllXOne runs on {}", known.join(", "));
    };
    let folder = root.join("models/runtime").join(&platform);
    let library = folder.join(&runtime.file);
    if library.is_file() && sha256_of(&library)? == runtime.sha256 {
        return Ok(());
    }
    repo::step(&format!("Fetching ONNX Runtime {} for {platform}", runtime.version));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    fetch(root, runtime, &library)
}

fn fetch(root: &Path, runtime: &Runtime, library: &Path) -> Result<()> {
    let python = python::with_pip()?;
    let scratch = repo::scratch(root)?;
    let wheels = scratch.join("wheels");
    if wheels.exists() {
        std::fs::remove_dir_all(&wheels).with_context(|| format!("cannot empty {}", wheels.display()))?;
    }
    let abi = format!("cp{}", runtime.python.replace('.', ""));
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"])
        .args(["--no-input", "--implementation", "cp", "--abi", &abi])
        .args(["--python-version", &runtime.python, "--platform", &runtime.pip_platform])
        .arg("--dest")
        .arg(&wheels)
        .arg(format!("{}=={}", runtime.package, runtime.version));
    logged(&mut pip, &scratch.join("pip.log"))
        .context("ONNX Runtime could not be fetched from the Python index")?;
    let wheel = std::fs::read_dir(&wheels)
        .with_context(|| format!("cannot read {}", wheels.display()))?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip reported success but left no wheel")?;
    let part = library.with_extension("part");
    let mut unzip = Command::new(python);
    unzip.args(["-c", TAKE_OUT]).arg(&wheel).arg(&runtime.member).arg(&part);
    logged(&mut unzip, &scratch.join("unzip.log")).context("the ONNX Runtime wheel could not be unpacked")?;
    let found = sha256_of(&part)?;
    if found != runtime.sha256 {
        bail!(
            "the fetched {} has SHA-256 {found}, but models.toml pins {}; it was not installed (see {})",
            runtime.file,
            runtime.sha256,
            part.display()
        );
    }
    std::fs::rename(&part, library).with_context(|| format!("cannot put {} in place", library.display()))?;
    std::fs::remove_dir_all(&wheels).with_context(|| format!("cannot remove {}", wheels.display()))
}
