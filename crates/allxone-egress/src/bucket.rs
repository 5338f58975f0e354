//! The bucket of a service's operator: where sealed files lie when several nodes share them.
//!
//! A way out of its own, as letters have one: it leads to storage the operator named and nowhere else, carries sealed bytes alone, and has no
//! rows in the ledger of connections, which tells what was shared with others. The words of S3 are spoken by a library; the connection
//! is made here, with the manners of every other.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use allxone_contract::UtcMillis;
use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{BackoffConfig, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::io::{AsyncRead, AsyncReadExt};
use url::Url;
use zeroize::Zeroizing;

use crate::clients::for_bucket;
use crate::connector::Connector;
use crate::{AddressFault, EgressError, Server};

/// How often a request is sent at most, and for how long it is tried.
const RETRIES: usize = 4;
const RETRY_TIME: Duration = Duration::from_secs(30);
/// Parts of a large file: more than the 5 MiB that S3 asks for at least, and ten thousand of them are 80 GiB.
const PART: usize = 8 * 1024 * 1024;

/// Where a bucket is and how it is opened.
#[derive(Clone)]
pub struct BucketPlace {
    /// The service's address; `None` takes Amazon's of the region.
    pub endpoint: Option<Url>,
    /// The region; storage that has none takes any word.
    pub region: String,
    /// The bucket's name.
    pub bucket: String,
    /// What stands before the names of all our files, without slashes at its ends; may be empty.
    pub prefix: String,
    /// Whether the bucket's name is part of the host's name instead of the path.
    pub virtual_host: bool,
    /// The file of extra certificate authorities, where the service proves itself by one of its own.
    pub authorities: Option<PathBuf>,
    /// The key's id.
    pub key_id: String,
    /// The key's secret.
    pub secret: Arc<Zeroizing<String>>,
}

/// Why a bucket did not do what it was asked. No name of a file and no address is part of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BucketError {
    /// There is no such file.
    #[error("The bucket has no such file.")]
    Gone,
    /// The key does not open it.
    #[error("The bucket refused the key. Nothing was changed there. Check the key and what it may do.")]
    Refused,
    /// It cannot be reached, or broke off.
    #[error(
        "The bucket did not answer as it should. What was stored before is unchanged. Check the network and the storage service."
    )]
    Unavailable,
    /// What was to be stored could not be read here.
    #[error("A file could not be read here, so it was not stored.")]
    Unreadable,
}

impl BucketError {
    /// A stable name for this kind of error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Gone => "object_gone",
            Self::Refused => "bucket_refused",
            Self::Unavailable => "bucket_unavailable",
            Self::Unreadable => "object_unreadable",
        }
    }
}

impl From<object_store::Error> for BucketError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Gone,
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Self::Refused
            }
            _ => Self::Unavailable,
        }
    }
}

/// A bucket at work. Clones share its connections.
#[derive(Clone)]
pub struct Bucket {
    store: Arc<AmazonS3>,
    prefix: Path,
}

