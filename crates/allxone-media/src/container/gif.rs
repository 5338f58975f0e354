//! GIF, block by block. Comments, application and plain-text blocks are dropped; frames are counted and measured before any
//! is decoded, since a frame may be far larger than the screen it is drawn on.

use image::metadata::Orientation;

use super::{Animation, Bytes, Colour, Parts};
use crate::{Format, Limits, MediaError};

const FORMAT: Format = Format::Gif;

pub(crate) fn walk(file: &[u8], limits: &Limits) -> Result<Parts, MediaError> {
    let truncated = || MediaError::Truncated { format: FORMAT };
    let mut bytes = Bytes::new(file);
    let head = bytes.take(13).ok_or_else(truncated)?;
    let side = |at: usize| u32::from(u16::from_le_bytes([head[at], head[at + 1]]));
    let (width, height) = (side(6), side(8));
    if width == 0 || height == 0 {
        return Err(MediaError::damaged(FORMAT, "its header is broken"));
    }
    limits.check_size(width, height, 4)?;
    bytes.take(table_len(head[10])).ok_or_else(truncated)?;
    let mut stream = file.get(..bytes.position()).unwrap_or_default().to_vec();
    let mut frames = 0_u32;
    let mut drawn = 0_u64;
    // Many writers leave the trailer out: an end between blocks is an end.
    while !bytes.is_empty() {
        let start = bytes.position();
        let keep = match bytes.u8() {
            Some(0x2C) => {
                let descriptor: [u8; 9] = bytes.array().ok_or_else(truncated)?;
                let side = |at: usize| u32::from(u16::from_le_bytes([descriptor[at], descriptor[at + 1]]));
                let (w, h) = (side(4), side(6));
                limits.check_size(w, h, 4)?;
                drawn = drawn.saturating_add(u64::from(w) * u64::from(h));
                frames = frames.saturating_add(1);
                bytes.take(table_len(descriptor[8])).ok_or_else(truncated)?;
                bytes.u8().ok_or_else(truncated)?;
                skip_blocks(&mut bytes).ok_or_else(truncated)?;
                true
            }
            Some(0x21) => {
                let control = bytes.u8().ok_or_else(truncated)? == 0xF9;
                skip_blocks(&mut bytes).ok_or_else(truncated)?;
                control
            }
            Some(0x3B) => break,
            _ => return Err(MediaError::damaged(FORMAT, "an unknown block")),
        };
        if keep {
            stream.extend_from_slice(file.get(start..bytes.position()).unwrap_or_default());
        }
    }
    stream.push(0x3B);
    if frames == 0 {
        return Err(MediaError::damaged(FORMAT, "no picture in it"));
    }
    if drawn > limits.max_animation_pixels {
        return Err(MediaError::AnimationTooLarge);
    }
    let keep = limits.check_animation(frames, width, height)?;
    Ok(Parts {
        format: FORMAT,
        width,
        height,
        still: Vec::new(),
        orientation: Orientation::NoTransforms,
        colour: Colour::Srgb,
        padded: false,
        jpeg: None,
        animation: Some(Animation { stream, frames, keep }),
    })
}

/// Bytes of a colour table, by the flags that announce it.
fn table_len(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Skips data blocks up to and with the empty one.
fn skip_blocks(bytes: &mut Bytes<'_>) -> Option<()> {
    loop {
        let len = bytes.u8()?;
        if len == 0 {
            return Some(());
        }
        bytes.take(usize::from(len))?;
    }
}
