//! Partners who make pictures elsewhere: one file for each dialect, over one [`line`] that all of them use.
//!
//! What differs from provider to provider and changes within months (models, limits, prices) is data, in the [`catalogue`]; what differs
//! in kind (routes, fields, error codes) is the dialect's code. Who is spoken to at all is the operator's decision: the partners' file
//! names them with their keys, and each needs its entry in the registry of processors.

mod asking;
mod automatic1111;
mod catalogue;
mod comfyui;
mod events;
mod fal;
mod graphs;
mod knocks;
mod line;
mod openai;
mod setup;
mod sieve;
mod stability;

use std::sync::Arc;

use allxone_contract::{JobRequest, ModelCard, ProblemCode};
use allxone_egress::Door;
use allxone_media::Decoder;
use url::Url;

use crate::ServiceError;
use crate::partner::{Hands, Knock, Partner, PartnerError, PartnerRef, Work};

use catalogue::Model;
pub use setup::{PartnerKey, PartnerKind, PartnerSetup, Partnership};

/// The partners of a set-up, each at the end of a line through `door`. `address` is where the service is reached from outside, if it is.
pub(crate) fn open(
    setup: &PartnerSetup,
    door: &Door,
    decoder: &Decoder,
    address: Option<&Url>,
) -> Result<Vec<Arc<dyn Partner>>, ServiceError> {
    let mut partners: Vec<Arc<dyn Partner>> = Vec::new();
    for partnership in &setup.partners {
        let (kind, models) = (partnership.kind, setup.catalogue.of(partnership.kind));
        let (graphs, checkpoint) = (setup.graphs.clone(), partnership.checkpoint.clone());
        partnership.check()?;
        let line = line::Line::open(partnership, door.clone(), decoder.clone())?;
        let dialect: Box<dyn Dialect> = match kind {
            PartnerKind::OpenAi => Box::new(openai::OpenAi::new(line)),
            PartnerKind::Automatic1111 => Box::new(automatic1111::Automatic1111::new(line)),
            PartnerKind::ComfyUi => Box::new(comfyui::ComfyUi::new(line, graphs, checkpoint)),
            PartnerKind::Fal => {
                let knocks = knocks::Knocks::open(partnership, &line, address)?;
                Box::new(fal::Fal::new(line, knocks))
            }
            PartnerKind::Stability => Box::new(stability::Stability::new(line)),
        };
        partners.push(Arc::new(Elsewhere { kind, models, at_once: partnership.at_once, dialect }));
    }
    Ok(partners)
}

/// How one provider is spoken with.
trait Dialect: Send + Sync + 'static {
    /// Has the pictures made, which nobody has asked the provider for yet; `model` is what the request is for and makes its size.
    fn make(&self, model: &Model, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError>;

    /// As [`Partner::knocked`].
    fn knocked(&self, _knock: &Knock) -> bool {
        false
    }

    /// Follows what the provider has by this name, as [`Partner::resume`] does. Providers that name nothing have nothing to follow.
    fn follow(
        &self,
        _model: &Model,
        _work: &Work,
        _taken: &PartnerRef,
        _hands: Hands<'_>,
    ) -> Result<(), PartnerError> {
        Err(PartnerError::failed(ProblemCode::OutcomeUnknown, "It cannot be asked after."))
    }
}

/// A provider with the models it offers.
struct Elsewhere {
    kind: PartnerKind,
    models: Vec<Model>,
    at_once: usize,
    dialect: Box<dyn Dialect>,
}

impl Partner for Elsewhere {
    fn cards(&self) -> Vec<ModelCard> {
        self.models.iter().map(|model| model.card.clone()).collect()
    }

    fn processor(&self) -> Option<&str> {
        (!self.kind.is_ones_own()).then(|| self.kind.id())
    }

    fn has_outside_effects(&self) -> bool {
        !self.kind.is_ones_own()
    }

    fn at_once(&self) -> Option<usize> {
        Some(self.at_once)
    }

    fn run(&self, work: &Work, hands: Hands<'_>) -> Result<(), PartnerError> {
        let model = chosen(&self.models, work.request.value())?;
        if hands.cancel.is_cancelled() {
            return Err(PartnerError::Cancelled);
        }
        self.dialect.make(model, work, hands)
    }

    fn has_previews(&self) -> bool {
        self.kind == PartnerKind::OpenAi
    }

    fn knocked(&self, knock: &Knock) -> bool {
        self.dialect.knocked(knock)
    }

    fn resume(&self, work: &Work, taken: &PartnerRef, hands: Hands<'_>) -> Result<(), PartnerError> {
        let model = chosen(&self.models, work.request.value())?;
        self.dialect.follow(model, work, taken, hands)
    }
}

/// The model a request is for, once it is known that the size it asks for is one the model makes.
fn chosen<'a>(models: &'a [Model], request: &JobRequest) -> Result<&'a Model, PartnerError> {
    let gone = || {
        PartnerError::failed(
            ProblemCode::UnknownModel,
            "This service has this model no longer. Choose another.",
        )
    };
    let model = models.iter().find(|model| model.card.id == request.model).ok_or_else(gone)?;
    match request.size.and_then(|size| model.size_fault(size.width, size.height)) {
        Some(fault) => Err(PartnerError::failed(ProblemCode::Invalid, fault)),
        None => Ok(model),
    }
}

#[cfg(test)]
mod tests;
