//! What the routes and the worker share.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use allxone_contract::{About, AccountId, JobId, JobState, OperatorKind, Policy, UtcMillis};
use allxone_database::Place;
use allxone_egress::{Bucket, Door};
use allxone_engine::Cancel;
use allxone_identity::{Identity, IdentityConfig, IdentityError, Supabase, SupabaseConfig};
use allxone_media::Decoder;
use allxone_safety::Gate;
use allxone_vault::SecretKey;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;
use zeroize::Zeroizing;

use crate::clock::SharedClock;
use crate::figures::Figures;
use crate::files::Files;
use crate::followers::Followers;
use crate::lanes::Lanes;
use crate::partner::{Partner, Partners};
use crate::partners;
use crate::payments::{Cashier, SharedCashier};
use crate::previews::Previews;
use crate::retention::RetentionTable;
use crate::rights::Tombstones;
use crate::screening::Check;
use crate::store::{Erased, Rerun, Store};
use crate::{AccessToken, Limits, OperatorConfig, Project, ServiceConfig, ServiceError, ledger, shared};

/// How often a service gives signs of life and looks for those of others.
pub(crate) struct Pace {
    /// How long a job is its without a sign, in milliseconds.
    pub(crate) lease_millis: i64,
    /// How often the sign is given.
    pub(crate) heartbeat: Duration,
    /// How often it looks for jobs that were placed elsewhere, and for what happened to them there.
    pub(crate) look: Duration,
    /// How often it looks for jobs of dead services and for what else is to be done.
    pub(crate) rounds: Duration,
}

impl Pace {
    /// Nobody else works.
    const ALONE: Self = Self {
        lease_millis: 60_000,
        heartbeat: Duration::from_secs(20),
        look: Duration::from_secs(60),
        rounds: Duration::from_secs(60),
    };
    /// What a node leaves when it dies is another's after 40 seconds at the latest.
    const SHARED: Self = Self {
        lease_millis: 30_000,
        heartbeat: Duration::from_secs(5),
        look: Duration::from_secs(1),
        rounds: Duration::from_secs(10),
    };
}

/// For how long it is known how full the service is.
const FRESH: Duration = Duration::from_secs(1);

/// An opened service, before it listens.
pub(crate) struct Backend {
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) check: Check,
    pub(crate) partners: Partners,
    pub(crate) followers: Followers,
    pub(crate) previews: Previews,
    pub(crate) decoder: Decoder,
    pub(crate) clock: SharedClock,
    pub(crate) limits: Limits,
    pub(crate) about: About,
    pub(crate) retention: RetentionTable,
    pub(crate) token: Arc<AccessToken>,
    /// The accounts people sign in to, where the service keeps any.
    pub(crate) identity: Option<Identity>,
    /// The project that keeps the accounts instead.
    pub(crate) project: Option<Supabase>,
    /// What is sold, where anything is.
    pub(crate) cashier: Option<SharedCashier>,
    /// Free places for requests.
    pub(crate) requests: Semaphore,
    /// Free places for event streams.
    pub(crate) follows: Arc<Semaphore>,
    /// Raised when nothing new is taken any more.
    pub(crate) stop: CancellationToken,
    /// Where jobs stand.
    pub(crate) lanes: Lanes,
    /// Names this start of the service in leases.
    pub(crate) owner: String,
    /// The bucket it shares with other nodes, where it does; then its database is shared too.
    pub(crate) bucket: Option<Bucket>,
    /// How often it gives signs of life and looks for others'.
    pub(crate) pace: Pace,
    /// What it did, in figures.
    pub(crate) figures: Figures,
    /// Rung when somebody asked for something by right.
    pub(crate) rights: Notify,
    /// Who was forgotten.
    pub(crate) tombstones: Tombstones,
    /// Whether it counts credits.
    credits: bool,
    /// Whether nothing works beside this: no job runs that could still bring something.
    pub(crate) alone: bool,
    running: Mutex<HashMap<JobId, Cancel>>,
    /// How many bytes all pictures had, and when that was looked up.
    stored: Mutex<Option<(Instant, u64)>>,
    closing: Mutex<HashSet<AccountId>>,
    forgotten: Mutex<HashSet<String>>,
}

