//! `allxone account` and `allxone credits`, as types.

use std::path::PathBuf;

use allxone_app::studio::contract::MilliCredits;
use clap::{Args, Subcommand};

/// Sign in, look, sign out.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// List the accounts on this computer
    List {
        /// One JSON line per account
        #[arg(long)]
        json: bool,
    },
    /// Sign in through the browser, or with an e-mail address
    SignIn(SignIn),
    /// Show what the server knows of you
    Profile {
        /// Which account: the beginning of its key [default: the only one that is signed in]
        #[arg(long, value_name = "KEY")]
        account: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the devices the account is signed in on
    Devices {
        /// Which account: the beginning of its key [default: the only one that is signed in]
        #[arg(long, value_name = "KEY")]
        account: Option<String>,
        /// One JSON line per device
        #[arg(long)]
        json: bool,
    },
    /// Show or bring what the account made on other devices
    History(History),
    /// Sign out on this device. The library of the account stays
    SignOut {
        /// Which account: the beginning of its key [default: the only one that is signed in]
        #[arg(long, value_name = "KEY")]
        account: Option<String>,
        /// Sign out all other devices instead
        #[arg(long, conflicts_with = "everywhere")]
        others: bool,
        /// Sign out every device
        #[arg(long)]
        everywhere: bool,
    },
    /// Write what the account's service holds of you to a ZIP file, checked against its hash and the service's signature
    Export {
        #[command(flatten)]
        proving: Proving,
        /// The file to write
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Have the account deleted at its service, in seven days or now
    Delete {
        #[command(flatten)]
        proving: Proving,
        /// Delete it at once; without this it can be kept for seven days by signing in again and `allxone account retain`
        #[arg(long)]
        now: bool,
        /// Also erase the account's library from this computer, its key first
        #[arg(long)]
        erase_library: bool,
        /// Do not ask for a confirmation
        #[arg(long)]
        yes: bool,
    },
    /// Keep an account that was to be deleted
    Retain {
        /// Which account: the beginning of its key [default: the only one that is signed in]
        #[arg(long, value_name = "KEY")]
        account: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// List the receipts of accounts that were deleted or are being deleted, after asking how far that is
    Deletions {
        /// One JSON line per receipt
        #[arg(long)]
        json: bool,
    },
}

/// What the account made on other devices.
#[derive(Debug, Args)]
#[command(after_help = "\
Pictures come into the account's library on this computer, checked here, and are there without a network from then on. Nothing is asked
of the server before --allow. What is erased for good on one device goes into the trash of the others.")]
pub struct History {
    /// Which account: the beginning of its key [default: the only one that is signed in]
    #[arg(long, value_name = "KEY")]
    pub account: Option<String>,
    /// Allow it to come to this device, from now on
    #[arg(long, conflicts_with = "stop")]
    pub allow: bool,
    /// No longer allow it. What was brought stays
    #[arg(long)]
    pub stop: bool,
    /// Bring what is new now
    #[arg(long, conflicts_with = "stop")]
    pub bring: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Whose account, and how to prove that it is yours.
#[derive(Debug, Args)]
pub struct Proving {
    /// Which account: the beginning of its key [default: the only one that is signed in]
    #[arg(long, value_name = "KEY")]
    pub account: Option<String>,
    /// Prove that it is you with a code sent to the account's e-mail address instead of the password. Either is asked for on the terminal or
    /// read from standard input, and only where the sign-in is older than five minutes
    #[arg(long)]
    pub code: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

impl Account {
    /// Whether what goes wrong is to be told as JSON.
    pub fn json(&self) -> bool {
        match self {
            Self::List { json }
            | Self::Profile { json, .. }
            | Self::Devices { json, .. }
            | Self::Retain { json, .. }
            | Self::Deletions { json } => *json,
            Self::SignIn(args) => args.json,
            Self::History(args) => args.json,
            Self::Export { proving, .. } | Self::Delete { proving, .. } => proving.json,
            Self::SignOut { .. } => false,
        }
    }
}

/// Show credits.
#[derive(Debug, Args)]
#[command(after_help = "\
Before a job begins, the most it can cost is held. When it ends, what it delivered is charged and the rest comes back; what failed, was stopped or was
blocked costs nothing.")]
pub struct Credits {
    /// Which account: the beginning of its key [default: the only one that is signed in]
    #[arg(long, value_name = "KEY")]
    pub account: Option<String>,
    /// First set the most that is spent in a calendar month (UTC)
    #[arg(long, value_name = "CREDITS", conflicts_with = "no_cap")]
    pub cap: Option<MilliCredits>,
    /// First lift that cap
    #[arg(long)]
    pub no_cap: bool,
    /// Also list every entry, newest first
    #[arg(long)]
    pub entries: bool,
    /// One JSON line for the balance, then one per entry
    #[arg(long)]
    pub json: bool,
}

/// Sign in.
#[derive(Debug, Args)]
#[command(after_help = "\
Without --email the browser opens the server's sign-in page; this program never sees the password typed there. Set BROWSER to choose the
browser; without it the address is shown to be opened by hand.")]
pub struct SignIn {
    /// Address of the server [default: the hosted service, where this build knows one]
    #[arg(long, value_name = "ADDRESS")]
    pub server: Option<String>,
    /// Which way in the browser [default: the first the server offers]
    #[arg(long, value_name = "WAY", conflicts_with = "email")]
    pub provider: Option<String>,
    /// Sign in with an e-mail address and a password. Both are asked for on the terminal or read from standard input, a line each, so that no
    /// other user of this computer sees them among the arguments of programs
    #[arg(long)]
    pub email: bool,
    /// Have a code sent to the e-mail address instead of giving a password
    #[arg(long, requires = "email")]
    pub code: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
