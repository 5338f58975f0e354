//! A ledger that a test can read, and Doors that write in it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allxone_egress::{
    BearerToken, Door, EgressOutcome, EgressRow, Ledger, LedgerError, OfflineLock, RowId, Server, Timeouts,
};

use crate::far_end::FarEnd;

pub const TOKEN: &str = "rose-hip-and-barley";

#[derive(Default)]
pub struct Notebook(Mutex<Vec<(EgressRow, Option<EgressOutcome>)>>);

impl Notebook {
    pub fn rows(&self) -> Vec<(EgressRow, Option<EgressOutcome>)> {
        self.0.lock().unwrap().clone()
    }

    /// The one row there is, with its outcome.
    pub fn only(&self) -> (EgressRow, EgressOutcome) {
        let rows = self.rows();
        assert_eq!(rows.len(), 1, "{rows:?}");
        let (row, outcome) = rows.into_iter().next().unwrap();
        (row, outcome.expect("the row is closed"))
    }
}

impl Ledger for Notebook {
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
        let mut rows = self.0.lock().unwrap();
        rows.push((row.clone(), None));
        Ok(RowId(rows.len() as i64 - 1))
    }

    fn close(&self, id: RowId, outcome: &EgressOutcome) {
        let mut rows = self.0.lock().unwrap();
        let closed = rows[id.0 as usize].1.replace(outcome.clone());
        assert_eq!(closed, None, "a row is closed once");
    }
}

pub struct Setting {
    pub door: Door,
    pub notebook: Arc<Notebook>,
    pub lock: OfflineLock,
}

/// Waits so short that a test which must outlast one is soon over, and a connection on loopback long made.
pub fn impatient() -> Timeouts {
    let short = Duration::from_millis(150);
    Timeouts { connect: Duration::from_secs(10), idle: short, event_idle: short, ..Timeouts::default() }
}

pub fn setting_with(timeouts: Timeouts) -> Setting {
    let (notebook, lock) = (Arc::new(Notebook::default()), OfflineLock::default());
    let builder = Door::builder().ledger(notebook.clone()).offline_lock(lock.clone()).timeouts(timeouts);
    Setting { door: builder.build().unwrap(), notebook, lock }
}

pub fn setting() -> Setting {
    setting_with(Timeouts::default())
}

/// The far end as a server that another program runs.
pub fn other(far: &FarEnd) -> Server {
    Server::remote(&far.url(), Some(BearerToken::new(TOKEN).unwrap())).unwrap()
}

/// The far end as the service inside this program.
pub fn own(far: &FarEnd) -> Server {
    Server::this_process(far.addr(), BearerToken::new(TOKEN).unwrap()).unwrap()
}
