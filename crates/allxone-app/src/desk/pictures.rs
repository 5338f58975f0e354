//! Pictures for the screen, by id alone: what a host's picture scheme answers with.

use std::str::FromStr;

use allxone_studio::StudioError;
use allxone_studio::contract::Sha256;
use allxone_studio::library::{ItemId, LibraryError};
use allxone_studio::media::Format;
use bytes::Bytes;

use super::Desk;

/// A picture as the screen gets it. What an id names never changes, so it may be kept for as long as the screen likes. Only a desk makes one,
/// out of what the gate let into the library or onto the table.
#[non_exhaustive]
pub struct Shown {
    /// Its bytes.
    pub bytes: Bytes,
    /// `image/png` and the like.
    pub media_type: &'static str,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotShown {
    /// That is no name of a picture: HTTP 403.
    Forbidden,
    /// There is no such picture, or it cannot be read: HTTP 404.
    Absent,
}

/// What can be asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Thumbnail(ItemId),
    Picture(ItemId),
    Staged(Sha256),
}

impl FromStr for Asked {
    type Err = NotShown;

    fn from_str(path: &str) -> Result<Self, NotShown> {
        let (kind, id) = path.split_once('/').ok_or(NotShown::Forbidden)?;
        let item =
            || id.parse::<ItemId>().ok().filter(|item| item.to_string() == id).ok_or(NotShown::Forbidden);
        match kind {
            "thumbnail" => Ok(Self::Thumbnail(item()?)),
            "picture" => Ok(Self::Picture(item()?)),
            "staged" => id.parse().map(Self::Staged).map_err(|_| NotShown::Forbidden),
            _ => Err(NotShown::Forbidden),
        }
    }
}

impl Desk {
    /// The picture at `path`: `thumbnail/<item>`, `picture/<item>` or `staged/<sha256>`, exactly so written.
    ///
    /// # Errors
    /// [`NotShown::Forbidden`] for every other path, [`NotShown::Absent`] where nothing is.
    pub async fn picture(&self, path: &str) -> Result<Shown, NotShown> {
        let asked: Asked = path.parse()?;
        let bytes = self.find(asked).await.map_err(|error| {
            if !matches!(&error, StudioError::Library(error) if matches!(**error, LibraryError::NotFound)) {
                tracing::warn!(code = ?error.code(), "a picture could not be shown");
            }
            NotShown::Absent
        })?;
        let format = Format::sniff(&bytes).map_err(|_| NotShown::Absent)?;
        let media_type = match format {
            Format::Png => "image/png",
            Format::Jpeg => "image/jpeg",
            Format::Webp => "image/webp",
            Format::Gif => "image/gif",
        };
        Ok(Shown { bytes, media_type })
    }

    async fn find(&self, asked: Asked) -> Result<Bytes, StudioError> {
        let studio = self.studio().await?;
        let library = studio.library().clone();
        let read = match asked {
            Asked::Staged(sha256) => {
                return studio.staged_thumbnail(sha256).await?.ok_or(StudioError::NotFound);
            }
            Asked::Thumbnail(item) => tokio::task::spawn_blocking(move || library.thumbnail(item)).await,
            Asked::Picture(item) => tokio::task::spawn_blocking(move || library.picture(item)).await,
        };
        Ok(read.map_err(|_| StudioError::Internal("a picture could not be read"))??)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_an_exact_name_is_one() {
        let item = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        assert_eq!(format!("thumbnail/{item}").parse(), Ok(Asked::Thumbnail(item.parse().unwrap())));
        assert!(format!("staged/{}", "0f".repeat(32)).parse::<Asked>().is_ok());
        for path in [
            "",
            "/",
            "thumbnail",
            "thumbnail/",
            "library.db",
            "../keys.json",
            "picture/../../keys.json",
            "picture/%2e%2e%2fkeys.json",
            &format!("picture/{item}/"),
            &format!("picture/{item}/../x"),
            &format!("/picture/{item}"),
            &format!("picture/{}", item.to_lowercase()),
            &format!("picture/{item}\0"),
            &format!("PICTURE/{item}"),
            &format!("staged/{item}"),
            &format!("picture/{}", "Z".repeat(26)),
        ] {
            assert_eq!(path.parse::<Asked>(), Err(NotShown::Forbidden), "{path:?}");
        }
    }
}
