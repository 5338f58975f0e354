//! What happens when things are cut short.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../gateway/mod.rs"]
mod gateway;
mod interrupt;
mod kill;
mod nodes;
mod sold;
