//! What leaves because a person allowed it: decisions told to the service, counters of a week, marks for training; and having it deleted.
//!
//! Cut here because the order is what keeps the promise. The library's newest decision rules; the service in use is told of it and answers
//! with the grant everything else is sent under; without that grant the Door sends nothing. Nobody is told anything on this computer alone.

use allxone_contract::{
    Consent, ConsentPurpose, ConsentRequest, ConsentState, ConsentSurface, JobId, ProblemCode, TrainingOffer,
    TrainingSubject, UsageStatistics,
};
use allxone_egress::Grant;
use allxone_library::{ConsentRecord, Consented, ItemId, NewConsent};
use serde_json::Value;

use crate::counting::statistics;
use crate::studio::blocking;
use crate::{Studio, StudioError, TrainingMark};

/// Under which name the library keeps that a service was told of a consent.
const TOLD: &str = "consent_told";

fn contract(purpose: Consented) -> Option<ConsentPurpose> {
    match purpose {
        Consented::AiTraining => Some(ConsentPurpose::AiTraining),
        Consented::UsageStatistics => Some(ConsentPurpose::UsageStatistics),
        Consented::PrivacyPolicy | Consented::AcceptableUse => None,
    }
}

impl Studio {
    /// Whether there is anybody anything could be given to.
    fn has_service(&self) -> bool {
        !self.inner.parts.own_service
    }

    fn told_of(&self, purpose: Consented) -> String {
        format!("{TOLD} {} {}", purpose.name(), self.inner.parts.client.server().host())
    }

    /// Tells the service in use of what was decided and it does not know yet, and sends what waits: counters of weeks that are over, marks
    /// for training. Connects to nobody where nothing is allowed and nothing has to be taken back.
    ///
    /// # Errors
    /// When the service cannot be asked or the library cannot be written. What was not sent waits for the next time.
    pub async fn send_allowed(&self) -> Result<(), StudioError> {
        if !self.has_service() {
            return Ok(());
        }
        for purpose in Consented::SWITCHES {
            let grant = self.grant(purpose).await?;
            match (purpose, grant) {
                (Consented::UsageStatistics, Some(grant)) => self.send_statistics(&grant).await?,
                (Consented::AiTraining, Some(grant)) => self.send_offers(&grant).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// [`send_allowed`](Self::send_allowed), without anybody waiting for it. What does not work now is tried another time.
    pub fn send_allowed_soon(&self) {
        let (studio, stop) = (self.clone(), self.inner.under_way.stop.clone());
        self.inner.under_way.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                sent = studio.send_allowed() => if let Err(error) = sent {
                    tracing::info!(code = ?error.code(), "what was allowed is sent another time");
                },
            }
        });
    }

    /// The grant that holds here and at the service; the service is told where it does not know yet. What was taken back at the service
    /// since, from another device, is taken back here too.
    async fn grant(&self, purpose: Consented) -> Result<Option<Grant>, StudioError> {
        let Some(kind) = contract(purpose) else { return Ok(None) };
        let (library, key) = (self.library().clone(), self.told_of(purpose));
        let (here, told) = blocking({
            let (library, key) = (library.clone(), key.clone());
            move || {
                let newest = library.consents()?.into_iter().find(|one| one.what.purpose == purpose);
                Ok((newest, library.setting(&key)?))
            }
        })
        .await?;
        let Some(here) = here else { return Ok(None) };
        let client = &self.inner.parts.client;
        if !here.what.granted {
            if told.is_some() {
                client.record_consent(&request(&here, kind)).await?;
                blocking(move || Ok(library.set_setting(&key, None)?)).await?;
            }
            return Ok(None);
        }
        let list = client.consents().await?;
        if let Some(grant) = Grant::live(&list, kind) {
            let id = grant.id().to_string();
            if told.as_ref() != Some(&id) {
                blocking(move || Ok(library.set_setting(&key, Some(&id))?)).await?;
            }
            return Ok(Some(grant));
        }
        let newest: Option<&Consent> =
            list.consents.iter().filter(|one| one.decision.purpose == kind).max_by_key(|one| one.version);
        if newest.is_some_and(|withdrawn| withdrawn.time.0 > here.time_ms) {
            let taken_back =
                NewConsent { granted: false, surface: "service".to_owned(), ..here.what.clone() };
            blocking(move || {
                library.record_consent(&taken_back)?;
                Ok(library.set_setting(&key, None)?)
            })
            .await?;
            return Ok(None);
        }
        let recorded = client.record_consent(&request(&here, kind)).await?;
        let id = recorded.id.to_string();
        blocking(move || Ok(library.set_setting(&key, Some(&id))?)).await?;
        Ok(Grant::of(&recorded))
    }

