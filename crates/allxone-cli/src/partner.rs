//! `allxone partner …`: a person's own keys at providers of models.

use std::io::{BufRead, IsTerminal};

use allxone_app::PartnerPlace;
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::{Partner, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen};

/// Adds, lists, removes.
pub fn run(place: &Place, command: Partner) -> Result<(), Failure> {
    match command {
        Partner::Add { partner, address, checkpoint, json } => {
            let at = PartnerPlace { address, checkpoint };
            let added = allxone_app::add_partner(place::options(place), &partner, key(&partner)?, at)?;
            if json {
                screen::json(&added);
            } else {
                screen::line(format!(
                    "{} can be chosen from now on; `allxone models` lists its models.",
                    added.name
                ));
                screen::note(format!(
                    "What its models are asked goes to {0} under your own contract with it. Prices are estimates, before tax; {0} may charge \
                     for a blocked picture.",
                    added.name
                ));
            }
        }
        Partner::List { json } => {
            for one in allxone_app::own_partners(place::options(place))? {
                if json {
                    screen::json(&one);
                } else {
                    screen::line(
                        format!("{}  {}  {}", one.id, one.name, one.address.unwrap_or_default()).trim_end(),
                    );
                }
            }
        }
        Partner::Remove { partner, json } => {
            if !allxone_app::remove_partner(place::options(place), &partner)? {
                return Err(Failure::new(
                    Exit::Failed,
                    "not_found",
                    format!("There is no key at {partner}. Nothing was changed."),
                ));
            }
            if json {
                screen::json(&json!({ "removed": partner }));
            } else {
                screen::line(format!(
                    "The key at {partner} is forgotten here. It still holds there until you take it back."
                ));
            }
        }
    }
    Ok(())
}

/// Reads the key without showing it, or from standard input.
fn key(partner: &str) -> Result<Zeroizing<String>, Failure> {
    if !allxone_app::partner_wants_key(partner) {
        return Ok(Zeroizing::default());
    }
    if std::io::stdin().is_terminal() {
        return Ok(Zeroizing::new(rpassword::prompt_password(format!("Your key at {partner}: "))?));
    }
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line)
}
