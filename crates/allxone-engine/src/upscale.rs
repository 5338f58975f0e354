//! Enlarging 2 or 4 times, tile by tile.
//!
//! The network is eighteen 3×3 convolutions deep, so nothing further than eighteen pixels away can change a pixel:
//! with that much surroundings each tile answers exactly what the whole picture would have, and there is no seam to
//! hide. Twice as large is four times as large, halved.

use allxone_inference::{Inference, Model, ModelName};
use allxone_media::Pixels;

use crate::planes::{self, Planes, byte};
use crate::tiles::{Tile, tiles};
use crate::{Cancel, EngineError, Progress, bleed, pixels, resize};

/// Largest core of a tile. Bounds memory (about 200 MB at work) and how long a stop can take; the surroundings of
/// smaller tiles would cost more than a quarter of the time.
const SIDE: usize = 300;
/// How far the network sees.
const REACH: usize = 18;
/// What the network does by itself.
const NATIVE: usize = 4;
const MODEL: &str = "upscale-drawing";

/// Enlarges a picture `factor` (2 or 4) times; alpha is enlarged by itself. Also gives the number of tiles.
///
/// # Errors
/// [`EngineError::Factor`], [`EngineError::ResultTooLarge`], [`EngineError::Cancelled`] and what the model says.
pub(crate) fn upscale(
    inference: &Inference,
    picture: &Pixels,
    factor: u8,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<(Pixels, u32), EngineError> {
    upscale_in_tiles(inference, picture, factor, SIDE, progress, cancel)
}

fn upscale_in_tiles(
    inference: &Inference,
    picture: &Pixels,
    factor: u8,
    side: usize,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<(Pixels, u32), EngineError> {
    if factor != 2 && factor != 4 {
        return Err(EngineError::Factor(factor));
    }
    let (target_width, target_height) = result_size(picture.width(), picture.height(), factor)?;
    cancel.check()?;
    let model = inference.model(ModelName::UpscaleDrawing)?;
    let width = picture.width() as usize;
    let plan = tiles(width, picture.height() as usize, side, REACH);
    let steps = plan.len() as u32;
    progress(Progress { step: 0, steps });

    let job = Job { model: &model, plan: &plan, factor: usize::from(factor) };
    let size = (target_width, target_height);
    let pixels = match picture.opaque() {
        Some(rgb) => {
            let mut target = vec![0; area(size) * 3];
            job.run::<3>(rgb.data(), width, &mut target, progress, cancel)?;
            pixels::finish::<3>(target_width, target_height, target)?
        }
        None => {
            let mut target = enlarged_alpha(picture, size)?;
            let mut source = picture.rgba().to_vec();
            bleed::bleed(&mut source, width);
            job.run::<4>(&source, width, &mut target, progress, cancel)?;
            pixels::finish::<4>(target_width, target_height, target)?
        }
    };
    Ok((pixels, steps))
}

fn area((width, height): (u32, u32)) -> usize {
    width as usize * height as usize
}

/// A black picture with the alpha of `picture`, enlarged to `size`.
fn enlarged_alpha(picture: &Pixels, size: (u32, u32)) -> Result<Vec<u8>, EngineError> {
    let alpha: Vec<u8> = picture.rgba().as_chunks::<4>().0.iter().map(|p| p[3]).collect();
    let from = (picture.width(), picture.height());
    let alpha = resize::resize::<1>(&alpha, from, size, resize::TRIANGLE)?;
    let mut target = vec![0; area(size) * 4];
    target.as_chunks_mut::<4>().0.iter_mut().zip(alpha).for_each(|(pixel, a)| pixel[3] = a);
    Ok(target)
}

/// What stays the same from tile to tile.
struct Job<'a> {
    model: &'a Model,
    plan: &'a [Tile],
    factor: usize,
}

impl Job<'_> {
    /// Enlarges the colours of a picture of `N` bytes a pixel into `target`, which is as many times wider and higher.
    fn run<const N: usize>(
        &self,
        source: &[u8],
        width: usize,
        target: &mut [u8],
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<(), EngineError> {
        let steps = self.plan.len() as u32;
        for (step, tile) in (1..).zip(self.plan) {
            cancel.check()?;
            let input = planes::read::<N>(source, width, tile.outer, tile.outer.w, tile.outer.h);
            let outputs = self.model.run(&[("data", &input)])?;
            let colours = planes::colours(MODEL, &outputs, tile.outer.w * NATIVE, tile.outer.h * NATIVE)?;
            write_tile::<N>(&colours, tile, self.factor, target, width * self.factor);
            progress(Progress { step, steps });
        }
        Ok(())
    }
}

/// Writes the colours of a tile's core into the enlarged picture, `stride` pixels wide.
fn write_tile<const N: usize>(
    colours: &Planes<'_>,
    tile: &Tile,
    factor: usize,
    target: &mut [u8],
    stride: usize,
) {
    let left = (tile.core.x - tile.outer.x) * NATIVE;
    let top = (tile.core.y - tile.outer.y) * NATIVE;
    let shrink = NATIVE / factor;
    for y in 0..tile.core.h * factor {
        let to = ((tile.core.y * factor + y) * stride + tile.core.x * factor) * N;
        let out = &mut target[to..to + tile.core.w * factor * N];
        let row = |dy: usize| {
            let from = (top + y * shrink + dy) * colours.width + left;
            colours.rgb.map(|plane| &plane[from..from + tile.core.w * NATIVE])
        };
        if shrink == 1 {
            planes::write_row::<N>(row(0), out);
        } else {
            for (channel, (upper, lower)) in row(0).into_iter().zip(row(1)).enumerate() {
                let pairs = upper.as_chunks::<2>().0.iter().zip(lower.as_chunks::<2>().0);
                for (pixel, (u, l)) in out.as_chunks_mut::<N>().0.iter_mut().zip(pairs) {
                    let sum = [u[0], u[1], l[0], l[1]].map(|v| v.clamp(0.0, 1.0)).iter().sum::<f32>();
                    pixel[channel] = byte(sum * 0.25);
                }
            }
        }
    }
}

/// The size of a picture enlarged `factor` times, if it is within the caps.
fn result_size(width: u32, height: u32, factor: u8) -> Result<(u32, u32), EngineError> {
    let (wide, high) = (u64::from(width) * u64::from(factor), u64::from(height) * u64::from(factor));
    let side = u64::from(pixels::MAX_SIDE);
    if wide <= side && high <= side && wide * high <= pixels::MAX_PIXELS {
        return Ok((wide as u32, high as u32));
    }
    let by_area = (pixels::MAX_PIXELS as f64 / (wide as f64 * high as f64)).sqrt();
    let by_side = side as f64 / wide.max(high) as f64;
    let fit = by_area.min(by_side);
    Err(EngineError::ResultTooLarge {
        factor,
        width: wide,
        height: high,
        max_megapixels: pixels::MAX_PIXELS / 1_000_000,
        max_side: pixels::MAX_SIDE,
        fit_width: ((f64::from(width) * fit) as u32).max(1),
        fit_height: ((f64::from(height) * fit) as u32).max(1),
    })
}
