//! What passes between a screen and a person's accounts. No token is in any of it; passwords and codes go one way, inwards.

use allxone_account::{AccountKey, AccountView, Correction, Scope};
use serde::{Deserialize, Serialize};

use crate::rights::DeletionSeen;

/// The accounts on this computer.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct AccountsSeen {
    /// All of them, the signed-out ones too.
    pub accounts: Vec<AccountView>,
    /// Host and port of the service this build knows by itself; `None` where a person names their own.
    pub hosted: Option<String>,
    /// Whether what is kept of them has been looked at; until then some may still turn out to be signed in.
    pub looked: bool,
    /// Receipts of accounts that were deleted, or are being deleted, newest first.
    pub deletions: Vec<DeletionSeen>,
}

/// Where to sign in.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct SignInAt {
    /// The service's address; `None` for the one this build knows by itself.
    #[serde(default)]
    pub server: Option<String>,
}

/// A sign-in in the browser.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct BrowserSignIn {
    /// Where.
    pub at: SignInAt,
    /// Which way, one of those offered.
    pub provider: String,
    /// Whether the browser is opened at once; if not, the address is copied.
    pub open: bool,
}

/// A sign-in with a password.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct PasswordSignIn {
    /// Where.
    pub at: SignInAt,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

/// What a letter with a code is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum CodeFor {
    /// Signing in.
    SignIn,
    /// Signing in, with a new account where there is none.
    SignUp,
    /// A forgotten password.
    Recovery,
}

/// A letter with a code that is wanted.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct CodeWanted {
    /// Where.
    pub at: SignInAt,
    /// To which address.
    pub email: String,
    /// What for.
    pub purpose: CodeFor,
}

/// A code from a letter.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct CodeSignIn {
    /// Where.
    pub at: SignInAt,
    /// To which address it was sent.
    pub email: String,
    /// What it was sent for.
    pub purpose: CodeFor,
    /// The code.
    pub code: String,
}

/// A new account.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct NewAccount {
    /// Where.
    pub at: SignInAt,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
    /// The name to be shown; may be empty.
    pub name: String,
}

/// A change of the profile.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct ProfileChange {
    /// Whose.
    pub account: AccountKey,
    /// What.
    pub change: Correction,
}

/// The code that was sent to a new e-mail address.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct EmailCode {
    /// Whose.
    pub account: AccountKey,
    /// The new address.
    pub email: String,
    /// The code.
    pub code: String,
}

/// A new password.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct NewPassword {
    /// Whose.
    pub account: AccountKey,
    /// The password.
    pub password: String,
    /// The code that proves who asks, where the server wants one.
    #[serde(default)]
    pub proof: Option<String>,
}

/// How a person proves that it is them.
#[derive(Clone, Deserialize, ts_rs::TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Proof {
    /// Their password.
    Password {
        /// It.
        password: String,
    },
    /// A code from a letter.
    Code {
        /// It.
        code: String,
    },
}

/// A person proves that it is them.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct Proving {
    /// Whose account.
    pub account: AccountKey,
    /// How.
    pub proof: Proof,
}

/// One device of an account.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct DeviceOf {
    /// Whose.
    pub account: AccountKey,
    /// Its session.
    pub device: String,
}

/// What becomes of the account's library on this computer.
#[derive(Clone, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LibraryAfter {
    /// It stays as it is and can be opened without signing in.
    Keep,
    /// It stays, and opens with this passphrase alone.
    Lock {
        /// The passphrase.
        passphrase: String,
    },
    /// It is erased from this computer: first its key, then its files.
    Remove,
}

/// Signing out.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct SignOut {
    /// Whom.
    pub account: AccountKey,
    /// Where.
    pub scope: Scope,
    /// What becomes of the library; nothing with [`Scope::Others`].
    pub library: LibraryAfter,
}

/// What came of signing out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct SignedOutNow {
    /// Whether the server was told. If not, other devices may still be signed in.
    pub told: bool,
}
