//! What a host decides about the accounts before they are served.

use std::path::PathBuf;
use std::sync::Arc;

use allxone_contract::UtcMillis;
use allxone_database::Place;
use allxone_egress::Door;
use allxone_vault::SecretKey;
use url::Url;

use crate::{Now, OnLetter, Provider, Smtp};

/// Everything the accounts are told at their start.
pub struct IdentityConfig {
    /// The database; a file is made when it is missing.
    pub database: Place,
    /// Raw key of the database file. What signs and what checks codes is drawn from it too.
    pub key: SecretKey,
    /// The address people and programs reach the service at, without [`crate::BASE`]: issuer of tokens, place of the sign-in page.
    pub address: Url,
    /// Return addresses that are allowed besides loopback, compared as whole texts.
    pub redirects: Vec<String>,
    /// Providers people may sign in through, besides the service itself.
    pub providers: Vec<Provider>,
    /// The way out to them; needed where there are any.
    pub door: Option<Door>,
    /// The mail server that letters go to; without one they stay for the owner of this computer.
    pub mail: Option<Smtp>,
    /// What accounts may do.
    pub rules: Rules,
    /// How often things may be asked.
    pub rates: Rates,
    /// The clock.
    pub now: Now,
    /// Told of each letter, where there is somebody to tell: the owner of this computer.
    pub on_letter: Option<OnLetter>,
}

impl IdentityConfig {
    /// Accounts of one computer, in a file: reached at `address`, with the usual rules and the computer's clock.
    pub fn new(database: impl Into<PathBuf>, key: SecretKey, address: Url) -> Self {
        Self {
            database: Place::File(database.into()),
            key,
            address,
            redirects: Vec::new(),
            providers: Vec::new(),
            door: None,
            mail: None,
            rules: Rules::default(),
            rates: Rates::default(),
            now: Arc::new(UtcMillis::now),
            on_letter: None,
        }
    }
}

/// What accounts may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether new accounts are taken.
    pub sign_up: bool,
    /// Whether an e-mail address counts without a code that was sent to it. Right where there is no mail server.
    pub autoconfirm: bool,
    /// Life of an access token, in seconds.
    pub access_seconds: i64,
    /// Fewest characters of a password.
    pub password_chars: usize,
    /// Within so many seconds after a refresh the token before it still gets the current one, however often.
    pub reuse_seconds: i64,
    /// Life of a sign-in between its beginning and the exchange of its code, in seconds.
    pub flow_seconds: i64,
    /// Life of a one-time code, in seconds.
    pub code_seconds: i64,
    /// Wrong tries after which a one-time code is void.
    pub code_tries: i64,
    /// Age of a session in seconds from which a new password needs a fresh proof.
    pub fresh_seconds: i64,
    /// Age of the last proof in seconds from which what cannot be undone asks for another.
    pub step_up_seconds: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            sign_up: true,
            autoconfirm: true,
            access_seconds: 3_600,
            password_chars: 8,
            reuse_seconds: 10,
            flow_seconds: 300,
            code_seconds: 900,
            code_tries: 5,
            fresh_seconds: 24 * 3_600,
            step_up_seconds: 300,
        }
    }
}

/// How often things may be asked: so many in five minutes, all of them at once if need be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Tokens, from one address.
    pub token: u32,
    /// Codes to be checked, from one address.
    pub verify: u32,
    /// Mails and new accounts, from one address.
    pub mail: u32,
    /// Passwords and codes tried on one account.
    pub account: u32,
    /// Mails to one account.
    pub letters: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { token: 1_800, verify: 60, mail: 60, account: 20, letters: 6 }
    }
}
