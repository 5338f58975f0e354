//! Pictures as the service keeps them.

use serde::{Deserialize, Serialize};

use crate::{AssetId, Sha256, UtcMillis};

/// How a picture is encoded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum PictureFormat {
    /// PNG
    Png,
    /// JPEG
    Jpeg,
    /// WebP
    Webp,
    /// GIF
    Gif,
}

impl PictureFormat {
    /// The media type, for `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
        }
    }

    /// The usual file extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
        }
    }
}

/// A picture the service holds for an account. `POST /uploads` answers with one; the same bytes uploaded again answer with the same id.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Asset {
    /// Where its content is: `GET /assets/{id}/content`.
    pub id: AssetId,
    /// Hash of the exact bytes.
    pub sha256: Sha256,
    /// Size of the content in bytes.
    pub bytes: u64,
    /// How the content is encoded.
    pub format: PictureFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// When it was first stored.
    pub created: UtcMillis,
}

/// What a price question may know of an input picture: its size, never its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Picked {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}
