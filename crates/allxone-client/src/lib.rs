//! The client's end of the one HTTP contract, the same for the service inside this program, one's own server and the hosted one.
//!
//! Cut here between the use cases, which think in jobs and pictures, and the Door, which thinks in requests: this crate knows the
//! routes, what may be tried again, how a broken event stream is resumed, and that nothing is believed before it is checked.

mod billing;
mod client;
mod error;
mod follow;
mod history;
mod pacing;
mod reading;
mod receipt;
mod retry;
mod rights;
mod signature;
mod sse;

pub use client::ServiceClient;
pub use error::ClientError;
pub use pacing::{Pacing, SystemPacing};
pub use retry::Patience;
