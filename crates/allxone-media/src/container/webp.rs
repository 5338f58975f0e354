//! WebP, chunk by chunk. The pictures' own headers are read too: a file may promise a small canvas and carry a huge picture,
//! and a decoder would find out only after allocating it.

use image::metadata::Orientation;

use super::{Animation, Bytes, Colour, MAX_PROFILE_BYTES, Parts, exif_orientation};
use crate::{Format, Limits, MediaError};

const FORMAT: Format = Format::Webp;
const ALPHA_FLAG: u8 = 0x10;
const ANIMATION_FLAG: u8 = 0x02;

/// One RIFF chunk: its type and its data without padding.
#[derive(Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
}

/// The next chunk, or `None` when the data ends inside one. Missing padding at the very end is forgiven.
pub(crate) fn next_chunk<'a>(bytes: &mut Bytes<'a>) -> Option<Chunk<'a>> {
    let kind = bytes.array()?;
    let len = usize::try_from(u32::from_le_bytes(bytes.array()?)).ok()?;
    let data = bytes.take(len)?;
    if len % 2 == 1 && !bytes.is_empty() {
        bytes.take(1)?;
    }
    Some(Chunk { kind, data })
}

/// The chunks of the file, or `None` when it is shorter than it says; what lies behind its end is left out.
pub(crate) fn body(file: &[u8]) -> Option<&[u8]> {
    let len = usize::try_from(u32::from_le_bytes(file.get(4..8)?.try_into().ok()?)).ok()?;
    file.get(12..len.checked_add(8)?)
}

/// A coded picture: the chunks to keep, and what its own header says.
struct Coded<'a> {
    alpha: Option<&'a [u8]>,
    kind: [u8; 4],
    data: &'a [u8],
    width: u32,
    height: u32,
    has_alpha: bool,
}

impl<'a> Coded<'a> {
    fn read(kind: [u8; 4], data: &'a [u8], alpha: Option<&'a [u8]>) -> Option<Self> {
        if kind == *b"VP8L" {
            let [0x2F, a, b, c, d, ..] = *data else { return None };
            let bits = u32::from_le_bytes([a, b, c, d]);
            let (width, height) = ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1);
            return Some(Self { alpha: None, kind, data, width, height, has_alpha: bits & (1 << 28) != 0 });
        }
        let [_, _, _, 0x9D, 0x01, 0x2A, a, b, c, d, ..] = *data else { return None };
        let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
        let (width, height) = (side(a, b), side(c, d));
        (width > 0 && height > 0).then_some(Self {
            alpha,
            kind,
            data,
            width,
            height,
            has_alpha: alpha.is_some(),
        })
    }

    fn push(&self, out: &mut Vec<u8>) {
        if let Some(alpha) = self.alpha {
            push_chunk(out, *b"ALPH", alpha);
        }
        push_chunk(out, self.kind, self.data);
    }
}

#[derive(Default)]
struct Found<'a> {
    canvas: Option<(u32, u32)>,
    animated: bool,
    background: Option<&'a [u8]>,
    alpha: Option<&'a [u8]>,
    coded: Option<Coded<'a>>,
    /// Frame header of 16 bytes, and its picture.
    frames: Vec<([u8; 16], Coded<'a>)>,
}

pub(crate) fn walk(file: &[u8], limits: &Limits) -> Result<Parts, MediaError> {
    let truncated = || MediaError::Truncated { format: FORMAT };
    let broken = || MediaError::damaged(FORMAT, "its picture header is broken");
    let mut bytes = Bytes::new(body(file).ok_or_else(truncated)?);
    let mut found = Found::default();
    let (mut orientation, mut colour) = (None, Colour::Srgb);
    while !bytes.is_empty() {
        let chunk = next_chunk(&mut bytes).ok_or_else(truncated)?;
        match &chunk.kind {
            b"VP8X" if found.canvas.is_none() => {
                let [flags, _, _, _, a, b, c, d, e, f] = *chunk.data else { return Err(broken()) };
                found.animated = flags & ANIMATION_FLAG != 0;
                let side = |a, b, c| u32::from_le_bytes([a, b, c, 0]) + 1;
                let (width, height) = (side(a, b, c), side(d, e, f));
                limits.check_size(width, height, 4)?;
                found.canvas = Some((width, height));
            }
            b"ANIM" => found.background = found.background.or(Some(chunk.data)),
            b"ANMF" => {
                if found.frames.len() as u64 >= u64::from(limits.max_frames) {
                    let frames = limits.max_frames.saturating_add(1);
                    return Err(MediaError::TooManyFrames { frames, max: limits.max_frames });
                }
                found.frames.push(read_frame(chunk.data).ok_or_else(broken)?);
            }
            b"ALPH" => found.alpha = found.alpha.or(Some(chunk.data)),
            b"VP8 " | b"VP8L" if found.coded.is_none() => {
                found.coded = Some(Coded::read(chunk.kind, chunk.data, found.alpha).ok_or_else(broken)?);
            }
            b"ICCP" => {
                if chunk.data.len() > MAX_PROFILE_BYTES {
                    return Err(MediaError::ProfileTooLarge);
                }
                colour = Colour::Icc(chunk.data.to_vec());
            }
            b"EXIF" if orientation.is_none() => orientation = Some(exif_orientation(chunk.data)),
            _ => {}
        }
    }
    let mut parts = if found.animated { moving(&found, limits)? } else { still(&found, limits)? };
    parts.orientation = orientation.unwrap_or(Orientation::NoTransforms);
    parts.colour = colour;
    Ok(parts)
}

