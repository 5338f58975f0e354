//! A person's accounts beside the profile: where they lie, which service this build knows by itself, what becomes of their libraries.

use std::path::Path;
use std::sync::Arc;

use allxone_egress::{Door, Server};
use allxone_studio::account::{AccountKey, Accounts, AccountsConfig, AuthServer, Session};
use allxone_studio::{ClientError, ServiceClient, StudioError};
use allxone_vault::{
    FolderLock, KEYS_FILE, KeyringAccess, Opening, Passphrase, SecretStoreKind, Vault, VaultError,
};

use crate::{AppError, Folders, Options};

/// The accounts under `folders`, spoken for through `door`.
pub fn accounts(folders: &Folders, store: Option<SecretStoreKind>, door: Door) -> Accounts {
    let mut config = AccountsConfig::new(folders.accounts(), door);
    config.store = store;
    Accounts::open(config)
}

/// An account's own line to its service.
///
/// # Errors
/// When the service's address cannot be used.
pub fn service_of(session: Session, door: Door) -> Result<ServiceClient, StudioError> {
    let address = session.server().service.clone();
    let server = Server::signed_in(&address, Arc::new(session)).map_err(ClientError::from)?;
    Ok(ServiceClient::new(door, server))
}

/// The hosted service this build knows by itself, if any: `ALLXONE_HOSTED_URL`, with `ALLXONE_HOSTED_AUTH_URL` and `ALLXONE_HOSTED_KEY`
/// where a project elsewhere keeps its accounts. What the environment says counts before what the build was told.
pub fn hosted() -> Option<AuthServer> {
    let said = |variable: &str, built: Option<&str>| {
        let set = std::env::var(variable).ok().or_else(|| built.map(str::to_owned));
        set.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let service = said("ALLXONE_HOSTED_URL", option_env!("ALLXONE_HOSTED_URL"))?;
    let project = said("ALLXONE_HOSTED_AUTH_URL", option_env!("ALLXONE_HOSTED_AUTH_URL"));
    let key = said("ALLXONE_HOSTED_KEY", option_env!("ALLXONE_HOSTED_KEY"));
    let server = match project {
        Some(project) => AuthServer::with_project(&service, &project, key),
        None => AuthServer::at(&service),
    };
    server.inspect_err(|error| tracing::warn!(code = error.code(), "the hosted address cannot be used")).ok()
}

/// The options with which the library of an account is opened, out of those of this computer's.
pub fn library_of(accounts: &Accounts, key: &AccountKey, own: Options) -> Options {
    let folder = accounts.folder(key);
    // A library that was locked with a passphrase is opened with it, whatever the program is told for its own.
    let recorded = folder.join(KEYS_FILE).exists();
    let secret_store = own.secret_store.filter(|kind| !recorded || *kind == SecretStoreKind::Memory);
    Options { data_dir: Some(folder), secret_store, ..own }
}

/// The server a person named, or the hosted one.
///
/// # Errors
/// When the address is none, or none was named and there is no hosted one.
pub fn server(named: Option<&str>) -> Result<AuthServer, StudioError> {
    let hosted = hosted();
    match named.map(str::trim).filter(|named| !named.is_empty()) {
        Some(named) => {
            let server = AuthServer::at(named).map_err(ClientError::from)?;
            // Named or known: the same server is the same account.
            Ok(hosted.filter(|hosted| hosted.service == server.service).unwrap_or(server))
        }
        None => hosted.ok_or_else(|| {
            StudioError::Machine(
                "This build knows no server by itself. Name the server to sign in to.".to_owned(),
            )
        }),
    }
}

/// Takes an account off this computer: its sign-in, its entry in the list, its library.
///
/// # Errors
/// When the disk fails or another program uses the library.
pub async fn take_off(accounts: &Accounts, key: &AccountKey, program: &str) -> Result<(), StudioError> {
    let (folder, program) = (accounts.folder(key), program.to_owned());
    accounts.forget(key).await?;
    let removed = crate::profile::off_thread(move || remove_library(&folder, &program)).await;
    removed.map_err(|error| StudioError::Keeping(error.to_string()))
}

/// Closes the library in `folder` with a passphrase: nothing else opens it from then on but its recovery code. Blocking.
pub(crate) fn lock_library(folder: &Path, program: &str, passphrase: String) -> Result<(), AppError> {
    if !folder.join(KEYS_FILE).exists() {
        return Ok(());
    }
    let _lock = FolderLock::acquire(folder, program, FolderLock::WAIT)?;
    let mut vault = match Vault::open(folder, Opening::recorded()) {
        Err(VaultError::PassphraseNeeded) => return Ok(()),
        other => other?,
    };
    Ok(vault.change_store(&Opening::passphrase(Passphrase::new(passphrase)))?)
}

/// Erases the library in `folder`: first its key, so that whatever a disk keeps of the files is unreadable, then the files. Blocking.
fn remove_library(folder: &Path, program: &str) -> Result<(), AppError> {
    if !folder.exists() {
        return Ok(());
    }
    let lock = FolderLock::acquire(folder, program, FolderLock::WAIT)?;
    if folder.join(KEYS_FILE).exists() {
        match Vault::open(folder, Opening::recorded()) {
            // A keyring that does not answer keeps an entry that opens nothing any more.
            Ok(vault) => drop(vault.destroy(&KeyringAccess::default())),
            Err(_) => drop(std::fs::remove_file(folder.join(KEYS_FILE))),
        }
    }
    drop(lock);
    std::fs::remove_dir_all(folder).map_err(|source| AppError::Folder { folder: folder.to_owned(), source })
}
