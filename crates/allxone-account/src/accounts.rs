//! The accounts of one person on this computer: which there are, which are signed in, and the sign-ins that wait.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use allxone_contract::UtcMillis;
use allxone_egress::Door;
use allxone_vault::{KeyringAccess, SecretStoreKind};
use tokio::sync::watch;

use crate::dialect::{Auth, CurrentDoor, Patience};
use crate::flow::Flows;
use crate::place::{Closed, KeptSession, Place, destroy};
use crate::register::{Entry, Register};
use crate::session::{Scope, Session, blocking};
use crate::view::{AccountView, Ended, Standing};
use crate::{AccountError, AccountKey, AuthServer};

/// Tells the time; injected so that what expires can be tested without waiting.
pub type Now = Arc<dyn Fn() -> UtcMillis + Send + Sync>;

/// How the accounts are set up.
pub struct AccountsConfig {
    /// The folder they lie in.
    pub folder: PathBuf,
    /// The door of the library that is open.
    pub door: Door,
    /// Where keys of sign-ins are kept; `None` for the keyring.
    pub store: Option<SecretStoreKind>,
    /// The service name of keyring entries.
    pub keyring: String,
    /// How long the keyring is waited for when nobody was told to expect its question.
    pub keyring_wait: Duration,
    /// What this device calls itself.
    pub device: String,
    /// How long the server is tried.
    pub patience: Patience,
    /// The clock.
    pub now: Now,
}

impl AccountsConfig {
    /// The usual way, in `folder`.
    pub fn new(folder: impl Into<PathBuf>, door: Door) -> Self {
        let device = format!("allxone-desktop/{} ({})", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
        Self {
            folder: folder.into(),
            door,
            store: None,
            keyring: "AllXOne".to_owned(),
            keyring_wait: KeyringAccess::START_UP,
            device,
            patience: Patience::default(),
            now: Arc::new(UtcMillis::now),
        }
    }
}

/// The accounts. Clones are the same.
#[derive(Clone)]
pub struct Accounts(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    register: Register,
    door: CurrentDoor,
    store: Option<SecretStoreKind>,
    keyring: (String, Duration),
    device: Arc<str>,
    patience: Patience,
    now: Now,
    known: Mutex<BTreeMap<AccountKey, Known>>,
    flows: Mutex<Flows>,
    changed: watch::Sender<u64>,
}

struct Known {
    entry: Entry,
    session: Option<Session>,
    standing: Standing,
}

impl Accounts {
    /// Reads which accounts there are. Whether they are signed in is known after [`Accounts::restore`].
    pub fn open(config: AccountsConfig) -> Self {
        let register = Register::at(&config.folder);
        let known = register.read().into_iter().map(|entry| {
            let known = Known { entry: entry.clone(), session: None, standing: Standing::KeyringWaits };
            (entry.key, known)
        });
        let (changed, _) = watch::channel(0);
        Self(Arc::new(Inner {
            known: Mutex::new(known.collect()),
            register,
            door: CurrentDoor::new(config.door),
            store: config.store,
            keyring: (config.keyring, config.keyring_wait),
            device: config.device.into(),
            patience: config.patience,
            now: config.now,
            flows: Mutex::default(),
            changed,
        }))
    }

    /// The door in use now.
    pub fn door(&self) -> Door {
        self.0.door.get()
    }

    /// Uses another door from now on.
    pub fn set_door(&self, door: Door) {
        self.0.door.set(door);
    }

    /// Counts up whenever an account or a sign-in changes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// Opens what is kept of each account, without the network. The keyring is waited for at most its deadline, or `patience` where the
    /// person was told to expect its question.
    pub async fn restore(&self, patience: Option<Duration>) {
        let waiting: Vec<Entry> = {
            let known = self.known();
            known
                .values()
                .filter(|one| one.session.is_none() && one.standing == Standing::KeyringWaits)
                .map(|one| one.entry.clone())
                .collect()
        };
        for entry in waiting {
            let dir = self.0.register.session(&entry.key);
            let (server, user, keyring) = (entry.server.clone(), entry.user.clone(), self.keyring(patience));
            let opened =
                tokio::task::spawn_blocking(move || Place::open(&dir, &server, &user, keyring)).await;
            let (session, standing) = match opened {
                Ok(Ok((place, stored))) => {
                    let auth = self.auth(&entry.server);
                    let session =
                        Session::new(entry.key.clone(), auth, place, stored, false, self.0.changed.clone());
                    (Some(session), Standing::SignedIn)
                }
                Ok(Err(Closed::Nothing)) => (None, Standing::SignedOut { because: Ended::NotKept }),
                Ok(Err(Closed::KeyLost)) => (None, Standing::SignedOut { because: Ended::KeyLost }),
                Ok(Err(Closed::Waits)) => (None, Standing::KeyringWaits),
                Ok(Err(Closed::Failed(error))) => {
                    tracing::warn!(code = error.code(), "what is kept of a sign-in could not be read");
                    (None, Standing::KeyringWaits)
                }
                Err(_) => continue,
            };
            if let Some(known) = self.known().get_mut(&entry.key) {
                known.session = known.session.take().or(session);
                known.standing = standing;
            }
        }
        self.tell();
    }

    /// Every account on this computer.
    pub fn list(&self) -> Vec<AccountView> {
        self.known().values().map(|known| self.view(known)).collect()
    }

    /// One account.
    pub fn view_of(&self, key: &AccountKey) -> Option<AccountView> {
        self.known().get(key).map(|known| self.view(known))
    }

