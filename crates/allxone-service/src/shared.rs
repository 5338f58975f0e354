//! What the nodes of one service share, read from its operator's file: a database on a PostgreSQL server and a bucket.
//!
//! One without the other is refused: a row that names a file no other node can read would be a promise nobody keeps.

use std::path::PathBuf;
use std::sync::Arc;

use allxone_database::{DatabaseError, ServerAddress};
use allxone_egress::{Bucket, BucketError, BucketPlace};
use allxone_vault::{SecretKey, sealed};
use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use crate::ServiceError;

/// Where the nodes of one service keep what they share. All of them are given the same keys.
#[derive(Clone)]
pub struct Shared {
    /// Jobs, books and accounts.
    pub database: ServerAddress,
    /// The sealed files.
    pub bucket: BucketPlace,
}

/// What opens both. It stands in no file that says where they are.
#[derive(Default)]
pub struct SharedSecrets {
    /// Password of the database, where it asks for one.
    pub database: Option<Zeroizing<String>>,
    /// Id and secret of the bucket's key.
    pub bucket: Option<(String, Zeroizing<String>)>,
}

#[derive(Deserialize)]
struct File {
    database: Option<String>,
    objects: Option<Objects>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Objects {
    endpoint: Option<Url>,
    region: String,
    bucket: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    virtual_host: bool,
    authorities: Option<PathBuf>,
}

impl Shared {
    /// Reads what an operator's file says about it; `None` when it says nothing:
    ///
    /// ```toml
    /// database = "postgres://studio@db.example/studio"
    ///
    /// [objects]
    /// endpoint = "https://objects.example"   # without it Amazon's of the region
    /// region = "eu-central-1"
    /// bucket = "studio"
    /// prefix = "one"                         # stands before all names
    /// virtual_host = false                   # true: the bucket is part of the host's name
    /// authorities = "/etc/allxone/ca.pem"    # who vouches for the endpoint, besides the system's own list
    /// ```
    ///
    /// # Errors
    /// [`ServiceError::OperatorFile`] when it cannot be read, says half of it, or a secret is missing; [`ServiceError::Open`] when the
    /// address of the database cannot be used.
    pub fn read(text: &str, secrets: SharedSecrets) -> Result<Option<Self>, ServiceError> {
        let file: File = toml::from_str(text).map_err(|error| said(error.message()))?;
        let (database, objects) = match (file.database, file.objects) {
            (None, None) => return Ok(None),
            (Some(database), Some(objects)) => (database, objects),
            _ => return Err(said("`database` and `[objects]` go together")),
        };
        let (key_id, secret) = secrets.bucket.ok_or_else(|| {
            said("the key of the bucket is missing (ALLXONE_OBJECTS_KEY_ID, ALLXONE_OBJECTS_SECRET)")
        })?;
        let Objects { endpoint, region, bucket, prefix, virtual_host, authorities } = objects;
        Ok(Some(Self {
            database: ServerAddress::new(&database, secrets.database.as_deref().map(String::as_str))?,
            bucket: BucketPlace {
                endpoint,
                region,
                bucket,
                prefix,
                virtual_host,
                authorities,
                key_id,
                secret: Arc::new(secret),
            },
        }))
    }
}

fn said(what: &str) -> ServiceError {
    ServiceError::OperatorFile(what.to_owned())
}

/// What is sealed in the bucket to know the key again.
const KNOWN: &[u8] = b"allxone";
/// Under which name.
const NAME: &str = "key";

/// Whether a node has the key the others have. The first one leaves the sign by which it is known.
pub(crate) async fn knows_key(bucket: &Bucket, key: &SecretKey) -> Result<(), ServiceError> {
    if let Err(BucketError::Gone) = bucket.piece(NAME, 0, 1_024).await {
        bucket.put(NAME, sealed::seal(key, KNOWN)?.into()).await?;
    }
    // Read again: of two that begin at once with different keys, one finds the other's sign.
    let (sign, _) = bucket.piece(NAME, 0, 1_024).await?;
    match sealed::open(key, &sign) {
        Ok(known) if known == KNOWN => Ok(()),
        _ => Err(DatabaseError::WrongKey.into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn secrets() -> SharedSecrets {
        SharedSecrets { database: None, bucket: Some(("id".to_owned(), Zeroizing::new("secret".to_owned()))) }
    }

    #[test]
    fn both_or_neither_with_their_secrets_apart() {
        let objects = "[objects]\nregion = 'r'\nbucket = 'b'\n";
        let code = |text: &str, secrets| Shared::read(text, secrets).err().map(|error| error.code());
        assert!(Shared::read("kind = 'self_hosted'\nname = 'x'\n", secrets()).unwrap().is_none());
        let whole = format!("database = 'postgres://a@db.example/b'\n{objects}");
        let shared = Shared::read(&whole, secrets()).unwrap().unwrap();
        assert_eq!((shared.bucket.bucket.as_str(), shared.bucket.key_id.as_str()), ("b", "id"));
        assert_eq!(code(&whole, SharedSecrets::default()), Some("operator_file"));
        assert_eq!(code(objects, secrets()), Some("operator_file"));
        assert_eq!(code("database = 'postgres://a@db.example/b'\n", secrets()), Some("operator_file"));
        assert_eq!(code(&format!("{whole}colour = 'red'\n"), secrets()), Some("operator_file"));
        let told = format!("database = 'postgres://a:b@db.example/b'\n{objects}");
        assert_eq!(code(&told, secrets()), Some("database_password"));
    }
}
