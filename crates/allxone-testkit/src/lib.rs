//! The far ends of our lines, played on loopback: for tests alone, never part of the product.
//!
//! Cut here so that a fake is written once, strictly, and is the same for every crate that talks to what it plays. Nothing here is
//! forgiving: what the real counterpart refuses is refused, and everything that was asked is kept to be looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bucket;
mod clock;
pub mod github;
pub mod hosted;
pub mod partners;
pub mod payments;
#[cfg(unix)]
pub mod postgres;
pub mod quick;
mod served;
pub mod smtp;
mod visit;

pub use bucket::Bucket;
pub use hosted::Hosted;
#[cfg(unix)]
pub use postgres::Postgres;
pub use visit::{Visited, visit, visit_with};
