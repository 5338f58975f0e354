//! The routes of `/auth/v1`, one request each, and what may be tried again.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use allxone_contract::UtcMillis;
use allxone_egress::{
    Answer, BearerToken, Door, EgressError, Empty, Form, FormField, HeaderMap, HeaderName, HeaderValue,
    MAX_ACCOUNT_BYTES, Method, Purpose, Route, Server,
};
use bytes::Bytes;
use rand::Rng as _;
use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::accounts::Now;
use crate::profile::Profile;
use crate::{AccountError, AuthServer, Secret, fault};

/// The version of the dialect that is asked for.
const DIALECT: &str = "2024-01-01";

/// The door in use. Another library brings another ledger, and with it another door; sessions outlive both.
#[derive(Clone)]
pub(crate) struct CurrentDoor(Arc<RwLock<Door>>);

impl CurrentDoor {
    pub(crate) fn new(door: Door) -> Self {
        Self(Arc::new(RwLock::new(door)))
    }

    pub(crate) fn set(&self, door: Door) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = door;
    }

    pub(crate) fn get(&self) -> Door {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How long a request that may be repeated is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Patience {
    /// The first wait; each further one is twice as long.
    pub first: Duration,
    /// The first wait after "too often".
    pub asked_too_often: Duration,
    /// No try begins after this time.
    pub budget: Duration,
    /// For so long after a failed renewal nothing is tried while the present token still holds.
    pub cool_down: Duration,
    /// How long signing out waits for the server.
    pub sign_out: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            asked_too_often: Duration::from_secs(10),
            budget: Duration::from_secs(30),
            cool_down: Duration::from_secs(60),
            sign_out: Duration::from_secs(5),
        }
    }
}

/// The ways to sign in at a server.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ts_rs::TS)]
pub struct Ways {
    /// Host and port of the service.
    pub host: String,
    /// Host and port of who keeps the accounts, where that is somebody else.
    pub kept_by: Option<String>,
    /// What can be done in the browser, by the server's names: `github`, `custom:local`, …
    pub providers: Vec<String>,
    /// Whether an e-mail address with a password or a code is taken.
    pub email: bool,
    /// Whether new accounts are taken.
    pub sign_up: bool,
    /// Whether a new address must be confirmed by a code.
    pub confirm: bool,
}

/// What is sent: nothing, or a form made anew for each try.
pub(crate) enum Body<'a> {
    /// To be read.
    None,
    /// A command without words.
    Empty,
    /// A form.
    Form(&'a (dyn Fn() -> Form + Send + Sync)),
}

/// Tokens and person of a sign-in, as the server gave them.
pub(crate) struct Granted {
    pub(crate) access: Secret,
    pub(crate) refresh: Secret,
    /// How long the access token lives.
    pub(crate) lives: Duration,
    /// Server's clock minus ours, in milliseconds.
    pub(crate) skew: i64,
    pub(crate) profile: Profile,
}

/// One server's `/auth/v1`. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Auth {
    door: CurrentDoor,
    pub(crate) server: AuthServer,
    device: Arc<str>,
    pub(crate) patience: Patience,
    pub(crate) now: Now,
}

impl Auth {
    pub(crate) fn new(
        door: CurrentDoor,
        server: AuthServer,
        device: Arc<str>,
        patience: Patience,
        now: Now,
    ) -> Self {
        Self { door, server, device, patience, now }
    }

    /// Whom requests go to, with `bearer` where the account itself asks.
    pub(crate) fn line(&self, bearer: Option<&Secret>) -> Result<Server, EgressError> {
        let token = bearer.map(|secret| BearerToken::new(secret.expose())).transpose()?;
        Server::remote(self.server.sign_in(), token)
    }

    fn host(&self) -> String {
        self.line(None).map(|line| line.host()).unwrap_or_default()
    }

