//! Where things are: the data folder of a person, the models of an installation.

use std::path::{Path, PathBuf};

use allxone_vault::SecretStoreKind;

use crate::AppError;

/// Asks for the passphrase; the argument says whether it is a new one (to be typed twice).
pub type AskPassphrase = Box<dyn FnOnce(bool) -> Option<String> + Send>;

/// What to open and how.
pub struct Options {
    /// The data folder; `None` for the usual place of application data.
    pub data_dir: Option<PathBuf>,
    /// The folder with the models; `None` to look beside the program.
    pub models_dir: Option<PathBuf>,
    /// Where the master key is kept; `None` for what the folder uses already, else the keyring.
    pub secret_store: Option<SecretStoreKind>,
    /// How to ask for a passphrase, where one is needed.
    pub passphrase: Option<AskPassphrase>,
    /// Start with the offline lock closed.
    pub offline: bool,
    /// Name of the host, shown to a second program that finds the folder in use.
    pub program: String,
}

/// The layout of a data folder.
#[derive(Clone, Debug)]
pub struct Folders {
    /// The folder itself: keys and lock.
    pub root: PathBuf,
    /// The library: database, pictures, thumbnails.
    pub library: PathBuf,
    /// The service of this computer.
    pub service: PathBuf,
    /// Logs, without content.
    pub logs: PathBuf,
}

impl Folders {
    /// The layout under `root`.
    pub fn under(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            library: root.join("library"),
            service: root.join("service"),
            logs: root.join("logs"),
        }
    }

    /// The accounts: a list of them, and a folder for each with its own library and keys.
    pub fn accounts(&self) -> PathBuf {
        self.root.join("accounts")
    }

    /// The file with how the program looks. Not secret, read before anything is opened.
    pub fn settings(&self) -> PathBuf {
        self.root.join("settings.json")
    }

    /// The layout of the folder `options` name.
    ///
    /// # Errors
    /// When no folder is named and the system knows no usual place.
    pub fn of(options: &Options) -> Result<Self, AppError> {
        let root = match &options.data_dir {
            Some(dir) => {
                std::path::absolute(dir).map_err(|source| AppError::Folder { folder: dir.clone(), source })?
            }
            None => directories::ProjectDirs::from("app", "AllXOne", "AllXOne")
                .ok_or(AppError::NoHome)?
                .data_dir()
                .to_owned(),
        };
        Ok(Self::under(&root))
    }

    /// Makes the folders, open to this user only.
    ///
    /// # Errors
    /// When one of them cannot be made.
    pub fn make(&self) -> Result<(), AppError> {
        for folder in [&self.root, &self.library, &self.service, &self.logs] {
            make_private(folder).map_err(|source| AppError::Folder { folder: folder.clone(), source })?;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

/// The folder with the models: the one named, else `models` beside the program or up to four folders above it (where it is in a
/// checkout), else `lib/allxone/models` beside the program's folder (where packages put it).
pub fn models(options: &Options) -> Result<PathBuf, AppError> {
    if let Some(named) = &options.models_dir {
        return match std::path::absolute(named) {
            Ok(folder) if folder.is_dir() => Ok(folder),
            _ => Err(AppError::NoModels { looked: named.clone() }),
        };
    }
    let nearest = places().into_iter().next().unwrap_or_default();
    installed().into_iter().next().ok_or(AppError::NoModels { looked: nearest })
}

/// [`models`], or where they would be expected: then everything but making and checking works, and says so.
pub fn models_or_expected(options: &Options) -> PathBuf {
    models(options).unwrap_or_else(|error| match error {
        AppError::NoModels { looked } => std::path::absolute(&looked).unwrap_or(looked),
        _ => places().into_iter().next().unwrap_or_default(),
    })
}

/// Every folder of models that is installed, the nearest first.
pub fn installed() -> Vec<PathBuf> {
    places().into_iter().filter(|folder| folder.join("models.toml").is_file()).collect()
}

/// Where a program looks for models: beside itself and up to four folders above (a checkout), and where packages put them.
fn places() -> Vec<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let above = program.ancestors().skip(1).take(5).map(|folder| folder.join("models"));
    let package = program.ancestors().nth(2).map(|prefix| prefix.join("lib/allxone/models"));
    above.chain(package).collect()
}
