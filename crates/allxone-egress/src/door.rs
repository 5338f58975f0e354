//! The Door itself: the one line from a request to the network, in a fixed order of checks.

use std::path::PathBuf;
use std::sync::Arc;

use allxone_contract::UtcMillis;
use allxone_safety::{Clearable, Cleared};
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use tokio::time::Instant;

use crate::answer::{Answer, Reception};
use crate::ask::Question;
use crate::clients::{Clients, unanswered};
use crate::control::{Control, MAX_CONTROL_BYTES};
use crate::error::Wait;
use crate::grant::purpose_of;
use crate::ledger::OpenRow;
use crate::{
    EgressError, EgressRow, Form, Grant, Granted, Handover, Ledger, MAX_FORM_BYTES, OfflineLock,
    PaymentQuestion, ProxySetting, Purpose, Route, Server, Timeouts, headers,
};

/// The most that is taken of an answer to a question or command, in bytes.
pub const MAX_ANSWER_BYTES: u64 = 8 * 1024 * 1024;

/// The most that is taken of an answer about an account, in bytes.
pub const MAX_ACCOUNT_BYTES: u64 = 256 * 1024;

/// The most that is taken of what a sign-in provider answers, in bytes.
const MAX_PROVIDER_BYTES: u64 = 256 * 1024;

/// The most that is taken of one event stream, in bytes; a longer one is cut and resumed.
const MAX_EVENT_BYTES: u64 = 64 * 1024 * 1024;

/// The only way out. Cheap to clone; all clones share the lock, the ledger and the connections.
///
/// Content goes out only once it is cleared:
/// ```no_run
/// # async fn f(door: allxone_egress::Door, server: allxone_egress::Server,
/// #     request: allxone_safety::Cleared<allxone_contract::JobRequest>) {
/// use allxone_egress::{Purpose, Route};
/// let _ = door.send_content(&server, Purpose::SubmitJob, Route::post("/api/v1/jobs"), Default::default(), &request).await;
/// # }
/// ```
/// A request that is not cleared cannot be sent:
/// ```compile_fail,E0308
/// # async fn f(door: allxone_egress::Door, server: allxone_egress::Server,
/// #     request: allxone_contract::JobRequest) {
/// use allxone_egress::{Purpose, Route};
/// let _ = door.send_content(&server, Purpose::SubmitJob, Route::post("/api/v1/jobs"), Default::default(), &request).await;
/// # }
/// ```
/// and neither can raw bytes:
/// ```compile_fail,E0308
/// # async fn f(door: allxone_egress::Door, server: allxone_egress::Server,
/// #     request: bytes::Bytes) {
/// use allxone_egress::{Purpose, Route};
/// let _ = door.send_content(&server, Purpose::SubmitJob, Route::post("/api/v1/jobs"), Default::default(), &request).await;
/// # }
/// ```
#[derive(Clone)]
pub struct Door(Arc<Inner>);

struct Inner {
    clients: Clients,
    ledger: Option<Arc<dyn Ledger>>,
    lock: OfflineLock,
    timeouts: Timeouts,
}

/// How a [`Door`] is set up. Without a ledger it lets nothing out but requests to this program's own service.
#[derive(Default)]
pub struct DoorBuilder {
    ledger: Option<Arc<dyn Ledger>>,
    lock: OfflineLock,
    proxy: ProxySetting,
    extra_ca: Option<PathBuf>,
    timeouts: Timeouts,
}

impl DoorBuilder {
    /// Where every request to another program is written down.
    #[must_use]
    pub fn ledger(mut self, ledger: Arc<dyn Ledger>) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// The switch that closes the Door; open by default.
    #[must_use]
    pub fn offline_lock(mut self, lock: OfflineLock) -> Self {
        self.lock = lock;
        self
    }

    /// Which proxy to use for other computers; the system's by default.
    #[must_use]
    pub fn proxy(mut self, proxy: ProxySetting) -> Self {
        self.proxy = proxy;
        self
    }

