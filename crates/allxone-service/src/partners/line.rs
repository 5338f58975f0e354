//! The line to one partner: a request goes out once, and whatever comes of it is told by what it means for money.
//!
//! The rule behind every error here: where nothing was sent, nothing happened; where the partner said no, nothing was made; where a request
//! was on its way and no whole answer came back, nobody knows, and it is never sent again by itself.

use std::time::Duration;

use allxone_contract::{ProblemCode, Seed, Source};
use allxone_egress::{
    Answer, BearerToken, Door, EgressError, Handover, HeaderMap, HeaderValue, Route, Server,
};
use allxone_engine::Cancel;
use allxone_media::Decoder;
use bytes::Bytes;
use serde_json::Value;
use tokio::runtime::Handle;

use super::sieve::{Sieve, Unreadable};
use super::{PartnerKind, Partnership};
use crate::partner::{Delivery, Hands, PartnerError};
use crate::{ServiceError, halt};

/// The most that is taken of an answer with pictures.
pub(crate) const MOST_ANSWER: u64 = 512 * 1024 * 1024;
/// The most that is taken of a refusal or a receipt.
const MOST_SMALL: u64 = 64 * 1024;
/// How soon a raised stop sign is seen.
const GLANCE: Duration = Duration::from_millis(25);
/// How often a request that the partner had no time for is tried, the first time included.
pub(crate) const TRIES: u32 = 3;
/// The longest a partner's wish to wait is granted.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// The line to one partner.
pub(crate) struct Line {
    kind: PartnerKind,
    door: Door,
    /// Where it is, as the operator named it.
    pub(crate) address: String,
    pub(crate) key: Option<BearerToken>,
    server: Server,
    /// Hosts that pictures may be fetched from.
    pub(crate) hosts: Vec<String>,
    /// How long is waited between two questions.
    pace: Duration,
    pub(super) decoder: Decoder,
}

/// A partner's refusal, read as far as it can be.
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// Its body, `null` when it is not JSON.
    pub(crate) body: Value,
    /// How long it wants to be left alone.
    pub(crate) pause: Option<Duration>,
}

impl Line {
    pub(crate) fn open(with: &Partnership, door: Door, decoder: Decoder) -> Result<Self, ServiceError> {
        let server = with.server()?;
        let key = with.kind.credentials(&with.key)?;
        let hosts = with.hosts.clone();
        let address = server.address().to_owned();
        Ok(Self { kind: with.kind, door, address, key, server, hosts, pace: with.pace, decoder })
    }

    /// Where it is.
    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The way out.
    pub(crate) fn door(&self) -> &Door {
        &self.door
    }

    /// The largest picture that is taken, in bytes.
    pub(crate) fn most_picture(&self) -> u64 {
        self.decoder.limits().max_bytes
    }

