//! The use cases: compose, check, submit, follow, keep, resume, look back.
//!
//! Cut here because every host (command line, window, browser tests) must do the same things in the same order, and none of the parts below
//! (gate, client, library, door) may know of the others' order. The studio knows no transport and no screen.

#[macro_use]
mod list;

pub mod accounts;
mod archive;
pub mod billing;
pub mod commands;
mod consents;
mod copies;
mod counting;
mod credits;
mod draft;
mod error;
mod event;
mod explain;
mod file_name;
mod given;
mod heard;
mod history;
mod host;
mod ledger;
mod line;
mod look_back;
mod models;
mod out_of_reach;
pub mod rights;
mod safety_card;
pub mod session;
mod settings;
mod spending;
mod studio;
mod submit;
mod turns;

pub use archive::Leaving;
pub use consents::{ConsentChoice, ConsentText, TrainingMark};
pub use copies::Copy;
pub use counting::Counted;
pub use draft::{Check, Draft, QueueEntry, Sending, Staged};
pub use error::{Code, StudioError};
pub use event::{Finished, Kept, Outcome, StudioEvent};
pub use explain::{Explained, Figure, Measure, Subject, Tried, TriedFrom};
pub use history::{HistoryChoice, HistorySeen};
pub use host::{Answer, Host};
pub use ledger::LibraryLedger;
pub use rights::{AccountDeletion, DeletionSeen, ServicePart, TermsAccepted, TextRead};
pub use safety_card::{FamilyRate, KindRate, LanguageRate, Rate, SafetyCard};
pub use session::Session;
pub use settings::{Appearance, Motion, Notify, Prompts, SavedPrompt, Settings};
pub use spending::Spent;
pub use studio::{Parts, Studio};
pub use turns::{QueueMove, QueueRetry};

pub use allxone_account as account;
pub use allxone_client::{ClientError, ServiceClient};
pub use allxone_contract as contract;
pub use allxone_egress as egress;
pub use allxone_library as library;
pub use allxone_media as media;
pub use allxone_safety as safety;

/// Every type the command list names, so that whoever expands [`with_commands!`] can import them in one line.
pub mod wire {
    pub use crate::accounts::{
        AccountsSeen, BrowserSignIn, CodeSignIn, CodeWanted, DeviceOf, EmailCode, NewAccount, NewPassword,
        PasswordSignIn, ProfileChange, Proving, SignInAt, SignOut, SignedOutNow,
    };
    pub use crate::billing::{BillingSeen, Bought, Buying, OrderOf, PageOpened};
    pub use crate::commands::{Annotated, Connections, Favourite, Listing, Lock, Wanted};
    pub use crate::rights::{AccountDeletion, DeletionSeen, TermsAccepted};
    pub use crate::session::{
        ArchivedAll, Brought, ExportAsked, ImportAsked, KeepIn, Licence, Place, PlaceKind, Repaired,
        SaveCopies, Saved, ServerAddress, ServerFound, Session, WipeAsked, WipePreview, WipeReceipt,
    };
    pub use crate::{Check, Draft, Prompts, QueueEntry, QueueMove, QueueRetry, Sending, Settings, Staged};
    pub use crate::{
        ConsentChoice, ConsentText, Explained, HistoryChoice, HistorySeen, SafetyCard, Spent, TrainingMark,
        Tried, TriedFrom,
    };
    pub use allxone_account::{AccountKey, Begun, Device, FlowNumber, FlowState, Profile, SignedUp, Ways};
    pub use allxone_contract::{
        About, CreditCap, CreditEntryList, Credits, DeletionId, ModelCard, Order, Plan, Policy, Sha256,
        Subscription,
    };
    pub use allxone_library::{
        ConsentRecord, Consented, Decision, EgressEntry, EgressFilter, EgressTotal, Family, Glance, Imported,
        Index, Item, ItemId, KeptFor, Page, QueueId, Report, Usage,
    };
}