    /// Which ways to sign in there are.
    pub(crate) async fn ways(&self) -> Result<Ways, AccountError> {
        let route = Route::get("/auth/v1/settings");
        let answer = self.patiently(Purpose::SignInWays, route, None, Body::None).await;
        let settings = match answer {
            Err(AccountError::Refused(fault)) if matches!(fault.status, 401 | 404) => {
                return Err(AccountError::NoAccounts { host: self.host() });
            }
            Err(AccountError::Unexpected { status: 200..=499, .. }) => {
                return Err(AccountError::NoAccounts { host: self.host() });
            }
            other => other?.0,
        };
        let Some(external) = settings.get("external").and_then(Value::as_object) else {
            return Err(AccountError::NoAccounts { host: self.host() });
        };
        let on = |name: &str| external.get(name).and_then(Value::as_bool).unwrap_or_default();
        let flag = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or_default();
        let in_browser = |name: &&String| {
            !matches!(name.as_str(), "email" | "phone" | "anonymous_users") && on(name) && is_provider(name)
        };
        Ok(Ways {
            host: self.server.host(),
            kept_by: Some(self.host()).filter(|host| *host != self.server.host()),
            providers: external.keys().filter(in_browser).take(40).cloned().collect(),
            email: on("email"),
            sign_up: !flag("disable_signup"),
            confirm: !flag("mailer_autoconfirm"),
        })
    }

    /// Writes down that the browser is sent to the sign-in page.
    pub(crate) async fn note_browser(&self) -> Result<(), AccountError> {
        Ok(self.door.get().note_browser(&self.line(None)?).await?)
    }

    /// Tokens for a proof. Never repeated: a proof may count once.
    pub(crate) async fn grant(
        &self,
        grant: &'static str,
        form: &(dyn Fn() -> Form + Send + Sync),
    ) -> Result<Granted, AccountError> {
        let route = Route::post("/auth/v1/token").query("grant_type", grant);
        self.granted(self.once(Purpose::SignIn, route, None, &Body::Form(form)).await?)
    }

    /// Tokens for a code from a letter.
    pub(crate) async fn verify(
        &self,
        kind: &str,
        email: &str,
        code: &Secret,
    ) -> Result<Granted, AccountError> {
        let form = || {
            Form::default()
                .with(FormField::Type, kind)
                .with(FormField::Email, email)
                .with(FormField::Token, code.expose())
        };
        self.granted(
            self.once(Purpose::SignIn, Route::post("/auth/v1/verify"), None, &Body::Form(&form)).await?,
        )
    }

    /// New tokens for the refresh token; repeated while that may help, since the same token is answered twice.
    pub(crate) async fn refresh(&self, refresh: &Secret) -> Result<Granted, AccountError> {
        let route = Route::post("/auth/v1/token").query("grant_type", "refresh_token");
        let form = || Form::default().with(FormField::RefreshToken, refresh.expose());
        self.granted(self.patiently(Purpose::RefreshSession, route, None, Body::Form(&form)).await?)
    }

    /// Something that is not repeated.
    pub(crate) async fn once(
        &self,
        purpose: Purpose,
        route: Route,
        bearer: Option<&Secret>,
        body: &Body<'_>,
    ) -> Result<(Value, i64), AccountError> {
        let (door, line) = (self.door.get(), self.line(bearer)?);
        let headers = self.headers();
        let answer = match body {
            Body::None => door.fetch(&line, purpose, route, headers, MAX_ACCOUNT_BYTES).await?,
            Body::Empty => door.send_control(&line, purpose, route, headers, &Empty).await?,
            Body::Form(form) => door.send_form(&line, purpose, route, headers, form()).await?,
        };
        self.read(answer).await
    }

