//! The command line, as types. The help texts here are the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

mod account;
mod billing;
mod library;
mod making;
mod serving;
pub use account::{Account, Credits, History, Proving, SignIn};
pub use billing::{Billing, BillingCommand};
pub use library::{Export, Import, Library};
pub use making::{Generate, Models, Partner, Scan};
pub use serving::{Admin, Books, Key, Request, Serve, Verify, Who};

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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
