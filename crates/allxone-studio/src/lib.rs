//! The use cases: compose, check, submit, follow, keep, resume, look back.
//!
//! Cut here because every host (command line, window, browser tests) must do the same things in the same order, and none of the parts below
//! (gate, client, library, door) may know of the others' order. The studio knows no transport and no screen.

pub mod commands;
mod draft;
mod error;
mod event;
mod ledger;
mod line;
mod studio;

pub use draft::{Check, Draft, Staged};
pub use error::{Code, StudioError};
pub use event::{Finished, Kept, StudioEvent};
pub use ledger::LibraryLedger;
pub use studio::{Parts, Studio};

pub use allxone_client::ServiceClient;
pub use allxone_contract as contract;
pub use allxone_egress as egress;
pub use allxone_library as library;
pub use allxone_media as media;
pub use allxone_safety as safety;
