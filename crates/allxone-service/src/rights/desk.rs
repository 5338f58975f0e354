//! The desk for people who write to the operator instead of using the program: the same archive, the same erasing, and a list of who asked for
//! what, by when it has to be answered, and how it was.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use allxone_contract::{AccountId, Deletion, DeletionTime, ExportId, RequestId, UtcMillis};
use allxone_identity::{Corrected, Correction};
use allxone_safety::Gate;
use allxone_vault::{FolderLock, files::AtomicFile};
use serde::{Deserialize, Serialize};

use super::deletion::deadline;
use crate::backend::Backend;
use crate::store::{StoredRequest, name, named};
use crate::{ServiceConfig, ServiceError};

/// How long is waited for another program to leave the folder.
const FOLDER: Duration = Duration::from_secs(2);

/// What somebody asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// To see everything.
    Access,
    /// To have something put right.
    Correct,
    /// To be forgotten.
    Erase,
}

/// How far a request is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Not answered yet.
    Open,
    /// Carried out.
    Done,
    /// Not carried out; the outcome says why.
    Refused,
}

/// A request somebody made.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PersonRequest {
    /// Its number.
    pub id: RequestId,
    /// What was asked for.
    pub kind: RequestKind,
    /// The address it came from; gone once the person is forgotten.
    pub contact: Option<String>,
    /// How far it is.
    pub state: RequestState,
    /// When it came.
    pub received: UtcMillis,
    /// By when it has to be answered.
    pub due: UtcMillis,
    /// Whether that time has passed unanswered.
    pub overdue: bool,
    /// When it was answered.
    pub closed: Option<UtcMillis>,
    /// How, in a plain sentence.
    pub outcome: Option<String>,
}

/// The desk over the folder of a service that does not run.
pub struct RequestDesk {
    pub(crate) backend: Arc<Backend>,
    _lock: FolderLock,
}

impl RequestDesk {
    /// Opens it.
    ///
    /// # Errors
    /// When the folder is in use, or its databases cannot be opened.
    pub async fn open(config: ServiceConfig, gate: Gate) -> Result<Self, ServiceError> {
        let dir = config.data_dir.clone();
        let lock = tokio::task::spawn_blocking(move || FolderLock::acquire(&dir, "allxone admin", FOLDER));
        let lock = lock.await.map_err(|_| ServiceError::Record("lock"))??;
        let nowhere = ([127, 0, 0, 1], 0).into();
        let mut backend = Backend::assemble(config, gate, Vec::new(), nowhere).await?;
        backend.alone = !backend.is_shared();
        Ok(Self { backend: Arc::new(backend), _lock: lock })
    }

