//! A project's accounts, as simple as a stub may keep them: passwords in the clear, since nobody has one here.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::State;

#[derive(Clone)]
pub(super) struct Account {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) password: Option<String>,
    pub(super) confirmed: bool,
    pub(super) new_email: Option<String>,
    pub(super) data: Map<String, Value>,
    pub(super) provider: String,
    pub(super) banned: bool,
    pub(super) created: i64,
}

impl Account {
    pub(super) fn shown(&self) -> Value {
        let at = written(self.created);
        let mut shown = json!({
            "id": self.id, "aud": "authenticated", "role": "authenticated", "email": self.email, "phone": "",
            "app_metadata": { "provider": self.provider, "providers": [self.provider] }, "user_metadata": self.data,
            "identities": [{
                "identity_id": self.id, "id": self.id, "user_id": self.id, "identity_data": { "sub": self.id, "email": self.email },
                "provider": self.provider, "last_sign_in_at": at, "created_at": at, "updated_at": at, "email": self.email,
            }],
            "created_at": at, "updated_at": at, "is_anonymous": false,
        });
        if self.confirmed {
            shown["email_confirmed_at"] = json!(at);
            shown["confirmed_at"] = json!(at);
        }
        if let Some(new) = &self.new_email {
            shown["new_email"] = json!(new);
        }
        shown
    }
}

impl State {
    pub(super) fn add_account(
        &mut self,
        email: &str,
        password: Option<&str>,
        confirmed: bool,
        now: i64,
    ) -> String {
        let id = Uuid::new_v4().to_string();
        let account = Account {
            id: id.clone(),
            email: email.to_owned(),
            password: password.map(str::to_owned),
            confirmed,
            new_email: None,
            data: Map::new(),
            provider: "email".to_owned(),
            banned: false,
            created: now,
        };
        self.accounts.insert(id.clone(), account);
        id
    }

    pub(super) fn account_mut(&mut self, email: &str) -> Option<&mut Account> {
        self.accounts.values_mut().find(|account| account.email.eq_ignore_ascii_case(email))
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.sessions.retain(|_, session| session.user != id);
        self.accounts.remove(id).is_some()
    }
}

/// Seconds since 1970 as the dialect writes a time.
fn written(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    // Civil date from a count of days, counted from 1 March of the year 0.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", of_day / 3_600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::written;

    #[test]
    fn times_are_written_as_everywhere() {
        assert_eq!(written(0), "1970-01-01T00:00:00Z");
        assert_eq!(written(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(written(1_709_210_096), "2024-02-29T12:34:56Z");
    }
}
