//! A profile in use: everything opened in order, and closed in the reverse.

use std::path::PathBuf;
use std::sync::Arc;

use allxone_egress::{BearerToken, Door, OfflineLock, Server};
use allxone_inference::{Inference, ModelPaths};
use allxone_library::{Access, Library};
use allxone_service::RunningService;
use allxone_studio::media::Limits;
use allxone_studio::safety::Gate;
use allxone_studio::session::ServerFound;
use allxone_studio::{ClientError, Code, LibraryLedger, Parts, ServiceClient, Studio, StudioError, account};
use allxone_vault::{FolderLock, Opening, SecretStoreKind, Vault, VaultError};

use crate::folders::{self, Folders};
use crate::keys::{library_keys, open_vault, service_keys};
use crate::{AppError, Options, log, own_keys, serve};

/// The largest result file that is read; a result may be larger than what a person may bring in, since it is written without loss.
const MAX_RESULT_BYTES: u64 = 200 * 1024 * 1024;

/// Whether what is made is there tomorrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In the library of this folder.
    Library {
        /// The data folder.
        folder: PathBuf,
        /// Where its key is.
        store: SecretStoreKind,
    },
    /// Nowhere: the key is forgotten at the end.
    Nothing {
        /// Why, in a sentence; `None` when it was asked for.
        because: Option<String>,
    },
}

/// An opened profile.
pub struct Profile {
    studio: Studio,
    gate: Gate,
    door: Door,
    keeping: Keeping,
    service: RunningService,
    _passing: Option<tempfile::TempDir>,
    _lock: FolderLock,
}

