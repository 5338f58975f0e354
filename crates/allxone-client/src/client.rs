//! One method per route of the contract.

use std::sync::Arc;

use allxone_contract::{
    API_HEADER, API_VERSION, Asset, AssetId, CONFIRMED_HEADER, CreditCap, CreditEntryList, Credits, Health,
    IdempotencyKey, Job, JobId, JobList, JobRequest, ModelList, Output, PictureFormat, Plan, ProblemCode,
    Quote, QuoteRequest, RECEIPT_HEADER, Receipt, Sequenced, Sha256,
};
use allxone_egress::{
    Answer, Door, EgressError, Empty, HeaderMap, HeaderName, HeaderValue, MAX_ANSWER_BYTES, Purpose, Route,
    Server,
};
use allxone_safety::{Clearable, Cleared};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::de::DeserializeOwned;

use crate::pacing::SystemPacing;
use crate::retry::{Budget, Retries};
use crate::{ClientError, Pacing, Patience, follow, reading, receipt};

/// A service that speaks the contract. Cheap to clone.
#[derive(Clone)]
pub struct ServiceClient {
    pub(crate) door: Door,
    pub(crate) server: Server,
    retries: Retries,
}

impl ServiceClient {
    /// The service at `server`, reached through `door`.
    pub fn new(door: Door, server: Server) -> Self {
        let pacing: Arc<dyn Pacing> = Arc::new(SystemPacing::default());
        let retries = Retries { patience: Patience::default(), pacing, budget: Arc::new(Budget::full()) };
        Self { door, server, retries }
    }

    /// The same client with another clock and source of chance.
    #[must_use]
    pub fn with_pacing(mut self, pacing: Arc<dyn Pacing>) -> Self {
        self.retries.pacing = pacing;
        self
    }

