//! The way into the queue: a draft is checked, priced, cleared and written down, and only then begun.

use allxone_contract::{
    Counter, Field, IdempotencyKey, JobRequest, MilliCredits, Picked, Quote, QuoteRequest, Seed, Verdict,
};
use allxone_library::{NewQueued, QueueId};

use crate::studio::blocking;
use crate::{Check, Counted, Draft, Studio, StudioError, StudioEvent};

/// Under which name a queued draft says what judged it.
pub(crate) const JUDGED_BY: &str = "judged_by";
/// Under which name a queued draft says where it goes: a host, or nothing for this computer.
pub(crate) const GOES_TO: &str = "goes_to";
/// The most drafts that wait for a service out of reach.
const MOST_WAITING: usize = 100;

/// Whether a draft may wait for a service that cannot be asked now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unpriced {
    Refused,
    Waits,
}

impl Studio {
    /// What is wrong with a draft, what the check says of its text, and what it would cost. Nothing of its content is sent. While a server
    /// cannot be asked, its last word on the price counts.
    ///
    /// # Errors
    /// When this computer's service cannot be asked, or the check cannot run.
    pub async fn check(&self, draft: &Draft) -> Result<Check, StudioError> {
        let card = self.card(&draft.request).await?;
        let faults = card.faults(&draft.request);
        let (gate, request) = (self.inner.parts.gate.clone(), draft.request.clone());
        let finding = blocking(move || Ok(gate.check_request(&request)?)).await?;
        let (mut quote, mut estimate) = (None, None);
        if faults.is_empty() {
            match self.quote(&draft.request).await {
                Ok(told) => quote = Some(told),
                Err(error) if self.may_wait(&error) => {
                    estimate = Some(self.estimate(&card, &draft.request)?.ok_or(error)?);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Check { faults, finding, quote, estimate })
    }

    /// Whether a draft can wait until what went wrong is over.
    fn may_wait(&self, error: &StudioError) -> bool {
        self.goes_to().is_some() && error.is_out_of_reach()
    }

    async fn quote(&self, request: &JobRequest) -> Result<Quote, StudioError> {
        let inputs = self.pictures(request)?;
        let set = [
            (Field::NegativePrompt, request.negative_prompt.is_some()),
            (Field::Seed, request.seed.is_some()),
            (Field::Style, request.style.is_some()),
            (Field::Strength, request.strength.is_some()),
        ];
        let question = QuoteRequest {
            operation: request.operation,
            model: request.model.clone(),
            size: request.size,
            count: request.count,
            factor: request.factor,
            inputs: inputs
                .iter()
                .map(|p| Picked { width: p.staged.width, height: p.staged.height })
                .collect(),
            fields: set.into_iter().filter_map(|(field, set)| set.then_some(field)).collect(),
        };
        match self.inner.parts.client.quote(&question).await {
            Ok(quote) => {
                self.reached();
                Ok(quote)
            }
            Err(error) => Err(self.heard(error.into()).await),
        }
    }

    /// Checks, prices and clears a draft, writes it to the queue and starts it. From here on it survives a crash: it is finished by
    /// [`resume`](Self::resume) and never made twice.
    ///
    /// # Errors
    /// When the draft is faulty, stopped by the check, dearer than agreed, above the limit of this run, or cannot be priced or written
    /// down. Then nothing was sent.
    pub async fn submit(&self, draft: Draft) -> Result<QueueId, StudioError> {
        self.take_in(draft, Unpriced::Refused).await
    }

    /// As [`submit`](Self::submit); but where a server is out of reach, the draft waits in the queue. It goes, once, when the server
    /// answers, if it costs no more than was agreed by then.
    ///
    /// # Errors
    /// As [`submit`](Self::submit), and [`StudioError::LineFull`].
    pub async fn line_up(&self, draft: Draft) -> Result<QueueId, StudioError> {
        self.take_in(draft, Unpriced::Waits).await
    }

    async fn take_in(&self, mut draft: Draft, unpriced: Unpriced) -> Result<QueueId, StudioError> {
        let card = self.card(&draft.request).await?;
        let faults = card.faults(&draft.request);
        if !faults.is_empty() {
            return Err(StudioError::Invalid { faults });
        }
        if draft.request.seed.is_none() && card.fields.contains(&Field::Seed) {
            draft.request.seed = Some(Seed(rand::random()));
        }
        if draft.request.size.is_none() {
            draft.request.size = card.size.map(|rule| rule.default);
        }
        let (quote, at_most) = match self.quote(&draft.request).await {
            Ok(quote) => (Some(quote.id), quote.at_most),
            Err(error) if unpriced == Unpriced::Waits && self.may_wait(&error) => {
                self.room_in_line().await?;
                (None, self.estimate(&card, &draft.request)?.ok_or(error)?)
            }
            Err(error) => return Err(error),
        };
        self.agreed(at_most, draft.request.max_cost)?;
        draft.request.quote = quote;
        let on_table = self.pictures(&draft.request)?;
        draft.parents = on_table.iter().filter_map(|one| one.item).collect();
        let pictures = on_table.into_iter().map(|one| one.picture).collect();
        let ready = self.clear(&draft, pictures).await.inspect_err(|error| {
            if let StudioError::Stopped(finding) = error {
                let review = finding.verdict == Verdict::Review;
                self.count(Counted::Done(if review { Counter::Reviewed } else { Counter::Blocked }));
            }
        })?;

        let queued = NewQueued {
            draft: self.written_down(&draft)?,
            key: IdempotencyKey::new().as_str().to_owned(),
            inputs: ready.pictures.iter().map(|picture| picture.bytes().clone()).collect(),
        };
        let library = self.library().clone();
        let queue = blocking(move || Ok(library.enqueue(queued)?)).await?;
        self.tell(StudioEvent::Queued { queue, operation: draft.request.operation });
        self.start(queue, quote.is_some().then_some(ready));
        Ok(queue)
    }

    fn agreed(&self, at_most: MilliCredits, agreed: MilliCredits) -> Result<(), StudioError> {
        if at_most > agreed {
            return Err(StudioError::PriceChanged { now: at_most, agreed });
        }
        self.inner.under_way.spending.room(at_most)
    }

    async fn room_in_line(&self) -> Result<(), StudioError> {
        let library = self.library().clone();
        let waiting = blocking(move || Ok(library.open_queue()?.len())).await?;
        if waiting < MOST_WAITING { Ok(()) } else { Err(StudioError::LineFull { most: MOST_WAITING }) }
    }

    /// A draft as it stands in the queue: with what judged it, because a confirmation holds for those rules alone, and with where it goes,
    /// because it was composed for that service and no other.
    pub(crate) fn written_down(&self, draft: &Draft) -> Result<serde_json::Value, StudioError> {
        let unwritable = |_| StudioError::Internal("a draft could not be written down");
        let mut written = serde_json::to_value(draft).map_err(unwritable)?;
        if let Some(fields) = written.as_object_mut() {
            let versions = serde_json::to_value(self.inner.parts.gate.versions()).map_err(unwritable)?;
            fields.insert(JUDGED_BY.to_owned(), versions);
            fields.insert(GOES_TO.to_owned(), self.goes_to().into());
        }
        Ok(written)
    }
}
