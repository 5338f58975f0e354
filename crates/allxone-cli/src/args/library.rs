//! What is kept, taken out and brought in, as types.

use std::path::PathBuf;

use clap::{Args, Subcommand};

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
