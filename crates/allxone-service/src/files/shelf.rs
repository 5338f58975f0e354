//! The sealed files of several nodes: in a bucket that all of them reach.
//!
//! The methods block, as those of a folder do, and may be called from any thread that may: the requests run on the service's runtime, and the
//! caller waits for their answers.

use std::future::Future;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use allxone_contract::UtcMillis;
use allxone_egress::{Bucket, BucketError};
use allxone_vault::files::create_private_dir;
use bytes::{Buf, Bytes};
use tokio::runtime::Handle;

use crate::ServiceError;

/// The folder of the bucket that holds the sealed files.
const FOLDER: &str = "files";
/// How much of a file is fetched at a time.
const PIECE: u64 = 4 * 1024 * 1024;

/// The bucket, and a folder of this computer for what is not finished.
#[derive(Clone)]
pub(super) struct Shelf {
    bucket: Bucket,
    scratch: Arc<Path>,
    runtime: Handle,
}

impl Shelf {
    /// Takes a bucket into use. What the last start left half made in `scratch` is removed. Called within the runtime.
    pub(super) fn new(bucket: Bucket, scratch: &Path) -> Result<Self, ServiceError> {
        create_private_dir(scratch)?;
        let disk = |source| ServiceError::Disk { path: scratch.to_path_buf(), source };
        for entry in std::fs::read_dir(scratch).map_err(disk)? {
            std::fs::remove_file(entry.map_err(disk)?.path()).map_err(disk)?;
        }
        Ok(Self { bucket, scratch: scratch.into(), runtime: Handle::current() })
    }

    /// Where a file is made before it is stored.
    pub(super) fn scratch(&self) -> &Path {
        &self.scratch
    }

    /// Stores a sealed file under a new name.
    pub(super) fn put(&self, name: &str, content: Vec<u8>) -> Result<(), ServiceError> {
        let (bucket, name) = (self.bucket.clone(), at(name));
        self.wait(async move { bucket.put(&name, content.into()).await })
    }

    /// Stores what was made in the scratch folder under its name, and removes it there.
    pub(super) fn put_made(&self, name: &str) -> Result<(), ServiceError> {
        let (bucket, path, to) = (self.bucket.clone(), self.scratch.join(name), at(name));
        let from = path.clone();
        let stored = self.wait(async move {
            let file = tokio::fs::File::open(&from).await.map_err(|_| BucketError::Unreadable)?;
            bucket.put_from(&to, file).await
        });
        std::fs::remove_file(&path).map_err(|source| ServiceError::Disk { path, source })?;
        stored
    }

    /// A file, to be read piece by piece. Its first piece is here when this returns.
    pub(super) fn reader(&self, name: &str) -> Result<Pieces, ServiceError> {
        let mut pieces =
            Pieces { shelf: self.clone(), name: at(name), piece: Bytes::new(), at: 0, size: u64::MAX };
        pieces.fetch()?;
        Ok(pieces)
    }

    /// Removes a file. One that is gone already is no fault.
    pub(super) fn remove(&self, name: &str) -> Result<(), ServiceError> {
        let (bucket, name) = (self.bucket.clone(), at(name));
        self.wait(async move { bucket.remove(&name).await })
    }

    /// The names of all files that were stored before `before`.
    pub(super) fn names(&self, before: UtcMillis) -> Result<Vec<String>, ServiceError> {
        let bucket = self.bucket.clone();
        self.wait(async move { bucket.names(FOLDER, before).await })
    }

    /// Has a request carried out by the runtime and waits for its answer; this thread may be one of those on which nothing may be awaited.
    fn wait<T: Send + 'static>(
        &self,
        request: impl Future<Output = Result<T, BucketError>> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        self.runtime.spawn(async move {
            let _ = answer.send(request.await);
        });
        // A runtime that ends answers nothing more.
        Ok(answered.recv().unwrap_or(Err(BucketError::Unavailable))?)
    }
}

/// The name of a file in the bucket.
fn at(name: &str) -> String {
    format!("{FOLDER}/{name}")
}

/// A file in the bucket, read from its beginning.
pub(super) struct Pieces {
    shelf: Shelf,
    name: String,
    piece: Bytes,
    /// Where the next piece begins.
    at: u64,
    size: u64,
}

impl Pieces {
    fn fetch(&mut self) -> Result<(), ServiceError> {
        let (bucket, name, at) = (self.shelf.bucket.clone(), self.name.clone(), self.at);
        let (piece, size) = self.shelf.wait(async move { bucket.piece(&name, at, PIECE).await })?;
        self.at = self.at.saturating_add(piece.len() as u64);
        // A bucket that sends nothing of what there is would be asked forever.
        self.size = if piece.is_empty() { self.at } else { size };
        self.piece = piece;
        Ok(())
    }
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && self.at < self.size {
            self.fetch().map_err(|error| io::Error::other(error.code()))?;
        }
        let length = self.piece.len().min(out.len());
        if let Some(out) = out.get_mut(..length) {
            self.piece.copy_to_slice(out);
        }
        Ok(length)
    }
}
