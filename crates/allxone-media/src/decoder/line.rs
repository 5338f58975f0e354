//! What the caller and its helper say to each other, over the helper's standard input and output: a length of four bytes, that many
//! bytes of JSON, and behind it the bytes the JSON announces. Both ends check every size before they make room for it; the caller
//! treats whatever does not fit as the helper's end.

use std::io::{self, Read, Write};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Confinement;
use crate::{Format, Limits, MAX_SAMPLED_FRAMES, MediaError, Picture, Pixels, Rgb};

/// Longest JSON head; an error's sentence is the largest thing in one.
pub(super) const MAX_HEAD: usize = 16 << 10;

/// The first thing a helper is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    /// What it must be confined to before it reads anything else.
    pub confinement: Confinement,
}

/// The helper's answer once it is confined. Versions are compared: after an update the file of the program may be a newer one.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ready {
    pub version: String,
}

impl Ready {
    pub fn own() -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// In which way a picture is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Way {
    Prepare,
    Received,
}

impl Way {
    pub fn read(self, raw: Bytes, limits: &Limits) -> Result<Picture, MediaError> {
        match self {
            Self::Prepare => Picture::prepare(raw, limits),
            Self::Received => Picture::received(raw, limits),
        }
    }
}

/// A picture to read; its bytes follow.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    pub way: Way,
    pub limits: Limits,
    pub bytes: u64,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The encoded picture follows unless it is the request's own bytes, then each frame's samples.
    Read(Seen),
    Refused(MediaError),
}

/// The head of a picture that was read.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    pub format: Format,
    /// Length of the encoded picture; `None` when it is what was sent.
    pub bytes: Option<u64>,
    pub frames: Vec<Shape>,
    /// Frames of an animation that are like none of `frames`.
    pub unseen: u32,
}

/// Size and layout of one frame.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Shape {
    pub width: u32,
    pub height: u32,
    /// RGBA instead of RGB.
    pub alpha: bool,
}

impl Shape {
    fn of(pixels: &Pixels) -> Self {
        Self { width: pixels.width(), height: pixels.height(), alpha: pixels.has_alpha() }
    }

    fn len(self) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels.saturating_mul(if self.alpha { 4 } else { 3 })
    }

    /// The samples as a picture; `None` when they are not as announced.
    pub fn pixels(self, data: Vec<u8>) -> Option<Pixels> {
        if self.alpha {
            return Pixels::from_rgba(self.width, self.height, data).ok();
        }
        Rgb::new(self.width, self.height, data).ok().map(Pixels::from_rgb)
    }
}

impl Seen {
    pub fn of(picture: &Picture, raw: &Bytes) -> Self {
        let same = picture.bytes() == raw;
        Self {
            format: picture.format(),
            bytes: (!same).then(|| picture.bytes().len() as u64),
            frames: picture.frames().iter().map(Shape::of).collect(),
            unseen: picture.unseen_frames(),
        }
    }

    /// How many bytes follow for the encoded picture and for each frame, if a picture under `limits` can be like this.
    pub fn lengths(&self, limits: &Limits) -> Option<(usize, Vec<usize>)> {
        // Writing a picture anew may make it larger than the file was, never larger than its samples and some.
        let room = limits.max_bytes.saturating_add(limits.max_decoded_bytes);
        let encoded = self.bytes.unwrap_or(0);
        // A still and the frames kept at once, in eight bits with four channels.
        let mut left = limits.max_pixels.saturating_mul(4).saturating_add(limits.max_decoded_bytes);
        if encoded > room || self.frames.is_empty() || self.frames.len() > MAX_SAMPLED_FRAMES {
            return None;
        }
        let mut frames = Vec::with_capacity(self.frames.len());
        for shape in &self.frames {
            limits.check_size(shape.width, shape.height, 1).ok()?;
            left = left.checked_sub(shape.len())?;
            frames.push(usize::try_from(shape.len()).ok()?);
        }
        Some((usize::try_from(encoded).ok()?, frames))
    }
}

/// A head as it goes over the line.
pub(super) fn head(of: &impl Serialize) -> io::Result<Vec<u8>> {
    let json = serde_json::to_vec(of)?;
    let len = u32::try_from(json.len()).map_err(io::Error::other)?;
    Ok([&len.to_le_bytes()[..], &json].concat())
}

/// The length of a head, if it is one.
pub(super) fn head_len(prefix: [u8; 4]) -> io::Result<usize> {
    let len = u32::from_le_bytes(prefix) as usize;
    if len <= MAX_HEAD { Ok(len) } else { Err(io::ErrorKind::InvalidData.into()) }
}

/// Reads a head on the helper's side; `None` at the end of the line.
pub(super) fn receive<T: serde::de::DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut prefix = [0; 4];
    match from.read_exact(&mut prefix) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut json = vec![0; head_len(prefix)?];
    from.read_exact(&mut json)?;
    Ok(Some(serde_json::from_slice(&json)?))
}

/// Says what became of a picture, on the helper's side.
pub(super) fn tell(to: &mut impl Write, outcome: Result<Picture, MediaError>, raw: &Bytes) -> io::Result<()> {
    let picture = match outcome {
        Ok(picture) => picture,
        Err(error) => return to.write_all(&head(&Answer::Refused(error))?),
    };
    let read = Seen::of(&picture, raw);
    let encoded = read.bytes.is_some();
    to.write_all(&head(&Answer::Read(read))?)?;
    if encoded {
        to.write_all(picture.bytes())?;
    }
    for frame in picture.frames() {
        match frame.opaque() {
            Some(rgb) => to.write_all(rgb.data())?,
            None => to.write_all(frame.rgba())?,
        }
    }
    Ok(())
}
