//! A profile at a person's desk: opened in the background, locked, moved from passing to kept, joined to another service, closed.
//!
//! Cut here because the window and the browser tests go through the same states in the same order and must tell their screen the same of it.
//! The parts that differ between them are the [`Native`] trait. It is the host behind every command.

mod accounts;
mod at_service;
mod billing;
mod copies;
mod drag;
mod history;
mod host;
mod idle;
mod mending;
mod native;
mod notices;
mod pictures;
mod places;
mod reply;
mod rights;
mod sandbox;
mod words;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, Weak};
use std::time::Duration;

use allxone_egress::Door;
use allxone_studio::account::{AccountKey, Accounts};
use allxone_studio::contract::{Counter, ExportId};
use allxone_studio::session::{KeepIn, KeptIn, KeyPlace, ServerAddress, ServiceAt, Session, SessionState};
use allxone_studio::{Counted, Settings, Studio, StudioError, StudioEvent};
use allxone_vault::{Opening, Passphrase, SecretStoreKind, VaultError};
use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, broadcast, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub(crate) use idle::one_heap;
pub use native::{Clipboard, Native, browser_of_environment};
pub use notices::Notices;
pub use pictures::{NotShown, Shown};
pub use words::Word;

use crate::{AppError, Folders, Keeping, Options, Profile};

/// How many events a slow screen may fall behind before it misses some. Each carries the latest state, so a miss does no harm.
const EVENTS_BEHIND: usize = 512;
/// Progress of one job is told at most this often.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// How often is looked whether something that was allowed waits to be sent.
const GIVEN_EVERY: Duration = Duration::from_secs(60 * 60);

/// How a desk is set up.
#[derive(Clone)]
pub struct Start {
    /// The data folder; `None` for the usual place of application data.
    pub data_dir: Option<PathBuf>,
    /// The folder with the models; `None` to look beside the program.
    pub models_dir: Option<PathBuf>,
    /// Where the master key is kept; `None` for what the folder uses already, else the keyring.
    pub secret_store: Option<SecretStoreKind>,
    /// Name of the host, shown to a second program that finds the folder in use.
    pub program: String,
    /// How long nothing must happen until memory is given back; `None` for the usual four minutes.
    pub rest_after: Option<Duration>,
}

impl Start {
    /// What the environment says: `ALLXONE_DATA_DIR`, `ALLXONE_MODELS_DIR`, `ALLXONE_SECRET_STORE`, and `ALLXONE_REST_AFTER` in seconds.
    pub fn of_environment(program: &str) -> Self {
        let named = |variable: &str| std::env::var(variable).ok().filter(|value| !value.is_empty());
        Self {
            data_dir: named("ALLXONE_DATA_DIR").map(PathBuf::from),
            models_dir: named("ALLXONE_MODELS_DIR").map(PathBuf::from),
            secret_store: named("ALLXONE_SECRET_STORE").and_then(|word| word.parse().ok()),
            program: program.to_owned(),
            rest_after: named("ALLXONE_REST_AFTER")
                .and_then(|seconds| seconds.parse().ok())
                .map(Duration::from_secs),
        }
    }

    fn options(&self) -> Options {
        Options {
            data_dir: self.data_dir.clone(),
            models_dir: self.models_dir.clone(),
            secret_store: self.secret_store,
            passphrase: None,
            offline: false,
            program: self.program.clone(),
        }
    }
}

