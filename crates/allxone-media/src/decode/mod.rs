//! One still picture from a clean stream to upright sRGB. The `image` crate's own limits do not cover this path, so sizes are
//! compared with our caps from the headers and once more with what the decoder announces, before the buffer is made. Decoders
//! may panic on hostile input; a panic is caught and becomes an error.

mod jpeg;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{ColorType, ImageDecoder};

use crate::colour::{Srgb, round_16, to_srgb};
use crate::container::Parts;
use crate::orient::upright;
use crate::{Format, Limits, MediaError, Pixels, Rgb, room};

/// Samples as a decoder returns them, row after row.
pub(crate) enum Samples {
    Grey(Vec<u8>),
    GreyAlpha(Vec<u8>),
    Rgb(Vec<u8>),
    Rgba(Vec<u8>),
    /// 16 bits per channel in native byte order.
    Rgb16(Vec<u8>),
    /// 16 bits per channel in native byte order.
    Rgba16(Vec<u8>),
    /// Four inks, 255 = full.
    Cmyk(Vec<u8>),
}

/// Runs `work`; a panic inside becomes [`MediaError::ReaderStopped`].
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, MediaError>) -> Result<T, MediaError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(MediaError::ReaderStopped))
}

/// Decodes the still picture of `parts`. The flag tells whether these pixels are what the bare stream shows in any reader:
/// false when it was turned, converted, padded, or readable only with leniency.
pub(crate) fn still(parts: &Parts, limits: &Limits) -> Result<(Pixels, bool), MediaError> {
    let (samples, plain) = match parts.format {
        Format::Jpeg => jpeg::samples(parts, limits)?,
        Format::Png => {
            let mut caps = image::Limits::no_limits();
            caps.max_alloc = Some(limits.max_decoded_bytes);
            let decoder = PngDecoder::with_limits(Cursor::new(&parts.still), caps)
                .map_err(|e| MediaError::from_image(parts.format, e))?;
            (samples(decoder, parts, limits)?, true)
        }
        Format::Webp => {
            let decoder = WebPDecoder::new(Cursor::new(&parts.still))
                .map_err(|e| MediaError::from_image(parts.format, e))?;
            (samples(decoder, parts, limits)?, true)
        }
        Format::Gif => return Err(MediaError::damaged(parts.format, "no picture in it")),
    };
    let (pixels, converted) = finish(samples, parts)?;
    let upright = parts.orientation == Orientation::NoTransforms;
    Ok((pixels, plain && !converted && upright && !parts.padded))
}

/// A frame of an animation, in RGBA as composed, to upright sRGB.
pub(crate) fn frame(rgba: Vec<u8>, parts: &Parts) -> Result<Pixels, MediaError> {
    finish(Samples::Rgba(rgba), parts).map(|(pixels, _)| pixels)
}

fn finish(samples: Samples, parts: &Parts) -> Result<(Pixels, bool), MediaError> {
    let (srgb, converted) = to_srgb(samples, &parts.colour, parts.format)?;
    let pixels = match srgb {
        Srgb::Rgb(data) => {
            let (data, width, height) = upright::<3>(data, parts.width, parts.height, parts.orientation);
            Pixels::from_rgb(Rgb::new(width, height, data)?)
        }
        Srgb::Rgba(data) => {
            let (data, width, height) = upright::<4>(data, parts.width, parts.height, parts.orientation);
            Pixels::from_rgba(width, height, data)?
        }
    };
    Ok((pixels, converted))
}

fn samples(decoder: impl ImageDecoder, parts: &Parts, limits: &Limits) -> Result<Samples, MediaError> {
    let format = parts.format;
    let (width, height) = decoder.dimensions();
    if (width, height) != (parts.width, parts.height) {
        return Err(MediaError::damaged(format, "two different sizes"));
    }
    let bytes = decoder.total_bytes();
    limits.check_decoded(bytes)?;
    let kind = decoder.color_type();
    let len = usize::try_from(bytes)
        .map_err(|_| MediaError::DecodedTooLarge { bytes, max: limits.max_decoded_bytes })?;
    let mut data = room::zeroed(len);
    decoder.read_image(&mut data).map_err(|e| MediaError::from_image(format, e))?;
    let narrow =
        |data: &[u8]| data.as_chunks::<2>().0.iter().map(|v| round_16(u16::from_ne_bytes(*v))).collect();
    Ok(match kind {
        ColorType::L8 => Samples::Grey(data),
        ColorType::La8 => Samples::GreyAlpha(data),
        ColorType::Rgb8 => Samples::Rgb(data),
        ColorType::Rgba8 => Samples::Rgba(data),
        ColorType::L16 => Samples::Grey(narrow(&data)),
        ColorType::La16 => Samples::GreyAlpha(narrow(&data)),
        ColorType::Rgb16 => Samples::Rgb16(data),
        ColorType::Rgba16 => Samples::Rgba16(data),
        _ => return Err(MediaError::variety(format, "an uncommon pixel layout")),
    })
}

/// The first frame of an animation that has no still picture of its own (GIF, animated WebP).
pub(crate) fn first_frame(parts: &Parts, limits: &Limits) -> Result<Pixels, MediaError> {
    let Some(animation) = &parts.animation else {
        return Err(MediaError::damaged(parts.format, "no picture in it"));
    };
    let source = Cursor::new(animation.stream.as_slice());
    let error = |e| MediaError::from_image(parts.format, e);
    let still = match parts.format {
        Format::Gif => samples(image::codecs::gif::GifDecoder::new(source).map_err(error)?, parts, limits)?,
        _ => samples(WebPDecoder::new(source).map_err(error)?, parts, limits)?,
    };
    finish(still, parts).map(|(pixels, _)| pixels)
}
