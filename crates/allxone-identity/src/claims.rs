//! What an access token says. Every claim that the hosted dialect promises is there, because its clients read them.

use allxone_contract::UtcMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::store::StoredSession;
use crate::user::{Metadata, User};

/// On whose behalf a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A person who is signed in.
    Authenticated,
    /// The operator of the service.
    ServiceRole,
}

/// The claims of an access token. A hosted project may leave some out, so those are empty where they are missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    /// Who signed it.
    pub iss: String,
    /// The account, a UUID.
    pub sub: String,
    /// Whom it is for; always `authenticated`.
    pub aud: String,
    /// From when it is no longer valid, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// The account's e-mail address.
    #[serde(default)]
    pub email: String,
    /// Always empty: telephone numbers are not asked for.
    #[serde(default)]
    pub phone: String,
    /// What the service says of the account.
    #[serde(default)]
    pub app_metadata: Metadata,
    /// What the person says of themselves.
    #[serde(default)]
    pub user_metadata: Metadata,
    /// On whose behalf.
    pub role: Role,
    /// How sure the sign-in is; always `aal1`.
    #[serde(default)]
    pub aal: String,
    /// How it was signed in.
    #[serde(default)]
    pub amr: Vec<Value>,
    /// The session.
    #[serde(default)]
    pub session_id: String,
    /// Always false: there are no anonymous accounts.
    #[serde(default)]
    pub is_anonymous: bool,
}

impl Claims {
    /// The claims of a session, valid for `seconds` from `now` (seconds since 1970).
    pub(crate) fn of(issuer: &str, user: &User, session: &StoredSession, now: i64, seconds: i64) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: user.id.clone(),
            aud: "authenticated".to_owned(),
            exp: now.saturating_add(seconds),
            iat: now,
            email: user.email.clone().unwrap_or_default(),
            phone: String::new(),
            app_metadata: user.shown_app_metadata(),
            user_metadata: user.user_metadata.clone(),
            role: Role::Authenticated,
            aal: "aal1".to_owned(),
            amr: proofs(session),
            session_id: session.id.clone(),
            is_anonymous: false,
        }
    }

    /// The claims of the operator's own tool.
    pub(crate) fn of_the_operator(issuer: &str, now: i64, seconds: i64) -> Self {
        Self {
            iss: issuer.to_owned(),
            sub: String::new(),
            aud: "authenticated".to_owned(),
            exp: now.saturating_add(seconds),
            iat: now,
            email: String::new(),
            phone: String::new(),
            app_metadata: Metadata::new(),
            user_metadata: Metadata::new(),
            role: Role::ServiceRole,
            aal: "aal1".to_owned(),
            amr: Vec::new(),
            session_id: String::new(),
            is_anonymous: false,
        }
    }
}

/// How and when the person proved who they are, the newest first.
fn proofs(session: &StoredSession) -> Vec<Value> {
    let proof =
        |method: &str, at: UtcMillis| json!({ "method": method, "timestamp": at.0.div_euclid(1_000) });
    let later = session.proof.iter().map(|method| proof(method, session.proven));
    later.chain(std::iter::once(proof(&session.method, session.created))).collect()
}
