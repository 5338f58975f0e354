//! Knocks of fal at the service's door: each says that a request is done, signed with a key that fal publishes (Ed25519).
//!
//! A knock is not believed. It makes the service ask sooner how the request stands, so the worst that a forged, late or repeated one could do
//! is one more question; and what fal sends along with it is never read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use allxone_egress::{Purpose, Route, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Notify;
use url::Url;

use super::Partnership;
use super::line::Line;
use crate::ServiceError;
use crate::partner::Knock;

/// The route fal is told to knock at, below the service's address.
const ROUTE: &str = "api/v1/webhooks/fal";
/// How many seconds the time of a knock may be away from ours, before or after.
const TOLERANCE: u64 = 300;
/// How long the published keys are used without being asked for again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// How soon they are asked for again where none of them fits, since fal changes them.
const CHANGED: Duration = Duration::from_secs(5 * 60);
/// The most that is taken of the keys.
const MOST_KEYS: u64 = 64 * 1024;
/// How much longer is waited between two questions where a knock is to be expected.
pub(crate) const SLOWER: u32 = 5;

/// Who waits for which knock.
pub(crate) struct Knocks {
    /// Where fal is told to knock.
    pub(crate) at: Url,
    keys: Server,
    known: Mutex<Option<(Instant, Vec<Vec<u8>>)>>,
    waiting: Mutex<HashMap<String, Arc<Notify>>>,
}

/// A place in the queue of those who wait; leaving it ends the wait.
pub(crate) struct Waiting<'a> {
    knocks: &'a Knocks,
    request: String,
    knocked: Arc<Notify>,
}

impl Knocks {
    /// For a service that is reached at `address`; `None` where fal could not come.
    pub(crate) fn open(
        with: &Partnership,
        line: &Line,
        address: Option<&Url>,
    ) -> Result<Option<Self>, ServiceError> {
        let reachable = |address: &&Url| address.scheme() == "https" || line.server().is_here();
        let Some(address) = address.filter(reachable) else { return Ok(None) };
        let address = format!("{}/{ROUTE}", address.as_str().trim_end_matches('/'));
        let Ok(at) = address.parse() else { return Ok(None) };
        let keys = Server::remote(&with.signing_keys, None)?;
        Ok(Some(Self { at, keys, known: Mutex::default(), waiting: Mutex::default() }))
    }

    /// Waits from now on for a knock about a request.
    pub(crate) fn wait_for(&self, request: &str) -> Waiting<'_> {
        let knocked = Arc::new(Notify::new());
        self.waiting().insert(request.to_owned(), Arc::clone(&knocked));
        Waiting { knocks: self, request: request.to_owned(), knocked }
    }

    /// Hears a knock; `false` when it does not come from fal.
    pub(crate) fn heard(&self, line: &Line, knock: &Knock) -> bool {
        let header = |name: &str| knock.headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(request), Some(user), Some(time), Some(signature)) = (
            header("x-fal-webhook-request-id"),
            header("x-fal-webhook-user-id"),
            header("x-fal-webhook-timestamp"),
            header("x-fal-webhook-signature").and_then(|text| hex::decode(text).ok()),
        ) else {
            return false;
        };
        let seconds = knock.time.0.div_euclid(1_000);
        if !time.parse::<i64>().is_ok_and(|time| time.abs_diff(seconds) <= TOLERANCE) {
            return false;
        }
        // Nobody here waits for it: it may be another node's, and needs no proof to be forgotten.
        let Some(waiting) = self.waiting().get(request).cloned() else { return true };
        let body = hex::encode(Sha256::digest(&knock.body));
        let signed = [request, user, time, &body].join("\n");
        let holds = self.any_key(line, |key| {
            UnparsedPublicKey::new(&ED25519, key).verify(signed.as_bytes(), &signature).is_ok()
        });
        if holds {
            waiting.notify_one();
        }
        holds
    }

    /// Whether something holds with one of the published keys.
    fn any_key(&self, line: &Line, holds: impl Fn(&[u8]) -> bool) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let age = |known: &Option<(Instant, Vec<Vec<u8>>)>| known.as_ref().map(|(at, _)| at.elapsed());
        let any = |known: &Option<(Instant, Vec<Vec<u8>>)>| {
            known.iter().any(|(_, keys)| keys.iter().any(|key| holds(key)))
        };
        if age(&known).is_some_and(|age| age < KEPT) && any(&known) {
            return true;
        }
        if age(&known).is_some_and(|age| age < CHANGED) {
            return false;
        }
        let asked = line.question(&self.keys, Route::get("/"), Purpose::FollowJob, MOST_KEYS);
        // Asked for at most so often, whatever the answer.
        let keys = match line.block_on(asked) {
            Ok(Ok(published)) => read(&published),
            _ => Vec::new(),
        };
        *known = Some((Instant::now(), keys));
        any(&known)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting<'_> {
    /// Ends with the next knock.
    pub(crate) async fn knocked(&self) {
        self.knocked.notified().await;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = self.knocks.waiting();
        // Another run may wait for the same request by now.
        if waiting.get(&self.request).is_some_and(|known| Arc::ptr_eq(known, &self.knocked)) {
            waiting.remove(&self.request);
        }
    }
}

/// The keys of a published set that are of the right kind.
fn read(published: &Value) -> Vec<Vec<u8>> {
    let keys = published.get("keys").and_then(Value::as_array).into_iter().flatten();
    let right = keys.filter(|key| key.get("crv").and_then(Value::as_str) == Some("Ed25519"));
    right.filter_map(|key| URL_SAFE_NO_PAD.decode(key.get("x")?.as_str()?).ok()).take(16).collect()
}
