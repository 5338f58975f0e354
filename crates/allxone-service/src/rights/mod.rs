//! What people may ask of the service by right: to see and take away everything that is kept of them, to be forgotten, to have it done also
//! without the program.
//!
//! Cut here because each of these goes over every store of the service (rows, files, archives, accounts), may be killed between any two of
//! them, and has to go on where it was.

mod archive;
mod deletion;
mod desk;
mod pages;
mod tombstones;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval, sleep};

pub use desk::{PersonRequest, RequestDesk, RequestKind, RequestState};
pub(crate) use tombstones::Tombstones;

use crate::backend::Backend;

/// How long is waited for the running jobs of an account that goes, or for the node whose turn it is.
const PATIENCE: Duration = Duration::from_millis(100);
const TURN_PATIENCE: Duration = Duration::from_secs(1);

/// Makes archives and carries out deletions until the service stops.
pub(crate) async fn work(backend: Arc<Backend>) {
    let patience = if backend.is_shared() { TURN_PATIENCE } else { PATIENCE };
    let mut rounds = interval(backend.pace.rounds);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let waits = match backend.carry_out_rights().await {
            Ok(waits) => waits,
            Err(error) => {
                tracing::error!(code = error.code(), %error, "what somebody asked for by right stands over");
                false
            }
        };
        let again = async { if waits { sleep(patience).await } else { std::future::pending().await } };
        tokio::select! {
            () = backend.stop.cancelled() => return,
            () = backend.rights.notified() => {}
            () = again => {}
            _ = rounds.tick() => {}
        }
    }
}
