//! ONNX Runtime itself: one library and one environment for the life of the process.
//!
//! The library is loaded by its absolute path after its hash was checked, never by name and never from an environment variable.
//! On Linux the verified bytes go into sealed memory first and are loaded from there, so that what was hashed is what runs even if the
//! file is exchanged in between; elsewhere that moment stays open (docs/THREAT-MODEL.md).
//!
//! Since the hash is pinned, every [`Inference`](crate::Inference) of a process means the same library; each still checks the file in
//! *its own* folder, so that a broken installation is noticed even when another one is already loaded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::manifest::{Manifest, platform};
use crate::{InferenceError, pinned};

/// Name used for the library in errors.
pub(crate) const NAME: &str = "onnx-runtime";

static LOADED: Mutex<Option<Environment>> = Mutex::new(None);

/// The environment, loading the library from `folder` if this process has none yet.
pub(crate) fn environment(folder: &Path) -> Result<Environment, InferenceError> {
    let Some(entry) = Manifest::shipped().runtime() else {
        return Err(InferenceError::UnsupportedPlatform { platform: platform() });
    };
    let path = folder.join(&entry.file);
    let unusable = |detail: String| InferenceError::RuntimeUnusable { path: path.clone(), detail };
    if !path.is_absolute() {
        return Err(unusable("its folder is not an absolute path".to_owned()));
    }
    let pin = pinned::Pin { name: NAME, bytes: entry.bytes, sha256: &entry.sha256 };
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = loaded.as_ref() {
        pinned::check(&path, pin)?;
        return Ok(environment.clone());
    }
    let verified = verified(&path, pin)?;
    // The binding asserts on some malformed libraries; a verified one never is, but a panic must not travel.
    let load = |from: &Path| {
        catch_unwind(AssertUnwindSafe(|| make(from))).unwrap_or_else(|_| Err("it is malformed".to_owned()))
    };
    // A system that forbids running code out of memory gets the file, which was found to be the pinned one a moment ago.
    let made =
        load(&verified.path).or_else(|detail| if verified.path == path { Err(detail) } else { load(&path) });
    let made = made.map_err(unusable)?;
    Ok(loaded.insert(made).clone())
}

/// A library whose bytes were compared with the pinned hash.
struct Verified {
    path: PathBuf,
    /// What `path` names, as long as it is needed.
    _held: Option<std::fs::File>,
}

/// The library in memory nobody can write to any more, or (where the system has no such memory) the file itself after a check.
#[cfg(target_os = "linux")]
fn verified(path: &Path, pin: pinned::Pin<'_>) -> Result<Verified, InferenceError> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::os::fd::AsRawFd;
    let Ok(memory) = memfd_create("allxone-runtime", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING) else {
        pinned::check(path, pin)?;
        return Ok(Verified { path: path.to_owned(), _held: None });
    };
    let mut memory = std::fs::File::from(memory);
    pinned::copy(path, pin, &mut memory)?;
    let all = SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL;
    let sealed = fcntl_add_seals(&memory, all).is_ok();
    let place = PathBuf::from(format!("/proc/self/fd/{}", memory.as_raw_fd()));
    if sealed && place.exists() {
        return Ok(Verified { path: place, _held: Some(memory) });
    }
    Ok(Verified { path: path.to_owned(), _held: None })
}

#[cfg(not(target_os = "linux"))]
fn verified(path: &Path, pin: pinned::Pin<'_>) -> Result<Verified, InferenceError> {
    pinned::check(path, pin)?;
    Ok(Verified { path: path.to_owned(), _held: None })
}

fn make(path: &Path) -> Result<Environment, String> {
    crate::silence_runtime();
    let builder = ort::init_from(path).map_err(|e| e.to_string())?;
    let environment = builder
        .with_name("allxone")
        .with_telemetry(false)
        .with_logger(Arc::new(|level, category: &str, _id: &str, _at: &str, message: &str| {
            if matches!(level, LogLevel::Error | LogLevel::Fatal) {
                tracing::warn!(category, message, "onnx runtime");
            }
        }))
        .build()
        .map_err(|e| e.to_string())?;
    environment.set_log_level(LogLevel::Error);
    Ok(environment)
}
