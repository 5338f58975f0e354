//! `allxone account`: signing in, seeing who is, signing out.

use std::io::{BufRead, IsTerminal};

use allxone_app::Profile;
use allxone_app::deletion::{AtService, Receipts};
use allxone_app::studio::StudioError;
use allxone_app::studio::account::{
    AccountError, AccountKey, AccountView, Accounts, AuthServer, FlowState, KeptSession, Scope, Secret,
    Standing,
};
use serde_json::json;

use crate::args::{Account, Place, SignIn};
use crate::exit::{Exit, Failure};
use crate::{history, place, rights, screen, usage};

/// Runs one of the commands, with the connections it makes in the ledger of this computer's library.
pub async fn run(place: &Place, command: Account) -> Result<(), Failure> {
    if let Account::History(args) = command {
        return Box::pin(history::run(place, args)).await;
    }
    let options = place::options(place);
    let (folders, store) = (allxone_app::Folders::of(&options)?, options.secret_store);
    let profile = Box::pin(Profile::open(options)).await?;
    let accounts = allxone_app::accounts(&folders, store, profile.door().clone());
    accounts.restore(None).await;
    let receipts = Receipts::of(&folders);
    let at = AtService { accounts: &accounts, line: profile.line(), receipts };
    let ended = Box::pin(act(&at, command)).await;
    drop(at);
    accounts.stop();
    profile.close().await;
    ended
}

async fn act(at: &AtService<'_>, command: Account) -> Result<(), Failure> {
    let accounts = at.accounts;
    match command {
        Account::List { json } => {
            let all = accounts.list();
            all.iter().for_each(|one| show(one, json));
            if all.is_empty() && !json {
                screen::line("Nobody is signed in. Everything works on this computer without an account.");
            }
            Ok(())
        }
        Account::SignIn(args) => {
            let key = sign_in(accounts, &args).await?;
            let view = accounts.view_of(&key).ok_or_else(|| Failure::from(StudioError::NotFound))?;
            if let KeptSession::Memory { because } = &view.kept {
                let why = because.as_deref().unwrap_or("as was asked for");
                screen::note(format!(
                    "This sign-in ends with this command, because it cannot be kept ({why})."
                ));
            }
            show(&view, args.json);
            Ok(())
        }
        Account::Profile { account, json } => {
            let profile =
                accounts.session(&chosen(accounts, account)?).map_err(told)?.profile().await.map_err(told)?;
            if json {
                screen::json(&profile);
            } else {
                screen::line(format!("{}  {}", profile.email, profile.name));
            }
            Ok(())
        }
        Account::Devices { account, json } => {
            let devices =
                accounts.session(&chosen(accounts, account)?).map_err(told)?.devices().await.map_err(told)?;
            for one in devices.iter().flatten() {
                if json {
                    screen::json(one);
                } else {
                    let here = if one.current { "  (this device)" } else { "" };
                    screen::line(format!("{}  last used {}{here}", one.device, one.last_used_at));
                }
            }
            if devices.is_none() {
                screen::note("This server does not tell which devices are signed in.");
            }
            Ok(())
        }
        Account::Export { proving, file } => Box::pin(rights::export(at, &proving, file)).await,
        Account::Delete { proving, now, erase_library, yes } => {
            Box::pin(rights::delete(at, &proving, rights::How { now, erase_library, yes })).await
        }
        Account::Retain { account, json } => rights::retain(at, account, json).await,
        Account::Deletions { json } => rights::deletions(at, json).await,
        // It needs the account's own library, so it never comes here.
        Account::History(_) => Err(StudioError::Malformed.into()),
        Account::SignOut { account, others, everywhere } => {
            let scope = match (others, everywhere) {
                (true, _) => Scope::Others,
                (_, true) => Scope::Global,
                _ => Scope::Local,
            };
            let heard = accounts.sign_out(&chosen(accounts, account)?, scope).await.map_err(told)?;
            screen::note(match heard {
                true => "Signed out.",
                false => {
                    "Signed out here. The server could not be told; other devices may still be signed in."
                }
            });
            Ok(())
        }
    }
}

