//! Looking at what is under way and going on from what was made before.

use std::sync::atomic::Ordering;

use allxone_contract::{JobRequest, ModelId, Operation, Plan, Sha256};
use allxone_library::{Details, ItemId};
use allxone_safety::Clearance;
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::studio::blocking;
use crate::{Draft, QueueEntry, Sending, Staged, Studio, StudioError};

impl Studio {
    /// What would be sent of a draft, and to whom. Nothing is sent.
    ///
    /// # Errors
    /// When one of its pictures is not staged.
    pub fn preview(&self, draft: &Draft) -> Result<Sending, StudioError> {
        let unwritable = || StudioError::Internal("a draft could not be written down");
        let value = serde_json::to_value(&draft.request).map_err(|_| unwritable())?;
        let exact = serde_json::to_vec(&draft.request).map_err(|_| unwritable())?;
        let pictures: Vec<Staged> =
            self.pictures(&draft.request)?.into_iter().map(|one| one.staged).collect();
        let bytes = exact.len() as u64 + pictures.iter().map(|picture| picture.bytes).sum::<u64>();
        Ok(Sending {
            stays_here: self.inner.parts.own_service,
            host: self.inner.parts.client.server().host(),
            body: serde_json::to_string_pretty(&value).map_err(|_| unwritable())?,
            fields: value.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default(),
            pictures,
            bytes,
        })
    }

    /// What a model would make of a draft's prompt, where it tells. Only the service of this computer is asked, so that nothing leaves
    /// it while a person writes, and only about words the check allows. `None` where there is nothing to tell, and for a question that
    /// was overtaken by a newer one.
    ///
    /// # Errors
    /// When the check cannot run or the service does not answer.
    pub async fn plan(&self, draft: &Draft) -> Result<Option<Plan>, StudioError> {
        let mine = self.inner.plans.fetch_add(1, Ordering::Relaxed) + 1;
        let asked = &draft.request;
        if !self.inner.parts.own_service || asked.prompt.trim().is_empty() || !self.card(asked).await?.plans {
            return Ok(None);
        }
        let mut request = JobRequest::new(asked.operation, asked.model.clone());
        request.prompt.clone_from(&asked.prompt);
        let gate = self.inner.parts.gate.clone();
        let cleared = blocking(move || match gate.clear(request)? {
            Clearance::Allow(cleared) => Ok(Some(cleared)),
            Clearance::Review(_) | Clearance::Block(_) => Ok(None),
        })
        .await?;
        match cleared {
            Some(cleared) if self.inner.plans.load(Ordering::Relaxed) == mine => {
                Ok(Some(self.inner.parts.client.plan(&cleared).await?))
            }
            _ => Ok(None),
        }
    }

    /// Everything that has not ended, in the order it is taken.
    ///
    /// # Errors
    /// When the queue cannot be read.
    pub async fn queue(&self) -> Result<Vec<QueueEntry>, StudioError> {
        let library = self.library().clone();
        let open = blocking(move || Ok(library.open_queue()?)).await?;
        let running = self.running();
        let entry = |entry: allxone_library::Queued| {
            let now = running.get(&entry.id);
            Some(QueueEntry {
                id: entry.id,
                created: allxone_contract::UtcMillis(entry.created_ms),
                state: entry.state,
                running: now.is_some_and(|now| now.ended.borrow().is_none()),
                waiting: self.waits(entry.id),
                elsewhere: self.elsewhere(&entry),
                progress: now.and_then(|now| now.progress),
                draft: serde_json::from_value(entry.draft).ok()?,
            })
        };
        Ok(open.into_iter().filter_map(entry).collect())
    }

    /// Makes a kept picture ready to be worked on, as if it had been brought in.
    ///
    /// # Errors
    /// When there is no such picture, or the check cannot run.
    pub async fn stage_item(&self, item: ItemId) -> Result<Staged, StudioError> {
        let library = self.library().clone();
        let bytes = blocking(move || Ok(library.picture(item)?)).await?;
        let picture = self.ready_picture(bytes).await?;
        self.put_on_table(picture, Some(item)).await
    }

    /// A small picture of one that was staged; `None` when there is none by that name or the check stopped it.
    ///
    /// # Errors
    /// When it cannot be drawn.
    pub async fn staged_thumbnail(&self, sha256: Sha256) -> Result<Option<Bytes>, StudioError> {
        let found = self.staged().get(&sha256).cloned();
        let Some(one) = found.filter(|one| one.staged.finding.verdict != allxone_contract::Verdict::Block)
        else {
            return Ok(None);
        };
        blocking(move || Ok(Some(one.picture.thumbnail(allxone_library::THUMBNAIL_SIDE)?))).await
    }

    /// The draft a kept picture came from. Input pictures and prices are not in it.
    ///
    /// # Errors
    /// When there is no such picture.
    pub async fn draft_of(&self, item: ItemId) -> Result<Draft, StudioError> {
        let library = self.library().clone();
        let details = blocking(move || Ok(library.get(item)?)).await?.details;
        Ok(Draft { request: request_of(&details), confirmed: false, parents: Vec::new() })
    }
}

/// The request that `details` tell of, as far as they do.
fn request_of(details: &Details) -> JobRequest {
    let operation =
        serde_json::from_value(Value::String(details.operation.clone())).unwrap_or(Operation::Generate);
    let plain = JobRequest::new(operation, ModelId::from(details.model.as_str()));
    let mut fields: Map<String, Value> = details.params.as_object().cloned().unwrap_or_default();
    for passing in ["inputs", "quote", "max_cost"] {
        fields.remove(passing);
    }
    fields.insert("prompt".to_owned(), details.prompt.clone().into());
    if !details.negative.is_empty() {
        fields.insert("negative_prompt".to_owned(), details.negative.clone().into());
    }
    if let Some(seed) = details.seed {
        fields.insert("seed".to_owned(), seed.to_string().into());
    }
    fields.insert("count".to_owned(), 1.into());
    serde_json::from_value(Value::Object(fields)).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn a_kept_picture_gives_its_request_back_for_itself_alone() {
        let details = Details {
            operation: "generate".to_owned(),
            model: "local/scene".to_owned(),
            prompt: "three owls".to_owned(),
            params: json!({"operation": "generate", "model": "local/scene", "count": 4, "seed": "7", "size": {"width": 512, "height": 512},
                "inputs": [{"sha256": "00".repeat(32), "role": "init"}], "quote": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "on_unsupported": "refuse"}),
            seed: Some(u64::MAX),
            ..Details::default()
        };
        let request = request_of(&details);
        assert_eq!((request.prompt.as_str(), request.count), ("three owls", 1));
        assert_eq!(request.seed.unwrap().0, u64::MAX, "the seed of this very picture");
        assert_eq!(request.size.unwrap().width, 512);
        assert!(request.inputs.is_empty() && request.quote.is_none());
    }

    #[test]
    fn parameters_nobody_can_read_any_more_leave_the_words() {
        let details = Details {
            operation: "upscale".to_owned(),
            model: "x".to_owned(),
            params: json!({"size": "big"}),
            ..Details::default()
        };
        assert_eq!(request_of(&details), JobRequest::new(Operation::Upscale, ModelId::from("x")));
    }
}
