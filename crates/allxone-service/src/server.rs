//! Starting, listening and stopping.
//!
//! The accept loop is written out because a service must end as a whole: every connection is a task of its set, so that stopping waits for
//! them a bounded time and then ends them, and dropping the service ends them at once; and a peer that never finishes its headers must not
//! hold a place forever.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use allxone_engine::Engine;
use allxone_safety::Gate;
use allxone_vault::{FolderLock, files::create_private_dir};
use axum::extract::ConnectInfo;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::backend::Backend;
use crate::local::LocalModels;
use crate::partner::Partner;
use crate::store::{ReceiptBook, Store};
use crate::{
    AccessToken, ServiceConfig, ServiceError, api, bookkeeping, figures, payments, rights, upkeep, worker,
};

/// How long a peer may take over its headers.
const HEADERS: Duration = Duration::from_secs(10);
/// How long a start waits for another service to leave the folder.
const FOLDER: Duration = Duration::from_secs(2);
/// Open connections to the figures.
const FIGURE_READERS: usize = 8;
/// How long open answers may take to end when the service stops.
const DRAIN: Duration = Duration::from_secs(5);

/// Starts the service with the models of this computer.
///
/// # Errors
/// [`ServiceError`] says what is in the way; nothing runs then.
pub async fn start(
    config: ServiceConfig,
    gate: Gate,
    engine: Engine,
) -> Result<RunningService, ServiceError> {
    start_with(config, gate, vec![Arc::new(LocalModels::new(engine))]).await
}

/// Starts the service with these partners.
///
/// # Errors
/// As [`start`].
pub async fn start_with(
    config: ServiceConfig,
    gate: Gate,
    partners: Vec<Arc<dyn Partner>>,
) -> Result<RunningService, ServiceError> {
    let listen = config.listen;
    for listen in [Some(listen), config.figures].into_iter().flatten() {
        if !listen.ip().is_loopback() {
            return Err(ServiceError::NotLoopback(listen));
        }
    }
    // Each would take the address it listens on for that of the accounts.
    if config.shared.is_some() && config.accounts.as_ref().is_some_and(|accounts| accounts.address.is_none())
    {
        return Err(ServiceError::NoAddress);
    }
    let dir = config.data_dir.clone();
    let lock = tokio::task::spawn_blocking(move || {
        create_private_dir(&dir)?;
        FolderLock::acquire(&dir, "allxone service", FOLDER)
    });
    let lock = lock.await.map_err(|_| ServiceError::Record("lock"))??;
    let (listener, addr) = bind(listen).await?;
    let figures_at = match config.figures {
        Some(listen) => Some(bind(listen).await?),
        None => None,
    };
    let figures = figures_at.as_ref().map(|(_, addr)| *addr);
    let connections = config.limits.connections.max(1);
    let backend = Arc::new(Backend::open(config, gate, partners, addr).await?);

    let mut tasks = JoinSet::new();
    for lane in backend.lanes.iter() {
        tasks.spawn(worker::work(Arc::clone(&backend), Arc::clone(lane)));
    }
    tasks.spawn(worker::look_after_models(Arc::clone(&backend)));
    tasks.spawn(rights::work(Arc::clone(&backend)));
    tasks.spawn(upkeep::work(Arc::clone(&backend)));
    tasks.spawn(bookkeeping::work(Arc::clone(&backend)));
    if backend.cashier.is_some() {
        tasks.spawn(payments::work(Arc::clone(&backend)));
    }
    let warming = Arc::clone(&backend);
    tasks.spawn(async move { warming.check.warm().await });
    let closing = CancellationToken::new();
    let router = api::router(Arc::clone(&backend));
    let accepting = tokio::spawn(accept(listener, router, connections, closing.clone()));
    if let Some((listener, _)) = figures_at {
        let shown = figures::router(Arc::clone(&backend));
        tasks.spawn(accept(listener, shown, FIGURE_READERS, backend.stop.clone()));
    }
    tracing::info!(%addr, "the service listens");
    Ok(RunningService { addr, figures, backend, tasks, accepting, closing, lock: Some(lock) })
}

async fn bind(listen: SocketAddr) -> Result<(TcpListener, SocketAddr), ServiceError> {
    let failed = |source| ServiceError::Listen { addr: listen, source };
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let addr = listener.local_addr().map_err(failed)?;
    Ok((listener, addr))
}

