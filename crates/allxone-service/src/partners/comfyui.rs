//! ComfyUI on a machine of one's own: a graph of nodes goes into its queue under an id of our choice, and is asked after until its pictures
//! lie ready.
//!
//! Nobody else sees anything and nothing is paid. Input pictures go among its temporary files, and results of this program's own graphs
//! come out of them, so nothing stays there for longer than ComfyUI runs. A stop takes the request out of the queue, or interrupts it
//! where it is the one that runs, and nothing else.

use std::time::Duration;

use allxone_contract::{InputRole, JobRequest, ProblemCode, Progress, Seed, Size, Source};
use allxone_egress::{Handover, HeaderMap, Named, Part, Purpose, Route, Template};
use allxone_engine::Cancel;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::Dialect;
use super::catalogue::Model;
use super::graphs::Graphs;
use super::line::{Line, Refused};
use crate::partner::{Hands, Input, PartnerError, PartnerRef, Work};

/// How often a request is asked after, at most: at one a second, longer than any job may take.
const MOST_ROUNDS: u32 = 3_600;
/// The most that is taken of an answer about a request; it holds the graph.
const MOST_ANSWER: u64 = 8 * 1024 * 1024;
/// How long a stop may take to be told.
const STOPPING: Duration = Duration::from_secs(5);
/// How much of a picture changes where the request does not say it, in percent.
const USUAL_STRENGTH: u8 = 75;

/// ComfyUI at the end of a line.
pub(crate) struct ComfyUi {
    line: Line,
    graphs: Graphs,
    /// The checkpoint of models that name none.
    checkpoint: Option<String>,
}

/// What ComfyUI says when it takes a request.
#[derive(Deserialize)]
struct Taken {
    prompt_id: String,
}

/// The name by which a request is followed.
#[derive(Serialize, Deserialize)]
struct Ticket {
    id: String,
    seed: Seed,
}

