//! ONNX Runtime itself: one library and one environment for the life of the process.
//!
//! The library is loaded by its absolute path after its hash was checked, never by name and never from an environment variable.
//! Since the hash is pinned, every [`Inference`](crate::Inference) of a process means the same library; each still checks the file in
//! *its own* folder, so that a broken installation is noticed even when another one is already loaded.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::manifest::{Manifest, platform};
use crate::{InferenceError, pinned};

/// Name used for the library in errors.
const NAME: &str = "onnx-runtime";

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
    pinned::check(&path, pinned::Pin { name: NAME, bytes: entry.bytes, sha256: &entry.sha256 })?;

    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = loaded.as_ref() {
        return Ok(environment.clone());
    }
    // The binding asserts on some malformed libraries; a verified one never is, but a panic must not travel.
    let made = catch_unwind(AssertUnwindSafe(|| make(&path)))
        .unwrap_or_else(|_| Err("it is malformed".to_owned()))
        .map_err(unusable)?;
    Ok(loaded.insert(made).clone())
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
