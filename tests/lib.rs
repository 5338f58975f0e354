//! What the journeys share: the real program in a folder of its own, and ways to look at what it left behind.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up has failed"
)]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A person's machine: an empty data folder, the program, nothing else.
pub struct Machine {
    folder: TempDir,
}

/// Variables that say where the build and its models are; no other one of whoever runs the tests gets in.
const OF_THE_BUILD: [&str; 4] = ["PATH", "SystemRoot", "TMPDIR", "ALLXONE_MODELS_DIR"];

/// How a run of the program ended and what it said.
pub struct Ran {
    /// Exit status.
    pub status: ExitStatus,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// The exit code; -1 where a signal ended the run.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }

    /// Standard output, line by line as JSON.
    pub fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        self.stdout.lines().map(parse).collect()
    }

    /// The run, which must have ended with `code`.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// A machine where nothing was ever done.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Where the program keeps its data.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path in the person's own folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A run to be started: the key in a file, so that no keyring is needed.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| OF_THE_BUILD.iter().any(|kept| name == kept)))
            .env("HOME", self.folder.path())
            .env("ALLXONE_DATA_DIR", self.data())
            .env("ALLXONE_SECRET_STORE", "file")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command().args(arguments))
    }
}

/// Runs a prepared command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        status: output.status,
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The `allxone` program of this build. `cargo xtask test` builds it before the journeys start.
pub fn program() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let name = format!("allxone{}", std::env::consts::EXE_SUFFIX);
    let found = here.ancestors().skip(1).take(3).map(|folder| folder.join(&name)).find(|path| path.is_file());
    found.expect("the program is not built; run the tests by `cargo xtask test`, or `cargo build -p allxone-cli` before")
}

/// The models of the checkout.
pub fn models() -> PathBuf {
    if let Some(named) = std::env::var_os("ALLXONE_MODELS_DIR") {
        return named.into();
    }
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("models")
}

/// A picture of `tests/fixtures/safety`.
pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/safety").join(name)
}

/// A folder of models of one's own at `copy`, to be damaged; what is not damaged are links, so that it costs nothing.
pub fn linked_models(copy: &Path) -> PathBuf {
    let _ = std::fs::remove_dir_all(copy);
    for file in files(&models()) {
        let to = copy.join(file.strip_prefix(models()).unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        if std::fs::hard_link(&file, &to).is_err() {
            std::fs::copy(&file, &to).unwrap();
        }
    }
    copy.to_owned()
}

/// Every file below `folder`.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path => found.push(path),
            }
        }
    }
    found
}

/// In how many files below `folder` the bytes of `needle` stand in the clear.
pub fn plain_hits(folder: &Path, needle: &[u8]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(needle.len()).any(|window| window == needle)
    };
    files(folder).into_iter().filter(holds).collect()
}