/// Looks through the book of receipts of a service that does not run.
///
/// # Errors
/// When the folder is in use, or its database cannot be opened or read.
pub async fn receipt_book(config: &ServiceConfig, head: Option<&str>) -> Result<ReceiptBook, ServiceError> {
    let dir = config.data_dir.clone();
    let lock = tokio::task::spawn_blocking(move || FolderLock::acquire(&dir, "allxone verify", FOLDER));
    let _lock = lock.await.map_err(|_| ServiceError::Record("lock"))??;
    let store = Store::open(&config.database(), &config.keys.database).await?;
    let book = store.receipt_book(head).await;
    store.close().await;
    book
}

/// A service at work. Dropping it ends it at once, as a crash would; what was being worked on is picked up at the next start.
pub struct RunningService {
    addr: SocketAddr,
    figures: Option<SocketAddr>,
    backend: Arc<Backend>,
    tasks: JoinSet<()>,
    accepting: JoinHandle<()>,
    closing: CancellationToken,
    lock: Option<FolderLock>,
}

impl RunningService {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where its figures may be read, where they may.
    pub fn figures(&self) -> Option<SocketAddr> {
        self.figures
    }

    /// What callers must carry in `Authorization: Bearer …`.
    pub fn token(&self) -> &AccessToken {
        &self.backend.token
    }

    /// Where the owner of this computer reads letters with one-time codes, with the key of this start. Show it to the owner alone.
    pub fn outbox_address(&self) -> Option<url::Url> {
        self.backend.identity.as_ref().and_then(allxone_identity::Identity::outbox_address)
    }

    /// The service as a router, to be mounted in another server on loopback. Its guard is part of it.
    pub fn router(&self) -> Router {
        api::router(Arc::clone(&self.backend))
    }

    /// Looks through the book of receipts, and whether a `head` that was noted down before is in it.
    ///
    /// # Errors
    /// When the database cannot be read. A book that does not hold is no error but [`ReceiptBook::faults`].
    pub async fn receipt_book(&self, head: Option<&str>) -> Result<ReceiptBook, ServiceError> {
        self.backend.store.receipt_book(head).await
    }

    /// How many records are kept past their time, by class of the retention table; the sweep that runs once a minute leaves none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn overdue(&self) -> Result<Vec<(&'static str, i64)>, ServiceError> {
        self.backend.store.overdue(&self.backend.retention, self.backend.clock.now()).await
    }

    /// Carries out what payment providers told, asks them about what they should have told, sends receipts. Done once a minute by itself.
    ///
    /// # Errors
    /// When the database fails. A provider that is not reached is none: it is asked again later.
    pub async fn look_after_payments(&self) -> Result<(), ServiceError> {
        self.backend.look_after_payments().await
    }

    /// Stops: takes nothing new, lets running work end or stops it after [`crate::Limits::shutdown_grace`] and puts it back into the queue,
    /// lets open answers end, closes the store.
    pub async fn shutdown(mut self) {
        self.backend.stop.cancel();
        let bound = self.backend.limits.shutdown_grace + worker::PATIENCE + DRAIN;
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(bound, ended).await.is_err() {
            tracing::warn!("work did not stop in time; it is picked up at the next start");
        }
        self.tasks.abort_all();
        self.closing.cancel();
        if timeout(DRAIN, &mut self.accepting).await.is_err() {
            self.accepting.abort();
        }
        self.backend.store.close().await;
        if let Some(identity) = &self.backend.identity {
            identity.close().await;
        }
        drop(self.lock.take());
        tracing::info!("the service stopped");
    }
}

impl Drop for RunningService {
    fn drop(&mut self) {
        self.backend.stop.cancel();
        self.accepting.abort();
        // Threads cannot be ended from outside; told to stop, they deliver nothing more.
        for cancel in self.backend.running().values() {
            cancel.cancel();
        }
    }
}

/// Accepts connections until `closing`, then lets the open ones end.
async fn accept(listener: TcpListener, router: Router, connections: usize, closing: CancellationToken) {
    let places = Arc::new(Semaphore::new(connections));
    let mut open = JoinSet::new();
    while !closing.is_cancelled() {
        while open.try_join_next().is_some() {}
        let place = tokio::select! {
            () = closing.cancelled() => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let stream = tokio::select! {
            () = closing.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match stream {
            Ok((stream, from)) => {
                let served =
                    serve(stream, router.clone().layer(Extension(ConnectInfo(from))), closing.clone());
                open.spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            // Out of file handles or the like: the peer is gone, the service is not.
            Err(error) => {
                tracing::warn!(kind = %error.kind(), "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, router: Router, closing: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router.into_service::<hyper::body::Incoming>());
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_headers(64).max_buf_size(64 * 1024);
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    // How a connection ends is its peer's affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