impl Profile {
    /// Opens the profile `options` name: folders, lock, vault, library, door, service, studio. On a fresh folder where no way to keep the
    /// key was chosen and the system has no keyring, the profile works but keeps [nothing](Keeping::Nothing).
    ///
    /// # Errors
    /// Whatever stands in the way, in words for a person. Nothing is changed then.
    pub async fn open(mut options: Options) -> Result<Self, AppError> {
        if options.secret_store == Some(SecretStoreKind::Memory) {
            return Self::open_keeping_nothing(options, None).await;
        }
        let folders = Folders::of(&options)?;
        let chosen = options.secret_store.is_some();
        let (program, root) = (options.program.clone(), folders.clone());
        let (opened, options) = off_thread(move || {
            let opened = crate::wipe::finish_begun(&root, &program)
                .and_then(|()| root.make())
                .and_then(|()| Ok(FolderLock::acquire(&root.root, &program, FolderLock::WAIT)?))
                .and_then(|lock| Ok((lock, open_vault(&root.root, &mut options)?)));
            (opened, options)
        })
        .await;
        match opened {
            Ok((lock, vault)) => {
                log::start(&folders.logs);
                let keeping = Keeping::Library { folder: folders.root.clone(), store: vault.store() };
                Self::assemble(options, folders, vault, lock, keeping, None).await
            }
            Err(AppError::Vault(VaultError::KeyringUnavailable { fault, recorded: false })) if !chosen => {
                Self::open_keeping_nothing(options, Some(fault.to_string())).await
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a profile whose key is forgotten at the end, in a folder of its own that is removed.
    ///
    /// # Errors
    /// As [`Profile::open`].
    pub async fn open_passing(options: Options) -> Result<Self, AppError> {
        Self::open_keeping_nothing(options, None).await
    }

    async fn open_keeping_nothing(options: Options, because: Option<String>) -> Result<Self, AppError> {
        let temporary = |source| AppError::Folder { folder: std::env::temp_dir(), source };
        let passing = tempfile::Builder::new().prefix(crate::wipe::PASSING).tempdir().map_err(temporary)?;
        let folders = Folders::under(passing.path());
        folders.make()?;
        let lock = FolderLock::acquire(&folders.root, &options.program, FolderLock::WAIT)?;
        let vault = Vault::open(&folders.root, allxone_vault::Opening::memory())?;
        Self::assemble(options, folders, vault, lock, Keeping::Nothing { because }, Some(passing)).await
    }

    async fn assemble(
        options: Options,
        folders: Folders,
        vault: Vault,
        lock: FolderLock,
        keeping: Keeping,
        passing: Option<tempfile::TempDir>,
    ) -> Result<Self, AppError> {
        let models = folders::models_or_expected(&options);
        let inference = Inference::new(ModelPaths::under(&models));
        let gate = Gate::new(inference.clone());

        let keys = library_keys(&vault);
        let place = folders.library.clone();
        let library = off_thread(move || {
            let library = Library::open(&place, keys, Access::Exclusive)?;
            // Before anything of it is shown. What cannot be removed now is removed another time.
            if let Err(error) = library.remove_overdue() {
                tracing::warn!(code = error.code(), "what is over its time could not be removed");
            }
            Ok::<_, AppError>(library)
        })
        .await?;

        let offline = OfflineLock::new(options.offline);
        let door = Door::builder()
            .ledger(Arc::new(LibraryLedger::new(library.clone())))
            .offline_lock(offline.clone())
            .build()?;

        let decoder = crate::decoder(Limits::default());
        let mut config = serve::config(&folders, service_keys(&vault), ([127, 0, 0, 1], 0).into(), None);
        config.decoder = decoder.clone();
        config.warm = false;
        config.door = Some(door.clone());
        own_keys::join(&mut config, &folders, &vault)?;
        let service =
            Box::pin(allxone_service::start(config, gate.clone(), serve::engine(inference, &models))).await?;

        let token = BearerToken::new(service.token().expose())?;
        let client = ServiceClient::new(door.clone(), Server::this_process(service.addr(), token)?);
        let studio = Studio::new(Parts {
            gate: gate.clone(),
            results: decoder.with_limits(Limits { max_bytes: MAX_RESULT_BYTES, ..Limits::default() }),
            decoder,
            client,
            own_service: true,
            library,
            offline,
        });
        Ok(Self { studio, gate, door, keeping, service, _passing: passing, _lock: lock })
    }

    /// The use cases.
    pub fn studio(&self) -> &Studio {
        &self.studio
    }

    /// What the server at `address` says of itself. Nothing of a person's is sent: it is asked which service it is and what it can make.
    ///
    /// # Errors
    /// When the address or token is none, the server cannot be reached, is not AllXOne or does not take the token.
    pub async fn look_at(&self, address: &str, token: Option<String>) -> Result<ServerFound, StudioError> {
        Ok(self.reach(address, token).await?.1)
    }

    /// A studio over the same library that works with the server at `address`, once it is sure that it is one; and the server's host.
    ///
    /// # Errors
    /// As [`Profile::look_at`].
    pub async fn joined_to(
        &self,
        address: &str,
        token: Option<String>,
    ) -> Result<(Studio, String), StudioError> {
        let (client, found) = self.reach(address, token).await?;
        Ok((self.studio.with_service(client, false), found.host))
    }

    async fn reach(
        &self,
        address: &str,
        token: Option<String>,
    ) -> Result<(ServiceClient, ServerFound), StudioError> {
        let token =
            token.filter(|token| !token.trim().is_empty()).map(|token| BearerToken::new(token.trim()));
        let server =
            token.transpose().and_then(|token| Server::remote(address, token)).map_err(ClientError::from)?;
        reach(&self.studio, &self.door, server).await
    }

    /// What a signed-in account needs to work at its own server over this library. Outlives the profile, and is useless then.
    pub fn line(&self) -> Line {
        Line { studio: self.studio.clone(), door: self.door.clone() }
    }

    /// The door everything goes out by.
    pub fn door(&self) -> &Door {
        &self.door
    }

    /// The gate, which also holds the networks of the engine.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Whether what is made is there tomorrow.
    pub fn keeping(&self) -> &Keeping {
        &self.keeping
    }

    /// Keeps the key of the library in another place. It stays the same key, so nothing has to be encrypted again.
    ///
    /// # Errors
    /// When nothing is kept, when a passphrase opens the library, or when the other place cannot be used. The former way then still works.
    pub async fn keep_key(&mut self, place: Opening) -> Result<(), AppError> {
        let Keeping::Library { folder, store } = &mut self.keeping else {
            return Err(VaultError::NothingKept.into());
        };
        let folder = folder.clone();
        let change = move || -> Result<SecretStoreKind, VaultError> {
            let mut vault = Vault::open(&folder, Opening::recorded())?;
            vault.change_store(&place)?;
            Ok(vault.store())
        };
        *store = off_thread(change).await?;
        Ok(())
    }

    /// Closes everything in order: what travels stops, the service drains, then the folder is given back.
    pub async fn close(self) {
        self.studio.stop().await;
        self.service.shutdown().await;
    }
}

/// The library and the door of a profile.
#[derive(Clone)]
pub struct Line {
    studio: Studio,
    door: Door,
}

impl Line {
    /// A studio over the same library for questions to the account's server in the account's name. Nothing is asked yet.
    ///
    /// # Errors
    /// When its address cannot be used.
    pub fn at(&self, session: account::Session) -> Result<Studio, StudioError> {
        Ok(self.studio.with_service(crate::service_of(session, self.door.clone())?, false))
    }

    /// The same for a server nobody is signed in to.
    ///
    /// # Errors
    /// When the address cannot be used.
    pub fn at_address(&self, address: &str) -> Result<Studio, StudioError> {
        Ok(self.asking(Server::remote(address, None).map_err(ClientError::from)?))
    }

    fn asking(&self, server: Server) -> Studio {
        self.studio.with_service(ServiceClient::new(self.door.clone(), server), false)
    }

    /// A studio over the same library that works at the account's server in the account's name; and the server's host. A server that was
    /// used before may be out of reach: what is composed for it waits until it answers.
    ///
    /// # Errors
    /// When the server cannot be reached and was never used, is not AllXOne or does not take the account.
    pub async fn signed_in(&self, session: account::Session) -> Result<(Studio, String), StudioError> {
        let service = session.server().service.clone();
        let server = Server::signed_in(&service, Arc::new(session)).map_err(ClientError::from)?;
        let host = server.host();
        let there = self.studio.with_service(ServiceClient::new(self.door.clone(), server.clone()), false);
        match reach(&self.studio, &self.door, server).await {
            Ok((client, _)) => Ok((self.studio.with_service(client, false), host)),
            Err(error) if error.is_out_of_reach() && there.remembers_models().await => Ok((there, host)),
            Err(error) => Err(error),
        }
    }
}

/// Asks a server which service it is and what it can make. Nothing of a person's is sent.
async fn reach(
    studio: &Studio,
    door: &Door,
    server: Server,
) -> Result<(ServiceClient, ServerFound), StudioError> {
    let (host, here) = (server.host(), server.is_here());
    let client = ServiceClient::new(door.clone(), server);
    let health = client.health().await?;
    let elsewhere = studio.with_service(client.clone(), false);
    let models = elsewhere.models().await?;
    let version = elsewhere.heard_words(health.version).await?;
    // A service that does not say who runs it is an older one; whoever connects is told that it does not.
    let about = match elsewhere.about().await {
        Ok(about) => Some(about),
        Err(error) if error.code() == Code::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok((client, ServerFound { host, version, ready: health.ready, here, models, about }))
}

/// Runs blocking work off the async threads.
pub(crate) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(broke_off) => std::panic::resume_unwind(broke_off.into_panic()),
    }
}
