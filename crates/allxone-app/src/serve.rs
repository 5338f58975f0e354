//! The service on its own, with the same keys and the same gate as inside a profile.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use allxone_inference::{Inference, ModelPaths};
use allxone_service::{
    AccessToken, Accounts, Engine, OperatorConfig, PartnerSetup, Payments, Project, RunningService,
    ServiceConfig, ServiceError, ServiceKeys, Shared, SharedSecrets,
};
use allxone_studio::safety::Gate;
use allxone_vault::FolderLock;

use crate::folders::{self, Folders};
use crate::keys::{open_vault, service_keys};
use crate::{AppError, Options, log};

/// A running service and the folder it holds.
pub struct Served {
    service: RunningService,
    _lock: FolderLock,
}

impl Served {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.service.addr()
    }

    /// Where its figures may be read, where they may.
    pub fn figures(&self) -> Option<SocketAddr> {
        self.service.figures()
    }

    /// What a client must show.
    pub fn token(&self) -> &str {
        self.service.token().expose()
    }

    /// Where the owner of this computer reads letters with one-time codes; for their eyes alone.
    pub fn outbox_address(&self) -> Option<String> {
        self.service.outbox_address().map(String::from)
    }

    /// Stops taking requests, lets running work end or stand over, gives the folder back.
    pub async fn shutdown(self) {
        self.service.shutdown().await;
    }
}

/// How a service is run on its own.
pub struct Serving {
    /// The folder it keeps everything in, and where its keys and models are.
    pub options: Options,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What its owner's programs show; random without it.
    pub token: Option<String>,
    /// How people sign in to it, where they do.
    pub accounts: Option<Accounts>,
    /// The project that keeps the accounts instead.
    pub project: Option<Project>,
    /// The file that says who runs it; without one it is the owner of this computer.
    pub operator: Option<PathBuf>,
    /// The file of the partners who make pictures elsewhere.
    pub partners: Option<PathBuf>,
    /// The file of what is sold, and through whom.
    pub payments: Option<PathBuf>,
    /// What opens the database and the bucket that the operator's file names, where it does.
    pub secrets: SharedSecrets,
    /// Where figures about its work may be read.
    pub figures: Option<SocketAddr>,
}

impl Serving {
    /// For the owner of this computer alone.
    pub fn alone(options: Options, listen: SocketAddr) -> Self {
        Self {
            options,
            listen,
            token: None,
            accounts: None,
            project: None,
            operator: None,
            partners: None,
            payments: None,
            secrets: SharedSecrets::default(),
            figures: None,
        }
    }
}

/// Starts a service.
///
/// # Errors
/// Whatever stands in the way, in words for a person.
pub async fn serve(serving: Serving) -> Result<Served, AppError> {
    let Serving {
        mut options,
        listen,
        token,
        accounts,
        project,
        operator,
        partners,
        payments,
        secrets,
        figures,
    } = serving;
    let (operator, shared) = match operator {
        Some(file) => {
            let text = read_operator(&file)?;
            (Some(OperatorConfig::read(&text)?), Shared::read(&text, secrets)?)
        }
        None => (None, None),
    };
    let partners = partners.map(|file| PartnerSetup::read(&file)).transpose()?;
    let payments = payments.map(|file| Payments::read(&file)).transpose().map_err(ServiceError::from)?;
    let folders = Folders::of(&options)?;
    crate::wipe::finish_begun(&folders, &options.program)?;
    folders.make()?;
    let lock = FolderLock::acquire(&folders.root, &format!("{} serve", options.program), FolderLock::WAIT)?;
    let vault = open_vault(&folders.root, &mut options)?;
    log::start(&folders.logs);
    let models = folders::models(&options)?;
    let inference = Inference::new(ModelPaths::under(&models));
    let gate = Gate::new(inference.clone());
    let token = token.map(AccessToken::new).transpose()?;
    let mut config = config(&folders, service_keys(&vault), listen, token);
    config.accounts = accounts;
    config.operator = operator.unwrap_or(config.operator);
    config.project = project;
    config.shared = shared;
    config.figures = figures;
    config.partners = partners.unwrap_or_default();
    config.payments = payments;
    config.decoder = crate::decoder(allxone_studio::media::Limits::default());
    let service = Box::pin(allxone_service::start(config, gate, engine(inference, &models))).await?;
    Ok(Served { service, _lock: lock })
}

/// What an operator's file says.
pub(crate) fn read_operator(file: &Path) -> Result<String, AppError> {
    Ok(std::fs::read_to_string(file)
        .map_err(|source| ServiceError::Disk { path: file.to_path_buf(), source })?)
}

pub(crate) fn config(
    folders: &Folders,
    keys: ServiceKeys,
    listen: SocketAddr,
    token: Option<AccessToken>,
) -> ServiceConfig {
    let mut config = ServiceConfig::on_loopback(folders.service.clone(), keys);
    config.listen = listen;
    config.token = token;
    config
}

pub(crate) fn engine(inference: Inference, models: &Path) -> Engine {
    Engine::new(inference, models.join("drawings"))
}
