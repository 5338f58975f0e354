//! JPEG, segment by segment. What draws the picture is kept byte for byte (frame header, tables, scans); the two application
//! segments that change how colours are read are rewritten in their smallest form, in the way libjpeg would decide, so that
//! every reader decides alike; everything else, and everything after the end marker, is dropped.

use image::metadata::Orientation;

use super::{Bytes, Colour, MAX_PROFILE_BYTES, Parts, exif_orientation};
use crate::{Format, Limits, MediaError};

const FORMAT: Format = Format::Jpeg;

/// How the samples of a JPEG are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    Grey,
    /// Three components, YCbCr or RGB; the decoder returns RGB.
    Colour,
    /// Four components of ink, stored inverted (0 = full ink) when `inverted`.
    Cmyk {
        inverted: bool,
    },
    /// Three components of YCC that stand for inverted CMY, and inverted K.
    Ycck,
}

/// Facts the decoder needs beside the stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) model: Model,
}

/// Passes × pixels above this is an attack, not a picture (50 megapixels in 40 passes).
const MAX_SCAN_PIXELS: u64 = 2_000_000_000;

struct Frame {
    width: u32,
    height: u32,
    components: u8,
    ids: [u8; 4],
}

/// One piece of a JPEG file.
pub(crate) enum Piece<'a> {
    /// A marker with its payload, the length field not included.
    Segment { marker: u8, payload: &'a [u8] },
    /// A scan header and the entropy-coded data behind it.
    Scan { header: &'a [u8], data: &'a [u8] },
    /// The end marker.
    End,
}

/// Cuts the file into pieces; `None` is a file that ends before its end marker.
pub(crate) struct Pieces<'a> {
    bytes: Bytes<'a>,
}

impl<'a> Pieces<'a> {
    /// `file` starts with the start-of-image marker.
    pub(crate) fn new(file: &'a [u8]) -> Self {
        Self { bytes: Bytes::new(file.get(2..).unwrap_or_default()) }
    }

    /// Bytes of the file before the next piece.
    pub(crate) fn position(&self) -> usize {
        self.bytes.position() + 2
    }

    pub(crate) fn next(&mut self) -> Option<Piece<'a>> {
        let marker = self.marker()?;
        if marker == 0xD9 {
            return Some(Piece::End);
        }
        let len = usize::from(u16::from_be_bytes(self.bytes.array()?)).checked_sub(2)?;
        let payload = self.bytes.take(len)?;
        if marker != 0xDA {
            return Some(Piece::Segment { marker, payload });
        }
        let data = self.bytes.take(entropy_len(self.bytes.rest())?)?;
        Some(Piece::Scan { header: payload, data })
    }

    /// The next marker that starts a piece; junk before it, fill bytes and markers without meaning here are skipped.
    fn marker(&mut self) -> Option<u8> {
        loop {
            let skip = memchr::memchr(0xFF, self.bytes.rest())?;
            self.bytes.take(skip + 1)?;
            let mut marker = self.bytes.u8()?;
            while marker == 0xFF {
                marker = self.bytes.u8()?;
            }
            if !matches!(marker, 0x00 | 0x01 | 0xD0..=0xD8) {
                return Some(marker);
            }
        }
    }
}

/// Length of entropy-coded data: up to the first marker that is neither stuffing nor a restart.
fn entropy_len(data: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(0xFF, data.get(from..)?)?;
        let mut next = at + 1;
        while data.get(next) == Some(&0xFF) {
            next += 1;
        }
        match data.get(next)? {
            0x00 | 0xD0..=0xD7 => from = next + 1,
            _ => return Some(at),
        }
    }
}

pub(crate) fn walk(file: &[u8], limits: &Limits) -> Result<Parts, MediaError> {
    let truncated = MediaError::Truncated { format: FORMAT };
    let mut pieces = Pieces::new(file);
    let mut body = Vec::with_capacity(file.len());
    let (mut jfif, mut adobe, mut exif) = (false, None, None);
    let mut profile = ProfileChunks::default();
    let mut frame: Option<Frame> = None;
    let mut scans = 0_u64;
    loop {
        match pieces.next().ok_or_else(|| truncated.clone())? {
            Piece::End => break,
            Piece::Scan { header, data } => {
                let Some(frame) = &frame else {
                    return Err(MediaError::damaged(FORMAT, "a scan before the frame"));
                };
                scans += 1;
                if scans * u64::from(frame.width) * u64::from(frame.height) > MAX_SCAN_PIXELS {
                    return Err(MediaError::TooMuchWork);
                }
                push_segment(&mut body, 0xDA, header);
                body.extend_from_slice(data);
            }
            Piece::Segment { marker: marker @ 0xC0..=0xC2, payload } => {
                if frame.is_some() {
                    return Err(MediaError::damaged(FORMAT, "two frames"));
                }
                frame = Some(read_frame(payload, limits)?);
                push_segment(&mut body, marker, payload);
            }
            Piece::Segment { marker: marker @ (0xC4 | 0xDB | 0xDD), payload } => {
                push_segment(&mut body, marker, payload)
            }
            Piece::Segment { marker: 0xE0, payload } => jfif |= payload.starts_with(b"JFIF\0"),
            Piece::Segment { marker: 0xE1, payload } => {
                if exif.is_none() && payload.starts_with(b"Exif\0") {
                    exif = Some(exif_orientation(payload));
                }
            }
            Piece::Segment { marker: 0xE2, payload } => profile.add(payload)?,
            Piece::Segment { marker: 0xEE, payload } => {
                if adobe.is_none() && payload.starts_with(b"Adobe") {
                    adobe = payload.get(11).copied();
                }
            }
            Piece::Segment { marker: 0xE3..=0xEF | 0xFE, .. } => {}
            Piece::Segment { marker: 0xC3 | 0xC5..=0xCF | 0xDC | 0xDE | 0xDF, .. } => {
                let variety = "lossless, hierarchical or arithmetic coding";
                return Err(MediaError::variety(FORMAT, variety));
            }
            Piece::Segment { .. } => return Err(MediaError::damaged(FORMAT, "an unknown segment")),
        }
    }
    let Some(frame) = frame.filter(|_| scans > 0) else {
        return Err(MediaError::damaged(FORMAT, "no picture in it"));
    };
    let (model, prefix) = colour_prefix(&frame, jfif, adobe);
    let mut still = Vec::with_capacity(body.len() + 24);
    still.extend_from_slice(&[0xFF, 0xD8]);
    still.extend_from_slice(&prefix);
    still.extend_from_slice(&body);
    still.extend_from_slice(&[0xFF, 0xD9]);
    Ok(Parts {
        format: FORMAT,
        width: frame.width,
        height: frame.height,
        still,
        orientation: exif.unwrap_or(Orientation::NoTransforms),
        colour: profile.finish(),
        padded: false,
        jpeg: Some(Facts { model }),
        animation: None,
    })
}

