//! `allxone billing`, as types.

use clap::{Args, Subcommand};

/// Buy credits.
#[derive(Debug, Args)]
#[command(after_help = "\
You pay on the page of the payment provider, in the browser; this program never sees a card. Set BROWSER to choose the browser; without it the
address is shown to be opened by hand. Credits are there once the provider has told the server that you paid.")]
pub struct Billing {
    /// Which account: the beginning of its key [default: the only one that is signed in]
    #[arg(long, global = true, value_name = "KEY")]
    pub account: Option<String>,
    /// As JSON, one line each
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do
    #[command(subcommand)]
    pub what: BillingCommand,
}

/// What to do about credits.
#[derive(Debug, Subcommand)]
pub enum BillingCommand {
    /// List what can be bought
    Plans,
    /// Order something and open the page to pay at
    Buy {
        /// The name of the plan; `allxone billing plans` lists them
        plan: String,
        /// Through whom [default: the first that takes it]
        #[arg(long, value_name = "NAME")]
        provider: Option<String>,
        /// Wait until it is paid, at most so many seconds
        #[arg(long, value_name = "SECONDS")]
        wait: Option<u32>,
        /// Only show the address
        #[arg(long)]
        no_browser: bool,
    },
    /// List the newest orders
    Orders,
    /// Show how the subscription stands
    Subscription {
        /// Cancel it: it ends when what is paid is over
        #[arg(long, conflicts_with = "change")]
        cancel: bool,
        /// Open the provider's page where it is changed
        #[arg(long)]
        change: bool,
    },
    /// List the receipts
    Receipts,
}
