//! Opens a session: the options each model needs, in one table.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ort::environment::Environment;
use ort::ep;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::{AutoDevicePolicy, GraphOptimizationLevel};

use crate::{InferenceError, ModelName};

/// How a model is run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Options {
    /// Threads inside one operation.
    pub threads: usize,
    /// Sessions that may exist at once.
    pub sessions: usize,
    /// Whether memory is kept between runs, until [`crate::Inference::forget_idle`]. Without it, every run pays for fresh pages, which is half the
    /// cost of a short one; a model that is run over many tiles of one size gains little and gives its memory back instead.
    pub keep_memory: bool,
}

/// The gate's models are small and asked often, from several places at once: one thread each, two sessions. The engine's are large and
/// asked one at a time: every core, one session.
pub(crate) fn options(name: ModelName) -> Options {
    match name {
        ModelName::NsfwMobilenet | ModelName::OpenNsfw | ModelName::TextEncoder => {
            Options { threads: 1, sessions: 2, keep_memory: name != ModelName::TextEncoder }
        }
        ModelName::MultiStyle
        | ModelName::UpscaleDrawing
        | ModelName::Cutout
        | ModelName::StylePredict
        | ModelName::StyleTransform => {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let keep_memory = matches!(name, ModelName::MultiStyle | ModelName::Cutout);
            Options { threads: cores, sessions: 1, keep_memory }
        }
    }
}

/// Opens `name` from bytes that have been verified.
pub(crate) fn open(
    environment: &Environment,
    name: ModelName,
    model: &[u8],
) -> Result<Session, InferenceError> {
    let unusable = |detail: String| InferenceError::ModelUnusable { name: name.as_str(), detail };
    #[cfg(target_os = "linux")]
    let before = crate::pages::Before::now();
    let session = catch_unwind(AssertUnwindSafe(|| build(environment, options(name), model)))
        .unwrap_or_else(|_| Err("the library gave up".to_owned()))
        .map_err(unusable)?;
    #[cfg(target_os = "linux")]
    before.ask_for_large_pages();
    Ok(session)
}

fn build(environment: &Environment, options: Options, model: &[u8]) -> Result<Session, String> {
    fn text(e: impl std::fmt::Display) -> String {
        e.to_string()
    }
    Session::builder(environment)
        .map_err(text)?
        .with_auto_device(AutoDevicePolicy::PreferCPU)
        .map_err(text)?
        .with_execution_providers([ep::CPU::default().with_arena_allocator(options.keep_memory).build()])
        .map_err(text)?
        .with_memory_pattern(options.keep_memory)
        .map_err(text)?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(text)?
        // Stored integer weights are computed with as the floats they stand for: the same figures on every processor, and faster.
        .with_quant_qdq(false)
        .map_err(text)?
        .with_intra_threads(options.threads)
        .map_err(text)?
        .with_inter_threads(1)
        .map_err(text)?
        .with_intra_op_spinning(false)
        .map_err(text)?
        .with_inter_op_spinning(false)
        .map_err(text)?
        .with_log_level(LogLevel::Error)
        .map_err(text)?
        .commit_from_memory(model)
        .map_err(text)
}