async fn sign_in(accounts: &Accounts, args: &SignIn) -> Result<AccountKey, Failure> {
    let server = allxone_app::server(args.server.as_deref())?;
    if !args.email {
        return in_browser(accounts, &server, args).await;
    }
    let email = ask("E-mail address: ")?;
    let email = email.trim();
    if args.code {
        accounts.send_code(&server, email, false).await.map_err(told)?;
        let code = Secret::new(ask("Code from the letter: ")?.trim());
        return accounts.sign_in_by_code(&server, email, &code).await.map_err(told);
    }
    let password = Secret::new(ask_hidden("Password: ")?);
    accounts.sign_in_by_password(&server, email, &password).await.map_err(told)
}

async fn in_browser(accounts: &Accounts, server: &AuthServer, args: &SignIn) -> Result<AccountKey, Failure> {
    let provider = match &args.provider {
        Some(provider) => provider.clone(),
        None => accounts.ways(server).await.map_err(told)?.providers.into_iter().next().ok_or_else(|| {
            usage("This server signs nobody in through the browser. Give --email, with --code or a password.")
        })?,
    };
    let begun = accounts.begin(server, &provider).await.map_err(told)?;
    let opened = allxone_app::browser_of_environment(&begun.address).is_some_and(|opened| opened.is_ok());
    if !opened {
        screen::note(format!("Open this address in a browser and sign in at {}:", begun.host));
        screen::note(&begun.address);
        screen::note("If the browser cannot come back, paste the address it ends up with here.");
    }
    let pasted = pasted_lines();
    tokio::pin!(pasted);
    let Some(mut state) = accounts.flow(begun.flow) else { return Err(told(AccountError::FlowGone)) };
    let over = tokio::select! {
        over = state.wait_for(FlowState::is_over) => over.map(|state| state.clone()).map_err(|_| told(AccountError::FlowGone))?,
        line = &mut pasted => accounts.paste(&line).await.map_err(told)?,
        () = crate::interrupted() => {
            accounts.cancel(begun.flow);
            return Err(Failure::new(Exit::Interrupted, "interrupted", "The sign-in was called off."));
        }
    };
    match over {
        FlowState::Done { account } => Ok(account),
        FlowState::Failed { code, message } => Err(Failure::new(Exit::Failed, &code, message)),
        _ => Err(Failure::new(
            Exit::Failed,
            "sign_in_expired",
            "Nobody came back from the browser in time, so nobody was signed in. If it ended on another page, the server does not know this program's return address.",
        )),
    }
}

/// The line a person types, where somebody sits there.
async fn pasted_lines() -> String {
    if !std::io::stdin().is_terminal() {
        std::future::pending::<()>().await;
    }
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    match read.await {
        Ok(Ok(line)) if !line.trim().is_empty() => line,
        _ => std::future::pending().await,
    }
}

pub(crate) fn ask(question: &str) -> Result<String, Failure> {
    screen::note(question);
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}

pub(crate) fn ask_hidden(question: &str) -> Result<String, Failure> {
    if std::io::stdin().is_terminal() {
        return Ok(rpassword::prompt_password(question)?);
    }
    Ok(ask(question)?.trim_end_matches(['\r', '\n']).to_owned())
}

/// The account that is named by the beginning of its key, or the only one that is signed in.
pub(crate) fn chosen(accounts: &Accounts, named: Option<String>) -> Result<AccountKey, Failure> {
    let all = accounts.list();
    let fits = |one: &&AccountView| match &named {
        Some(named) => one.key.as_str().starts_with(named.as_str()),
        None => matches!(one.standing, Standing::SignedIn | Standing::Unreached),
    };
    let mut found = all.iter().filter(fits);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.key.clone()),
        (None, _) => Err(usage("No such account is signed in; `allxone account list` shows them.")),
        (Some(_), Some(_)) => Err(usage(
            "There are several accounts; name one with --account. `allxone account list` shows them.",
        )),
    }
}

fn show(one: &AccountView, as_json: bool) {
    if as_json {
        let standing = &one.standing;
        return screen::json(
            &json!({ "account": one.key, "server": one.server, "label": one.label, "standing": standing, "kept": one.kept }),
        );
    }
    let standing = match &one.standing {
        Standing::SignedIn => "signed in",
        Standing::Unreached => "signed in, server not reached",
        Standing::KeyringWaits => "waiting for the keyring",
        Standing::SignedOut { because } => because.sentence(),
    };
    screen::line(format!("{}  {}  {}  {standing}", &one.key.as_str()[..8], one.host, one.label));
}

pub(crate) fn told(error: AccountError) -> Failure {
    StudioError::from(error).into()
}
