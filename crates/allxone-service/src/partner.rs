//! Who makes pictures for the service: the models in this program, later partners elsewhere.
//!
//! A partner is handed [`Cleared`] content and nothing else, so nothing reaches one, be it in this very process, that the gate has not
//! seen; and it hands pictures back one at a time, so that each is checked and stored before the next takes memory.

use std::sync::Arc;

use allxone_contract::{
    InputRole, JobRequest, ModelCard, ModelId, Plan, ProblemCode, Progress, Seed, Source, UtcMillis, Warning,
};
use allxone_engine::Cancel;
use allxone_media::Picture;
use allxone_safety::Cleared;
use bytes::Bytes;
use http::HeaderMap;

use crate::lanes::Lanes;
use crate::{OperatorConfig, ServiceError};

/// One maker of pictures with the models it offers.
pub trait Partner: Send + Sync + 'static {
    /// Its models.
    fn cards(&self) -> Vec<ModelCard>;

    /// Its entry in the operator's registry of processors, where it works elsewhere; `None` when it works inside this very service, where
    /// nobody else sees anything.
    fn processor(&self) -> Option<&str>;

    /// Whether a run can have an effect (a price, a stored copy) where this service cannot undo or repeat it. A job of such a partner that
    /// was interrupted is never begun again by itself; its outcome counts as unknown.
    fn has_outside_effects(&self) -> bool;

    /// How many jobs it is handed at once, where it works elsewhere and is waited for; `None` when it works on this computer, whose
    /// processors it shares with everything else here ([`Limits::jobs_at_once`](crate::Limits::jobs_at_once)).
    fn at_once(&self) -> Option<usize> {
        None
    }

    /// What one of its models that [plans](ModelCard::plans) would make of a request, without making it. Called on a thread that may
    /// block, while a person writes: it takes milliseconds.
    ///
    /// # Errors
    /// [`PartnerError::Failed`] when it cannot be told.
    fn plan(&self, _request: &Cleared<JobRequest>) -> Result<Plan, PartnerError> {
        Err(PartnerError::failed(
            ProblemCode::Invalid,
            "This model does not tell beforehand what it makes of a prompt.",
        ))
    }

    /// Does the work on the calling thread, delivering each picture as it is made, in the order of [`Delivery::index`].
    ///
    /// # Errors
    /// [`PartnerError::Cancelled`] soon after `hands.cancel` was raised; [`PartnerError::Failed`] otherwise. Whatever `deliver` returned as
    /// an error is passed on.
    fn run(&self, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError>;

    /// Whether it can hand out pictures while they are not finished, one picture at a time.
    fn has_previews(&self) -> bool {
        false
    }

    /// Hears a knock at the service's door in this partner's name: where it holds, how the work stands is asked sooner. What it says of the
    /// work is not believed. Called on a thread that may block. `false` when it is not from the partner.
    fn knocked(&self, _knock: &Knock) -> bool {
        false
    }

    /// As [`run`](Self::run), for work that an earlier run handed over and did not see the end of: it is asked after by the name the
    /// partner gave it, and not handed over again.
    ///
    /// # Errors
    /// As for `run`. A partner that names nothing says [`ProblemCode::OutcomeUnknown`].
    fn resume(&self, _work: &Work, _taken: &PartnerRef, _hands: Hands<'_>) -> Result<(), PartnerError> {
        Err(PartnerError::failed(
            ProblemCode::OutcomeUnknown,
            "A partner had this and cannot be asked after it; whether it was made is not known. It is not repeated by itself.",
        ))
    }
}

/// A picture that is not finished. It is checked before anybody sees it, and kept nowhere.
pub struct Preview {
    /// Which of the previews it is, from 0.
    pub index: u8,
    /// The picture.
    pub picture: Picture,
    /// What the picture will be.
    pub source: Source,
}

/// Somebody at the service's door who says to come from a partner.
pub struct Knock {
    /// The headers, with what is to prove it.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: Bytes,
    /// When it came.
    pub time: UtcMillis,
}

/// What a partner calls a request it has taken. It leads to the request there, so it is kept sealed, and only until the job ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerRef(String);

