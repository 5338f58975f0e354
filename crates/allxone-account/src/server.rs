//! Where an account lives.

use std::fmt;

use allxone_egress::{EgressError, Server};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A server that keeps accounts. Holds no secret: a project's publishable key is public.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AuthServer {
    /// The service that makes pictures for the account.
    pub service: String,
    /// Where `/auth/v1` is, when that is not at the service itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sign_in: Option<String>,
    /// The project's publishable key, where there is a gateway that wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl AuthServer {
    /// A service that keeps its own accounts.
    ///
    /// # Errors
    /// [`EgressError::BadAddress`]: https is required except on this computer.
    pub fn at(service: &str) -> Result<Self, EgressError> {
        let service = Server::remote(service, None)?.address().to_owned();
        Ok(Self { service, sign_in: None, key: None })
    }

    /// A service whose accounts are kept by a project elsewhere, such as a hosted Supabase one.
    ///
    /// # Errors
    /// As [`AuthServer::at`].
    pub fn with_project(service: &str, project: &str, key: Option<String>) -> Result<Self, EgressError> {
        let project = Server::remote(project, None)?.address().to_owned();
        let key = key.filter(|key| !key.is_empty());
        Ok(Self { sign_in: Some(project), key, ..Self::at(service)? })
    }

    /// The address `/auth/v1` stands under.
    pub fn sign_in(&self) -> &str {
        self.sign_in.as_deref().unwrap_or(&self.service)
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// Host and port of the service, as a person reads it.
    pub fn host(&self) -> String {
        Server::remote(&self.service, None).map(|server| server.host()).unwrap_or_default()
    }
}

/// Names an account of a server on this computer: a folder, an entry of a list. Says nothing of who it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ts_rs::TS)]
#[serde(try_from = "String", into = "String")]
#[ts(type = "string")]
pub struct AccountKey(String);

impl AccountKey {
    const LENGTH: usize = 32;

    /// The same for the same account at the same server, so that signing in again finds the same library.
    pub fn of(server: &AuthServer, user: &str) -> Self {
        let digest = Sha256::digest(format!("allxone-account/1\n{}\n{user}", server.sign_in()));
        let mut text = hex::encode(digest);
        text.truncate(Self::LENGTH);
        Self(text)
    }

    /// The key as text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AccountKey {
    type Error = String;

    /// Nothing but digits gets through, so that a key can name a folder.
    fn try_from(text: String) -> Result<Self, String> {
        let fits = text.len() == Self::LENGTH
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if fits { Ok(Self(text)) } else { Err("not the key of an account".to_owned()) }
    }
}

impl From<AccountKey> for String {
    fn from(key: AccountKey) -> Self {
        key.0
    }
}

impl fmt::Display for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_account_has_the_same_key_however_its_server_is_written() {
        let one = AuthServer::at("https://Studio.example/").unwrap();
        let same = AuthServer::at(" https://studio.example ").unwrap();
        assert_eq!(AccountKey::of(&one, "u"), AccountKey::of(&same, "u"));
        assert_ne!(AccountKey::of(&one, "u"), AccountKey::of(&one, "v"));
        assert_ne!(
            AccountKey::of(&one, "u"),
            AccountKey::of(&AuthServer::at("https://other.example").unwrap(), "u")
        );
    }

    #[test]
    fn a_key_cannot_climb_out_of_its_folder() {
        for text in ["", "..", "../../../../../../../../etc/pass", "ABCDEF0123456789ABCDEF0123456789"] {
            assert!(AccountKey::try_from(text.to_owned()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn only_this_computer_is_spoken_to_in_the_clear() {
        assert!(AuthServer::at("http://studio.example").is_err());
        assert!(AuthServer::with_project("https://studio.example", "http://project.example", None).is_err());
        assert!(AuthServer::at("http://127.0.0.1:7437").is_ok());
    }
}
