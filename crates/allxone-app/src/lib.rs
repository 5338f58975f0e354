//! Opens a profile, for every host: folders, lock, vault, library, door, the service of this computer, studio, in that order.
//!
//! Cut here so that the command line, the window and the browser tests start the same product the same way, and none of them can skip a step.

mod accounts;
mod admin;
#[cfg(feature = "clipboard")]
mod clipboard;
mod decoding;
pub mod deletion;
mod desk;
pub mod display;
mod doctor;
mod error;
mod folders;
mod help;
mod keys;
mod log;
mod own_keys;
mod profile;
mod reader;
mod repair;
mod serve;
pub mod service_part;
mod verify;
pub mod wipe;

pub use accounts::{accounts, hosted, library_of, server, service_of, take_off};
pub use admin::{
    Act, Office, answer_request, check_books, give_credits, keys as personal_keys, make_key, requests,
    revoke_key,
};
pub use allxone_inference::silence_runtime;
pub use allxone_service::{
    Accounts, BookFault, Gift, Given, PersonRequest, Project, RequestKind, RequestState, SharedSecrets,
    identity,
};
pub use allxone_studio as studio;
pub use allxone_vault::SecretStoreKind;
#[cfg(feature = "clipboard")]
pub use clipboard::SystemClipboard;
pub use decoding::{decoder, decoder_role};
pub use desk::{Clipboard, Desk, Native, NotShown, Notices, Shown, Start, Word, browser_of_environment};
pub use doctor::{Advice, Standing, doctor};
pub use error::AppError;
pub use folders::{Folders, Options};
pub use help::HelpPage;
pub use own_keys::{
    OwnPartner, PartnerPlace, add_partner, has_own_partners, own_partners, partner_wants_key, remove_partner,
};
pub use profile::{Keeping, Line, Profile};
pub use reader::{library_folder, reader};
pub use repair::repair;
pub use serve::{Served, Serving, serve};
pub use verify::{Verified, verify};

use allxone_inference::{Inference, ModelPaths};
use allxone_studio::safety::Gate;

/// The gate alone, for checks that touch no library. Nothing is loaded before its first use.
///
/// # Errors
/// When the folder with the models cannot be found.
pub fn gate(options: &Options) -> Result<Gate, AppError> {
    Ok(Gate::new(Inference::new(ModelPaths::under(&folders::models(options)?))))
}

/// The system's language, such as `de-DE`; `None` where it names none.
pub fn language() -> Option<String> {
    sys_locale::get_locale().filter(|name| !matches!(name.as_str(), "" | "C" | "POSIX"))
}
