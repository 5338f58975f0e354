//! Why a profile could not be opened.

use std::path::PathBuf;

use allxone_egress::EgressError;
use allxone_library::LibraryError;
use allxone_service::ServiceError;
use allxone_studio::StudioError;
use allxone_studio::safety::SafetyError;
use allxone_vault::VaultError;

/// A failure before the studio stands.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A folder could not be made or read.
    #[error("The folder {} cannot be used: {source}. Nothing was changed. Choose another one with --data-dir, or mend its permissions.", folder.display())]
    Folder {
        /// Which one.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The system names no place for application data.
    #[error("This system names no place for application data. Choose a folder with --data-dir.")]
    NoHome,
    /// The models are not there.
    #[error("The models were not found (looked for {}), so nothing can be checked and nothing was sent. Reinstall AllXOne, or name their folder with --models-dir.", looked.display())]
    NoModels {
        /// Where they were expected.
        looked: PathBuf,
    },
    /// Another program holds the data folder.
    #[error(
        "The library is in use by {holder}. Nothing was changed. Close that program, or try again when it is done."
    )]
    InUse {
        /// Which program, and its process id.
        holder: String,
    },
    /// Nothing was ever kept here.
    #[error("There is no library in {} yet. It is made when the first picture is kept.", folder.display())]
    NoLibrary {
        /// The data folder.
        folder: PathBuf,
    },
    /// No service ever ran here.
    #[error("There is no service in {}. Nothing was changed. Name the folder it runs in with --data-dir.", folder.display())]
    NoService {
        /// The data folder.
        folder: PathBuf,
    },
    /// There is no partner of that name, or its key is none.
    #[error(
        "{0} is no provider whose models can be used here. Nothing was changed. There are: openai, fal, stability, a1111, comfyui."
    )]
    NoPartner(String),
    /// The key of the library could not be had.
    #[error(transparent)]
    Vault(VaultError),
    /// The safety check cannot run.
    #[error(transparent)]
    Filter(#[from] SafetyError),
    /// The library could not be opened.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The door could not be built.
    #[error(transparent)]
    Door(#[from] EgressError),
    /// The service of this computer did not start.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// A use case failed.
    #[error(transparent)]
    Studio(#[from] StudioError),
}

impl AppError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Folder { .. } => "folder_unusable",
            Self::NoHome => "no_home",
            Self::NoModels { .. } | Self::Filter(_) => "filter_unavailable",
            Self::InUse { .. } => "library_in_use",
            Self::NoLibrary { .. } => "no_library",
            Self::NoService { .. } => "no_service",
            Self::NoPartner(_) => "no_partner",
            Self::Vault(error) => error.code(),
            Self::Library(error) => error.code(),
            Self::Door(error) => error.code(),
            Self::Service(error) => error.code(),
            Self::Studio(_) => "studio",
        }
    }
}

impl From<VaultError> for AppError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::FolderInUse(holder) => Self::InUse {
                holder: holder.map_or_else(
                    || "another program".to_owned(),
                    |holder| format!("{} (process {})", holder.program, holder.pid),
                ),
            },
            other => Self::Vault(other),
        }
    }
}
