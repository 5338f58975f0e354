//! Cutting the main thing out of its background: a small network says roughly where it is, and the picture's own
//! edges say exactly.

use allxone_inference::{Inference, ModelName};
use allxone_media::Pixels;

use crate::matte::Matte;
use crate::tiles::Rect;
use crate::{Cancel, EngineError, Progress, pixels, planes, resize};

/// Side of the square the network looks at.
const SIDE: usize = 320;
/// Mean and deviation of the pictures it was trained on (ImageNet), red, green, blue.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];
/// The network must be at least this sure of some place; plain and patterned areas stay well below.
const SURE: f32 = 0.5;
/// Smallest and largest share of the picture that counts as a thing before a background.
const SHARE: std::ops::RangeInclusive<f32> = 0.005..=0.995;
/// Transparent parts of the input are shown to the network in this grey.
const BACKDROP: [u8; 3] = [128; 3];
const MODEL: &str = "cutout";
const STEPS: u32 = 3;

/// Makes all but the main thing transparent. Also gives the share of the picture that was kept. What is cut away is
/// erased, not merely hidden.
///
/// # Errors
/// [`EngineError::NothingToCutOut`], [`EngineError::Cancelled`] and what the model says.
pub(crate) fn cut_out(
    inference: &Inference,
    picture: &Pixels,
    progress: &mut dyn FnMut(Progress),
    cancel: &Cancel,
) -> Result<(Pixels, f32), EngineError> {
    cancel.check()?;
    progress(Progress { step: 0, steps: STEPS });
    let model = inference.model(ModelName::Cutout)?;
    let size = (picture.width(), picture.height());
    let side = SIDE as u32;
    let shown = picture.over(BACKDROP);
    let small = resize::resize::<3>(shown.data(), size, (side, side), resize::TRIANGLE)?;
    drop(shown);
    let whole = Rect { x: 0, y: 0, w: SIDE, h: SIDE };
    let input = planes::read_normalised::<3>(&small, SIDE, whole, (SIDE, SIDE), MEAN, DEVIATION);
    progress(Progress { step: 1, steps: STEPS });
    cancel.check()?;

    let outputs = model.run(&[("input.1", &input)])?;
    let mask = stretched(planes::first(MODEL, &outputs, &[1, 1, SIDE, SIDE])?)?;
    progress(Progress { step: 2, steps: STEPS });
    cancel.check()?;

    let guide = planes::read::<3>(&small, SIDE, whole, SIDE, SIDE);
    let matte = Matte::fit(&guide.data, &mask, SIDE, SIDE);
    let mut target = pixels::to_rgba(picture);
    let coverage = matte.apply(&mut target, size.0 as usize, size.1 as usize);
    if coverage == 0.0 {
        return Err(EngineError::NothingToCutOut);
    }
    progress(Progress { step: STEPS, steps: STEPS });
    Ok((pixels::finish::<4>(size.0, size.1, target)?, coverage))
}

/// The network's answer stretched to 0..=1.
fn stretched(answer: &[f32]) -> Result<Vec<f32>, EngineError> {
    let low = answer.iter().copied().fold(f32::INFINITY, f32::min);
    let high = answer.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if !(high >= SURE && high > low) {
        return Err(EngineError::NothingToCutOut);
    }
    let mask: Vec<f32> = answer.iter().map(|v| (v - low) / (high - low)).collect();
    let share = mask.iter().filter(|v| **v > 0.5).count() as f32 / mask.len() as f32;
    if SHARE.contains(&share) { Ok(mask) } else { Err(EngineError::NothingToCutOut) }
}
