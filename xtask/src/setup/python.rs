//! A Python that has pip, and environments of packages for peers. Only set-up, tests and the benchmark use them; the product does not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::manifest::sha256_of;
use crate::process::{logged, output};
use crate::repo;

/// The first Python on this machine that has pip.
pub fn with_pip() -> Result<&'static str> {
    ["python3", "/usr/bin/python3", "python"]
        .into_iter()
        .find(|python| output(Command::new(python).args(["-m", "pip", "--version"])).is_some())
        .map_or_else(|| bail!("Python 3 with pip was not found. {}", remedy()), Ok)
}

/// The Python of an environment of its own, with the packages of a list of requirements; made anew when the list changes.
pub fn packages(root: &Path, name: &str, requirements: &Path) -> Result<PathBuf> {
    let environment = repo::target(root).join(name).join("venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let (stamp, wanted) = (environment.join("requirements.sha256"), sha256_of(requirements)?);
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    repo::step("Installing the Python peers");
    let scratch = repo::scratch(root)?;
    let mut venv = Command::new(with_pip()?);
    logged(venv.args(["-m", "venv", "--clear"]).arg(&environment), &scratch.join("venv.log"))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--only-binary=:all:", "--requirement"]);
    logged(pip.arg(requirements), &scratch.join("pip.log"))?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(python)
}

fn remedy() -> &'static str {
    if cfg!(target_os = "macos") {
        "Install it with `brew install python`, then repeat this command"
    } else if cfg!(windows) {
        "Install it with `winget install Python.Python.3.12`, then repeat this command"
    } else {
        "Install your distribution's python3 and python3-pip packages, then repeat this command"
    }
}
