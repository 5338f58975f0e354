//! Looking into a library without disturbing whoever works in it.

use allxone_library::{Access, Library};

use crate::folders::Folders;
use crate::keys::{library_keys, open_vault};
use crate::{AppError, Options};

/// Opens the library for reading only; the folder may be in use by another program. Needs no models and no service. Blocking.
///
/// # Errors
/// When there is no library yet, or its key cannot be had.
pub fn reader(mut options: Options) -> Result<Library, AppError> {
    crate::wipe::finish_begun(&Folders::of(&options)?, &options.program)?;
    let folders = library_folder(&options)?;
    let vault = open_vault(&folders.root, &mut options)?;
    Ok(Library::open(&folders.library, library_keys(&vault), Access::ReadOnly)?)
}

/// Where the library is, if there is one.
///
/// # Errors
/// [`AppError::NoLibrary`] when nothing was ever kept there.
pub fn library_folder(options: &Options) -> Result<Folders, AppError> {
    let folders = Folders::of(options)?;
    if folders.library.is_dir() { Ok(folders) } else { Err(AppError::NoLibrary { folder: folders.root }) }
}
