//! Finding and placing XMP in the three containers. Only the metadata pieces are rewritten; every other byte, what follows the
//! picture included, is copied in order.

use memchr::memmem;

use crate::container::{Bytes, jpeg, png, webp};
use crate::{Format, MediaError};

const JPEG_XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const PNG_XMP: &[u8] = b"XML:com.adobe.xmp\0";
const MAX_XMP_BYTES: usize = 4 << 20;
const XMP_FLAG: u8 = 0x04;
const ALPHA_FLAG: u8 = 0x10;

/// What a file already says.
#[derive(Default)]
pub(super) struct Found {
    /// Its XMP packet.
    pub(super) xmp: Option<Vec<u8>>,
    /// Whether it carries a C2PA manifest.
    pub(super) signed: bool,
    /// Whether that manifest names an AI source type.
    pub(super) manifest_says_ai: bool,
}

impl Found {
    fn manifest(&mut self, data: &[u8]) {
        self.signed = true;
        self.manifest_says_ai |= super::xmp::says_ai_anywhere(data);
    }
}

/// Reads a file's marks.
pub(super) fn find(file: &[u8], format: Format) -> Result<Found, MediaError> {
    let mut found = Found::default();
    let complete = match format {
        Format::Jpeg => find_jpeg(file, &mut found),
        Format::Png => find_png(file, &mut found),
        Format::Webp => find_webp(file, &mut found),
        Format::Gif => Some(()),
    };
    complete.map(|()| found).ok_or(MediaError::Truncated { format })
}

fn find_jpeg(file: &[u8], found: &mut Found) -> Option<()> {
    let mut pieces = jpeg::Pieces::new(file);
    loop {
        match pieces.next()? {
            jpeg::Piece::End => return Some(()),
            jpeg::Piece::Segment { marker: 0xE1, payload } if found.xmp.is_none() => {
                found.xmp = payload.strip_prefix(JPEG_XMP).map(<[u8]>::to_vec);
            }
            // JUMBF boxes hold more than C2PA; the first segment of a manifest names it, further ones go on without a name.
            jpeg::Piece::Segment { marker: 0xEB, payload }
                if payload.starts_with(b"JP")
                    && (found.signed || memmem::find(payload, b"c2pa").is_some()) =>
            {
                found.manifest(payload);
            }
            _ => {}
        }
    }
}

fn find_png(file: &[u8], found: &mut Found) -> Option<()> {
    let mut bytes = Bytes::new(file.get(8..)?);
    loop {
        let chunk = png::next_chunk(&mut bytes)?;
        match &chunk.kind {
            b"IEND" => return Some(()),
            b"caBX" => found.manifest(chunk.data),
            b"iTXt" if found.xmp.is_none() => found.xmp = png_xmp(chunk.data),
            _ => {}
        }
    }
}

/// The packet of an `iTXt` chunk: keyword, zero, compressed, method, language, zero, translated keyword, zero, text.
fn png_xmp(data: &[u8]) -> Option<Vec<u8>> {
    let [compressed, _, rest @ ..] = data.strip_prefix(PNG_XMP)? else { return None };
    let mut text = rest;
    for _ in 0..2 {
        text = text.get(memchr::memchr(0, text)? + 1..)?;
    }
    if *compressed == 0 {
        return Some(text.to_vec());
    }
    png::inflate(text, MAX_XMP_BYTES, MediaError::ProfileTooLarge).ok().flatten()
}

fn find_webp(file: &[u8], found: &mut Found) -> Option<()> {
    let mut bytes = Bytes::new(webp::body(file)?);
    while !bytes.is_empty() {
        let chunk = webp::next_chunk(&mut bytes)?;
        match &chunk.kind {
            b"XMP " if found.xmp.is_none() => found.xmp = Some(chunk.data.to_vec()),
            b"C2PA" => found.manifest(chunk.data),
            _ => {}
        }
    }
    Some(())
}

