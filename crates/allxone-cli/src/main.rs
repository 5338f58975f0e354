//! `allxone`: the product on the command line. Every command is a few lines over the same core the window uses.

mod account;
mod admin;
mod archive;
mod args;
mod billing;
mod credits;
mod egress;
mod exit;
mod generate;
mod history;
mod keys;
mod library;
mod models;
mod partner;
mod place;
mod rights;
mod scan;
mod screen;
mod serve;
mod standing;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command};
use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    if let Some(ended) = allxone_app::decoder_role() {
        return ended;
    }
    allxone_app::silence_runtime();
    let cli = Cli::parse();
    let json = wants_json(&cli.command);
    let ended = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| {
            let ended = runtime.block_on(run(cli));
            runtime.shutdown_timeout(std::time::Duration::from_secs(2));
            ended
        });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if json {
                screen::json(&failure.json());
            }
            screen::note(&failure.message);
            ExitCode::from(failure.exit as u8)
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let place = cli.place;
    match cli.command {
        Command::Scan(args) => scan::run(&place, args).await,
        Command::Generate(args) => Box::pin(generate::run(&place, args)).await,
        Command::Models(args) => models::run(&place, args).await,
        Command::Library(args) => library::run(&place, args).await,
        Command::Export(args) => archive::export(&place, args).await,
        Command::Import(args) => Box::pin(archive::import(&place, args)).await,
        Command::Egress(args) => egress::run(&place, args).await,
        Command::Account(command) => Box::pin(account::run(&place, command)).await,
        Command::Partner(command) => partner::run(&place, command),
        Command::Credits(args) => Box::pin(credits::run(&place, args)).await,
        Command::Billing(args) => Box::pin(billing::run(&place, args)).await,
        Command::Serve(args) => serve::run(&place, args).await,
        Command::Doctor(args) => standing::run(&place, args).await,
        Command::Verify(args) => verify::run(&place, args).await,
        Command::Admin(args::Admin::Request(request)) => admin::run(&place, request).await,
        Command::Admin(args::Admin::Key(key)) => keys::run(&place, key).await,
        Command::Admin(args::Admin::Credits(books)) => credits::books(&place, books).await,
    }
}

fn wants_json(command: &Command) -> bool {
    use args::Library;
    match command {
        Command::Scan(args) => args.json,
        Command::Generate(args) => args.json,
        Command::Models(args) => args.json,
        Command::Library(
            Library::List { json, .. } | Library::Search { json, .. } | Library::Show { json, .. },
        ) => *json,
        Command::Library(_) => false,
        Command::Export(args) => args.json,
        Command::Import(args) => args.json,
        Command::Egress(args) => args.json,
        Command::Account(command) => command.json(),
        Command::Partner(
            args::Partner::Add { json, .. }
            | args::Partner::List { json }
            | args::Partner::Remove { json, .. },
        ) => *json,
        Command::Credits(args) => args.json,
        Command::Billing(args) => args.json,
        Command::Serve(args) => args.json,
        Command::Doctor(args) => args.json,
        Command::Verify(args) => args.json,
        Command::Admin(args::Admin::Request(request)) => admin::wants_json(request),
        Command::Admin(args::Admin::Key(
            args::Key::Add { json, .. } | args::Key::List { json } | args::Key::Revoke { json, .. },
        )) => *json,
        Command::Admin(args::Admin::Credits(
            args::Books::Grant { json, .. } | args::Books::Check { json },
        )) => *json,
    }
}

/// Waits for Ctrl-C; never returns where the system cannot tell.
async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(Exit::Usage, "usage", message)
}
