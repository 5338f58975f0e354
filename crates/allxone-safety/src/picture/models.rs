//! The two opinions on one view: how a view becomes a model's input, and what the output means.

use std::sync::Arc;

use allxone_inference::{Inference, Model, ModelName, Tensor};
use allxone_media::{Area, Overview, Rgb};

use crate::SafetyError;

/// Both models look at squares of this many pixels.
pub(super) const SIDE: u32 = 224;
/// The second one is trained on the centre of a slightly larger square.
const SECOND_SIDE: u32 = 256;

/// The first model's opinion.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct First {
    /// The two explicit classes together, 0..1.
    pub explicit: f32,
    /// The suggestive class, 0..1.
    pub suggestive: f32,
    /// Whether it takes the view for a drawing: its two drawn classes together are the more likely half. The second model was made for
    /// photographs and is a poor witness there.
    pub drawn: bool,
    /// Whether the explicit score is mostly that of the drawn class.
    pub drawn_explicit: bool,
}

/// Both models, loaded and verified.
pub(crate) struct Models {
    first: Arc<Model>,
    second: Arc<Model>,
}

impl Models {
    pub fn load(inference: &Inference) -> Result<Self, SafetyError> {
        Ok(Self {
            first: inference.model(ModelName::NsfwMobilenet)?,
            second: inference.model(ModelName::OpenNsfw)?,
        })
    }

    /// Classes in the model's order: drawing, hentai, neutral, porn, sexy.
    pub fn first(&self, picture: &Overview<'_>, area: Area) -> Result<First, SafetyError> {
        let input = planes(&square(picture, area, SIDE)?, 0)?;
        match probabilities(&self.first, &input)?.as_slice() {
            [drawing, hentai, _, porn, sexy] => Ok(First {
                explicit: hentai + porn,
                suggestive: *sexy,
                drawn: drawing + hentai >= 0.5,
                drawn_explicit: hentai >= porn,
            }),
            _ => Err(SafetyError::internal("the first picture model answered in an unknown form")),
        }
    }

    /// Probability of the second model's unsafe class.
    pub fn second(&self, picture: &Overview<'_>, area: Area) -> Result<f32, SafetyError> {
        let input = planes(&square(picture, area, SECOND_SIDE)?, (SECOND_SIDE - SIDE) / 2)?;
        match probabilities(&self.second, &input)?.as_slice() {
            [_, unsafe_] => Ok(*unsafe_),
            _ => Err(SafetyError::internal("the second picture model answered in an unknown form")),
        }
    }
}

/// A part of the picture, squashed into a square.
fn square(picture: &Overview<'_>, area: Area, side: u32) -> Result<Rgb, SafetyError> {
    picture.square(area, side).ok_or_else(|| SafetyError::internal("the picture could not be made smaller"))
}

fn probabilities(model: &Model, input: &Tensor) -> Result<Vec<f32>, SafetyError> {
    let outputs = model.run(&[("image", input)])?;
    let probabilities = outputs.into_iter().next().map(|t| t.data).unwrap_or_default();
    let sound = probabilities.iter().all(|p| (0.0..=1.001).contains(p));
    if sound {
        Ok(probabilities)
    } else {
        Err(SafetyError::internal("a picture model answered outside 0 to 1"))
    }
}

/// The square of side [`SIDE`] at `inset`, as red, green and blue planes of 0..1. Fails if the picture is not the square it should be.
fn planes(square: &Rgb, inset: u32) -> Result<Tensor, SafetyError> {
    let whole = SIDE + 2 * inset;
    if (square.width(), square.height()) != (whole, whole) {
        return Err(SafetyError::internal("the picture could not be made smaller"));
    }
    let (side, inset, stride) = (SIDE as usize, inset as usize, whole as usize * 3);
    let mut data = vec![0.0; 3 * side * side];
    let (red, rest) = data.split_at_mut(side * side);
    let (green, blue) = rest.split_at_mut(side * side);
    let targets =
        red.chunks_exact_mut(side).zip(green.chunks_exact_mut(side)).zip(blue.chunks_exact_mut(side));
    for (row, ((red, green), blue)) in square.data().chunks_exact(stride).skip(inset).zip(targets) {
        let pixels = row.as_chunks::<3>().0.iter().skip(inset);
        for (pixel, ((red, green), blue)) in pixels.zip(red.iter_mut().zip(green).zip(blue)) {
            [*red, *green, *blue] = pixel.map(|value| f32::from(value) / 255.0);
        }
    }
    Ok(Tensor { shape: vec![1, 3, side, side], data })
}
