//! The one place where HTTP clients are made, so that every connection has the same manners: no redirects, no cookies, no referer,
//! no compression, no retries of its own, certificates checked.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, ClientBuilder};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use tokio::sync::OnceCell;

use crate::error::ConnectFault;
use crate::public::PublicNames;
use crate::server::{Reach, Server};
use crate::{EgressError, ProxySetting};

/// What every connection introduces itself as.
const USER_AGENT: &str = concat!("AllXOne/", env!("CARGO_PKG_VERSION"));

/// Unused connections are closed after this long.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// How long a bucket may take to be reached, and to send the next piece.
const BUCKET_PATIENCE: Duration = Duration::from_secs(20);

/// The largest file of extra certificate authorities that is read.
const MAX_CERTIFICATES: u64 = 4 * 1024 * 1024;

/// One client for plain HTTP within this computer, made at once; three for HTTPS, made when first needed, because reading the system's
/// certificates takes a moment and may fail on a computer that never connects anywhere.
pub(crate) struct Clients {
    connect_timeout: Duration,
    proxy: ProxySetting,
    extra_roots: Vec<CertificateDer<'static>>,
    plain: Client,
    secure_here: OnceCell<Client>,
    secure_elsewhere: OnceCell<Client>,
    secure_public: OnceCell<Client>,
}

impl Clients {
    pub(crate) fn new(
        connect_timeout: Duration,
        proxy: ProxySetting,
        extra_ca: Option<PathBuf>,
    ) -> Result<Self, EgressError> {
        let extra_roots = extra_ca.as_deref().map(read_certificates).transpose()?.unwrap_or_default();
        if let ProxySetting::Manual(address) = &proxy {
            reqwest::Proxy::all(address.url().clone()).map_err(|_| EgressError::BadProxy)?;
        }
        let plain = within_this_computer(mannered(connect_timeout, trusting_nobody()?));
        let plain = plain.build().map_err(|_| EgressError::NoTrust)?;
        Ok(Self {
            connect_timeout,
            proxy,
            extra_roots,
            plain,
            secure_here: OnceCell::new(),
            secure_elsewhere: OnceCell::new(),
            secure_public: OnceCell::new(),
        })
    }

    /// The client that may talk to `server`.
    pub(crate) async fn for_server(&self, server: &Server) -> Result<&Client, EgressError> {
        match (server.base().scheme(), server.reach()) {
            ("http", Reach::Own | Reach::Loopback) => Ok(&self.plain),
            ("https", Reach::Loopback) => {
                let make = || async {
                    within_this_computer(self.secure().await?).build().map_err(|_| EgressError::NoTrust)
                };
                self.secure_here.get_or_try_init(make).await
            }
            ("https", Reach::Remote) => {
                let make = || async {
                    self.through_proxy(self.secure().await?)?.build().map_err(|_| EgressError::NoTrust)
                };
                self.secure_elsewhere.get_or_try_init(make).await
            }
            ("https", Reach::Public) => {
                let make = || async {
                    let client =
                        self.through_proxy(self.secure().await?)?.dns_resolver(Arc::new(PublicNames));
                    client.build().map_err(|_| EgressError::NoTrust)
                };
                self.secure_public.get_or_try_init(make).await
            }
            _ => Err(EgressError::BadAddress(crate::AddressFault::Plain)),
        }
    }

    async fn secure(&self) -> Result<ClientBuilder, EgressError> {
        let roots = self.extra_roots.clone();
        let tls = tokio::task::spawn_blocking(move || trusting_the_system(roots)).await;
        Ok(mannered(self.connect_timeout, tls.map_err(|_| EgressError::NoTrust)??))
    }

    fn through_proxy(&self, builder: ClientBuilder) -> Result<ClientBuilder, EgressError> {
        Ok(match &self.proxy {
            ProxySetting::System => builder,
            ProxySetting::None => builder.no_proxy(),
            ProxySetting::Manual(address) => {
                let proxy = reqwest::Proxy::all(address.url().clone()).map_err(|_| EgressError::BadProxy)?;
                builder.no_proxy().proxy(proxy)
            }
        })
    }
}

/// The client for a bucket: one on this computer (`here`), perhaps in the clear, or one elsewhere. A piece of an answer that does not come
/// ends it.
pub(crate) async fn for_bucket(
    here: bool,
    plain: bool,
    authorities: Option<PathBuf>,
) -> Result<Client, EgressError> {
    let tls = tokio::task::spawn_blocking(move || match plain {
        true => trusting_nobody(),
        false => trusting_the_system(
            authorities.as_deref().map(read_certificates).transpose()?.unwrap_or_default(),
        ),
    });
    let client = mannered(BUCKET_PATIENCE, tls.await.map_err(|_| EgressError::NoTrust)??);
    let client = if here { within_this_computer(client) } else { client };
    client.read_timeout(BUCKET_PATIENCE).build().map_err(|_| EgressError::NoTrust)
}

#[expect(clippy::disallowed_methods, reason = "this is the Door: every outgoing connection starts here")]
fn mannered(connect_timeout: Duration, tls: rustls::ClientConfig) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(USER_AGENT)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .http1_only()
        .connection_verbose(false)
}

/// Never through a proxy, and `localhost` means this computer whatever a name server says.
fn within_this_computer(builder: ClientBuilder) -> ClientBuilder {
    let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    builder.no_proxy().resolve_to_addrs("localhost", &here)
}

fn tls() -> Result<rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier>, EgressError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| EgressError::NoTrust)
}

fn trusting_nobody() -> Result<rustls::ClientConfig, EgressError> {
    Ok(tls()?.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
}

fn trusting_the_system(
    extra_roots: Vec<CertificateDer<'static>>,
) -> Result<rustls::ClientConfig, EgressError> {
    let builder = tls()?;
    let verifier = Verifier::new_with_extra_roots(extra_roots, builder.crypto_provider().clone())
        .map_err(|_| EgressError::NoTrust)?;
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, EgressError> {
    let bad = || EgressError::BadCertificates { path: path.to_owned() };
    if std::fs::metadata(path).map_err(|_| bad())?.len() > MAX_CERTIFICATES {
        return Err(bad());
    }
    let pem = std::fs::read(path).map_err(|_| bad())?;
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|_| bad())?;
    let mut store = rustls::RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|_| bad())?;
    }
    if certificates.is_empty() { Err(bad()) } else { Ok(certificates) }
}

/// Why `host` did not answer. The error's own text is dropped: it may name the whole address.
pub(crate) fn unanswered(host: &str, error: &reqwest::Error) -> EgressError {
    let host = host.to_owned();
    if !error.is_connect() {
        return EgressError::Broken { host };
    }
    let fault = if error.is_timeout() {
        ConnectFault::Timeout
    } else if error.is_dns() {
        ConnectFault::Name
    } else if speaks_of_tls(error) {
        ConnectFault::Identity
    } else {
        ConnectFault::Unreachable
    };
    EgressError::Connect { host, fault }
}

/// Whether a TLS error is somewhere among the causes. An `io::Error` hides its own from `source`, so it is asked directly.
fn speaks_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    if error.is::<rustls::Error>() {
        return true;
    }
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    inner.is_some_and(|inner| speaks_of_tls(inner)) || error.source().is_some_and(speaks_of_tls)
}
