//! `allxone credits`: what an account has and what it was spent on; and `allxone admin credits …`, for whoever runs a service.

use allxone_app::studio::contract::{CreditCap, CreditEntry, Credits as Balance, EntryKind, UtcMillis};
use allxone_app::studio::{Studio, StudioError};
use allxone_app::{Gift, Given, Profile};
use serde_json::json;

use crate::account::{chosen, told};
use crate::args::{Books, Credits, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen, usage};

const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Shows what an account has at its server.
pub async fn run(place: &Place, args: Credits) -> Result<(), Failure> {
    let options = place::options(place);
    let (folders, store) = (allxone_app::Folders::of(&options)?, options.secret_store);
    let profile = Box::pin(Profile::open(options)).await?;
    let accounts = allxone_app::accounts(&folders, store, profile.door().clone());
    accounts.restore(None).await;
    let shown = async {
        let session = accounts.session(&chosen(&accounts, args.account.clone())?).map_err(told)?;
        let (studio, _) = profile.line().signed_in(session).await?;
        let shown = show(&studio, &args).await;
        studio.stop().await;
        shown
    };
    let shown = Box::pin(shown).await;
    accounts.stop();
    profile.close().await;
    shown
}

async fn show(studio: &Studio, args: &Credits) -> Result<(), Failure> {
    let balance = match (args.cap, args.no_cap) {
        (None, false) => studio.credits().await?,
        (per_month, _) => studio.cap_credits(CreditCap { per_month }).await?,
    };
    if args.json {
        screen::json(&balance);
    } else {
        tell(&balance);
    }
    if !args.entries {
        return Ok(());
    }
    let mut before = None;
    loop {
        let page = studio.credit_entries(before).await?;
        for entry in &page.entries {
            if args.json {
                screen::json(entry);
            } else {
                screen::line(line_of(entry));
            }
        }
        before = page.next;
        if before.is_none() {
            return Ok(());
        }
    }
}

fn tell(balance: &Balance) {
    if !balance.metered {
        return screen::line("This server counts no credits for you.");
    }
    screen::line(format!(
        "{} credits to spend, {} held for jobs that run or wait",
        balance.available, balance.held
    ));
    if let Some(cap) = balance.month_cap {
        screen::line(format!("{} of at most {cap} spent or held this month", balance.this_month));
    }
    for lot in &balance.lots {
        let until = lot.expires.map_or("for good".to_owned(), |expires| format!("until {}", day(expires)));
        screen::line(format!("    {} of {} from {}, {until}", lot.remaining, lot.granted, day(lot.since)));
    }
}

fn line_of(entry: &CreditEntry) -> String {
    let what = match entry.kind {
        EntryKind::Grant => "came",
        EntryKind::Reversal => "taken back",
        EntryKind::Hold => "held",
        EntryKind::Charge => "came back after the job was charged",
        EntryKind::Release => "came back, nothing charged",
        EntryKind::Expiry => "expired",
        EntryKind::Unknown => "moved in a way this version does not know",
    };
    let sign = if entry.amount.0 > 0 { "+" } else { "" };
    let mut line =
        format!("{}  {sign}{}  {what}; {} to spend", day(entry.time), entry.amount, entry.available);
    if let (EntryKind::Charge, Some(charged)) = (entry.kind, entry.charged) {
        line.push_str(&format!("; {charged} charged"));
    }
    if let Some(model) = &entry.model {
        line.push_str(&format!("; {model}"));
    }
    if let Some(note) = &entry.note {
        line.push_str(&format!("; {note}"));
    }
    line
}

fn day(time: UtcMillis) -> String {
    time::OffsetDateTime::from_unix_timestamp(time.0.div_euclid(1_000))
        .map_or_else(|_| "?".to_owned(), |moment| moment.date().to_string())
}

/// Gives credits, or looks whether the books hold.
pub async fn books(place: &Place, books: Books) -> Result<(), Failure> {
    let office = place::office(place)?;
    match books {
        Books::Grant { account, amount, reason, name, days, json } => {
            if amount.is_free() {
                return Err(usage("Give at least a thousandth of a credit."));
            }
            let expires = days.map(|days| UtcMillis::now().plus(i64::from(days) * DAY));
            let gift = Gift { account: &account, amount, reason: &reason, name: name.as_deref(), expires };
            let (new, balance) = match Box::pin(allxone_app::give_credits(office, gift)).await? {
                Given::Now(balance) => (true, balance),
                Given::Before(balance) => (false, balance),
                Given::NoAccount => return Err(StudioError::NotFound.into()),
            };
            if json {
                screen::json(&json!({ "given": new, "balance": balance }));
            } else {
                screen::line(match new {
                    true => {
                        format!("{amount} credits given; the account has {} to spend.", balance.available)
                    }
                    false => {
                        format!("These were given before; the account has {} to spend.", balance.available)
                    }
                });
            }
            Ok(())
        }
        Books::Check { json } => {
            let faults = Box::pin(allxone_app::check_books(office)).await?;
            if json {
                screen::json(&json!({ "faults": faults }));
            } else {
                for fault in &faults {
                    screen::line(format!("{} Not so for {}.", fault.rule, fault.subject));
                }
                if faults.is_empty() {
                    screen::line("The books hold.");
                }
            }
            match faults.len() {
                0 => Ok(()),
                many => Err(Failure::new(
                    Exit::Failed,
                    "books_do_not_hold",
                    format!(
                        "{many} rules of the books of credits are broken. Nothing was changed. Keep a copy of the folder and find out why before the service runs again."
                    ),
                )),
            }
        }
    }
}
