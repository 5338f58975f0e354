//! Resampling of interleaved pixels in the sizes and filters this crate needs.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::EngineError;

/// Smooth and antialiased: for making smaller, and for masks.
pub(crate) const TRIANGLE: FilterType = FilterType::Bilinear;
/// Crisper, with a little overshoot: for making pictures larger.
pub(crate) const CUBIC: FilterType = FilterType::CatmullRom;

/// Resizes interleaved 8-bit pixels of `N` bytes (1, 3 or 4) from `from` to `to` (width, height in pixels), each
/// channel by itself.
///
/// # Errors
/// [`EngineError::Resize`] if a size does not fit its buffer.
pub(crate) fn resize<const N: usize>(
    pixels: &[u8],
    from: (u32, u32),
    to: (u32, u32),
    filter: FilterType,
) -> Result<Vec<u8>, EngineError> {
    let kind = match N {
        1 => PixelType::U8,
        3 => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let failed = |error: &dyn std::fmt::Display| EngineError::Resize(error.to_string());
    let source = ImageRef::new(from.0, from.1, pixels, kind).map_err(|e| failed(&e))?;
    let mut target = Image::new(to.0, to.1, kind);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter)).use_alpha(false);
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| failed(&e))?;
    Ok(target.into_vec())
}
