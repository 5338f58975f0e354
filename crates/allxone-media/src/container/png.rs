//! PNG, chunk by chunk. Kept are the chunks that draw: header, palette, transparency, image data and, for an animation, its
//! control chunks. Colour is read and dropped. Text chunks are never inflated, so they cannot be bombs.

use std::io::Read;

use image::metadata::Orientation;

use super::{Animation, Bytes, Colour, MAX_PROFILE_BYTES, Parts, exif_orientation};
use crate::{Format, Limits, MediaError};

const FORMAT: Format = Format::Png;
pub(crate) const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// One chunk: its type, its data, and the whole of it with length and checksum.
#[derive(Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// The next chunk, or `None` when the file ends inside one.
pub(crate) fn next_chunk<'a>(bytes: &mut Bytes<'a>) -> Option<Chunk<'a>> {
    let rest = bytes.rest();
    let len = usize::try_from(u32::from_be_bytes(bytes.array()?)).ok()?;
    let kind = bytes.array()?;
    let data = bytes.take(len)?;
    bytes.take(4)?;
    let whole = rest.get(..len.checked_add(12)?)?;
    Some(Chunk { kind, data, whole })
}

struct Header {
    width: u32,
    height: u32,
    /// 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA.
    colour_type: u8,
    bit_depth: u8,
}

impl Header {
    fn read(data: &[u8]) -> Option<Self> {
        let mut bytes = Bytes::new(data);
        let width = u32::from_be_bytes(bytes.array()?);
        let height = u32::from_be_bytes(bytes.array()?);
        let (bit_depth, colour_type) = (bytes.u8()?, bytes.u8()?);
        (data.len() == 13 && width > 0 && height > 0).then_some(Self {
            width,
            height,
            colour_type,
            bit_depth,
        })
    }

    /// Bytes of the scan lines before they are packed; interlacing adds next to nothing.
    fn unpacked_len(&self) -> u64 {
        let samples = match self.colour_type {
            0 | 3 => 1,
            4 => 2,
            2 => 3,
            _ => 4,
        };
        let line = (u64::from(self.width) * samples * u64::from(self.bit_depth)).div_ceil(8) + 1;
        line * u64::from(self.height)
    }

    /// Bytes of one decoded pixel at most; a palette or a transparent colour may add alpha.
    fn bytes_per_pixel(&self) -> u32 {
        let channels = match self.colour_type {
            0 | 4 => 2,
            _ => 4,
        };
        channels * if self.bit_depth == 16 { 2 } else { 1 }
    }
}

pub(crate) fn walk(file: &[u8], limits: &Limits) -> Result<Parts, MediaError> {
    let truncated = || MediaError::Truncated { format: FORMAT };
    let mut bytes = Bytes::new(file);
    bytes.take(SIGNATURE.len()).ok_or_else(truncated)?;
    let first = next_chunk(&mut bytes).ok_or_else(truncated)?;
    let header = (first.kind == *b"IHDR").then(|| Header::read(first.data)).flatten();
    let Some(header) = header else { return Err(MediaError::damaged(FORMAT, "its header is broken")) };
    limits.check_size(header.width, header.height, header.bytes_per_pixel())?;

    let mut still = SIGNATURE.to_vec();
    still.reserve(file.len());
    still.extend_from_slice(first.whole);
    let mut moving = Vec::new();
    let (mut frames, mut data_len, mut controlled) = (0_u32, 0_u64, false);
    let mut orientation = None;
    let mut claims = Claims::default();
    loop {
        let chunk = next_chunk(&mut bytes).ok_or_else(truncated)?;
        match &chunk.kind {
            b"IDAT" => {
                data_len = data_len.saturating_add(chunk.data.len() as u64);
                still.extend_from_slice(chunk.whole);
                moving.extend_from_slice(chunk.whole);
            }
            // A suggested palette of a true-colour picture draws nothing.
            b"PLTE" if header.colour_type != 3 => {}
            b"PLTE" | b"tRNS" => {
                still.extend_from_slice(chunk.whole);
                moving.extend_from_slice(chunk.whole);
            }
            b"acTL" => controlled = true,
            b"fdAT" => moving.extend_from_slice(chunk.whole),
            b"fcTL" => {
                frames = frames.saturating_add(1);
                moving.extend_from_slice(chunk.whole);
            }
            b"eXIf" if orientation.is_none() => orientation = Some(exif_orientation(chunk.data)),
            b"iCCP" | b"sRGB" | b"gAMA" | b"cHRM" | b"cICP" => claims.add(&chunk)?,
            b"IEND" => {
                still.extend_from_slice(chunk.whole);
                moving.extend_from_slice(chunk.whole);
                break;
            }
            // A chunk that must be understood and is not: an upper-case first letter says so.
            kind if kind[0].is_ascii_uppercase() => {
                return Err(MediaError::damaged(FORMAT, "an unknown critical chunk"));
            }
            _ => {}
        }
    }
    if data_len == 0 {
        return Err(MediaError::damaged(FORMAT, "no picture in it"));
    }
    let animation = if controlled && frames > 0 {
        let keep = limits.check_animation(frames, header.width, header.height)?;
        let mut stream = SIGNATURE.to_vec();
        stream.extend_from_slice(first.whole);
        // The count is what the file holds, not what it claims; played for ever.
        let [a, b, c, d] = frames.to_be_bytes();
        push_chunk(&mut stream, *b"acTL", &[a, b, c, d, 0, 0, 0, 0]);
        stream.extend_from_slice(&moving);
        Some(Animation { stream, frames, keep })
    } else {
        None
    };
    Ok(Parts {
        format: FORMAT,
        width: header.width,
        height: header.height,
        still,
        orientation: orientation.unwrap_or(Orientation::NoTransforms),
        colour: claims.finish(),
        jpeg: None,
        padded: data_len > header.unpacked_len() / 16 * 17 + SLACK,
        animation,
    })
}

