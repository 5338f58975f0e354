//! A person's accounts at their servers: signing in, staying signed in, seeing and correcting the profile, signing out.
//!
//! Cut here because tokens are dangerous: nothing above this crate ever holds one. What a screen sees is an [`AccountView`]; what the line
//! to a service gets is a [`TokenSource`](allxone_egress::TokenSource) it can ask and nothing else. The dialect is that of Supabase Auth,
//! so one path serves a hosted project, a self-hosted one and this computer.
//!
//! How a sign-in goes: [`Accounts::begin`] opens a listener on this computer and makes an address for the browser ([`flow`]); the browser
//! comes back with a code ([`listener`]); the code and a proof that only this process has are exchanged for tokens ([`dialect`]); they are
//! sealed ([`place`]) and kept alive ([`session`]).

mod accounts;
mod dialect;
mod error;
mod fault;
mod flow;
mod listener;
mod page;
mod place;
mod profile;
mod register;
mod secret;
mod server;
mod session;
mod sign_in;
mod upkeep;
mod view;

pub use accounts::{Accounts, AccountsConfig, Now};
pub use dialect::{Patience, Ways};
pub use error::AccountError;
pub use fault::{Fault, FaultCode};
pub use flow::{Begun, FlowNumber, FlowState, LIFETIME, MOST_PENDING};
pub use place::KeptSession;
pub use profile::{Correction, Device, Linked, Profile};
pub use secret::Secret;
pub use server::{AccountKey, AuthServer};
pub use session::{Scope, Session};
pub use sign_in::SignedUp;
pub use view::{AccountView, Ended, Standing};
