//! Accounts against a server that behaves, misbehaves and counts, and against whoever else knocks at the listener.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod attacks;
mod far_end;
mod hosted;
mod keeping;
#[cfg(target_os = "linux")]
mod processes;
mod renewals;
mod setting;
mod ways_in;