/// Packed image data may exceed the unpacked by a sixteenth and this much; more is not picture.
const SLACK: u64 = 4096;

/// What the colour chunks say; the first of `cICP`, `iCCP`, `sRGB`, `gAMA`/`cHRM` counts.
#[derive(Default)]
struct Claims {
    cicp: Option<Colour>,
    icc: Option<Colour>,
    srgb: bool,
    gamma: Option<f32>,
    chromaticities: Option<[f32; 8]>,
}

/// `gAMA` values this close to 1/2.2 mean sRGB, as their writers did.
const SRGB_EXPONENTS: std::ops::RangeInclusive<f32> = 2.1..=2.3;

impl Claims {
    fn add(&mut self, chunk: &Chunk<'_>) -> Result<(), MediaError> {
        match (&chunk.kind, chunk.data) {
            (b"cICP", &[primaries, transfer, 0, 1]) => self.cicp = Some(Colour::Cicp { primaries, transfer }),
            (b"iCCP", data) => {
                // Name, zero, compression method 0, zlib stream.
                let Some(end) = memchr::memchr(0, data.get(..80.min(data.len())).unwrap_or_default()) else {
                    return Ok(());
                };
                let Some([0, packed @ ..]) = data.get(end + 1..) else { return Ok(()) };
                if let Some(profile) = inflate(packed, MAX_PROFILE_BYTES, MediaError::ProfileTooLarge)? {
                    self.icc = Some(Colour::Icc(profile));
                }
            }
            (b"sRGB", _) => self.srgb = true,
            (b"gAMA", data) => {
                let value = data.try_into().map(u32::from_be_bytes).unwrap_or(0);
                self.gamma = (1_000..=1_000_000).contains(&value).then(|| 100_000.0 / value as f32);
            }
            (b"cHRM", data) => {
                let mut out = [0.0; 8];
                if data.len() == 32 {
                    for (to, from) in out.iter_mut().zip(data.as_chunks::<4>().0) {
                        *to = u32::from_be_bytes(*from) as f32 / 100_000.0;
                    }
                    self.chromaticities = Some(out);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Colour {
        if let Some(colour) = self.cicp.or(self.icc) {
            return colour;
        }
        let srgb_primaries = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
        let near = |c: &[f32; 8]| c.iter().zip(srgb_primaries).all(|(a, b)| (a - b).abs() < 0.01);
        let chromaticities = self.chromaticities.filter(|c| !near(c));
        match self.gamma {
            // Without a gamma, chromaticities alone say too little to act on.
            None => Colour::Srgb,
            Some(_) if self.srgb => Colour::Srgb,
            Some(exponent) if SRGB_EXPONENTS.contains(&exponent) && chromaticities.is_none() => Colour::Srgb,
            Some(exponent) => Colour::Gamma { exponent, chromaticities },
        }
    }
}

/// Inflates a zlib stream of at most `cap` bytes; a broken one is `None`, a longer one is `too_large`.
pub(crate) fn inflate(
    packed: &[u8],
    cap: usize,
    too_large: MediaError,
) -> Result<Option<Vec<u8>>, MediaError> {
    let mut out = Vec::new();
    let limit = u64::try_from(cap).unwrap_or(u64::MAX).saturating_add(1);
    if flate2::read::ZlibDecoder::new(packed).take(limit).read_to_end(&mut out).is_err() {
        return Ok(None);
    }
    if out.len() > cap { Err(too_large) } else { Ok(Some(out)) }
}

/// Appends a chunk with its checksum.
pub(crate) fn push_chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let mut crc = flate2::Crc::new();
    crc.update(&kind);
    crc.update(data);
    out.extend_from_slice(&u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&crc.sum().to_be_bytes());
}