    /// A PEM file of certificate authorities to trust beside the system's.
    #[must_use]
    pub fn extra_ca(mut self, file: PathBuf) -> Self {
        self.extra_ca = Some(file);
        self
    }

    /// Other waits than the usual ones.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The Door.
    ///
    /// # Errors
    /// [`EgressError::BadProxy`] or [`EgressError::BadCertificates`] when a setting cannot be used.
    pub fn build(self) -> Result<Door, EgressError> {
        let clients = Clients::new(self.timeouts.connect, self.proxy, self.extra_ca)?;
        Ok(Door(Arc::new(Inner { clients, ledger: self.ledger, lock: self.lock, timeouts: self.timeouts })))
    }
}

/// One request as the line sees it.
struct Request<'a> {
    server: &'a Server,
    purpose: Purpose,
    route: Route,
    headers: HeaderMap,
    body: Option<Bytes>,
    fields: Vec<String>,
    /// In place of the server's token.
    authorization: Option<HeaderValue>,
    cap: u64,
    events: bool,
}

impl<'a> Request<'a> {
    /// A plain question with the server's own token.
    fn new(server: &'a Server, purpose: Purpose, route: Route, headers: HeaderMap) -> Self {
        let (body, fields, authorization) = (None, Vec::new(), None);
        Self {
            server,
            purpose,
            route,
            headers,
            body,
            fields,
            authorization,
            cap: MAX_ANSWER_BYTES,
            events: false,
        }
    }
}

impl Door {
    /// Sets up a Door.
    pub fn builder() -> DoorBuilder {
        DoorBuilder::default()
    }

    /// The lock this Door obeys.
    pub fn offline_lock(&self) -> &OfflineLock {
        &self.0.lock
    }

    /// Sends cleared content: the exact bytes that were judged. The only way for a person's words and pictures to leave.
    /// A request is sent as JSON; a picture's media type is the caller's to set.
    ///
    /// # Errors
    /// [`EgressError::WrongPurpose`] unless the purpose is [`Purpose::SubmitJob`] for a request, [`Purpose::Upload`] for a picture, or
    /// [`Purpose::Plan`] for a request to the service of this process, so that nothing leaves before a person asks for it;
    /// any other [`EgressError`].
    pub async fn send_content<T: Clearable>(
        &self,
        server: &Server,
        purpose: Purpose,
        route: Route,
        mut headers: HeaderMap,
        content: &Cleared<T>,
    ) -> Result<Answer, EgressError> {
        let body = content.bytes().clone();
        let names = field_names(&body);
        // Pictures are uploaded, requests submitted: so the ledger's purpose says what kind of content went.
        let fits = match purpose {
            Purpose::SubmitJob => names.is_some(),
            Purpose::Plan => names.is_some() && server.is_own(),
            Purpose::Upload => names.is_none(),
            _ => false,
        };
        if !fits || route.method() != Method::POST {
            return Err(EgressError::WrongPurpose);
        }
        if names.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let fields = names.unwrap_or_else(|| vec!["picture".to_owned()]);
        self.exchange(Request { body: Some(body), fields, ..Request::new(server, purpose, route, headers) })
            .await
    }

    /// Hands cleared content to a partner in its own dialect; at most `cap` bytes of the answer are taken. The answer begins when the work is
    /// done, which may take [`Timeouts::partner`].
    ///
    /// # Errors
    /// [`EgressError::WrongPurpose`] unless the route hands something over; any other [`EgressError`].
    pub async fn hand_over(
        &self,
        partner: &Server,
        route: Route,
        mut headers: HeaderMap,
        handover: Handover,
        cap: u64,
    ) -> Result<Answer, EgressError> {
        let Handover { body, content_type, fields } = handover;
        if route.method() != Method::POST {
            return Err(EgressError::WrongPurpose);
        }
        let content_type = HeaderValue::from_str(&content_type).map_err(|_| EgressError::NotControl)?;
        headers.insert(CONTENT_TYPE, content_type);
        self.exchange(Request {
            body: Some(body),
            fields,
            cap,
            ..Request::new(partner, Purpose::Partner, route, headers)
        })
        .await
    }

