//! The client against a real socket: routes, refusals, retries, event streams and broken connections of every kind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../../allxone-egress/tests/door/far_end.rs"]
mod far_end;

mod content;
mod faults;
mod follow;
mod refusals;
mod results;
mod retries;
mod routes;
mod samples;
mod stage;
