//! How a command ends: one table of exit codes, one way of saying what went wrong.

use allxone_app::AppError;
use allxone_studio::{Code, StudioError};
use serde_json::{Value, json};

/// The exit codes every command shares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// Something failed.
    Failed = 1,
    /// The command line asks for something that cannot be.
    Usage = 2,
    /// The safety check stopped it or wants a confirmation.
    Stopped = 3,
    /// The safety check cannot run.
    FilterUnavailable = 4,
    /// Another program uses the library.
    InUse = 5,
    /// Interrupted from the keyboard.
    Interrupted = 130,
}

/// Why a command did not end well.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// The stable name of the error.
    pub code: String,
    /// What happened, and what to do.
    pub message: String,
    /// What the safety check found.
    pub finding: Option<Box<Value>>,
}

impl Failure {
    /// A failure of this program's own making.
    pub fn new(exit: Exit, code: &str, message: impl Into<String>) -> Self {
        Self { exit, code: code.to_owned(), message: message.into(), finding: None }
    }

    /// The failure as one JSON object.
    pub fn json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "finding": self.finding } })
    }
}

impl From<StudioError> for Failure {
    fn from(error: StudioError) -> Self {
        let code = error.code();
        let exit = match code {
            Code::Invalid => Exit::Usage,
            Code::Blocked | Code::NeedsConfirmation => Exit::Stopped,
            Code::FilterUnavailable => Exit::FilterUnavailable,
            Code::Cancelled => Exit::Interrupted,
            _ => Exit::Failed,
        };
        let mut message = error.to_string();
        if code == Code::NeedsConfirmation {
            message.push_str(" To go on deliberately, repeat the command with --confirm-review.");
        }
        let name =
            serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        let finding = error.finding().and_then(|f| serde_json::to_value(f).ok()).map(Box::new);
        Self { exit, code: name, message, finding }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        let exit = match &error {
            AppError::InUse { .. } => Exit::InUse,
            AppError::Filter(_) => Exit::FilterUnavailable,
            AppError::Library(allxone_studio::library::LibraryError::Stopped) => Exit::Interrupted,
            AppError::Studio(inner) => return inner.clone().into(),
            _ => Exit::Failed,
        };
        Self::new(exit, error.code(), error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, "io", error.to_string())
    }
}
