//! fal: a request is put into a queue, asked after until it is done, and its pictures are fetched from links.
//!
//! The addresses of a request are those fal named when it took it; they are used as given and only when they lead to fal. Once fal has
//! named them, neither a broken connection nor a crash loses anything: the request is asked after again, never sent again.

use std::time::Duration;

use allxone_contract::{InputRole, JobRequest, Progress, Seed, Size, Source};
use allxone_egress::{EgressError, Empty, Handover, HeaderMap, Method, Part, Purpose, Route, Server};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Dialect;
use super::catalogue::Model;
use super::knocks::{Knocks, SLOWER, Waiting};
use super::line::{Line, Refused};
use crate::partner::{Hands, Knock, PartnerError, PartnerRef, Work};

/// How often a request is asked after, at most: at one a second, longer than any job may take.
const MOST_ROUNDS: u32 = 3_600;
/// The most that is taken of an answer in the queue.
const MOST_ANSWER: u64 = 256 * 1024;
/// How long a stop may take to be told to fal.
const STOPPING: Duration = Duration::from_secs(5);

/// fal at the end of a line.
pub(crate) struct Fal {
    line: Line,
    /// Where it is told to knock, if it can.
    knocks: Option<Knocks>,
}

/// What fal names when it takes a request: the name by which the request is followed.
#[derive(Serialize, Deserialize)]
struct Ticket {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    status_url: String,
    response_url: String,
    cancel_url: String,
}

/// Where a request stands.
struct Place {
    /// What fal calls it when it knocks.
    request: Option<String>,
    status: Server,
    response: Server,
    cancel: Server,
}

impl Fal {
    pub(crate) fn new(line: Line, knocks: Option<Knocks>) -> Self {
        Self { line, knocks }
    }

    /// Waits before the next question, until fal knocks where it is told to.
    async fn pause(&self, waiting: Option<&Waiting<'_>>) {
        let Some(waiting) = waiting else { return self.line.pause().await };
        let knocked = tokio::time::timeout(self.line.pace() * SLOWER, waiting.knocked());
        // Late or not, the question is the same.
        let _ = knocked.await;
    }

    fn refused(&self, refused: &Refused) -> PartnerError {
        let details = refused.body.get("detail").and_then(Value::as_array);
        let kinds =
            details.into_iter().flatten().filter_map(|detail| detail.get("type").and_then(Value::as_str));
        if kinds.into_iter().any(|kind| kind == "content_policy_violation") {
            return self.line.blocked("request");
        }
        self.line.refused(refused)
    }

    async fn ask(&self, of: &Server) -> Result<Result<Value, Refused>, PartnerError> {
        self.line.standing(of, || Route::get("/"), MOST_ANSWER).await
    }

    /// Waits until the request is done, and notes whether work on it has `begun` there.
    async fn done(&self, place: &Place, begun: &mut bool) -> Result<(), PartnerError> {
        let waiting = self.knocks.as_ref().zip(place.request.as_deref());
        let waiting = waiting.map(|(knocks, request)| knocks.wait_for(request));
        for _ in 0..MOST_ROUNDS {
            let status = match self.ask(&place.status).await? {
                Ok(status) => status,
                Err(refused) if refused.status == 429 || refused.status >= 500 => Value::Null,
                Err(refused) => return Err(self.refused(&refused)),
            };
            match status.get("status").and_then(Value::as_str) {
                Some("IN_QUEUE") => *begun = false,
                Some("IN_PROGRESS") => *begun = true,
                Some("COMPLETED") => {
                    *begun = true;
                    return match status.get("error_type").and_then(Value::as_str) {
                        None => Ok(()),
                        Some("request_timeout" | "startup_timeout") => Err(self.line.late()),
                        Some(_) => Err(self.line.broken_down()),
                    };
                }
                _ => {}
            }
            self.pause(waiting.as_ref()).await;
        }
        Err(self.line.unknown("did not come to an end"))
    }

    /// Tells fal to stop; `true` when it said that nothing had begun.
    fn stop(&self, place: &Place, begun: bool) -> bool {
        let stopping = async {
            let route = Route::new(Method::PUT, "/");
            let door = self.line.door();
            let told =
                door.send_control(&place.cancel, Purpose::CancelJob, route, HeaderMap::new(), &Empty).await;
            told.is_ok_and(|answer| answer.is_success())
        };
        let told =
            self.line.block_on(async { tokio::time::timeout(STOPPING, stopping).await.unwrap_or(false) });
        told && !begun
    }

    /// Where a request is put into the queue.
    fn route(&self) -> Route {
        let route = Route::post("/");
        match &self.knocks {
            Some(knocks) => route.knock("fal_webhook", &knocks.at),
            None => route,
        }
    }

