//! A fixed input and the output every model must give for it, computed once with another program (ONNX Runtime from Python, no graph
//! optimisation). Run at a model's first load in a process: it notices a processor, library or option on which the figures are wrong.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::model::Input;
use crate::{InferenceError, ModelName, Tensor};

/// What a model must answer to [`ramp`] inputs.
struct Golden {
    /// Shape of each input, in the graph's order.
    inputs: &'static [(&'static str, &'static [usize])],
    /// Length of the first output.
    len: usize,
    /// Its mean.
    mean: f32,
    /// Samples spread evenly over it, the first and last value included.
    samples: &'static [f32],
    /// Largest difference of any of them.
    tolerance: f32,
}

static PASSED: [AtomicBool; ModelName::ALL.len()] = [const { AtomicBool::new(false) }; ModelName::ALL.len()];

/// Runs the test of `name` through `run` unless it has passed before in this process.
pub(crate) fn once(
    name: ModelName,
    run: impl FnOnce(&[(&str, Input<'_>)]) -> Result<Vec<Tensor>, InferenceError>,
) -> Result<(), InferenceError> {
    let passed = PASSED.get(name as usize);
    if passed.is_some_and(|p| p.load(Ordering::Acquire)) {
        return Ok(());
    }
    let failed = || InferenceError::SelfTestFailed { name: name.as_str() };
    let golden = golden(name);
    let outputs = if name == ModelName::TextEncoder {
        let mask = [1_i64; TOKENS.len()];
        let shape = vec![1, TOKENS.len()];
        run(&[
            ("input_ids", Input::I64 { shape: shape.clone(), data: &TOKENS }),
            ("attention_mask", Input::I64 { shape, data: &mask }),
        ])?
    } else {
        let tensors: Vec<Tensor> = golden.inputs.iter().map(|(_, shape)| ramp(shape)).collect();
        let inputs: Vec<_> =
            golden.inputs.iter().zip(&tensors).map(|((input, _), t)| (*input, Input::F32(t))).collect();
        run(&inputs)?
    };
    let wanted = if name == ModelName::TextEncoder { outputs.get(1) } else { outputs.first() };
    if !matches(&golden, &wanted.ok_or_else(failed)?.data) {
        return Err(failed());
    }
    if let Some(passed) = passed {
        passed.store(true, Ordering::Release);
    }
    Ok(())
}

/// `[CLS] hello world [SEP]`.
const TOKENS: [i64; 4] = [101, 7592, 2088, 102];

/// A rough but smooth-free pattern in 0..1 that depends on nothing but the index. Style weights are even instead: they must sum to 1.
fn ramp(shape: &[usize]) -> Tensor {
    let len: usize = shape.iter().product();
    let data = if shape == [26] {
        vec![1.0 / 26.0; len]
    } else {
        (0..len).map(|i| ((i * 37 + (i / 97) * 11) % 251) as f32 / 250.0).collect()
    };
    Tensor { shape: shape.to_vec(), data }
}

fn matches(golden: &Golden, output: &[f32]) -> bool {
    if output.len() != golden.len || !output.iter().all(|v| v.is_finite()) {
        return false;
    }
    let near = |a: f32, b: f32| (a - b).abs() <= golden.tolerance;
    let mean = (output.iter().map(|v| f64::from(*v)).sum::<f64>() / output.len() as f64) as f32;
    let last = golden.samples.len().saturating_sub(1).max(1);
    let samples = golden.samples.iter().enumerate();
    near(mean, golden.mean)
        && samples
            .into_iter()
            .all(|(j, want)| output.get(j * (output.len() - 1) / last).is_some_and(|got| near(*got, *want)))
}

fn golden(name: ModelName) -> Golden {
    match name {
        ModelName::NsfwMobilenet => Golden {
            inputs: &[("image", &[1, 3, 224, 224])],
            len: 5,
            mean: 0.2,
            samples: &[0.669659, 0.036167, 0.288842, 0.001951, 0.003381],
            tolerance: 2e-3,
        },
        ModelName::OpenNsfw => Golden {
            inputs: &[("image", &[1, 3, 224, 224])],
            len: 2,
            mean: 0.5,
            samples: &[0.998522, 0.001478],
            tolerance: 2e-3,
        },
        ModelName::TextEncoder => Golden {
            inputs: &[],
            len: 384,
            mean: 0.002104,
            samples: &[-0.034972, 0.081559, -0.021497, 0.008554, -0.079826, -0.024641, -0.068329, 0.032505],
            tolerance: 1e-3,
        },
        ModelName::MultiStyle => Golden {
            inputs: &[("image", &[1, 3, 32, 32]), ("style_weights", &[26])],
            len: 3 * 32 * 32,
            mean: 0.480743,
            samples: &[0.128266, 0.665663, 0.369294, 0.192567, 0.673333, 0.230417, 0.200355, 0.494202],
            tolerance: 5e-3,
        },
        ModelName::UpscaleDrawing => Golden {
            inputs: &[("data", &[1, 3, 16, 16])],
            len: 3 * 64 * 64,
            mean: 0.503336,
            samples: &[0.367937, 0.20801, 0.767133, 0.832855, 0.247621, 0.770511, 0.11819, 0.349431],
            tolerance: 5e-3,
        },
        ModelName::Cutout => Golden {
            inputs: &[("input.1", &[1, 3, 320, 320])],
            len: 320 * 320,
            mean: 0.000859,
            samples: &[0.002811, 0.000691, 0.007837, 0.000162, 0.000007, 0.000113, 0.000027, 0.000358],
            tolerance: 2e-3,
        },
        // Stored as 8-bit integers between its layers: a step is 0.02, and rounding may differ by a few of them.
        ModelName::StylePredict => Golden {
            inputs: &[("style_image", &[1, 256, 256, 3])],
            len: 100,
            mean: 0.034,
            samples: &[1.232494, 0.477095, 0.03, -0.92, 0.218668, -1.262, 0.238547, 0.576489],
            tolerance: 0.1,
        },
        ModelName::StyleTransform => Golden {
            inputs: &[("content_image", &[1, 384, 384, 3]), ("mobilenet_conv/Conv/BiasAdd", &[1, 1, 1, 100])],
            len: 384 * 384 * 3,
            mean: 0.284223,
            samples: &[0.242188, 0.203125, 0.222656, 0.203125, 0.265625, 0.335938, 0.285156, 0.613281],
            tolerance: 0.03,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_answer_does_not_match() {
        let golden = golden(ModelName::OpenNsfw);
        assert!(matches(&golden, &[0.9985, 0.0015]));
        assert!(!matches(&golden, &[0.98, 0.02]), "off");
        assert!(!matches(&golden, &[0.0015, 0.9985]), "swapped");
        assert!(!matches(&golden, &[f32::NAN, 0.0015]), "not a number");
        assert!(!matches(&golden, &[0.9985]), "short");
    }
}
