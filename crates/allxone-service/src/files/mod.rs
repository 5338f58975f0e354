//! The pictures at rest: sealed, under random names, so that a listing tells nothing about what is in them; in a folder of this computer, or in
//! a bucket that several nodes share.
//!
//! A file is complete and durable before the row that names it is committed, and its row is gone before the file is removed. What a crash
//! in between leaves behind is a file without a row, which a sweep removes: of a folder at the next start, of a bucket once a day, and
//! there only what is so old that nobody can still be writing its row.

mod shelf;

use std::collections::HashSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use allxone_contract::UtcMillis;
use allxone_egress::Bucket;
use allxone_vault::{
    SecretKey,
    files::{AtomicFile, create_private_dir},
    sealed,
};
use rand::TryRngCore;

use self::shelf::Shelf;
use crate::ServiceError;

/// A sealed file being read. Each piece is verified before it is handed out.
pub(crate) type Opened = sealed::Reader<Box<dyn Read + Send>>;

/// The sealed files. Cheap to clone; its methods block.
#[derive(Clone)]
pub(crate) struct Files {
    place: Place,
    key: Arc<SecretKey>,
}

/// Where they lie.
#[derive(Clone)]
enum Place {
    Folder(Arc<Path>),
    Bucket(Shelf),
}

impl Files {
    /// Opens a folder, making it when it is missing.
    pub(crate) fn open(dir: PathBuf, key: SecretKey) -> Result<Self, ServiceError> {
        create_private_dir(&dir)?;
        Ok(Self { place: Place::Folder(dir.into()), key: Arc::new(key) })
    }

    /// Takes a bucket into use; what is not finished is made in `scratch`, a folder for this alone. Called within the runtime.
    pub(crate) fn in_bucket(bucket: Bucket, scratch: &Path, key: SecretKey) -> Result<Self, ServiceError> {
        Ok(Self { place: Place::Bucket(Shelf::new(bucket, scratch)?), key: Arc::new(key) })
    }

    /// Seals `content` into a new file and returns its name. It is durable when this returns.
    pub(crate) fn store(&self, content: &[u8]) -> Result<String, ServiceError> {
        let name = new_name()?;
        match &self.place {
            Place::Folder(dir) => sealed::write_atomic(&dir.join(&name), &self.key, content)?,
            Place::Bucket(shelf) => shelf.put(&name, sealed::seal(&self.key, content)?)?,
        }
        Ok(name)
    }

    /// Seals what `fill` writes into a new file and returns its name. It is durable when this returns; where `fill` fails, there is none.
    pub(crate) fn write<T>(
        &self,
        fill: impl FnOnce(sealed::Writer<AtomicFile>) -> Result<(sealed::Writer<AtomicFile>, T), ServiceError>,
    ) -> Result<(String, T), ServiceError> {
        let name = new_name()?;
        let path = match &self.place {
            Place::Folder(dir) => dir.join(&name),
            Place::Bucket(shelf) => shelf.scratch().join(&name),
        };
        let (writer, made) = fill(sealed::Writer::new(&self.key, AtomicFile::create(&path)?)?)?;
        writer.finish().map_err(|source| ServiceError::Disk { path, source })?.commit()?;
        if let Place::Bucket(shelf) = &self.place {
            shelf.put_made(&name)?;
        }
        Ok((name, made))
    }

    /// The whole content of a file.
    pub(crate) fn read(&self, name: &str) -> Result<Vec<u8>, ServiceError> {
        match &self.place {
            Place::Folder(dir) => Ok(sealed::read(&dir.join(name), &self.key)?),
            Place::Bucket(shelf) => {
                let mut sealed = Vec::new();
                let unread = |_| allxone_egress::BucketError::Unavailable;
                shelf.reader(name)?.read_to_end(&mut sealed).map_err(unread)?;
                Ok(sealed::open(&self.key, &sealed)?)
            }
        }
    }

