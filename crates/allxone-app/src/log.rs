//! The log: what happened, never what it was about. Content, file names and addresses of people stay out of it.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;

/// A log larger than this is set aside at the next start; one older log is kept.
const MAX_BYTES: u64 = 10 * 1024 * 1024;

/// Sends the log of this process to `logs/allxone.log`. Only the first call of a process counts; a log that cannot be written is no
/// reason not to work.
pub fn start(logs: &Path) {
    let Some(file) = open(logs) else { return };
    let filter =
        EnvFilter::try_from_env("ALLXONE_LOG").unwrap_or_else(|_| EnvFilter::new("warn,allxone=info"));
    let _ = tracing_subscriber::fmt()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_env_filter(filter)
        .try_init();
}

fn open(logs: &Path) -> Option<File> {
    let path = logs.join("allxone.log");
    if std::fs::metadata(&path).is_ok_and(|meta| meta.len() > MAX_BYTES) {
        std::fs::rename(&path, logs.join("allxone.1.log")).ok()?;
    }
    OpenOptions::new().create(true).append(true).open(path).ok()
}