    /// Sends a question or command.
    ///
    /// # Errors
    /// [`EgressError::NotControl`] for a body over [`MAX_CONTROL_BYTES`] or with free text in it, [`EgressError::WrongPurpose`] for a
    /// purpose that carries content or needs a grant; any other [`EgressError`].
    pub async fn send_control<C: Control>(
        &self,
        server: &Server,
        purpose: Purpose,
        route: Route,
        headers: HeaderMap,
        control: &C,
    ) -> Result<Answer, EgressError> {
        if purpose.carries_content() || purpose.needs_grant() {
            return Err(EgressError::WrongPurpose);
        }
        let body = control.body().map_err(|_| EgressError::NotControl)?;
        self.send_body(server, purpose, route, headers, body).await
    }

    /// Sends what a person allowed, under the grant it names.
    ///
    /// # Errors
    /// [`EgressError::WrongPurpose`] when the grant is another one, or for something else; [`EgressError::NotControl`] as for a question;
    /// any other [`EgressError`].
    pub async fn send_granted<G: Granted>(
        &self,
        server: &Server,
        route: Route,
        headers: HeaderMap,
        given: &G,
        grant: &Grant,
    ) -> Result<Answer, EgressError> {
        if !grant.covers(given) || route.method() != Method::POST {
            return Err(EgressError::WrongPurpose);
        }
        let body = given.body().map_err(|_| EgressError::NotControl)?;
        self.send_body(server, purpose_of(given.kind()), route, headers, Some(body)).await
    }

