//! The backend: accepts jobs over the contract's HTTP API, has them made by its partners, checks what goes in and what comes out, and keeps
//! it sealed until its owner has it.
//!
//! The same service runs inside the desktop ("This computer"), on its own, and as several nodes over one database and one bucket ([`Shared`]),
//! so it is cut as a library with one entry, [`start`], and knows nothing of who hosts it: folders, keys, clock, gate and partners are
//! handed in. It listens on loopback only.
//!
//! How a request travels: the guard (who and from where) → a route → the check → the store → the worker → a [`Partner`] → the check → the
//! store → whoever follows the job.

mod acceptance;
mod api;
mod backend;
mod bookkeeping;
mod clock;
pub mod columns;
mod config;
mod ending;
mod error;
mod figures;
mod files;
mod followers;
mod halt;
mod hearing;
mod keys;
mod lanes;
pub mod ledger;
mod local;
mod operator;
mod partner;
mod partners;
mod payments;
mod previews;
mod retention;
mod rights;
mod screening;
mod server;
mod shared;
mod store;
mod token;
mod upkeep;
mod worker;

pub use allxone_database::ServerAddress;
pub use allxone_egress::BucketPlace;
pub use allxone_engine::Engine;
pub use allxone_identity as identity;
pub use bookkeeping::{Gift, Given};
pub use clock::{Clock, SharedClock, SystemClock};
pub use config::{Accounts, Limits, Project, ServiceConfig, ServiceKeys};
pub use error::ServiceError;
pub use keys::KeyDesk;
pub use local::LocalModels;
pub use operator::OperatorConfig;
pub use partner::{Delivery, Hands, Input, Knock, Partner, PartnerError, PartnerRef, Preview, Work};
pub use partners::{PartnerKey, PartnerKind, PartnerSetup, Partnership};
pub use payments::{Payments, PaymentsError};
pub use rights::{PersonRequest, RequestDesk, RequestKind, RequestState};
pub use server::{RunningService, receipt_book, start, start_with};
pub use shared::{Shared, SharedSecrets};
pub use store::{BookFault, ReceiptBook};
pub use token::AccessToken;