    /// Waits for a request and delivers its pictures.
    fn bring(&self, place: &Place, work: &Work, mut hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let steps = u32::from(request.count).saturating_add(1);
        let mut begun = false;
        let waited = self.line.wait(hands.cancel, self.done(place, &mut begun));
        if let Err(error) = waited {
            let stops = hands.cancel.is_cancelled() && !hands.leave.is_cancelled();
            return Err(if stops && self.stop(place, begun) { PartnerError::Cancelled } else { error });
        }
        (hands.progress)(Progress { step: 1, steps });
        let result = self.line.wait(hands.cancel, self.ask(&place.response))?;
        let result = result.map_err(|refused| self.refused(&refused))?;
        let links = links(&result);
        if links.is_empty() {
            return Err(self.line.useless("no picture"));
        }
        let blacked =
            |at: usize| result.get("has_nsfw_concepts").and_then(|all| all.get(at)).and_then(Value::as_bool);
        let seed = result.get("seed").and_then(Value::as_u64).map(Seed);
        let source = if request.inputs.is_empty() { Source::Generated } else { Source::Edited };
        let mut index = 0_u8;
        for (at, link) in links.iter().take(request.count.into()).enumerate() {
            if blacked(at) == Some(true) {
                continue;
            }
            let from = self.line.at(link)?;
            let picture = self.line.wait(hands.cancel, self.line.fetch(&from, || Route::get("/")))?;
            self.line.deliver(picture, index, source, seed, &mut hands)?;
            index = index.saturating_add(1);
            (hands.progress)(Progress { step: u32::from(index).saturating_add(1), steps });
        }
        if index == 0 { Err(self.line.blocked("result")) } else { Ok(()) }
    }

    fn place(&self, ticket: &Ticket) -> Result<Place, PartnerError> {
        Ok(Place {
            request: ticket.request_id.clone(),
            status: self.line.own(&ticket.status_url)?,
            response: self.line.own(&ticket.response_url)?,
            cancel: self.line.own(&ticket.cancel_url)?,
        })
    }
}

impl Dialect for Fal {
    fn make(&self, model: &Model, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError> {
        let steps = u32::from(work.request.value().count).saturating_add(1);
        (hands.progress)(Progress { step: 0, steps });
        let queue = self.line.below(&model.wire)?;
        let answer = self.line.wait(
            hands.cancel,
            self.line.hand_over_at(&queue, || self.route(), "application/json", || handover(model, work)),
        )?;
        let answer = answer.map_err(|refused| self.refused(&refused))?;
        // From here on fal has it: what does not read is not known to be undone.
        let lost = || self.line.unknown("took the request and did not say where it stands");
        let ticket =
            self.line.wait(hands.cancel, async { self.line.small(answer).await.ok_or_else(lost) })?;
        let ticket = serde_json::from_slice::<Ticket>(&ticket).map_err(|_| lost())?;
        let place = self.place(&ticket)?;
        (hands.accepted)(&PartnerRef::new(serde_json::to_string(&ticket).map_err(|_| lost())?));
        self.bring(&place, work, hands)
    }

    fn knocked(&self, knock: &Knock) -> bool {
        self.knocks.as_ref().is_some_and(|knocks| knocks.heard(&self.line, knock))
    }

    fn follow(
        &self,
        _model: &Model,
        work: &Work,
        taken: &PartnerRef,
        hands: Hands<'_>,
    ) -> Result<(), PartnerError> {
        let ticket = serde_json::from_str::<Ticket>(taken.as_str());
        let ticket = ticket.map_err(|_| self.line.unknown("has the request by a name that does not read"))?;
        self.bring(&self.place(&ticket)?, work, hands)
    }
}

/// Where the pictures of a result are: `images[].url`, or `image.url` of a model that makes one.
fn links(result: &Value) -> Vec<String> {
    let several = result.get("images").and_then(Value::as_array).into_iter().flatten();
    let all = several.chain(result.get("image"));
    all.filter_map(|image| image.get("url").and_then(Value::as_str)).map(str::to_owned).collect()
}

fn handover(model: &Model, work: &Work) -> Result<Handover, EgressError> {
    let request: &JobRequest = work.request.value();
    let mut parts = Vec::new();
    if !request.prompt.is_empty() {
        parts.push(("prompt", Part::Prompt(work.request.clone())));
    }
    if request.negative_prompt.is_some() {
        parts.push(("negative_prompt", Part::NegativePrompt(work.request.clone())));
    }
    if let Some(Size { width, height }) = request.size.or(model.card.size.map(|rule| rule.default)) {
        let size = vec![("width", Part::Number(width.into())), ("height", Part::Number(height.into()))];
        parts.push(("image_size", Part::Object(size)));
    }
    if model.card.count.max > 1 {
        parts.push(("num_images", Part::Number(request.count.into())));
    }
    parts.extend(request.seed.map(|seed| ("seed", Part::Number(seed.0))));
    parts.extend(request.strength.map(|strength| ("strength", Part::Share(f32::from(strength) / 100.0))));
    parts.extend(request.factor.map(|factor| ("upscaling_factor", Part::Number(factor.into()))));
    for input in &work.inputs {
        let name = if input.role == InputRole::Mask { "mask_url" } else { "image_url" };
        parts.push((name, Part::Picture(input.picture.clone())));
    }
    Handover::json(parts)
}