fn read_frame(payload: &[u8], limits: &Limits) -> Result<Frame, MediaError> {
    let damaged = || MediaError::damaged(FORMAT, "its frame header is broken");
    let mut bytes = Bytes::new(payload);
    let precision = bytes.u8().ok_or_else(damaged)?;
    let height = u32::from(u16::from_be_bytes(bytes.array().ok_or_else(damaged)?));
    let width = u32::from(u16::from_be_bytes(bytes.array().ok_or_else(damaged)?));
    let components = bytes.u8().ok_or_else(damaged)?;
    if precision != 8 {
        return Err(MediaError::variety(FORMAT, "12 bits per sample"));
    }
    if width == 0 || height == 0 {
        return Err(damaged());
    }
    if !matches!(components, 1 | 3 | 4) {
        let variety = "an uncommon number of colour components";
        return Err(MediaError::variety(FORMAT, variety));
    }
    limits.check_size(width, height, u32::from(components.max(3)))?;
    let mut ids = [0; 4];
    for id in ids.iter_mut().take(usize::from(components)) {
        *id = bytes.array::<3>().ok_or_else(damaged)?[0];
    }
    Ok(Frame { width, height, components, ids })
}

/// How libjpeg would read the components, and the application segments that say so and nothing else.
fn colour_prefix(frame: &Frame, jfif: bool, adobe: Option<u8>) -> (Model, Vec<u8>) {
    let mut out = Vec::new();
    let mut adobe_segment = |transform| {
        let mut payload = *b"Adobe\0\x64\0\0\0\0\0";
        payload[11] = transform;
        push_segment(&mut out, 0xEE, &payload);
    };
    let model = match frame.components {
        1 => Model::Grey,
        3 => {
            if !jfif && (adobe == Some(0) || (adobe.is_none() && frame.ids == [b'R', b'G', b'B', 0])) {
                adobe_segment(0);
                return (Model::Colour, out);
            }
            Model::Colour
        }
        _ => match adobe {
            None => return (Model::Cmyk { inverted: false }, out),
            Some(0) => {
                adobe_segment(0);
                return (Model::Cmyk { inverted: true }, out);
            }
            Some(_) => {
                adobe_segment(2);
                return (Model::Ycck, out);
            }
        },
    };
    // Version 1.1, no density, 1:1, no thumbnail.
    push_segment(&mut out, 0xE0, b"JFIF\0\x01\x01\x00\x00\x01\x00\x01\x00\x00");
    (model, out)
}

/// Appends a segment; payloads come from segments and therefore fit the length field.
pub(crate) fn push_segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    let len = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX);
    out.extend_from_slice(&[0xFF, marker]);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(payload);
}

/// An ICC profile cut over several segments, numbered from 1.
#[derive(Default)]
struct ProfileChunks<'a> {
    parts: Vec<(u8, u8, &'a [u8])>,
    bytes: usize,
}

impl<'a> ProfileChunks<'a> {
    fn add(&mut self, payload: &'a [u8]) -> Result<(), MediaError> {
        let Some([number, count, part @ ..]) = payload.strip_prefix(b"ICC_PROFILE\0") else { return Ok(()) };
        self.bytes += part.len();
        if self.bytes > MAX_PROFILE_BYTES {
            return Err(MediaError::ProfileTooLarge);
        }
        self.parts.push((*number, *count, part));
        Ok(())
    }

    /// The whole profile; one with missing, doubled or miscounted parts counts as none, as readers commonly take it.
    fn finish(mut self) -> Colour {
        self.parts.sort_by_key(|p| p.0);
        let count = self.parts.len();
        let whole =
            self.parts.iter().zip(1_usize..).all(|(p, n)| usize::from(p.0) == n && usize::from(p.1) == count);
        if count == 0 || !whole {
            return Colour::Srgb;
        }
        Colour::Icc(self.parts.iter().flat_map(|p| p.2).copied().collect())
    }
}