    /// Writes down that somebody asked for something, without carrying it out. The same person asking the same again is the same request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&self, kind: RequestKind, email: &str) -> Result<PersonRequest, ServiceError> {
        let account = self.account(email).await?;
        self.received(kind, email, account.as_ref()).await
    }

    /// All requests, the open ones first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn requests(&self) -> Result<Vec<PersonRequest>, ServiceError> {
        self.backend.store.requests().await?.into_iter().map(|stored| self.shown(stored)).collect()
    }

    /// Gives a person everything that is kept of them: writes the archive to `to`.
    ///
    /// # Errors
    /// When the database fails or the file cannot be written; the request stays open then.
    pub async fn access(&self, email: &str, to: &Path) -> Result<PersonRequest, ServiceError> {
        let account = self.account(email).await?;
        let request = self.received(RequestKind::Access, email, account.as_ref()).await?;
        let Some(account) = account else { return self.nobody(request).await };
        let made = self.backend.archive(ExportId::new(), &account).await?;
        // A bare name has no folder to be made durable in.
        let to =
            std::path::absolute(to).map_err(|source| ServiceError::Disk { path: to.to_path_buf(), source });
        let file = made.file.clone();
        let copied = self.backend.on_disk(move |files| copy(files.reader(&file)?, &to?)).await;
        self.backend.remove(vec![made.file]).await;
        copied?;
        let outcome = format!("An archive of {} bytes was written, SHA-256 {}.", made.bytes, made.sha256);
        self.closed(request, RequestState::Done, &outcome).await
    }

    /// Puts something right about a person's account. What was changed stands in the account's change log.
    ///
    /// # Errors
    /// When the database fails; the request stays open then.
    pub async fn correct(&self, email: &str, correction: Correction) -> Result<PersonRequest, ServiceError> {
        let account = self.account(email).await?;
        let request = self.received(RequestKind::Correct, email, account.as_ref()).await?;
        let (Some(account), Some(identity)) = (account, &self.backend.identity) else {
            return self.nobody(request).await;
        };
        let (state, outcome) = match identity.correct_account(&account, correction).await? {
            Corrected::Done => {
                (RequestState::Done, "It was corrected; the change log of the account says which fields.")
            }
            Corrected::NoAccount => return self.nobody(request).await,
            Corrected::AddressTaken => {
                (RequestState::Refused, "Another account has this address. Nothing was changed.")
            }
            Corrected::NotAnAddress => {
                (RequestState::Refused, "This is no e-mail address. Nothing was changed.")
            }
            Corrected::TooMuch => {
                (RequestState::Refused, "There would be too much about this account. Nothing was changed.")
            }
        };
        self.closed(request, state, outcome).await
    }

    /// Forgets a person: the same erasing as in the program, at once. The receipt is theirs.
    ///
    /// # Errors
    /// When a store fails; the request stays open, and the same command goes on where this one stopped.
    pub async fn erase(&self, email: &str) -> Result<(PersonRequest, Option<Deletion>), ServiceError> {
        let account = self.account(email).await?;
        let request = self.received(RequestKind::Erase, email, account.as_ref()).await?;
        let Some(account) = account else { return Ok((self.nobody(request).await?, None)) };
        let asked = self.backend.delete_account(&account, DeletionTime::Now).await?;
        // Beside running nodes a job of the account may have to end first.
        while self.backend.carry_out_deletions().await? {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        let receipt = self.backend.store.deletion(asked.id).await?;
        let outcome = format!("Everything was erased but what the receipt {} names.", asked.id);
        Ok((self.closed(request, RequestState::Done, &outcome).await?, receipt))
    }

    /// Closes the databases.
    pub async fn close(self) {
        self.backend.store.close().await;
        if let Some(identity) = &self.backend.identity {
            identity.close().await;
        }
    }

    pub(crate) async fn account(&self, email: &str) -> Result<Option<AccountId>, ServiceError> {
        match &self.backend.identity {
            Some(identity) => Ok(identity.find_account(email).await?),
            None => Ok(None),
        }
    }

    async fn received(
        &self,
        kind: RequestKind,
        email: &str,
        account: Option<&AccountId>,
    ) -> Result<PersonRequest, ServiceError> {
        let now = self.backend.clock.now();
        let contact = email.trim().to_lowercase();
        self.shown(
            self.backend.store.receive_request(&name(&kind)?, &contact, account, deadline(now), now).await?,
        )
    }

    async fn closed(
        &self,
        request: PersonRequest,
        state: RequestState,
        outcome: &str,
    ) -> Result<PersonRequest, ServiceError> {
        let forget = request.kind == RequestKind::Erase && state == RequestState::Done;
        self.close_request(request, state, outcome, forget).await
    }

    /// Answers somebody of whom nothing is kept, and keeps nothing of them.
    async fn nobody(&self, request: PersonRequest) -> Result<PersonRequest, ServiceError> {
        self.close_request(
            request,
            RequestState::Done,
            "There is no account with this address, so nothing is kept under it.",
            true,
        )
        .await
    }

    async fn close_request(
        &self,
        request: PersonRequest,
        state: RequestState,
        outcome: &str,
        forget: bool,
    ) -> Result<PersonRequest, ServiceError> {
        let now = self.backend.clock.now();
        match self.backend.store.close_request(request.id, &name(&state)?, outcome, forget, now).await? {
            Some(stored) => self.shown(stored),
            None => Err(ServiceError::Record("request")),
        }
    }

    fn shown(&self, stored: StoredRequest) -> Result<PersonRequest, ServiceError> {
        let StoredRequest { id, kind, contact, state, received, due, closed, outcome } = stored;
        let state = named(state, "state")?;
        let overdue = state == RequestState::Open && due < self.backend.clock.now();
        Ok(PersonRequest {
            id,
            kind: named(kind, "kind")?,
            contact,
            state,
            received,
            due,
            overdue,
            closed,
            outcome,
        })
    }
}

/// Copies an archive out of its sealed file; nothing appears under the name before it is complete.
fn copy(mut from: impl Read, to: &Path) -> Result<(), ServiceError> {
    let disk = |source| ServiceError::Disk { path: to.to_path_buf(), source };
    let mut out = AtomicFile::create(to)?;
    std::io::copy(&mut from, &mut out).map_err(disk)?;
    out.flush().map_err(disk)?;
    Ok(out.commit()?)
}
