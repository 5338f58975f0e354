//! What a server knows of a person.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A person as their server knows them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Profile {
    /// The account's id at its server.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// An address that waits for its code.
    pub new_email: Option<String>,
    /// The name to be shown.
    pub name: String,
    /// The address of a picture.
    pub picture: String,
    /// Other accounts that open this one.
    pub linked: Vec<Linked>,
    /// Since when, as the server writes it.
    pub created: Option<String>,
}

/// Another account that opens this one.
#[derive(Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Linked {
    /// Whose: `email`, `github`, …
    pub provider: String,
    /// The e-mail address there.
    pub email: Option<String>,
}

impl Profile {
    /// Reads the dialect's user. [`None`] without an id.
    pub(crate) fn of(user: &Value) -> Option<Self> {
        let text = |value: &Value, name: &str| {
            value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(short)
        };
        let said = user.get("user_metadata").unwrap_or(&Value::Null);
        let linked = user.get("identities").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let linked = linked.iter().take(32).filter_map(|one| {
            let data = one.get("identity_data").unwrap_or(&Value::Null);
            Some(Linked {
                provider: text(one, "provider")?,
                email: text(data, "email").or_else(|| text(one, "email")),
            })
        });
        Some(Self {
            id: text(user, "id")?,
            email: text(user, "email").unwrap_or_default(),
            new_email: text(user, "new_email"),
            name: text(said, "full_name").or_else(|| text(said, "name")).unwrap_or_default(),
            picture: text(said, "avatar_url").unwrap_or_default(),
            linked: linked.collect(),
            created: text(user, "created_at"),
        })
    }

    /// How to tell the account from others without writing its address down: `an…@studio.example`.
    pub(crate) fn label(&self) -> String {
        match self.email.rsplit_once('@') {
            Some((who, at)) => format!("{}…@{at}", who.chars().take(2).collect::<String>()),
            None => "…".to_owned(),
        }
    }
}

/// What others wrote is cut before it is kept.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(2_048).collect()
}

impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Profile(…)")
    }
}

/// What a person changes of their profile. What is absent stays; what is empty is taken away.
#[derive(Clone, Default, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Correction {
    /// The name to be shown.
    pub name: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// Another e-mail address; it counts once a code that is sent there was entered, where the server wants that.
    pub email: Option<String>,
}

/// A device the account is signed in on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Device {
    /// Its session.
    pub id: String,
    /// What it calls itself.
    pub device: String,
    /// Whether it is this one.
    pub current: bool,
    /// Since when, as the server writes it.
    pub created_at: String,
    /// Last use, as the server writes it.
    pub last_used_at: String,
}

impl Device {
    pub(crate) fn list(answer: &Value) -> Vec<Self> {
        let list = answer.get("sessions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let text =
            |one: &Value, name: &str| one.get(name).and_then(Value::as_str).map(short).unwrap_or_default();
        list.iter()
            .take(500)
            .map(|one| Self {
                id: text(one, "id"),
                device: text(one, "device"),
                current: one.get("current").and_then(Value::as_bool).unwrap_or_default(),
                created_at: text(one, "created_at"),
                last_used_at: text(one, "last_used_at"),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_what_is_there_and_takes_nothing_amiss() {
        let user = serde_json::json!({
            "id": "u", "email": "ann@studio.example", "user_metadata": { "name": "Ann" }, "app_metadata": null,
            "identities": [{ "provider": "github", "identity_data": { "email": "a@git.example" } }, {}], "factors": [1],
        });
        let profile = Profile::of(&user).unwrap();
        assert_eq!(
            (profile.name.as_str(), profile.email.as_str(), profile.linked.len()),
            ("Ann", "ann@studio.example", 1)
        );
        assert_eq!(profile.label(), "an…@studio.example");
        assert!(Profile::of(&serde_json::json!({ "email": "x" })).is_none());
        assert!(!format!("{profile:?}").contains("ann"));
    }
}
