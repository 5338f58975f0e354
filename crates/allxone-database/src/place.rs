//! Where a database is: a file of this computer, or a server that several nodes share.

use std::path::PathBuf;
use std::sync::Arc;

use allxone_vault::SecretKey;
use url::Url;
use zeroize::Zeroizing;

use crate::{Database, DatabaseError, Steps};

/// Where a database is.
#[derive(Clone)]
pub enum Place {
    /// An encrypted file.
    File(PathBuf),
    /// A PostgreSQL server.
    Server(ServerAddress),
}

impl Database {
    /// Opens the database at `place`; `key` is that of a file, a server has none.
    ///
    /// # Errors
    /// As [`Database::open`] and [`Database::connect`].
    pub async fn open_at(place: &Place, key: &SecretKey, schema: Steps) -> Result<Self, DatabaseError> {
        match place {
            Place::File(path) => Self::open(path, key, schema).await,
            Place::Server(address) => Self::connect(address, schema).await,
        }
    }
}

/// The address of a database on a PostgreSQL server, its password included; so it has no text form.
#[derive(Clone)]
pub struct ServerAddress(Arc<Zeroizing<String>>);

impl ServerAddress {
    /// An address like `postgres://name@host/database`, and the password it is opened with, where it needs one. A server on another
    /// computer has to prove who it is (`sslmode=verify-full`); one on this computer, or behind a socket file (`?host=/run/postgresql`),
    /// does not.
    ///
    /// # Errors
    /// [`DatabaseError::Address`] when this is no such address, [`DatabaseError::Password`] when a password is part of it,
    /// [`DatabaseError::Unproved`] when it gives up the proof.
    pub fn new(address: &str, password: Option<&str>) -> Result<Self, DatabaseError> {
        let mut url = Url::parse(address).map_err(|_| DatabaseError::Address)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(DatabaseError::Address);
        }
        let asked =
            |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        if url.password().is_some() || asked("password").is_some() {
            return Err(DatabaseError::Password);
        }
        let host = asked("host").or_else(|| url.host_str().map(str::to_owned)).unwrap_or_default();
        let here =
            matches!(host.as_str(), "127.0.0.1" | "[::1]" | "::1" | "localhost") || host.starts_with('/');
        match asked("sslmode").or_else(|| asked("ssl-mode")).as_deref() {
            _ if here => {}
            Some("verify-full") => {}
            None => {
                url.query_pairs_mut().append_pair("sslmode", "verify-full");
            }
            Some(_) => return Err(DatabaseError::Unproved),
        }
        if password.is_some() {
            url.set_password(password).map_err(|()| DatabaseError::Address)?;
        }
        Ok(Self(Arc::new(Zeroizing::new(url.into()))))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn text(address: &str, password: Option<&str>) -> Result<String, &'static str> {
        ServerAddress::new(address, password)
            .map(|found| found.text().to_owned())
            .map_err(|error| error.code())
    }

    #[test]
    fn a_server_elsewhere_proves_itself_and_no_password_stands_in_an_address() {
        let elsewhere = text("postgres://studio@db.example/studio", Some("p@ss/word"));
        assert_eq!(
            elsewhere.unwrap(),
            "postgres://studio:p%40ss%2Fword@db.example/studio?sslmode=verify-full"
        );
        for here in
            ["postgres://a@localhost/b", "postgres://a@localhost/b?host=/run/postgresql&sslmode=disable"]
        {
            assert_eq!(text(here, None).unwrap(), here);
        }
        for (address, code) in [
            ("mysql://a@b/c", "database_address"),
            ("db.example", "database_address"),
            ("postgres://a:b@db.example/c", "database_password"),
            ("postgres://a@db.example/c?password=b", "database_password"),
            ("postgres://a@db.example/c?sslmode=require", "database_unproved"),
            ("postgres://a@db.example/c?sslmode=disable", "database_unproved"),
        ] {
            assert_eq!(text(address, None).unwrap_err(), code, "{address}");
        }
    }
}
