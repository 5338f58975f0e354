//! One's own account: seeing it and putting it right.

use axum::Json as Shown;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::authorize::challenge;
use crate::Identity;
use crate::answer::Json;
use crate::fault::{Answer, Fault};
use crate::guard::{Caller, From};
use crate::language::Language;
use crate::password::Passwords;
use crate::store::{Code, CodeKind, Tried, UserChange, Which};
use crate::user::{Metadata, User, address, written};

/// Most bytes of what a person says about themselves.
pub(crate) const METADATA_BYTES: usize = 16 * 1024;

pub(crate) async fn show(caller: Caller) -> Shown<Value> {
    Shown(caller.user.shown())
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    email: Option<String>,
    password: Option<String>,
    nonce: Option<String>,
    data: Option<Metadata>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

pub(crate) async fn change(
    State(identity): State<Identity>,
    caller: Caller,
    From(from): From,
    language: Language,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().mail(from)?;
    challenge(asked.code_challenge.as_deref(), asked.code_challenge_method.as_deref())?;
    let Caller { user, session } = caller;
    let now = identity.now();
    let mut change = UserChange::default();

    if let Some(data) = asked.data {
        change.user_metadata = Some(merged(&user, data)?);
    }
    let password = asked.password.filter(|password| !password.is_empty());
    if let Some(password) = password.clone() {
        Passwords::judge(&password, identity.rules().password_chars)?;
        let old = session.proven.plus(identity.rules().fresh_seconds.saturating_mul(1_000)) <= now;
        match asked.nonce.filter(|nonce| !nonce.is_empty()) {
            Some(nonce) => code_proves(&identity, &user, &nonce).await?,
            None if old => {
                let message = "You signed in a while ago. Ask for a code first, so that nobody else can change the password.";
                return Err(Fault::new(400, "reauthentication_needed", message));
            }
            None => {}
        }
        if user.password.is_some() && identity.passwords().is(password.clone(), user.password.clone()).await?
        {
            return Err(Fault::new(422, "same_password", "The new password must differ from the old one."));
        }
        change.password = Some(Some(identity.passwords().hash(password).await?));
    }
    let mut letter = None;
    if let Some(email) = asked.email.filter(|email| !email.is_empty()) {
        let email = address(&email).ok_or_else(|| Fault::invalid("This is not an e-mail address."))?;
        if user.email.as_ref() != Some(&email) {
            if identity.store().user_by_email(&email).await?.is_some() {
                return Err(Fault::new(422, "email_exists", "Another account has this e-mail address."));
            }
            if identity.rules().autoconfirm {
                change.email = Some(email);
                change.email_confirmed = Some(Some(now));
                change.email_proven = Some(None);
            } else {
                change.new_email = Some(Some(email.clone()));
                letter = Some(email);
            }
        }
    }
    if !identity.store().change_user(&user.id, change, now).await? {
        return Err(Fault::new(422, "email_exists", "Another account has this e-mail address."));
    }
    if password.is_some() {
        identity.store().end_sessions(&user.id, Which::AllBut(&session.id)).await?;
    }
    if let Some(email) = letter {
        identity.send_code(&user, CodeKind::EmailChange, &email, language).await?;
    }
    let user = identity.store().user(&user.id).await?.ok_or_else(Fault::unexpected)?;
    Ok(Shown(user.shown()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Proof {
    password: Option<String>,
    nonce: Option<String>,
}

/// Takes a fresh proof of who the person is, for what asks for one; the session's tokens stay as they are.
pub(crate) async fn reauthenticate(
    State(identity): State<Identity>,
    caller: Caller,
    From(from): From,
    Json(asked): Json<Proof>,
) -> Answer<Shown<Value>> {
    identity.limits().verify(from)?;
    let Caller { user, session } = caller;
    identity.limits().account(user.email.as_deref().unwrap_or(&user.id))?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let proof = match (given(asked.nonce), given(asked.password)) {
        (Some(nonce), _) => {
            code_proves(&identity, &user, &nonce).await?;
            "otp"
        }
        (None, Some(password)) => {
            if !identity.passwords().is(password, user.password.clone()).await? {
                return Err(Fault::invalid_credentials());
            }
            "password"
        }
        (None, None) => return Err(Fault::invalid("A password or a code is required.")),
    };
    let now = identity.now();
    identity.store().prove_session(&session.id, proof, now).await?;
    Ok(Shown(json!({ "method": proof, "proven_at": written(now) })))
}

async fn code_proves(identity: &Identity, user: &User, nonce: &str) -> Answer<()> {
    let email = user.email.as_deref().unwrap_or_default();
    let hash = identity.code_hash(&user.id, CodeKind::Reauthentication, nonce);
    let code = Code { user: &user.id, kind: CodeKind::Reauthentication, email, hash: &hash };
    let since = identity.now().plus(identity.rules().code_seconds.saturating_mul(-1_000));
    match identity.store().try_code(code, since, identity.rules().code_tries).await? {
        Tried::Right => Ok(()),
        Tried::Wrong => Err(Fault::new(
            422,
            "reauthentication_not_valid",
            "The code is wrong or has expired. Ask for a new one.",
        )),
    }
}

/// What a person said before, with what they say now; `null` takes a thing away.
pub(crate) fn merged(user: &User, said: Metadata) -> Answer<Metadata> {
    let mut data = user.user_metadata.clone();
    for (name, value) in said {
        match value {
            Value::Null => drop(data.remove(&name)),
            value => drop(data.insert(name, value)),
        }
    }
    fits(&data)?;
    Ok(data)
}

/// Refuses metadata beyond its bound.
pub(crate) fn fits(data: &Metadata) -> Answer<()> {
    let bytes = serde_json::to_vec(data).map_or(usize::MAX, |text| text.len());
    if bytes > METADATA_BYTES {
        return Err(Fault::invalid(format!(
            "What is said about an account may have at most {METADATA_BYTES} bytes."
        )));
    }
    Ok(())
}
