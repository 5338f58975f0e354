//! The service from outside: over its socket, with the real gate, and with a partner that makes pictures at once or waits to be told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod book;
mod consents;
mod credits;
mod door;
mod elsewhere;
mod followed;
mod following;
mod http;
mod jobs;
mod limits;
mod local;
mod logs;
#[cfg(target_os = "linux")]
mod nodes;
mod openai;
mod partner;
mod payments;
mod privacy;
mod restart;
mod rig;
mod rights;
mod rules;
mod screening;