    /// The same client with other patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.retries.patience = patience;
        self
    }

    /// Whom it talks to.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Which service this is, once it is sure that it is one and speaks our version.
    ///
    /// # Errors
    /// [`ClientError::NotAllXOne`], [`ClientError::UpgradeRequired`]; any other [`ClientError`].
    pub async fn health(&self) -> Result<Health, ClientError> {
        let health = self.get::<Health>(Purpose::Health, Route::get("/api/v1/health")).await;
        let health = match health {
            Err(ClientError::UnexpectedAnswer { status: 200..=499, .. }) => {
                return Err(ClientError::NotAllXOne);
            }
            other => other?,
        };
        if health.service != "allxone" {
            return Err(ClientError::NotAllXOne);
        }
        if !health.api.serves(API_VERSION) {
            let detail = format!(
                "it speaks versions {} to {} and this one is {API_VERSION}.",
                health.api.min, health.api.max
            );
            return Err(ClientError::UpgradeRequired { detail });
        }
        Ok(health)
    }

    /// Which models are offered.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn models(&self) -> Result<ModelList, ClientError> {
        self.get(Purpose::Models, Route::get("/api/v1/models")).await
    }

    /// What a request would cost at most.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn quote(&self, question: &QuoteRequest) -> Result<Quote, ClientError> {
        let ask = || async {
            let route = Route::post("/api/v1/quotes");
            let answer =
                self.door.send_control(&self.server, Purpose::Quote, route, headers(), question).await?;
            reading::value(answer).await
        };
        self.run(ask).await
    }

    /// What the account has.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn credits(&self) -> Result<Credits, ClientError> {
        self.get(Purpose::Credits, Route::get("/api/v1/credits")).await
    }

    /// Sets or lifts the most the account spends in a month.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn cap_credits(&self, cap: &CreditCap) -> Result<Credits, ClientError> {
        let set = || async {
            let route = Route::post("/api/v1/credits/cap");
            let answer =
                self.door.send_control(&self.server, Purpose::Credits, route, headers(), cap).await?;
            reading::value(answer).await
        };
        self.run(set).await
    }

    /// The entries of the account's statement from the newest on, or those before the one numbered `before`; at most `limit`.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn credit_entries(
        &self,
        before: Option<u32>,
        limit: u32,
    ) -> Result<CreditEntryList, ClientError> {
        let mut route = Route::get("/api/v1/credits/entries").query("limit", limit);
        if let Some(before) = before {
            route = route.query("before", before);
        }
        self.get(Purpose::Credits, route).await
    }

    /// What a model that [plans](allxone_contract::ModelCard::plans) would make of a request, without making it. Only the service of
    /// this process is asked; there is none but it to ask while a person still writes.
    ///
    /// # Errors
    /// [`EgressError::WrongPurpose`] for any other service; any other [`ClientError`].
    pub async fn plan(&self, request: &Cleared<JobRequest>) -> Result<Plan, ClientError> {
        let route = Route::post("/api/v1/plans");
        let headers = with_receipt(request.receipt());
        let answer = self.door.send_content(&self.server, Purpose::Plan, route, headers, request).await?;
        reading::value(answer).await
    }

    /// Hands over an input picture. The same picture handed over again is the same asset, so this may be tried again.
    ///
    /// # Errors
    /// [`EgressError::WrongPurpose`] for content that is no picture; [`ClientError::Mismatch`] when the service names another content
    /// than was sent; any other [`ClientError`].
    pub async fn upload<P: Clearable>(&self, picture: &Cleared<P>) -> Result<Asset, ClientError> {
        let bytes = picture.bytes();
        let format = format_of(bytes).ok_or(EgressError::WrongPurpose)?;
        let hand_over = || async {
            let mut headers = with_receipt(picture.receipt());
            headers.insert("content-type", HeaderValue::from_static(format.media_type()));
            let route = Route::post("/api/v1/uploads");
            let answer =
                self.door.send_content(&self.server, Purpose::Upload, route, headers, picture).await?;
            reading::value::<Asset>(answer).await
        };
        let asset = self.run(hand_over).await?;
        let same = asset.sha256 == *picture.sha256() && Some(asset.bytes) == u64::try_from(bytes.len()).ok();
        if same { Ok(asset) } else { Err(ClientError::Mismatch) }
    }

    /// Hands over a request for pictures. Whatever happens on the way, one key makes one job: after an error the same request with
    /// the same key finds the job that was made, or makes it.
    ///
    /// # Errors
    /// [`ClientError::Mismatch`] when the service names another request than was sent; any other [`ClientError`].
    pub async fn submit(
        &self,
        request: &Cleared<JobRequest>,
        key: &IdempotencyKey,
    ) -> Result<Job, ClientError> {
        let hand_over = || async {
            let mut headers = with_receipt(request.receipt());
            headers.insert(IdempotencyKey::HEADER, visible(key.as_str())?);
            let route = Route::post("/api/v1/jobs");
            let answer =
                self.door.send_content(&self.server, Purpose::SubmitJob, route, headers, request).await?;
            reading::value::<Job>(answer).await
        };
        let job = self.run(hand_over).await?;
        if job.request_sha256 == *request.sha256() { Ok(job) } else { Err(ClientError::Mismatch) }
    }

    /// How a job stands.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn job(&self, id: JobId) -> Result<Job, ClientError> {
        let job = self.get(Purpose::FollowJob, Route::get("/api/v1/jobs/{id}").id(id)).await?;
        same_job(id, job)
    }

    /// Jobs from the newest on, or those before `before`; at most `limit`.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn jobs(&self, before: Option<JobId>, limit: u32) -> Result<JobList, ClientError> {
        let mut route = Route::get("/api/v1/jobs").query("limit", limit);
        if let Some(before) = before {
            route = route.query("before", before);
        }
        self.get(Purpose::FollowJob, route).await
    }

    /// What happens to a job until it has [`Ended`](allxone_contract::JobEvent::Ended), across broken connections: from its stored
    /// event after `after` on, or from now on when `None`.
    ///
    /// A snapshot comes first, and again after a gap if the job changed meanwhile. Stored events come at most once. Where no event
    /// stream can be had, the job is asked for again and again, and every change comes as a snapshot. After the first error the
    /// stream is over.
    pub fn follow(
        &self,
        job: JobId,
        after: Option<u64>,
    ) -> BoxStream<'static, Result<Sequenced, ClientError>> {
        follow::stream(self.clone(), job, after)
    }

    /// Asks for a job to be stopped; harmless when it has ended.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn cancel(&self, id: JobId) -> Result<Job, ClientError> {
        self.command(Purpose::CancelJob, Route::post("/api/v1/jobs/{id}/cancel").id(id), id).await
    }

    /// Has prompt, inputs and results of a job erased at the service; id, state and hashes remain.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn erase(&self, id: JobId) -> Result<Job, ClientError> {
        self.command(Purpose::EraseJob, Route::delete("/api/v1/jobs/{id}").id(id), id).await
    }

    /// What the service holds under this id.
    ///
    /// # Errors
    /// Any [`ClientError`].
    pub async fn asset(&self, id: AssetId) -> Result<Asset, ClientError> {
        let asset: Asset = self.get(Purpose::FetchResult, Route::get("/api/v1/assets/{id}").id(id)).await?;
        if asset.id == id { Ok(asset) } else { Err(ClientError::Mismatch) }
    }

    /// The content of a result, checked against the length and hash its job announced.
    ///
    /// # Errors
    /// [`ClientError::TooLarge`] before anything is fetched when it has more than `cap` bytes; [`ClientError::Mismatch`]; any other
    /// [`ClientError`].
    pub async fn content(&self, output: &Output, cap: u64) -> Result<Bytes, ClientError> {
        self.checked_content(Purpose::FetchResult, output.asset, output.sha256, output.bytes, cap).await
    }

    /// The content of an asset, checked against its length and hash.
    ///
    /// # Errors
    /// As for [`content`](Self::content).
    pub async fn asset_content(&self, asset: &Asset, cap: u64) -> Result<Bytes, ClientError> {
        self.checked_content(Purpose::FetchResult, asset.id, asset.sha256, asset.bytes, cap).await
    }

    pub(crate) async fn checked_content(
        &self,
        purpose: Purpose,
        id: AssetId,
        sha256: Sha256,
        bytes: u64,
        cap: u64,
    ) -> Result<Bytes, ClientError> {
        if bytes > cap {
            return Err(ClientError::TooLarge { bytes, cap });
        }
        let fetch = || async {
            let route = Route::get("/api/v1/assets/{id}/content").id(id);
            // Errors come as JSON of a few hundred bytes, results with exactly the announced length.
            let most = bytes.max(MAX_ANSWER_BYTES);
            let answer = self.door.fetch(&self.server, purpose, route, headers(), most).await?;
            if !answer.is_success() {
                return Err(reading::refusal(answer).await);
            }
            exactly(answer, bytes).await
        };
        let content = self.run(fetch).await?;
        let hashed = content.clone();
        let found = tokio::task::spawn_blocking(move || Sha256::of(&hashed)).await;
        if found.is_ok_and(|found| found == sha256) { Ok(content) } else { Err(ClientError::Mismatch) }
    }

    /// Tries as [`Retries::run`] does. When the service no longer takes the account's token, another is had once and the request made anew.
    pub(crate) async fn run<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, ClientError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        match self.retries.run(&mut attempt).await {
            Err(error) if self.renews_after(&error) => {
                self.server.renew().await?;
                self.retries.run(&mut attempt).await
            }
            other => other,
        }
    }

    /// Whether another token may help against `error`.
    pub(crate) fn renews_after(&self, error: &ClientError) -> bool {
        error.is_problem(ProblemCode::Unauthorized) && self.server.can_renew()
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        route: Route,
    ) -> Result<T, ClientError> {
        let ask = || async {
            let answer =
                self.door.fetch(&self.server, purpose, route.clone(), headers(), MAX_ANSWER_BYTES).await?;
            reading::value(answer).await
        };
        self.run(ask).await
    }

    pub(crate) async fn command(
        &self,
        purpose: Purpose,
        route: Route,
        id: JobId,
    ) -> Result<Job, ClientError> {
        let say = || async {
            let answer =
                self.door.send_control(&self.server, purpose, route.clone(), headers(), &Empty).await?;
            reading::value(answer).await
        };
        same_job(id, self.run(say).await?)
    }

    pub(crate) async fn events(&self, job: JobId, after: Option<u64>) -> Result<Answer, EgressError> {
        let mut headers = headers();
        if let Some(after) = after {
            headers.insert("last-event-id", HeaderValue::from(after));
        }
        let route = Route::get("/api/v1/jobs/{id}/events").id(job);
        self.door.events(&self.server, Purpose::FollowJob, route, headers).await
    }

    pub(crate) fn retries(&self) -> &Retries {
        &self.retries
    }
}