/// The file with `packet` as its only XMP.
pub(super) fn replace_xmp(file: &[u8], format: Format, packet: &[u8]) -> Result<Vec<u8>, MediaError> {
    let truncated = MediaError::Truncated { format };
    match format {
        Format::Jpeg if packet.len() + JPEG_XMP.len() + 2 > usize::from(u16::MAX) => {
            Err(MediaError::damaged(format, "its metadata leaves no room for a mark"))
        }
        Format::Jpeg => replace_jpeg(file, packet).ok_or(truncated),
        // It has been found complete before.
        Format::Png => {
            replace_png(file, packet).ok_or_else(|| MediaError::damaged(format, "its header is missing"))
        }
        Format::Webp => replace_webp(file, packet).ok_or(truncated),
        Format::Gif => Err(MediaError::CannotMark { format }),
    }
}

/// XMP goes behind the first JFIF and EXIF segments, where readers look for it.
fn replace_jpeg(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(file.len() + packet.len() + 64);
    out.extend_from_slice(file.get(..2)?);
    let mut segment = JPEG_XMP.to_vec();
    segment.extend_from_slice(packet);
    let mut pieces = jpeg::Pieces::new(file);
    let mut from = pieces.position();
    let mut placed = false;
    loop {
        let piece = pieces.next()?;
        let heads = match &piece {
            jpeg::Piece::Segment { marker: 0xE0, .. } => true,
            jpeg::Piece::Segment { marker: 0xE1, payload } => payload.starts_with(b"Exif\0"),
            _ => false,
        };
        let old =
            matches!(&piece, jpeg::Piece::Segment { marker: 0xE1, payload } if payload.starts_with(JPEG_XMP));
        if !placed && !heads {
            jpeg::push_segment(&mut out, 0xE1, &segment);
            placed = true;
        }
        let to = pieces.position();
        if !old {
            out.extend_from_slice(file.get(from..to)?);
        }
        from = to;
        if matches!(piece, jpeg::Piece::End) {
            out.extend_from_slice(file.get(from..)?);
            return Some(out);
        }
    }
}

/// XMP goes right behind the header; `None` when there is none, since a mark nobody finds is no mark.
fn replace_png(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    let mut text = PNG_XMP.to_vec();
    // Not compressed, method 0, no language, no translated keyword.
    text.extend_from_slice(&[0, 0, 0, 0]);
    text.extend_from_slice(packet);
    let mut out = file.get(..8)?.to_vec();
    out.reserve(file.len() + text.len());
    let mut bytes = Bytes::new(file.get(8..)?);
    let mut placed = false;
    loop {
        let chunk = png::next_chunk(&mut bytes)?;
        if !(chunk.kind == *b"iTXt" && chunk.data.starts_with(PNG_XMP)) {
            out.extend_from_slice(chunk.whole);
        }
        if chunk.kind == *b"IHDR" && !placed {
            png::push_chunk(&mut out, *b"iTXt", &text);
            placed = true;
        }
        if chunk.kind == *b"IEND" {
            out.extend_from_slice(bytes.rest());
            return placed.then_some(out);
        }
    }
}

/// XMP goes last, and an extended header announces it; a simple file gets one.
fn replace_webp(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    let body = webp::body(file)?;
    let mut chunks = Vec::with_capacity(file.len() + packet.len() + 64);
    let mut bytes = Bytes::new(body);
    let mut first = true;
    while !bytes.is_empty() {
        let chunk = webp::next_chunk(&mut bytes)?;
        match (&chunk.kind, first) {
            (b"VP8X", true) => {
                let mut header: [u8; 10] = chunk.data.try_into().ok()?;
                header[0] |= XMP_FLAG;
                webp::push_chunk(&mut chunks, *b"VP8X", &header);
            }
            (b"XMP ", _) => {}
            (_, true) => {
                let (width, height, alpha) = webp::first_picture(body)?;
                let flags = XMP_FLAG | if alpha { ALPHA_FLAG } else { 0 };
                webp::push_extended(&mut chunks, flags, width, height);
                webp::push_chunk(&mut chunks, chunk.kind, chunk.data);
            }
            _ => webp::push_chunk(&mut chunks, chunk.kind, chunk.data),
        }
        first = false;
    }
    webp::push_chunk(&mut chunks, *b"XMP ", packet);
    let mut out = webp::riff(&chunks);
    out.extend_from_slice(file.get(12 + body.len()..)?);
    Some(out)
}
