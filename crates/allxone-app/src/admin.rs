//! The operator's desk for people who ask for their rights without the program: over the folder of a service that does not run.

use std::path::Path;

use allxone_inference::{Inference, ModelPaths};
use allxone_service::{Accounts, PersonRequest, RequestDesk, RequestKind, identity::Correction};
use allxone_studio::contract::Deletion;
use allxone_studio::safety::Gate;
use allxone_vault::FolderLock;

use crate::keys::{open_vault, service_keys};
use crate::{AppError, Folders, Options, folders, serve};

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
    options: Options,
    email: &str,
    act: Act<'_>,
) -> Result<(PersonRequest, Option<Deletion>), AppError> {
    let (desk, _lock) = open(options).await?;
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
pub async fn requests(options: Options) -> Result<Vec<PersonRequest>, AppError> {
    let (desk, _lock) = open(options).await?;
    let requests = desk.requests().await;
    desk.close().await;
    Ok(requests?)
}

async fn open(mut options: Options) -> Result<(RequestDesk, FolderLock), AppError> {
    let folders = Folders::of(&options)?;
    if !folders.service.join("service.db").exists() {
        return Err(AppError::NoService { folder: folders.root });
    }
    let lock = FolderLock::acquire(&folders.root, &format!("{} admin", options.program), FolderLock::WAIT)?;
    let vault = open_vault(&folders.root, &mut options)?;
    let mut config = serve::config(&folders, service_keys(&vault), ([127, 0, 0, 1], 0).into(), None);
    config.accounts = folders.service.join("identity.db").exists().then(Accounts::default);
    let gate = Gate::new(Inference::new(ModelPaths::under(folders::models(&options)?)));
    Ok((Box::pin(RequestDesk::open(config, gate)).await?, lock))
}
