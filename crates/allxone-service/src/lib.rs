//! draft
#![allow(dead_code, unused_imports)]
mod clock;
pub mod columns;
mod config;
mod error;
mod files;
mod store;
mod token;

pub use clock::{Clock, SharedClock, SystemClock};
pub use config::{Limits, ServiceConfig, ServiceKeys};
pub use error::ServiceError;
pub use token::AccessToken;
