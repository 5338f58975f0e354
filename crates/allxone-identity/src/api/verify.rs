//! One-time codes, typed in by the person they were sent to.

use axum::Json as Shown;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;

use crate::Identity;
use crate::answer::Json;
use crate::fault::{Answer, Fault};
use crate::guard::{Device, From};
use crate::store::{Code, CodeKind, Tried, UserChange};
use crate::user::{User, address};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    #[serde(rename = "type")]
    kind: Option<String>,
    email: Option<String>,
    token: Option<String>,
}

pub(crate) async fn verify(
    State(identity): State<Identity>,
    From(from): From,
    Device(device): Device,
    Json(asked): Json<Asked>,
) -> Answer<Shown<Value>> {
    identity.limits().verify(from)?;
    let kinds = CodeKind::asked(asked.kind.as_deref().unwrap_or_default());
    let email = address(asked.email.as_deref().unwrap_or_default());
    let (Some(email), Some(token), false) =
        (email, asked.token.filter(|token| !token.is_empty()), kinds.is_empty())
    else {
        return Err(Fault::invalid("A type, an e-mail address and a code are required."));
    };
    let (user, kind) = try_code(&identity, &email, kinds, &token).await?;
    let method = if kind == CodeKind::Recovery { "recovery" } else { "otp" };
    identity.sign_in(&user, method, &device).await.map(Shown)
}

/// The account a right code belongs to, its address confirmed by it.
pub(crate) async fn try_code(
    identity: &Identity,
    email: &str,
    kinds: &[CodeKind],
    token: &str,
) -> Answer<(User, CodeKind)> {
    identity.limits().account(email)?;
    let user = match kinds {
        // This code went to the new address; the account still has the old one.
        [CodeKind::EmailChange] => identity.store().user_by_new_email(email).await?,
        _ => identity.store().user_by_email(email).await?,
    };
    let user = user.ok_or_else(Fault::code_wrong)?;
    let now = identity.now();
    let since = now.plus(identity.rules().code_seconds.saturating_mul(-1_000));
    for kind in kinds {
        let hash = identity.code_hash(&user.id, *kind, token.trim());
        let code = Code { user: &user.id, kind: *kind, email, hash: &hash };
        if identity.store().try_code(code, since, identity.rules().code_tries).await? == Tried::Wrong {
            continue;
        }
        let mut change = UserChange::default();
        if *kind == CodeKind::EmailChange {
            change.email = Some(email.to_owned());
            change.new_email = Some(None);
        }
        change.email_confirmed =
            Some(Some(user.email_confirmed.filter(|_| *kind != CodeKind::EmailChange).unwrap_or(now)));
        change.email_proven = Some(Some(now));
        // Who asks for a code to an address proves it; who chose a password for it before it was confirmed did not.
        let stranger = user.email_confirmed.is_none() && user.password.is_some();
        if stranger && matches!(kind, CodeKind::SignIn | CodeKind::Recovery) {
            change.password = Some(None);
        }
        if !identity.store().change_user(&user.id, change, now).await? {
            return Err(Fault::new(422, "email_exists", "Another account has this e-mail address."));
        }
        let user = identity.store().user(&user.id).await?.ok_or_else(Fault::unexpected)?;
        return Ok((user, *kind));
    }
    Err(Fault::code_wrong())
}