/// A profile at a person's desk. Cheap to clone; every clone is the same desk.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    start: Start,
    folders: Folders,
    native: Box<dyn Native>,
    stage: watch::Sender<Stage>,
    /// Held while the profile is opened, moved or closed: one at a time.
    profile: Mutex<Option<Profile>>,
    events: broadcast::Sender<StudioEvent>,
    /// When something was last done.
    idle: Arc<idle::Idle>,
    /// Whether a screen has asked how the program stands.
    asked: AtomicBool,
    /// Stops the export or import that is under way.
    archive: std::sync::Mutex<Option<tokio_util::sync::CancellationToken>>,
    /// The archive that was asked for at an account's service and not fetched yet, and when.
    export: std::sync::Mutex<Option<(AccountKey, ExportId, std::time::Instant)>>,
    /// Where the person saved copies last.
    saved: std::sync::Mutex<Option<PathBuf>>,
    /// Files that were dragged out of the window.
    dragged: drag::Outgoing,
    /// The person's accounts, and whose library is open; `None` for this computer's.
    accounts: Accounts,
    account: std::sync::Mutex<Option<AccountKey>>,
    /// Whether what is kept of the accounts has been looked at.
    looked: AtomicBool,
    /// Pictures that come in are for the sandbox.
    sandbox: std::sync::atomic::AtomicBool,
    /// Passes on what the studio at work tells.
    forwarding: std::sync::Mutex<Option<JoinHandle<()>>>,
}

#[derive(Clone)]
enum Stage {
    Opening,
    Open { studio: Studio, keeping: KeptIn, service: ServiceAt },
    Locked { wrong: bool },
    Failed { code: String, message: String },
}

impl Desk {
    /// Sets the desk up and begins to open the profile in the background; commands wait for it. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// When the system names no place for application data.
    pub fn open(start: Start, native: impl Native) -> Result<Self, AppError> {
        let folders = Folders::of(&start.options())?;
        // What the window's web view keeps can only go before there is a window. Should it fail, opening the profile tries again and says so.
        drop(crate::wipe::finish_begun(&folders, &start.program));
        let (stage, _) = watch::channel(Stage::Opening);
        let (events, _) = broadcast::channel(EVENTS_BEHIND);
        // Without a ledger this door lets nothing out; the profile brings the one that does.
        let accounts = crate::accounts(&folders, start.secret_store, Door::builder().build()?);
        let account = Self::open_last(&folders, &accounts);
        let idle = Arc::new(idle::Idle::new(start.rest_after.unwrap_or(idle::AFTER)));
        let inner = Inner {
            start,
            folders,
            native: Box::new(native),
            stage,
            profile: Mutex::new(None),
            events,
            idle: Arc::clone(&idle),
            asked: AtomicBool::new(false),
            archive: std::sync::Mutex::default(),
            export: std::sync::Mutex::default(),
            saved: std::sync::Mutex::default(),
            dragged: drag::Outgoing::default(),
            accounts,
            account: std::sync::Mutex::new(account),
            looked: AtomicBool::new(false),
            sandbox: std::sync::atomic::AtomicBool::default(),
            forwarding: std::sync::Mutex::default(),
        };
        let desk = Self { inner: Arc::new(inner) };
        let opening = desk.clone();
        tokio::spawn(async move { opening.open_profile(None).await });
        desk.look_after_accounts();
        desk.send_now_and_then();
        let (busy, rest) = (Arc::downgrade(&desk.inner), Arc::downgrade(&desk.inner));
        tokio::spawn(async move {
            let desk = |inner: &Weak<Inner>| inner.upgrade().map(|inner| Self { inner });
            let rests = || {
                desk(&rest)
                    .map(|desk| -> BoxFuture<'static, ()> { Box::pin(async move { desk.rest().await }) })
            };
            idle.watch(|| desk(&busy).is_some_and(|desk| desk.is_busy() || desk.brings_history()), rests)
                .await;
        });
        Ok(desk)
    }

    /// A week ends while a program runs, and a service that could not be told is told later.
    fn send_now_and_then(&self) {
        let inner = Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut often = tokio::time::interval(GIVEN_EVERY);
            often.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            loop {
                often.tick().await;
                let Some(inner) = inner.upgrade() else { return };
                if let Stage::Open { studio, service: ServiceAt::Server { .. }, .. } = &*inner.stage.borrow()
                {
                    studio.send_allowed_soon();
                }
                Self { inner }.history_now_and_then();
            }
        });
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<StudioEvent> {
        self.inner.events.subscribe()
    }

