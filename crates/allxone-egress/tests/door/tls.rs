//! Whom the Door believes: the system's authorities and a named file, nobody else.

use std::net::SocketAddr;
use std::sync::Arc;

use allxone_egress::{BearerToken, ConnectFault, Door, EgressError, HeaderMap, Purpose, Route, Server};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::notebook::{Notebook, TOKEN};

/// A server on loopback with a certificate for `name`, and the PEM of the authority that signed it.
async fn secure_server(name: &str) -> (SocketAddr, String) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate =
        CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    (addr, authority.pem())
}

async fn ask(authority: Option<&str>, url: &str) -> Result<bytes::Bytes, EgressError> {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = Door::builder().ledger(Arc::new(Notebook::default()));
    if let Some(pem) = authority {
        let file = folder.path().join("authority.pem");
        std::fs::write(&file, pem).unwrap();
        builder = builder.extra_ca(file);
    }
    let server = Server::remote(url, Some(BearerToken::new(TOKEN).unwrap())).unwrap();
    let door = builder.build()?;
    door.fetch(&server, Purpose::Health, Route::get("/health"), HeaderMap::new(), 10).await?.bytes().await
}

#[tokio::test]
async fn a_named_authority_is_believed_and_a_stranger_is_not() {
    let (addr, authority) = secure_server("localhost").await;
    let (_, other_authority) = secure_server("localhost").await;
    let url = format!("https://localhost:{}", addr.port());
    assert_eq!(ask(Some(&authority), &url).await.unwrap(), "ok");
    let stranger = ask(Some(&other_authority), &url).await.unwrap_err();
    assert!(matches!(stranger, EgressError::Connect { fault: ConnectFault::Identity, .. }), "{stranger:?}");
    assert!(stranger.never_sent() && !stranger.is_passing() && !stranger.is_offline());
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_believed() {
    let (addr, authority) = secure_server("studio.example").await;
    let error = ask(Some(&authority), &format!("https://localhost:{}", addr.port())).await.unwrap_err();
    assert!(matches!(error, EgressError::Connect { fault: ConnectFault::Identity, .. }), "{error:?}");
}

#[tokio::test]
async fn a_file_that_holds_no_certificates_is_refused_by_name() {
    for content in ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
    {
        let error = ask(Some(content), "https://localhost:1").await.unwrap_err();
        assert!(
            matches!(&error, EgressError::BadCertificates { path } if path.ends_with("authority.pem")),
            "{error:?}"
        );
    }
    let missing = Door::builder().extra_ca("/nowhere/authority.pem".into()).build().unwrap_err();
    assert_eq!(missing.code(), "bad_certificates");
}
