//! The walkers: each cuts one file format into the parts that draw the picture and the facts needed to show it rightly
//! (size, orientation, colour, animation), and drops everything else. They are written here, not borrowed, because they are
//! the guard: sizes are checked and metadata is refused a reader before any decoder is started.

pub(crate) mod gif;
pub(crate) mod jpeg;
pub(crate) mod png;
pub(crate) mod webp;

use image::metadata::Orientation;

use crate::{Format, Limits, MediaError};

/// A file, taken apart.
pub(crate) struct Parts {
    pub(crate) format: Format,
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// The first picture as a stream of the same format, without one byte of metadata. Empty for a GIF or an animated WebP:
    /// their first frame exists only as part of the animation.
    pub(crate) still: Vec<u8>,
    pub(crate) orientation: Orientation,
    pub(crate) colour: Colour,
    /// Whether the coded data is larger than the picture can account for, so that it must not be handed on as it is.
    pub(crate) padded: bool,
    /// Facts only a JPEG needs.
    pub(crate) jpeg: Option<jpeg::Facts>,
    pub(crate) animation: Option<Animation>,
}

/// An animation that passed the caps.
pub(crate) struct Animation {
    /// All frames, as a stream without metadata.
    pub(crate) stream: Vec<u8>,
    /// Frames counted in the file.
    pub(crate) frames: u32,
    /// Frames that may be kept at once.
    pub(crate) keep: usize,
}

/// What the file says about its colours.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Colour {
    /// sRGB, or nothing said, which means the same.
    Srgb,
    /// An ICC profile.
    Icc(Vec<u8>),
    /// PNG `gAMA` and `cHRM`: exponent for decoding, and white, red, green, blue as x, y.
    Gamma { exponent: f32, chromaticities: Option<[f32; 8]> },
    /// PNG `cICP`: primaries and transfer characteristics by their H.273 numbers.
    Cicp { primaries: u8, transfer: u8 },
}

/// Takes a file apart under the caps; nothing of the picture's size is allocated but a copy of its coded bytes.
pub(crate) fn walk(bytes: &[u8], limits: &Limits) -> Result<Parts, MediaError> {
    limits.check_bytes(bytes.len())?;
    match Format::sniff(bytes)? {
        Format::Png => png::walk(bytes, limits),
        Format::Jpeg => jpeg::walk(bytes, limits),
        Format::Webp => webp::walk(bytes, limits),
        Format::Gif => gif::walk(bytes, limits),
    }
}

/// Orientation out of an EXIF block, with or without its `Exif` prefix; a broken block means upright.
pub(crate) fn exif_orientation(block: &[u8]) -> Orientation {
    let tiff = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Largest ICC profile taken for genuine; press profiles reach a few megabytes.
pub(crate) const MAX_PROFILE_BYTES: usize = 8 << 20;

/// A cursor over untrusted bytes that never reads past the end.
pub(crate) struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    pub(crate) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.at >= self.all.len()
    }

    pub(crate) fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(len)?;
        let part = self.all.get(self.at..end)?;
        self.at = end;
        Some(part)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[b]| b)
    }
}
