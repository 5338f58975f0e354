//! `allxone serve`: the generation service on its own, for other programs on this computer.

use std::sync::Arc;

use allxone_app::Accounts;
use allxone_app::identity::{Letter, Rules};
use serde_json::json;

use crate::args::{Place, Serve};
use crate::exit::Failure;
use crate::{place, screen, usage};

/// Runs until interrupted.
pub async fn run(place: &Place, args: Serve) -> Result<(), Failure> {
    if !args.listen.ip().is_loopback() {
        return Err(usage("The service listens on this computer only; use an address like 127.0.0.1:7437."));
    }
    let token = std::env::var("ALLXONE_SERVE_TOKEN").ok();
    if token.as_ref().is_some_and(|token| token.len() < 32) {
        return Err(usage("ALLXONE_SERVE_TOKEN is too short to be safe: give it at least 32 characters."));
    }
    let chosen = token.is_some();
    let served = allxone_app::serve(place::options(place), args.listen, token, accounts(&args), args.operator.clone()).await?;
    let base = format!("http://{}", served.addr());
    if args.json {
        screen::json(&json!({ "address": base, "token": served.token() }));
    } else {
        screen::line(format!("Listening on {base}{}", allxone_app::studio::contract::API_BASE));
        if !chosen {
            screen::line(format!("Token for this run: {}", served.token()));
        }
        if args.accounts {
            screen::line(format!("Accounts at {base}/auth/v1"));
        }
        screen::note("Stop with Ctrl-C.");
    }
    crate::interrupted().await;
    screen::note("Stopping …");
    served.shutdown().await;
    Ok(())
}

/// How accounts are kept, where they are. Without a mail server the letters with codes are shown here, to the owner of the terminal.
fn accounts(args: &Serve) -> Option<Accounts> {
    let rules = Rules { sign_up: !args.no_sign_up, autoconfirm: !args.confirm_email, ..Rules::default() };
    let on_letter = |letter: &Letter| screen::note(format!("Code for {}: {} ({})", letter.recipient, letter.code, letter.kind));
    args.accounts.then(|| Accounts { address: None, rules, on_letter: Some(Arc::new(on_letter)) })
}