impl PartnerRef {
    /// A name in the partner's own form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is to be done. Only cleared content fits in:
/// ```
/// fn hand_over(request: allxone_safety::Cleared<allxone_contract::JobRequest>) -> allxone_service::Work {
///     allxone_service::Work { request, inputs: Vec::new() }
/// }
/// ```
/// ```compile_fail,E0308
/// fn hand_over(request: allxone_contract::JobRequest) -> allxone_service::Work {
///     allxone_service::Work { request, inputs: Vec::new() }
/// }
/// ```
pub struct Work {
    /// The request. Its model is one of the partner's.
    pub request: Cleared<JobRequest>,
    /// The input pictures, in the order of the request.
    pub inputs: Vec<Input>,
}

/// One input picture.
pub struct Input {
    /// What it is for.
    pub role: InputRole,
    /// The picture.
    pub picture: Cleared<Picture>,
}

/// How a running partner speaks with the service.
pub struct Hands<'a> {
    /// Raised when the work is to stop.
    pub cancel: &'a Cancel,
    /// Raised before `cancel` when the work is to be left and not stopped, because it is [resumed](Partner::resume) later or somewhere else.
    pub leave: &'a Cancel,
    /// Takes the partner's name for the work, and keeps it over a crash. To be told as soon as it is known; told again, the last one holds.
    pub accepted: &'a mut dyn FnMut(&PartnerRef),
    /// Says how far the work is, all pictures together.
    pub progress: &'a mut dyn FnMut(Progress),
    /// How many previews are wanted, at most. Fewer may come, and none from a partner without them.
    pub previews: u8,
    /// Takes a preview.
    pub preview: &'a mut dyn FnMut(Preview),
    /// Takes a finished picture.
    pub deliver: &'a mut dyn FnMut(Delivery) -> Result<(), PartnerError>,
}

/// A finished picture on its way to the check.
pub struct Delivery {
    /// Which picture of the request, from 0.
    pub index: u8,
    /// The picture.
    pub picture: Picture,
    /// Where its pixels come from; decides whether it is marked as made with AI.
    pub source: Source,
    /// The seed it was made with.
    pub seed: Option<Seed>,
    /// What the model says of its work.
    pub report: Option<serde_json::Value>,
    /// What the person should know.
    pub warnings: Vec<Warning>,
}

/// Why a partner made nothing.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    /// It was asked to stop, and it knows that nothing came of it. A partner that cannot know says [`ProblemCode::OutcomeUnknown`].
    #[error("Stopped. Nothing was kept of the unfinished pictures.")]
    Cancelled,
    /// It could not do it.
    #[error("{detail}")]
    Failed {
        /// What the failure is on the wire.
        code: ProblemCode,
        /// A plain sentence without content.
        detail: String,
    },
}

impl PartnerError {
    /// A failure.
    pub fn failed(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::Failed { code, detail: detail.into() }
    }
}

/// All partners of a service.
pub(crate) struct Partners(Vec<Arc<dyn Partner>>);

impl Partners {
    /// The partners, each of which works here or stands in the registry.
    pub(crate) fn new(
        partners: Vec<Arc<dyn Partner>>,
        operator: &OperatorConfig,
    ) -> Result<Self, ServiceError> {
        for id in partners.iter().filter_map(|partner| partner.processor()) {
            operator.processor(id)?;
        }
        Ok(Self(partners))
    }

    /// The lanes their jobs stand in; models of this computer are worked on `here` at once.
    pub(crate) fn lanes(&self, here: usize) -> Lanes {
        Lanes::new(&self.0, here)
    }

    /// The partner with this entry in the registry.
    pub(crate) fn at(&self, processor: &str) -> Option<Arc<dyn Partner>> {
        self.0.iter().find(|partner| partner.processor() == Some(processor)).cloned()
    }

    /// Every model on offer.
    pub(crate) fn cards(&self) -> Vec<ModelCard> {
        self.0.iter().flat_map(|partner| partner.cards()).collect()
    }

    /// A model's card and the partner that has it.
    pub(crate) fn find(&self, model: &ModelId) -> Option<(ModelCard, Arc<dyn Partner>)> {
        let found = |partner: &Arc<dyn Partner>| {
            let card = partner.cards().into_iter().find(|card| card.id == *model)?;
            Some((card, Arc::clone(partner)))
        };
        self.0.iter().find_map(found)
    }
}