    async fn send_statistics(&self, grant: &Grant) -> Result<(), StudioError> {
        let (library, id) = (self.library().clone(), grant.id());
        let waiting = blocking(move || {
            for week in library.take_ended_weeks()? {
                let installation = library.statistics_identity()?;
                if let Some(report) = statistics(week, id, installation) {
                    let body = serde_json::to_value(&report)
                        .map_err(|_| StudioError::Internal("counters could not be written down"))?;
                    library.queue_report(Consented::UsageStatistics, None, &body)?;
                }
            }
            Ok(library.waiting_reports(Consented::UsageStatistics)?)
        })
        .await?;
        for report in waiting {
            // A report names its grant: one that was made under an older grant is sent under none.
            match serde_json::from_value::<UsageStatistics>(report.body) {
                Ok(statistics) if statistics.grant == id => {
                    self.inner.parts.client.send_statistics(&statistics, grant).await?;
                    self.sent(report.id).await?;
                }
                _ => self.drop_report(report.id).await?,
            }
        }
        Ok(())
    }

    async fn send_offers(&self, grant: &Grant) -> Result<(), StudioError> {
        let library = self.library().clone();
        let waiting = blocking(move || Ok(library.waiting_reports(Consented::AiTraining)?)).await?;
        for report in waiting {
            let offer = serde_json::from_value::<TrainingOffer>(report.body);
            let Some(offer) = offer.ok().filter(|offer| offer.grant == grant.id()) else {
                self.drop_report(report.id).await?;
                continue;
            };
            match self.inner.parts.client.offer_for_training(&offer, grant).await {
                Ok(()) => self.sent(report.id).await?,
                // It is not there, or was made before it was allowed: the service will never take it.
                Err(error) if error.is_problem(ProblemCode::NotFound) => self.drop_report(report.id).await?,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn sent(&self, report: String) -> Result<(), StudioError> {
        let (library, host) = (self.library().clone(), self.inner.parts.client.server().host());
        blocking(move || Ok(library.report_sent(&report, &host)?)).await
    }

    async fn drop_report(&self, report: String) -> Result<(), StudioError> {
        let library = self.library().clone();
        blocking(move || Ok(library.drop_report(&report)?)).await
    }

    /// Gives pictures for training, keeps them from it, or takes the mark away. What was made at the service in use is marked there at
    /// once; what was given before and is kept from it now is taken back there. Says how many pictures there were.
    ///
    /// # Errors
    /// [`StudioError::NotAllowed`] when training was not allowed; [`StudioError::NotGiven`] when the service does not take it; when the
    /// service cannot be asked. The pictures are not marked then.
    pub async fn mark_for_training(&self, mark: TrainingMark) -> Result<u64, StudioError> {
        let jobs = self.jobs_here(&mark.items).await?;
        let client = &self.inner.parts.client;
        if mark.allowed == Some(true) {
            let grant = match self.has_service() {
                true => self.grant(Consented::AiTraining).await?,
                false => None,
            };
            let grant = grant.ok_or(StudioError::NotAllowed)?;
            if jobs.len() < mark.items.len() {
                return Err(StudioError::NotGiven);
            }
            for (item, job) in &jobs {
                let offer = TrainingOffer { grant: grant.id(), subject: TrainingSubject::Job(*job) };
                match client.offer_for_training(&offer, &grant).await {
                    Ok(()) => self.note_offer(*item, &offer).await?,
                    Err(error) if error.is_problem(ProblemCode::NotFound) => {
                        return Err(StudioError::NotGiven);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        } else if self.has_service() {
            let library = self.library().clone();
            let given = blocking(move || Ok(library.sent_reports(Consented::AiTraining)?)).await?;
            for (item, job) in &jobs {
                if given.iter().any(|report| report.item_id == Some(*item)) {
                    client.forget_training(Some(*job)).await?;
                }
            }
        }
        let library = self.library().clone();
        blocking(move || Ok(library.mark_for_training(&mark.items, mark.allowed)?)).await
    }

    /// Writes down what was given, word for word.
    async fn note_offer(&self, item: ItemId, offer: &TrainingOffer) -> Result<(), StudioError> {
        let body: Value = serde_json::to_value(offer)
            .map_err(|_| StudioError::Internal("a mark could not be written down"))?;
        let (library, host) = (self.library().clone(), self.inner.parts.client.server().host());
        blocking(move || {
            let known = library.sent_reports(Consented::AiTraining)?;
            if known.iter().any(|report| report.item_id == Some(item)) {
                return Ok(());
            }
            library.queue_report(Consented::AiTraining, Some(item), &body)?;
            for waiting in library.waiting_reports(Consented::AiTraining)? {
                if waiting.item_id == Some(item) {
                    library.report_sent(&waiting.id, &host)?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Those of the pictures that were made at the service in use, with their jobs there.
    async fn jobs_here(&self, items: &[ItemId]) -> Result<Vec<(ItemId, JobId)>, StudioError> {
        let (library, items) = (self.library().clone(), items.to_vec());
        let host = self.inner.parts.client.server().host();
        blocking(move || {
            let mut found = Vec::new();
            for item in items {
                let origin = library.get(item)?.details.origin.filter(|origin| origin.service == host);
                found.extend(origin.and_then(|origin| origin.job.parse().ok()).map(|job| (item, job)));
            }
            Ok(found)
        })
        .await
    }

    /// Has what was sent under a consent deleted at the service, and forgets it here. Returns how much there was.
    ///
    /// # Errors
    /// When the service it went to is not the one in use, or cannot be asked; then it is not forgotten here either.
    pub async fn forget_sent(&self, purpose: Consented) -> Result<u64, StudioError> {
        let library = self.library().clone();
        let sent = blocking(move || Ok(library.sent_reports(purpose)?)).await?;
        if !sent.is_empty() {
            let host = self.inner.parts.client.server().host();
            if !self.has_service() || sent.iter().any(|report| report.host.as_ref() != Some(&host)) {
                let hosts: std::collections::BTreeSet<_> = sent
                    .into_iter()
                    .filter_map(|report| report.host)
                    .filter(|other| *other != host)
                    .collect();
                let hosts = hosts.into_iter().collect::<Vec<_>>().join(", ");
                return Err(StudioError::Elsewhere { hosts });
            }
            match purpose {
                Consented::UsageStatistics => self.inner.parts.client.forget_statistics().await?,
                Consented::AiTraining => self.inner.parts.client.forget_training(None).await?,
                Consented::PrivacyPolicy | Consented::AcceptableUse => {}
            }
        }
        let library = self.library().clone();
        blocking(move || Ok(library.forget_sent(purpose)?)).await
    }
}

/// A decision as the service is told of it.
fn request(record: &ConsentRecord, purpose: ConsentPurpose) -> ConsentRequest {
    let what = &record.what;
    ConsentRequest {
        purpose,
        state: if what.granted { ConsentState::Granted } else { ConsentState::Withdrawn },
        text_version: what.version.clone(),
        text_sha256: what.sha256.parse().unwrap_or_else(|_| allxone_contract::Sha256::of(b"")),
        locale: what.locale.clone(),
        surface: match what.surface.as_str() {
            "card" => ConsentSurface::Card,
            "command_line" => ConsentSurface::CommandLine,
            _ => ConsentSurface::Privacy,
        },
        app_version: what.app_version.clone(),
    }
}
