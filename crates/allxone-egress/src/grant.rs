//! What a person has to allow before it may leave at all: weekly counters, and marks for training.
//!
//! Cut here because for these two the Door wants more than a purpose: a grant that holds at the service, read from the service's own list,
//! and a body that names that very grant. Without one there is nothing to call: an ordinary question of these purposes is refused, and
//! their bodies are no [`Control`](crate::Control).

use allxone_contract::{Consent, ConsentId, ConsentList, ConsentPurpose, TrainingOffer, UsageStatistics};

use crate::Purpose;
use crate::control::{Refused, json};

/// A consent that held at the service when it was last asked. Made from nothing but the service's own records.
///
/// Nobody writes one by hand:
/// ```compile_fail,E0451
/// use allxone_contract::{ConsentId, ConsentPurpose};
/// let made_up = allxone_egress::Grant { id: ConsentId::new(), purpose: ConsentPurpose::AiTraining };
/// ```
/// and without one nothing of the kind is sent:
/// ```compile_fail,E0277
/// # async fn f(door: allxone_egress::Door, server: allxone_egress::Server, offer: allxone_contract::TrainingOffer) {
/// use allxone_egress::{HeaderMap, Purpose, Route};
/// let route = Route::post("/api/v1/training");
/// let _ = door.send_control(&server, Purpose::Training, route, HeaderMap::new(), &offer).await;
/// # }
/// ```
/// ```compile_fail,E0061
/// # async fn f(door: allxone_egress::Door, server: allxone_egress::Server, offer: allxone_contract::TrainingOffer) {
/// use allxone_egress::{HeaderMap, Route};
/// let _ = door.send_granted(&server, Route::post("/api/v1/training"), HeaderMap::new(), &offer).await;
/// # }
/// ```
/// With one it is:
/// ```
/// # async fn f(door: allxone_egress::Door, server: allxone_egress::Server, offer: allxone_contract::TrainingOffer, list: allxone_contract::ConsentList) {
/// use allxone_contract::ConsentPurpose;
/// use allxone_egress::{Grant, HeaderMap, Route};
/// if let Some(grant) = Grant::live(&list, ConsentPurpose::AiTraining) {
///     let _ = door.send_granted(&server, Route::post("/api/v1/training"), HeaderMap::new(), &offer, &grant).await;
/// }
/// # }
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct Grant {
    id: ConsentId,
    purpose: ConsentPurpose,
}

impl Grant {
    /// The grant that holds for `purpose` by a service's list, if one does.
    pub fn live(list: &ConsentList, purpose: ConsentPurpose) -> Option<Self> {
        list.live(purpose).and_then(Self::of)
    }

    /// The grant a service has just recorded; `None` for a withdrawal.
    pub fn of(record: &Consent) -> Option<Self> {
        record.is_grant().then_some(Self { id: record.id, purpose: record.decision.purpose })
    }

    /// Its number, which everything that is sent under it names.
    pub fn id(&self) -> ConsentId {
        self.id
    }

    /// Whether `given` is of its kind and names it.
    pub(crate) fn covers(&self, given: &impl Granted) -> bool {
        given.kind() == self.purpose && given.grant() == self.id
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for allxone_contract::UsageStatistics {}
    impl Sealed for allxone_contract::TrainingOffer {}
}

/// A body that [`Door::send_granted`](crate::Door::send_granted) takes. Sealed, as [`Control`](crate::Control) is.
pub trait Granted: sealed::Sealed {
    /// What has to be allowed for it.
    fn kind(&self) -> ConsentPurpose;

    /// The grant it names.
    fn grant(&self) -> ConsentId;

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Refused`] when a value could carry free text.
    fn body(&self) -> Result<Vec<u8>, Refused>;
}

impl Granted for UsageStatistics {
    fn kind(&self) -> ConsentPurpose {
        ConsentPurpose::UsageStatistics
    }

    fn grant(&self) -> ConsentId {
        self.grant
    }

    fn body(&self) -> Result<Vec<u8>, Refused> {
        if self.is_plain() { json(self) } else { Err(Refused) }
    }
}

impl Granted for TrainingOffer {
    fn kind(&self) -> ConsentPurpose {
        ConsentPurpose::AiTraining
    }

    fn grant(&self) -> ConsentId {
        self.grant
    }

    fn body(&self) -> Result<Vec<u8>, Refused> {
        json(self)
    }
}

/// The purpose of a connection that carries what was allowed.
pub(crate) fn purpose_of(kind: ConsentPurpose) -> Purpose {
    match kind {
        ConsentPurpose::AiTraining => Purpose::Training,
        ConsentPurpose::UsageStatistics => Purpose::Statistics,
    }
}
