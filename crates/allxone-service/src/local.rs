//! The models of this computer as a partner: what each can do, said honestly, and the step from a cleared request to a task of the engine.

use allxone_contract::{
    CountRange, Field, JobRequest, ModelCard, ModelId, Operation, Plan, PlannedThing, PriceRule, ProblemCode,
    Progress, RunsAt, Seed, Size, SizeRule, Source, StyleChoice, Warning, WarningKind,
};
use allxone_engine::{Cancel, Engine, EngineError, Made, Report, Task, default_seed, styles};
use allxone_media::{Picture, Pixels};
use allxone_safety::Cleared;

use crate::partner::{Delivery, Hands, Input, Partner, PartnerError, Work};

const SCENE: &str = "local/scene";
const STYLE: &str = "local/style-26";
const UPSCALE: &str = "local/upscale";
const CUTOUT: &str = "local/cutout";

/// Strength of a style when none is asked for, in per cent.
const DEFAULT_STRENGTH: u8 = 100;
/// Pictures of one scene request.
const MAX_SCENES: u8 = 4;
const MAX_INPUT_PIXELS: u64 = 50_000_000;
const SCENE_SIZE: SizeRule =
    SizeRule { min_side: 64, max_side: 2048, multiple_of: 8, default: Size { width: 1024, height: 1024 } };

/// The on-device models.
pub struct LocalModels {
    engine: Engine,
}

impl LocalModels {
    /// The models of `engine`.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }
}

impl Partner for LocalModels {
    fn cards(&self) -> Vec<ModelCard> {
        cards()
    }

    fn processor(&self) -> Option<&str> {
        None
    }

    fn has_outside_effects(&self) -> bool {
        false
    }

    fn plan(&self, request: &Cleared<JobRequest>) -> Result<Plan, PartnerError> {
        let seen = self.engine.composer().preview(&request.value().prompt).map_err(failure)?;
        Ok(planned(seen))
    }

    fn run(&self, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let count = if request.operation == Operation::Generate { request.count.max(1) } else { 1 };
        for index in 0..count {
            let seed = (request.operation == Operation::Generate).then(|| seed_of(request, index));
            let task = task(request, &work.inputs, seed)?;
            let mut progress = |within: allxone_engine::Progress| {
                let steps = within.steps.max(1);
                let done = u32::from(index).saturating_mul(steps).saturating_add(within.step.min(steps));
                (hands.progress)(Progress { step: done, steps: u32::from(count).saturating_mul(steps) });
            };
            let made = self.engine.run(&task, &mut progress, hands.cancel).map_err(failure)?;
            (hands.deliver)(delivery(index, seed, made)?)?;
            stop_if(hands.cancel)?;
        }
        Ok(())
    }
}

/// What a scene's report says, in the contract's words.
fn planned(seen: allxone_engine::scene::SceneReport) -> Plan {
    let thing = |one: allxone_engine::scene::Drawn| PlannedThing {
        name: one.name,
        words: one.words,
        count: one.count,
    };
    Plan {
        things: seen.drawn.into_iter().map(thing).collect(),
        setting: seen.setting_words,
        left_out: seen.unknown,
    }
}

fn stop_if(cancel: &Cancel) -> Result<(), PartnerError> {
    if cancel.is_cancelled() { Err(PartnerError::Cancelled) } else { Ok(()) }
}

/// The seed of picture `index`: the asked one, or the usual one of the prompt, plus the index.
fn seed_of(request: &JobRequest, index: u8) -> Seed {
    let first = request.seed.map_or_else(|| default_seed(&request.prompt), |seed| seed.0);
    Seed(first.wrapping_add(u64::from(index)))
}

fn task(request: &JobRequest, inputs: &[Input], seed: Option<Seed>) -> Result<Task, PartnerError> {
    let missing = || {
        PartnerError::failed(
            ProblemCode::Invalid,
            "This needs one input picture. Upload it and send the job again.",
        )
    };
    let picture = || -> Result<Pixels, PartnerError> {
        Ok(inputs.first().ok_or_else(missing)?.picture.value().pixels().clone())
    };
    Ok(match request.operation {
        Operation::Generate => {
            let Size { width, height } = request.size.unwrap_or(SCENE_SIZE.default);
            let seed = seed.unwrap_or(Seed(0)).0;
            Task::Scene { prompt: request.prompt.clone(), width, height, seed }
        }
        Operation::Stylise => Task::Stylise {
            picture: picture()?,
            style: request.style.clone().unwrap_or_default(),
            strength: f32::from(request.strength.unwrap_or(DEFAULT_STRENGTH)) / 100.0,
        },
        Operation::Upscale => Task::Upscale { picture: picture()?, factor: request.factor.unwrap_or(2) },
        Operation::CutOut => Task::CutOut { picture: picture()? },
        Operation::Edit => {
            let none = "No model of this computer changes pictures by words. Choose another model.";
            return Err(PartnerError::failed(ProblemCode::UnknownModel, none));
        }
    })
}

fn delivery(index: u8, seed: Option<Seed>, made: Made) -> Result<Delivery, PartnerError> {
    let Made { pixels, source, report } = made;
    let picture = Picture::encode_png(&pixels)
        .map_err(|error| PartnerError::failed(ProblemCode::EngineFailed, error.to_string()))?;
    let source = match source {
        allxone_engine::Source::Generated => Source::Generated,
        allxone_engine::Source::Altered => Source::Edited,
        allxone_engine::Source::SameAsInput => Source::Own,
    };
    let warnings = warning(index, &report).into_iter().collect();
    let report = serde_json::to_value(&report).ok();
    Ok(Delivery { index, picture, source, seed, report, warnings })
}

