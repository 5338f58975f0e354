//! One signed-in account: its tokens, kept fresh, and what can be asked with them.
//!
//! Renewal rotates the refresh token, so the rules are strict: one renewal at a time in this process, one across processes (a lock file,
//! and what is kept is read again once it is had), kept durably before anybody sees the new token, and run to its end even when nobody
//! waits for it any more. Signing out wins over a renewal under way: each sign-out counts the generation up, and what was begun under an
//! older one is thrown away.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use allxone_contract::UtcMillis;
use allxone_egress::{BearerToken, EgressError, Purpose, Route, TokenSource};
use allxone_vault::VaultError;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::dialect::{Auth, Body, Granted, after};
use crate::fault::FaultCode;
use crate::place::{Place, Stored};
use crate::profile::Device;
use crate::view::{AccountView, Ended, Standing};
use crate::{AccountError, AccountKey, Fault, Secret};

/// An access token is renewed this long before its end, or when a third of its life is left if that is less.
const MARGIN: Duration = Duration::from_secs(90);
/// A token that was had so recently is not had anew because somebody refused it.
const JUST_NOW: Duration = Duration::from_secs(10);
/// Clocks that differ by less are not mentioned.
const SKEW: i64 = 120_000;

/// Whom signing out concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// This device.
    Local,
    /// All devices but this one.
    Others,
    /// Every device.
    Global,
}

impl Scope {
    fn word(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Others => "others",
            Self::Global => "global",
        }
    }
}

/// A signed-in account. Clones are the same session.
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    key: AccountKey,
    auth: Auth,
    place: Place,
    state: Mutex<State>,
    /// Held while what is kept changes: by a renewal that commits, by a sign-out.
    keeping: Mutex<()>,
    /// Held by the one renewal that is under way.
    flight: tokio::sync::Mutex<()>,
    changed: watch::Sender<u64>,
}

struct State {
    generation: u64,
    stored: Option<Stored>,
    standing: Standing,
    /// Renewing failed and is not tried before.
    cool_until: Option<Instant>,
    /// When tokens were last had.
    had: Option<Instant>,
    new_devices: Vec<Device>,
}

impl Session {
    /// The session `stored` describes. With `had_now` its tokens have just been granted.
    pub(crate) fn new(
        key: AccountKey,
        auth: Auth,
        place: Place,
        stored: Stored,
        had_now: bool,
        changed: watch::Sender<u64>,
    ) -> Self {
        let state = State {
            generation: 0,
            stored: Some(stored),
            standing: Standing::SignedIn,
            cool_until: None,
            had: had_now.then(Instant::now),
            new_devices: Vec::new(),
        };
        let inner = Inner {
            key,
            auth,
            place,
            state: Mutex::new(state),
            keeping: Mutex::default(),
            flight: tokio::sync::Mutex::default(),
            changed,
        };
        Self(Arc::new(inner))
    }

    /// Which account.
    pub fn key(&self) -> &AccountKey {
        &self.0.key
    }

    /// Where the account lives.
    pub fn server(&self) -> &crate::AuthServer {
        &self.0.auth.server
    }

    /// Whether it is signed in.
    pub fn is_signed_in(&self) -> bool {
        self.state().stored.is_some()
    }

    /// Signs out: tokens are forgotten at once, here first. Answers whether the server was told; with [`Scope::Others`] this device stays
    /// signed in.
    ///
    /// # Errors
    /// For [`Scope::Others`] when the server could not do it; otherwise only when the disk fails. The tokens are forgotten even then.
    pub async fn sign_out(&self, scope: Scope) -> Result<bool, AccountError> {
        let route = Route::post("/auth/v1/logout").query("scope", scope.word());
        if scope == Scope::Others {
            self.ask(Purpose::SignOut, route, Body::Empty).await?;
            return Ok(true);
        }
        let Some(stored) = self.forget(Ended::Here) else { return Ok(true) };
        let session = self.clone();
        let patience = self.0.auth.patience.sign_out;
        let removed = blocking(move || {
            // Another process may be renewing; what it keeps after this is refused by the server.
            let _lock = session.0.place.lock(Some(patience));
            session.0.place.remove()
        })
        .await;
        let told = timeout(patience, self.tell_signed_out(&stored, route)).await.is_ok_and(|told| told);
        removed?;
        Ok(told)
    }