    /// Tells every screen.
    pub fn tell(&self, event: StudioEvent) {
        let _ = self.inner.events.send(event);
    }

    /// The settings as they are written down.
    pub fn settings(&self) -> Settings {
        Settings::read(&self.inner.folders.settings())
    }

    /// How the program stands.
    pub fn session(&self) -> Session {
        let (state, service) = match self.inner.stage.borrow().clone() {
            Stage::Opening => (SessionState::Opening, ServiceAt::ThisComputer),
            Stage::Open { keeping, service, .. } => (SessionState::Open { keeping }, service),
            Stage::Locked { wrong } => (SessionState::Locked { wrong }, ServiceAt::ThisComputer),
            Stage::Failed { code, message } => {
                (SessionState::Failed { code, message }, ServiceAt::ThisComputer)
            }
        };
        Session {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            platform: std::env::consts::OS.to_owned(),
            locale: crate::language().unwrap_or_else(|| "en".to_owned()),
            folder: self.folders().root.display().to_string(),
            state,
            service,
            account: self.account(),
        }
    }

    /// The open studio; waits while it is being opened.
    ///
    /// # Errors
    /// [`StudioError::NotOpen`] when the library is locked or could not be opened.
    pub async fn studio(&self) -> Result<Studio, StudioError> {
        self.inner.idle.used();
        let mut stage = self.inner.stage.subscribe();
        let settled = stage.wait_for(|stage| !matches!(stage, Stage::Opening)).await;
        match settled.as_deref() {
            Ok(Stage::Open { studio, .. }) => Ok(studio.clone()),
            Ok(Stage::Locked { .. }) => {
                Err(StudioError::NotOpen("The library is locked. Enter its passphrase first.".to_owned()))
            }
            Ok(Stage::Failed { message, .. }) => Err(StudioError::NotOpen(message.clone())),
            Ok(Stage::Opening) | Err(_) => Err(StudioError::NotOpen("The program is closing.".to_owned())),
        }
    }

    /// Whether anything is on its way.
    pub fn is_busy(&self) -> bool {
        matches!(&*self.inner.stage.borrow(), Stage::Open { studio, .. } if studio.is_busy())
    }

    /// Gives back the memory that only making and checking pictures needs.
    async fn rest(&self) {
        let gate = self
            .inner
            .profile
            .try_lock()
            .ok()
            .and_then(|slot| slot.as_ref().map(|profile| profile.gate().clone()));
        if let Some(gate) = gate {
            let given_back = tokio::task::spawn_blocking(move || {
                gate.forget_idle();
                idle::trim();
            });
            let _ = given_back.await;
            tracing::info!("nothing was done for a while: memory was given back");
        }
        // A program that runs for weeks keeps to its times as well.
        if let Some(library) = self.library_at_work() {
            drop(tokio::task::spawn_blocking(move || library.remove_overdue()).await);
        }
        // A program that may end now would lose pictures that are kept nowhere.
        if self.keeps() {
            self.inner.native.at_rest();
        }
    }

    /// Whether a screen has asked how the program stands, which every screen does first.
    pub fn was_asked(&self) -> bool {
        self.inner.asked.load(Ordering::Relaxed)
    }

    /// Whether what is made is there tomorrow.
    fn keeps(&self) -> bool {
        matches!(&*self.inner.stage.borrow(), Stage::Open { keeping: KeptIn::Library { .. }, .. })
    }

    /// Closes everything in order.
    pub async fn close(&self) {
        self.inner.dragged.clear();
        self.inner.accounts.stop();
        if let Some(profile) = self.inner.profile.lock().await.take() {
            self.stop_forwarding().await;
            self.set(Stage::Failed {
                code: "closing".to_owned(),
                message: "The program is closing.".to_owned(),
            });
            profile.close().await;
        }
    }

