//! What sends a letter with a one-time code: signing in without a password, a forgotten password, a fresh proof. The answer is the same
//! whether an account exists or not.

use axum::Json as Shown;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::authorize::challenge;
use super::user::fits;
use crate::Identity;
use crate::answer::Json;
use crate::fault::{Answer, Fault};
use crate::guard::{Caller, From};
use crate::language::Language;
use crate::store::{CodeKind, NewUser};
use crate::user::{Metadata, address};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    #[serde(rename = "type")]
    kind: Option<String>,
    email: Option<String>,
    create_user: Option<bool>,
    data: Option<Metadata>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

impl Asked {
    fn address(&self) -> Answer<String> {
        challenge(self.code_challenge.as_deref(), self.code_challenge_method.as_deref())?;
        address(self.email.as_deref().unwrap_or_default())
            .ok_or_else(|| Fault::invalid("An e-mail address is required."))
    }
}

pub(crate) async fn otp(
    State(identity): State<Identity>,
    From(from): From,
    language: Language,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().mail(from)?;
    let email = asked.address()?;
    ask_for_code(
        &identity,
        &email,
        asked.create_user.unwrap_or(true),
        asked.data.unwrap_or_default(),
        language,
    )
    .await?;
    Ok(Shown(json!({})))
}

/// Sends a code that signs in, and makes an account first where that is wanted and allowed.
pub(crate) async fn ask_for_code(
    identity: &Identity,
    email: &str,
    create: bool,
    data: Metadata,
    language: Language,
) -> Answer<()> {
    let known = identity.store().user_by_email(email).await?;
    let user = match known {
        Some(user) => Some(user),
        None if create && identity.rules().sign_up => {
            fits(&data)?;
            let new = NewUser {
                email,
                confirmed: false,
                proven: false,
                password: None,
                user_metadata: data,
                app_metadata: Metadata::new(),
            };
            identity.store().add_user(new, identity.now()).await?
        }
        None => None,
    };
    match user {
        Some(user) => identity.send_code(&user, CodeKind::SignIn, email, language).await,
        // Counted all the same, so that the bound tells nothing.
        None => identity.limits().letter(email),
    }
}

pub(crate) async fn recover(
    State(identity): State<Identity>,
    From(from): From,
    language: Language,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().mail(from)?;
    let email = asked.address()?;
    match identity.store().user_by_email(&email).await? {
        Some(user) => identity.send_code(&user, CodeKind::Recovery, &email, language).await?,
        None => identity.limits().letter(&email)?,
    }
    Ok(Shown(json!({})))
}

pub(crate) async fn resend(
    State(identity): State<Identity>,
    From(from): From,
    language: Language,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().mail(from)?;
    let email = asked.address()?;
    let kind = match asked.kind.as_deref() {
        Some("signup") => CodeKind::SignUp,
        Some("email_change") => CodeKind::EmailChange,
        _ => return Err(Fault::invalid("The type must be signup or email_change.")),
    };
    let user = identity.store().user_by_email(&email).await?;
    let waiting = user.filter(|user| match kind {
        CodeKind::SignUp => user.email_confirmed.is_none(),
        _ => user.new_email.is_some(),
    });
    match waiting {
        Some(user) => {
            let to = user.new_email.clone().filter(|_| kind == CodeKind::EmailChange).unwrap_or(email);
            identity.send_code(&user, kind, &to, language).await?;
        }
        None => identity.limits().letter(&email)?,
    }
    Ok(Shown(json!({})))
}

pub(crate) async fn reauthenticate(
    State(identity): State<Identity>,
    caller: Caller,
    From(from): From,
    language: Language,
) -> Answer<Shown<Value>> {
    identity.limits().mail(from)?;
    let email =
        caller.user.email.clone().ok_or_else(|| Fault::invalid("This account has no e-mail address."))?;
    identity.send_code(&caller.user, CodeKind::Reauthentication, &email, language).await?;
    Ok(Shown(json!({})))
}
