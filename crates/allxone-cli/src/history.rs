//! `allxone account history`: what the account made on other devices comes into its library on this computer.

use allxone_app::Profile;
use allxone_app::studio::egress::Door;
use allxone_app::studio::{ClientError, HistorySeen, Studio, StudioError};

use crate::account::{chosen, told};
use crate::args::{History, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen};

/// Shows how it stands, after changing or bringing what was asked for. The connections it makes are in the ledger of the account's library.
pub async fn run(place: &Place, args: History) -> Result<(), Failure> {
    let options = place::options(place);
    let (folders, store) = (allxone_app::Folders::of(&options)?, options.secret_store);
    // Without a ledger this door lets nothing out.
    let closed = Door::builder().build().map_err(|error| StudioError::from(ClientError::from(error)))?;
    let accounts = allxone_app::accounts(&folders, store, closed);
    accounts.restore(None).await;
    let key = chosen(&accounts, args.account.clone())?;
    let profile = Box::pin(Profile::open(allxone_app::library_of(&accounts, &key, options))).await?;
    accounts.set_door(profile.door().clone());
    let done = async {
        let studio = profile.line().at(accounts.session(&key).map_err(told)?)?;
        act(studio, &args).await
    };
    let done = Box::pin(done).await;
    accounts.stop();
    profile.close().await;
    done
}

async fn act(studio: Studio, args: &History) -> Result<(), Failure> {
    studio.follow_history().await?;
    if args.allow || args.stop {
        studio.allow_history(args.allow).await?;
    }
    let seen = match args.bring {
        true => {
            tokio::select! {
                brought = Box::pin(studio.bring_history(|_| {})) => brought?,
                () = crate::interrupted() => {
                    let words = "Stopped. What came until then is in the library; the next time goes on.";
                    return Err(Failure::new(Exit::Interrupted, "interrupted", words));
                }
            }
        }
        false => studio.history().await?,
    };
    if args.json {
        screen::json(&seen)
    } else {
        tell(&seen)
    }
    Ok(())
}

fn tell(seen: &HistorySeen) {
    let HistorySeen { allowed, last, brought, put_away, refused, waiting, .. } = seen;
    screen::line(match allowed {
        Some(true) => "What this account makes may come to this device.",
        Some(false) => "What this account makes does not come to this device.",
        None => "What this account makes does not come to this device; --allow lets it.",
    });
    if last.is_some() || *brought > 0 {
        screen::line(format!("{brought} pictures were brought."));
    }
    if *put_away > 0 {
        screen::line(format!("{put_away} went into the trash, because they were erased on another device."));
    }
    if *refused > 0 {
        screen::line(format!(
            "{refused} were not kept: stopped by the safety check, or not what the server had announced."
        ));
    }
    if *waiting > 0 {
        screen::line(format!("{waiting} that were erased here are still to be erased at the server."));
    }
}
