//! The ways in: the browser, a password, a code from a letter, a new account.

use allxone_egress::{Form, FormField, Purpose, Route};
use serde::Serialize;
use tokio::sync::{oneshot, watch};
use url::Url;

use crate::dialect::{Body, Ways};
use crate::flow::{Begun, CALLBACK, Flow, FlowNumber, FlowState, Heard, LIFETIME};
use crate::listener::Listener;
use crate::{AccountError, AccountKey, Accounts, AuthServer, Secret};

/// Where a browser is sent back to when no port could be had: nothing listens there, and the address it ends up with can be pasted.
const NOWHERE: &str = "http://127.0.0.1:9";

/// What came of a new account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SignedUp {
    /// It is signed in.
    Done {
        /// Which one.
        account: AccountKey,
    },
    /// A code was sent to its address. An address that has an account already gets the same answer.
    CodeSent,
}

impl Accounts {
    /// Which ways to sign in `server` offers.
    ///
    /// # Errors
    /// [`AccountError::NoAccounts`]; any other [`AccountError`].
    pub async fn ways(&self, server: &AuthServer) -> Result<Ways, AccountError> {
        self.auth(server).ways().await
    }

    /// Begins a sign-in in the browser. The listener is bound before this comes back, so the address may be opened at once; that it is, is
    /// written to the ledger here.
    ///
    /// # Errors
    /// [`AccountError::WayNotOffered`] before anything is opened; any other [`AccountError`].
    pub async fn begin(&self, server: &AuthServer, provider: &str) -> Result<Begun, AccountError> {
        let auth = self.auth(server);
        let ways = auth.ways().await?;
        if !ways.providers.iter().any(|offered| offered == provider) {
            return Err(AccountError::WayNotOffered { host: ways.host });
        }
        let listener = Listener::bind().await.ok();
        let bound = listener.as_ref().and_then(Listener::redirect);
        let returns = bound.is_some();
        let redirect = match bound {
            Some(redirect) => redirect,
            None => Url::parse(&format!("{NOWHERE}{CALLBACK}")).map_err(|_| AccountError::NotThisSignIn)?,
        };
        auth.note_browser().await?;
        let (number, begun) = self.flows().begin(auth, provider, redirect, returns)?;
        let waiting = self.flows().get(number).map(|flow| (flow.id.clone(), flow.over.clone()));
        if let Some((id, over)) = waiting {
            let accounts = self.clone();
            tokio::spawn(async move {
                let (heard, brought) = oneshot::channel();
                if let Some(listener) = listener {
                    tokio::spawn(listener.serve(id, heard, over.clone()));
                }
                tokio::select! {
                    () = over.cancelled() => {}
                    () = tokio::time::sleep(LIFETIME) => accounts.expire(number),
                    Ok(heard) = brought => accounts.complete(number, heard).await,
                }
            });
        }
        self.tell();
        Ok(begun)
    }

    /// How a sign-in stands; `None` for one that was never begun.
    pub fn flow(&self, flow: FlowNumber) -> Option<watch::Receiver<FlowState>> {
        self.flows().state(flow)
    }

    /// The address of a sign-in that waits, to be opened in a browser once more; written to the ledger as the first time.
    ///
    /// # Errors
    /// [`AccountError::FlowGone`]; any other [`AccountError`].
    pub async fn address_again(&self, flow: FlowNumber) -> Result<String, AccountError> {
        let waiting = self.flows().get(flow).map(|flow| (flow.auth.clone(), flow.address.clone()));
        let (auth, address) = waiting.ok_or(AccountError::FlowGone)?;
        auth.note_browser().await?;
        Ok(address)
    }

    /// Calls a sign-in off.
    pub fn cancel(&self, flow: FlowNumber) {
        self.flows().cancel(flow);
        self.tell();
    }

    /// Goes on with a sign-in by the address the browser ended up with.
    ///
    /// # Errors
    /// [`AccountError::NotThisSignIn`], [`AccountError::TokensInAddress`]: the sign-in waits on then.
    pub async fn paste(&self, link: &str) -> Result<FlowState, AccountError> {
        let (number, heard) = self.flows().find(link)?;
        self.complete(number, heard).await;
        let state = self.flow(number).map(|state| state.borrow().clone());
        state.ok_or(AccountError::FlowGone)
    }

