//! Whose library is open, and everything a screen can do with the person's accounts.
//!
//! “This computer” and each account have a library of their own: other folder, other keys. Signing in opens no library and signing out
//! closes none by itself, so nothing that was made ever disappears by either.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use allxone_egress::Door;
use allxone_studio::account::{
    self, AccountError, AccountKey, Begun, FlowNumber, FlowState, Scope, Secret, Standing,
};
use allxone_studio::accounts::{
    AccountsSeen, BrowserSignIn, CodeFor, CodeSignIn, CodeWanted, LibraryAfter, Proof, Proving, SignInAt,
    SignOut, SignedOutNow,
};
use allxone_studio::session::{ServiceAt, Session};
use allxone_studio::{ClientError, Code, StudioError, StudioEvent};
use allxone_vault::{Passphrase, VaultError, files};

use super::{Desk, Stage, browser_of_environment, kept_in};
use crate::accounts::{lock_library, take_off};
use crate::profile::off_thread;
use crate::{AppError, Folders, Keeping};

/// Which library was open last.
const OPEN_FILE: &str = "open";
/// How often the sign-in in use is looked after.
const TICK: Duration = Duration::from_secs(30);
/// How long the keyring may take when the person was told that it will ask.
const KEYRING_ASKS: Duration = Duration::from_secs(120);

