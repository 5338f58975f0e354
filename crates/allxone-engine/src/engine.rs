//! The one way in: a task goes in, a finished picture comes out.

use std::path::PathBuf;

use allxone_inference::Inference;

use crate::scene::Composer;
use crate::{Cancel, EngineError, Made, Progress, Report, Source, Task, cutout, pixels, stylise, upscale};

/// Makes pictures on this computer. Cheap to clone; models and drawings are read when first needed.
#[derive(Clone)]
pub struct Engine {
    inference: Inference,
    composer: Composer,
}

impl Engine {
    /// An engine that takes its networks from `inference` and the drawings of scenes from the folder `drawings`.
    #[must_use]
    pub fn new(inference: Inference, drawings: PathBuf) -> Engine {
        Engine { composer: Composer::new(inference.clone(), drawings), inference }
    }

    /// The composer of scenes: previews of what a prompt would show, and scenes with the mask of their objects.
    #[must_use]
    pub fn composer(&self) -> &Composer {
        &self.composer
    }

    /// Runs a task to its end on this thread. The same task gives the same pixels.
    ///
    /// `progress` is called at the start, at the end, and after each part between; `cancel` is looked at before
    /// each model run.
    ///
    /// # Errors
    /// [`EngineError`]: what is wrong with the task, that it was stopped, or that a model could not be used.
    pub fn run(
        &self,
        task: &Task,
        progress: &mut dyn FnMut(Progress),
        cancel: &Cancel,
    ) -> Result<Made, EngineError> {
        match task {
            Task::Scene { prompt, width, height, seed } => {
                let (pixels, scene) = self.composer.make(prompt, *width, *height, *seed, progress, cancel)?;
                Ok(Made { pixels, source: Source::Generated, report: Report::Scene(scene) })
            }
            Task::Stylise { picture, style, strength } => {
                pixels::check(picture)?;
                let pixels = stylise::stylise(&self.inference, picture, style, *strength, progress, cancel)?;
                let source = if *strength == 0.0 { Source::SameAsInput } else { Source::Altered };
                let report = Report::Stylised { style: style.clone(), strength: *strength };
                Ok(Made { pixels, source, report })
            }
            Task::Upscale { picture, factor } => {
                pixels::check(picture)?;
                let (pixels, tiles) = upscale::upscale(&self.inference, picture, *factor, progress, cancel)?;
                let report = Report::Upscaled { factor: *factor, tiles };
                Ok(Made { pixels, source: Source::SameAsInput, report })
            }
            Task::CutOut { picture } => {
                pixels::check(picture)?;
                let (pixels, coverage) = cutout::cut_out(&self.inference, picture, progress, cancel)?;
                Ok(Made { pixels, source: Source::SameAsInput, report: Report::CutOut { coverage } })
            }
        }
    }
}
