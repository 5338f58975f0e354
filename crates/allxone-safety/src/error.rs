//! The one way the gate can fail: it cannot judge, so nothing passes.

use allxone_inference::InferenceError;

/// Why content was neither allowed nor refused. It was not sent, shown or kept.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SafetyError {
    /// A model, a rule file or the runtime is missing, damaged or failing. Whatever was asked about stays where it is.
    #[error("The safety check cannot run: {what}. Nothing was sent and nothing was shown. {remedy}")]
    FilterUnavailable {
        /// What is wrong, as the middle of a sentence.
        what: String,
        /// What to do next, as a sentence.
        remedy: String,
    },
}

impl SafetyError {
    /// A stable name for programs to branch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::FilterUnavailable { .. } => "filter_unavailable",
        }
    }

    pub(crate) fn unavailable(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::FilterUnavailable { what: what.into(), remedy: remedy.into() }
    }

    /// Something that cannot happen with released files; the person can only try again or report it.
    pub(crate) fn internal(what: impl Into<String>) -> Self {
        Self::unavailable(what, "Try again; if it stays, reinstall AllXOne and report it.")
    }
}

impl From<InferenceError> for SafetyError {
    fn from(error: InferenceError) -> Self {
        let reinstall = "Repair the safety check (in the window, or with `allxone doctor --repair`), or reinstall AllXOne.";
        match &error {
            InferenceError::UnsupportedPlatform { platform } => Self::unavailable(
                format!("there is no inference library for this kind of computer ({platform})"),
                "Use AllXOne on a supported system.",
            ),
            InferenceError::FileMissing { path, .. } => {
                Self::unavailable(format!("the file {} is missing", path.display()), reinstall)
            }
            InferenceError::FileUnreadable { path, kind, .. } => {
                Self::unavailable(format!("the file {} cannot be read ({kind})", path.display()), reinstall)
            }
            InferenceError::FileDamaged { path, .. } => Self::unavailable(
                format!("the file {} is damaged or was replaced", path.display()),
                reinstall,
            ),
            InferenceError::RuntimeUnusable { path, detail } => Self::unavailable(
                format!("the library {} cannot be loaded ({detail})", path.display()),
                reinstall,
            ),
            InferenceError::SelfTestFailed { name } => Self::unavailable(
                format!("the model `{name}` does not compute correctly on this computer"),
                "Please report this with the model's name.",
            ),
            InferenceError::ModelUnusable { name, detail }
            | InferenceError::BadInput { name, detail }
            | InferenceError::RunFailed { name, detail } => Self::unavailable(
                format!("the model `{name}` stopped ({detail})"),
                "Close other programs to free memory and try again.",
            ),
        }
    }
}