impl Backend {
    /// Opens store and files of a folder whose lock is held, and puts right what the last service left.
    pub(crate) async fn open(
        config: ServiceConfig,
        gate: Gate,
        partners: Vec<Arc<dyn Partner>>,
        listening: SocketAddr,
    ) -> Result<Self, ServiceError> {
        let backend = Self::assemble(config, gate, partners, listening).await?;
        // Where others work too, theirs is theirs, and the rest is done in turn.
        let alone = !backend.is_shared();
        backend.recover(alone).await?;
        backend.close_accounts().await?;
        if alone {
            backend.forget().await?;
            backend.sweep(backend.clock.now()).await?;
        }
        Ok(backend)
    }

    /// Opens store and files of a folder whose lock is held, and forgets again who was forgotten before; everything else stays as it is.
    pub(crate) async fn assemble(
        config: ServiceConfig,
        gate: Gate,
        mut partners: Vec<Arc<dyn Partner>>,
        listening: SocketAddr,
    ) -> Result<Self, ServiceError> {
        config.operator.check()?;
        let stays = config.accounts.is_none()
            && config.project.is_none()
            && config.payments.is_none()
            && config.partners.partners.is_empty();
        let door = match config.door.clone() {
            Some(door) => Some(door),
            None if stays => None,
            None => Some(ledger::door(&config.data_dir, &config.keys.database).await?),
        };
        let caps = allxone_media::Limits {
            max_bytes: config.limits.picture_bytes,
            ..allxone_media::Limits::default()
        };
        let decoder = config.decoder.with_limits(caps);
        if let Some(door) = &door {
            let address = config.accounts.as_ref().and_then(|accounts| accounts.address.as_ref());
            partners.extend(partners::open(&config.partners, door, &decoder, address)?);
        }
        let partners = Partners::new(partners, &config.operator)?;
        let identity = accounts(&config, listening, door.clone()).await?;
        let cashier = cashier(&config, listening, door.as_ref())?;
        let project = door.and_then(|door| project(&config, door)).transpose()?;
        let database = config.database();
        let bucket = match &config.shared {
            Some(shared) => {
                let bucket = Bucket::open(shared.bucket.clone()).await?;
                shared::knows_key(&bucket, &config.keys.files).await?;
                Some(bucket)
            }
            None => None,
        };
        let ServiceConfig { data_dir, token, keys, limits, clock, warm, operator, .. } = config;
        let retention = RetentionTable::of(operator.operator.kind, limits.unused_upload)?;
        let store = Store::open(&database, &keys.database).await?;
        let (tombstones, files) = match &bucket {
            Some(bucket) => (
                Tombstones::in_bucket(bucket.clone(), &keys.database)?,
                Files::in_bucket(bucket.clone(), &data_dir.join("unfinished"), keys.files)?,
            ),
            None => (
                Tombstones::new(data_dir.join("tombstones"), &keys.database)?,
                Files::open(data_dir.join("files"), keys.files)?,
            ),
        };
        let token = Arc::new(token.map_or_else(AccessToken::random, Ok)?);
        let backend = Self {
            store,
            files,
            check: Check::new(&gate, limits.checks_at_once, warm),
            lanes: partners.lanes(limits.jobs_at_once),
            partners,
            about: about(&operator, &retention, identity.is_some() || project.is_some()),
            retention,
            followers: Followers::default(),
            previews: Previews::default(),
            decoder,
            clock,
            token,
            identity,
            project,
            cashier,
            requests: Semaphore::new(limits.requests_at_once),
            follows: Arc::new(Semaphore::new(limits.followers_at_once)),
            stop: CancellationToken::new(),
            owner: JobId::new().to_string(),
            pace: if bucket.is_some() { Pace::SHARED } else { Pace::ALONE },
            bucket,
            figures: Figures::default(),
            rights: Notify::new(),
            tombstones,
            credits: operator.credits,
            alone: false,
            running: Mutex::default(),
            stored: Mutex::default(),
            closing: Mutex::default(),
            forgotten: Mutex::default(),
            limits,
        };
        backend.replay_tombstones().await?;
        Ok(backend)
    }

