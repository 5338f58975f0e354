//! A hosted project of Supabase, as its sign-in looks from outside: the dialect with its gateway, its old shape of faults, its old refresh
//! tokens, and its bad days.
//!
//! ```no_run
//! # async fn f() {
//! use allxone_testkit::hosted::{Hosted, Trouble};
//! let project = Hosted::start().await;
//! project.add_user("ada@example.org", "a long enough phrase");
//! project.next("/token", Trouble::Page520);
//! // … a client at project.url() with project.key() …
//! assert_eq!(project.asked("/token").len(), 1);
//! # }
//! ```

mod accounts;
mod keys;
mod routes;
mod sessions;
mod trouble;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;

use crate::clock::Clock;
use crate::served::Served;
use accounts::Account;
use keys::Keys;
pub use trouble::Trouble;

/// Where sign-in is mounted, below the project's address.
pub const BASE: &str = "/auth/v1";

/// How a project is set up.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Tokens signed with ES256 and published keys, instead of HS256 with a shared secret.
    pub asymmetric: bool,
    /// A server from before the new shape of faults: it knows no version header.
    pub old_server: bool,
    /// Whether an address counts without a code.
    pub autoconfirm: bool,
    /// Life of an access token in seconds.
    pub access_seconds: i64,
    /// Within so many seconds any earlier refresh token gets the current one.
    pub reuse_seconds: i64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            asymmetric: false,
            old_server: true,
            autoconfirm: true,
            access_seconds: 3_600,
            reuse_seconds: 10,
        }
    }
}

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path below [`BASE`].
    pub path: String,
    /// The query, as sent.
    pub query: String,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

/// A project at work on loopback. Dropping it ends it.
pub struct Hosted {
    project: Arc<Project>,
    served: Served,
}

pub(crate) struct Project {
    setup: Setup,
    clock: Clock,
    keys: Mutex<Keys>,
    key: String,
    service_key: String,
    url: String,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    accounts: HashMap<String, Account>,
    sessions: HashMap<String, sessions::Session>,
    refresh: HashMap<String, sessions::Refresh>,
    flows: HashMap<String, sessions::Flow>,
    codes: HashMap<(String, String), (String, i64)>,
    troubles: HashMap<String, VecDeque<Trouble>>,
    asked: Vec<Asked>,
    denies: bool,
    provider_account: Option<String>,
}

impl Hosted {
    /// An older project: HS256, faults in the old shape.
    pub async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    /// A project set up like this.
    pub async fn with(setup: Setup) -> Self {
        let mut made = None;
        let served = Served::start(|url| {
            let project = Arc::new(Project {
                setup,
                clock: Clock::default(),
                keys: Mutex::new(Keys::new(setup.asymmetric)),
                key: format!("sb_publishable_{}", word(16)),
                service_key: format!("sb_secret_{}", word(16)),
                url: url.to_owned(),
                state: Mutex::default(),
            });
            made = Some(Arc::clone(&project));
            routes::router(project)
        })
        .await;
        Self { project: made.unwrap(), served }
    }

    /// The project's address.
    pub fn url(&self) -> &str {
        &self.served.url
    }

    /// The key every request carries as `apikey`.
    pub fn key(&self) -> &str {
        &self.project.key
    }

    /// The key of the project's own backend.
    pub fn service_key(&self) -> &str {
        &self.project.service_key
    }

    /// The secret tokens are signed with, where they are signed with one.
    pub fn shared_secret(&self) -> Option<String> {
        self.project.keys.lock().unwrap().secret()
    }

    /// Signs with another key from now on. Published keys keep the one before when `overlap`.
    pub fn rotate_keys(&self, overlap: bool) {
        self.project.keys.lock().unwrap().rotate(overlap);
    }

    /// An account with a confirmed address; answers with its id.
    pub fn add_user(&self, email: &str, password: &str) -> String {
        self.project.state().add_account(email, Some(password), true, self.project.clock.now())
    }

    /// Closes an account for good or opens it again.
    pub fn ban(&self, email: &str, banned: bool) {
        self.project.state().account_mut(email).unwrap().banned = banned;
    }

    /// Removes an account, as an operator would.
    pub fn remove_user(&self, email: &str) {
        let id = self.project.state().account_mut(email).unwrap().id.clone();
        self.project.state().remove(&id);
    }

    /// Ends every session of everybody, as signing out elsewhere would.
    pub fn end_all_sessions(&self) {
        self.project.state().sessions.clear();
    }

    /// A session without any request, as the dialect writes it.
    pub fn session_of(&self, email: &str) -> Value {
        let id = self.project.state().account_mut(email).unwrap().id.clone();
        self.project.new_session(&id, "password")
    }

    /// An access token with other claims than a genuine one has: `change` is given them before they are signed.
    pub fn forged(&self, email: &str, change: impl FnOnce(&mut Value)) -> String {
        let session = self.session_of(email);
        self.project.resign(session["access_token"].as_str().unwrap(), change)
    }

    /// Whom the other provider says the person is, at the next sign-in in a browser. The account is made when it is missing.
    pub fn provider_says(&self, email: &str) {
        self.project.state().provider_account = Some(email.to_owned());
    }

    /// The person says no at the other provider, from now on.
    pub fn provider_denies(&self, denies: bool) {
        self.project.state().denies = denies;
    }

    /// The next request to a path that begins like this meets trouble; several wait in line.
    pub fn next(&self, path: &str, trouble: Trouble) {
        self.project.state().troubles.entry(path.to_owned()).or_default().push_back(trouble);
    }

    /// Moves the project's clock.
    pub fn advance(&self, seconds: i64) {
        self.project.clock.advance(seconds);
    }

    /// The newest code that was sent to an address for a purpose: `signup`, `email`, `recovery`, `email_change`, `reauthentication`.
    pub fn code(&self, email: &str, kind: &str) -> Option<String> {
        self.project.state().codes.get(&(email.to_owned(), kind.to_owned())).map(|(code, _)| code.clone())
    }

    /// Everything that was asked at paths that begin like this, in order.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.project.state().asked.iter().filter(|one| one.path.starts_with(path)).cloned().collect()
    }

    /// How many sessions are alive.
    pub fn sessions(&self) -> usize {
        self.project.state().sessions.len()
    }
}

impl Project {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// So many letters and digits.
fn word(length: usize) -> String {
    use rand::Rng;
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())])).collect()
}
