//! What can go wrong inside a scene, before it is told to the engine's caller.

use crate::EngineError;
use std::path::PathBuf;

/// Why a scene could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SceneError {
    /// A drawing is not in its folder, cannot be decoded, or is not the file the catalogue knows.
    #[error("The drawing {path} cannot be used: {detail}.")]
    Drawing {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// A drawing could not be scaled.
    #[error("A drawing could not be brought to its size.")]
    Scaling,
    /// The catalogue compiled into the program is damaged.
    #[error("The catalogue of drawings is damaged.")]
    IndexDamaged,
    /// The person stopped it.
    #[error("Stopped.")]
    Stopped,
}

impl SceneError {
    /// A stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            SceneError::Drawing { .. } => "drawing_unusable",
            SceneError::Scaling => "drawing_scaling",
            SceneError::IndexDamaged => "drawings_index",
            SceneError::Stopped => "cancelled",
        }
    }
}

impl From<SceneError> for EngineError {
    fn from(error: SceneError) -> EngineError {
        match error {
            SceneError::Drawing { path, detail } => EngineError::Drawings { path, detail },
            SceneError::Scaling => EngineError::Resize(error.to_string()),
            SceneError::IndexDamaged => EngineError::Drawings {
                path: PathBuf::from("drawings-index.json"),
                detail: error.to_string(),
            },
            SceneError::Stopped => EngineError::Cancelled,
        }
    }
}