/// Says, once a job, that words of the prompt could not be drawn. Which ones is in the report: a job itself never carries words of a prompt.
fn warning(index: u8, report: &Report) -> Option<Warning> {
    let Report::Scene(scene) = report else { return None };
    let message = match (index, scene.unknown.len()) {
        (0, 1) => "One word of the prompt could not be drawn; the result's report names it.".to_owned(),
        (0, words @ 2..) => {
            format!("{words} words of the prompt could not be drawn; the result's report names them.")
        }
        _ => return None,
    };
    Some(Warning { kind: WarningKind::PromptPartIgnored, message })
}

/// The engine's words, under the contract's codes. The engine's messages name no content.
fn failure(error: EngineError) -> PartnerError {
    let code = match error {
        EngineError::Cancelled => return PartnerError::Cancelled,
        EngineError::EmptyPrompt
        | EngineError::SceneSize { .. }
        | EngineError::UnknownStyle { .. }
        | EngineError::Strength(_)
        | EngineError::Factor(_) => ProblemCode::Invalid,
        EngineError::PictureTooLarge { .. } | EngineError::ResultTooLarge { .. } => ProblemCode::TooLarge,
        _ => ProblemCode::EngineFailed,
    };
    PartnerError::failed(code, error.to_string())
}

fn cards() -> Vec<ModelCard> {
    let none = CountRange { min: 0, max: 0 };
    let one = CountRange { min: 1, max: 1 };
    let card = |id: &str, name: &str, summary: &str, operation, fields: &[Field], licence: &str| ModelCard {
        id: ModelId::from(id),
        name: name.to_owned(),
        summary: summary.to_owned(),
        operation,
        runs_at: RunsAt::Service,
        fields: fields.to_vec(),
        size: None,
        count: one,
        inputs: if fields.contains(&Field::Inputs) { one } else { none },
        max_input_pixels: MAX_INPUT_PIXELS,
        factors: Vec::new(),
        styles: Vec::new(),
        plans: false,
        price: PriceRule::Free,
        licence: licence.to_owned(),
    };
    let choice = |style: &allxone_engine::StyleCard| StyleChoice {
        id: style.id.to_owned(),
        name: style.name.to_owned(),
        summary: style.line.to_owned(),
    };
    vec![
        ModelCard {
            size: Some(SCENE_SIZE),
            count: CountRange { min: 1, max: MAX_SCENES },
            plans: true,
            ..card(
                SCENE,
                "Scene",
                "Arranges 3-D drawings. For photos or paintings choose another model.",
                Operation::Generate,
                &[Field::Prompt, Field::Size, Field::Count, Field::Seed],
                "MIT (drawings), Apache-2.0 (text model)",
            )
        },
        ModelCard {
            styles: styles().iter().map(choice).collect(),
            ..card(
                STYLE,
                "Style",
                "Redraws a picture in one of its styles. It changes colours and strokes, not what is in the picture.",
                Operation::Stylise,
                &[Field::Style, Field::Strength, Field::Inputs],
                "BSD-3-Clause",
            )
        },
        ModelCard {
            factors: vec![2, 4],
            ..card(
                UPSCALE,
                "Enlarge",
                "Makes a picture 2 or 4 times larger with clean edges. Best on drawings; on photos fine texture is smoothed.",
                Operation::Upscale,
                &[Field::Factor, Field::Inputs],
                "BSD-3-Clause",
            )
        },
        card(
            CUTOUT,
            "Cut out",
            "Keeps the main thing of a picture and makes the rest transparent. Needs a subject that stands out.",
            Operation::CutOut,
            &[Field::Inputs],
            "Apache-2.0",
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn every_model_is_free_runs_here_and_accepts_its_plainest_request() {
        let cards = cards();
        assert_eq!(cards.len(), 4);
        for card in &cards {
            assert_eq!((&card.price, &card.runs_at), (&PriceRule::Free, &RunsAt::Service));
            let mut request = JobRequest::new(card.operation, card.id.clone());
            if card.fields.contains(&Field::Prompt) {
                request.prompt = "a lighthouse".to_owned();
            }
            request.style = card.styles.first().map(|style| style.id.clone());
            request.factor = card.factors.first().copied();
            if card.inputs.min == 1 {
                let input = allxone_contract::InputRef {
                    sha256: allxone_contract::Sha256::of(b"x"),
                    role: allxone_contract::InputRole::Init,
                };
                request.inputs = vec![input];
            }
            assert_eq!(card.faults(&request), [], "{}", card.id);
        }
    }

    #[test]
    fn seeds_follow_the_first_and_wrap() {
        let mut request = JobRequest::new(Operation::Generate, SCENE.into());
        request.prompt = "two owls".to_owned();
        assert_eq!(seed_of(&request, 0), seed_of(&request, 0));
        assert_eq!(seed_of(&request, 1).0, seed_of(&request, 0).0.wrapping_add(1));
        request.seed = Some(Seed(u64::MAX));
        assert_eq!(seed_of(&request, 1), Seed(0));
    }
}