fn read_frame(data: &[u8]) -> Option<([u8; 16], Coded<'_>)> {
    let mut bytes = Bytes::new(data);
    let header: [u8; 16] = bytes.array()?;
    let mut alpha = None;
    loop {
        let chunk = next_chunk(&mut bytes)?;
        match &chunk.kind {
            b"ALPH" => alpha = Some(chunk.data),
            b"VP8 " | b"VP8L" => return Some((header, Coded::read(chunk.kind, chunk.data, alpha)?)),
            _ => {}
        }
    }
}

fn still(found: &Found<'_>, limits: &Limits) -> Result<Parts, MediaError> {
    let Some(coded) = &found.coded else { return Err(MediaError::damaged(FORMAT, "no picture in it")) };
    let (width, height) = (coded.width, coded.height);
    if found.canvas.is_some_and(|canvas| canvas != (width, height)) {
        return Err(MediaError::damaged(FORMAT, "its picture does not fit its canvas"));
    }
    limits.check_size(width, height, 4)?;
    let mut chunks = Vec::with_capacity(coded.data.len() + 64);
    if coded.alpha.is_some() {
        push_extended(&mut chunks, ALPHA_FLAG, width, height);
    }
    coded.push(&mut chunks);
    Ok(parts(width, height, riff(&chunks), None))
}

fn moving(found: &Found<'_>, limits: &Limits) -> Result<Parts, MediaError> {
    let broken = |detail| Err(MediaError::damaged(FORMAT, detail));
    let (Some((width, height)), Some(background)) = (found.canvas, found.background) else {
        return broken("its animation header is missing");
    };
    if found.frames.is_empty() || background.len() < 6 {
        return broken("no picture in it");
    }
    let mut chunks = Vec::new();
    push_extended(&mut chunks, ALPHA_FLAG | ANIMATION_FLAG, width, height);
    push_chunk(&mut chunks, *b"ANIM", &background[..6]);
    for (header, coded) in &found.frames {
        let three = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]);
        let (x, y, w, h) = (three(0) * 2, three(3) * 2, three(6) + 1, three(9) + 1);
        if x.saturating_add(w) > width
            || y.saturating_add(h) > height
            || (w, h) != (coded.width, coded.height)
        {
            return broken("a frame does not fit its canvas");
        }
        let mut frame = header.to_vec();
        coded.push(&mut frame);
        push_chunk(&mut chunks, *b"ANMF", &frame);
    }
    let frames = u32::try_from(found.frames.len()).unwrap_or(u32::MAX);
    let keep = limits.check_animation(frames, width, height)?;
    let animation = Animation { stream: riff(&chunks), frames, keep };
    Ok(parts(width, height, Vec::new(), Some(animation)))
}

fn parts(width: u32, height: u32, still: Vec<u8>, animation: Option<Animation>) -> Parts {
    let orientation = Orientation::NoTransforms;
    Parts {
        format: FORMAT,
        width,
        height,
        still,
        orientation,
        colour: Colour::Srgb,
        padded: false,
        jpeg: None,
        animation,
    }
}

/// Appends an extended header.
pub(crate) fn push_extended(out: &mut Vec<u8>, flags: u8, width: u32, height: u32) {
    let [a, b, c, _] = width.saturating_sub(1).to_le_bytes();
    let [d, e, f, _] = height.saturating_sub(1).to_le_bytes();
    push_chunk(out, *b"VP8X", &[flags, 0, 0, 0, a, b, c, d, e, f]);
}

/// Appends a chunk, padded to an even length.
pub(crate) fn push_chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    out.extend_from_slice(&kind);
    out.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
}

/// A whole file around `chunks`.
pub(crate) fn riff(chunks: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(chunks.len() + 12);
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&u32::try_from(chunks.len() + 4).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(b"WEBP");
    out.extend_from_slice(chunks);
    out
}

/// Size and transparency of the first picture of `chunks`, for writing an extended header.
pub(crate) fn first_picture(chunks: &[u8]) -> Option<(u32, u32, bool)> {
    let mut bytes = Bytes::new(chunks);
    while !bytes.is_empty() {
        let chunk = next_chunk(&mut bytes)?;
        if matches!(&chunk.kind, b"VP8 " | b"VP8L") {
            let coded = Coded::read(chunk.kind, chunk.data, None)?;
            return Some((coded.width, coded.height, coded.has_alpha));
        }
    }
    None
}
