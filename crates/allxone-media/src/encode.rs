//! Writing pictures. Output depends on the pixels alone: no time, no program name, no random order, so that the same request
//! gives the same bytes.

use image::codecs::{
    jpeg::JpegEncoder,
    png::{CompressionType, FilterType, PngEncoder},
    webp::WebPEncoder,
};
use image::{ExtendedColorType, ImageEncoder, ImageError};

use crate::{Format, MediaError, Pixels, Rgb, resize_pixels};

fn failed(format: Format) -> impl Fn(ImageError) -> MediaError {
    move |e| MediaError::EncodeFailed { format, detail: e.to_string() }
}

/// PNG, 8 bits, RGB when opaque, else RGBA. The fast coder is a tenth larger on photos than a thorough one that takes six times
/// as long, and it depends on no exchangeable zlib, so the bytes are the same in every build.
pub(crate) fn png(pixels: &Pixels) -> Result<Vec<u8>, MediaError> {
    let (data, kind) = bytes_of(pixels);
    let mut out = Vec::new();
    PngEncoder::new_with_quality(&mut out, CompressionType::Fast, FilterType::Adaptive)
        .write_image(data, pixels.width(), pixels.height(), kind)
        .map_err(failed(Format::Png))?;
    Ok(out)
}

/// JPEG with full colour resolution; quality 1–100.
pub(crate) fn jpeg(rgb: &Rgb, quality: u8) -> Result<Vec<u8>, MediaError> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality)
        .encode(rgb.data(), rgb.width(), rgb.height(), ExtendedColorType::Rgb8)
        .map_err(failed(Format::Jpeg))?;
    Ok(out)
}

/// Quality of thumbnails: no visible blocks at arm's length, about 15 kB at 320 pixels.
const THUMBNAIL_QUALITY: u8 = 82;

/// A picture that fits into `side × side`, never enlarged: JPEG, or lossless WebP when it has transparency.
pub(crate) fn thumbnail(pixels: &Pixels, side: u32) -> Result<Vec<u8>, MediaError> {
    let (width, height) = fit(pixels.width(), pixels.height(), side.max(1));
    let small = resize_pixels(pixels, width, height);
    if let Some(rgb) = small.opaque() {
        return jpeg(rgb, THUMBNAIL_QUALITY);
    }
    let (data, kind) = bytes_of(&small);
    let mut out = Vec::new();
    WebPEncoder::new_lossless(&mut out)
        .encode(data, small.width(), small.height(), kind)
        .map_err(failed(Format::Webp))?;
    Ok(out)
}

fn bytes_of(pixels: &Pixels) -> (&[u8], ExtendedColorType) {
    match pixels.opaque() {
        Some(rgb) => (rgb.data(), ExtendedColorType::Rgb8),
        None => (pixels.rgba(), ExtendedColorType::Rgba8),
    }
}

/// The largest size of the same shape within `side`, at least one pixel each way, not above the original.
fn fit(width: u32, height: u32, side: u32) -> (u32, u32) {
    let long = width.max(height);
    if long <= side {
        return (width, height);
    }
    let scale = |v: u32| {
        let scaled = (u64::from(v) * u64::from(side) + u64::from(long) / 2) / u64::from(long);
        u32::try_from(scaled).unwrap_or(side).clamp(1, side)
    };
    (scale(width), scale(height))
}
