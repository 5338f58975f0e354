//! A new account with a password.

use axum::Json as Shown;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::authorize::challenge;
use super::user::fits;
use crate::Identity;
use crate::answer::Json;
use crate::fault::{Answer, Fault};
use crate::guard::{Device, From};
use crate::language::Language;
use crate::password::Passwords;
use crate::store::{CodeKind, NewUser, new_id};
use crate::user::{Metadata, User, address, written};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    pub(crate) email: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) data: Option<Metadata>,
    pub(crate) code_challenge: Option<String>,
    pub(crate) code_challenge_method: Option<String>,
}

pub(crate) async fn sign_up(
    State(identity): State<Identity>,
    From(from): From,
    Device(device): Device,
    language: Language,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().mail(from)?;
    challenge(asked.code_challenge.as_deref(), asked.code_challenge_method.as_deref())?;
    let email = address(asked.email.as_deref().unwrap_or_default());
    let email = email.ok_or_else(|| Fault::invalid("Signing up needs an e-mail address."))?;
    let password = asked.password.unwrap_or_default();
    if password.is_empty() {
        return Err(Fault::invalid("Signup requires a valid password"));
    }
    let data = asked.data.unwrap_or_default();
    let autoconfirm = identity.rules().autoconfirm;
    match enroll(&identity, &email, password, data.clone()).await? {
        Some(user) if autoconfirm => identity.sign_in(&user, "password", &device).await.map(Shown),
        Some(user) => {
            identity.send_code(&user, CodeKind::SignUp, &email, language).await?;
            Ok(Shown(user.shown()))
        }
        None if autoconfirm => Err(Fault::new(
            422,
            "user_already_exists",
            "There is an account with this e-mail address. Sign in.",
        )),
        None => {
            // An account that waits for its code gets another; whether there is one is told to nobody else.
            if let Some(user) =
                identity.store().user_by_email(&email).await?.filter(|user| user.email_confirmed.is_none())
            {
                identity.send_code(&user, CodeKind::SignUp, &email, language).await?;
                return Ok(Shown(user.shown()));
            }
            Ok(Shown(nobody(&email, data, identity.now())))
        }
    }
}

/// Makes an account; `None` when the address has one. The password is judged and hashed either way, which takes the same time.
pub(crate) async fn enroll(
    identity: &Identity,
    email: &str,
    password: String,
    data: Metadata,
) -> Answer<Option<User>> {
    if !identity.rules().sign_up {
        return Err(Fault::new(422, "signup_disabled", "This service takes no new accounts."));
    }
    Passwords::judge(&password, identity.rules().password_chars)?;
    fits(&data)?;
    let hash = identity.passwords().hash(password).await?;
    let new = NewUser {
        email,
        confirmed: identity.rules().autoconfirm,
        proven: false,
        password: Some(&hash),
        user_metadata: data,
        app_metadata: Metadata::new(),
    };
    Ok(identity.store().add_user(new, identity.now()).await?)
}

/// What a new account would look like, for an address that has one already.
fn nobody(email: &str, data: Metadata, now: allxone_contract::UtcMillis) -> Value {
    json!({
        "id": new_id(), "aud": "authenticated", "role": "authenticated", "email": email, "phone": "",
        "app_metadata": { "provider": "email", "providers": ["email"] }, "user_metadata": data, "identities": [],
        "created_at": written(now), "updated_at": written(now), "is_anonymous": false,
    })
}