    /// Opens a file to be read piece by piece.
    pub(crate) fn reader(&self, name: &str) -> Result<Opened, ServiceError> {
        let file: Box<dyn Read + Send> = match &self.place {
            Place::Folder(dir) => {
                let path = dir.join(name);
                Box::new(fs::File::open(&path).map_err(|source| ServiceError::Disk { path, source })?)
            }
            Place::Bucket(shelf) => Box::new(shelf.reader(name)?),
        };
        Ok(sealed::Reader::new(&self.key, file)?)
    }

    /// Removes files that no row names any more. One that is gone already is no fault; one that stays is removed by the next sweep.
    pub(crate) fn remove(&self, names: &[String]) {
        for name in names {
            let removed = match &self.place {
                Place::Folder(dir) => match fs::remove_file(dir.join(name)) {
                    Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                        Err(ServiceError::Disk { path: dir.to_path_buf(), source })
                    }
                    _ => Ok(()),
                },
                Place::Bucket(shelf) => shelf.remove(name),
            };
            if let Err(error) = removed {
                tracing::warn!(code = error.code(), "a sealed file could not be removed now");
            }
        }
    }

    /// The names of everything in the folder, unfinished files included; of a bucket, what was stored before `before`.
    pub(crate) fn names(&self, before: UtcMillis) -> Result<Vec<String>, ServiceError> {
        match &self.place {
            Place::Folder(dir) => {
                let disk = |source| ServiceError::Disk { path: dir.to_path_buf(), source };
                let entries = fs::read_dir(dir).map_err(disk)?;
                entries
                    .map(|entry| Ok(entry.map_err(disk)?.file_name().to_string_lossy().into_owned()))
                    .collect()
            }
            Place::Bucket(shelf) => shelf.names(before),
        }
    }

    /// Removes those of `there` that are not in `named`: unfinished files, and files whose row was never committed or is gone. Returns how
    /// many. A folder only for the one who holds its lock, before work begins.
    pub(crate) fn sweep(&self, there: Vec<String>, named: &HashSet<String>) -> usize {
        let left: Vec<String> = there.into_iter().filter(|name| !named.contains(name)).collect();
        self.remove(&left);
        left.len()
    }
}

