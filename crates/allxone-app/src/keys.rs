//! From the way a person keeps the key to the keys each part needs.

use std::path::Path;

use allxone_library::LibraryKeys;
use allxone_service::ServiceKeys;
use allxone_vault::{KEYS_FILE, KeyPurpose, Opening, Passphrase, SecretStoreKind, Vault, VaultError};

use crate::{AppError, Options};

/// Opens the master key of `root` in the way `options` ask for.
pub fn open_vault(root: &Path, options: &mut Options) -> Result<Vault, AppError> {
    let opening = Opening { kind: options.secret_store, ..Opening::default() };
    let fresh = !root.join(KEYS_FILE).exists();
    let asked_for_passphrase = options.secret_store == Some(SecretStoreKind::Passphrase);
    if asked_for_passphrase && let Some(typed) = ask(options, fresh) {
        return Ok(Vault::open(root, Opening { passphrase: Some(typed), ..opening })?);
    }
    match Vault::open(root, opening) {
        Err(VaultError::PassphraseNeeded) if !asked_for_passphrase => {
            let passphrase = ask(options, false).ok_or(VaultError::PassphraseNeeded)?;
            Ok(Vault::open(root, Opening { passphrase: Some(passphrase), ..Opening::default() })?)
        }
        other => Ok(other?),
    }
}

fn ask(options: &mut Options, new: bool) -> Option<Passphrase> {
    options.passphrase.take().and_then(|ask| ask(new)).map(Passphrase::new)
}

/// The keys of the library.
pub fn library_keys(vault: &Vault) -> LibraryKeys {
    LibraryKeys {
        database: vault.key(KeyPurpose::LibraryDatabase),
        blobs: vault.key(KeyPurpose::LibraryBlobs),
    }
}

/// The keys of the service.
pub fn service_keys(vault: &Vault) -> ServiceKeys {
    ServiceKeys {
        database: vault.key(KeyPurpose::ServiceDatabase),
        files: vault.key(KeyPurpose::ServiceFiles),
    }
}