impl std::fmt::Debug for ServiceClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceClient").field("server", &self.server).finish_non_exhaustive()
    }
}

/// What every request carries.
pub(crate) fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (HeaderName::from_static("accept"), HeaderValue::from_static("application/json")),
        (HeaderName::from_static(API_HEADER), HeaderValue::from(API_VERSION)),
    ])
}

fn with_receipt(receipt: &Receipt) -> HeaderMap {
    let mut headers = headers();
    if let Some(value) = receipt::header(receipt) {
        headers.insert(RECEIPT_HEADER, value);
    }
    if receipt.confirmed {
        headers.insert(CONFIRMED_HEADER, HeaderValue::from_static("1"));
    }
    headers
}

pub(crate) fn visible(text: &str) -> Result<HeaderValue, EgressError> {
    HeaderValue::from_str(text)
        .map_err(|_| EgressError::BadHeader { name: IdempotencyKey::HEADER.to_owned() })
}

/// The format by the first bytes; cleared pictures have one of these.
fn format_of(bytes: &[u8]) -> Option<PictureFormat> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(PictureFormat::Png),
        [0xFF, 0xD8, 0xFF, ..] => Some(PictureFormat::Jpeg),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PictureFormat::Webp),
        [b'G', b'I', b'F', b'8', ..] => Some(PictureFormat::Gif),
        _ => None,
    }
}

fn same_job(asked: JobId, job: Job) -> Result<Job, ClientError> {
    if job.id == asked { Ok(job) } else { Err(ClientError::Mismatch) }
}

/// The body, if it has exactly `length` bytes; nothing over it is taken.
async fn exactly(mut answer: Answer, length: u64) -> Result<Bytes, ClientError> {
    let length = usize::try_from(length).map_err(|_| ClientError::Mismatch)?;
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len().saturating_add(piece.len()) > length {
            return Err(ClientError::Mismatch);
        }
        body.extend_from_slice(&piece);
    }
    if body.len() == length { Ok(body.into()) } else { Err(ClientError::Mismatch) }
}