    async fn tell_signed_out(&self, stored: &Stored, route: Route) -> bool {
        let auth = &self.0.auth;
        let access = match (auth.now)() < stored.until {
            true => stored.access.clone(),
            // The server takes no expired token for this, so one more is had and thrown away.
            false => match auth.refresh(&stored.refresh).await {
                Ok(granted) => granted.access,
                Err(AccountError::Refused(fault)) => return fault.is_death(),
                Err(_) => return false,
            },
        };
        match auth.once(Purpose::SignOut, route, Some(&access), &Body::Empty).await {
            Ok(_) => true,
            Err(AccountError::Refused(fault)) => matches!(fault.status, 401 | 403 | 404),
            Err(_) => false,
        }
    }

    /// Renews the tokens if that is due; what the clock of a screen in use does now and then.
    ///
    /// # Errors
    /// [`AccountError::SignedOut`], or why the server could not be asked.
    pub async fn tick(&self) -> Result<(), AccountError> {
        self.access().await.map(drop)
    }

    /// Renews the tokens now.
    ///
    /// # Errors
    /// As [`Session::tick`].
    pub async fn renew_now(&self) -> Result<(), AccountError> {
        let serial = self.current()?.1.serial;
        self.renewed(serial, true).await
    }

    /// How the account stands, for a screen.
    pub(crate) fn fill(&self, view: &mut AccountView) {
        let state = self.state();
        view.standing = state.standing.clone();
        view.kept = self.0.place.kept().clone();
        view.profile = state.stored.as_ref().map(|stored| stored.profile.clone());
        view.fresh_until = state.stored.as_ref().map(|stored| stored.until);
        view.clock_off = state
            .stored
            .as_ref()
            .map(|stored| stored.skew)
            .filter(|skew| skew.abs() > SKEW)
            .map(|skew| skew / 1_000);
        view.new_devices.clone_from(&state.new_devices);
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.0.auth
    }

    /// A request in the account's name: with a fresh token, and once more with another one if the server does not take it.
    pub(crate) async fn ask(
        &self,
        purpose: Purpose,
        route: Route,
        body: Body<'_>,
    ) -> Result<(Value, i64), AccountError> {
        let (serial, access) = self.access().await?;
        let answer = match self.0.auth.once(purpose, route.clone(), Some(&access), &body).await {
            Err(AccountError::Refused(fault)) if fault.status == 401 || fault.code == FaultCode::BadJwt => {
                self.renewed(serial, true).await?;
                let (_, access) = self.access().await?;
                self.0.auth.once(purpose, route, Some(&access), &body).await
            }
            other => other,
        };
        match answer {
            Err(AccountError::Refused(fault))
                if matches!(
                    fault.code,
                    FaultCode::SessionNotFound | FaultCode::UserNotFound | FaultCode::UserBanned
                ) =>
            {
                Err(self.end(ended_by(fault)).await)
            }
            other => other,
        }
    }

    /// The access token and the serial it belongs to, renewed if it is about to end.
    async fn access(&self) -> Result<(u64, Secret), AccountError> {
        let (_, stored) = self.current()?;
        let now = (self.0.auth.now)();
        if !self.is_due(&stored, now) {
            return Ok((stored.serial, stored.access));
        }
        match self.renewed(stored.serial, false).await {
            Ok(()) => self.current().map(|(_, stored)| (stored.serial, stored.access)),
            // What still holds is used as long as it holds.
            Err(error) if now < stored.until && !matches!(error, AccountError::SignedOut(_)) => {
                tracing::debug!(code = error.code(), "a sign-in could not be renewed yet");
                Ok((stored.serial, stored.access))
            }
            Err(error) => Err(error),
        }
    }

    fn is_due(&self, stored: &Stored, now: UtcMillis) -> bool {
        let life = stored.until.0.saturating_sub(stored.had.0);
        let margin = (life / 3).min(i64::try_from(MARGIN.as_millis()).unwrap_or(i64::MAX));
        // A clock that was set back says nothing about the token's end.
        now.0 >= stored.until.0.saturating_sub(margin) || now < stored.had
    }

    /// Replaces the tokens of `serial`, or finds that somebody else did. Runs to its end even if the caller goes away.
    async fn renewed(&self, serial: u64, forced: bool) -> Result<(), AccountError> {
        let session = self.clone();
        let renewing = tokio::spawn(async move { session.renew_once(serial, forced).await });
        renewing.await.unwrap_or_else(|_| Err(self.not_renewed()))
    }