impl Ticket {
    fn reference(&self) -> PartnerRef {
        // Two plain fields always make JSON.
        PartnerRef::new(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Waiting,
    Running,
    /// In the queue no longer, or not yet.
    Absent,
}

impl ComfyUi {
    pub(crate) fn new(line: Line, graphs: Graphs, checkpoint: Option<String>) -> Self {
        Self { line, graphs, checkpoint }
    }

    /// Hands the request over; returns the id it runs under.
    fn submit(&self, model: &Model, work: &Work, seed: Seed, id: Uuid, cancel: &Cancel) -> Told<Uuid> {
        let masked = work.inputs.iter().any(|input| input.role == InputRole::Mask);
        let name = if masked { model.with_mask.as_deref() } else { Some(model.wire.as_str()) };
        let graph = name.and_then(|name| self.graphs.get(name)).ok_or_else(|| {
            PartnerError::failed(
                ProblemCode::Invalid,
                "This model has no graph for this request. Choose another.",
            )
        })?;
        let mut slots = plain_slots(model, work, seed);
        if graph.has("checkpoint") {
            let named = model.checkpoint.clone().or_else(|| self.checkpoint.clone());
            let checkpoint = match named {
                Some(named) => named,
                None => self.line.wait(cancel, self.first_checkpoint())?,
            };
            slots.push(("checkpoint", Part::Word(checkpoint)));
        }
        for input in &work.inputs {
            let slot = if input.role == InputRole::Mask { "mask" } else { "image" };
            if graph.has(slot) {
                slots.push((slot, Part::Temporary(self.line.wait(cancel, self.upload(input, slot, id))?)));
            }
        }
        self.line.wait(cancel, self.queue(graph, &slots, id))
    }

    /// The first checkpoint on the machine that has a plain name.
    async fn first_checkpoint(&self) -> Told<String> {
        let route = Route::get("/object_info/CheckpointLoaderSimple");
        let asked = self.line.question(self.line.server(), route, Purpose::Models, MOST_ANSWER).await;
        let known =
            asked.map_err(|error| self.line.fault(&error))?.map_err(|refused| self.line.refused(&refused))?;
        let of = known.pointer("/CheckpointLoaderSimple/input/required/ckpt_name");
        // A list of names, and in newer versions a word and the list within what is said of it.
        let names = of.and_then(|of| of.get(0)).and_then(Value::as_array);
        let names = names.or_else(|| of?.pointer("/1/options")?.as_array());
        let mut plain = names.into_iter().flatten().filter_map(Value::as_str).filter(|name| is_plain(name));
        plain.next().map(str::to_owned).ok_or_else(|| {
            PartnerError::failed(
                ProblemCode::UnknownModel,
                "ComfyUI has no checkpoint with a plain name. Nothing was made. Put one into its folder of checkpoints, or name one.",
            )
        })
    }

    /// Puts a picture among the temporary files; returns its name there.
    async fn upload(&self, input: &Input, slot: &str, id: Uuid) -> Told<String> {
        let folder = format!("allxone-{id}-{slot}");
        let form = || {
            Handover::form(vec![
                ("type", Part::Word("temp".to_owned())),
                ("subfolder", Part::Word(folder.clone())),
                ("image", Part::Picture(input.picture.clone())),
            ])
        };
        let answer = self.line.hand_over(|| Route::post("/upload/image"), "application/json", form).await?;
        let answer = answer.map_err(|refused| self.line.refused(&refused))?;
        let kept =
            self.line.small(answer).await.ok_or_else(|| self.line.unknown("did not take a picture in"))?;
        let kept: Value = serde_json::from_slice(&kept).unwrap_or_default();
        let name = kept.get("name").and_then(Value::as_str).filter(|name| is_plain(name));
        let name = name.ok_or_else(|| self.line.useless("something that does not read"))?;
        Ok(format!("{folder}/{name}"))
    }

    /// Puts the request into the queue. An answer that is lost is no loss: the id is ours, so it can be asked after.
    async fn queue(&self, graph: &Template, slots: &[(&'static str, Part)], id: Uuid) -> Told<Uuid> {
        let body = || {
            Handover::json(vec![
                ("prompt", Part::Filled(graph.clone(), slots.to_vec())),
                ("prompt_id", Part::Word(id.to_string())),
            ])
        };
        let lost = match self.line.hand_over(|| Route::post("/prompt"), "application/json", body).await {
            Ok(Err(refused)) => return Err(self.refused(&refused)),
            Ok(Ok(answer)) => {
                let taken = self.line.small(answer).await.unwrap_or_default();
                let taken = serde_json::from_slice::<Taken>(&taken).ok();
                match taken.and_then(|taken| taken.prompt_id.parse().ok()) {
                    Some(id) => return Ok(id),
                    None => self.line.useless("something that does not read"),
                }
            }
            Err(error) => error,
        };
        match self.result(id).await {
            Ok(Some(_)) => Ok(id),
            _ => match self.place(id).await {
                Ok(Place::Waiting | Place::Running) => Ok(id),
                _ => Err(lost),
            },
        }
    }

    /// What is told of a request that has ended; `None` while it has not.
    async fn result(&self, id: Uuid) -> Told<Option<Value>> {
        let route = || Route::get("/history/{id}").id(id);
        let mut history = match self.line.standing(self.line.server(), route, MOST_ANSWER).await? {
            Ok(history) => history,
            Err(refused) if is_passing(&refused) => return Ok(None),
            Err(refused) => return Err(self.line.refused(&refused)),
        };
        Ok(history.get_mut(id.to_string()).map(Value::take))
    }

    /// Where a request stands in the queue.
    async fn place(&self, id: Uuid) -> Told<Place> {
        let queue = match self.line.standing(self.line.server(), || Route::get("/queue"), MOST_ANSWER).await?
        {
            Ok(queue) => queue,
            Err(refused) if is_passing(&refused) => return Ok(Place::Waiting),
            Err(refused) => return Err(self.line.refused(&refused)),
        };
        let id = id.to_string();
        let within = |name: &str| -> Option<bool> {
            let all = queue.get(name)?.as_array()?;
            Some(all.iter().any(|entry| entry.get(1).and_then(Value::as_str) == Some(&id)))
        };
        Ok(match (within("queue_running"), within("queue_pending")) {
            (Some(true), _) => Place::Running,
            (_, Some(true)) => Place::Waiting,
            (Some(false), Some(false)) => Place::Absent,
            // An answer that does not read says nothing about the request.
            _ => Place::Waiting,
        })
    }

    /// Waits until the request has ended, and returns what is told of it.
    async fn ended(&self, id: Uuid) -> Told<Value> {
        let mut missing = false;
        for _ in 0..MOST_ROUNDS {
            if let Some(result) = self.result(id).await? {
                return Ok(result);
            }
            // It leaves the queue a moment before its result stands in the history.
            match self.place(id).await? {
                Place::Absent if missing => return Err(self.line.unknown("no longer has the request")),
                place => missing = place == Place::Absent,
            }
            self.line.pause().await;
        }
        Err(self.line.unknown("did not come to an end"))
    }

    /// Waits for the request and delivers its pictures.
    fn bring(&self, id: Uuid, seed: Seed, request: &JobRequest, hands: &mut Hands<'_>) -> Told<()> {
        let steps = u32::from(request.count).saturating_add(1);
        let result = self.line.wait(hands.cancel, self.ended(id))?;
        (hands.progress)(Progress { step: 1, steps });
        if result.pointer("/status/status_str").and_then(Value::as_str) == Some("error") {
            return Err(self.failed(&result));
        }
        let pictures = pictures(&result);
        if pictures.is_empty() {
            return Err(self.line.useless("no picture"));
        }
        let source = if request.inputs.is_empty() { Source::Generated } else { Source::Edited };
        for (index, picture) in (0..request.count).zip(pictures) {
            let fetching = self.line.fetch(self.line.server(), || picture.route());
            let content = self.line.wait(hands.cancel, fetching)?;
            self.line.deliver(content, index, source, Some(seed), hands)?;
            (hands.progress)(Progress { step: u32::from(index).saturating_add(2), steps });
        }
        Ok(())
    }

    /// Why a request came to nothing.
    fn failed(&self, result: &Value) -> PartnerError {
        let messages = result.pointer("/status/messages").and_then(Value::as_array).into_iter().flatten();
        for message in messages {
            let of = |field: &str| message.get(1)?.get(field)?.as_str();
            match message.get(0).and_then(Value::as_str) {
                Some("execution_interrupted") => {
                    return PartnerError::failed(
                        ProblemCode::PartnerUnavailable,
                        "Somebody stopped the work in ComfyUI. Nothing was kept, and nothing is paid there. Try again.",
                    );
                }
                Some("execution_error")
                    if of("exception_type").is_some_and(|kind| kind.contains("OutOfMemory")) =>
                {
                    return PartnerError::failed(
                        ProblemCode::TooLarge,
                        "ComfyUI ran out of memory. Nothing was kept, and nothing is paid there. Make smaller or fewer pictures.",
                    );
                }
                _ => {}
            }
        }
        self.line.broken_down()
    }

    /// What a refusal of the graph means: which node does not take what.
    fn refused(&self, refused: &Refused) -> PartnerError {
        let nodes = refused.body.get("node_errors").and_then(Value::as_object).into_iter().flatten();
        for (_, node) in nodes {
            let class = node.get("class_type").and_then(Value::as_str).filter(|class| is_plain(class));
            let kind = node.pointer("/errors/0/type").and_then(Value::as_str).filter(|kind| is_plain(kind));
            let (Some(class), Some(kind)) = (class, kind) else { continue };
            let code =
                if kind == "value_not_in_list" { ProblemCode::UnknownModel } else { ProblemCode::Invalid };
            return PartnerError::failed(
                code,
                format!(
                    "ComfyUI does not take the graph: its node {class} says {kind}. Nothing was made. Choose another model."
                ),
            );
        }
        self.line.refused(refused)
    }

    /// What a run that may have been told to stop leaves behind: nothing, unless the request is to go on there.
    fn left(&self, ran: Told<()>, id: Uuid, hands: &Hands<'_>) -> Told<()> {
        ran.map_err(|error| {
            if !hands.cancel.is_cancelled() || hands.leave.is_cancelled() {
                return error;
            }
            self.stop(id);
            PartnerError::Cancelled
        })
    }

    /// Takes the request out of the queue, or interrupts it.
    fn stop(&self, id: Uuid) {
        let stopping = async {
            let (door, server) = (self.line.door(), self.line.server());
            let tell = async |route, body: &Named| {
                door.send_control(server, Purpose::CancelJob, route, HeaderMap::new(), body).await
            };
            tell(Route::post("/queue"), &Named::list("delete", id.to_string()))
                .await
                .map_err(|error| self.line.fault(&error))?;
            // Servers that do not know the field stop whatever runs; so only where that is ours.
            if self.place(id).await? == Place::Running {
                tell(Route::post("/interrupt"), &Named::one("prompt_id", id.to_string()))
                    .await
                    .map_err(|error| self.line.fault(&error))?;
            }
            Ok::<_, PartnerError>(())
        };
        let told = self.line.block_on(async { tokio::time::timeout(STOPPING, stopping).await });
        if !told.is_ok_and(|told| told.is_ok()) {
            tracing::info!("a machine of one's own could not be told to stop");
        }
    }
}

impl Dialect for ComfyUi {
    fn make(&self, model: &Model, work: &Work, mut hands: Hands<'_>) -> Result<(), PartnerError> {
        let request = work.request.value();
        let steps = u32::from(request.count).saturating_add(1);
        (hands.progress)(Progress { step: 0, steps });
        let seed = request.seed.unwrap_or_else(|| Seed(rand::random::<u32>().into()));
        let mut ticket = Ticket { id: Uuid::new_v4().to_string(), seed };
        (hands.accepted)(&ticket.reference());
        let own = ticket.id.parse().unwrap_or_default();
        let ran = self.submit(model, work, seed, own, hands.cancel).and_then(|taken| {
            if taken != own {
                ticket.id = taken.to_string();
                (hands.accepted)(&ticket.reference());
            }
            self.bring(taken, seed, request, &mut hands)
        });
        self.left(ran, ticket.id.parse().unwrap_or(own), &hands)
    }

    fn follow(
        &self,
        model: &Model,
        work: &Work,
        taken: &PartnerRef,
        mut hands: Hands<'_>,
    ) -> Result<(), PartnerError> {
        let ticket = serde_json::from_str::<Ticket>(taken.as_str()).ok();
        let known = ticket.and_then(|ticket| Some((ticket.id.parse::<Uuid>().ok()?, ticket.seed)));
        let Some((id, seed)) = known else { return self.make(model, work, hands) };
        let has = self.line.wait(hands.cancel, async {
            Ok(self.place(id).await? != Place::Absent || self.result(id).await?.is_some())
        });
        match has {
            // It was restarted too, or never got it; nothing is paid there, so it is asked for once more.
            Ok(false) => self.make(model, work, hands),
            has => {
                let ran = has.and_then(|_| self.bring(id, seed, work.request.value(), &mut hands));
                self.left(ran, id, &hands)
            }
        }
    }
}

type Told<T> = Result<T, PartnerError>;

/// A picture that lies ready, by the name ComfyUI gave it.
struct Ready {
    filename: String,
    subfolder: String,
    kind: String,
}

impl Ready {
    fn of(image: &Value) -> Option<Self> {
        let text = |name: &str| image.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            filename: text("filename")?,
            subfolder: text("subfolder").unwrap_or_default(),
            kind: text("type")?,
        })
    }

    fn route(&self) -> Route {
        let route = Route::get("/view").query("filename", &self.filename).query("type", &self.kind);
        if self.subfolder.is_empty() { route } else { route.query("subfolder", &self.subfolder) }
    }
}

/// The pictures of a result, in the order of the nodes. Where a graph saves some, what it merely shows on the way is left out.
fn pictures(result: &Value) -> Vec<Ready> {
    let outputs = result.get("outputs").and_then(Value::as_object).into_iter().flatten();
    let images = outputs.filter_map(|(_, output)| output.get("images")?.as_array()).flatten();
    let all: Vec<Ready> = images.filter_map(Ready::of).collect();
    let saved = all.iter().any(|ready| ready.kind == "output");
    all.into_iter().filter(|ready| !saved || ready.kind == "output").collect()
}

/// What a request fills of a graph by itself. A graph takes what it has slots for.
fn plain_slots(model: &Model, work: &Work, seed: Seed) -> Vec<(&'static str, Part)> {
    let request = work.request.value();
    let number = |number: u64| Part::Number(number);
    let usual = Size { width: 1024, height: 1024 };
    let Size { width, height } = request.size.or(model.card.size.map(|rule| rule.default)).unwrap_or(usual);
    let strength = f32::from(request.strength.unwrap_or(USUAL_STRENGTH)) / 100.0;
    vec![
        ("prompt", Part::Prompt(work.request.clone())),
        ("negative_prompt", Part::NegativePrompt(work.request.clone())),
        ("width", number(width.into())),
        ("height", number(height.into())),
        ("count", number(request.count.into())),
        ("seed", number(seed.0)),
        ("strength", Part::Share(strength)),
    ]
}

fn is_passing(refused: &Refused) -> bool {
    refused.status == 429 || refused.status >= 500
}

/// Whether a name can be put into a graph and shown to a person.
pub(crate) fn is_plain(name: &str) -> bool {
    (1..=96).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/".contains(&b))
}
