//! The entry point: where the files are, and what has been loaded from them so far.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ort::environment::Environment;

use crate::cache::Cache;
use crate::encoder::TextEncoder;
use crate::manifest::{DataFile, Manifest, ModelName, platform};
use crate::{InferenceError, Model, pinned, runtime};

/// Texts whose embeddings are remembered: about 7 MB.
const CACHED_TEXTS: usize = 4096;

/// Where the pinned files are. Both must be absolute.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelPaths {
    /// The models folder.
    pub models: PathBuf,
    /// The folder of ONNX Runtime's library.
    pub runtime: PathBuf,
}

impl ModelPaths {
    /// The usual layout: the library in `runtime/<os>-<arch>` of the models folder.
    pub fn under(models: impl Into<PathBuf>) -> Self {
        let models = models.into();
        Self { runtime: models.join("runtime").join(platform()), models }
    }
}

/// All models of one models folder. Cheap to clone; nothing is read until it is first used, and a failure is not remembered, so a
/// repaired installation works without a restart.
#[derive(Clone, Debug)]
pub struct Inference {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    paths: ModelPaths,
    environment: Mutex<Option<Environment>>,
    models: Mutex<BTreeMap<ModelName, Arc<Model>>>,
    encoder: Mutex<Option<Arc<TextEncoder>>>,
    cache: Arc<Mutex<Cache>>,
    forgotten: AtomicU64,
}

impl Inference {
    /// Uses the files under `paths`.
    pub fn new(paths: ModelPaths) -> Self {
        Self {
            inner: Arc::new(Inner {
                paths,
                environment: Mutex::default(),
                models: Mutex::default(),
                encoder: Mutex::default(),
                cache: Arc::new(Mutex::new(Cache::new(CACHED_TEXTS))),
                forgotten: AtomicU64::new(0),
            }),
        }
    }

    /// The manifest this program was built with.
    pub fn manifest() -> &'static Manifest {
        Manifest::shipped()
    }

    /// Where the files are.
    pub fn paths(&self) -> &ModelPaths {
        &self.inner.paths
    }

    /// The model, loaded and verified. Blocking.
    ///
    /// # Errors
    /// Whatever keeps the library or the model from being loaded, or its self-test from passing.
    pub fn model(&self, name: ModelName) -> Result<Arc<Model>, InferenceError> {
        let environment = self.environment()?;
        // Held while loading: two callers asking at once share one load.
        let mut models = lock(&self.inner.models);
        if let Some(model) = models.get(&name) {
            return Ok(Arc::clone(model));
        }
        let path = self.inner.paths.models.join(&name.entry().path);
        let model = Arc::new(Model::open(name, path, environment)?);
        models.insert(name, Arc::clone(&model));
        Ok(model)
    }

    /// The text encoder, loaded and verified. Blocking.
    ///
    /// # Errors
    /// Whatever keeps the library, the network or its vocabulary from being loaded.
    pub fn encoder(&self) -> Result<Arc<TextEncoder>, InferenceError> {
        let mut slot = lock(&self.inner.encoder);
        if let Some(encoder) = slot.as_ref() {
            return Ok(Arc::clone(encoder));
        }
        let model = self.model(ModelName::TextEncoder)?;
        let vocabulary = self.data(DataFile::Tokenizer)?;
        let encoder = Arc::new(TextEncoder::new(model, &vocabulary, Arc::clone(&self.inner.cache))?);
        Ok(Arc::clone(slot.insert(encoder)))
    }

    /// The verified content of a pinned file that is not a network.
    ///
    /// # Errors
    /// If the file is missing, unreadable or not the pinned one.
    pub fn data(&self, file: DataFile) -> Result<Vec<u8>, InferenceError> {
        let entry = file.entry();
        let pin = pinned::Pin { name: file.as_str(), bytes: entry.bytes, sha256: &entry.sha256 };
        pinned::read(&self.inner.paths.models.join(&entry.path), pin)
    }

    /// Gives back the memory of sessions nobody is using; they are opened (and verified) again when needed.
    pub fn forget_idle(&self) {
        let models: Vec<_> = lock(&self.inner.models).values().cloned().collect();
        for model in models {
            model.forget_idle();
        }
        *lock(&self.inner.encoder) = None;
        self.inner.forgotten.fetch_add(1, Ordering::SeqCst);
    }

    /// How often [`Inference::forget_idle`] was called, so that whoever remembers what models answered can forget it with them.
    pub fn times_forgotten(&self) -> u64 {
        self.inner.forgotten.load(Ordering::SeqCst)
    }

    /// Folder of the library.
    fn runtime_folder(&self) -> &Path {
        &self.inner.paths.runtime
    }

    fn environment(&self) -> Result<Environment, InferenceError> {
        let mut slot = lock(&self.inner.environment);
        if let Some(environment) = slot.as_ref() {
            return Ok(environment.clone());
        }
        let environment = runtime::environment(self.runtime_folder())?;
        Ok(slot.insert(environment).clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