    async fn renew_once(&self, serial: u64, forced: bool) -> Result<(), AccountError> {
        let _flight = self.0.flight.lock().await;
        let (generation, stored) = self.current()?;
        if stored.serial != serial {
            return Ok(());
        }
        let now = (self.0.auth.now)();
        let cooling = self.state().cool_until.is_some_and(|until| Instant::now() < until);
        if cooling && !forced {
            return Err(self.not_renewed());
        }
        let session = self.clone();
        let Some((_lock, kept)) = blocking(move || session.locked_and_read()).await? else {
            return Err(self.not_renewed());
        };
        let stored = match kept {
            Kept::Gone => return Err(self.end(Ended::ElsewhereHere).await),
            Kept::Newer(newer) => {
                self.publish(generation, (*newer).clone());
                if !forced && !self.is_due(&newer, now)
                    || forced && newer.access.expose() != stored.access.expose()
                {
                    return Ok(());
                }
                *newer
            }
            Kept::Same => stored,
        };
        match self.0.auth.refresh(&stored.refresh).await {
            Ok(granted) if granted.profile.id == stored.profile.id => {
                let next = self.next(&stored, granted);
                self.commit(generation, next).await
            }
            Ok(_) => Err(AccountError::OtherPerson),
            Err(AccountError::Refused(fault)) if fault.is_death() => {
                if now < stored.until && !forced {
                    self.cool_down(true);
                    return Err(AccountError::Refused(fault));
                }
                Err(self.end(ended_by(fault)).await)
            }
            Err(error) => {
                let locked = matches!(&error, AccountError::Egress(egress) if egress.is_offline());
                self.cool_down(!locked);
                Err(error)
            }
        }
    }

    /// What is kept now, compared with what this process has, under the lock across processes.
    fn locked_and_read(&self) -> Result<Option<(Option<allxone_vault::FileLock>, Kept)>, VaultError> {
        if self.0.place.in_memory() {
            return Ok(Some((None, Kept::Same)));
        }
        let Some(lock) = self.0.place.lock(None)? else { return Ok(None) };
        let ours = self.state().stored.as_ref().map_or(0, |stored| stored.serial);
        let kept = match self.0.place.read() {
            Ok(Some(kept)) if kept.serial > ours => Kept::Newer(Box::new(kept)),
            Ok(Some(_)) => Kept::Same,
            // Removed, or replaced by a sign-in with another key.
            Ok(None) | Err(VaultError::SealBroken) => Kept::Gone,
            Err(other) => return Err(other),
        };
        Ok(Some((Some(lock), kept)))
    }

    pub(crate) fn next(&self, stored: &Stored, granted: Granted) -> Stored {
        let now = (self.0.auth.now)();
        let profile = granted.profile;
        Stored {
            serial: stored.serial.saturating_add(1),
            access: granted.access,
            refresh: granted.refresh,
            had: now,
            until: after(now, granted.lives),
            skew: granted.skew,
            profile,
            known: stored.known.clone(),
        }
    }

    /// Keeps `next` durably and only then lets it be seen, unless somebody signed out meanwhile.
    async fn commit(&self, generation: u64, next: Stored) -> Result<(), AccountError> {
        let session = self.clone();
        let kept = blocking(move || {
            let _keeping = session.0.keeping.lock().unwrap_or_else(PoisonError::into_inner);
            let place = &session.0.place;
            let still_there = place.in_memory() || place.read()?.is_some();
            if session.state().generation != generation || !still_there {
                return Ok(false);
            }
            place.write(&next)?;
            Ok(session.publish(generation, next))
        })
        .await?;
        if kept { Ok(()) } else { Err(self.end(Ended::ElsewhereHere).await) }
    }

    /// Lets tokens be seen, unless somebody signed out meanwhile.
    fn publish(&self, generation: u64, stored: Stored) -> bool {
        let mut state = self.state();
        if state.generation != generation {
            return false;
        }
        let renewed = state.stored.as_ref().is_none_or(|before| before.serial != stored.serial);
        state.stored = Some(stored);
        state.standing = Standing::SignedIn;
        if renewed {
            state.cool_until = None;
            state.had = Some(Instant::now());
        }
        drop(state);
        self.tell();
        true
    }

