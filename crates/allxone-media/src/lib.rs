//! Pictures, safely: read under caps, turned upright, brought to sRGB, freed of metadata, resized, made into thumbnails and
//! marked as made with AI. It is one crate with no knowledge of models or of the network, because the same pixels must be what
//! is judged, what is sent and what is shown, and that only holds when one place decodes.
//!
//! How bytes become pixels: a `container` walker cuts a file into what draws the picture and what does not; only the former,
//! rebuilt into a plain stream, reaches a decoder. So no decoder ever sees a metadata block, and the stream without metadata
//! is at once what is decoded and what is sent.

mod animation;
mod colour;
mod container;
mod decode;
mod decoder;
mod encode;
mod error;
mod format;
mod limits;
mod mark;
mod orient;
mod overview;
mod picture;
mod pixels;
mod resize;
mod room;

pub use animation::MAX_SAMPLED_FRAMES;
pub use decoder::{Attempts, Confinement, Decoder, HelperProgram, attempt_forbidden, serve_decoder};
pub use error::MediaError;
pub use format::Format;
pub use limits::Limits;
pub use mark::{OriginMark, SourceType, has_ai_origin, mark_ai_origin};
pub use overview::Overview;
pub use picture::Picture;
pub use pixels::{Pixels, Rgb};
pub use resize::{Area, resize_align_corners_f32, resize_part, resize_pixels, resize_triangle};