    /// Runs `work` on this thread to its end.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        Handle::current().block_on(work)
    }

    /// How long is waited between two questions.
    pub(crate) fn pace(&self) -> Duration {
        self.pace
    }

    /// Waits before the next question.
    pub(crate) async fn pause(&self) {
        tokio::time::sleep(self.pace).await;
    }

    /// Runs `work` on this thread, unless `cancel` is raised first.
    pub(crate) fn wait<T>(
        &self,
        cancel: &Cancel,
        work: impl Future<Output = Result<T, PartnerError>>,
    ) -> Result<T, PartnerError> {
        let raised = async {
            while !cancel.is_cancelled() {
                tokio::time::sleep(GLANCE).await;
            }
        };
        self.block_on(async {
            tokio::select! {
                biased;
                () = raised => Err(self.stopped()),
                done = work => done,
            }
        })
    }

    /// Hands a request over and returns the answer to it, be it yes or no. A partner that is too busy and says for how long is asked again.
    pub(crate) async fn hand_over(
        &self,
        route: impl Fn() -> Route,
        accept: &'static str,
        handover: impl FnMut() -> Result<Handover, EgressError>,
    ) -> Result<Result<Answer, Refused>, PartnerError> {
        self.hand_over_at(&self.server, route, accept, handover).await
    }

    /// Hands a request over at one of the partner's addresses.
    pub(crate) async fn hand_over_at(
        &self,
        server: &Server,
        route: impl Fn() -> Route,
        accept: &'static str,
        mut handover: impl FnMut() -> Result<Handover, EgressError>,
    ) -> Result<Result<Answer, Refused>, PartnerError> {
        let mut tries = TRIES;
        loop {
            let headers = HeaderMap::from_iter([(allxone_egress::ACCEPT, HeaderValue::from_static(accept))]);
            let handover = handover().map_err(|error| self.fault(&error))?;
            halt::here("handing_over");
            let answer = self.door.hand_over(server, route(), headers, handover, MOST_ANSWER).await;
            let answer = answer.map_err(|error| self.fault(&error))?;
            halt::here("answered");
            if answer.is_success() {
                return Ok(Ok(answer));
            }
            let refused = self.refusal(answer).await;
            tries = tries.saturating_sub(1);
            match refused.pause.filter(|pause| refused.status == 429 && tries > 0 && *pause <= LONGEST_PAUSE)
            {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Ok(Err(refused)),
            }
        }
    }

    pub(crate) async fn refusal(&self, answer: Answer) -> Refused {
        let status = answer.status();
        let pause = pause(&answer);
        // A refusal that breaks off is a refusal all the same.
        let text = self.small(answer).await.unwrap_or_default();
        Refused { status, body: serde_json::from_slice(&text).unwrap_or_default(), pause }
    }

    /// The whole of an answer that is small; `None` when it is not, or breaks off.
    pub(crate) async fn small(&self, mut answer: Answer) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(piece)) if (text.len() + piece.len()) as u64 <= MOST_SMALL => {
                    text.extend_from_slice(&piece)
                }
                Ok(None) => return Some(text),
                Ok(Some(_)) | Err(_) => return None,
            }
        }
    }

    /// Takes the pictures that stand as Base64 in `field` of a JSON answer, each checked, stored and forgotten before the next; returns how
    /// many there were and what else the answer says.
    pub(crate) fn pictures(
        &self,
        answer: Answer,
        field: &'static str,
        source: Source,
        hands: &mut Hands<'_>,
        most: u8,
    ) -> Result<(u8, Value), PartnerError> {
        let (mut taken, cancel) = (0_u8, hands.cancel);
        let rest = self.sifted(answer, field, cancel, &mut |picture| {
            if taken < most {
                self.deliver(picture.into(), taken, source, None, hands)?;
                taken += 1;
            }
            Ok(())
        })?;
        Ok((taken, rest))
    }

    /// Hands every picture that stands as Base64 in `field` of a JSON answer to `keep`, one at a time, and returns what else it says.
    pub(crate) fn sifted(
        &self,
        mut answer: Answer,
        field: &'static str,
        cancel: &Cancel,
        keep: &mut dyn FnMut(Vec<u8>) -> Result<(), PartnerError>,
    ) -> Result<Value, PartnerError> {
        let mut sieve = Sieve::new(field, self.most_picture());
        loop {
            let piece =
                self.wait(cancel, async { answer.chunk().await.map_err(|error| self.fault(&error)) })?;
            let Some(piece) = piece else { break };
            sieve.feed(&piece, &mut |picture| keep(picture).map_err(Told::Partner)).map_err(
                |told| match told {
                    Told::Partner(error) => error,
                    Told::Answer(fault) => self.unreadable(fault),
                },
            )?;
        }
        sieve.end().map_err(|fault| self.unreadable(fault))
    }

    /// Reads a picture the partner made and hands it on.
    pub(crate) fn deliver(
        &self,
        picture: Bytes,
        index: u8,
        source: Source,
        seed: Option<Seed>,
        hands: &mut Hands<'_>,
    ) -> Result<(), PartnerError> {
        let read = self.wait(hands.cancel, async {
            self.decoder.received(picture).await.map_err(|_| self.useless("a file that is not a picture"))
        })?;
        (hands.deliver)(Delivery { index, picture: read, source, seed, report: None, warnings: Vec::new() })
    }

    /// What a request that got no whole answer means.
    pub(crate) fn fault(&self, error: &EgressError) -> PartnerError {
        let kind = self.kind;
        let (code, detail) = match error {
            EgressError::HandoverTooLarge { .. } => (ProblemCode::TooLarge, error.to_string()),
            EgressError::AnswerTooLarge { .. } | EgressError::AnswerEncoded { .. } => {
                return self.useless("more or other than is taken");
            }
            error if error.never_sent() => {
                (ProblemCode::PartnerUnavailable, format!("{error} Nothing was charged."))
            }
            _ => return self.unknown("did not answer in full"),
        };
        tracing::info!(partner = kind.id(), code = error.code(), "a partner was not reached");
        PartnerError::failed(code, detail)
    }

    /// It may or may not have been made.
    pub(crate) fn unknown(&self, how: &str) -> PartnerError {
        let kind = self.kind;
        if kind.is_ones_own() {
            return PartnerError::failed(
                ProblemCode::PartnerUnavailable,
                format!("{kind} {how}. Nothing was kept, and nothing is paid there. Try again."),
            );
        }
        PartnerError::failed(
            ProblemCode::OutcomeUnknown,
            format!(
                "{kind} {how}, so it is not known whether the pictures were made. It is not asked again by itself."
            ),
        )
    }

    fn stopped(&self) -> PartnerError {
        self.unknown("had the request already when it was stopped")
    }

    /// The partner answered, and nothing can be made of the answer.
    pub(crate) fn useless(&self, what: &str) -> PartnerError {
        let kind = self.kind;
        PartnerError::failed(
            ProblemCode::NoOutput,
            format!(
                "{kind} answered with {what}. Nothing was kept or charged. Try again, or choose another model."
            ),
        )
    }

    pub(crate) fn unreadable(&self, fault: Unreadable) -> PartnerError {
        self.useless(match fault {
            Unreadable::Malformed => "something that does not read",
            Unreadable::TooLarge => "a picture that is larger than is taken",
        })
    }

    /// What the partner's check stopped.
    pub(crate) fn blocked(&self, stage: &str) -> PartnerError {
        let kind = self.kind;
        PartnerError::failed(
            ProblemCode::ContentBlocked,
            format!(
                "{kind}'s own safety check stopped the {stage}. Nothing was kept or charged. Change the request."
            ),
        )
    }

    /// The account we have with the partner does not serve.
    pub(crate) fn account(&self) -> PartnerError {
        let kind = self.kind;
        PartnerError::failed(
            ProblemCode::PartnerAccount,
            format!(
                "{kind} did not accept this service's key or account. Nothing was charged. Whoever runs the service has to look after it."
            ),
        )
    }

    /// The partner gave up.
    pub(crate) fn late(&self) -> PartnerError {
        let kind = self.kind;
        PartnerError::failed(
            ProblemCode::Timeout,
            format!("{kind} took too long and gave up. Nothing was charged. Try again later."),
        )
    }

    /// The partner's machine failed over it.
    pub(crate) fn broken_down(&self) -> PartnerError {
        let kind = self.kind;
        PartnerError::failed(
            ProblemCode::PartnerUnavailable,
            format!("{kind} failed over the request. Nothing was charged. Try again later."),
        )
    }

    /// What a refusal means, by its status alone.
    pub(crate) fn refused(&self, refused: &Refused) -> PartnerError {
        let kind = self.kind;
        let failed = PartnerError::failed;
        match refused.status {
            401..=403 => self.account(),
            404 | 410 => failed(
                ProblemCode::UnknownModel,
                format!("{kind} does not know this model any more. Nothing was charged. Choose another."),
            ),
            408 | 504 => self.late(),
            413 => failed(
                ProblemCode::TooLarge,
                format!(
                    "The request is larger than {kind} takes. Nothing was charged. Use smaller pictures."
                ),
            ),
            429 => {
                let when = refused.pause.map_or_else(
                    || "in a while".to_owned(),
                    |pause| format!("in {} s", pause.as_secs().max(1)),
                );
                failed(
                    ProblemCode::PartnerBusy,
                    format!("{kind} has too much to do. Nothing was charged. Try again {when}."),
                )
            }
            400..500 => failed(
                ProblemCode::Invalid,
                format!(
                    "{kind} does not take this request (status {}). Nothing was charged. Change it, or choose another model.",
                    refused.status
                ),
            ),
            _ => failed(
                ProblemCode::PartnerUnavailable,
                format!(
                    "{kind} is out of order (status {}). Nothing was charged. Try again later.",
                    refused.status
                ),
            ),
        }
    }
}

/// What ends the reading of an answer.
enum Told {
    Partner(PartnerError),
    Answer(Unreadable),
}

impl From<Unreadable> for Told {
    fn from(fault: Unreadable) -> Self {
        Self::Answer(fault)
    }
}

/// How long a partner wants to be left alone: `retry-after-ms`, or `retry-after` in seconds.
fn pause(answer: &Answer) -> Option<Duration> {
    let number = |name: &str| answer.header(name)?.trim().parse::<u64>().ok();
    number("retry-after-ms")
        .map(Duration::from_millis)
        .or_else(|| number("retry-after").map(Duration::from_secs))
}
