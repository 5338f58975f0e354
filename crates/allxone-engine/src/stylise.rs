//! Redrawing a picture in one of the trained styles.
//!
//! The network normalises by statistics of the whole picture, so it cannot work in tiles: each tile would come out
//! in its own colours. It paints the whole picture at up to [`CANVAS`] pixels instead, and a larger picture gets that
//! painting enlarged. Nothing is lost by it: strokes have a fixed size in pixels and would shrink to noise on a
//! large picture.

use std::borrow::Cow;

use allxone_inference::{Inference, ModelName, Tensor};
use allxone_media::Pixels;

use crate::planes::{self, Planes};
use crate::tiles::Rect;
use crate::{Cancel, EngineError, Progress, bleed, pixels, resize, styles};

/// Largest area that is painted, in pixels (2²⁰). Painting takes about 0.8 KB of memory a pixel.
const CANVAS: u64 = 1_048_576;
/// The network halves twice.
const GRAIN: usize = 4;
/// Smallest side; the network mirrors four pixels at its edges.
const SMALLEST: usize = 16;
const MODEL: &str = "multi-style";
const STEPS: u32 = 3;

/// Redraws a picture; size and alpha stay.
///
/// # Errors
/// [`EngineError::UnknownStyle`], [`EngineError::Strength`], [`EngineError::Cancelled`] and what the model says.
pub(crate) fn stylise(
    inference: &Inference,
    picture: &Pixels,
    style: &str,
    strength: f32,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<Pixels, EngineError> {
    let style = styles::find(style)?;
    if !(0.0..=1.0).contains(&strength) {
        return Err(EngineError::Strength(strength));
    }
    cancel.check()?;
    progress(Progress { step: 0, steps: STEPS });
    if strength == 0.0 {
        progress(Progress { step: STEPS, steps: STEPS });
        return Ok(picture.clone());
    }
    let model = inference.model(ModelName::MultiStyle)?;
    let size = (picture.width(), picture.height());
    let canvas = canvas_size(size.0, size.1);
    let image = canvas_tensor(picture, canvas)?;
    let mut weights = Tensor { shape: vec![styles::TRAINED], data: vec![0.0; styles::TRAINED] };
    weights.data[style.index] = 1.0;
    progress(Progress { step: 1, steps: STEPS });
    cancel.check()?;

    let outputs = model.run(&[("image", &image), ("style_weights", &weights)])?;
    let (padded_width, padded_height) = (image.shape[3], image.shape[2]);
    drop(image);
    let painted = planes::colours(MODEL, &outputs, padded_width, padded_height)?;
    progress(Progress { step: 2, steps: STEPS });
    cancel.check()?;

    let pixels = match picture.opaque() {
        Some(rgb) => finish::<3>(&painted, canvas, rgb.data(), size, strength)?,
        None => finish::<4>(&painted, canvas, picture.rgba(), size, strength)?,
    };
    progress(Progress { step: STEPS, steps: STEPS });
    Ok(pixels)
}

/// The size at which a picture is painted: its own, or the largest of its shape within [`CANVAS`].
fn canvas_size(width: u32, height: u32) -> (u32, u32) {
    let area = u64::from(width) * u64::from(height);
    if area <= CANVAS {
        return (width, height);
    }
    let scale = (CANVAS as f64 / area as f64).sqrt();
    let side = |length: u32| ((f64::from(length) * scale) as u32).max(1);
    (side(width), side(height))
}

/// The picture at canvas size as the network wants it, its last row and column repeated up to a multiple of four.
fn canvas_tensor(picture: &Pixels, canvas: (u32, u32)) -> Result<Tensor, EngineError> {
    let size = (picture.width(), picture.height());
    match picture.opaque() {
        Some(rgb) => on_canvas::<3>(rgb.data().into(), size, canvas),
        None => {
            let mut rgba = picture.rgba().to_vec();
            bleed::bleed(&mut rgba, size.0 as usize);
            on_canvas::<4>(rgba.into(), size, canvas)
        }
    }
}

fn on_canvas<const N: usize>(
    mut bytes: Cow<'_, [u8]>,
    size: (u32, u32),
    canvas: (u32, u32),
) -> Result<Tensor, EngineError> {
    if canvas != size {
        bytes = resize::resize::<N>(&bytes, size, canvas, resize::TRIANGLE)?.into();
    }
    let (width, height) = (canvas.0 as usize, canvas.1 as usize);
    let padded = |length: usize| length.max(SMALLEST).next_multiple_of(GRAIN);
    let whole = Rect { x: 0, y: 0, w: width, h: height };
    Ok(planes::read::<N>(&bytes, width, whole, padded(width), padded(height)))
}

/// The painting at the size of the picture, mixed with it, with its alpha.
fn finish<const N: usize>(
    painted: &Planes<'_>,
    canvas: (u32, u32),
    original: &[u8],
    size: (u32, u32),
    strength: f32,
) -> Result<Pixels, EngineError> {
    let (width, height) = (canvas.0 as usize, canvas.1 as usize);
    let mut target = vec![255; width * height * N];
    for (y, out) in target.chunks_exact_mut(width * N).enumerate() {
        let row = painted.rgb.map(|plane| &plane[y * painted.width..y * painted.width + width]);
        planes::write_row::<N>(row, out);
    }
    if canvas != size {
        target = resize::resize::<N>(&target, canvas, size, resize::CUBIC)?;
    }
    mix::<N>(&mut target, original, strength);
    pixels::finish::<N>(size.0, size.1, target)
}

/// Lays the painting over the original with this strength and takes over the original's alpha.
fn mix<const N: usize>(painting: &mut [u8], original: &[u8], strength: f32) {
    let share = (strength * 256.0 + 0.5) as i32;
    if N == 3 && share == 256 {
        return;
    }
    let pixels = painting.as_chunks_mut::<N>().0.iter_mut();
    for (pixel, source) in pixels.zip(original.as_chunks::<N>().0) {
        for channel in 0..3 {
            let (from, to) = (i32::from(source[channel]), i32::from(pixel[channel]));
            pixel[channel] = (from + (((to - from) * share + 128) >> 8)) as u8;
        }
        pixel[3..].copy_from_slice(&source[3..]);
    }
}
