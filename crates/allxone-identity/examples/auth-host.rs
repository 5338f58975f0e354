//! The accounts on a loopback port, for conformance tests with the official clients. Orders come as lines of JSON on standard input and
//! are answered with a line each: `{"advance": seconds}` moves the clock, `{"letters": true}` shows the outbox, `{"renew": true}` changes the
//! signing key, `{"operator": seconds}` makes an operator's token.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use allxone_contract::UtcMillis;
use allxone_egress::{Door, EgressOutcome, EgressRow, Ledger, LedgerError, RowId};
use allxone_identity::{BASE, Identity, IdentityConfig, Outside, Rates};
use allxone_vault::SecretKey;
use axum::Router;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

/// A ledger for as long as a test takes.
struct Unkept;

impl Ledger for Unkept {
    fn append(&self, _: &EgressRow) -> Result<RowId, LedgerError> {
        Ok(RowId(1))
    }

    fn close(&self, _: RowId, _: &EgressOutcome) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let strict = std::env::args().any(|argument| argument == "--strict");
    let folder = std::env::temp_dir().join(format!("allxone-auth-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = format!("http://{}", listener.local_addr()?);
    let ahead = Arc::new(AtomicI64::new(0));
    let clock = Arc::clone(&ahead);

    let mut config = IdentityConfig::new(
        folder.join("identity.db"),
        SecretKey::from_bytes(Zeroizing::new([7; 32])),
        address.parse()?,
    );
    config.now = Arc::new(move || UtcMillis::now().plus(clock.load(Ordering::Relaxed)));
    if strict {
        config.rules.autoconfirm = false;
    }
    if let Some(file) = std::env::args().skip_while(|argument| argument != "--outside").nth(1) {
        let outside = Outside::read(file.as_ref())?;
        config.providers = outside.providers;
        config.mail = outside.mail;
        config.door = Some(Door::builder().ledger(Arc::new(Unkept)).build()?);
    }
    if !std::env::args().any(|argument| argument == "--limited") {
        config.rates = Rates {
            token: 1_000_000,
            verify: 1_000_000,
            mail: 1_000_000,
            account: 1_000_000,
            letters: 1_000_000,
        };
    }
    let identity = runtime.block_on(Identity::open(config))?;
    let app = Router::new().nest(BASE, identity.router()).into_make_service_with_connect_info::<SocketAddr>();
    runtime.spawn(async move { axum::serve(listener, app).await });
    println!("{}", json!({ "address": address, "operator": identity.operator_token(3_600) }));

    for line in std::io::stdin().lines() {
        let order: Value = serde_json::from_str(&line?)?;
        let answer = if let Some(seconds) = order["advance"].as_i64() {
            ahead.fetch_add(seconds * 1_000, Ordering::Relaxed);
            json!({})
        } else if order["letters"] == true {
            let letters = runtime.block_on(identity.letters())?;
            letters
                .iter()
                .map(|one| json!({ "kind": one.kind, "to": one.recipient, "code": one.code }))
                .collect()
        } else if order["renew"] == true {
            runtime.block_on(identity.renew_signing_key())?;
            json!({})
        } else {
            json!({ "operator": identity.operator_token(order["operator"].as_i64().unwrap_or(60)) })
        };
        println!("{answer}");
    }
    runtime.block_on(identity.close());
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