    /// Ends the forwarding of the studio at work, which holds its library open.
    async fn stop_forwarding(&self) {
        let before = self.inner.forwarding.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(before) = before {
            before.abort();
            let _ = before.await;
        }
    }

    fn set(&self, stage: Stage) {
        self.inner.stage.send_replace(stage);
        self.tell(StudioEvent::Session { session: self.session() });
    }

    /// What to open: the library of the account in use, or of this computer.
    fn options(&self) -> Options {
        let own = self.inner.start.options();
        match self.account() {
            Some(key) => crate::library_of(&self.inner.accounts, &key, own),
            None => own,
        }
    }

    async fn open_profile(&self, passphrase: Option<String>) {
        let mut slot = self.inner.profile.lock().await;
        if slot.is_some() {
            return;
        }
        self.set(Stage::Opening);
        let tried = passphrase.is_some();
        let mut options = Options { offline: self.settings().offline, ..self.options() };
        options.passphrase =
            passphrase.map(|typed| Box::new(move |_new| Some(typed)) as crate::folders::AskPassphrase);
        match Box::pin(Profile::open(options)).await {
            Ok(profile) => {
                let keeping = kept_in(profile.keeping());
                self.inner.accounts.set_door(profile.door().clone());
                let studio = profile.studio().clone();
                studio.count(Counted::Done(Counter::Starts));
                self.at_work(studio, keeping, ServiceAt::ThisComputer).await;
                *slot = Some(profile);
                self.join_later();
            }
            Err(AppError::Vault(VaultError::PassphraseNeeded | VaultError::WrongPassphrase)) => {
                self.set(Stage::Locked { wrong: tried })
            }
            Err(error) => {
                self.set(Stage::Failed { code: error.code().to_owned(), message: error.to_string() })
            }
        }
    }

    /// Makes `studio` the one every command acts on, and takes up what an earlier run left unfinished.
    async fn at_work(&self, studio: Studio, keeping: KeptIn, service: ServiceAt) {
        if let Stage::Open { studio: before, .. } = &*self.inner.stage.borrow() {
            before.retire();
        }
        studio.cap_session(self.settings().session_cap);
        self.stop_forwarding().await;
        let forwarding = tokio::spawn(Box::pin(forward(self.clone(), studio.clone())));
        *self.inner.forwarding.lock().unwrap_or_else(PoisonError::into_inner) = Some(forwarding);
        if service == ServiceAt::ThisComputer
            && let Err(error) = studio.resume().await
        {
            tracing::warn!(code = ?error.code(), "earlier work could not be taken up");
        }
        let there = matches!(service, ServiceAt::Server { .. }).then(|| studio.clone());
        self.set(Stage::Open { studio, keeping, service });
        // What was allowed and waits is sent once somebody is there to take it.
        if let Some(studio) = there {
            studio.send_allowed_soon();
        }
    }

