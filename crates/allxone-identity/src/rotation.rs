//! Turning refresh tokens, many in one commit.
//!
//! A commit waits for the disk, and a service with many devices turns many tokens at once. One task takes whatever waits, up to a
//! bound, does it in one transaction, and answers only after the commit: durable before anybody has the new token.

use allxone_contract::UtcMillis;
use tokio::sync::{mpsc, oneshot};

use crate::IdentityError;
use crate::store::{Rotation, Store, rotate};

/// Most tokens turned in one commit.
const BATCH: usize = 64;
/// Most that may wait; more are told to come again.
const WAITING: usize = 1_024;

struct Request {
    session: String,
    presented: i64,
    reuse_since: UtcMillis,
    now: UtcMillis,
    answer: oneshot::Sender<Rotation>,
}

/// The way to the task that turns tokens. It ends when the last of these is gone.
#[derive(Clone)]
pub(crate) struct Turnstile(mpsc::Sender<Request>);

/// A token could not be turned now; nothing was changed.
#[derive(Debug)]
pub(crate) struct Busy;

impl Turnstile {
    pub(crate) fn open(store: Store) -> Self {
        let (sender, mut waiting) = mpsc::channel::<Request>(WAITING);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while waiting.recv_many(&mut batch, BATCH).await > 0 {
                // Dropped without an answer, each request hears that it was not done.
                let requests: Vec<Request> = std::mem::take(&mut batch);
                match turn(&store, &requests).await {
                    Ok(turned) => {
                        for (request, rotation) in requests.into_iter().zip(turned) {
                            let _ = request.answer.send(rotation);
                        }
                    }
                    Err(error) => tracing::error!(code = error.code(), "refresh tokens could not be turned"),
                }
            }
        });
        Self(sender)
    }

    /// Turns one token.
    pub(crate) async fn pass(
        &self,
        session: String,
        presented: i64,
        reuse_since: UtcMillis,
        now: UtcMillis,
    ) -> Result<Rotation, Busy> {
        let (answer, turned) = oneshot::channel();
        self.0.try_send(Request { session, presented, reuse_since, now, answer }).map_err(|_| Busy)?;
        turned.await.map_err(|_| Busy)
    }
}

async fn turn(store: &Store, requests: &[Request]) -> Result<Vec<Rotation>, IdentityError> {
    let mut tx = store.begin().await?;
    let mut turned = Vec::with_capacity(requests.len());
    for one in requests {
        turned.push(rotate(&mut tx, &one.session, one.presented, one.reuse_since, one.now).await?);
    }
    tx.commit().await?;
    Ok(turned)
}