    /// Picks up jobs whose service died.
    pub(crate) async fn recover(&self, everyone: bool) -> Result<(), ServiceError> {
        let rerun = |model: &str| match self.partners.find(&model.into()) {
            Some((_, partner)) if partner.has_outside_effects() => Rerun::Unsafe,
            _ => Rerun::Safe,
        };
        let at_work = |job: JobId| self.running().contains_key(&job);
        let recovered =
            self.store.recover(everyone, at_work, self.limits.attempts, rerun, self.clock.now()).await?;
        if recovered.requeued > 0 || !recovered.ended.is_empty() {
            tracing::info!(
                requeued = recovered.requeued,
                ended = recovered.ended.len(),
                "picked up unfinished jobs"
            );
        }
        self.figures.recovered(recovered.requeued, recovered.ended.len());
        for (account, job, erase) in recovered.ended {
            self.followers.end(job);
            if erase {
                self.erase(&account, job).await?;
            }
        }
        self.lanes.wake_all();
        Ok(())
    }

    /// Forgets what is too old to keep.
    pub(crate) async fn forget(&self) -> Result<(), ServiceError> {
        let files = self.store.forget(&self.retention, self.clock.now()).await?;
        self.remove(files).await;
        Ok(())
    }

    /// Removes sealed files that belong to nothing; of a bucket those that were stored before `before`.
    pub(crate) async fn sweep(&self, before: UtcMillis) -> Result<(), ServiceError> {
        let there = self.on_disk(move |files| files.names(before)).await?;
        // The rows are read after the names, so that what was stored meanwhile has its row in them.
        let named = self.store.files().await?.into_iter().collect();
        let removed = self.on_disk(move |files| Ok(files.sweep(there, &named))).await?;
        if removed > 0 {
            tracing::info!(removed, "removed files that belong to nothing");
        }
        Ok(())
    }

    /// Erases an ended job, its rows first and its files after. `None` when there is no such job, `false` when it has not ended.
    pub(crate) async fn erase(&self, account: &AccountId, job: JobId) -> Result<Option<bool>, ServiceError> {
        let erased = self.store.erase(account, job, self.clock.now()).await?;
        self.emptied(erased).await
    }

    /// [`erase`](Self::erase) for one result of a job.
    pub(crate) async fn erase_output(
        &self,
        account: &AccountId,
        job: JobId,
        index: u8,
    ) -> Result<Option<bool>, ServiceError> {
        let erased = self.store.erase_output(account, job, index, self.clock.now()).await?;
        self.emptied(erased).await
    }

    async fn emptied(&self, erased: Erased) -> Result<Option<bool>, ServiceError> {
        match erased {
            Erased::NoSuchJob => Ok(None),
            Erased::NotEnded => Ok(Some(false)),
            Erased::Done(files) => {
                self.remove(files).await;
                Ok(Some(true))
            }
        }
    }

    /// Asks a job to stop, and its worker if it has one.
    pub(crate) async fn cancel(
        &self,
        account: &AccountId,
        job: JobId,
        erase: bool,
    ) -> Result<Option<JobState>, ServiceError> {
        let state = self.store.cancel(account, job, erase, self.clock.now()).await?;
        match state {
            Some(JobState::Canceling) => {
                if let Some(cancel) = self.running().get(&job) {
                    cancel.cancel();
                }
                self.followers.changed(job);
            }
            Some(_) => self.followers.end(job),
            None => {}
        }
        Ok(state)
    }

