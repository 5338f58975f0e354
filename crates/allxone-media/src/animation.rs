//! Looking at an animation. A classifier judges single pictures, so a moving one is sampled: first, last, evenly spaced, and
//! the frames that differ most from the one before, which is where something could be hidden. All frames are decoded, one at
//! a time, under caps known beforehand; only the sampled ones are kept.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, Frames};

use crate::container::{Animation, Parts};
use crate::{Format, Limits, MediaError, Pixels, decode};

/// Most frames of one animation that are kept for inspection.
pub const MAX_SAMPLED_FRAMES: usize = 16;

/// Mean difference per cell and channel (0–255) from which a change counts as another scene.
const SCENE_CHANGE: u64 = 4;

/// Cells a side of the thumbnail that frames are compared by.
const CELLS: usize = 16;

/// The sampled frames in order, at most `room` and at most what the caps allow at once; the first is always among them.
pub(crate) fn sample(
    parts: &Parts,
    animation: &Animation,
    room: usize,
    limits: &Limits,
) -> Result<Vec<Pixels>, MediaError> {
    let mut sampler = Sampler::new(animation.frames, animation.keep.min(room).max(1));
    let mut seen = 0_u32;
    for frame in frames(parts.format, &animation.stream, limits)? {
        let image = frame.map_err(|e| MediaError::from_image(parts.format, e))?.into_buffer();
        if image.dimensions() != (parts.width, parts.height) {
            return Err(MediaError::damaged(parts.format, "a frame of another size"));
        }
        sampler.push(seen, image.into_raw(), parts.width as usize);
        seen += 1;
    }
    if seen != animation.frames {
        return Err(MediaError::Truncated { format: parts.format });
    }
    sampler.finish().into_iter().map(|rgba| decode::frame(rgba, parts)).collect()
}

fn frames<'a>(format: Format, stream: &'a [u8], limits: &Limits) -> Result<Frames<'a>, MediaError> {
    let error = |e| MediaError::from_image(format, e);
    let source = Cursor::new(stream);
    Ok(match format {
        Format::Gif => GifDecoder::new(source).map_err(error)?.into_frames(),
        Format::Webp => WebPDecoder::new(source).map_err(error)?.into_frames(),
        Format::Png | Format::Jpeg => {
            let mut caps = image::Limits::no_limits();
            caps.max_alloc = Some(limits.max_decoded_bytes.saturating_mul(2));
            PngDecoder::with_limits(source, caps).map_err(error)?.apng().map_err(error)?.into_frames()
        }
    })
}

struct Sampler {
    /// Indices kept in any case.
    even: Vec<u32>,
    kept: Vec<(u32, Vec<u8>)>,
    /// The largest changes so far: size of the change, index, frame.
    cuts: Vec<(u64, u32, Vec<u8>)>,
    cut_room: usize,
    before: Option<Vec<u8>>,
}

impl Sampler {
    fn new(total: u32, room: usize) -> Self {
        let count = total as usize;
        let evenly = if count <= room { count } else { room.div_ceil(2).max(2).min(room) };
        let last = u64::from(total.saturating_sub(1));
        let gaps = (evenly as u64).saturating_sub(1).max(1);
        let mut even: Vec<u32> = (0..evenly as u64).map(|i| (i * last / gaps) as u32).collect();
        even.dedup();
        Self { even, kept: Vec::new(), cuts: Vec::new(), cut_room: room.saturating_sub(evenly), before: None }
    }

    fn push(&mut self, index: u32, rgba: Vec<u8>, width: usize) {
        let cells = cells(&rgba, width);
        let change = self.before.as_ref().map_or(0, |before| {
            let sum: u64 = before.iter().zip(&cells).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            // A change of one corner counts too: the strongest cell is as telling as the mean.
            let peak = before.iter().zip(&cells).map(|(a, b)| u64::from(a.abs_diff(*b))).max().unwrap_or(0);
            sum + peak * (cells.len() as u64) / 8
        });
        let threshold = SCENE_CHANGE * cells.len() as u64;
        self.before = Some(cells);
        if self.even.contains(&index) {
            self.kept.push((index, rgba));
        } else if change >= threshold {
            if self.cuts.len() < self.cut_room {
                self.cuts.push((change, index, rgba));
            } else if let Some(least) = self.cuts.iter_mut().min_by_key(|c| c.0)
                && least.0 < change
            {
                *least = (change, index, rgba);
            }
        }
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.kept.extend(self.cuts.into_iter().map(|(_, index, rgba)| (index, rgba)));
        self.kept.sort_by_key(|k| k.0);
        self.kept.dedup_by(|b, a| a.1 == b.1);
        self.kept.into_iter().map(|k| k.1).collect()
    }
}

/// Mean colour, premultiplied, of a grid of cells: what a frame looks like from afar.
fn cells(rgba: &[u8], width: usize) -> Vec<u8> {
    let height = rgba.len() / 4 / width.max(1);
    let mut sums = vec![[0_u64; 4]; CELLS * CELLS];
    for (y, row) in rgba.chunks_exact(width.max(1) * 4).enumerate() {
        let row_cells = &mut sums[(y * CELLS / height.max(1)).min(CELLS - 1) * CELLS..][..CELLS];
        for (cell, sum) in row_cells.iter_mut().enumerate() {
            let (from, to) = (cell * width / CELLS, (cell + 1) * width / CELLS);
            let [mut r, mut g, mut b] = [0_u32; 3];
            for p in row[from * 4..to * 4].as_chunks::<4>().0 {
                let a = u32::from(p[3]);
                r += u32::from(p[0]) * a / 255;
                g += u32::from(p[1]) * a / 255;
                b += u32::from(p[2]) * a / 255;
            }
            for (total, part) in sum.iter_mut().zip([r, g, b, (to - from) as u32]) {
                *total += u64::from(part);
            }
        }
    }
    sums.iter().flat_map(|[r, g, b, n]| [r, g, b].map(|v| (v / (*n).max(1)) as u8)).collect()
}
