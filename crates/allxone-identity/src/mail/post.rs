//! The postman: brings letters from the outbox to the mail server, each until it is there, is refused or its code is of no use any more.
//!
//! A letter leaves the outbox only after the server took it, so a crash in between sends it twice, under the same id, and never not at all.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::smtp::{Brought, Line};
use super::template;
use crate::language::Language;
use crate::store::Store;
use crate::{IdentityError, Now};

/// Letters taken out at once.
const HANDFUL: i64 = 16;
/// How long a letter is one node's to bring, in milliseconds: longer than the mail server may take.
const CLAIM: i64 = 120_000;
/// How soon a letter is tried again after so many tries, in milliseconds.
const PAUSES: [i64; 5] = [5_000, 30_000, 120_000, 300_000, 600_000];
/// How long the postman rests at most.
const REST: Duration = Duration::from_secs(30);

/// Rings for the postman, who goes when the last of these is dropped.
pub(crate) struct Postman {
    bell: Arc<Notify>,
    round: tokio::task::JoinHandle<()>,
}

impl Postman {
    /// Sends him on his rounds.
    pub(crate) fn start(line: Arc<Line>, store: Store, now: Now, life_seconds: i64, host: String) -> Self {
        let bell = Arc::new(Notify::new());
        let rung = Arc::clone(&bell);
        let round = tokio::spawn(async move {
            loop {
                let found = deliver(&line, &store, &now, life_seconds, &host).await;
                let rest = match found {
                    Ok(wait) => {
                        wait.map_or(REST, |wait| REST.min(Duration::from_millis(wait.unsigned_abs())))
                    }
                    Err(error) => {
                        tracing::error!(code = error.code(), "the outbox could not be read or written");
                        REST
                    }
                };
                tokio::select! {
                    () = rung.notified() => {}
                    () = tokio::time::sleep(rest) => {}
                }
            }
        });
        Self { bell, round }
    }

    /// Calls him back; what he did not bring waits for the next start.
    pub(crate) fn stop(&self) {
        self.round.abort();
    }

    /// There is a letter, or one may be tried again.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
    }
}

impl Drop for Postman {
    fn drop(&mut self) {
        self.round.abort();
    }
}

/// Brings what is due; answers with the milliseconds until more is.
async fn deliver(
    line: &Line,
    store: &Store,
    now: &Now,
    life_seconds: i64,
    host: &str,
) -> Result<Option<i64>, IdentityError> {
    loop {
        let at = now();
        let written_since = at.plus(life_seconds.saturating_mul(-1_000));
        let letters = store.due_letters(written_since, at, HANDFUL).await?;
        if letters.is_empty() {
            return Ok(store.next_due(written_since).await?.map(|due| due.0.saturating_sub(now().0).max(1)));
        }
        for letter in letters {
            // Another node may be on its way with it.
            if !store.claim_letter(&letter, now().plus(CLAIM)).await? {
                continue;
            }
            let minutes = (letter.created.0 + life_seconds * 1_000 - at.0).div_euclid(60_000).max(1);
            let text =
                template::write(&letter.kind, &letter.code, minutes, host, Language::of(&letter.language));
            match line.bring(&letter.id, &letter.recipient, text).await {
                Brought::Taken => store.letter_brought(&letter.id, now()).await?,
                Brought::Refused => {
                    tracing::warn!("the mail server refused a letter; it is not tried again");
                    store.letter_refused(&letter.id).await?;
                }
                Brought::Later => {
                    let pause =
                        usize::try_from(letter.tries).ok().and_then(|tries| PAUSES.get(tries)).copied();
                    tracing::warn!(
                        tries = letter.tries + 1,
                        "the mail server did not take a letter; it is tried again"
                    );
                    store
                        .letter_put_off(&letter.id, now().plus(pause.unwrap_or(PAUSES[PAUSES.len() - 1])))
                        .await?;
                }
            }
        }
    }
}
