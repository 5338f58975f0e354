//! `allxone serve`: the generation service on its own, for other programs on this computer.

use std::sync::Arc;

use allxone_app::identity::{ClientSecret, Letter, Outside, Rules};
use allxone_app::{Accounts, Project, Serving, SharedSecrets};
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::{Place, Serve};
use crate::exit::Failure;
use crate::{place, screen, usage};

/// Runs until interrupted.
pub async fn run(place: &Place, args: Serve) -> Result<(), Failure> {
    if [Some(args.listen), args.metrics].into_iter().flatten().any(|listen| !listen.ip().is_loopback()) {
        return Err(usage("The service listens on this computer only; use an address like 127.0.0.1:7437."));
    }
    let token = std::env::var("ALLXONE_SERVE_TOKEN").ok();
    if token.as_ref().is_some_and(|token| token.len() < 32) {
        return Err(usage("ALLXONE_SERVE_TOKEN is too short to be safe: give it at least 32 characters."));
    }
    let chosen = token.is_some();
    let served = allxone_app::serve(Serving {
        token,
        accounts: accounts(&args)?,
        project: project(&args)?,
        operator: args.operator.clone(),
        partners: args.partners.clone(),
        payments: args.payments.clone(),
        secrets: shared_secrets()?,
        figures: args.metrics,
        ..Serving::alone(place::options(place), args.listen)
    })
    .await?;
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
            if let Some(outbox) = served.outbox_address() {
                screen::note(format!("Codes that nobody sends are shown here and at {outbox}"));
            }
        }
        if let Some(figures) = served.figures() {
            screen::note(format!("Figures at http://{figures}/metrics"));
        }
        screen::note("Stop with Ctrl-C.");
    }
    told_to_stop().await;
    screen::note("Stopping …");
    served.shutdown().await;
    Ok(())
}

/// How accounts are kept, where they are. Without a mail server the letters with codes are shown here, to the owner of the terminal.
fn accounts(args: &Serve) -> Result<Option<Accounts>, Failure> {
    if !args.accounts {
        return Ok(None);
    }
    let rules = Rules { sign_up: !args.no_sign_up, autoconfirm: !args.confirm_email, ..Rules::default() };
    let outside = args
        .accounts_config
        .as_deref()
        .map(Outside::read)
        .transpose()
        .map_err(|error| usage(error.to_string()))?;
    let address = args.address.as_deref().map(|text| {
        text.parse().map_err(|_| usage(format!("{text} is no address. Use one like https://studio.example.")))
    });
    let on_letter = |letter: &Letter| {
        screen::note(format!("Code for {}: {} ({})", letter.recipient, letter.code, letter.kind))
    };
    Ok(Some(Accounts {
        address: address.transpose()?,
        redirects: Vec::new(),
        outside: outside.unwrap_or_default(),
        rules,
        on_letter: Some(Arc::new(on_letter)),
    }))
}

/// Until a person or the system says so.
async fn told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut ended) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = ended.recv() => {}
            () = crate::interrupted() => {}
        }
        return;
    }
    crate::interrupted().await;
}

/// What opens the database and the bucket that several nodes share.
pub fn shared_secrets() -> Result<SharedSecrets, Failure> {
    let key_id = told("ALLXONE_OBJECTS_KEY_ID")?.map(|id| id.as_str().to_owned());
    Ok(SharedSecrets {
        database: told("ALLXONE_DATABASE_PASSWORD")?,
        bucket: key_id.zip(told("ALLXONE_OBJECTS_SECRET")?),
    })
}

/// The project that keeps the accounts, where one does.
fn project(args: &Serve) -> Result<Option<Project>, Failure> {
    let Some(text) = &args.supabase else { return Ok(None) };
    let url = text.parse().map_err(|_| {
        usage(format!("{text} is no address. Use one like https://your-project.supabase.co."))
    })?;
    let key = std::env::var("ALLXONE_SUPABASE_KEY");
    let key = key.map_err(|_| usage("Set ALLXONE_SUPABASE_KEY to the publishable key of the project."))?;
    let legacy_secret = secret("ALLXONE_SUPABASE_JWT_SECRET")?;
    let service_key = secret("ALLXONE_SUPABASE_SERVICE_KEY")?;
    Ok(Some(Project { url, key, legacy_secret, service_key }))
}

/// A secret from the environment, or from the file that the same variable with `_FILE` names.
fn secret(variable: &str) -> Result<Option<ClientSecret>, Failure> {
    Ok(told(variable)?.map(|text| ClientSecret::new(text.as_str().to_owned())))
}

fn told(variable: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let text = Zeroizing::new(match (std::env::var(variable), std::env::var(format!("{variable}_FILE"))) {
        (Ok(text), _) => text,
        (Err(_), Ok(file)) => {
            std::fs::read_to_string(&file).map_err(|_| usage(format!("The file {file} cannot be read.")))?
        }
        (Err(_), Err(_)) => return Ok(None),
    });
    Ok(Some(Zeroizing::new(text.trim().to_owned())))
}