    /// Sends a short body, or none.
    async fn send_body(
        &self,
        server: &Server,
        purpose: Purpose,
        route: Route,
        mut headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Result<Answer, EgressError> {
        let body = body.map(Bytes::from);
        let mut fields = Vec::new();
        if let Some(body) = &body {
            if body.len() > MAX_CONTROL_BYTES {
                return Err(EgressError::NotControl);
            }
            fields = field_names(body).ok_or(EgressError::NotControl)?;
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.exchange(Request { body, fields, ..Request::new(server, purpose, route, headers) }).await
    }

    /// Sends a form about an account; at most 256 KiB of the answer are taken.
    ///
    /// # Errors
    /// [`EgressError::WrongPurpose`] for a purpose that carries no account data, [`EgressError::NotControl`] for a form over
    /// [`MAX_FORM_BYTES`]; any other [`EgressError`].
    pub async fn send_form(
        &self,
        server: &Server,
        purpose: Purpose,
        route: Route,
        mut headers: HeaderMap,
        form: Form,
    ) -> Result<Answer, EgressError> {
        if !purpose.carries_account() {
            return Err(EgressError::WrongPurpose);
        }
        let (body, fields) = form.body();
        if body.len() > MAX_FORM_BYTES {
            return Err(EgressError::NotControl);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json;charset=UTF-8"));
        let body = Some(Bytes::from(body));
        let cap = MAX_ACCOUNT_BYTES;
        self.exchange(Request { body, fields, cap, ..Request::new(server, purpose, route, headers) }).await
    }

    /// Writes down that the address of `server`'s sign-in page is handed to the system's browser, which makes the connection itself.
    ///
    /// # Errors
    /// [`EgressError::Offline`] behind the closed lock, [`EgressError::LedgerRefused`]: then it must not be handed over.
    pub async fn note_browser(&self, server: &Server) -> Result<(), EgressError> {
        self.note_page(server, Purpose::Browser, "/auth/v1/authorize").await
    }

    /// Writes down that the address of a payment provider's page is handed to the system's browser, which makes the connection itself. The
    /// row names the host; the rest of the address belongs to one order and is left out.
    ///
    /// # Errors
    /// As [`note_browser`](Self::note_browser).
    pub async fn note_payment_page(&self, provider: &Server) -> Result<(), EgressError> {
        self.note_page(provider, Purpose::PaymentPage, "/").await
    }

    async fn note_page(&self, server: &Server, purpose: Purpose, resource: &str) -> Result<(), EgressError> {
        let host = server.host();
        if self.0.lock.is_closed() {
            return Err(EgressError::Offline { host });
        }
        let (time, method) = (UtcMillis::now(), "GET".to_owned());
        let row = EgressRow {
            time,
            host,
            purpose,
            method,
            resource: resource.to_owned(),
            fields: Vec::new(),
            headers: Vec::new(),
            bytes: 0,
        };
        let mut row = self.append(row).await?;
        row.sending = true;
        row.close(None).await;
        Ok(())
    }

    /// Asks for something; at most `cap` bytes of it are taken.
    ///
    /// # Errors
    /// Any [`EgressError`].
    pub async fn fetch(
        &self,
        server: &Server,
        purpose: Purpose,
        route: Route,
        headers: HeaderMap,
        cap: u64,
    ) -> Result<Answer, EgressError> {
        if purpose.carries_content() || purpose.needs_grant() || route.method() != Method::GET {
            return Err(EgressError::WrongPurpose);
        }
        self.exchange(Request { cap, ..Request::new(server, purpose, route, headers) }).await
    }

    /// Asks a sign-in provider who somebody is. The endpoint is the server's own address ([`Server::listed`]); redirects are not followed,
    /// at most 256 KiB are taken.
    ///
    /// # Errors
    /// [`EgressError::NotControl`] for a form with other fields than OAuth has; any other [`EgressError`].
    pub async fn ask_provider(&self, endpoint: &Server, question: Question) -> Result<Answer, EgressError> {
        let mut headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let (body, fields) = match question.body()? {
            Some((body, fields)) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
                (Some(Bytes::from(body)), fields)
            }
            None => (None, Vec::new()),
        };
        if let Some(key) = question.apikey {
            headers.insert("apikey", key);
        }
        self.exchange(Request {
            body,
            fields,
            authorization: question.authorization,
            cap: MAX_PROVIDER_BYTES,
            ..Request::new(endpoint, Purpose::UpstreamSignIn, question.route, headers)
        })
        .await
    }

    /// Asks a payment provider; redirects are not followed, at most 256 KiB are taken.
    ///
    /// # Errors
    /// [`EgressError::NotControl`] for a question with free text in it or over [`MAX_CONTROL_BYTES`]; any other [`EgressError`].
    pub async fn ask_payment(
        &self,
        provider: &Server,
        question: PaymentQuestion,
    ) -> Result<Answer, EgressError> {
        let written = question.body()?;
        let PaymentQuestion { route, mut headers, authorization, .. } = question;
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (mut body, mut fields) = (None, Vec::new());
        if let Some((bytes, kind, names)) = written {
            if bytes.len() > MAX_CONTROL_BYTES {
                return Err(EgressError::NotControl);
            }
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            (body, fields) = (Some(Bytes::from(bytes)), names);
        }
        self.exchange(Request {
            server: provider,
            purpose: Purpose::Payment,
            route,
            headers,
            body,
            fields,
            authorization,
            cap: MAX_PROVIDER_BYTES,
            events: false,
        })
        .await
    }

    /// Opens an event stream. It may stay open for any time, as long as something is heard every [`Timeouts::event_idle`].
    ///
    /// # Errors
    /// Any [`EgressError`].
    pub async fn events(
        &self,
        server: &Server,
        purpose: Purpose,
        route: Route,
        mut headers: HeaderMap,
    ) -> Result<Answer, EgressError> {
        if purpose.carries_content() || purpose.needs_grant() || route.method() != Method::GET {
            return Err(EgressError::WrongPurpose);
        }
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        self.exchange(Request {
            cap: MAX_EVENT_BYTES,
            events: true,
            ..Request::new(server, purpose, route, headers)
        })
        .await
    }

    /// Lock, address, headers, client, ledger, lock again, network: in this order, and only what passes one comes to the next.
    async fn exchange(&self, request: Request<'_>) -> Result<Answer, EgressError> {
        let Request { server, purpose, route, headers, body, fields, authorization, cap, events } = request;
        let Inner { clients, lock, timeouts, .. } = &*self.0;
        let host = server.host();
        let lock = (!server.is_own()).then(|| lock.clone());
        let refused_by_lock = || match &lock {
            Some(lock) if lock.is_closed() => Err(EgressError::Offline { host: host.clone() }),
            _ => Ok(()),
        };
        refused_by_lock()?;
        let url = route.address(server.base())?;
        let told = headers::check(&headers)?;
        let client = clients.for_server(server).await?;

        let mut sent = client.request(route.method().clone(), url).headers(headers);
        sent = sent.header(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(authorization) = authorization {
            sent = sent.header(AUTHORIZATION, authorization);
        } else if let Some(token) = server.token().await? {
            sent = sent.header(AUTHORIZATION, token.header()?);
        }
        let bytes = body.as_ref().map_or(0, |body| u64::try_from(body.len()).unwrap_or(u64::MAX));
        if let Some(body) = body {
            sent = sent.body(body);
        }
        let sent = sent.build().map_err(|_| EgressError::BadRoute)?;

        let mut row = if server.is_own() {
            OpenRow::unkept()
        } else {
            let method = route.method().as_str().to_owned();
            let resource = route.template().to_owned();
            let (time, host) = (UtcMillis::now(), host.clone());
            self.append(EgressRow { time, host, purpose, method, resource, fields, headers: told, bytes })
                .await?
        };
        if let Err(closed) = refused_by_lock() {
            row.close(Some(&closed)).await;
            return Err(closed);
        }

        let reception = Reception {
            deadline: (!events).then(|| Instant::now() + timeouts.total(purpose)),
            idle: if events { timeouts.event_idle } else { timeouts.idle },
            host,
            cap,
            lock,
        };
        row.sending = true;
        let answering =
            async { client.execute(sent).await.map_err(|error| unanswered(&reception.host, &error)) };
        let answer = match reception.wait(timeouts.answer(purpose), Wait::Answer, answering).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(host = %reception.host, ?purpose, error = error.code(), "a request was not answered");
                row.close(Some(&error)).await;
                return Err(error);
            }
        };
        row.status = Some(answer.status().as_u16());
        let length = answer.content_length();
        let encoded = answer.headers().get(CONTENT_ENCODING).is_some_and(|coding| coding != "identity");
        let mut answer = Answer::new(answer, row, reception);
        let fault = if encoded {
            Some(answer.encoded())
        } else {
            length.filter(|length| *length > cap).map(|_| answer.too_large())
        };
        match fault {
            Some(fault) => {
                answer.end(Some(&fault)).await;
                Err(fault)
            }
            None => Ok(answer),
        }
    }

    async fn append(&self, row: EgressRow) -> Result<OpenRow, EgressError> {
        let host = row.host.clone();
        let refused = |reason: String| EgressError::LedgerRefused { host, reason };
        let Some(ledger) = self.0.ledger.clone() else {
            return Err(refused("This program keeps none.".to_owned()));
        };
        // The open row is made where the append happens: should nobody wait any longer, it is closed all the same.
        let appending =
            tokio::task::spawn_blocking(move || ledger.append(&row).map(|id| OpenRow::kept(ledger, id)));
        match appending.await {
            Ok(Ok(row)) => Ok(row),
            Ok(Err(error)) => Err(refused(error.to_string())),
            Err(_) => Err(refused("It failed unexpectedly.".to_owned())),
        }
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("lock", &self.0.lock.is_closed()).finish_non_exhaustive()
    }
}

/// The names of the top-level fields of a JSON object; `None` when `body` is not one.
fn field_names(body: &[u8]) -> Option<Vec<String>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(body).ok()?;
    Some(object.keys().cloned().collect())
}
