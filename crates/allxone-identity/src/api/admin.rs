//! What the operator may do to accounts, with a token made on the service's own computer.

use axum::Json as Shown;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::user::{fits, merged};
use crate::Identity;
use crate::answer::Json;
use crate::fault::{Answer, Fault};
use crate::guard::Operator;
use crate::password::Passwords;
use crate::store::{By, NewUser, UserChange, Which};
use crate::user::{Metadata, User, address};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    email: Option<String>,
    password: Option<String>,
    email_confirm: Option<bool>,
    user_metadata: Option<Metadata>,
    app_metadata: Option<Metadata>,
    ban_duration: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Pages {
    page: Option<String>,
    per_page: Option<String>,
}

pub(crate) async fn list(
    _: Operator,
    State(identity): State<Identity>,
    Query(asked): Query<Pages>,
) -> Answer<Shown<Value>> {
    // The official client writes empty values for what it leaves open.
    let number = |text: Option<String>, usual: i64| text.and_then(|text| text.parse().ok()).unwrap_or(usual);
    let per_page = number(asked.per_page, 50).clamp(1, 1_000);
    let page = number(asked.page, 1).clamp(1, i64::from(i32::MAX)) - 1;
    let users = identity.store().users(page, per_page).await?;
    Ok(Shown(json!({ "users": users.iter().map(User::shown).collect::<Vec<_>>(), "aud": "authenticated" })))
}

pub(crate) async fn create(
    _: Operator,
    State(identity): State<Identity>,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    let email = address(asked.email.as_deref().unwrap_or_default());
    let email = email.ok_or_else(|| Fault::invalid("An account needs an e-mail address."))?;
    let hash = match asked.password.filter(|password| !password.is_empty()) {
        Some(password) => {
            Passwords::judge(&password, identity.rules().password_chars)?;
            Some(identity.passwords().hash(password).await?)
        }
        None => None,
    };
    let user_metadata = asked.user_metadata.unwrap_or_default();
    fits(&user_metadata)?;
    let new = NewUser {
        email: &email,
        confirmed: asked.email_confirm.unwrap_or(false),
        proven: asked.email_confirm.unwrap_or(false),
        password: hash.as_deref(),
        user_metadata,
        app_metadata: asked.app_metadata.unwrap_or_default(),
    };
    let user = identity.store().add_user(new, identity.now()).await?;
    let user =
        user.ok_or_else(|| Fault::new(422, "email_exists", "There is an account with this e-mail address."))?;
    Ok(Shown(user.shown()))
}

pub(crate) async fn show(
    _: Operator,
    State(identity): State<Identity>,
    Path(id): Path<String>,
) -> Answer<Shown<Value>> {
    Ok(Shown(found(&identity, &id).await?.shown()))
}

pub(crate) async fn change(
    _: Operator,
    State(identity): State<Identity>,
    Path(id): Path<String>,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    let user = found(&identity, &id).await?;
    let now = identity.now();
    let mut change =
        UserChange { by: By::Operator, app_metadata: asked.app_metadata, ..UserChange::default() };
    if let Some(said) = asked.user_metadata {
        change.user_metadata = Some(merged(&user, said)?);
    }
    if let Some(email) = asked.email {
        change.email = Some(address(&email).ok_or_else(|| Fault::invalid("This is not an e-mail address."))?);
    }
    if asked.email_confirm == Some(true) {
        change.email_confirmed = Some(Some(now));
        change.email_proven = Some(Some(now));
    }
    if let Some(password) = asked.password.filter(|password| !password.is_empty()) {
        Passwords::judge(&password, identity.rules().password_chars)?;
        change.password = Some(Some(identity.passwords().hash(password).await?));
        identity.store().end_sessions(&id, Which::All).await?;
    }
    if let Some(span) = asked.ban_duration {
        let until = match span.as_str() {
            "none" => None,
            span => Some(
                now.plus(
                    milliseconds(span)
                        .ok_or_else(|| Fault::invalid("A ban lasts, for example, 24h, or none."))?,
                ),
            ),
        };
        change.banned_until = Some(until);
    }
    if !identity.store().change_user(&id, change, now).await? {
        return Err(Fault::new(422, "email_exists", "There is an account with this e-mail address."));
    }
    Ok(Shown(found(&identity, &id).await?.shown()))
}

pub(crate) async fn remove(
    _: Operator,
    State(identity): State<Identity>,
    Path(id): Path<String>,
) -> Answer<Shown<Value>> {
    if identity.store().remove_user(&id).await? { Ok(Shown(json!({}))) } else { Err(no_such()) }
}

async fn found(identity: &Identity, id: &str) -> Answer<User> {
    identity.store().user(id).await?.ok_or_else(no_such)
}

fn no_such() -> Fault {
    Fault::new(404, "user_not_found", "There is no such account.")
}

/// A span of one number and one unit, as `90s`, `15m` or `24h`.
fn milliseconds(span: &str) -> Option<i64> {
    let unit = match span.chars().next_back()? {
        's' => 1_000,
        'm' => 60_000,
        'h' => 3_600_000,
        _ => return None,
    };
    let count: i64 = span.get(..span.len() - 1)?.parse().ok()?;
    (count > 0).then(|| count.checked_mul(unit)).flatten()
}
