//! What can go wrong between a file on disk and a figure, in words a person can act on.

use std::io::ErrorKind;
use std::path::PathBuf;

/// Why a model, the text encoder or ONNX Runtime cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InferenceError {
    /// No ONNX Runtime library is pinned for this kind of computer.
    #[error(
        "AllXOne has no inference library for this kind of computer ({platform}). Nothing was changed. Use AllXOne on a supported system."
    )]
    UnsupportedPlatform {
        /// `<os>-<arch>` as Rust names them.
        platform: String,
    },
    /// A pinned file is not where it should be.
    #[error("The file {} is missing. Nothing was changed. Run the set-up again or reinstall AllXOne.", path.display())]
    FileMissing {
        /// Name of the file's entry in the manifest.
        name: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A pinned file exists but cannot be read, or is not a plain file.
    #[error(
        "The file {} cannot be read ({kind}). Nothing was changed. Check its permissions, or run the set-up again or reinstall AllXOne.",
        path.display()
    )]
    FileUnreadable {
        /// Name of the file's entry in the manifest.
        name: &'static str,
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        kind: ErrorKind,
    },
    /// A pinned file is not the released one: its length or its SHA-256 differs.
    #[error(
        "The file {} is not the one AllXOne was released with: it is damaged or was replaced. It was not used and nothing was changed. \
         Run the set-up again or reinstall AllXOne.",
        path.display()
    )]
    FileDamaged {
        /// Name of the file's entry in the manifest.
        name: &'static str,
        /// Where it was found.
        path: PathBuf,
    },
    /// The library is the released one, but this system cannot load it.
    #[error("The inference library {} cannot be loaded: {detail}. Nothing was changed. Reinstall AllXOne or update the system.", path.display())]
    RuntimeUnusable {
        /// The library.
        path: PathBuf,
        /// What the loader said.
        detail: String,
    },
    /// A verified model cannot be opened by the library.
    #[error(
        "The model `{name}` cannot be opened: {detail}. Nothing was changed. Close other programs to free memory and try again."
    )]
    ModelUnusable {
        /// The model.
        name: &'static str,
        /// What the library said.
        detail: String,
    },
    /// A model opened but does not compute what it computed when it was released.
    #[error(
        "The model `{name}` does not compute correctly on this computer, so it is not used. Nothing was changed. \
         Please report this with the model's name."
    )]
    SelfTestFailed {
        /// The model.
        name: &'static str,
    },
    /// The caller handed over something the model does not take.
    #[error("The model `{name}` was given an input it does not take: {detail}. Nothing was changed.")]
    BadInput {
        /// The model.
        name: &'static str,
        /// What does not fit.
        detail: String,
    },
    /// The library failed while computing.
    #[error(
        "The model `{name}` stopped while computing: {detail}. Nothing was changed. Close other programs to free memory and try again."
    )]
    RunFailed {
        /// The model.
        name: &'static str,
        /// What the library said.
        detail: String,
    },
}

impl InferenceError {
    /// A stable name for programs to branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnsupportedPlatform { .. } => "unsupported_platform",
            Self::FileMissing { .. } => "model_file_missing",
            Self::FileUnreadable { .. } => "model_file_unreadable",
            Self::FileDamaged { .. } => "model_file_damaged",
            Self::RuntimeUnusable { .. } => "runtime_unusable",
            Self::ModelUnusable { .. } => "model_unusable",
            Self::SelfTestFailed { .. } => "self_test_failed",
            Self::BadInput { .. } => "bad_input",
            Self::RunFailed { .. } => "run_failed",
        }
    }
}
