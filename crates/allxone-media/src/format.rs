//! Which kind of file this is, told from its first bytes alone. A name or a content type is a claim; the bytes are what a
//! decoder will see. Formats we do not read are named, so that the remedy can be too.

use serde::{Deserialize, Serialize};

use crate::MediaError;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// Portable Network Graphics, animated ones included.
    Png,
    /// JPEG (baseline and progressive).
    Jpeg,
    /// WebP, lossy, lossless and animated.
    Webp,
    /// GIF, animated ones included.
    Gif,
}

impl Format {
    /// Tells the format from the first bytes.
    ///
    /// # Errors
    /// [`MediaError::Empty`], [`MediaError::UnsupportedFormat`] for formats known by name (HEIC and AVIF among them), else
    /// [`MediaError::UnknownFormat`].
    pub fn sniff(bytes: &[u8]) -> Result<Self, MediaError> {
        if bytes.is_empty() {
            return Err(MediaError::Empty);
        }
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Ok(Self::Png);
        }
        if bytes.starts_with(&[0xFF, 0xD8, 0xFF]) {
            return Ok(Self::Jpeg);
        }
        if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            return Ok(Self::Webp);
        }
        if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
            return Ok(Self::Gif);
        }
        Err(refusal(bytes))
    }

    /// Content type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// File name extension without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Png => "PNG",
            Self::Jpeg => "JPEG",
            Self::Webp => "WebP",
            Self::Gif => "GIF",
        })
    }
}

const EXPORT_PHOTO: &str =
    "Open it in Photos, Preview or another picture viewer and export it as JPEG or PNG.";
const EXPORT_EDITOR: &str = "Open it in the program it came from and export it as JPEG or PNG.";
const CHOOSE_STILL: &str = "Choose a PNG, JPEG, WebP or GIF picture.";

/// The refusal for bytes that are none of ours.
fn refusal(bytes: &[u8]) -> MediaError {
    let named = |name: &'static str, remedy: &'static str| MediaError::UnsupportedFormat {
        name: name.into(),
        remedy: remedy.into(),
    };
    if bytes.get(4..8) == Some(b"ftyp") {
        return match iso_media(bytes) {
            Some("HEIC") => named("HEIC", EXPORT_PHOTO),
            Some("AVIF") => {
                named("AVIF", "Open it in a web browser or picture viewer and export it as JPEG or PNG.")
            }
            Some("camera raw") => {
                named("camera raw", "Open it in your camera's or photo program and export it as JPEG or PNG.")
            }
            Some(_) => named("video", CHOOSE_STILL),
            None => MediaError::UnknownFormat,
        };
    }
    const KNOWN: &[(&[u8], &str, &str)] = &[
        (b"II*\0", "TIFF or camera raw", EXPORT_PHOTO),
        (b"MM\0*", "TIFF or camera raw", EXPORT_PHOTO),
        (b"\xFF\x0A", "JPEG XL", EXPORT_PHOTO),
        (b"\0\0\0\x0CJXL ", "JPEG XL", EXPORT_PHOTO),
        (b"\0\0\0\x0CjP  ", "JPEG 2000", EXPORT_PHOTO),
        (b"8BPS", "Photoshop", EXPORT_EDITOR),
        (b"gimp xcf", "GIMP", EXPORT_EDITOR),
        (b"%PDF-", "PDF", "Open it in a document viewer and export the page as JPEG or PNG."),
        (b"\x76\x2F\x31\x01", "OpenEXR", EXPORT_EDITOR),
        (b"qoif", "QOI", EXPORT_EDITOR),
        (b"\0\0\x01\0", "icon", EXPORT_EDITOR),
    ];
    for (magic, name, remedy) in KNOWN {
        if bytes.starts_with(magic) {
            return named(name, remedy);
        }
    }
    // "BM" alone is too short to be sure of: the four reserved bytes after the size must be zero.
    if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0, 0, 0, 0]) {
        return named("BMP", EXPORT_PHOTO);
    }
    let head = &bytes[..bytes.len().min(1024)];
    if head.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
        && memchr::memmem::find(head, b"<svg").is_some()
    {
        return named("SVG", "Open it in a web browser or drawing program and export it as PNG.");
    }
    MediaError::UnknownFormat
}

/// What the brands of an ISO base media file say: the major brand first, then the compatible ones.
fn iso_media(bytes: &[u8]) -> Option<&'static str> {
    let size = usize::try_from(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let end = size.clamp(16, 256).min(bytes.len());
    let brands = || {
        let compatible = bytes.get(16..end).unwrap_or_default().chunks_exact(4);
        bytes.get(8..12).into_iter().chain(compatible)
    };
    let any = |list: &[&[u8; 4]]| brands().any(|b| list.iter().any(|l| l.as_slice() == b));
    if any(&[b"avif", b"avis"]) {
        return Some("AVIF");
    }
    if any(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"]) {
        return Some("HEIC");
    }
    if any(&[b"crx "]) {
        return Some("camera raw");
    }
    Some("video")
}