    /// Changes what is known beside the tokens, on top of what another process may have kept meanwhile.
    pub(crate) async fn amend(
        &self,
        change: impl FnOnce(&mut Stored) + Send + 'static,
    ) -> Result<(), AccountError> {
        let _flight = self.0.flight.lock().await;
        let (generation, mut stored) = self.current()?;
        let session = self.clone();
        let Some((_lock, kept)) = blocking(move || session.locked_and_read()).await? else {
            return Err(self.not_renewed());
        };
        match kept {
            Kept::Gone => return Err(self.end(Ended::ElsewhereHere).await),
            Kept::Newer(newer) => stored = *newer,
            Kept::Same => {}
        }
        change(&mut stored);
        self.commit(generation, stored).await
    }

    /// Puts the tokens of a fresh proof in the place of the present ones; answers the former.
    pub(crate) async fn replace(&self, granted: Granted) -> Result<Secret, AccountError> {
        let former = self.current()?.1;
        if granted.profile.id != former.profile.id {
            return Err(AccountError::OtherPerson);
        }
        let session = self.clone();
        let serial_of = move |stored: &mut Stored| *stored = session.next(stored, granted);
        self.amend(serial_of).await?;
        Ok(former.access)
    }

    pub(crate) fn note_devices(&self, new: Vec<Device>) {
        self.state().new_devices = new;
        self.tell();
    }

    pub(crate) fn current(&self) -> Result<(u64, Stored), AccountError> {
        let state = self.state();
        match (&state.stored, &state.standing) {
            (Some(stored), _) => Ok((state.generation, stored.clone())),
            (None, Standing::SignedOut { because }) => Err(AccountError::SignedOut(*because)),
            (None, _) => Err(AccountError::SignedOut(Ended::ByServer)),
        }
    }

    /// Ends the session here because of something that was noticed.
    async fn end(&self, because: Ended) -> AccountError {
        let _ = self.forget(because);
        let session = self.clone();
        if let Err(error) = blocking(move || session.0.place.remove()).await {
            return error;
        }
        AccountError::SignedOut(because)
    }

    /// Forgets the tokens; `None` when there were none any more.
    fn forget(&self, because: Ended) -> Option<Stored> {
        let _keeping = self.0.keeping.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        let stored = state.stored.take()?;
        state.generation = state.generation.wrapping_add(1);
        state.standing = Standing::SignedOut { because };
        drop(state);
        self.tell();
        Some(stored)
    }

    fn cool_down(&self, wait: bool) {
        let mut state = self.state();
        state.cool_until = wait.then(|| Instant::now() + self.0.auth.patience.cool_down);
        if state.stored.is_some() {
            state.standing = Standing::Unreached;
        }
        drop(state);
        self.tell();
    }

    fn not_renewed(&self) -> AccountError {
        EgressError::NotRenewed { host: self.0.auth.server.host() }.into()
    }

    fn tell(&self) {
        self.0.changed.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What another process left in the file.
enum Kept {
    Gone,
    Newer(Box<Stored>),
    Same,
}

impl TokenSource for Session {
    fn token(&self) -> BoxFuture<'_, Result<BearerToken, EgressError>> {
        Box::pin(async {
            let (_, access) = self.access().await.map_err(|error| self.outwards(error))?;
            BearerToken::new(access.expose())
        })
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), EgressError>> {
        Box::pin(async {
            let fresh = self.state().had.is_some_and(|had| had.elapsed() < JUST_NOW);
            if fresh {
                return Ok(());
            }
            self.renew_now().await.map_err(|error| self.outwards(error))
        })
    }
}

impl Session {
    fn outwards(&self, error: AccountError) -> EgressError {
        let host = self.0.auth.server.host();
        match error {
            AccountError::Egress(error) => error,
            AccountError::SignedOut(_) => EgressError::SignedOut { host },
            _ => EgressError::NotRenewed { host },
        }
    }
}

fn ended_by(fault: Fault) -> Ended {
    match fault.code {
        FaultCode::RefreshTokenAlreadyUsed => Ended::Copied,
        FaultCode::UserBanned | FaultCode::UserNotFound => Ended::Closed,
        _ => Ended::ByServer,
    }
}

/// Runs blocking work off the asynchronous threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, AccountError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(AccountError::List("a step of the work broke off".to_owned())),
    }
}
