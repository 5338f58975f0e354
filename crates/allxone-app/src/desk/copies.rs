//! Pictures in and out through the machine: files that were dropped, chosen or pasted; copies that are saved or put on the clipboard.
//!
//! A screen never names a path. It gets one back only to tell the person where a copy lies.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use allxone_studio::contract::Counter;
use allxone_studio::library::ItemId;
use allxone_studio::media::{Limits, Picture};
use allxone_studio::session::{Brought, CopyKind, SaveCopies, Saved};
use allxone_studio::{Copy, Counted, Studio, StudioError, StudioEvent};
use bytes::Bytes;

use super::{Clipboard, Desk};

/// The most files that are brought in at once.
pub(super) const MAX_FILES: usize = 16;

impl Desk {
    /// Takes in files a person dropped, and tells the screen.
    pub async fn dropped(&self, mut files: Vec<PathBuf>) {
        self.dragged_over(&[]);
        // A picture that was dragged out of the window and let go over it again is no gift.
        files.retain(|file| !self.inner.dragged.has(file));
        if files.is_empty() {
            return;
        }
        if self.in_sandbox() {
            return self.try_dropped(files).await;
        }
        match self.bring(files).await {
            Ok(pictures) => self.tell(StudioEvent::Brought { pictures }),
            Err(error) => {
                let refused = Brought { name: String::new(), staged: None, error: Some(error.into()) };
                self.tell(StudioEvent::Brought { pictures: vec![refused] });
            }
        }
    }

    /// Reads and stages files, each with its own success or failure.
    pub(super) async fn bring(&self, files: Vec<PathBuf>) -> Result<Vec<Brought>, StudioError> {
        let studio = self.studio().await?;
        let mut brought = Vec::new();
        for file in files.into_iter().take(MAX_FILES) {
            let name = name_of(&file);
            let result = match blocking(move || read(&file)).await {
                Ok(bytes) => studio.stage(bytes).await,
                Err(error) => Err(error),
            };
            brought.push(named(name, result));
        }
        Ok(brought)
    }

    pub(super) async fn paste(&self) -> Result<Vec<Brought>, StudioError> {
        let desk = self.clone();
        let found = blocking(move || desk.inner.native.clipboard().map_err(StudioError::Machine)).await?;
        match found {
            Clipboard::Nothing => Ok(Vec::new()),
            Clipboard::Files(files) => self.bring(files).await,
            Clipboard::Picture(pixels) => {
                let studio = self.studio().await?;
                let bytes = blocking(move || Ok(Picture::encode_png(&pixels)?.bytes().clone())).await?;
                Ok(vec![named(String::new(), studio.stage(bytes).await)])
            }
        }
    }

    pub(super) async fn to_clipboard(&self, item: ItemId) -> Result<(), StudioError> {
        let copy = self.studio().await?.copy(item, CopyKind::Share).await?;
        let desk = self.clone();
        blocking(move || {
            let picture =
                Picture::received(copy.bytes, &Limits { max_bytes: u64::MAX, ..Limits::default() })?;
            desk.inner.native.set_clipboard(picture.pixels()).map_err(StudioError::Machine)
        })
        .await
    }

    pub(super) async fn save(&self, asked: SaveCopies) -> Result<Option<Saved>, StudioError> {
        let studio = self.studio().await?;
        match asked.items[..] {
            [] => Ok(None),
            [one] => {
                let copy = studio.copy(one, asked.kind).await?;
                let last = self.saved_last();
                // A name that is taken there gets a number; elsewhere the dialog asks before it overwrites.
                let suggested = match &last {
                    Some(folder) => name_of(&unused(folder, &copy.file_name)),
                    None => copy.file_name.clone(),
                };
                let asked = self.inner.native.save_file(last.as_deref(), &suggested);
                let Some(file) = asked.await else { return Ok(None) };
                let name = write(copy, file.clone()).await?;
                studio.count(Counted::Done(Counter::Exported));
                Ok(Some(self.saved(file.parent().unwrap_or(&file), vec![name])))
            }
            ref several => {
                let Some(folder) = self.inner.native.choose_folder().await else { return Ok(None) };
                let files = save_into(&studio, several, asked.kind, &folder).await?;
                Ok(Some(self.saved(&folder, files)))
            }
        }
    }

    /// Keeps in mind where something was saved, so that it can be shown there.
    pub(super) fn saved(&self, folder: &Path, files: Vec<String>) -> Saved {
        *self.inner.saved.lock().unwrap_or_else(PoisonError::into_inner) = Some(folder.to_owned());
        Saved { folder: folder.display().to_string(), files }
    }

    pub(super) fn saved_last(&self) -> Option<PathBuf> {
        self.inner.saved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn save_into(
    studio: &Studio,
    items: &[ItemId],
    kind: CopyKind,
    folder: &Path,
) -> Result<Vec<String>, StudioError> {
    let mut files = Vec::with_capacity(items.len());
    for item in items {
        let copy = studio.copy(*item, kind).await?;
        let file = unused(folder, &copy.file_name);
        files.push(write(copy, file).await?);
        studio.count(Counted::Done(Counter::Exported));
    }
    Ok(files)
}

/// A name in `folder` that nothing has yet, nor what would be told of the picture beside it.
pub(super) fn unused(folder: &Path, name: &str) -> PathBuf {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "png"));
    let numbered = (2..).map(|n: u32| format!("{stem}-{n}.{extension}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered).map(|name| folder.join(name));
    names
        .find(|file| !file.exists() && !file.with_extension("json").exists())
        .unwrap_or_else(|| folder.join(name))
}

/// The last part of a path, as it is shown.
pub(super) fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Writes beside and renames, so that a broken-off write never leaves half a picture under its name. Returns the file's name.
pub(super) async fn write(copy: Copy, file: PathBuf) -> Result<String, StudioError> {
    blocking(move || {
        let put = |file: &Path, bytes: &[u8]| {
            let mut part = file.as_os_str().to_owned();
            part.push(".part");
            std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, file)).map_err(|error| {
                let _ = std::fs::remove_file(&part);
                StudioError::Machine(format!(
                    "{} could not be written: {error}. The picture is safe in the library.",
                    file.display()
                ))
            })
        };
        put(&file, &copy.bytes)?;
        if let Some(record) = copy.record {
            put(&file.with_extension("json"), format!("{record:#}\n").as_bytes())?;
        }
        Ok(name_of(&file))
    })
    .await
}

/// A file's bytes, at most one more than is allowed, so that a huge file is refused and not read.
pub(super) fn read(file: &Path) -> Result<Bytes, StudioError> {
    let mut bytes = Vec::new();
    let most = Limits::default().max_bytes + 1;
    let done = std::fs::File::open(file).and_then(|open| {
        // A folder opens and does not read; a pipe would never end.
        if !open.metadata()?.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        open.take(most).read_to_end(&mut bytes)
    });
    match done {
        Ok(_) => Ok(bytes.into()),
        Err(error) => Err(StudioError::Machine(format!("The file cannot be read: {error}."))),
    }
}

fn named(name: String, result: Result<allxone_studio::Staged, StudioError>) -> Brought {
    match result {
        Ok(staged) => Brought { name, staged: Some(staged), error: None },
        Err(error) => Brought { name, staged: None, error: Some(error.into()) },
    }
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StudioError> + Send + 'static,
) -> Result<T, StudioError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or(Err(StudioError::Internal("a step of the work broke off")))
}
