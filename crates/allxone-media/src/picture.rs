//! The one way from bytes to a picture. `Picture` ties encoded bytes, their hash and the pixels they decode to, so that what is
//! judged, sent, stored and shown cannot drift apart; that is why decoding happens here once and nowhere else.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::container::{Parts, walk};
use crate::decode::{caught, first_frame, still};
use crate::{Format, Limits, MAX_SAMPLED_FRAMES, MediaError, Pixels, animation, encode};

/// Encoded bytes with the pixels they decode to. Cheap to clone.
#[derive(Clone)]
pub struct Picture(Arc<Inner>);

struct Inner {
    bytes: Bytes,
    sha256: [u8; 32],
    format: Format,
    first: Pixels,
    /// `first` and, for an animation, the other sampled frames.
    frames: Vec<Pixels>,
    /// Frames of an animation that are like none of `frames`.
    unseen: u32,
}

/// Up to this many pixels an opaque picture that must be written anew becomes a PNG, which loses nothing; above, a JPEG.
const PNG_UP_TO_PIXELS: u64 = 4_000_000;

/// High enough that a second look shows no difference.
const JPEG_QUALITY: u8 = 95;

impl Picture {
    /// Makes a picture fit to be sent: its first frame alone, upright, in sRGB, without metadata of any kind and without colours
    /// hidden under full transparency. Where that changes no pixel, the coded picture stays byte for byte and only its wrapping
    /// is renewed; otherwise it is written once, as PNG (with transparency, from a GIF, or up to 4 megapixels) or as JPEG of
    /// quality 95 without colour subsampling. [`Picture::pixels`] are always what [`Picture::bytes`] decode to.
    ///
    /// # Errors
    /// Every reading error of [`MediaError`].
    pub fn prepare(raw: Bytes, limits: &Limits) -> Result<Self, MediaError> {
        caught(|| {
            let parts = walk(&raw, limits)?;
            let (pixels, faithful) = first_picture(&parts, limits)?;
            let (pixels, cleared) = pixels.without_hidden_colours();
            if faithful && !cleared {
                let bytes = if parts.still == raw { raw } else { Bytes::from(parts.still) };
                return Ok(Self::still(bytes, parts.format, pixels));
            }
            let area = u64::from(pixels.width()) * u64::from(pixels.height());
            match pixels.opaque() {
                Some(rgb) if area > PNG_UP_TO_PIXELS && parts.format != Format::Gif => {
                    let coded = walk(&encode::jpeg(rgb, JPEG_QUALITY)?, &Limits::unbounded())?;
                    let (pixels, _) = still(&coded, &Limits::unbounded())?;
                    Ok(Self::still(Bytes::from(coded.still), Format::Jpeg, pixels))
                }
                _ => Ok(Self::still(Bytes::from(encode::png(&pixels)?), Format::Png, pixels)),
            }
        })
    }

    /// Reads a picture that came back: bytes are kept untouched, marks and signatures included; pixels are upright and in sRGB; an
    /// animation is sampled into [`Picture::frames`].
    ///
    /// # Errors
    /// Every reading error of [`MediaError`].
    pub fn received(raw: Bytes, limits: &Limits) -> Result<Self, MediaError> {
        caught(|| {
            let parts = walk(&raw, limits)?;
            let (mut frames, mut unseen) = (Vec::new(), 0);
            if !parts.still.is_empty() {
                frames.push(still(&parts, limits)?.0);
            }
            if let Some(moving) = &parts.animation {
                let sampled = animation::sample(&parts, moving, MAX_SAMPLED_FRAMES - frames.len(), limits)?;
                unseen = sampled.unseen;
                frames.extend(sampled.frames);
                frames.dedup();
            }
            let Some(first) = frames.first().cloned() else {
                return Err(MediaError::damaged(parts.format, "no picture in it"));
            };
            Ok(Self::assemble(raw, parts.format, first, frames, unseen))
        })
    }

    /// Writes pixels as PNG; the same pixels give the same bytes.
    ///
    /// # Errors
    /// [`MediaError::EncodeFailed`].
    pub fn encode_png(pixels: &Pixels) -> Result<Self, MediaError> {
        caught(|| Ok(Self::still(Bytes::from(encode::png(pixels)?), Format::Png, pixels.clone())))
    }

    /// The same picture with the AI-origin mark of [`crate::mark_ai_origin`] in its bytes. The mark changes no pixel, so nothing
    /// is decoded again.
    ///
    /// # Errors
    /// As [`crate::mark_ai_origin`].
    pub fn marked(&self, mark: &crate::OriginMark) -> Result<Self, MediaError> {
        let bytes = crate::mark_ai_origin(self.bytes(), mark)?;
        Ok(Self::assemble(bytes, self.format(), self.0.first.clone(), self.0.frames.clone(), self.0.unseen))
    }

    fn still(bytes: Bytes, format: Format, pixels: Pixels) -> Self {
        Self::assemble(bytes, format, pixels.clone(), vec![pixels], 0)
    }

    /// A picture another process has read; `None` without a frame.
    pub(crate) fn read_apart(bytes: Bytes, format: Format, frames: Vec<Pixels>, unseen: u32) -> Option<Self> {
        let first = frames.first()?.clone();
        Some(Self::assemble(bytes, format, first, frames, unseen))
    }

    fn assemble(bytes: Bytes, format: Format, first: Pixels, frames: Vec<Pixels>, unseen: u32) -> Self {
        let sha256 = Sha256::digest(&bytes).into();
        Self(Arc::new(Inner { bytes, sha256, format, first, frames, unseen }))
    }

    /// The encoded picture.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0.bytes
    }

    /// SHA-256 of [`Picture::bytes`].
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.0.sha256
    }

    /// SHA-256 of [`Picture::bytes`] in lower-case hexadecimal.
    #[must_use]
    pub fn sha256_hex(&self) -> String {
        self.0.sha256.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// Format of [`Picture::bytes`].
    #[must_use]
    pub fn format(&self) -> Format {
        self.0.format
    }

    /// Width of the upright picture in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.pixels().width()
    }

    /// Height of the upright picture in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.pixels().height()
    }

    /// The picture, or the first frame of an animation.
    #[must_use]
    pub fn pixels(&self) -> &Pixels {
        &self.0.first
    }

    /// What to look at: the picture alone, or up to [`MAX_SAMPLED_FRAMES`] frames of an animation in order, the first always
    /// among them. For an animated PNG the first is the picture that readers without animation show.
    #[must_use]
    pub fn frames(&self) -> &[Pixels] {
        &self.0.frames
    }

    /// How many frames of an animation look like none of [`Picture::frames`]: what has not been looked at. 0 for a still picture.
    #[must_use]
    pub fn unseen_frames(&self) -> u32 {
        self.0.unseen
    }

    /// A small version of the first frame that fits into `side × side` (never enlarged): JPEG, or lossless WebP when it has
    /// transparency. Carries no metadata.
    ///
    /// # Errors
    /// [`MediaError::EncodeFailed`].
    pub fn thumbnail(&self, side: u32) -> Result<Bytes, MediaError> {
        caught(|| encode::thumbnail(self.pixels(), side).map(Bytes::from))
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({} {:?}, {} bytes)", self.format(), self.pixels(), self.bytes().len())
    }
}

/// The still picture, or an animation's first frame; the flag as of [`still`].
fn first_picture(parts: &Parts, limits: &Limits) -> Result<(Pixels, bool), MediaError> {
    if parts.still.is_empty() { first_frame(parts, limits).map(|p| (p, false)) } else { still(parts, limits) }
}
