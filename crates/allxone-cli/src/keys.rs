//! `allxone admin key …`: personal keys of a service's owner.

use allxone_app::studio::contract::{ApiKey, KeyId, KeyScope};
use serde_json::json;

use crate::args::{Key, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen, usage};

/// Makes, lists, takes back.
pub async fn run(place: &Place, key: Key) -> Result<(), Failure> {
    match key {
        Key::Add { name, read_only, json } => {
            let scope = if read_only { KeyScope::Read } else { KeyScope::Pictures };
            let (key, secret) = Box::pin(allxone_app::make_key(place::options(place), name, scope)).await?;
            if json {
                screen::json(&json!({ "key": key, "secret": secret.expose() }));
            } else {
                screen::line(secret.expose());
                screen::note(
                    "Keep it now: it is not shown again. Whoever has it makes pictures in your name.",
                );
            }
        }
        Key::List { json } => {
            for key in Box::pin(allxone_app::personal_keys(place::options(place))).await? {
                if json { screen::json(&key) } else { show(&key) }
            }
        }
        Key::Revoke { id, json } => {
            let named: KeyId = id.parse().map_err(|_| usage(format!("{id} is not the id of a key.")))?;
            if !Box::pin(allxone_app::revoke_key(place::options(place), named)).await? {
                return Err(Failure::new(
                    Exit::Failed,
                    "not_found",
                    "There is no key of that id. Nothing was changed.",
                ));
            }
            if json {
                screen::json(&json!({ "revoked": named }));
            } else {
                screen::line(format!("{named} opens nothing any more."));
            }
        }
    }
    Ok(())
}

fn show(key: &ApiKey) {
    let opens = match key.scope {
        KeyScope::Pictures => "pictures",
        KeyScope::Read => "read",
    };
    let used = if key.last_used.is_some() { "used" } else { "never used" };
    screen::line(format!("{}  {opens}  {used}  {}", key.id, key.name));
}
