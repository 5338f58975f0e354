//! What people do with the program, through the real stack: program, service, engine, gate, library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod abuse;
mod edit;
mod find;
mod first_picture;
mod gate;
mod given;
mod history;
mod leaving;
mod line;
mod mending;
mod offline;
mod partners;
mod raw;
mod rights;
mod secrets;
mod sharing;
mod types;
