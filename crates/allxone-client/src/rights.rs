//! What a person may know, allow, take away and have deleted at a service.

use allxone_contract::{
    About, AcceptanceRequest, Consent, ConsentList, ConsentPurpose, ConsentRequest, Deletion, DeletionId,
    DeletionRequest, Export, ExportId, JobId, Sha256, TrainingOffer, UsageStatistics,
};
use allxone_egress::{Answer, Control, Empty, Grant, Granted, Purpose, Route};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use sha2::Digest as _;

use crate::client::headers;
use crate::{ClientError, ServiceClient, reading, signature};

impl ServiceClient {
    /// Who runs the service, with whose help, under which texts, and how long it keeps what. Needs no sign-in.
    ///
    /// # Errors
    /// [`ClientError::Mismatch`] when a text is not the one its hash names; any other [`ClientError`].
    pub async fn about(&self) -> Result<About, ClientError> {
        let about: About = self.get(Purpose::About, Route::get("/api/v1/about")).await?;
        let honest = about.policies.iter().all(|policy| Sha256::of(policy.text.as_bytes()) == policy.sha256);
        if honest { Ok(about) } else { Err(ClientError::Mismatch) }
    }

    /// Everything this account allowed, took back and accepted at the service.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn consents(&self) -> Result<ConsentList, ClientError> {
        self.get(Purpose::Consent, Route::get("/api/v1/consents")).await
    }

    /// Records a decision. Said again, it is the same record.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn record_consent(&self, decision: &ConsentRequest) -> Result<Consent, ClientError> {
        self.say(Purpose::Consent, Route::post("/api/v1/consents"), decision).await
    }

    /// Records that a text was accepted. Said again, it changes nothing.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn accept(&self, accepted: &AcceptanceRequest) -> Result<(), ClientError> {
        self.tell(Purpose::Consent, Route::post("/api/v1/acceptances"), accepted).await
    }

    /// The grant that holds at the service for a purpose; `None` when none does.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn grant(&self, purpose: ConsentPurpose) -> Result<Option<Grant>, ClientError> {
        Ok(Grant::live(&self.consents().await?, purpose))
    }

    /// Sends the counters of a week under the grant they name.
    ///
    /// # Errors
    /// A problem `no_grant` when the grant does not hold any more; any other [`ClientError`].
    pub async fn send_statistics(
        &self,
        statistics: &UsageStatistics,
        grant: &Grant,
    ) -> Result<(), ClientError> {
        self.give(Route::post("/api/v1/statistics"), statistics, grant).await
    }

    /// Marks something at the service as given for training under the grant it names.
    ///
    /// # Errors
    /// A problem `no_grant` when the grant does not hold any more, `not_found` when what is given is not there or was made before the
    /// grant; any other [`ClientError`].
    pub async fn offer_for_training(&self, offer: &TrainingOffer, grant: &Grant) -> Result<(), ClientError> {
        self.give(Route::post("/api/v1/training"), offer, grant).await
    }

    /// Has the counters that were sent deleted at the service.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn forget_statistics(&self) -> Result<(), ClientError> {
        self.tell(Purpose::Consent, Route::delete("/api/v1/statistics"), &Empty).await
    }

    /// Takes back at the service what was given for training: all of it, or one job.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn forget_training(&self, job: Option<JobId>) -> Result<(), ClientError> {
        let route = match job {
            Some(job) => Route::delete("/api/v1/training/{id}").id(job),
            None => Route::delete("/api/v1/training"),
        };
        self.tell(Purpose::Consent, route, &Empty).await
    }

    /// Asks for an archive of everything. While one is being made, it is that one.
    ///
    /// # Errors
    /// A problem `step_up_needed` when the sign-in is older than five minutes; any other [`ClientError`].
    pub async fn request_export(&self) -> Result<Export, ClientError> {
        self.say(Purpose::Export, Route::post("/api/v1/exports"), &Empty).await
    }

    /// How far an archive is.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn export(&self, id: ExportId) -> Result<Export, ClientError> {
        let export: Export = self.get(Purpose::Export, Route::get("/api/v1/exports/{id}").id(id)).await?;
        if export.id == id { Ok(export) } else { Err(ClientError::Mismatch) }
    }

    /// Fetches a ready archive piece by piece, handing each piece to `keep`, and compares length and hash at the end. What was kept before an
    /// error is worth nothing.
    ///
    /// # Errors
    /// [`ClientError::Mismatch`] when the archive is not ready or not what was announced; any other [`ClientError`]; whatever `keep` says.
    pub async fn fetch_export<E: From<ClientError>>(
        &self,
        export: &Export,
        mut keep: impl FnMut(Bytes) -> Result<(), E>,
    ) -> Result<(), E> {
        let (Some(bytes), Some(sha256)) = (export.bytes, export.sha256) else {
            return Err(ClientError::Mismatch.into());
        };
        let route = Route::get("/api/v1/exports/{id}/content").id(export.id);
        // Errors come as JSON of a few hundred bytes.
        let most = bytes.max(allxone_egress::MAX_ANSWER_BYTES);
        let fetching = self.door.fetch(&self.server, Purpose::Export, route, headers(), most);
        let mut answer = fetching.await.map_err(ClientError::from)?;
        if !answer.is_success() {
            return Err(reading::refusal(answer).await.into());
        }
        let (mut seen, mut hash) = (0_u64, sha2::Sha256::new());
        while let Some(piece) = answer.chunk().await.map_err(ClientError::from)? {
            seen = seen.saturating_add(piece.len() as u64);
            if seen > bytes {
                return Err(ClientError::Mismatch.into());
            }
            hash.update(&piece);
            keep(piece)?;
        }
        let found: [u8; 32] = hash.finalize().into();
        if seen == bytes && found == *sha256.as_bytes() { Ok(()) } else { Err(ClientError::Mismatch.into()) }
    }

    /// Whether the service signed an archive, by the keys it publishes. `false` where it signs none, because it keeps no accounts.
    ///
    /// # Errors
    /// [`ClientError::Mismatch`] when there is a signature and it is not that of this service under this very archive; any other
    /// [`ClientError`].
    pub async fn is_signed(&self, export: &Export) -> Result<bool, ClientError> {
        let Some(signature) = &export.signature else { return Ok(false) };
        let keys = self.get(Purpose::Export, Route::get("/auth/v1/.well-known/jwks.json")).await?;
        if signature::holds(signature, export, &keys) { Ok(true) } else { Err(ClientError::Mismatch) }
    }

    /// Asks for the account to be deleted.
    ///
    /// # Errors
    /// A problem `step_up_needed` when the sign-in is older than five minutes; any other [`ClientError`].
    pub async fn delete_account(&self, request: &DeletionRequest) -> Result<Deletion, ClientError> {
        self.say(Purpose::DeleteAccount, Route::post("/api/v1/account/deletion"), request).await
    }

    /// The deletion of this account that is under way.
    ///
    /// # Errors
    /// A problem `not_found` when there is none; any other [`ClientError`].
    pub async fn account_deletion(&self) -> Result<Deletion, ClientError> {
        self.get(Purpose::DeleteAccount, Route::get("/api/v1/account/deletion")).await
    }

    /// A deletion by the number of its receipt, without a sign-in.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn deletion(&self, id: DeletionId) -> Result<Deletion, ClientError> {
        self.get(Purpose::DeleteAccount, Route::get("/api/v1/deletions/{id}").id(id)).await
    }

    /// Keeps the account: cancels a deletion whose time has not come.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn cancel_deletion(&self) -> Result<Deletion, ClientError> {
        self.say(Purpose::DeleteAccount, Route::post("/api/v1/account/deletion/cancel"), &Empty).await
    }

    /// A command that may be said again without doing more.
    pub(crate) async fn say<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        route: Route,
        what: &impl Control,
    ) -> Result<T, ClientError> {
        self.run(|| async { reading::value(self.post(purpose, &route, what).await?).await }).await
    }

    /// As [`say`](Self::say), where the answer carries nothing.
    async fn tell(&self, purpose: Purpose, route: Route, what: &impl Control) -> Result<(), ClientError> {
        let post = || async {
            let answer = self.post(purpose, &route, what).await?;
            if answer.is_success() { Ok(()) } else { Err(reading::refusal(answer).await) }
        };
        self.run(post).await
    }

    /// Something that a person allowed; said again, it is the same.
    async fn give(&self, route: Route, what: &impl Granted, grant: &Grant) -> Result<(), ClientError> {
        let send = || async {
            let sent = self.door.send_granted(&self.server, route.clone(), headers(), what, grant).await;
            let answer = sent?;
            if answer.is_success() { Ok(()) } else { Err(reading::refusal(answer).await) }
        };
        self.run(send).await
    }

    async fn post(
        &self,
        purpose: Purpose,
        route: &Route,
        what: &impl Control,
    ) -> Result<Answer, ClientError> {
        Ok(self.door.send_control(&self.server, purpose, route.clone(), headers(), what).await?)
    }
}
