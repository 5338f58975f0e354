//! Pictures made on this computer: scenes from a prompt, styles, enlargements and cut-outs.
//!
//! One [`Engine`] runs one [`Task`] to its end on the calling thread, says how far it is and can be
//! stopped between two model runs. It knows no queue, no files of the person and no network: who may run
//! when, and what becomes of the result, is decided by the service that calls it.

mod bleed;
mod cutout;
mod engine;
mod error;
mod matte;
mod pixels;
mod planes;
mod progress;
mod resize;
pub mod scene;
mod styles;
mod stylise;
mod task;
mod tiles;
mod upscale;

pub use engine::Engine;
pub use error::EngineError;
pub use progress::{Cancel, Progress};
pub use styles::{StyleCard, styles};
pub use task::{Made, Report, Source, Task, default_seed};
