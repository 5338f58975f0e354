//! What a screen may know of an account: no token, no code, nothing that opens anything.

use allxone_contract::UtcMillis;
use serde::{Deserialize, Serialize};

use crate::place::KeptSession;
use crate::profile::{Device, Profile};
use crate::server::AccountKey;

/// Why an account is signed out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The person signed out here.
    Here,
    /// Another program on this computer signed out.
    ElsewhereHere,
    /// The server ended it: signed out from another device, or run out.
    ByServer,
    /// The server saw the tokens used from a copy.
    Copied,
    /// The account is closed or gone.
    Closed,
    /// The key of what was kept is gone or does not fit.
    KeyLost,
    /// It was kept in memory only, and the program ended.
    NotKept,
}

impl Ended {
    /// The reason in a plain sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Here => "You signed out. Pictures on this computer are still here.",
            Self::ElsewhereHere => {
                "Another AllXOne program on this computer signed this account out. Sign in again."
            }
            Self::ByServer => {
                "The server ended this sign-in, or it was ended from another device. Pictures on this computer are still here. Sign in again."
            }
            Self::Copied => {
                "The server saw this sign-in used from a copy and ended it. If that was not you, sign out everywhere and change the password."
            }
            Self::Closed => {
                "This account is closed or does not exist any more. Pictures on this computer are still here."
            }
            Self::KeyLost => {
                "The key that protected this sign-in is gone from the keyring, so you were signed out. Pictures on this computer are still here. Sign in again."
            }
            Self::NotKept => "This sign-in was not kept on this computer. Sign in again.",
        }
    }
}

/// How an account stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// Signed in.
    SignedIn,
    /// Signed in; the server could not be asked the last time it was tried.
    Unreached,
    /// What is kept cannot be read yet: the keyring is locked or does not answer.
    KeyringWaits,
    /// Signed out.
    SignedOut {
        /// Why.
        because: Ended,
    },
}

/// An account on this computer.
#[derive(Clone, PartialEq, Serialize, ts_rs::TS)]
pub struct AccountView {
    /// Which one.
    pub key: AccountKey,
    /// The service it makes pictures with.
    pub server: String,
    /// Host and port of that service.
    pub host: String,
    /// How to tell it from others while it is signed out: a shortened e-mail address.
    pub label: String,
    /// How it stands.
    pub standing: Standing,
    /// Where the sign-in is kept.
    pub kept: KeptSession,
    /// What the server last said of the person.
    pub profile: Option<Profile>,
    /// When the present access token ends.
    pub fresh_until: Option<UtcMillis>,
    /// How far this computer's clock is off, in seconds, where that is more than two minutes.
    pub clock_off: Option<i64>,
    /// Devices that were signed in since this one last looked.
    pub new_devices: Vec<Device>,
    /// Whether its library is the open one.
    pub open: bool,
    /// Whether a library of it lies on this computer.
    pub library: bool,
}

impl std::fmt::Debug for AccountView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountView")
            .field("key", &self.key)
            .field("standing", &self.standing)
            .finish_non_exhaustive()
    }
}
