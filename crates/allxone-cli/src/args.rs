//! The command line, as types. The help texts here are the manual.

use std::path::PathBuf;

use allxone_app::studio::contract::MilliCredits;
use clap::{Args, Parser, Subcommand, ValueEnum};

mod billing;
pub use billing::{Billing, BillingCommand};

/// Make pictures on this computer, checked before and after, kept encrypted.
#[derive(Debug, Parser)]
#[command(
    name = "allxone",
    version,
    about = "Make pictures on this computer, checked before and after, kept in an encrypted library.",
    after_help = "\
Examples:
  allxone generate \"a fox in a snowy forest at night\" -o fox.png --seed 7
  allxone generate -o painted.png --model local/style-26 --style mosaic --input photo.jpg
  allxone generate -o large.png --model local/upscale --factor 4 --input small.png
  allxone scan holiday/*.jpg --json
  allxone library search fox

Exit codes: 0 done · 1 failed · 2 wrong usage · 3 stopped by the safety check, or it wants your confirmation
            4 safety check not available · 5 library in use by another program · 130 interrupted",
    propagate_version = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Where everything is kept.
    #[command(flatten)]
    pub place: Place,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options every command understands.
#[derive(Debug, Args)]
pub struct Place {
    /// Folder that holds the library, its keys and the service of this computer [default: the usual place for application data]
    #[arg(long, global = true, value_name = "FOLDER", env = "ALLXONE_DATA_DIR")]
    pub data_dir: Option<PathBuf>,

    /// Where the key of the library is kept [default: what the folder already uses, else the system's keyring]
    #[arg(long, global = true, value_enum, value_name = "WHERE", env = "ALLXONE_SECRET_STORE")]
    pub secret_store: Option<SecretStore>,

    /// Folder with the models [default: beside the program]
    #[arg(long, global = true, value_name = "FOLDER", env = "ALLXONE_MODELS_DIR")]
    pub models_dir: Option<PathBuf>,

    /// Refuse every connection to anywhere but this computer's own service
    #[arg(long, global = true)]
    pub offline: bool,
}

/// Where the key of the library is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SecretStore {
    /// The system's keyring
    Keyring,
    /// Nowhere: you type a passphrase each time (or set ALLXONE_PASSPHRASE)
    Passphrase,
    /// A file beside the library. Unprotected: whoever can read the folder can read the pictures
    File,
    /// Nowhere: the key is forgotten when the program ends, so nothing is kept
    Memory,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files or prompts on this computer, without sending or keeping anything
    Scan(Scan),
    /// Make a picture
    Generate(Generate),
    /// List the models and styles of this computer
    Models(Models),
    /// Look into the library
    #[command(subcommand)]
    Library(Library),
    /// Write everything that is kept here into one archive, offline
    Export(Export),
    /// Read an archive of `allxone export` back into an empty library
    Import(Import),
    /// Show every connection that was made: when, to whom, why, how many bytes
    Egress(Egress),
    /// Sign in at a server, see who is signed in where, sign out
    #[command(subcommand)]
    Account(Account),
    /// Use models elsewhere with keys of your own
    #[command(subcommand)]
    Partner(Partner),
    /// Show what an account has at its server, and what it was spent on
    Credits(Credits),
    /// Buy credits, see orders, subscription and receipts
    Billing(Billing),
    /// Run the generation service on this computer for other programs
    Serve(Serve),
    /// Look whether everything is in order, and say what to do where it is not
    Doctor(Doctor),
    /// Look whether receipts and kept pictures are what was written down
    Verify(Verify),
    /// Run a service for others: answer people who ask for their rights without the program
    #[command(subcommand)]
    Admin(Admin),
}

/// Check files or prompts.
#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("what").required(true).args(["files", "prompt", "prompts_from"])),
    after_help = "\
With --json one line per input, in order:
  {\"input\": …, \"verdict\": \"allow|review|block\", \"reasons\": […], \"scores\": {…}, \"cpu_ms\": …}

The picture check looks for sexual content only, and no filter catches everything.
Exit code 3 when anything is blocked or needs a look."
)]
pub struct Scan {
    /// Pictures: PNG, JPEG, WebP or GIF
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A prompt
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// A text file with one prompt on each line (`-` for standard input)
    #[arg(long, value_name = "FILE")]
    pub prompts_from: Option<PathBuf>,
    /// Also tell the scores, the limits they were held against, and what judged; with --json instead of the plain answer
    #[arg(long)]
    pub explain: bool,
    /// One JSON line per input
    #[arg(long)]
    pub json: bool,
}

/// Make a picture.
#[derive(Debug, Args)]
#[command(after_help = "\
Models on this computer:
  local/scene      a picture from a prompt, arranged from 3-D drawings
  local/style-26   a photo or picture in another style (--input, --style, --strength)
  local/upscale    a picture 2 or 4 times larger (--input, --factor)
  local/cutout     the subject without its background (--input)

The same prompt, size and seed make the same picture, byte for byte, on the same computer.
Without a key store the picture is written to FILE and nothing is kept in a library.")]
pub struct Generate {
    /// What the picture should show
    #[arg(value_name = "PROMPT", default_value = "")]
    pub prompt: String,
    /// Where to write the picture; with --count above 1, numbered: picture-1.png, picture-2.png …
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Which model makes it [default: local/scene, or what --style, --factor or --input imply]
    #[arg(long)]
    pub model: Option<String>,
    /// Where the randomness starts, 0 to 18446744073709551615 [default: random, and shown]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Size in pixels, WIDTHxHEIGHT
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u32, u32)>,
    /// How many pictures
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub count: u8,
    /// A style; `allxone models` lists them
    #[arg(long)]
    pub style: Option<String>,
    /// How much the style counts, in per cent
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub strength: Option<u8>,
    /// How many times larger each side becomes
    #[arg(long)]
    pub factor: Option<u8>,
    /// A picture to work on
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// The most it may cost, in credits; models of this computer are free
    #[arg(long, value_name = "CREDITS", default_value_t = 0)]
    pub max_cost: u32,
    /// Go on where the safety check asks for a confirmation. Never lifts a block
    #[arg(long)]
    pub confirm_review: bool,
    /// The result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Own keys at providers of models. They are kept sealed in the data folder, and used by the service of this computer alone.
#[derive(Debug, Subcommand)]
pub enum Partner {
    /// Keep a key; it is asked for, or read from standard input
    Add {
        /// openai, fal, stability, a1111 or comfyui
        partner: String,
        /// Where it is reached, when that is not the usual address
        #[arg(long, value_name = "URL")]
        address: Option<String>,
        /// The checkpoint ComfyUI works with, as it calls it; the first on its machine otherwise
        #[arg(long, value_name = "NAME")]
        checkpoint: Option<String>,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the providers a key is kept for
    List {
        /// One line of JSON for each
        #[arg(long)]
        json: bool,
    },
    /// Forget a key
    Remove {
        /// openai, fal, stability, a1111 or comfyui
        partner: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
}

/// List models and styles.
#[derive(Debug, Args)]
pub struct Models {
    /// One JSON line per model
    #[arg(long)]
    pub json: bool,
}

/// Look into the library.
#[derive(Debug, Subcommand)]
pub enum Library {
    /// List pictures, newest first
    List {
        /// Only favourites
        #[arg(long)]
        favourites: bool,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// One JSON line per picture
        #[arg(long)]
        json: bool,
    },
    /// Find pictures by the words of their prompts
    Search {
        /// The words
        #[arg(required = true)]
        words: Vec<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// One JSON line per picture
        #[arg(long)]
        json: bool,
    },
    /// Show all that is known of a picture
    Show {
        /// Its id, or the beginning of it
        id: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a picture (and, with --record, all that is known of it) to a file
    Export {
        /// Its id, or the beginning of it
        id: String,
        /// Where to write it
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        /// Also write FILE.json with prompt, settings and receipts
        #[arg(long)]
        record: bool,
    },
    /// Mark a picture as a favourite
    Favourite {
        /// Its id, or the beginning of it
        id: String,
        /// Take the mark away
        #[arg(long)]
        undo: bool,
    },
    /// Delete pictures. They wait in the trash and can be restored; --now erases at once
    Delete {
        /// Ids, or their beginnings
        #[arg(required = true)]
        ids: Vec<String>,
        /// Erase at once; this cannot be undone
        #[arg(long, conflicts_with = "undo")]
        now: bool,
        /// Take pictures back out of the trash
        #[arg(long)]
        undo: bool,
    },
}

/// Write everything into an archive.
#[derive(Debug, Args)]
#[command(after_help = "\
The archive is a ZIP file any program opens: your pictures byte for byte, and everything known of them as JSON and as a table, with a list
of all files and their SHA-256. Nothing in it is encrypted. It works without a network and without an account, also while the window is open.")]
pub struct Export {
    /// The file to write, for example everything.zip
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Begin a further file when one would become larger than this many megabytes
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..))]
    pub split: Option<u64>,
    /// Language of the texts in it, such as `de` [default: the system's]
    #[arg(long, value_name = "LANGUAGE")]
    pub language: Option<String>,
    /// The result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Read an archive into an empty library.
#[derive(Debug, Args)]
#[command(after_help = "\
Every picture passes the safety check again. An import that broke off is taken up by repeating it. Consents are read as history: nothing is
allowed by an archive.")]
pub struct Import {
    /// The archive; its further files, if it has any, lie beside it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Also take pictures for which the safety check asks for a confirmation. Never lifts a block
    #[arg(long)]
    pub confirm_review: bool,
    /// The result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Show connections.
#[derive(Debug, Args)]
pub struct Egress {
    /// How many rows
    #[arg(long, default_value_t = 100)]
    pub limit: u32,
    /// One JSON line per connection
    #[arg(long)]
    pub json: bool,
}

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

/// Look whether everything is in order.
#[derive(Debug, Args)]
pub struct Doctor {
    /// First replace broken model files by sound copies from what is installed on this computer
    #[arg(long)]
    pub repair: bool,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text
        .split_once(['x', 'X', '×'])
        .and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
    sides.ok_or_else(|| "write it as WIDTHxHEIGHT, for example 1024x768".to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("1024x768"), Ok((1024, 768)));
        assert_eq!(size("64 × 64"), Ok((64, 64)));
        assert!(size("1024").is_err());
        assert!(size("x").is_err());
    }
}
