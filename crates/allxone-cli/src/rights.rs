//! `allxone account export | delete | retain | deletions`: what a person has done at the service of their account.

use std::io::IsTerminal;
use std::path::PathBuf;

use allxone_app::deletion::AtService;
use allxone_app::studio::account::{AccountKey, Secret};
use allxone_app::studio::contract::{About, DeletionState, DeletionTime};
use allxone_app::studio::{Code, DeletionSeen};
use tokio_util::sync::CancellationToken;

use crate::account::{ask, ask_hidden, chosen, told};
use crate::args::Proving;
use crate::exit::{Exit, Failure};
use crate::{generate, interrupted, screen, usage};

/// How an account is to be deleted.
#[derive(Clone, Copy)]
pub struct How {
    /// At once.
    pub now: bool,
    /// With its library on this computer.
    pub erase_library: bool,
    /// Without asking.
    pub yes: bool,
}

/// Fetches what the service holds.
pub async fn export(at: &AtService<'_>, proving: &Proving, file: PathBuf) -> Result<(), Failure> {
    generate::writable(&file)?;
    let key = chosen(at.accounts, proving.account.clone())?;
    let there = at.line.at(at.accounts.session(&key).map_err(told)?)?;
    let asked = match there.ask_for_export(None).await {
        Err(error) if error.code() == Code::ProofNeeded => {
            prove(at, &key, proving).await?;
            there.ask_for_export(None).await
        }
        other => other,
    };
    let (asked, stop, bar) = (asked?, CancellationToken::new(), screen::Bar::new("Fetching the archive"));
    let small = |bytes: u64| u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
    let part = {
        let mut work = Box::pin(async {
            let made = there.made_export(asked, &stop).await?;
            let total = made.bytes.unwrap_or_default();
            allxone_app::service_part::save(
                &there,
                &made,
                file,
                |done| bar.at(small(done), small(total)),
                &stop,
            )
            .await
        });
        tokio::select! {
            done = &mut work => done,
            () = interrupted() => {
                stop.cancel();
                work.await
            }
        }
    };
    drop(bar);
    let part = part?;
    if proving.json {
        screen::json(&part);
        return Ok(());
    }
    screen::line(&part.file);
    screen::note(match part.signed {
        true => {
            "Every byte is as the service announced it, and its signature lies beside it. Nothing in it is encrypted."
        }
        false => "Every byte is as the service announced it. Nothing in it is encrypted.",
    });
    Ok(())
}

/// Has the account deleted.
pub async fn delete(at: &AtService<'_>, proving: &Proving, how: How) -> Result<(), Failure> {
    let key = chosen(at.accounts, proving.account.clone())?;
    let session = at.accounts.session(&key).map_err(told)?;
    if !how.yes {
        if !std::io::stdin().is_terminal() {
            return Err(usage(
                "Deleting an account asks for a confirmation on the terminal. Give --yes where there is none.",
            ));
        }
        let host = session.server().host();
        what_goes(at, &host, &at.line.at(session)?.about().await?, how);
        if ask("Type DELETE to go on: ")?.trim() != "DELETE" {
            return Err(Failure::new(Exit::Failed, "cancelled", "Nothing was deleted."));
        }
    }
    let when = if how.now { DeletionTime::Now } else { DeletionTime::InSevenDays };
    let receipt = match at.delete(&key, when).await {
        Err(error) if error.code() == Code::ProofNeeded => {
            prove(at, &key, proving).await?;
            at.delete(&key, when).await
        }
        other => other,
    }?;
    if how.erase_library {
        allxone_app::take_off(at.accounts, &key, "allxone").await?;
    }
    show(&receipt, proving.json);
    if !proving.json && receipt.deletion.state == DeletionState::Grace {
        screen::note("To keep it after all, sign in again and run `allxone account retain`.");
    }
    Ok(())
}

/// What goes and what stays, before anything is decided.
fn what_goes(at: &AtService<'_>, host: &str, about: &About, how: How) {
    screen::line(format!("What {host} erases:"));
    for class in about.retention.iter().filter(|class| !class.outlives_account) {
        screen::line(format!("  {}", class.what));
    }
    screen::line("What stays there, separated from you:");
    for class in about.retention.iter().filter(|class| class.outlives_account) {
        let until = class.until.as_deref().map(|until| format!("until {until}"));
        let days = class.days.map(|days| format!("{days} days"));
        screen::line(format!("  {} ({})", class.what, days.or(until).unwrap_or_default()));
    }
    let here = at.accounts.list().iter().any(|one| one.library);
    screen::line(match (how.erase_library, here) {
        (true, _) => "The account's library on this computer is erased as well.",
        (false, true) => "Libraries on this computer are not touched.",
        (false, false) => "Nothing on this computer is touched.",
    });
    screen::line(match how.now {
        true => "It begins at once and cannot be undone.",
        false => "It begins in seven days; until then the account can be kept.",
    });
    screen::note("`allxone account export FILE` takes what the service holds away first.");
}

/// Keeps the account.
pub async fn retain(at: &AtService<'_>, account: Option<String>, json: bool) -> Result<(), Failure> {
    let receipt = at.retain(&chosen(at.accounts, account)?).await?;
    show(&receipt, json);
    Ok(())
}

/// Shows all receipts.
pub async fn deletions(at: &AtService<'_>, json: bool) -> Result<(), Failure> {
    let looked = at.look().await;
    let all = at.receipts.all();
    all.iter().for_each(|one| show(one, json));
    if all.is_empty() && !json {
        screen::line("No account was deleted from this computer.");
    }
    Ok(looked?)
}

/// Lets the person prove that it is them.
async fn prove(at: &AtService<'_>, key: &AccountKey, proving: &Proving) -> Result<(), Failure> {
    let session = at.accounts.session(key).map_err(told)?;
    if proving.code {
        session.send_sign_in_code().await.map_err(told)?;
        let code = Secret::new(ask("Code from the letter: ")?.trim());
        return session.prove_by_code(&code).await.map_err(told);
    }
    let password = Secret::new(ask_hidden("Password: ")?);
    session.prove_by_password(&password).await.map_err(told)
}

fn show(receipt: &DeletionSeen, as_json: bool) {
    if as_json {
        return screen::json(receipt);
    }
    let deletion = &receipt.deletion;
    let state = match deletion.state {
        DeletionState::Grace => "is to be deleted; it can still be kept",
        DeletionState::Erasing => "is being deleted",
        DeletionState::Done => "is deleted",
        DeletionState::Cancelled => "is kept",
    };
    screen::line(format!("{}  {}  {state}", receipt.host, receipt.label));
    screen::line(format!("  Receipt {}, due {}", deletion.id, screen::time(deletion.due.0)));
    for one in &deletion.erased {
        screen::line(format!("  erased: {} ({})", one.class, one.count));
    }
    for one in &deletion.remains {
        screen::line(format!("  remains: {} ({}); {}; until {}", one.what, one.count, one.place, one.until));
    }
}
