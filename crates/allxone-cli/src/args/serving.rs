//! What runs a service and looks after it, as types.

use std::path::PathBuf;

use allxone_app::studio::contract::MilliCredits;
use clap::{Args, Subcommand};

/// Run the service.
#[derive(Debug, Args)]
#[command(after_help = "\
The service listens on this computer only. Programs send the token as `Authorization: Bearer …`.
Set ALLXONE_SERVE_TOKEN (at least 32 characters) to choose the token yourself; otherwise a new one is made at every start.")]
pub struct Serve {
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:7437")]
    pub listen: std::net::SocketAddr,
    /// Keep accounts: people sign in at /auth/v1, each with their own jobs and pictures
    #[arg(long)]
    pub accounts: bool,
    /// Take no new accounts
    #[arg(long, requires = "accounts")]
    pub no_sign_up: bool,
    /// Count an e-mail address only once its code was given
    #[arg(long, requires = "accounts")]
    pub confirm_email: bool,
    /// A file that says who runs the service and with whose help; a service for others needs one (docs/API.md, "Who runs it"). It may name a
    /// database and a bucket that several nodes share (docs/OPERATIONS.md); what opens them comes from ALLXONE_DATABASE_PASSWORD,
    /// ALLXONE_OBJECTS_KEY_ID and ALLXONE_OBJECTS_SECRET, or from files named by the same variables with _FILE
    #[arg(long, value_name = "FILE", env = "ALLXONE_OPERATOR")]
    pub operator: Option<PathBuf>,
    /// The partners who make pictures elsewhere, with their keys (docs/PARTNERS.md); each also needs its entry in the operator's file
    #[arg(long, value_name = "FILE", requires = "operator", env = "ALLXONE_PARTNERS")]
    pub partners: Option<PathBuf>,
    /// The address people reach the service at, when another program stands in front of it
    #[arg(long, requires = "accounts", value_name = "URL")]
    pub address: Option<String>,
    /// Sign-in providers and mail server, as described in docs/ACCOUNTS.md
    #[arg(long, requires = "accounts", value_name = "FILE", env = "ALLXONE_ACCOUNTS_CONFIG")]
    pub accounts_config: Option<std::path::PathBuf>,
    /// The project of Supabase that keeps the accounts, instead of this service. Its publishable key comes from ALLXONE_SUPABASE_KEY; the
    /// secret of older tokens and the key for deleting accounts, where they are wanted, from ALLXONE_SUPABASE_JWT_SECRET and
    /// ALLXONE_SUPABASE_SERVICE_KEY, or from files named by the same variables with _FILE
    #[arg(long, value_name = "URL", conflicts_with = "accounts")]
    pub supabase: Option<String>,
    /// What is sold and through which payment providers, as described in docs/PAYMENTS.md
    #[arg(long, value_name = "FILE", env = "ALLXONE_PAYMENTS_CONFIG")]
    pub payments: Option<PathBuf>,
    /// Show figures about the work to Prometheus at this address of this computer, below /metrics
    #[arg(long, value_name = "ADDRESS")]
    pub metrics: Option<std::net::SocketAddr>,
    /// The first line of output as JSON: address and token
    #[arg(long)]
    pub json: bool,
}

/// Run a service for others.
#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Personal keys of the service's owner, for programs that ask it in OpenAI's words or its own
    #[command(subcommand)]
    Key(Key),
    /// What somebody asked for: to see, correct or erase what is kept of them
    #[command(subcommand)]
    Request(Request),
    /// The books of credits: give some, look whether they hold
    #[command(subcommand)]
    Credits(Books),
}

/// The books of credits. The service must not run meanwhile, unless it is one of several nodes (docs/OPERATIONS.md, "The desk").
#[derive(Debug, Subcommand)]
pub enum Books {
    /// Give credits to an account
    Grant {
        /// The e-mail address of an account of this service, or the id of any account
        account: String,
        /// How many, for example 100 or 2.5
        amount: MilliCredits,
        /// Why; the account's owner reads it
        #[arg(long)]
        reason: String,
        /// A name for this gift: given again under the same name, nothing is added
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// What is left of them goes after this many days
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..))]
        days: Option<u32>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Look whether every rule of the books holds; exit code 1 when one does not
    Check {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Personal keys. The service must not run meanwhile; one that runs makes them at `POST /api/v1/keys`.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key; it is shown this once
    Add {
        /// What to call it
        name: String,
        /// Let it look at models, jobs and results only
        #[arg(long)]
        read_only: bool,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the keys that hold
    List {
        /// One line of JSON for each
        #[arg(long)]
        json: bool,
    },
    /// Take a key back, at once
    Revoke {
        /// Its id, as `list` shows it
        id: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What somebody asked for. The service must not run meanwhile, unless it is one of several nodes (docs/OPERATIONS.md, "The desk").
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Make sure first that whoever writes is the person the account belongs to. Every request is kept with the day by which it has to be answered (a month)
and how it was; `--only-note` writes it down without carrying it out, and the same command without it answers it later.")]
pub enum Request {
    /// Write everything that is kept of a person to a ZIP file
    Access {
        #[command(flatten)]
        who: Who,
        /// Where to write it; give it to the person over a safe way, and erase it afterwards
        #[arg(short, long, value_name = "FILE", required_unless_present = "only_note")]
        output: Option<PathBuf>,
    },
    /// Correct a person's account; the change log says what was changed
    Correct {
        #[command(flatten)]
        who: Who,
        /// The right e-mail address
        #[arg(long, value_name = "ADDRESS")]
        new_email: Option<String>,
        /// The right name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Erase a person's account with everything that is kept of it, at once. This cannot be undone
    Erase {
        #[command(flatten)]
        who: Who,
    },
    /// List the requests, those that have to be answered first before the others
    List {
        /// One JSON line per request
        #[arg(long)]
        json: bool,
    },
}

/// Who asked.
#[derive(Debug, Args)]
pub struct Who {
    /// The e-mail address of the account
    #[arg(long, value_name = "ADDRESS")]
    pub email: String,
    /// Only write down that it was asked for
    #[arg(long)]
    pub only_note: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Look whether receipts are what was written down.
#[derive(Debug, Args)]
#[command(after_help = "\
Every prompt, input and result the service of this computer checked has a receipt, and every receipt a line in a book in which each line is bound to
all before it. Note the head down somewhere else: a later run with --head tells whether anything up to there was changed.")]
pub struct Verify {
    /// A head that was noted down before; it must still be in the book
    #[arg(long, value_name = "HASH")]
    pub head: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}
