//! Sessions, the old kind of refresh tokens, and sign-ins under way.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Project, word};

pub(super) struct Session {
    pub(super) user: String,
    pub(super) method: String,
    pub(super) created: i64,
    /// The refresh token that is current.
    pub(super) current: String,
}

/// A refresh token: 12 letters and digits, and the row they stand for.
pub(super) struct Refresh {
    pub(super) session: String,
    /// The one it replaced.
    pub(super) parent: Option<String>,
    /// When another took its place.
    pub(super) used: Option<i64>,
}

/// A sign-in in a browser.
#[derive(Clone)]
pub(super) struct Flow {
    pub(super) challenge: Option<String>,
    pub(super) redirect_to: String,
    pub(super) created: i64,
    pub(super) user: Option<String>,
    pub(super) code: Option<String>,
}

/// What became of a refresh token.
pub(super) enum Turned {
    Session(Value),
    Unknown,
    UsedBefore,
    Banned,
}

impl Project {
    pub(super) fn new_session(&self, user: &str, method: &str) -> Value {
        let id = Uuid::new_v4().to_string();
        let token = word(12);
        let mut state = self.state();
        state.refresh.insert(token.clone(), Refresh { session: id.clone(), parent: None, used: None });
        let session = Session {
            user: user.to_owned(),
            method: method.to_owned(),
            created: self.clock.now(),
            current: token,
        };
        state.sessions.insert(id.clone(), session);
        drop(state);
        self.shown(&id)
    }

    /// A session with a fresh access token, as its client gets it.
    fn shown(&self, id: &str) -> Value {
        let state = self.state();
        let session = &state.sessions[id];
        let account = &state.accounts[&session.user];
        let now = self.clock.now();
        let expires = now + self.setup.access_seconds;
        let claims = json!({
            "iss": format!("{}{}", self.url, super::BASE), "sub": account.id, "aud": "authenticated", "exp": expires, "iat": now,
            "email": account.email, "phone": "", "app_metadata": { "provider": account.provider, "providers": [account.provider] },
            "user_metadata": account.data, "role": "authenticated", "aal": "aal1",
            "amr": [{ "method": session.method, "timestamp": session.created }], "session_id": id, "is_anonymous": false,
        });
        json!({
            "access_token": self.keys.lock().unwrap().sign(&claims), "token_type": "bearer", "expires_in": self.setup.access_seconds,
            "expires_at": expires, "refresh_token": session.current, "user": account.shown(),
        })
    }

    /// The claims of a token this project signed, if it has not expired.
    pub(super) fn claims(&self, token: &str) -> Option<Value> {
        let claims = self.keys.lock().unwrap().verify(token)?;
        (claims["exp"].as_i64()? > self.clock.now()).then_some(claims)
    }

    pub(super) fn resign(&self, token: &str, change: impl FnOnce(&mut Value)) -> String {
        let keys = self.keys.lock().unwrap();
        let mut claims = keys.verify(token).unwrap();
        change(&mut claims);
        keys.sign(&claims)
    }

    pub(super) fn turn(&self, token: &str) -> Turned {
        let now = self.clock.now();
        let mut state = self.state();
        let Some(refresh) = state.refresh.get(token) else { return Turned::Unknown };
        let (id, used) = (refresh.session.clone(), refresh.used);
        let Some(session) = state.sessions.get(&id) else { return Turned::Unknown };
        let Some(account) = state.accounts.get(&session.user) else { return Turned::Unknown };
        if account.banned {
            return Turned::Banned;
        }
        let current = session.current.clone();
        match used {
            None => {
                let next = word(12);
                state.refresh.get_mut(token).unwrap().used = Some(now);
                state.refresh.insert(
                    next.clone(),
                    Refresh { session: id.clone(), parent: Some(token.to_owned()), used: None },
                );
                state.sessions.get_mut(&id).unwrap().current = next;
            }
            Some(used) => {
                let is_parent = state
                    .refresh
                    .get(&current)
                    .is_some_and(|current| current.parent.as_deref() == Some(token));
                if !is_parent && now - used > self.setup.reuse_seconds {
                    state.sessions.remove(&id);
                    return Turned::UsedBefore;
                }
            }
        }
        drop(state);
        Turned::Session(self.shown(&id))
    }
}
