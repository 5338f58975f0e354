//! What a screen needs from the machine around the studio: how the profile stands, where things are kept, dialogs, the clipboard.
//!
//! Cut here as a trait because the window and the browser tests do these things differently, while the screen must not know. Its methods
//! are the `host` half of the one command list.

use futures_util::future::BoxFuture;

use crate::accounts::{
    AccountsSeen, BrowserSignIn, CodeSignIn, CodeWanted, DeviceOf, EmailCode, NewAccount, NewPassword,
    PasswordSignIn, ProfileChange, Proving, SignInAt, SignOut, SignedOutNow,
};
use crate::billing::{BillingSeen, Bought, Buying, OrderOf, PageOpened};
use crate::rights::{AccountDeletion, DeletionSeen};
use crate::session::{
    ArchivedAll, Brought, ExportAsked, ImportAsked, KeepIn, Licence, Place, PlaceKind, Repaired, SaveCopies,
    Saved, ServerAddress, ServerFound, Session, WipeAsked, WipePreview, WipeReceipt,
};
use crate::settings::Settings;
use crate::{Explained, HistoryChoice, HistorySeen, Studio, StudioError, Tried, TriedFrom};
use allxone_account::{AccountKey, Begun, Device, FlowNumber, FlowState, Profile, SignedUp, Ways};
use allxone_contract::{About, DeletionId, Order, Subscription};
use allxone_library::{Imported, ItemId};

/// The answer of a host's command.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, StudioError>>;

macro_rules! host_trait {
    (studio {$($_name:ident($_request:ty) -> $_response:ty;)*} host {$($name:ident($request:ty) -> $response:ty;)*}) => {
        /// The machine around the studio.
        pub trait Host: Send + Sync {
            /// The studio that is open, waiting for it while it is being opened.
            fn studio(&self) -> Answer<'_, Studio>;

            $(#[doc = concat!("The command `", stringify!($name), "`.")]
            fn $name(&self, request: $request) -> Answer<'_, $response>;)*
        }
    };
}
with_commands!(host_trait);
