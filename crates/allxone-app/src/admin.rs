//! The operator's desk for people who ask for their rights without the program: over the folder of a service that does not run, or beside nodes
//! that do.

use std::path::{Path, PathBuf};

use allxone_inference::{Inference, ModelPaths};
use allxone_service::{
    AccessToken, Accounts, BookFault, Gift, Given, KeyDesk, PersonRequest, RequestDesk, RequestKind, Shared,
    SharedSecrets, identity::Correction,
};
use allxone_studio::contract::{ApiKey, Deletion, KeyId, KeyScope};
use allxone_studio::safety::Gate;
use allxone_vault::FolderLock;

use crate::keys::{open_vault, service_keys};
use crate::{AppError, Folders, Options, folders, serve};

/// The service whose desk is opened.
pub struct Office {
    /// The data folder; for one of several nodes a folder of its own, with the same `keys.json`.
    pub options: Options,
    /// The operator's file, where it names what several nodes share.
    pub operator: Option<PathBuf>,
    /// What opens that.
    pub secrets: SharedSecrets,
}

impl From<Options> for Office {
    fn from(options: Options) -> Self {
        Self { options, operator: None, secrets: SharedSecrets::default() }
    }
}

/// What the operator does about a person's request.
pub enum Act<'a> {
    /// Writes down that it came, without carrying it out.
    Note(RequestKind),
    /// Writes everything that is kept of the person to a file.
    Access(&'a Path),
    /// Puts something right.
    Correct(Correction),
    /// Forgets the person.
    Erase,
}

/// Does what a person's request asks for, and says how it was answered; with the receipt, where somebody was forgotten.
///
/// # Errors
/// When the folder is in use or cannot be opened, or a store fails. The request stays open then.
pub async fn answer_request(
    office: impl Into<Office>,
    email: &str,
    act: Act<'_>,
) -> Result<(PersonRequest, Option<Deletion>), AppError> {
    let (desk, _lock) = open(office.into()).await?;
    let answered = match act {
        Act::Note(kind) => desk.note(kind, email).await.map(|request| (request, None)),
        Act::Access(to) => desk.access(email, to).await.map(|request| (request, None)),
        Act::Correct(correction) => desk.correct(email, correction).await.map(|request| (request, None)),
        Act::Erase => Box::pin(desk.erase(email)).await,
    };
    desk.close().await;
    Ok(answered?)
}

/// All requests, those that have to be answered first before the others.
///
/// # Errors
/// When the folder is in use or cannot be opened.
pub async fn requests(office: impl Into<Office>) -> Result<Vec<PersonRequest>, AppError> {
    let (desk, _lock) = open(office.into()).await?;
    let requests = desk.requests().await;
    desk.close().await;
    Ok(requests?)
}

/// Gives credits to an account.
///
/// # Errors
/// When the folder is in use or cannot be opened, or the gift cannot be given. Nothing is given then.
pub async fn give_credits(office: impl Into<Office>, gift: Gift<'_>) -> Result<Given, AppError> {
    let (desk, _lock) = open(office.into()).await?;
    let given = desk.give_credits(gift).await;
    desk.close().await;
    Ok(given?)
}

/// Everything in the books of credits that cannot be; nothing, as it should be.
///
/// # Errors
/// When the folder is in use or cannot be opened.
pub async fn check_books(office: impl Into<Office>) -> Result<Vec<BookFault>, AppError> {
    let (desk, _lock) = open(office.into()).await?;
    let faults = desk.check_books().await;
    desk.close().await;
    Ok(faults?)
}

async fn open(office: Office) -> Result<(RequestDesk, FolderLock), AppError> {
    let Office { mut options, operator, secrets } = office;
    let folders = Folders::of(&options)?;
    let shared = match operator {
        Some(file) => Shared::read(&serve::read_operator(&file)?, secrets)?,
        None => None,
    };
    if shared.is_none() && !folders.service.join("service.db").exists() {
        return Err(AppError::NoService { folder: folders.root });
    }
    folders.make()?;
    let lock = FolderLock::acquire(&folders.root, &format!("{} admin", options.program), FolderLock::WAIT)?;
    let vault = open_vault(&folders.root, &mut options)?;
    let mut config = serve::config(&folders, service_keys(&vault), ([127, 0, 0, 1], 0).into(), None);
    config.accounts = match &shared {
        Some(_) => Some(Accounts::default()),
        None => folders.service.join("identity.db").exists().then(Accounts::default),
    };
    config.shared = shared;
    let gate = Gate::new(Inference::new(ModelPaths::under(folders::models(&options)?)));
    Ok((Box::pin(RequestDesk::open(config, gate)).await?, lock))
}

/// Makes a personal key of the service's owner, and tells it this once.
///
/// # Errors
/// When the folder is in use or cannot be opened, or the name is none.
pub async fn make_key(
    options: Options,
    name: String,
    scope: KeyScope,
) -> Result<(ApiKey, AccessToken), AppError> {
    let (desk, _lock) = open_keys(options).await?;
    let made = desk.make(name, scope).await;
    desk.close().await;
    Ok(made?)
}

/// The personal keys of the service's owner.
///
/// # Errors
/// When the folder is in use or cannot be opened.
pub async fn keys(options: Options) -> Result<Vec<ApiKey>, AppError> {
    let (desk, _lock) = open_keys(options).await?;
    let keys = desk.keys().await;
    desk.close().await;
    Ok(keys?)
}

/// Takes a personal key of the service's owner back; `false` when there is none of that id.
///
/// # Errors
/// When the folder is in use or cannot be opened.
pub async fn revoke_key(options: Options, id: KeyId) -> Result<bool, AppError> {
    let (desk, _lock) = open_keys(options).await?;
    let gone = desk.revoke(id).await;
    desk.close().await;
    Ok(gone?)
}

async fn open_keys(mut options: Options) -> Result<(KeyDesk, FolderLock), AppError> {
    let folders = Folders::of(&options)?;
    folders.make()?;
    let lock = FolderLock::acquire(&folders.root, &format!("{} admin", options.program), FolderLock::WAIT)?;
    let vault = open_vault(&folders.root, &mut options)?;
    let keys = service_keys(&vault);
    Ok((KeyDesk::open(folders.service, &keys.database).await?, lock))
}