    /// Something that may be repeated: after a broken line, a busy or failing server, and "too often".
    pub(crate) async fn patiently(
        &self,
        purpose: Purpose,
        route: Route,
        bearer: Option<&Secret>,
        body: Body<'_>,
    ) -> Result<(Value, i64), AccountError> {
        let (begun, mut wait) = (Instant::now(), self.patience.first);
        loop {
            let error = match self.once(purpose, route.clone(), bearer, &body).await {
                Ok(said) => return Ok(said),
                Err(error) => error,
            };
            // No way out at all is told at once: the person sees that they are offline, and the next use tries again.
            let offline = matches!(&error, AccountError::Egress(egress) if egress.is_offline());
            if offline || !error.is_passing() {
                return Err(error);
            }
            if matches!(&error, AccountError::Refused(fault) if fault.status == 429) {
                wait = wait.max(self.patience.asked_too_often);
            }
            let pause = wait.mul_f64(rand::rng().random_range(0.75..=1.25));
            if begun.elapsed().saturating_add(pause) > self.patience.budget {
                return Err(error);
            }
            tokio::time::sleep(pause).await;
            wait = wait.saturating_mul(2);
        }
    }

    async fn read(&self, answer: Answer) -> Result<(Value, i64), AccountError> {
        let status = answer.status();
        let unexpected = || AccountError::Unexpected { host: self.host(), status };
        if !answer.is_success() {
            return Err(match fault::of(answer).await? {
                Ok(fault) => AccountError::Refused(fault),
                Err(_) => unexpected(),
            });
        }
        let skew =
            answer.header("date").and_then(server_time).map_or(0, |time| time.saturating_sub((self.now)().0));
        let body: Bytes = answer.bytes().await?;
        if body.is_empty() {
            return Ok((Value::Null, skew));
        }
        let value = serde_json::from_slice(&body).map_err(|_| unexpected())?;
        Ok((value, skew))
    }

    pub(crate) fn granted(&self, (value, skew): (Value, i64)) -> Result<Granted, AccountError> {
        let unexpected = || AccountError::Unexpected { host: self.host(), status: 200 };
        let secret = |name: &str| {
            let text = value.get(name).and_then(Value::as_str).unwrap_or_default();
            BearerToken::new(text).is_ok().then(|| Secret::new(text)).ok_or_else(unexpected)
        };
        let lives = value
            .get("expires_in")
            .and_then(Value::as_u64)
            .filter(|seconds| (1..=31_536_000).contains(seconds));
        Ok(Granted {
            access: secret("access_token")?,
            refresh: secret("refresh_token")?,
            lives: Duration::from_secs(lives.ok_or_else(unexpected)?),
            skew,
            profile: value.get("user").and_then(Profile::of).ok_or_else(unexpected)?,
        })
    }

    fn headers(&self) -> HeaderMap {
        let fixed = |name: &'static str, value: &str| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(value).ok()?))
        };
        let headers = [
            fixed("accept", "application/json"),
            fixed("x-supabase-api-version", DIALECT),
            fixed("x-client-info", &self.device),
            self.server.key().and_then(|key| fixed("apikey", key)),
        ];
        headers.into_iter().flatten().collect()
    }
}

/// The names of the routes that need one.
pub(crate) mod routes {
    use super::{Method, Route};

    pub(crate) fn user() -> Route {
        Route::get("/auth/v1/user")
    }

    pub(crate) fn change_user() -> Route {
        Route::new(Method::PUT, "/auth/v1/user")
    }
}

/// Whether a name can stand in an address as it is.
pub(crate) fn is_provider(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b'_' | b'.'))
}

/// The clock of a `Date` header, in milliseconds; it has whole seconds, so half of one is added.
fn server_time(date: &str) -> Option<i64> {
    let since =
        httpdate::parse_http_date(date).unwrap_or(SystemTime::UNIX_EPOCH).duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis())
        .ok()
        .filter(|millis| *millis > 0)
        .map(|millis| millis.saturating_add(500))
}

/// The moment `lives` from now, by this computer's clock.
pub(crate) fn after(now: UtcMillis, lives: Duration) -> UtcMillis {
    now.plus(i64::try_from(lives.as_millis()).unwrap_or(i64::MAX))
}
