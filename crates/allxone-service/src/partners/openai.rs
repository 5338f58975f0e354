//! OpenAI's Images API: `POST /v1/images/generations` and `/v1/images/edits`, answered in one piece, or as events where
//! previews are wanted.
//!
//! It has no stop and no key against repeats, so a request whose answer is lost stays unknown. Masks are transparent where the picture is to
//! be changed, which is also how the contract has them; they go as they were judged.

use allxone_contract::{InputRole, JobRequest, Operation, Progress, Size, Source};
use allxone_egress::{Answer, EgressError, Handover, Part, Route};
use serde_json::Value;

use super::Dialect;
use super::catalogue::Model;
use super::events::Event;
use super::line::{Line, Refused};
use crate::partner::{Hands, PartnerError, Work};

/// The kind of an answer that comes as events.
const EVENTS: &str = "text/event-stream";

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

impl OpenAi {
    /// Hands on what comes, previews and then the picture.
    fn follow_events(
        &self,
        answer: Answer,
        source: Source,
        hands: &mut Hands<'_>,
    ) -> Result<(), PartnerError> {
        let cancel = hands.cancel;
        let ended = self.line.events(answer, "b64_json", cancel, &mut |Event { said, picture }| {
            if let Some(error) = said.get("error").filter(|error| error.is_object()) {
                let theirs = error.get("type").and_then(Value::as_str) == Some("server_error");
                let status = if theirs { 500 } else { 400 };
                return Err(self.refused(&Refused { status, body: said, pause: None }));
            }
            let kind = said.get("type").and_then(Value::as_str).unwrap_or_default();
            if kind.ends_with(".completed") {
                let picture = picture.ok_or_else(|| self.line.useless("no picture"))?;
                self.line.deliver(picture.into(), 0, source, None, hands)?;
                return Ok(true);
            }
            if let (true, Some(picture)) = (kind.ends_with(".partial_image"), picture) {
                let index = said.get("partial_image_index").and_then(Value::as_u64);
                let index = index.and_then(|index| u8::try_from(index).ok()).unwrap_or_default();
                self.line.preview(picture.into(), index, source, hands)?;
            }
            Ok(false)
        })?;
        if ended { Ok(()) } else { Err(self.line.unknown("did not answer in full")) }
    }
}

impl Dialect for OpenAi {
    fn make(&self, model: &Model, work: &Work, mut hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let steps = u32::from(request.count);
        (hands.progress)(Progress { step: 0, steps });
        let edit = request.operation == Operation::Edit;
        let route = move || Route::post(if edit { "/v1/images/edits" } else { "/v1/images/generations" });
        // Where it makes several pictures, its previews do not say of which.
        let previews = if request.count == 1 { hands.previews } else { 0 };
        let accept = if previews > 0 { EVENTS } else { "application/json" };
        let asked = self.line.hand_over(route, accept, || handover(model, work, previews));
        let answer = self.line.wait(hands.cancel, asked)?;
        let answer = answer.map_err(|refused| self.refused(&refused))?;
        let source = if edit { Source::Edited } else { Source::Generated };
        // It may not know of events and answer in one piece all the same.
        if previews > 0 && answer.header("content-type").is_some_and(|kind| kind.starts_with(EVENTS)) {
            self.follow_events(answer, source, &mut hands)?;
        } else {
            let (made, _) = self.line.pictures(answer, "b64_json", source, &mut hands, request.count)?;
            if made == 0 {
                return Err(self.line.useless("no picture"));
            }
        }
        (hands.progress)(Progress { step: steps, steps });
        Ok(())
    }
}

/// The request in OpenAI's words: JSON for a picture from words, a form where pictures go along.
fn handover(model: &Model, work: &Work, previews: u8) -> Result<Handover, EgressError> {
    let request = work.request.value();
    let mut parts = vec![
        ("model", Part::Word(model.wire.clone())),
        ("prompt", Part::Prompt(work.request.clone())),
        ("n", Part::Number(request.count.into())),
        ("size", Part::Word(size(model, request))),
        ("output_format", Part::Word("png".to_owned())),
    ];
    parts.extend(model.quality.clone().map(|quality| ("quality", Part::Word(quality))));
    if previews > 0 {
        parts.push(("stream", Part::Flag(true)));
        parts.push(("partial_images", Part::Number(previews.into())));
    }
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
