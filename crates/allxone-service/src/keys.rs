//! Personal keys, for programs of one's own that ask in OpenAI's words or the contract's: made on purpose, shown once, taken back at once.

use std::path::PathBuf;
use std::time::Duration;

use allxone_contract::{API_BASE, AccountId, ApiKey, KeyId, KeyRequest, KeyScope, UtcMillis};
use allxone_database::Place;
use allxone_vault::{FolderLock, SecretKey};
use http::Method;

use crate::store::Store;
use crate::{AccessToken, ServiceError};

/// What every key begins with, so that one is known when it turns up somewhere.
pub(crate) const PREFIX: &str = "axo-";
/// Most keys of an account.
const MOST: i64 = 50;
const LONGEST_NAME: usize = 64;
/// How long is waited for another program to leave the folder.
const FOLDER: Duration = Duration::from_secs(2);

/// Resources of the contract a key may get at.
const PICTURES: [&str; 6] = ["/models", "/quotes", "/plans", "/uploads", "/assets", "/jobs"];

/// Whether a key of that scope opens this. What stands in no list here, no key opens: least of all the keys themselves.
pub(crate) fn opens(scope: KeyScope, method: &Method, path: &str) -> bool {
    let within = |path: &str, place: &str| {
        path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let pictures = match path.strip_prefix(API_BASE) {
        Some(path) => PICTURES.iter().any(|place| within(path, place)),
        None => within(path, "/v1"),
    };
    pictures && (scope == KeyScope::Pictures || *method == Method::GET)
}

/// A key that was not made.
pub(crate) enum Unmade {
    /// Its name is empty, too long or not plain.
    Name,
    /// There are as many as may be.
    TooMany,
}

/// Makes a key, and tells it this once.
pub(crate) async fn make(
    store: &Store,
    account: &AccountId,
    asked: KeyRequest,
    now: UtcMillis,
) -> Result<Result<(ApiKey, AccessToken), Unmade>, ServiceError> {
    let name = asked.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Ok(Err(Unmade::Name));
    }
    let secret = AccessToken::random()?;
    let key =
        ApiKey { id: KeyId::new(), name: name.to_owned(), scope: asked.scope, created: now, last_used: None };
    let kept = store.add_key(account, &key, secret.expose(), MOST).await?;
    let whole = AccessToken::new(format!("{PREFIX}{}", secret.expose()))?;
    Ok(if kept { Ok((key, whole)) } else { Err(Unmade::TooMany) })
}

/// The keys of a service's owner, over the folder of a service that does not run.
pub struct KeyDesk {
    store: Store,
    _lock: FolderLock,
}

impl KeyDesk {
    /// Opens it.
    ///
    /// # Errors
    /// When the folder is in use, or its database cannot be opened.
    pub async fn open(data_dir: PathBuf, key: &SecretKey) -> Result<Self, ServiceError> {
        let dir = data_dir.clone();
        let lock = tokio::task::spawn_blocking(move || {
            allxone_vault::files::create_private_dir(&dir)?;
            FolderLock::acquire(&dir, "allxone admin", FOLDER)
        });
        let lock = lock.await.map_err(|_| ServiceError::Record("lock"))??;
        Ok(Self { store: Store::open(&Place::File(data_dir.join("service.db")), key).await?, _lock: lock })
    }

    /// Makes a key of that name and scope, and tells it this once.
    ///
    /// # Errors
    /// [`ServiceError::KeyRefused`] for a name that is none and for one key too many.
    pub async fn make(&self, name: String, scope: KeyScope) -> Result<(ApiKey, AccessToken), ServiceError> {
        let asked = KeyRequest { name, scope };
        let made = make(&self.store, &AccountId::local(), asked, UtcMillis::now()).await?;
        made.map_err(|unmade| ServiceError::KeyRefused(unmade.sentence()))
    }

    /// The keys that hold.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, ServiceError> {
        self.store.keys(&AccountId::local()).await
    }

    /// Takes a key back; `false` when there is none of that id.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn revoke(&self, id: KeyId) -> Result<bool, ServiceError> {
        self.store.revoke_key(&AccountId::local(), id).await
    }

    /// Closes the folder.
    pub async fn close(self) {
        self.store.close().await;
    }
}

impl Unmade {
    /// Why, in a plain sentence.
    pub(crate) fn sentence(&self) -> &'static str {
        match self {
            Self::Name => "A key needs a name of 1 to 64 characters. None was made.",
            Self::TooMany => {
                "There are as many keys as an account may have. None was made. Take one back first."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_opens_pictures_and_never_the_account() {
        use KeyScope::{Pictures, Read};
        for (method, path, pictures, read) in [
            (Method::POST, "/v1/images/generations", true, false),
            (Method::GET, "/v1/models", true, true),
            (Method::POST, "/api/v1/jobs", true, false),
            (Method::DELETE, "/api/v1/jobs/x", true, false),
            (Method::GET, "/api/v1/assets/x/content", true, true),
            (Method::GET, "/api/v1/keys", false, false),
            (Method::POST, "/api/v1/keys", false, false),
            (Method::POST, "/api/v1/account/deletion", false, false),
            (Method::POST, "/api/v1/exports", false, false),
            (Method::GET, "/api/v1/consents", false, false),
            (Method::GET, "/api/v1/jobsandmore", false, false),
            (Method::GET, "/v1elsewhere", false, false),
            (Method::GET, "/auth/v1/user", false, false),
        ] {
            assert_eq!(opens(Pictures, &method, path), pictures, "{method} {path}");
            assert_eq!(opens(Read, &method, path), read, "{method} {path}");
        }
    }
}
