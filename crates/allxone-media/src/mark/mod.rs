//! The mark that says a picture was made with AI: an XMP packet with the IPTC digital source type, written beside the coded
//! picture without touching it. Files that already say where they come from are left alone, and a file with a C2PA signature
//! above all, since one inserted byte would break the signature.

mod insert;
mod xmp;

use bytes::Bytes;

use crate::{Format, MediaError};

/// How AI took part, in the words of the IPTC digital source type vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceType {
    /// Made by a trained model from a text or from nothing.
    TrainedAlgorithmicMedia,
    /// A person's picture with parts made by a trained model.
    CompositeWithTrainedAlgorithmicMedia,
}

/// What the mark tells: nothing that identifies a person, a request or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginMark {
    /// How AI took part.
    pub source: SourceType,
    /// Program that made the picture, such as "AllXOne".
    pub program: String,
    /// Its version, such as "0.1.0".
    pub version: String,
}

/// Adds the mark to a PNG, JPEG or WebP; pixels and every other byte of content stay, and the same input gives the same output.
/// A file that already carries an XMP digital source type or a C2PA manifest is returned unchanged. Existing XMP without a
/// source type is extended.
///
/// # Errors
/// [`MediaError::CannotMark`] for GIF; [`MediaError::Truncated`], [`MediaError::Damaged`] and the sniffing errors for files that
/// cannot be taken apart.
pub fn mark_ai_origin(bytes: &[u8], mark: &OriginMark) -> Result<Bytes, MediaError> {
    let format = Format::sniff(bytes)?;
    let found = insert::find(bytes, format)?;
    if found.signed || found.xmp.as_deref().is_some_and(xmp::names_source_type) {
        return Ok(Bytes::copy_from_slice(bytes));
    }
    let packet = xmp::packet(mark, found.xmp.as_deref());
    insert::replace_xmp(bytes, format, &packet).map(Bytes::from)
}

/// Whether a file says of itself, in XMP or in a C2PA manifest, that AI made it or took part. Files that cannot be read say
/// nothing. A signature is read, not verified.
#[must_use]
pub fn has_ai_origin(bytes: &[u8]) -> bool {
    let Ok(found) = Format::sniff(bytes).and_then(|format| insert::find(bytes, format)) else { return false };
    found.xmp.as_deref().is_some_and(xmp::says_ai) || found.manifest_says_ai
}
