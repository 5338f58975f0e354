//! An account as it is stored and as it is shown.

use allxone_contract::UtcMillis;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a person may say about themselves, and what the service says about them.
pub(crate) type Metadata = Map<String, Value>;

/// An account.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) email: Option<String>,
    pub(crate) email_confirmed: Option<UtcMillis>,
    pub(crate) password: Option<String>,
    pub(crate) new_email: Option<String>,
    pub(crate) user_metadata: Metadata,
    pub(crate) app_metadata: Metadata,
    pub(crate) banned_until: Option<UtcMillis>,
    pub(crate) last_sign_in: Option<UtcMillis>,
    pub(crate) created: UtcMillis,
    pub(crate) updated: UtcMillis,
    pub(crate) identities: Vec<LinkedIdentity>,
}

/// A way an account can be signed in to.
#[derive(Clone)]
pub(crate) struct LinkedIdentity {
    pub(crate) id: String,
    pub(crate) provider: String,
    pub(crate) provider_id: String,
    pub(crate) email: Option<String>,
    pub(crate) data: Metadata,
    pub(crate) last_sign_in: UtcMillis,
    pub(crate) created: UtcMillis,
    pub(crate) updated: UtcMillis,
}

impl User {
    pub(crate) fn is_banned(&self, now: UtcMillis) -> bool {
        self.banned_until.is_some_and(|until| until > now)
    }

    /// What the service says of the account, with the providers it is linked to.
    pub(crate) fn shown_app_metadata(&self) -> Metadata {
        let mut data = self.app_metadata.clone();
        let providers: Vec<&str> = self.identities.iter().map(|one| one.provider.as_str()).collect();
        if let Some(first) = providers.first() {
            data.insert("provider".to_owned(), json!(first));
        }
        data.insert("providers".to_owned(), json!(providers));
        data
    }

    /// The account as its owner gets it.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "aud": "authenticated",
            "role": "authenticated",
            "email": self.email.as_deref().unwrap_or_default(),
            "phone": "",
            "app_metadata": self.shown_app_metadata(),
            "user_metadata": self.user_metadata,
            "identities": self.identities.iter().map(|one| one.shown(&self.id)).collect::<Vec<_>>(),
            "created_at": written(self.created),
            "updated_at": written(self.updated),
            "is_anonymous": false,
        });
        let mut add = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                shown[name] = value;
            }
        };
        add("email_confirmed_at", self.email_confirmed.map(|at| json!(written(at))));
        add("confirmed_at", self.email_confirmed.map(|at| json!(written(at))));
        add("last_sign_in_at", self.last_sign_in.map(|at| json!(written(at))));
        add("banned_until", self.banned_until.map(|at| json!(written(at))));
        add("new_email", self.new_email.as_ref().map(|email| json!(email)));
        shown
    }
}

impl LinkedIdentity {
    fn shown(&self, user: &str) -> Value {
        json!({
            "identity_id": self.id,
            "id": self.provider_id,
            "user_id": user,
            "identity_data": self.data,
            "provider": self.provider,
            "email": self.email,
            "last_sign_in_at": written(self.last_sign_in),
            "created_at": written(self.created),
            "updated_at": written(self.updated),
        })
    }
}

/// A point in time as RFC 3339. One outside its range, which no clock gives, is written as the year 1970.
pub(crate) fn written(at: UtcMillis) -> String {
    let nanoseconds = i128::from(at.0) * 1_000_000;
    let time = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_else(|_| "1970-01-01T00:00:00Z".to_owned())
}

/// An e-mail address as it is kept: lower case, one `@`, a name before and a host after it, nothing that is not visible.
pub(crate) fn address(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (name, host) = text.split_once('@')?;
    let visible = text.len() <= 254
        && text.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c));
    let hostlike = host.len() >= 3
        && !host.contains('@')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && !host.contains("..");
    (visible && !name.is_empty() && hostlike && (host.contains('.') || host == "localhost")).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_are_kept_in_one_form() {
        assert_eq!(address(" Ada@Example.ORG ").unwrap(), "ada@example.org");
        for wrong in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "a@b@c.org",
            "ada @example.org",
            "ada@example",
            "ada@.org",
            "a<b>@example.org",
            "a@b..org",
        ] {
            assert!(address(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn times_are_written_as_the_dialect_writes_them() {
        assert_eq!(written(UtcMillis(0)), "1970-01-01T00:00:00Z");
        assert_eq!(written(UtcMillis(1_700_000_000_123)), "2023-11-14T22:13:20.123Z");
        assert_eq!(written(UtcMillis(i64::MAX)), "1970-01-01T00:00:00Z");
    }
}
