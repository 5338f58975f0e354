//! OpenAI's Images API: `POST /v1/images/generations` and `/v1/images/edits`, answered in one piece.
//!
//! It has no stop and no key against repeats, so a request whose answer is lost stays unknown. Masks are transparent where the picture is to
//! be changed, which is also how the contract has them; they go as they were judged.

use allxone_contract::{InputRole, JobRequest, Operation, Progress, Size, Source};
use allxone_egress::{EgressError, Handover, Part, Route};

use super::Dialect;
use super::catalogue::Model;
use super::line::{Line, Refused};
use crate::partner::{Hands, PartnerError, Work};

/// OpenAI at the end of a line.
pub(crate) struct OpenAi {
    line: Line,
}

impl OpenAi {
    pub(crate) fn new(line: Line) -> Self {
        Self { line }
    }

    fn refused(&self, refused: &Refused) -> PartnerError {
        let error = refused.body.get("error");
        let word = |name: &str| {
            error.and_then(|error| error.get(name)).and_then(|value| value.as_str()).unwrap_or_default()
        };
        match word("code") {
            "moderation_blocked" | "content_policy_violation" => {
                let details = error.and_then(|error| error.get("moderation_details"));
                let stage = details
                    .and_then(|details| details.get("moderation_stage"))
                    .and_then(|stage| stage.as_str());
                self.line.blocked(if stage == Some("output") { "result" } else { "request" })
            }
            "insufficient_quota" | "billing_hard_limit_reached" | "billing_not_active" => self.line.account(),
            _ => self.line.refused(refused),
        }
    }
}

impl Dialect for OpenAi {
    fn make(&self, model: &Model, work: &Work, mut hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let steps = u32::from(request.count);
        (hands.progress)(Progress { step: 0, steps });
        let edit = request.operation == Operation::Edit;
        let route = move || Route::post(if edit { "/v1/images/edits" } else { "/v1/images/generations" });
        let answer = self
            .line
            .wait(hands.cancel, self.line.hand_over(route, "application/json", || handover(model, work)))?;
        let answer = answer.map_err(|refused| self.refused(&refused))?;
        let source = if edit { Source::Edited } else { Source::Generated };
        let (made, _) = self.line.pictures(answer, "b64_json", source, &mut hands, request.count)?;
        if made == 0 {
            return Err(self.line.useless("no picture"));
        }
        (hands.progress)(Progress { step: steps, steps });
        Ok(())
    }
}

/// The request in OpenAI's words: JSON for a picture from words, a form where pictures go along.
fn handover(model: &Model, work: &Work) -> Result<Handover, EgressError> {
    let request = work.request.value();
    let mut parts = vec![
        ("model", Part::Word(model.wire.clone())),
        ("prompt", Part::Prompt(work.request.clone())),
        ("n", Part::Number(request.count.into())),
        ("size", Part::Word(size(model, request))),
        ("output_format", Part::Word("png".to_owned())),
    ];
    parts.extend(model.quality.clone().map(|quality| ("quality", Part::Word(quality))));
    if request.operation != Operation::Edit {
        return Handover::json(parts);
    }
    let pictures: Vec<Part> = with(work, |role| role != InputRole::Mask);
    parts.push((if pictures.len() == 1 { "image" } else { "image[]" }, Part::List(pictures)));
    let masks: Vec<Part> = with(work, |role| role == InputRole::Mask);
    if !masks.is_empty() {
        parts.push(("mask", Part::List(masks)));
    }
    Handover::form(parts)
}

/// The pictures of some roles, the one to work on first: a mask goes with the first.
fn with(work: &Work, roles: impl Fn(InputRole) -> bool) -> Vec<Part> {
    let mut chosen: Vec<_> = work.inputs.iter().filter(|input| roles(input.role)).collect();
    chosen.sort_by_key(|input| input.role != InputRole::Init);
    chosen.into_iter().map(|input| Part::Picture(input.picture.clone())).collect()
}

fn size(model: &Model, request: &JobRequest) -> String {
    match request.size.or(model.card.size.map(|rule| rule.default)) {
        Some(Size { width, height }) => format!("{width}x{height}"),
        None => "auto".to_owned(),
    }
}
