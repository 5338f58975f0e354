//! The window's commands over loopback, so that its screen can be developed and tested in an ordinary browser. Never bundled.
//!
//! It stands where the window's shell stands: the same desk, the same commands, the same events and pictures; only the dialogs are missing,
//! and pictures come in by `POST /stage` instead.
#![allow(clippy::print_stdout, reason = "it tells its address")]

mod native;
mod routes;
mod screen;

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

use allxone_app::{Desk, SecretStoreKind, Start};
use anyhow::Context as _;
use clap::Parser;

/// The window's commands for a browser on this computer.
#[derive(Parser)]
struct Arguments {
    /// Keep everything in this folder.
    #[arg(long)]
    data_dir: PathBuf,
    /// The folder with the models.
    #[arg(long)]
    models_dir: Option<PathBuf>,
    /// The built screen.
    #[arg(long, default_value = "ui/dist")]
    ui: PathBuf,
    /// Port on 127.0.0.1; 0 for any.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What a browser must know; random when absent.
    #[arg(long)]
    token: Option<String>,
    /// Where the key is kept: keyring, passphrase, file or memory.
    #[arg(long)]
    secret_store: Option<SecretStoreKind>,
}

fn main() -> anyhow::Result<ExitCode> {
    match allxone_app::decoder_role() {
        Some(ended) => Ok(ended),
        None => host().map(|()| ExitCode::SUCCESS),
    }
}

#[tokio::main]
async fn host() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let token = arguments.token.unwrap_or_else(|| format!("{:032x}", rand::random::<u128>()));
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port))
        .await
        .context("the port is taken")?;
    let address = listener.local_addr()?;
    let start = Start {
        data_dir: Some(arguments.data_dir.clone()),
        models_dir: arguments.models_dir,
        secret_store: arguments.secret_store,
        program: "AllXOne development host".to_owned(),
        rest_after: None,
    };
    let desk = Desk::open(start, native::Headless { saved: arguments.data_dir.join("saved") })?;
    println!("http://{address}/?token={token}");
    let router = routes::router(routes::Host { desk: desk.clone(), ui: arguments.ui, address, token });
    let stop = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    tokio::select! {
        served = async { axum::serve(listener, router).await } => served?,
        () = stop => {}
    }
    desk.close().await;
    Ok(())
}
