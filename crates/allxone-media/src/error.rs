//! Everything that can go wrong with a picture, told so that a person knows what happened, what became of the file and
//! what to do next. It is one enum because every caller shows the same sentence and branches on the same code.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Format;

/// Why a picture could not be read, prepared, written or marked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum MediaError {
    /// Zero bytes.
    #[error("This file is empty. It was left as it is. Choose a PNG, JPEG, WebP or GIF picture.")]
    Empty,
    /// The first bytes belong to no format we know.
    #[error(
        "This file is not a picture of a kind AllXOne knows. It was left as it is. Choose a PNG, JPEG, WebP or GIF picture."
    )]
    UnknownFormat,
    /// A known format that is not read here; `remedy` is a whole sentence.
    #[error("This is a {name} file, which AllXOne does not read. It was left as it is. {remedy}")]
    UnsupportedFormat {
        /// Name of the format as people know it, such as "HEIC".
        name: Cow<'static, str>,
        /// What to do, as a sentence.
        remedy: Cow<'static, str>,
    },
    /// A rare variety of a format that is read otherwise.
    #[error(
        "This {format} file uses a rare variety of the format ({variety}) that AllXOne does not read. It was left as it is. \
         Open it in a picture editor and export it as JPEG or PNG."
    )]
    UnsupportedVariety {
        /// The format.
        format: Format,
        /// The variety, such as "12 bits per sample".
        variety: Cow<'static, str>,
    },
    /// More bytes than [`crate::Limits::max_bytes`].
    #[error(
        "This file is {} MB; the limit is {} MB. It was left as it is. Export the picture smaller and try again.",
        mega(*bytes), mega(*max)
    )]
    TooManyBytes {
        /// Size of the file in bytes.
        bytes: u64,
        /// The limit in bytes.
        max: u64,
    },
    /// A side above [`crate::Limits::max_side`].
    #[error(
        "This picture is {width} × {height} pixels; a side may have at most {max}. It was left as it is. Scale it down and try again."
    )]
    SideTooLong {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit in pixels.
        max: u32,
    },
    /// More pixels than [`crate::Limits::max_pixels`].
    #[error(
        "This picture has {} megapixels ({width} × {height}); the limit is {}. It was left as it is. Scale it down and try again.",
        mega(u64::from(*width).saturating_mul(u64::from(*height))), mega(*max)
    )]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The limit in pixels.
        max: u64,
    },
    /// The decoded picture would be larger than [`crate::Limits::max_decoded_bytes`].
    #[error(
        "This picture would take {} MB of memory; the limit is {} MB. It was left as it is. Scale it down, or save it with 8 bits \
         per channel, and try again.",
        mega(*bytes), mega(*max)
    )]
    DecodedTooLarge {
        /// Decoded size in bytes.
        bytes: u64,
        /// The limit in bytes.
        max: u64,
    },
    /// More frames than [`crate::Limits::max_frames`].
    #[error(
        "This animation has {frames} frames; the limit is {max}. It was left as it is. Choose a shorter animation or a single picture."
    )]
    TooManyFrames {
        /// Frames in the file.
        frames: u32,
        /// The limit.
        max: u32,
    },
    /// Frames × pixels above [`crate::Limits::max_animation_pixels`], or a canvas too large to keep several frames of.
    #[error(
        "This animation is too large to be checked frame by frame. It was left as it is. Choose a shorter or smaller animation, \
         or a single picture."
    )]
    AnimationTooLarge,
    /// Work the file asks for is out of proportion to the picture in it (passes of a progressive JPEG).
    #[error(
        "This file asks for far more work than its picture needs. It was left as it is. Open it in a picture editor and export \
         it again."
    )]
    TooMuchWork,
    /// A colour profile too large to be genuine.
    #[error(
        "The colour profile inside this picture is too large to be genuine. The file was left as it is. Open it in a picture \
         editor and export it as JPEG or PNG in sRGB."
    )]
    ProfileTooLarge,
    /// The file ends early.
    #[error(
        "This {format} file ends before the picture is complete. It was left as it is. Copy or download it again, or choose another."
    )]
    Truncated {
        /// The format.
        format: Format,
    },
    /// The file contradicts itself.
    #[error(
        "This {format} file is damaged ({detail}). It was left as it is. Open it in a picture editor and export it again, or choose another."
    )]
    Damaged {
        /// The format.
        format: Format,
        /// A few words for the curious; never content.
        detail: String,
    },
    /// The decoder or encoder stopped unexpectedly; treated like a damaged file.
    #[error(
        "This picture could not be read: the reader stopped unexpectedly. The file was left as it is. Open it in a picture editor \
         and export it again, or choose another."
    )]
    ReaderStopped,
    /// Reading took longer than any sound picture needs and was ended.
    #[error(
        "This picture could not be read: it took far longer than a picture should, so reading was ended. The file was left as it \
         is. Open it in a picture editor and export it again, or choose another."
    )]
    ReaderTimedOut,
    /// The program that reads pictures apart from the rest cannot be started, or everything is about to end.
    #[error(
        "Pictures cannot be read at the moment: the part of AllXOne that reads them did not start. The file was left as it is. \
         Start AllXOne again; if it stays, install it again."
    )]
    ReaderUnavailable,
    /// A buffer does not have the size its dimensions ask for.
    #[error(
        "A picture of {width} × {height} pixels needs {expected} bytes, but {actual} were given. Nothing was made. This is a fault \
         in the program; please report it."
    )]
    SizeMismatch {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes needed.
        expected: u64,
        /// Bytes given.
        actual: u64,
    },
    /// A picture could not be written.
    #[error(
        "The picture could not be written as {format} ({detail}). Nothing was changed. Try again with a smaller picture."
    )]
    EncodeFailed {
        /// The format.
        format: Format,
        /// A few words for the curious.
        detail: String,
    },
    /// AI-origin marks are written into PNG, JPEG and WebP only.
    #[error(
        "{format} files cannot carry the mark that tells a picture was made with AI. The file was left as it is. Save it as PNG."
    )]
    CannotMark {
        /// The format.
        format: Format,
    },
}

