//! The Door against a real socket: what it lets out, what it takes in, and what it writes down.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod answers;
mod far_end;
mod ledger;
mod lock;
mod manners;
mod notebook;
mod secrets;
mod tls;