impl Bucket {
    /// Makes ready to talk to a bucket; nothing is sent.
    ///
    /// # Errors
    /// [`EgressError::BadAddress`] for an address that is neither https nor on this computer; [`EgressError::NoTrust`] and
    /// [`EgressError::BadCertificates`] when secure connections cannot be set up.
    pub async fn open(place: BucketPlace) -> Result<Self, EgressError> {
        let here = match &place.endpoint {
            Some(endpoint) => Server::remote(endpoint.as_str(), None)?.is_here(),
            None => false,
        };
        let plain = place.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
        let client = for_bucket(here, plain, place.authorities.clone()).await?;
        let mut builder = AmazonS3Builder::new()
            .with_region(place.region)
            .with_bucket_name(place.bucket)
            .with_access_key_id(place.key_id)
            .with_secret_access_key(place.secret.as_str())
            .with_virtual_hosted_style_request(place.virtual_host)
            .with_allow_http(plain && here)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: RETRIES,
                retry_timeout: RETRY_TIME,
            })
            .with_http_connector(Connector::new(client));
        if let Some(endpoint) = place.endpoint {
            builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
        }
        let store = builder.build().map_err(|_| EgressError::BadAddress(AddressFault::NotAnAddress))?;
        let prefix =
            Path::parse(&place.prefix).map_err(|_| EgressError::BadAddress(AddressFault::NotAnAddress))?;
        Ok(Self { store: Arc::new(store), prefix })
    }

    /// Stores a file whole; it is durable when this returns, and there is none when it fails.
    ///
    /// # Errors
    /// [`BucketError`].
    pub async fn put(&self, name: &str, content: Bytes) -> Result<(), BucketError> {
        self.store.put(&self.at(name), content.into()).await?;
        Ok(())
    }

    /// Stores a file of any length, part by part; it is there only when all of it is.
    ///
    /// # Errors
    /// [`BucketError`]; what was sent is dropped then.
    pub async fn put_from(
        &self,
        name: &str,
        mut content: impl AsyncRead + Unpin + Send,
    ) -> Result<(), BucketError> {
        let first = part(&mut content).await?;
        if first.len() < PART {
            return self.put(name, first).await;
        }
        let mut upload = self.store.put_multipart(&self.at(name)).await?;
        let mut next = Ok(first);
        let sent = loop {
            match next {
                Ok(bytes) if bytes.is_empty() => {
                    break upload.complete().await.map(|_| ()).map_err(Into::into);
                }
                Ok(bytes) => {
                    if let Err(error) = upload.put_part(bytes.into()).await {
                        break Err(BucketError::from(error));
                    }
                }
                Err(error) => break Err(error),
            }
            next = part(&mut content).await;
        };
        if sent.is_err() {
            // What cannot be dropped now the bucket's own rule for unfinished uploads drops.
            let _ = upload.abort().await;
        }
        sent
    }

    /// A piece of a file from `offset`, at most `length` bytes, and how long the file is.
    ///
    /// # Errors
    /// [`BucketError`].
    pub async fn piece(&self, name: &str, offset: u64, length: u64) -> Result<(Bytes, u64), BucketError> {
        let range = GetRange::Bounded(offset..offset.saturating_add(length));
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        let found = self.store.get_opts(&self.at(name), options).await?;
        let size = found.meta.size;
        Ok((found.bytes().await?, size))
    }

    /// Removes a file. One that is gone already is no fault.
    ///
    /// # Errors
    /// [`BucketError`].
    pub async fn remove(&self, name: &str) -> Result<(), BucketError> {
        match self.store.delete(&self.at(name)).await.map_err(BucketError::from) {
            Ok(()) | Err(BucketError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The names of all files in `folder` that were stored before `before`, by the bucket's own clock.
    ///
    /// # Errors
    /// [`BucketError`].
    pub async fn names(&self, folder: &str, before: UtcMillis) -> Result<Vec<String>, BucketError> {
        let mut names = Vec::new();
        let mut found = self.store.list(Some(&self.at(folder)));
        while let Some(object) = found.try_next().await? {
            if object.last_modified.timestamp_millis() < before.0
                && let Some(name) = object.location.filename()
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Whether the bucket answers and the key opens it. Reads a name that no file has.
    ///
    /// # Errors
    /// [`BucketError`].
    pub async fn check(&self) -> Result<(), BucketError> {
        match self.store.head(&self.at("health")).await.map_err(BucketError::from) {
            Ok(_) | Err(BucketError::Gone) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn at(&self, name: &str) -> Path {
        name.split('/').fold(self.prefix.clone(), |path, part| path.join(part))
    }
}

/// The next part of a file, shorter only at its end.
async fn part(content: &mut (impl AsyncRead + Unpin + Send)) -> Result<Bytes, BucketError> {
    let mut bytes = Vec::with_capacity(PART);
    content.take(PART as u64).read_to_end(&mut bytes).await.map_err(|_| BucketError::Unreadable)?;
    Ok(bytes.into())
}