    async fn keep(&self, choice: KeepIn) -> Result<Session, StudioError> {
        let mut slot = self.inner.profile.lock().await;
        let Some(passing) = slot.as_mut() else {
            return Err(StudioError::NotOpen("There is nothing open to keep.".to_owned()));
        };
        let store = match choice.key {
            KeyPlace::Keyring => SecretStoreKind::Keyring,
            KeyPlace::Passphrase => SecretStoreKind::Passphrase,
            KeyPlace::File => SecretStoreKind::File,
            KeyPlace::Memory => {
                return Err(StudioError::Keeping(
                    "A key in memory keeps nothing. Choose another way.".to_owned(),
                ));
            }
        };
        if let Keeping::Library { store: before, .. } = passing.keeping() {
            // A key that is kept better never goes into an unprotected file.
            if *before == store || store == SecretStoreKind::File {
                return Err(StudioError::Keeping(
                    "Pictures are kept already. Nothing was changed.".to_owned(),
                ));
            }
            let passphrase = choice.passphrase.map(Passphrase::new);
            let place = Opening { kind: Some(store), passphrase, ..Opening::default() };
            passing.keep_key(place).await.map_err(|error| StudioError::Keeping(error.to_string()))?;
            let keeping = kept_in(passing.keeping());
            self.inner.stage.send_modify(|stage| {
                if let Stage::Open { keeping: told, .. } = stage {
                    *told = keeping;
                }
            });
            self.tell(StudioEvent::Session { session: self.session() });
            return Ok(self.session());
        }
        let at = self.idle_studio().await?;
        let mut options =
            Options { secret_store: Some(store), offline: at.offline().is_closed(), ..self.options() };
        options.passphrase =
            choice.passphrase.map(|typed| Box::new(move |_new| Some(typed)) as crate::folders::AskPassphrase);
        let profile = Box::pin(Profile::open(options))
            .await
            .map_err(|error| StudioError::Keeping(error.to_string()))?;
        if let Err(error) = profile.studio().bring_over(passing.studio().library()).await {
            profile.close().await;
            return Err(error);
        }
        self.inner.accounts.set_door(profile.door().clone());
        self.at_work(profile.studio().clone(), kept_in(profile.keeping()), ServiceAt::ThisComputer).await;
        self.join_later();
        if let Some(passing) = slot.replace(profile) {
            passing.close().await;
        }
        Ok(self.session())
    }

    /// The studio at work, unless something is on its way there.
    async fn idle_studio(&self) -> Result<Studio, StudioError> {
        let studio = self.studio().await?;
        match studio.is_busy() {
            true => Err(StudioError::Keeping(
                "A picture is still being made. Try again when it is done.".to_owned(),
            )),
            false => Ok(studio),
        }
    }

    async fn join(&self, server: Option<ServerAddress>) -> Result<Session, StudioError> {
        let slot = self.inner.profile.lock().await;
        let Some(profile) = slot.as_ref() else {
            return Err(StudioError::NotOpen("The library is not open.".to_owned()));
        };
        self.idle_studio().await?;
        let (studio, service) = match server {
            None => (profile.studio().clone(), ServiceAt::ThisComputer),
            Some(server) => {
                let (studio, host) = profile.joined_to(&server.address, server.token).await?;
                (studio, ServiceAt::Server { host })
            }
        };
        self.at_work(studio, kept_in(profile.keeping()), service).await;
        Ok(self.session())
    }
}

/// Passes a studio's events on, progress not too often, and lets go of what ended.
async fn forward(desk: Desk, studio: Studio) {
    let mut events = studio.events();
    let mut told: HashMap<_, Instant> = HashMap::new();
    loop {
        match events.recv().await {
            Ok(StudioEvent::Progress { queue, .. })
                if told.get(&queue).is_some_and(|last| last.elapsed() < PROGRESS_EVERY) => {}
            Ok(event) => {
                match &event {
                    StudioEvent::Progress { queue, .. } => drop(told.insert(*queue, Instant::now())),
                    StudioEvent::Ended { queue, .. } => {
                        told.remove(queue);
                        // What came of it is in the event; waiting for it frees the pictures it holds.
                        drop(studio.wait(*queue).await);
                    }
                    _ => {}
                }
                desk.tell(event);
            }
            Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn kept_in(keeping: &Keeping) -> KeptIn {
    match keeping {
        Keeping::Library { store, .. } => KeptIn::Library {
            key: match store {
                SecretStoreKind::Keyring => KeyPlace::Keyring,
                SecretStoreKind::Passphrase => KeyPlace::Passphrase,
                SecretStoreKind::File => KeyPlace::File,
                SecretStoreKind::Memory => KeyPlace::Memory,
            },
        },
        Keeping::Nothing { because } => KeptIn::Nothing { because: because.clone() },
    }
}