    /// The session of an account that is signed in.
    ///
    /// # Errors
    /// [`AccountError::UnknownAccount`], [`AccountError::SignedOut`].
    pub fn session(&self, key: &AccountKey) -> Result<Session, AccountError> {
        let known = self.known();
        let known = known.get(key).ok_or(AccountError::UnknownAccount)?;
        match (&known.session, &known.standing) {
            (Some(session), _) => Ok(session.clone()),
            (None, Standing::SignedOut { because }) => Err(AccountError::SignedOut(*because)),
            (None, _) => Err(AccountError::SignedOut(Ended::NotKept)),
        }
    }

    /// Where the library of an account lies.
    pub fn folder(&self, key: &AccountKey) -> PathBuf {
        self.0.register.folder(key)
    }

    /// Signs an account out; answers whether the server was told.
    ///
    /// # Errors
    /// As [`Session::sign_out`].
    pub async fn sign_out(&self, key: &AccountKey, scope: Scope) -> Result<bool, AccountError> {
        let session = self.session(key)?;
        let told = session.sign_out(scope).await?;
        if scope != Scope::Others {
            self.put_away(key, Ended::Here).await?;
        }
        Ok(told)
    }

    /// Takes an account off the list: its sign-in and the key of that are destroyed first. Its library is the caller's to keep or remove.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn forget(&self, key: &AccountKey) -> Result<(), AccountError> {
        if let Ok(session) = self.session(key) {
            session.sign_out(Scope::Local).await?;
        }
        self.put_away(key, Ended::Here).await?;
        self.known().remove(key);
        self.save().await
    }

    /// Destroys what is kept of a sign-in that has ended.
    async fn put_away(&self, key: &AccountKey, because: Ended) -> Result<(), AccountError> {
        let (dir, keyring) = (self.0.register.session(key), self.keyring(None));
        if let Some(known) = self.known().get_mut(key) {
            known.session = None;
            known.standing = Standing::SignedOut { because };
        }
        let destroyed = blocking(move || destroy(&dir, keyring)).await;
        self.tell();
        destroyed
    }

    /// Takes a signed-in account into the list, or puts its new session in the place of the one before.
    pub(crate) async fn take_in(
        &self,
        auth: &Auth,
        granted: crate::dialect::Granted,
    ) -> Result<AccountKey, AccountError> {
        let server = auth.server.clone();
        let profile = granted.profile.clone();
        let key = AccountKey::of(&server, &profile.id);
        let entry = Entry {
            key: key.clone(),
            server: server.clone(),
            user: profile.id.clone(),
            label: profile.label(),
        };
        let before = self.known().get_mut(&key).and_then(|known| known.session.take());
        if let Some(before) = &before {
            // The same person on the same device: the session before is ended, not left behind.
            let _ = before.sign_out(Scope::Local).await;
        }
        let (dir, store, keyring) = (self.0.register.session(&key), self.0.store, self.keyring(None));
        let now = (self.0.now)();
        let stored = crate::place::Stored {
            serial: 1,
            access: granted.access,
            refresh: granted.refresh,
            had: now,
            until: crate::dialect::after(now, granted.lives),
            skew: granted.skew,
            profile,
            known: None,
        };
        let place = blocking(move || {
            let place = Place::make(&dir, &server, &stored.profile.id, store, keyring)?;
            place.write(&stored)?;
            Ok((place, stored))
        });
        let (place, stored) = place.await?;
        let session =
            Session::new(key.clone(), self.auth(&entry.server), place, stored, true, self.0.changed.clone());
        self.known()
            .insert(key.clone(), Known { entry, session: Some(session), standing: Standing::SignedIn });
        self.save().await?;
        self.tell();
        Ok(key)
    }

    async fn save(&self) -> Result<(), AccountError> {
        let entries: Vec<Entry> = self.known().values().map(|known| known.entry.clone()).collect();
        let register = self.0.register.clone();
        let saved = tokio::task::spawn_blocking(move || register.write(&entries)).await;
        saved.unwrap_or_else(|_| Err(AccountError::List("a step of the work broke off".to_owned())))
    }

    fn view(&self, known: &Known) -> AccountView {
        let Entry { key, server, label, .. } = &known.entry;
        let mut view = AccountView {
            key: key.clone(),
            server: server.service.clone(),
            host: server.host(),
            label: label.clone(),
            standing: known.standing.clone(),
            kept: KeptSession::Memory { because: None },
            profile: None,
            fresh_until: None,
            clock_off: None,
            new_devices: Vec::new(),
            open: false,
            library: self.folder(key).join("library").is_dir(),
        };
        if let Some(session) = &known.session {
            session.fill(&mut view);
        }
        view
    }

    pub(crate) fn auth(&self, server: &AuthServer) -> Auth {
        let inner = &*self.0;
        Auth::new(
            inner.door.clone(),
            server.clone(),
            Arc::clone(&inner.device),
            inner.patience,
            Arc::clone(&inner.now),
        )
    }

    /// Calls every sign-in that waits off.
    pub fn stop(&self) {
        self.flows().cancel_all();
    }

    pub(crate) fn flows(&self) -> MutexGuard<'_, Flows> {
        self.0.flows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn tell(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn keyring(&self, patience: Option<Duration>) -> KeyringAccess {
        let (service, wait) = &self.0.keyring;
        KeyringAccess::new(service.clone(), patience.unwrap_or(*wait))
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<AccountKey, Known>> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