fn new_name() -> Result<String, ServiceError> {
    let mut raw = [0_u8; 16];
    rand::rngs::OsRng.try_fill_bytes(&mut raw).map_err(|_| ServiceError::Randomness)?;
    Ok(hex::encode(raw))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::io::Write;
    use std::time::Duration;

    use allxone_egress::{BucketError, BucketPlace};
    use tempfile::TempDir;
    use zeroize::Zeroizing;

    use super::*;
    use crate::{Clock, SystemClock};

    async fn bucket(peer: &allxone_testkit::Bucket, secret: &str) -> Bucket {
        let place = BucketPlace {
            endpoint: Some(peer.url().parse().unwrap()),
            region: "anywhere".to_owned(),
            bucket: allxone_testkit::Bucket::NAME.to_owned(),
            prefix: "studio/one".to_owned(),
            virtual_host: false,
            authorities: None,
            key_id: "reader".to_owned(),
            secret: Arc::new(Zeroizing::new(secret.to_owned())),
        };
        Bucket::open(place).await.unwrap()
    }

    /// What must be true of the files wherever they lie.
    fn keeps_content_and_sweeps_what_has_no_row(files: &Files, later: UtcMillis) {
        let content: Vec<u8> = (0..9_000_000_u32).flat_map(|n| [n as u8]).collect();
        let (kept, orphan) = (files.store(&content).unwrap(), files.store(b"orphan").unwrap());
        let (made, length) = files
            .write(|mut writer| {
                writer.write_all(&content).unwrap();
                Ok((writer, content.len()))
            })
            .unwrap();
        assert_eq!(length, content.len());
        assert!(files.write::<()>(|_| Err(ServiceError::Randomness)).is_err());
        for name in [&kept, &made] {
            assert_eq!(files.read(name).unwrap(), content);
            let mut piecewise = Vec::new();
            files.reader(name).unwrap().read_to_end(&mut piecewise).unwrap();
            assert_eq!(piecewise, content);
        }
        let named = HashSet::from([kept.clone(), made.clone()]);
        let there = files.names(later).unwrap();
        assert_eq!(there.len(), 3 + usize::from(there.contains(&"abc.1234.tmp".to_owned())));
        assert_eq!(files.sweep(there.clone(), &named), there.len() - 2);
        assert!(files.read(&orphan).is_err());
        files.remove(&[kept.clone(), "never".to_owned()]);
        assert!(files.read(&kept).is_err() && files.reader(&kept).is_err());
        assert_eq!(files.read(&made).unwrap(), content);
    }

    #[test]
    fn a_folder_keeps_content_sealed() {
        let dir = TempDir::new().unwrap();
        let files = Files::open(dir.path().join("files"), SecretKey::random().unwrap()).unwrap();
        let name = files.store(&[7; 200_000]).unwrap();
        let raw = fs::read(dir.path().join("files").join(&name)).unwrap();
        assert!(!raw.windows(32).any(|window| window == [7; 32]));
        files.remove(&[name]);
        fs::write(dir.path().join("files/abc.1234.tmp"), b"half").unwrap();
        keeps_content_and_sweeps_what_has_no_row(&files, UtcMillis(0));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_bucket_keeps_content_sealed() {
        let (peer, dir) = (allxone_testkit::Bucket::start().await, TempDir::new().unwrap());
        fs::write(dir.path().join("half made"), b"x").unwrap();
        let key = SecretKey::random().unwrap();
        let files = Files::in_bucket(bucket(&peer, "right").await, dir.path(), key).unwrap();
        let work = files.clone();
        let name = on_a_thread(move || work.store(&[7; 200_000]).unwrap()).await;
        let lies = peer.contents().await;
        assert_eq!(lies[0].0, format!("studio/one/files/{name}"));
        assert_eq!((lies.len(), lies[0].1.len() as u64), (1, sealed::sealed_len(200_000)));
        assert!(!lies[0].1.windows(32).any(|window| window == [7; 32]));

        let now = SystemClock.now();
        let work = files.clone();
        on_a_thread(move || {
            assert_eq!(work.names(now.plus(-3_600_000)).unwrap(), Vec::<String>::new(), "too young");
            work.remove(&[name]);
            keeps_content_and_sweeps_what_has_no_row(&work, now.plus(3_600_000));
        })
        .await;
        assert_eq!(peer.contents().await.len(), 1);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left half made");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_bucket_that_is_away_says_so_and_holds_nobody() {
        let (mut peer, dir) = (allxone_testkit::Bucket::start().await, TempDir::new().unwrap());
        let bucket = bucket(&peer, "right").await;
        assert_eq!(bucket.check().await, Ok(()));
        assert_eq!(bucket.piece("files/never", 0, 9).await, Err(BucketError::Gone));
        peer.stop();
        let waited = tokio::time::timeout(Duration::from_secs(60), bucket.check()).await;
        assert_eq!(waited.unwrap(), Err(BucketError::Unavailable));
        let files = Files::in_bucket(bucket, dir.path(), SecretKey::random().unwrap()).unwrap();
        let code = on_a_thread(move || files.store(b"x").unwrap_err().code()).await;
        assert_eq!(code, "bucket_unavailable");
    }

    #[tokio::test]
    async fn only_this_computer_may_be_spoken_to_in_the_clear() {
        let open = async |endpoint: &str| {
            let place = BucketPlace {
                endpoint: Some(endpoint.parse().unwrap()),
                region: "r".to_owned(),
                bucket: "b".to_owned(),
                prefix: String::new(),
                virtual_host: false,
                authorities: None,
                key_id: "k".to_owned(),
                secret: Arc::default(),
            };
            Bucket::open(place).await.err().map(|error| error.code())
        };
        assert_eq!(open("http://10.0.0.1:9000").await, Some("bad_address"));
        assert_eq!(open("http://127.0.0.1:9000").await, None);
        assert_eq!(open("https://objects.example").await, None);
    }

    async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        tokio::task::spawn_blocking(work).await.unwrap()
    }
}
