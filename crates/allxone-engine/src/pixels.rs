//! The caps every task keeps to, and the way from a finished buffer to a picture.

use allxone_media::{Pixels, Rgb};

use crate::EngineError;

/// Largest area of a picture that goes in or comes out, in pixels.
pub(crate) const MAX_PIXELS: u64 = 50_000_000;
/// Largest side of a picture that goes in or comes out, in pixels.
pub(crate) const MAX_SIDE: u32 = 16_384;

/// Refuses a picture beyond the caps.
///
/// # Errors
/// [`EngineError::PictureTooLarge`].
pub(crate) fn check(picture: &Pixels) -> Result<(), EngineError> {
    let (width, height) = (picture.width(), picture.height());
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(EngineError::PictureTooLarge {
            width,
            height,
            max_megapixels: MAX_PIXELS / 1_000_000,
            max_side: MAX_SIDE,
        });
    }
    Ok(())
}

/// A finished buffer of `N` bytes a pixel, 3 (RGB) or 4 (RGBA, straight alpha), as a picture.
///
/// # Errors
/// [`EngineError::Media`] if the buffer is not `width * height * N` long.
pub(crate) fn finish<const N: usize>(width: u32, height: u32, bytes: Vec<u8>) -> Result<Pixels, EngineError> {
    Ok(match N {
        3 => Pixels::from_rgb(Rgb::new(width, height, bytes)?),
        _ => Pixels::from_rgba(width, height, bytes)?,
    })
}

/// An RGBA8 copy of a picture to work on.
pub(crate) fn to_rgba(picture: &Pixels) -> Vec<u8> {
    match picture.opaque() {
        None => picture.rgba().to_vec(),
        Some(rgb) => {
            let mut rgba = vec![255; rgb.data().len() / 3 * 4];
            for (to, from) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(rgb.data().as_chunks::<3>().0) {
                to[..3].copy_from_slice(from);
            }
            rgba
        }
    }
}
