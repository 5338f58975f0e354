//! How often things may be asked. Token buckets for each address and each account, in memory: a restart forgives, a flood is refused.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::Rates;
use crate::fault::{Answer, Fault};

/// Over what time the figures of [`Rates`] count.
const WINDOW: Duration = Duration::from_secs(300);

/// After how many tokens what is over is forgotten.
const FORGET_EVERY: u32 = 4_096;

type Buckets<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// The buckets.
pub(crate) struct Limits {
    token: Buckets<IpAddr>,
    verify: Buckets<IpAddr>,
    mail: Buckets<IpAddr>,
    account: Buckets<String>,
    letters: Buckets<String>,
    asked: AtomicU32,
}

impl Limits {
    pub(crate) fn new(rates: &Rates) -> Self {
        Self {
            token: buckets(rates.token),
            verify: buckets(rates.verify),
            mail: buckets(rates.mail),
            account: buckets(rates.account),
            letters: buckets(rates.letters),
            asked: AtomicU32::new(0),
        }
    }

    /// A token is asked for.
    pub(crate) fn token(&self, from: IpAddr) -> Answer<()> {
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(FORGET_EVERY) {
            self.forget();
        }
        once(&self.token, &from, "over_request_rate_limit")
    }

    /// A code is to be checked.
    pub(crate) fn verify(&self, from: IpAddr) -> Answer<()> {
        once(&self.verify, &from, "over_request_rate_limit")
    }

    /// An account or a mail is asked for.
    pub(crate) fn mail(&self, from: IpAddr) -> Answer<()> {
        once(&self.mail, &from, "over_request_rate_limit")
    }

    /// A password or code is tried on an account, known or not.
    pub(crate) fn account(&self, email: &str) -> Answer<()> {
        once(&self.account, &email.to_owned(), "over_request_rate_limit")
    }

    /// A letter goes to an address.
    pub(crate) fn letter(&self, email: &str) -> Answer<()> {
        once(&self.letters, &email.to_owned(), "over_email_send_rate_limit")
    }

    /// Forgets addresses and accounts that asked nothing for a while.
    fn forget(&self) {
        self.token.retain_recent();
        self.verify.retain_recent();
        self.mail.retain_recent();
        self.account.retain_recent();
        self.letters.retain_recent();
    }
}

fn buckets<K: std::hash::Hash + Eq + Clone>(within: u32) -> Buckets<K> {
    let most = NonZeroU32::new(within).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(WINDOW / most.get()).unwrap_or_else(|| Quota::per_second(most));
    RateLimiter::keyed(quota.allow_burst(most))
}

fn once<K: std::hash::Hash + Eq + Clone>(buckets: &Buckets<K>, key: &K, code: &'static str) -> Answer<()> {
    buckets.check_key(key).map_err(|_| Fault::too_often(code))
}
