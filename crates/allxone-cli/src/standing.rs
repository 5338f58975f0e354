//! `allxone doctor`: whether everything is in order.

use allxone_app::Standing;

use crate::args::{Doctor, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen};

/// Looks and says.
pub async fn run(place: &Place, args: Doctor) -> Result<(), Failure> {
    if args.repair {
        repair(place, &args).await?;
    }
    let options = place::options(place);
    let found = tokio::task::spawn_blocking(move || allxone_app::doctor(options))
        .await
        .map_err(|_| Failure::new(Exit::Failed, "internal", "The examination broke off."))?;
    for advice in &found {
        if args.json {
            screen::json(advice);
            continue;
        }
        let mark = match advice.standing {
            Standing::Good => "good",
            Standing::Absent => "  – ",
            Standing::Bad => "BAD ",
        };
        screen::line(format!("{mark}  {:14} {}", advice.what, advice.note));
    }
    if found.iter().any(|advice| advice.standing == Standing::Bad && advice.what != "library") {
        return Err(Failure::new(Exit::FilterUnavailable, "not_in_order", "Not everything is in order."));
    }
    if found.iter().any(|advice| advice.standing == Standing::Bad) {
        return Err(Failure::new(Exit::Failed, "not_in_order", "Not everything is in order."));
    }
    Ok(())
}

async fn repair(place: &Place, args: &Doctor) -> Result<(), Failure> {
    let options = place::options(place);
    let repaired = tokio::task::spawn_blocking(move || allxone_app::repair(&options))
        .await
        .map_err(|_| Failure::new(Exit::Failed, "internal", "The repair broke off."))??;
    for file in &repaired.files {
        match (&file.left, args.json) {
            (_, true) => screen::json(file),
            (Some(left), false) => screen::line(left),
            (None, false) => screen::line(format!("{} was repaired.", file.name)),
        }
    }
    Ok(())
}