    /// Exchanges what the browser brought. A flow is taken out first: whatever happens, it was used.
    async fn complete(&self, number: FlowNumber, heard: Heard) {
        let Some(flow) = self.flows().take(number) else { return };
        // The listener has said what it had to say when it was the listener; when the address was pasted, it is not needed any more.
        let over = flow.over.clone();
        flow.state.send_replace(FlowState::Exchanging);
        self.tell();
        let state = flow.state.clone();
        let outcome = match heard {
            Heard::Refused(error) => Err(error),
            Heard::Code(code) => self.exchange(flow, &code).await,
        };
        state.send_replace(match outcome {
            Ok(account) => FlowState::Done { account },
            Err(error) => FlowState::failed(&error),
        });
        self.tell();
        tokio::spawn(async move {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            over.cancel();
        });
    }

    async fn exchange(&self, flow: Flow, code: &Secret) -> Result<AccountKey, AccountError> {
        let Flow { auth, verifier, .. } = flow;
        let verifier = Secret::new(verifier.into_secret());
        let form = || {
            Form::default()
                .with(FormField::AuthCode, code.expose())
                .with(FormField::CodeVerifier, verifier.expose())
        };
        let granted = auth.grant("pkce", &form).await?;
        self.take_in(&auth, granted).await
    }

    fn expire(&self, number: FlowNumber) {
        if let Some(flow) = self.flows().take(number) {
            flow.state.send_replace(FlowState::Expired);
            flow.over.cancel();
        }
        self.tell();
    }

    /// Signs in with a password.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn sign_in_by_password(
        &self,
        server: &AuthServer,
        email: &str,
        password: &Secret,
    ) -> Result<AccountKey, AccountError> {
        let auth = self.auth(server);
        let form = || {
            Form::default().with(FormField::Email, email.trim()).with(FormField::Password, password.expose())
        };
        let granted = auth.grant("password", &form).await?;
        self.take_in(&auth, granted).await
    }

    /// Sends a code to sign in with; with `new`, an account is made where there is none.
    ///
    /// # Errors
    /// Any [`AccountError`]. Whether there is an account is not told.
    pub async fn send_code(&self, server: &AuthServer, email: &str, new: bool) -> Result<(), AccountError> {
        let form = || Form::default().with(FormField::Email, email.trim()).create_user(new);
        let sent = self
            .auth(server)
            .once(Purpose::SignIn, Route::post("/auth/v1/otp"), None, &Body::Form(&form))
            .await;
        match sent {
            // Some servers tell that there is no such account; the person is told what all are told.
            Err(AccountError::Refused(fault))
                if !new && matches!(fault.code, crate::FaultCode::OtpDisabled) =>
            {
                Ok(())
            }
            other => other.map(drop),
        }
    }

    /// Signs in with a code from a letter.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn sign_in_by_code(
        &self,
        server: &AuthServer,
        email: &str,
        code: &Secret,
    ) -> Result<AccountKey, AccountError> {
        let auth = self.auth(server);
        let granted = auth.verify("email", email.trim(), code).await?;
        self.take_in(&auth, granted).await
    }

    /// Sends a code to an account whose password is forgotten.
    ///
    /// # Errors
    /// Any [`AccountError`]. Whether there is an account is not told.
    pub async fn send_recovery(&self, server: &AuthServer, email: &str) -> Result<(), AccountError> {
        let form = || Form::default().with(FormField::Email, email.trim());
        self.auth(server)
            .once(Purpose::SignIn, Route::post("/auth/v1/recover"), None, &Body::Form(&form))
            .await
            .map(drop)
    }

    /// Signs in with the code of a forgotten password; a new one may be set then.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn recover(
        &self,
        server: &AuthServer,
        email: &str,
        code: &Secret,
    ) -> Result<AccountKey, AccountError> {
        let auth = self.auth(server);
        let granted = auth.verify("recovery", email.trim(), code).await?;
        self.take_in(&auth, granted).await
    }

    /// Makes a new account.
    ///
    /// # Errors
    /// Any [`AccountError`].
    pub async fn sign_up(
        &self,
        server: &AuthServer,
        email: &str,
        password: &Secret,
        name: &str,
    ) -> Result<SignedUp, AccountError> {
        let auth = self.auth(server);
        let form = || {
            let form = Form::default()
                .with(FormField::Email, email.trim())
                .with(FormField::Password, password.expose());
            if name.trim().is_empty() { form } else { form.with(FormField::Name, name.trim()) }
        };
        let answer =
            auth.once(Purpose::SignIn, Route::post("/auth/v1/signup"), None, &Body::Form(&form)).await?;
        // Tokens where the address counts at once, else a bare person.
        if answer.0.get("access_token").is_none() {
            return Ok(SignedUp::CodeSent);
        }
        let granted = auth.granted(answer)?;
        Ok(SignedUp::Done { account: self.take_in(&auth, granted).await? })
    }
}
