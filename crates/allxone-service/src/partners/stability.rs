//! Stability's image services, version 2 (`/v2beta/stable-image/…`): a form goes in, one picture comes out.
//!
//! Several pictures are several calls, one after the other. A picture its check disliked comes back blurred with a good status; it counts as
//! blocked and is never shown, so a picture is held until the answer has said that it is a whole one.

use allxone_contract::{InputRole, Operation, ProblemCode, Progress, Seed, Source};
use allxone_egress::{EgressError, Handover, Part, Route};
use serde_json::Value;

use super::Dialect;
use super::catalogue::Model;
use super::line::{Line, Refused};
use crate::partner::{Hands, PartnerError, Work};

/// Seeds end before this; 0 asks for a random one.
const SEEDS: u64 = 4_294_967_294;

/// Stability at the end of a line.
pub(crate) struct Stability {
    line: Line,
}

impl Stability {
    pub(crate) fn new(line: Line) -> Self {
        Self { line }
    }

    fn refused(&self, refused: &Refused) -> PartnerError {
        let name = refused.body.get("name").and_then(Value::as_str);
        match (refused.status, name) {
            (_, Some("content_moderation")) => self.line.blocked("request"),
            // Without a name it is the key that is not let in.
            _ => self.line.refused(refused),
        }
    }

    /// One call, one picture.
    fn picture(
        &self,
        model: &Model,
        work: &Work,
        seed: Option<Seed>,
        hands: &Hands<'_>,
    ) -> Result<(Vec<u8>, Option<Seed>), PartnerError> {
        let server = self.line.below(&format!("v2beta/stable-image/{}", model.wire))?;
        let answer = self.line.wait(
            hands.cancel,
            self.line.hand_over_at(&server, || Route::post("/"), "application/json", || handover(work, seed)),
        )?;
        let answer = answer.map_err(|refused| self.refused(&refused))?;
        let mut pictures = Vec::new();
        let rest = self.line.sifted(answer, "image", hands.cancel, &mut |picture| {
            pictures.push(picture);
            Ok(())
        })?;
        match rest.get("finish_reason").and_then(Value::as_str) {
            Some("CONTENT_FILTERED") => return Err(self.line.blocked("result")),
            Some("SUCCESS") => {}
            _ => return Err(self.line.useless("no whole picture")),
        }
        let made_with = rest.get("seed").and_then(Value::as_u64).map(Seed).or(seed);
        let picture = pictures.pop().ok_or_else(|| self.line.useless("no picture"))?;
        Ok((picture, made_with))
    }
}

impl Dialect for Stability {
    fn make(&self, model: &Model, work: &Work, mut hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let steps = u32::from(request.count.max(1));
        let source = match request.operation {
            Operation::Generate => Source::Generated,
            Operation::Upscale | Operation::CutOut => Source::Own,
            Operation::Edit | Operation::Stylise => Source::Edited,
        };
        let (mut made, mut blocked) = (0_u8, None);
        for call in 0..request.count.max(1) {
            (hands.progress)(Progress { step: call.into(), steps });
            let seed = request.seed.map(|seed| Seed(seed.0.wrapping_add(call.into()) % SEEDS));
            let (picture, seed) = match self.picture(model, work, seed, &hands) {
                Ok(picture) => picture,
                // The others may be fine.
                Err(error @ PartnerError::Failed { code: ProblemCode::ContentBlocked, .. }) => {
                    blocked = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let seed = seed.filter(|_| request.operation == Operation::Generate);
            self.line.deliver(picture.into(), made, source, seed, &mut hands)?;
            made = made.saturating_add(1);
        }
        (hands.progress)(Progress { step: steps, steps });
        blocked.filter(|_| made == 0).map_or(Ok(()), Err)
    }
}

fn handover(work: &Work, seed: Option<Seed>) -> Result<Handover, EgressError> {
    let request = work.request.value();
    let mut parts = vec![("output_format", Part::Word("png".to_owned()))];
    if !request.prompt.is_empty() {
        parts.push(("prompt", Part::Prompt(work.request.clone())));
    }
    if request.negative_prompt.is_some() {
        parts.push(("negative_prompt", Part::NegativePrompt(work.request.clone())));
    }
    parts.extend(seed.map(|seed| ("seed", Part::Number(seed.0))));
    let pictures = work.inputs.iter().filter(|input| input.role != InputRole::Mask);
    parts.extend(pictures.map(|input| ("image", Part::Picture(input.picture.clone()))));
    Handover::form(parts)
}