impl Desk {
    /// Whose library is open; `None` for this computer's.
    pub(super) fn account(&self) -> Option<AccountKey> {
        self.inner.account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The folders of the library that is open.
    pub(super) fn folders(&self) -> Folders {
        match self.account() {
            Some(key) => Folders::under(&self.inner.accounts.folder(&key)),
            None => self.inner.folders.clone(),
        }
    }

    pub(super) fn accounts_seen(&self) -> AccountsSeen {
        let (open, mut accounts) = (self.account(), self.inner.accounts.list());
        for one in &mut accounts {
            one.open = open.as_ref() == Some(&one.key);
        }
        let looked = self.inner.looked.load(Ordering::Acquire);
        let deletions = self.receipts().all();
        AccountsSeen { accounts, hosted: crate::hosted().map(|server| server.host()), looked, deletions }
    }

    /// Looks after the accounts from now on: what is kept of them is opened, changes are told, the sign-in in use is kept fresh.
    pub(super) fn look_after_accounts(&self) {
        let (inner, mut changes) = (std::sync::Arc::downgrade(&self.inner), self.inner.accounts.changes());
        tokio::spawn(async move {
            while changes.changed().await.is_ok() {
                let Some(inner) = inner.upgrade() else { return };
                let desk = Self { inner };
                desk.tell(StudioEvent::Accounts { accounts: desk.accounts_seen() });
            }
        });
        let inner = std::sync::Arc::downgrade(&self.inner);
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(TICK);
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            tick.tick().await;
            loop {
                tick.tick().await;
                let Some(inner) = inner.upgrade() else { return };
                let desk = Self { inner };
                let Some(session) = desk.account().and_then(|key| desk.inner.accounts.session(&key).ok())
                else {
                    continue;
                };
                if let Err(error) = session.tick().await {
                    tracing::debug!(code = error.code(), "the sign-in could not be looked after");
                }
            }
        });
        let desk = self.clone();
        tokio::spawn(async move { desk.restore_accounts(None).await });
    }

    pub(super) async fn restore_accounts(&self, patience: Option<Duration>) {
        self.inner.accounts.restore(patience).await;
        self.inner.looked.store(true, Ordering::Release);
        self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() });
    }

    pub(super) async fn look_again(&self) -> AccountsSeen {
        self.restore_accounts(Some(KEYRING_ASKS)).await;
        self.join_later();
        self.accounts_seen()
    }

    pub(super) async fn begin_sign_in(&self, asked: BrowserSignIn) -> Result<Begun, StudioError> {
        self.studio().await?;
        let server = at(&asked.at)?;
        let mut begun = self.inner.accounts.begin(&server, &asked.provider).await?;
        begun.opened = asked.open && self.open_in_browser(&begun.address).is_ok();
        if let Some(mut state) = self.inner.accounts.flow(begun.flow) {
            let desk = self.clone();
            tokio::spawn(async move {
                let over = state.wait_for(FlowState::is_over).await.map(|state| state.clone());
                if matches!(over, Ok(FlowState::Done { .. } | FlowState::Failed { .. })) {
                    desk.inner.native.raise();
                }
            });
        }
        Ok(begun)
    }

    pub(super) fn flow_state(&self, flow: FlowNumber) -> Result<FlowState, StudioError> {
        let state = self.inner.accounts.flow(flow).ok_or(AccountError::FlowGone)?;
        let state = state.borrow().clone();
        Ok(state)
    }

    pub(super) async fn reopen_browser(&self, flow: FlowNumber) -> Result<(), StudioError> {
        let address = self.inner.accounts.address_again(flow).await?;
        self.open_in_browser(&address).map_err(StudioError::Machine)
    }

    pub(super) fn open_in_browser(&self, address: &str) -> Result<(), String> {
        browser_of_environment(address).unwrap_or_else(|| self.inner.native.open_address(address))
    }

    pub(super) async fn send_code(&self, wanted: CodeWanted) -> Result<(), StudioError> {
        self.studio().await?;
        let (server, accounts) = (at(&wanted.at)?, &self.inner.accounts);
        match wanted.purpose {
            CodeFor::SignIn => accounts.send_code(&server, &wanted.email, false).await?,
            CodeFor::SignUp => accounts.send_code(&server, &wanted.email, true).await?,
            CodeFor::Recovery => accounts.send_recovery(&server, &wanted.email).await?,
        }
        Ok(())
    }

    pub(super) async fn use_code(&self, asked: CodeSignIn) -> Result<AccountKey, StudioError> {
        let (server, accounts, code) = (at(&asked.at)?, &self.inner.accounts, Secret::new(asked.code.trim()));
        Ok(match asked.purpose {
            CodeFor::Recovery => accounts.recover(&server, &asked.email, &code).await?,
            CodeFor::SignIn | CodeFor::SignUp => {
                accounts.sign_in_by_code(&server, &asked.email, &code).await?
            }
        })
    }

    pub(super) fn signed_in(&self, key: &AccountKey) -> Result<account::Session, StudioError> {
        Ok(self.inner.accounts.session(key)?)
    }

    pub(super) async fn prove(&self, proving: Proving) -> Result<(), StudioError> {
        let session = self.signed_in(&proving.account)?;
        match proving.proof {
            Proof::Password { password } => session.prove_by_password(&Secret::new(password)).await?,
            Proof::Code { code } => session.prove_by_code(&Secret::new(code.trim())).await?,
        }
        Ok(())
    }

    /// Opens the library of an account, or of this computer. What is under way stays where it is, so it must be done first.
    pub(super) async fn open_account(&self, key: Option<AccountKey>) -> Result<Session, StudioError> {
        if let Some(key) = &key {
            self.inner.accounts.view_of(key).ok_or(StudioError::NotFound)?;
        }
        let settled = matches!(&*self.inner.stage.borrow(), Stage::Open { .. } | Stage::Locked { .. });
        if self.account() == key && settled {
            self.join_later();
            return Ok(self.session());
        }
        {
            let mut slot = self.inner.profile.lock().await;
            if let Some(profile) = slot.as_ref() {
                let studio = self.idle_studio().await?;
                if matches!(profile.keeping(), Keeping::Nothing { .. }) {
                    let library = studio.library().clone();
                    let usage = off_thread(move || library.usage()).await.map_err(StudioError::from)?;
                    if usage.items > 0 {
                        let words = "The pictures made so far are kept nowhere yet and would be lost. Keep them first, then open the other library.";
                        return Err(StudioError::Keeping(words.to_owned()));
                    }
                }
                drop(studio);
            }
            self.stop_forwarding().await;
            self.set(Stage::Opening);
            if let Some(profile) = slot.take() {
                // Its ledger is in the library: who held the door would hold the library open.
                self.inner.accounts.set_door(Door::builder().build().map_err(ClientError::from)?);
                profile.close().await;
            }
            self.remember_open(key).await;
        }
        self.open_profile(None).await;
        Ok(self.session())
    }

    async fn remember_open(&self, key: Option<AccountKey>) {
        self.inner.account.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&key);
        let folder = self.inner.folders.accounts();
        let written = off_thread(move || match key {
            Some(key) => files::write_atomic(&folder.join(OPEN_FILE), key.as_str().as_bytes()),
            None => {
                let _ = std::fs::remove_file(folder.join(OPEN_FILE));
                Ok(())
            }
        });
        if let Err(error) = written.await {
            tracing::warn!(code = error.code(), "which library is open could not be noted");
        }
    }

    /// Which library was open last, if that account is still on this computer.
    pub(super) fn open_last(folders: &Folders, accounts: &account::Accounts) -> Option<AccountKey> {
        let text = std::fs::read_to_string(folders.accounts().join(OPEN_FILE)).ok()?;
        let key = AccountKey::try_from(text.trim().to_owned()).ok()?;
        accounts.view_of(&key).map(|view| view.key)
    }

    /// Has the open library of an account work at the account's server as soon as that can be reached.
    pub(super) fn join_later(&self) {
        let Some(key) = self.account() else { return };
        let desk = self.clone();
        tokio::spawn(async move {
            if let Err(error) = Box::pin(desk.join_account(&key)).await {
                tracing::info!(code = ?error.code(), "the account's server is not used yet");
            }
        });
    }

    async fn join_account(&self, key: &AccountKey) -> Result<(), StudioError> {
        self.restore_accounts(None).await;
        let session = self.signed_in(key)?;
        // Asked without holding the profile: a server that does not answer holds nobody up.
        let line = match self.inner.profile.lock().await.as_ref() {
            Some(profile) if self.account().as_ref() == Some(key) => profile.line(),
            _ => return Ok(()),
        };
        let (studio, host) = match line.signed_in(session).await {
            Err(error) if error.code() == Code::AccountClosing => {
                self.learn_of_deletion(key, line).await;
                return Err(error);
            }
            joined => joined?,
        };
        let slot = self.inner.profile.lock().await;
        let Some(profile) = slot.as_ref().filter(|_| self.account().as_ref() == Some(key)) else {
            return Ok(());
        };
        let there = ServiceAt::Server { host };
        let joined = matches!(&*self.inner.stage.borrow(), Stage::Open { service, .. } if *service == there);
        if !joined {
            self.idle_studio().await?;
            self.at_work(studio.clone(), kept_in(profile.keeping()), there).await;
        }
        self.history_joined(&studio, key).await
    }

    pub(super) async fn sign_out(&self, asked: SignOut) -> Result<SignedOutNow, StudioError> {
        let SignOut { account: key, scope, library } = asked;
        let accounts = &self.inner.accounts;
        if scope == Scope::Others {
            return Ok(SignedOutNow { told: accounts.sign_out(&key, scope).await? });
        }
        let open = self.account().as_ref() == Some(&key);
        if open && matches!(&*self.inner.stage.borrow(), Stage::Open { .. }) {
            self.idle_studio().await?;
        }
        if let LibraryAfter::Lock { passphrase } = &library
            && passphrase.chars().count() < Passphrase::MIN_CHARS
        {
            let short = VaultError::PassphraseTooShort { minimum: Passphrase::MIN_CHARS };
            return Err(StudioError::Keeping(short.to_string()));
        }
        let told = accounts.sign_out(&key, scope).await?;
        match library {
            LibraryAfter::Keep if open => drop(self.join(None).await),
            LibraryAfter::Keep => {}
            LibraryAfter::Lock { passphrase } => {
                self.leave(open).await?;
                let (folder, program) = (accounts.folder(&key), self.inner.start.program.clone());
                off_thread(move || lock_library(&folder, &program, passphrase)).await.map_err(kept)?;
            }
            LibraryAfter::Remove => {
                self.leave(open).await?;
                self.erase(&key).await?;
            }
        }
        self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() });
        Ok(SignedOutNow { told })
    }

    /// Takes an account off this computer: its sign-in, its library, its entry in the list.
    pub(super) async fn remove_account(&self, key: AccountKey) -> Result<(), StudioError> {
        let view = self.inner.accounts.view_of(&key).ok_or(StudioError::NotFound)?;
        if view.standing == Standing::SignedIn || view.standing == Standing::Unreached {
            return Err(StudioError::Keeping("This account is signed in. Sign out first.".to_owned()));
        }
        self.leave(self.account().as_ref() == Some(&key)).await?;
        self.erase(&key).await
    }

    pub(super) async fn erase(&self, key: &AccountKey) -> Result<(), StudioError> {
        take_off(&self.inner.accounts, key, &self.inner.start.program).await?;
        self.tell(StudioEvent::Accounts { accounts: self.accounts_seen() });
        Ok(())
    }

    pub(super) async fn leave(&self, open: bool) -> Result<(), StudioError> {
        if open { self.open_account(None).await.map(drop) } else { Ok(()) }
    }
}

fn kept(error: AppError) -> StudioError {
    StudioError::Keeping(error.to_string())
}

/// The server a screen means.
pub(super) fn at(asked: &SignInAt) -> Result<account::AuthServer, StudioError> {
    crate::server(asked.server.as_deref())
}
