//! The desktop's accounts against a server: one table of scenarios for whoever speaks the dialect, by its address alone.
//!
//! By default the server is our own, started here. With `ALLXONE_AUTH_BASE` it is any other of the dialect, and `ALLXONE_AUTH_PERSON` names
//! a program that plays the person there: `code ADDRESS` prints the newest code sent to an address, `browse LINK` signs in (or up) with
//! the e-mail address and password in its environment and prints the address the browser is led back to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod person;
mod program;
mod scan;
mod scenarios;
