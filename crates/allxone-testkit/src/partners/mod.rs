//! Providers of pictures, each in its own dialect, with every fault a test may order.

pub mod automatic1111;
pub mod comfyui;
mod comfyui_nodes;
pub mod fal;
pub mod fault;
pub mod openai;
mod picture;
mod provider;
mod spoiled;
pub mod stability;

pub use automatic1111::Automatic1111;
pub use comfyui::ComfyUi;
pub use fal::Fal;
pub use fault::{Fault, Script};
pub use openai::OpenAi;
pub use picture::png;
pub use provider::{Asked, Provider};
pub use stability::Stability;
