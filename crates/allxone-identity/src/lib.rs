//! Accounts and sign-in, in the dialect of Supabase Auth: a router to be mounted at [`BASE`].
//!
//! Cut here so that one sign-in path in the program serves a hosted project, a self-hosted one and this computer. What differs from the
//! hosted dialect is stricter, never looser: PKCE with S256 is required, tokens never stand in an address, a refused return address is an
//! error and not a silent detour, one-time codes end after five wrong tries. `docs/adr/0013-accounts-speak-the-supabase-dialect.md` says
//! why.
//!
//! How a request travels: the guard (who asks, from where, how often) → a route → the store → an answer in the shape that the asker's
//! version expects.

mod answer;
mod api;
mod browser;
mod claims;
pub mod columns;
mod config;
mod error;
mod fault;
mod guard;
mod identity;
mod keyset;
mod language;
mod limit;
mod mail;
mod outside;
mod pages;
mod password;
mod redirect;
mod refresh;
mod rights;
mod rotation;
mod secrets;
mod signing;
mod store;
mod supabase;
mod upstream;
mod user;

pub use claims::{Claims, Role};
pub use config::{IdentityConfig, Rates, Rules};
pub use error::IdentityError;
pub use identity::{Identity, Verified};
pub use mail::{Delivered, Letter, MailSecurity, ServiceLetter, Smtp};
pub use outside::{Outside, OutsideError, SecretPlace};
pub use rights::{Corrected, Correction, ExportedTable};
pub use secrets::SecretText;
pub use supabase::{Supabase, SupabaseConfig, SupabaseError};
pub use upstream::{ClientSecret, Provider, ProviderKind};

/// Where the router is mounted.
pub const BASE: &str = "/auth/v1";

/// Told of each letter that is written.
pub type OnLetter = std::sync::Arc<dyn Fn(&Letter) + Send + Sync>;

/// Tells the time; injected so that what expires can be tested without waiting.
pub type Now = std::sync::Arc<dyn Fn() -> allxone_contract::UtcMillis + Send + Sync>;
