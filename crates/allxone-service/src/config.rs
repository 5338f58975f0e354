//! What a host decides about a service before it starts: where it keeps things, under which keys, where it listens, and how much it takes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use allxone_database::Place;
use allxone_egress::Door;
use allxone_identity::{ClientSecret, OnLetter, Outside, Rules};
use allxone_media::Decoder;
use allxone_vault::SecretKey;
use url::Url;

use crate::{AccessToken, OperatorConfig, PartnerSetup, Payments, Shared, SharedClock, SystemClock};

/// Everything a service is told at its start.
pub struct ServiceConfig {
    /// Folder of the service alone (not the one of a library or of keys). It is made, private to its owner, when it is missing.
    pub data_dir: PathBuf,
    /// Where to listen. Must be a loopback address in this form of the service; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The token callers must carry; `None` makes a random one for this start.
    pub token: Option<AccessToken>,
    /// Keys of everything kept on disk.
    pub keys: ServiceKeys,
    /// How much the service takes.
    pub limits: Limits,
    /// What reads pictures; its bytes are capped by `limits`.
    pub decoder: Decoder,
    /// The clock.
    pub clock: SharedClock,
    /// Whether the models of the safety check are loaded at the start, so that nobody waits for them and `/health` knows how they are. A service
    /// inside a person's program leaves them to the first check: most starts make nothing.
    pub warm: bool,
    /// Accounts that people sign in to, besides the one the token admits; `None` serves that one alone.
    pub accounts: Option<Accounts>,
    /// Who runs it, with whose help.
    pub operator: OperatorConfig,
    /// A project of Supabase that keeps the accounts instead.
    pub project: Option<Project>,
    /// Who makes pictures elsewhere.
    pub partners: PartnerSetup,
    /// What it shares with other nodes of the same service; `None` keeps everything in `data_dir`.
    pub shared: Option<Shared>,
    /// Where figures about its work may be read, on loopback; `None` shows them nowhere.
    pub figures: Option<SocketAddr>,
    /// The way out, where the host has one; else the service makes one with a ledger of its own, if it has to go anywhere.
    pub door: Option<Door>,
    /// What is sold, and through whom; `None` sells nothing.
    pub payments: Option<Payments>,
}

impl ServiceConfig {
    /// A service for the person at this computer: a free port of 127.0.0.1, a token of its own, the usual limits, the computer's clock.
    pub fn on_loopback(data_dir: impl Into<PathBuf>, keys: ServiceKeys) -> Self {
        Self {
            data_dir: data_dir.into(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            keys,
            limits: Limits::default(),
            decoder: Decoder::in_process(allxone_media::Limits::default()),
            clock: Arc::new(SystemClock),
            warm: true,
            accounts: None,
            operator: OperatorConfig::this_computer(),
            project: None,
            partners: PartnerSetup::default(),
            shared: None,
            figures: None,
            door: None,
            payments: None,
        }
    }

    /// Where its database is.
    pub(crate) fn database(&self) -> Place {
        match &self.shared {
            Some(shared) => Place::Server(shared.database.clone()),
            None => Place::File(self.data_dir.join("service.db")),
        }
    }
}

/// How a service keeps accounts.
#[derive(Clone, Default)]
pub struct Accounts {
    /// The address people reach the service at; the one it listens on when nothing stands before it.
    pub address: Option<Url>,
    /// Return addresses of sign-ins that are allowed besides this computer.
    pub redirects: Vec<String>,
    /// Sign-in providers and mail server.
    pub outside: Outside,
    /// What accounts may do.
    pub rules: Rules,
    /// Told of each letter with a one-time code, where no mail server sends them.
    pub on_letter: Option<OnLetter>,
}

/// A project of Supabase that keeps a service's accounts.
#[derive(Clone)]
pub struct Project {
    /// Its address.
    pub url: Url,
    /// Its publishable key.
    pub key: String,
    /// The secret of its older tokens, where it still signs with one.
    pub legacy_secret: Option<ClientSecret>,
    /// The key by which accounts are deleted there.
    pub service_key: Option<ClientSecret>,
}

/// The two keys of a service's data.
pub struct ServiceKeys {
    /// Raw key of the SQLCipher database; what people wrote is sealed in its columns with one drawn from it, on a server too.
    pub database: SecretKey,
    /// Key of the sealed files.
    pub files: SecretKey,
}

/// What the service takes at most. Beyond a limit it says so (413, 429) instead of failing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of an uploaded picture.
    pub picture_bytes: u64,
    /// Most bytes of any other request body.
    pub request_bytes: u64,
    /// Open connections; more wait to be accepted.
    pub connections: usize,
    /// Requests being answered at once; more get `busy`.
    pub requests_at_once: usize,
    /// Open event streams; more get `busy`.
    pub followers_at_once: usize,
    /// Safety checks running at once; more wait.
    pub checks_at_once: usize,
    /// Jobs waiting; more get `busy`.
    pub queue: u32,
    /// Jobs of this computer's models worked on at once. They use the whole computer, so 1 is right for them. What partners elsewhere are handed
    /// at once is said of each ([`Partnership::at_once`](crate::Partnership::at_once)).
    pub jobs_at_once: usize,
    /// The longest a job may be worked on before it is stopped.
    pub job_time: Duration,
    /// The longest the head of an answer may take, the reading of the body included.
    pub request_time: Duration,
    /// How often a job is begun again after the service died while working on it, the first time included.
    pub attempts: u32,
    /// How long a stopping service waits for running work.
    pub shutdown_grace: Duration,
    /// Most bytes of stored pictures, uploads and results together.
    pub stored_bytes: u64,
    /// How long an upload that no job uses is kept.
    pub unused_upload: Duration,
    /// How often within an hour the safety check may stop something of a signed-in account before it has to pause.
    pub strikes_an_hour: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            picture_bytes: 32 * 1024 * 1024,
            request_bytes: 128 * 1024,
            connections: 256,
            requests_at_once: 64,
            followers_at_once: 64,
            checks_at_once: 2,
            queue: 64,
            jobs_at_once: 1,
            job_time: Duration::from_secs(30 * 60),
            request_time: Duration::from_secs(60),
            attempts: 3,
            shutdown_grace: Duration::from_secs(10),
            stored_bytes: 8 * 1024 * 1024 * 1024,
            unused_upload: Duration::from_secs(24 * 60 * 60),
            strikes_an_hour: 20,
        }
    }
}
