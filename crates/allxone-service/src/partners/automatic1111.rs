//! AUTOMATIC1111's web UI on a machine of one's own: one request, one answer, whatever checkpoint is loaded there.
//!
//! Nobody else sees anything and nothing is paid, so what is lost is simply made again when a person asks. Its stop acts on whatever runs, not
//! on a request of ours, so only one at a time is handed over.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use allxone_contract::{InputRole, Operation, Progress, Seed, Size, Source};
use allxone_egress::{EgressError, Empty, Handover, HeaderMap, Part, Purpose, Route};
use serde_json::Value;

use super::Dialect;
use super::catalogue::Model;
use super::line::Line;
use crate::partner::{Hands, PartnerError, Work};

/// How long a stop may take to be told.
const STOPPING: Duration = Duration::from_secs(5);

/// The web UI at the end of a line.
pub(crate) struct Automatic1111 {
    line: Line,
    /// Held while something runs there.
    turn: Mutex<()>,
}

impl Automatic1111 {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, turn: Mutex::default() }
    }

    fn stop(&self) {
        let door = self.line.door();
        let route = Route::post("/sdapi/v1/interrupt");
        let stopping =
            door.send_control(self.line.server(), Purpose::CancelJob, route, HeaderMap::new(), &Empty);
        let told = self.line.block_on(async { tokio::time::timeout(STOPPING, stopping).await });
        if !told.is_ok_and(|told| told.is_ok()) {
            tracing::info!("a machine of one's own could not be told to stop");
        }
    }
}

impl Dialect for Automatic1111 {
    fn make(&self, model: &Model, work: &Work, mut hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if hands.cancel.is_cancelled() {
            return Err(PartnerError::Cancelled);
        }
        let (route, field, source): (fn() -> Route, _, _) = match request.operation {
            Operation::Upscale => (|| Route::post("/sdapi/v1/extra-single-image"), "image", Source::Own),
            Operation::Generate => (|| Route::post("/sdapi/v1/txt2img"), "images", Source::Generated),
            _ => (|| Route::post("/sdapi/v1/img2img"), "images", Source::Edited),
        };
        let steps = u32::from(request.count);
        (hands.progress)(Progress { step: 0, steps });
        let cancel = hands.cancel;
        let handing = self.line.hand_over(route, "application/json", || handover(model, work));
        let ran = self.line.wait(cancel, handing).and_then(|answer| {
            let answer = answer.map_err(|refused| self.line.refused(&refused))?;
            let mut pictures = Vec::new();
            let rest = self.line.sifted(answer, field, cancel, &mut |picture| {
                pictures.push(picture);
                Ok(())
            })?;
            Ok((pictures, rest))
        });
        let (pictures, rest) = ran.map_err(|error| {
            if !cancel.is_cancelled() {
                return error;
            }
            self.stop();
            PartnerError::Cancelled
        })?;
        let seeds = seeds(&rest);
        // A grid of all pictures may come first; it is one more than was asked for.
        let grid = pictures.len().saturating_sub(usize::from(request.count)).min(1);
        let mut index = 0_u8;
        for picture in pictures.into_iter().skip(grid).take(request.count.into()) {
            let seed =
                seeds.get(usize::from(index)).copied().filter(|_| request.operation != Operation::Upscale);
            self.line.deliver(picture.into(), index, source, seed, &mut hands)?;
            index = index.saturating_add(1);
            (hands.progress)(Progress { step: index.into(), steps });
        }
        if index == 0 { Err(self.line.useless("no picture")) } else { Ok(()) }
    }
}

/// The seeds of a result, which stand in a text of JSON within it.
fn seeds(rest: &Value) -> Vec<Seed> {
    let info =
        rest.get("info").and_then(Value::as_str).and_then(|info| serde_json::from_str::<Value>(info).ok());
    let all = info.as_ref().and_then(|info| info.get("all_seeds")).and_then(Value::as_array);
    all.into_iter().flatten().filter_map(Value::as_u64).map(Seed).collect()
}

fn handover(model: &Model, work: &Work) -> Result<Handover, EgressError> {
    let request = work.request.value();
    let number = |number: u32| Part::Number(number.into());
    let pictures =
        |mask: bool| work.inputs.iter().filter(move |input| (input.role == InputRole::Mask) == mask);
    let mut parts = Vec::new();
    if request.operation == Operation::Upscale {
        parts.push(("upscaling_resize", number(request.factor.unwrap_or(2).into())));
        parts.push(("upscaler_1", Part::Word(model.wire.clone())));
        parts.extend(pictures(false).map(|input| ("image", Part::Picture(input.picture.clone()))));
        return Handover::json(parts);
    }
    parts.push(("prompt", Part::Prompt(work.request.clone())));
    if request.negative_prompt.is_some() {
        parts.push(("negative_prompt", Part::NegativePrompt(work.request.clone())));
    }
    if let Some(Size { width, height }) = request.size.or(model.card.size.map(|rule| rule.default)) {
        parts.push(("width", number(width)));
        parts.push(("height", number(height)));
    }
    parts.push(("n_iter", number(request.count.into())));
    parts.extend(request.seed.map(|seed| ("seed", Part::Number(seed.0 % u64::from(u32::MAX)))));
    parts.push(("save_images", Part::Flag(false)));
    let first: Vec<Part> = pictures(false).map(|input| Part::Picture(input.picture.clone())).collect();
    if !first.is_empty() {
        parts.push(("init_images", Part::List(first)));
        parts.extend(
            request.strength.map(|strength| ("denoising_strength", Part::Share(f32::from(strength) / 100.0))),
        );
    }
    for input in pictures(true) {
        parts.push(("mask", Part::Picture(input.picture.clone())));
        // There opaque is repainted; here transparent is.
        parts.push(("inpainting_mask_invert", Part::Number(1)));
    }
    Handover::json(parts)
}