    /// Whether content of an account may be taken: at a service offered to others, once the texts it is run under are accepted.
    pub(crate) async fn has_accepted(&self, account: &AccountId) -> Result<bool, ServiceError> {
        if self.about.operator.kind != OperatorKind::Hosted {
            return Ok(true);
        }
        for policy in &self.about.policies {
            if !self.store.has_accepted(account, policy).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether credits are counted for an account. For the owner of the service they are not: whose bills they pay are their own.
    pub(crate) fn is_metered(&self, account: &AccountId) -> bool {
        self.credits && *account != AccountId::local()
    }

    /// Whether there is room for more pictures. Looking that up takes the longer the more there are, so what is far from full is not looked up
    /// for every job.
    pub(crate) async fn has_room(&self) -> Result<bool, ServiceError> {
        let known = *self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let most = self.limits.stored_bytes;
        if known.is_some_and(|(since, stored)| since.elapsed() < FRESH && stored < most / 2) {
            return Ok(true);
        }
        let stored = self.store.stored_bytes().await?;
        *self.stored.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), stored));
        Ok(stored < most)
    }

    /// Runs blocking work on the sealed files.
    pub(crate) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Files) -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let files = self.files.clone();
        let done = tokio::task::spawn_blocking(move || work(&files)).await;
        done.unwrap_or(Err(ServiceError::Record("file")))
    }

    /// Removes files no row names.
    pub(crate) async fn remove(&self, names: Vec<String>) {
        if !names.is_empty() {
            let _ = self
                .on_disk(move |files| {
                    files.remove(&names);
                    Ok(())
                })
                .await;
        }
    }

    /// Carries out what people asked for by right. `true` when something waits for a job to end.
    pub(crate) async fn carry_out_rights(self: &Arc<Self>) -> Result<bool, ServiceError> {
        if self.is_shared() {
            self.learn_deletions().await?;
        }
        let work = async {
            let waits = self.carry_out_deletions().await?;
            self.carry_out_exports().await?;
            Ok(waits)
        };
        Ok(self.in_turn("rights", Duration::ZERO, work).await?.unwrap_or(true))
    }

    /// Whether other nodes work on the same jobs.
    pub(crate) fn is_shared(&self) -> bool {
        self.bucket.is_some()
    }

    /// The accounts for which nothing but their deletion is processed.
    pub(crate) fn closing(&self) -> MutexGuard<'_, HashSet<AccountId>> {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hashes of the accounts that were deleted here.
    pub(crate) fn forgotten(&self) -> MutexGuard<'_, HashSet<String>> {
        self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The stop signs of the jobs being worked on.
    pub(crate) fn running(&self) -> MutexGuard<'_, HashMap<JobId, Cancel>> {
        // A map of flags is whole after any panic.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the service says of itself.
fn about(config: &OperatorConfig, retention: &RetentionTable, accounts: bool) -> About {
    About {
        operator: config.operator.clone(),
        policies: vec![Policy::privacy_policy(), Policy::acceptable_use()],
        processors: config.processors.clone(),
        retention: retention.shown(),
        accounts,
    }
}

/// The project that a service was told to ask about its accounts.
fn project(config: &ServiceConfig, door: Door) -> Option<Result<Supabase, IdentityError>> {
    let Project { url, key, legacy_secret, service_key } = config.project.clone()?;
    let clock = Arc::clone(&config.clock);
    Some(Supabase::open(SupabaseConfig {
        url,
        key,
        legacy_secret,
        service_key,
        door,
        now: Arc::new(move || clock.now()),
    }))
}

/// Opens the tills of a service that sells something.
fn cashier(
    config: &ServiceConfig,
    listening: SocketAddr,
    door: Option<&Door>,
) -> Result<Option<SharedCashier>, ServiceError> {
    let (Some(payments), Some(door)) = (config.payments.clone(), door) else { return Ok(None) };
    let here = here(config, listening)?;
    Cashier::open(payments, &config.operator, door, &here).map(Some)
}

/// The address people reach the service at.
fn here(config: &ServiceConfig, listening: SocketAddr) -> Result<Url, ServiceError> {
    let here = format!("http://{listening}");
    let named = config.accounts.as_ref().and_then(|accounts| accounts.address.clone());
    Ok(named.map_or_else(|| Url::parse(&here).map_err(|_| IdentityError::Address(here)), Ok)?)
}

/// Opens the accounts a service was told to keep.
async fn accounts(
    config: &ServiceConfig,
    listening: SocketAddr,
    door: Option<Door>,
) -> Result<Option<Identity>, ServiceError> {
    let Some(accounts) = &config.accounts else { return Ok(None) };
    let address = here(config, listening)?;
    let key = SecretKey::from_bytes(Zeroizing::new(*config.keys.database.expose()));
    let clock = Arc::clone(&config.clock);
    let mut identity = IdentityConfig::new(config.data_dir.join("identity.db"), key, address);
    if let Some(shared) = &config.shared {
        identity.database = Place::Server(shared.database.clone());
    }
    identity.rules = accounts.rules.clone();
    identity.now = Arc::new(move || clock.now());
    identity.on_letter = accounts.on_letter.clone();
    identity.redirects = accounts.redirects.clone();
    identity.providers = accounts.outside.providers.clone();
    identity.mail = accounts.outside.mail.clone();
    identity.door = door;
    Ok(Some(Identity::open(identity).await?))
}
