//! Running other programs: in the open, quietly with a log, or for their output.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context as _, Result, bail};

/// Cargo as it was called, so that a chosen toolchain stays chosen.
pub fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// Runs a program that talks to the terminal itself.
pub fn shown(command: &mut Command) -> Result<ExitStatus> {
    std::io::stdout().flush().context("cannot write to the terminal")?;
    command.status().with_context(|| format!("cannot start {}", name(command)))
}

/// Runs a program that talks to the terminal itself and must succeed.
pub fn shown_ok(command: &mut Command) -> Result<()> {
    let status = shown(command)?;
    if !status.success() {
        bail!("{} did not succeed ({status}); what it said is above", line(command));
    }
    Ok(())
}

/// Runs a program whose output matters only when it fails: it goes to `log`, and its end into the error.
pub fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let file = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
    let copy = file.try_clone().with_context(|| format!("cannot write {}", log.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(copy)
        .status()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if status.success() {
        return Ok(());
    }
    let said = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let end = lines[lines.len().saturating_sub(12)..].join("\n  | ");
    bail!("{} did not succeed ({status})\n  | {end}\n  the whole log: {}", line(command), log.display());
}

/// Runs a program for what it prints; `None` when it cannot be started or does not succeed.
pub fn output(command: &mut Command) -> Option<String> {
    let result = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    result.status.success().then(|| String::from_utf8_lossy(&result.stdout).into_owned())
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

/// The command as a person would type it.
pub fn line(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