impl MediaError {
    /// Stable name of the error, for branching and translation.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "picture_empty",
            Self::UnknownFormat => "picture_format_unknown",
            Self::UnsupportedFormat { .. } => "picture_format_unsupported",
            Self::UnsupportedVariety { .. } => "picture_variety_unsupported",
            Self::TooManyBytes { .. } => "picture_too_many_bytes",
            Self::SideTooLong { .. } => "picture_side_too_long",
            Self::TooManyPixels { .. } => "picture_too_many_pixels",
            Self::DecodedTooLarge { .. } => "picture_decoded_too_large",
            Self::TooManyFrames { .. } => "picture_too_many_frames",
            Self::AnimationTooLarge => "picture_animation_too_large",
            Self::TooMuchWork => "picture_too_much_work",
            Self::ProfileTooLarge => "picture_profile_too_large",
            Self::Truncated { .. } => "picture_truncated",
            Self::Damaged { .. } => "picture_damaged",
            Self::ReaderStopped => "picture_reader_stopped",
            Self::ReaderTimedOut => "picture_reader_timed_out",
            Self::ReaderUnavailable => "picture_reader_unavailable",
            Self::SizeMismatch { .. } => "picture_size_mismatch",
            Self::EncodeFailed { .. } => "picture_encode_failed",
            Self::CannotMark { .. } => "picture_cannot_mark",
        }
    }

    pub(crate) fn damaged(format: Format, detail: impl Into<String>) -> Self {
        Self::Damaged { format, detail: detail.into() }
    }

    pub(crate) fn variety(format: Format, variety: &'static str) -> Self {
        Self::UnsupportedVariety { format, variety: Cow::Borrowed(variety) }
    }

    pub(crate) fn from_image(format: Format, error: image::ImageError) -> Self {
        match error {
            image::ImageError::IoError(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                Self::Truncated { format }
            }
            image::ImageError::Unsupported(_) => Self::variety(format, "an uncommon pixel layout"),
            other => Self::damaged(format, other.to_string()),
        }
    }
}

/// Millions, rounded up to one decimal, for the sentences above.
fn mega(n: u64) -> String {
    let tenths = n.div_ceil(100_000);
    if tenths.is_multiple_of(10) {
        format!("{}", tenths / 10)
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}
