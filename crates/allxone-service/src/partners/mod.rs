//! Partners who make pictures elsewhere: one file for each dialect, over one [`line`] that all of them use.
//!
//! What differs from provider to provider and changes within months (models, limits, prices) is data, in the [`catalogue`]; what differs
//! in kind (routes, fields, error codes) is the dialect's code. Who is spoken to at all is the operator's decision: the partners' file
//! names them with their keys, and each needs its entry in the registry of processors.

mod catalogue;
mod fal;
mod line;
mod openai;
mod setup;
mod sieve;
mod stability;

use std::sync::Arc;

use allxone_contract::{JobRequest, ProblemCode};
use allxone_egress::Door;
use allxone_media::Decoder;

use crate::ServiceError;
use crate::partner::{Partner, PartnerError};

pub use setup::{PartnerKey, PartnerKind, PartnerSetup, Partnership};

/// The partners of a set-up, each at the end of a line through `door`.
pub(crate) fn open(
    setup: &PartnerSetup,
    door: &Door,
    decoder: &Decoder,
) -> Result<Vec<Arc<dyn Partner>>, ServiceError> {
    let mut partners: Vec<Arc<dyn Partner>> = Vec::new();
    for partnership in &setup.partners {
        let models = setup.catalogue.of(partnership.kind);
        let line = line::Line::open(partnership, door.clone(), decoder.clone())?;
        partners.push(match partnership.kind {
            PartnerKind::OpenAi => Arc::new(openai::OpenAi::new(line, models)),
            PartnerKind::Fal => Arc::new(fal::Fal::new(line, models)),
            PartnerKind::Stability => Arc::new(stability::Stability::new(line, models)),
        });
    }
    Ok(partners)
}

/// The model a request is for, once it is known that the size it asks for is one the model makes.
fn chosen<'a>(
    models: &'a [catalogue::Model],
    request: &JobRequest,
) -> Result<&'a catalogue::Model, PartnerError> {
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
