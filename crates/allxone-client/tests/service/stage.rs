//! A client with a clock that only waiting moves, so that no test sleeps, and chance that always says "as long as possible".

use std::sync::{Arc, Mutex};
use std::time::Duration;

use allxone_client::{Pacing, ServiceClient};
use allxone_egress::{
    BearerToken, Door, EgressOutcome, EgressRow, Ledger, LedgerError, OfflineLock, RowId, Server, Timeouts,
};
use futures_util::future::BoxFuture;

use crate::far_end::FarEnd;

/// Virtual time.
#[derive(Default)]
pub struct Waits(Arc<Mutex<Vec<Duration>>>);

impl Waits {
    pub fn all(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Pacing for Waits {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.lock().unwrap().push(duration);
        Box::pin(tokio::task::yield_now())
    }

    fn up_to(&self, most: Duration) -> Duration {
        most
    }
}

/// A ledger of rows with their outcomes.
#[derive(Default)]
pub struct Rows(Mutex<Vec<(EgressRow, Option<EgressOutcome>)>>);

impl Rows {
    pub fn all(&self) -> Vec<(EgressRow, Option<EgressOutcome>)> {
        self.0.lock().unwrap().clone()
    }
}

impl Ledger for Rows {
    fn append(&self, row: &EgressRow) -> Result<RowId, LedgerError> {
        let mut rows = self.0.lock().unwrap();
        rows.push((row.clone(), None));
        Ok(RowId(rows.len() as i64 - 1))
    }

    fn close(&self, id: RowId, outcome: &EgressOutcome) {
        self.0.lock().unwrap()[id.0 as usize].1 = Some(outcome.clone());
    }
}

pub struct Stage {
    pub client: ServiceClient,
    pub waits: Arc<Waits>,
    pub rows: Arc<Rows>,
    pub lock: OfflineLock,
}

/// A client of `far`, which another program runs.
pub fn stage(far: &FarEnd) -> Stage {
    stage_with(far, Timeouts::default())
}

/// The same with short waits for the network: a far end that stalls is soon given up.
pub fn impatient(far: &FarEnd) -> Stage {
    let short = Duration::from_millis(200);
    stage_with(far, Timeouts { idle: short, event_idle: short, exchange: short * 4, ..Timeouts::default() })
}

fn stage_with(far: &FarEnd, timeouts: Timeouts) -> Stage {
    let (waits, rows, lock) = (Arc::new(Waits::default()), Arc::new(Rows::default()), OfflineLock::default());
    let builder = Door::builder().ledger(rows.clone()).offline_lock(lock.clone()).timeouts(timeouts);
    let server = Server::remote(&far.url(), Some(BearerToken::new("rose-hip").unwrap())).unwrap();
    let client = ServiceClient::new(builder.build().unwrap(), server).with_pacing(waits.clone());
    Stage { client, waits, rows, lock }
}
