//! From the options every command understands to the profile that is opened.

use std::io::IsTerminal;

use allxone_app::{Options, SecretStoreKind};

use crate::args::{Place, SecretStore};

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
