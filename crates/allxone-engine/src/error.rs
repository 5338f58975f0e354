//! Everything that can go wrong while a picture is made, said so that a person can act on it.

use std::path::PathBuf;

/// Why a task made no picture. Every message says what happened and what to do next; the pictures handed in
/// are never changed.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The caller raised the [`Cancel`](crate::Cancel) sign.
    #[error("Stopped. Nothing was kept of the unfinished picture.")]
    Cancelled,

    /// The prompt holds no word.
    #[error("The prompt is empty. Say in a few words what should be in the picture.")]
    EmptyPrompt,

    /// A scene of this size cannot be made.
    #[error("A scene of {width}×{height} pixels cannot be made. Choose sides from {min} to {max} pixels.")]
    SceneSize {
        /// Asked width in pixels.
        width: u32,
        /// Asked height in pixels.
        height: u32,
        /// Smallest side in pixels.
        min: u32,
        /// Largest side in pixels.
        max: u32,
    },

    /// The drawings are not where they should be, or their index cannot be read.
    #[error(
        "The drawings that scenes are made of are missing or damaged ({path}: {detail}). \
         Your prompt is unchanged; install the program again or run its set-up, then try once more."
    )]
    Drawings {
        /// The folder or file that could not be read.
        path: PathBuf,
        /// What the reader said.
        detail: String,
    },

    /// No style has this id.
    #[error("There is no style called “{asked}”. Choose one of: {known}.")]
    UnknownStyle {
        /// The id that was asked for, cut to 64 characters.
        asked: String,
        /// The ids that exist, separated by commas.
        known: String,
    },

    /// A strength outside 0..=1, or not a number.
    #[error(
        "The strength {0} cannot be used. Choose a number from 0 (the picture as it is) to 1 (full style)."
    )]
    Strength(f32),

    /// A factor other than 2 or 4.
    #[error("A picture can be enlarged 2 or 4 times, not {0} times.")]
    Factor(u8),

    /// The picture handed in is larger than the engine takes.
    #[error(
        "The picture of {width}×{height} pixels is too large to work on: at most {max_megapixels} megapixels \
         and {max_side} pixels a side. Make it smaller and try again; your picture is unchanged."
    )]
    PictureTooLarge {
        /// Width of the picture in pixels.
        width: u32,
        /// Height of the picture in pixels.
        height: u32,
        /// Largest area in millions of pixels.
        max_megapixels: u64,
        /// Largest side in pixels.
        max_side: u32,
    },

    /// The enlarged picture would be larger than the product can keep.
    #[error(
        "Enlarged {factor} times, this picture would be {width}×{height} pixels; the largest result allowed is \
         {max_megapixels} megapixels and {max_side} pixels a side. In this shape that means a picture of at most \
         {fit_width}×{fit_height} pixels. Choose a smaller factor or picture; yours is unchanged."
    )]
    ResultTooLarge {
        /// The factor that was asked for.
        factor: u8,
        /// Width the result would have, in pixels.
        width: u64,
        /// Height the result would have, in pixels.
        height: u64,
        /// Largest area of a result in millions of pixels.
        max_megapixels: u64,
        /// Largest side of a result in pixels.
        max_side: u32,
        /// Width of the largest picture of the same shape that can be enlarged by this factor.
        fit_width: u32,
        /// Height of the largest picture of the same shape that can be enlarged by this factor.
        fit_height: u32,
    },

    /// No object stands out from its background.
    #[error(
        "Nothing in this picture stands out clearly enough to be cut out. Try a picture in which one thing or \
         person is easy to tell from the background; yours is unchanged."
    )]
    NothingToCutOut,

    /// A model gave back numbers of another shape than it should.
    #[error(
        "The model “{model}” answered in a way that is not understood ({detail}). The picture was not made and \
         yours is unchanged; install the program again if this happens twice."
    )]
    ModelOutput {
        /// Name of the model.
        model: &'static str,
        /// What was expected and what came.
        detail: String,
    },

    /// A buffer did not fit its picture.
    #[error("The picture could not be resized ({0}). Yours is unchanged; try another size.")]
    Resize(String),

    /// A finished buffer was no picture.
    #[error(transparent)]
    Media(#[from] allxone_media::MediaError),

    /// A model could not be loaded or run.
    #[error(transparent)]
    Inference(#[from] allxone_inference::InferenceError),
}

impl EngineError {
    /// A stable name for this kind of error, for programs and translations.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::Cancelled => "cancelled",
            EngineError::EmptyPrompt => "prompt_empty",
            EngineError::SceneSize { .. } => "scene_size",
            EngineError::Drawings { .. } => "drawings_missing",
            EngineError::UnknownStyle { .. } => "unknown_style",
            EngineError::Strength(_) => "strength_out_of_range",
            EngineError::Factor(_) => "upscale_factor",
            EngineError::PictureTooLarge { .. } => "picture_too_large",
            EngineError::ResultTooLarge { .. } => "result_too_large",
            EngineError::NothingToCutOut => "nothing_to_cut_out",
            EngineError::ModelOutput { .. } => "model_output",
            EngineError::Resize(_) => "resize",
            EngineError::Media(error) => error.code(),
            EngineError::Inference(error) => error.code(),
        }
    }
}
