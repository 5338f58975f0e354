//! The one way into the library: a picture that passed the check.

use allxone_media::Picture;
use allxone_safety::Screened;
use serde_json::Value;

use crate::{Details, ItemId, Library, LibraryError};

/// A picture to be kept. Only one that passed the check can be:
/// ```
/// # use allxone_library::{Details, NewItem};
/// fn keep(picture: allxone_safety::Screened<allxone_media::Picture>) -> NewItem {
///     NewItem { picture, details: Details::default() }
/// }
/// ```
/// ```compile_fail,E0308
/// # use allxone_library::{Details, NewItem};
/// fn keep(picture: allxone_media::Picture) -> NewItem {
///     NewItem { picture, details: Details::default() }
/// }
/// ```
pub struct NewItem {
    /// The picture.
    pub picture: Screened<Picture>,
    /// What is known of it. The receipt of this picture's own check is added to `receipts` by itself.
    pub details: Details,
}

impl Library {
    /// Keeps a picture and returns its id when file and row are on disk. A result that is already kept
    /// (same job and index) is not kept again: its id is returned.
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`], [`LibraryError::DiskFull`], [`LibraryError::Media`] when no thumbnail
    /// can be made. Then nothing is kept.
    pub fn keep(&self, new: NewItem) -> Result<ItemId, LibraryError> {
        let mut details = new.details;
        let own =
            serde_json::to_value(new.picture.receipt()).map_err(|_| LibraryError::BadValue("The receipt"))?;
        details.receipts = match details.receipts {
            Value::Null => Value::Array(vec![own]),
            Value::Array(mut earlier) => {
                if !earlier.contains(&own) {
                    earlier.push(own);
                }
                Value::Array(earlier)
            }
            other => Value::Array(vec![other, own]),
        };
        self.keep_picture(new.picture.value(), &details)
    }
}
