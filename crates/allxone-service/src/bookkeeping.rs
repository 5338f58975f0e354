//! Looks after the books of credits: while the service runs, lets go of what was not used in time, resolves what is set aside for jobs that
//! ended, and once a day looks whether the books hold; while it does not, for its operator.

use std::sync::Arc;
use std::time::Duration;

use allxone_contract::{AccountId, Credits, EntryId, MilliCredits, UtcMillis};
use tokio::time::{MissedTickBehavior, interval};

use crate::backend::Backend;
use crate::store::credits::{Grant, Granted, Source, grant};
use crate::{BookFault, RequestDesk, ServiceError};

/// How often it looks.
const ROUNDS: Duration = Duration::from_secs(60);
/// In how many rounds the books are looked through: a day, whichever node does it.
const ROUNDS_TO_CHECK: u32 = 24 * 60;
const CHECK: Duration = Duration::from_secs(24 * 60 * 60);

/// Works until the service stops.
pub(crate) async fn work(backend: Arc<Backend>) {
    let mut rounds = interval(ROUNDS);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = 0_u32;
    loop {
        tokio::select! {
            () = backend.stop.cancelled() => return,
            _ = rounds.tick() => {}
        }
        for result in [
            backend.in_turn("books", ROUNDS, look_after(&backend)).await,
            match round {
                0 => backend.in_turn("check of books", CHECK, check(&backend)).await,
                _ => Ok(None),
            },
        ] {
            if let Err(error) = result {
                tracing::error!(code = error.code(), %error, "the books of credits could not be looked after");
            }
        }
        round = (round + 1) % ROUNDS_TO_CHECK;
    }
}

async fn look_after(backend: &Backend) -> Result<(), ServiceError> {
    let now = backend.clock.now();
    let resolved = backend.store.resolve_holds(now).await?;
    if resolved > 0 {
        tracing::error!(resolved, "credits were still set aside for jobs that had ended");
    }
    backend.store.expire_credits(now).await.map(|_| ())
}

async fn check(backend: &Backend) -> Result<(), ServiceError> {
    for fault in backend.store.check_books().await? {
        tracing::error!(rule = fault.rule, subject = fault.subject, "the books of credits do not hold");
    }
    Ok(())
}

/// Credits an operator gives.
#[derive(Clone, Debug)]
pub struct Gift<'a> {
    /// To whom: the e-mail address of an account this service keeps, or the id of any account.
    pub account: &'a str,
    /// How many.
    pub amount: MilliCredits,
    /// Why, in words the account's owner reads.
    pub reason: &'a str,
    /// Names the gift: one that was given under this name before is not given again.
    pub name: Option<&'a str>,
    /// When what is left of them goes.
    pub expires: Option<UtcMillis>,
}

/// What became of a gift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is in the books; this is what the account has now.
    Now(Credits),
    /// It was given before, under the same name; nothing was added.
    Before(Credits),
    /// There is no such account here.
    NoAccount,
}

impl RequestDesk {
    /// Gives credits to an account.
    ///
    /// # Errors
    /// When the database fails, the amount is none, or the name was used for another gift. Nothing is given then.
    pub async fn give_credits(&self, gift: Gift<'_>) -> Result<Given, ServiceError> {
        let account: Option<AccountId> = match gift.account.parse() {
            Ok(account) => Some(account),
            Err(_) => self.account(gift.account).await?,
        };
        let Some(account) = account else { return Ok(Given::NoAccount) };
        let key = format!("operator:{}", gift.name.map_or_else(|| EntryId::new().to_string(), str::to_owned));
        let store = &self.backend.store;
        let mut tx = store.begin().await?;
        let granted = grant(
            &mut tx,
            Grant {
                account: &account,
                amount: gift.amount,
                source: Source::Operator,
                key: &key,
                expires: gift.expires,
                note: Some(gift.reason),
                now: self.backend.clock.now(),
            },
        )
        .await?;
        tx.commit().await?;
        let credits = store.credits(&account, true, self.backend.clock.now()).await?;
        Ok(match granted {
            Granted::Now(_) => Given::Now(credits),
            Granted::Already(_) => Given::Before(credits),
        })
    }

    /// Everything in the books of credits that cannot be; nothing, as it should be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_books(&self) -> Result<Vec<BookFault>, ServiceError> {
        self.backend.store.check_books().await
    }
}
