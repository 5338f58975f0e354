//! Accounts in a folder of their own, with a ledger a test can read and a clock it can set.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use allxone_account::{AccountKey, Accounts, AccountsConfig, AuthServer, Patience, Secret};
use allxone_contract::UtcMillis;
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, OfflineLock, RowId};
use allxone_vault::SecretStoreKind;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::far_end::{EMAIL, FarEnd, PASSWORD};

#[derive(Default)]
pub struct Notebook(pub Mutex<Vec<EgressRow>>);

impl Ledger for Notebook {
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
        let mut rows = self.0.lock().unwrap();
        rows.push(row.clone());
        Ok(RowId(rows.len() as i64))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

pub struct Setting {
    pub folder: TempDir,
    pub far: FarEnd,
    pub server: AuthServer,
    pub notebook: Arc<Notebook>,
    pub lock: OfflineLock,
    pub ahead: Arc<AtomicI64>,
}

/// Waits so short that a test which must outlast one is soon over.
pub fn impatient() -> Patience {
    let short = Duration::from_millis(5);
    Patience {
        first: short,
        asked_too_often: short,
        budget: Duration::from_millis(60),
        cool_down: Duration::from_secs(60),
        sign_out: Duration::from_secs(5),
    }
}

impl Setting {
    pub async fn new() -> Self {
        let far = FarEnd::open().await;
        let server = AuthServer::at(&far.url()).unwrap();
        let (notebook, lock) = (Arc::new(Notebook::default()), OfflineLock::default());
        Self { folder: tempfile::tempdir().unwrap(), far, server, notebook, lock, ahead: Arc::default() }
    }

    pub fn config(&self) -> AccountsConfig {
        let door =
            Door::builder().ledger(self.notebook.clone()).offline_lock(self.lock.clone()).build().unwrap();
        let mut config = AccountsConfig::new(self.folder.path(), door);
        config.store = Some(SecretStoreKind::File);
        config.patience = impatient();
        let ahead = Arc::clone(&self.ahead);
        config.now = Arc::new(move || UtcMillis::now().plus(ahead.load(Ordering::SeqCst)));
        config
    }

    pub fn accounts(&self) -> Accounts {
        Accounts::open(self.config())
    }

    /// Accounts with one that is signed in.
    pub async fn signed_in(&self) -> (Accounts, AccountKey) {
        let accounts = self.accounts();
        let key = accounts.sign_in_by_password(&self.server, EMAIL, &Secret::new(PASSWORD)).await.unwrap();
        (accounts, key)
    }

    pub fn wait(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1_000, Ordering::SeqCst);
    }

    pub fn session_file(&self, key: &AccountKey) -> std::path::PathBuf {
        self.folder.path().join(key.as_str()).join("session/session.sealed")
    }
}

/// Sends bytes to whoever listens there and reads until they close; empty when nobody listens.
#[expect(clippy::disallowed_methods, reason = "the test plays the browser and whoever else knocks")]
pub async fn knock(addr: &str, request: &str) -> String {
    let Ok(mut stream) = TcpStream::connect(addr).await else { return String::new() };
    let mut answer = Vec::new();
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A browser that follows an address: host, and path with query.
pub fn split(address: &str) -> (String, String) {
    let url = url::Url::parse(address).unwrap();
    let path = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    (format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()), path)
}

pub async fn visit(address: &str) -> String {
    let (host, path) = split(address);
    knock(&host, &format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n")).await
}
