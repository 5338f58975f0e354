//! What the service can make, and what that costs; also while it cannot be asked, as far as it said so before.

use allxone_contract::{JobRequest, MilliCredits, ModelCard, Size};
use allxone_library::Library;

use crate::studio::blocking;
use crate::{Studio, StudioError};

/// The most bytes of one service's models that are remembered.
const MOST_REMEMBERED: usize = 512 * 1024;

impl Studio {
    /// Every model that can be used. While a server cannot be asked, those it offered last.
    ///
    /// # Errors
    /// When the service cannot be asked and nothing of it is known.
    pub async fn models(&self) -> Result<Vec<ModelCard>, StudioError> {
        let ask = async || match self.inner.parts.client.models().await {
            Ok(said) => {
                let heard = self.heard_models(said.models).await?;
                self.remember(&heard).await;
                Ok(heard)
            }
            Err(error) => Err(self.heard(error.into()).await),
        };
        match self.inner.models.get_or_try_init(ask).await {
            Ok(models) => Ok(models.clone()),
            // Not for good: the next question may be answered.
            Err(error) if error.is_out_of_reach() => self.remembered().await.ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// The model a request names.
    ///
    /// # Errors
    /// When there is none of that name, or as [`models`](Self::models).
    pub(crate) async fn card(&self, request: &JobRequest) -> Result<ModelCard, StudioError> {
        let cards = self.models().await?;
        let known = cards.iter().map(|card| card.id.as_str()).collect::<Vec<_>>().join(", ");
        cards
            .into_iter()
            .find(|card| card.id == request.model)
            .ok_or_else(|| StudioError::UnknownModel { model: request.model.to_string(), known })
    }

    /// What a request costs at most by what its model's card says; `None` where the card has no price for it.
    pub(crate) fn estimate(
        &self,
        card: &ModelCard,
        request: &JobRequest,
    ) -> Result<Option<MilliCredits>, StudioError> {
        let inputs: Vec<Size> = self
            .pictures(request)?
            .iter()
            .map(|one| Size { width: one.staged.width, height: one.staged.height })
            .collect();
        Ok(card.price.at_most(card.workload(request.count, request.size, request.factor, &inputs)))
    }

    /// Whether models of this studio's server are remembered, so that drafts can be lined up while it is out of reach.
    pub async fn remembers_models(&self) -> bool {
        self.remembered().await.is_some()
    }

    /// The host this studio's drafts go to; `None` for this computer.
    pub(crate) fn goes_to(&self) -> Option<String> {
        let parts = &self.inner.parts;
        (!parts.own_service).then(|| parts.client.server().host())
    }

    fn place(&self) -> Option<(Library, String)> {
        Some((self.library().clone(), format!("models of {}", self.goes_to()?)))
    }

    async fn remember(&self, models: &[ModelCard]) {
        let Some((library, name)) = self.place() else { return };
        let Some(text) = serde_json::to_string(models).ok().filter(|text| text.len() <= MOST_REMEMBERED)
        else {
            return;
        };
        let kept = blocking(move || {
            if library.setting(&name)?.as_deref() != Some(&text) {
                library.set_setting(&name, Some(&text))?;
            }
            Ok(())
        });
        if let Err(error) = kept.await {
            tracing::info!(code = ?error.code(), "the models of a server are not remembered");
        }
    }

    /// They pass the gate again: it may have learned since.
    async fn remembered(&self) -> Option<Vec<ModelCard>> {
        let (library, name) = self.place()?;
        let text = blocking(move || Ok(library.setting(&name)?)).await.ok()??;
        self.heard_models(serde_json::from_str(&text).ok()?).await.ok()
    }
}
