//! A real PostgreSQL server in a folder of its own, reached by a socket file alone, gone with the value. Needs Debian's package `postgresql`,
//! or its programs on the path.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The account that owns the server's databases.
const OWNER: &str = "allxone";
/// Whom Debian lets run the server; it refuses to be run by the system's owner.
const RUNS_IT: &str = "postgres";

/// A running server.
pub struct Postgres {
    dir: TempDir,
    server: Child,
}

impl Postgres {
    /// Makes a server and waits until it takes connections. Nothing in it is made durable.
    ///
    /// # Panics
    /// When the programs are not installed or the server does not start.
    pub fn start() -> Self {
        Self::with("fsync=off")
    }

    /// The same with everything made durable, as a server is run whose speed counts.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    pub fn durable() -> Self {
        Self::with("fsync=on")
    }

    fn with(fsync: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("pg").tempdir().unwrap();
        let data = dir.path().join("data");
        if is_root() {
            done(Command::new("chown").arg(RUNS_IT).arg(dir.path()));
        }
        let arguments =
            ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--username", OWNER, "-D"];
        done(program("initdb").args(arguments).arg(&data));
        let mut server = program("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(dir.path())
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                fsync,
                "-c",
                "max_connections=200",
                "-c",
                "logging_collector=off",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(server.stderr.take().unwrap()).lines();
        let ready =
            said.by_ref().map_while(Result::ok).any(|line| line.contains("ready to accept connections"));
        // What it says later is read and dropped, or it would stop at a full pipe.
        std::thread::spawn(move || said.for_each(drop));
        assert!(ready, "PostgreSQL did not start");
        Self { dir, server }
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    /// When there is one of this name, or none can be made.
    pub fn database(&self, name: &str) -> String {
        done(program("createdb").arg("-h").arg(self.dir.path()).args(["-U", OWNER, name]));
        format!("postgres://{OWNER}@localhost/{name}?host={}&sslmode=disable", self.dir.path().display())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // At once, without tidying up what goes anyway.
        let _ = Command::new("kill").args(["-QUIT", &self.server.id().to_string()]).status();
        let _ = self.server.wait();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

/// One of the server's programs, run as somebody it lets.
fn program(name: &str) -> Command {
    let path = installed(name);
    if !is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", RUNS_IT, "--regid", RUNS_IT, "--init-groups"]).arg(path).current_dir("/");
    command
}

/// Debian keeps them by version, outside of the path.
fn installed(name: &str) -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|version| version.path().join("bin").join(name)).collect();
    found.retain(|path| path.exists());
    found.sort();
    found.pop().unwrap_or_else(|| Path::new(name).to_path_buf())
}

fn done(command: &mut Command) {
    let output =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}. Is PostgreSQL installed?"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
