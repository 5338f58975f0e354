//! A Python that has pip. Only set-up and the benchmark use it; the product does not.

use std::process::Command;

use anyhow::{Result, bail};

use crate::process::output;

/// The first Python on this machine that has pip.
pub fn with_pip() -> Result<&'static str> {
    ["python3", "/usr/bin/python3", "python"]
        .into_iter()
        .find(|python| output(Command::new(python).args(["-m", "pip", "--version"])).is_some())
        .map_or_else(|| bail!("Python 3 with pip was not found. {}", remedy()), Ok)
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
