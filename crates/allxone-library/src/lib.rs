//! The local library: what a person made, kept encrypted on their computer and readable without a network.
//!
//! One database (SQLCipher) and one folder of sealed files, cut here as one crate because their
//! promises hold only together: a picture is acknowledged when file *and* row are on disk, and is gone
//! when file, row and search words are. All methods block; asynchronous callers use `spawn_blocking`.
//!
//! The save order is: sealed file under a temporary name, fsync, rename, fsync of the folder, database
//! commit (WAL, `synchronous=FULL`), acknowledge. What a crash leaves behind is swept at the next start
//! by whoever opens the library exclusively.

mod annotate;
mod archive;
mod blobs;
mod columns;
mod consents;
mod database;
mod decisions;
mod egress;
mod error;
mod export;
mod history;
mod id;
mod index;
mod item;
mod keep;
mod library;
mod list;
mod overdue;
mod queue;
mod remove;
mod schema;
mod screened;
mod search;
mod settings;
mod statistics;
mod sweep;

pub(crate) use schema::SCHEMA;

#[cfg(test)]
mod tests;

pub use annotate::Annotation;
pub use archive::{
    About, Admission, ArchiveProgress, Archived, CheckPicture, Import, Imported, KeptFor, Missing, RETENTION,
    Watch, retention,
};
pub use columns::{COLUMNS, Column, Form, Purge, Tag};
pub use consents::{ConsentRecord, Consented, NewConsent};
pub use decisions::{Decision, NewDecision};
pub use egress::{EgressEnd, EgressEntry, EgressFilter, EgressTotal, NewEgress};
pub use error::LibraryError;
pub use export::Exported;
pub use history::{HistoryFigures, HistoryState, Removal};
pub use id::{ItemId, ParseIdError, QueueId};
pub use index::{Family, Glance, Index};
pub use item::{Details, Item, Origin};
pub use keep::THUMBNAIL_SIDE;
pub use library::{Access, Clock, Library, LibraryKeys};
pub use list::{Cursor, Filter, Page, Usage};
pub use overdue::Overdue;
pub use queue::{NewQueued, QueueState, Queued, QueuedInput};
pub use screened::NewItem;
pub use statistics::{Report, Week};
pub use sweep::SweepReport;
