//! Looking at an animation. A classifier judges single pictures, so a moving one is sampled: the first frame, the last, and one of
//! each scene, which is where something could be hidden. Every frame is decoded, one at a time, under caps known beforehand, and
//! compared by what it looks like from afar; only the sampled ones are kept. How many frames are like none of them is told as well,
//! so that an animation that shows more than was looked at cannot pass for a harmless one.

use std::io::Cursor;

use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, Frames};

use crate::container::{Animation, Parts};
use crate::{Format, Limits, MediaError, Pixels, decode};

/// Most frames of one animation that are kept for inspection.
pub const MAX_SAMPLED_FRAMES: usize = 16;

/// Distance of two signatures from which frames belong to different scenes. A person moving in front of a still camera stays below
/// it, a cut and an object an eighth of the frame wide do not.
const OTHER_SCENE: u32 = 12;

/// Most cells a side of the grid that frames are compared by.
const CELLS: usize = 32;

/// The frames looked at, and how many others are like none of them.
pub(crate) struct Sample {
    pub frames: Vec<Pixels>,
    pub unseen: u32,
}

/// The sampled frames in order, at most `room` and at most what the caps allow at once; the first is always among them.
pub(crate) fn sample(
    parts: &Parts,
    animation: &Animation,
    room: usize,
    limits: &Limits,
) -> Result<Sample, MediaError> {
    let mut sampler = Sampler::new(animation.frames, animation.keep.min(room).max(2));
    let mut seen = 0_u32;
    for frame in frames(parts.format, &animation.stream, limits)? {
        let image = frame.map_err(|e| MediaError::from_image(parts.format, e))?.into_buffer();
        if image.dimensions() != (parts.width, parts.height) {
            return Err(MediaError::damaged(parts.format, "a frame of another size"));
        }
        sampler.push(image.into_raw(), parts.width as usize);
        seen += 1;
    }
    if seen != animation.frames {
        return Err(MediaError::Truncated { format: parts.format });
    }
    let (frames, unseen) = sampler.finish();
    let frames = frames.into_iter().map(|rgba| decode::frame(rgba, parts)).collect::<Result<_, _>>()?;
    Ok(Sample { frames, unseen })
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

/// What a frame looks like from afar: four numbers for each cell of a grid.
type Signature = Vec<u8>;

/// A frame that is kept, for now.
struct Kept {
    index: usize,
    signature: Signature,
    rgba: Vec<u8>,
}

struct Sampler {
    room: usize,
    /// Whether all frames fit, so that none needs to be left out.
    all_fit: bool,
    kept: Vec<Kept>,
    /// The newest frame, unless it is kept: it may be the last.
    newest: Option<Kept>,
    seen: Vec<Signature>,
}

impl Sampler {
    fn new(total: u32, room: usize) -> Self {
        Self { room, all_fit: total as usize <= room, kept: Vec::new(), newest: None, seen: Vec::new() }
    }

    fn push(&mut self, rgba: Vec<u8>, width: usize) {
        let signature = signature(&rgba, width);
        self.seen.push(signature.clone());
        let frame = Kept { index: self.seen.len() - 1, signature, rgba };
        self.newest = None;
        let nearest = self.nearest(&frame.signature);
        if self.all_fit || self.kept.is_empty() {
            self.kept.push(frame);
        } else if nearest < OTHER_SCENE {
            self.newest = Some(frame);
        } else if self.kept.len() + 1 < self.room {
            self.kept.push(frame);
        } else if let Some((apart, likest)) = self.likest()
            && apart < nearest
        {
            self.kept.remove(likest);
            self.kept.push(frame);
        } else {
            self.newest = Some(frame);
        }
    }

    /// Distance to the kept frame that is most like this.
    fn nearest(&self, signature: &[u8]) -> u32 {
        self.kept.iter().map(|kept| distance(&kept.signature, signature)).min().unwrap_or(u32::MAX)
    }

    /// Of all kept frames but the first, the one that is most like an earlier one, and how far from it.
    fn likest(&self) -> Option<(u32, usize)> {
        let pairs = (1..self.kept.len()).flat_map(|late| (0..late).map(move |early| (early, late)));
        pairs
            .filter_map(|(early, late)| {
                let (early, kept) = (self.kept.get(early)?, self.kept.get(late)?);
                Some((distance(&early.signature, &kept.signature), late))
            })
            .min()
    }

    /// The frames in order, and how many others are of no scene among them.
    fn finish(mut self) -> (Vec<Vec<u8>>, u32) {
        self.kept.extend(self.newest.take());
        self.kept.sort_by_key(|kept| kept.index);
        let unseen = self.seen.iter().filter(|signature| self.nearest(signature) >= OTHER_SCENE).count();
        let mut frames: Vec<_> = self.kept.into_iter().map(|kept| kept.rgba).collect();
        frames.dedup();
        (frames, u32::try_from(unseen).unwrap_or(u32::MAX))
    }
}

/// How differently two frames look, 0–255 and above: the mean over all cells, and an eighth of the greatest, since a change of one
/// corner is a change.
fn distance(a: &[u8], b: &[u8]) -> u32 {
    let (mut sum, mut peak) = (0, 0);
    for (a, b) in a.iter().zip(b) {
        let apart = u32::from(a.abs_diff(*b));
        sum += apart;
        peak = peak.max(apart);
    }
    sum / u32::try_from(a.len().max(1)).unwrap_or(u32::MAX) + peak / 8
}

/// Red, green and blue of each cell of a grid, premultiplied, and how much neighbouring pixels differ in it: the same colours in
/// another pattern are another picture.
fn signature(rgba: &[u8], width: usize) -> Signature {
    let width = width.max(1);
    let height = rgba.len() / 4 / width;
    let (columns, rows) = (width.min(CELLS), height.clamp(1, CELLS));
    let mut sums = vec![[0_u64; 5]; columns * rows];
    for (y, row) in rgba.chunks_exact(width * 4).enumerate() {
        let row_cells = &mut sums[(y * rows / height).min(rows - 1) * columns..][..columns];
        for (cell, sum) in row_cells.iter_mut().enumerate() {
            let (from, to) = (cell * width / columns, (cell + 1) * width / columns);
            let mut parts = [0_u32; 4];
            let mut before = None;
            for p in row[from * 4..to * 4].as_chunks::<4>().0 {
                let a = u32::from(p[3]);
                let [r, g, b] = [p[0], p[1], p[2]].map(|v| u32::from(v) * a / 255);
                let bright = (r + 2 * g + b) / 4;
                let step = before.map_or(0, |before: u32| before.abs_diff(bright));
                before = Some(bright);
                for (total, part) in parts.iter_mut().zip([r, g, b, step]) {
                    *total += part;
                }
            }
            let count = (to - from) as u32;
            for (total, part) in sum.iter_mut().zip([parts[0], parts[1], parts[2], parts[3], count]) {
                *total += u64::from(part);
            }
        }
    }
    let mean = |[r, g, b, step, n]: &[u64; 5]| [*r, *g, *b, *step].map(|v| (v / (*n).max(1)).min(255) as u8);
    sums.iter().flat_map(mean).collect()
}
