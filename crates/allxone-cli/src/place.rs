//! From the options every command understands to the profile that is opened.

use std::io::IsTerminal;

use allxone_app::{Office, Options, SecretStoreKind};

use crate::args::{Place, SecretStore};
use crate::exit::Failure;
use crate::serve;

/// What to open.
pub fn options(place: &Place) -> Options {
    Options {
        data_dir: place.data_dir.clone(),
        models_dir: place.models_dir.clone(),
        secret_store: place.secret_store.map(|store| match store {
            SecretStore::Keyring => SecretStoreKind::Keyring,
            SecretStore::Passphrase => SecretStoreKind::Passphrase,
            SecretStore::File => SecretStoreKind::File,
            SecretStore::Memory => SecretStoreKind::Memory,
        }),
        passphrase: Some(Box::new(passphrase)),
        offline: place.offline,
        program: "allxone".to_owned(),
    }
}

/// The service whose desk is opened: the one in the folder, or one of several nodes, whose operator's file the environment names.
pub fn office(place: &Place) -> Result<Office, Failure> {
    let operator = std::env::var_os("ALLXONE_OPERATOR").map(Into::into);
    Ok(Office { options: options(place), operator, secrets: serve::shared_secrets()? })
}

/// The passphrase from the environment, else typed on the terminal; twice where it is a new one.
fn passphrase(new: bool) -> Option<String> {
    if let Ok(text) = std::env::var("ALLXONE_PASSPHRASE") {
        return Some(text);
    }
    if !std::io::stdin().is_terminal() {
        return None;
    }
    let first = rpassword::prompt_password("Passphrase of the library: ").ok()?;
    if new && rpassword::prompt_password("Once more, to be sure: ").ok()? != first {
        crate::screen::note("The two passphrases differ.");
        return None;
    }
    Some(first)
}
