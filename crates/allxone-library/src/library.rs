//! Opening a library, and how its methods reach the database.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use allxone_vault::{SecretKey, files};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use ulid::{Generator, Ulid};

use crate::blobs::{self, Blobs};
use crate::sweep::{self, SweepReport};
use crate::{LibraryError, database, schema};

const DATABASE: &str = "library.db";
const LOCK: &str = "library.lock";
/// Idle reading connections kept for the next question.
const READERS: usize = 4;

/// The two keys of a library, from the vault's `LibraryDatabase` and `LibraryBlobs`.
pub struct LibraryKeys {
    /// Of the database.
    pub database: SecretKey,
    /// Of the sealed files.
    pub blobs: SecretKey,
}

/// What may be done with an opened library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everything. The caller holds the data folder's lock; the library takes one of its own as well.
    Exclusive,
    /// Reading, also while another process has exclusive access. Never sweeps, migrates or changes a row.
    ReadOnly,
}

/// The current time in UTC milliseconds.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// An opened library. Cheap to clone; the last clone closes it. Every method blocks.
#[derive(Clone)]
pub struct Library {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    path: PathBuf,
    key: SecretKey,
    /// `None` with [`Access::ReadOnly`].
    writer: Option<Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    pub(crate) blobs: Blobs,
    clock: Clock,
    ids: Mutex<Generator>,
    report: SweepReport,
    /// Held as long as the library is open for writing; after the connections in drop order.
    _lock: Option<Lock>,
}

impl Library {
    /// Opens the library in `dir`, with [`Access::Exclusive`] creating, migrating and sweeping it.
    ///
    /// # Errors
    /// [`LibraryError::WrongKey`], [`LibraryError::TooNew`], [`LibraryError::DatabaseMissing`] and
    /// [`LibraryError::Damaged`] leave every file as it is; [`LibraryError::InUse`];
    /// [`LibraryError::NoLibrary`] for reading where there is none.
    pub fn open(dir: &Path, keys: LibraryKeys, access: Access) -> Result<Self, LibraryError> {
        Self::open_with_clock(dir, keys, access, Arc::new(system_time))
    }

    /// Like [`Library::open`], with the clock given.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn open_with_clock(
        dir: &Path,
        keys: LibraryKeys,
        access: Access,
        clock: Clock,
    ) -> Result<Self, LibraryError> {
        let path = dir.join(DATABASE);
        let blobs = Blobs::new(dir, keys.blobs);
        let (lock, writer, report) = match access {
            Access::ReadOnly => {
                if !path.is_file() {
                    return Err(LibraryError::NoLibrary(dir.to_path_buf()));
                }
                let connection = database::open_reading(&path, &keys.database)?;
                // A library whose first step never ended is none yet.
                if schema::version(&connection, schema::STEPS)? == 0 {
                    return Err(LibraryError::NoLibrary(dir.to_path_buf()));
                }
                (None, None, SweepReport::default())
            }
            Access::Exclusive => {
                files::create_private_dir(dir)?;
                let lock = take_lock(&dir.join(LOCK))?;
                let connection = Self::open_writer(&path, &keys.database, &blobs)?;
                blobs.create()?;
                let report = sweep::sweep(&connection, &blobs, sweep::WITHHOLD)?;
                (Some(lock), Some(Mutex::new(connection)), report)
            }
        };
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                key: keys.database,
                writer,
                readers: Mutex::new(Vec::new()),
                blobs,
                clock,
                ids: Mutex::new(Generator::new()),
                report,
                _lock: lock,
            }),
        })
    }

    fn open_writer(path: &Path, key: &SecretKey, blobs: &Blobs) -> Result<Connection, LibraryError> {
        // A database made anew beside pictures would make them all look like leftovers.
        let bare = fs::metadata(path).map_or(0, |m| m.len()) == 0;
        if bare && !blobs.walk()?.names.is_empty() {
            return Err(LibraryError::DatabaseMissing);
        }
        create_private_file(path)?;
        let mut connection = database::open_writing(path, key)?;
        schema::version(&connection, schema::STEPS)?;
        database::prepare_writing(&connection)?;
        schema::migrate(&mut connection, schema::STEPS)?;
        Ok(connection)
    }

    /// What the sweep at opening found; empty for [`Access::ReadOnly`].
    pub fn sweep_report(&self) -> &SweepReport {
        &self.inner.report
    }

    /// Whether this access may write.
    pub fn access(&self) -> Access {
        if self.inner.writer.is_some() { Access::Exclusive } else { Access::ReadOnly }
    }

    /// Verifies every page, the structure and the search index. Empty when all is well.
    ///
    /// # Errors
    /// When not even the check can run.
    pub fn check(&self) -> Result<Vec<String>, LibraryError> {
        match &self.inner.writer {
            Some(writer) => database::check(&locked(writer), true),
            None => self.read(|connection| database::check(connection, false)),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        (self.inner.clock)()
    }

    /// A new id, later than all before it in this process even when the clock stands still or goes back.
    pub(crate) fn new_id(&self) -> Ulid {
        let now = self.now();
        let time = UNIX_EPOCH + Duration::from_millis(u64::try_from(now).unwrap_or(0));
        locked(&self.inner.ids).generate_from_datetime(time).unwrap_or_else(|_| Ulid::from_datetime(time))
    }

    /// Runs `work` in one transaction, committed and on disk when this returns `Ok`.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        let writer = self.inner.writer.as_ref().ok_or(LibraryError::ReadOnly)?;
        let mut connection = locked(writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Fails at once where writing is not possible, before any file is made.
    pub(crate) fn must_write(&self) -> Result<(), LibraryError> {
        self.inner.writer.as_ref().map(|_| ()).ok_or(LibraryError::ReadOnly)
    }

    /// Runs `work` on a reading connection; never waits for a writer.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        let idle = locked(&self.inner.readers).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => database::open_reading(&self.inner.path, &self.inner.key)?,
        };
        let done = work(&connection);
        let mut readers = locked(&self.inner.readers);
        if readers.len() < READERS {
            readers.push(connection);
        }
        done
    }

    /// [`Library::read`] that sees the library as it stood when it began, whatever is written meanwhile.
    pub(crate) fn snapshot<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LibraryError>,
    ) -> Result<T, LibraryError> {
        self.read(|connection| {
            connection.execute_batch("BEGIN")?;
            let done = work(connection);
            connection.execute_batch("ROLLBACK")?;
            done
        })
    }

    /// Empties the write-ahead log, so that nothing removed lingers there.
    pub(crate) fn checkpoint(&self) -> Result<(), LibraryError> {
        let writer = self.inner.writer.as_ref().ok_or(LibraryError::ReadOnly)?;
        database::checkpoint(&locked(writer))
    }

    /// Removes leftovers that the sweep at opening withheld because there were too many to be those of
    /// a crash (see [`SweepReport::withheld`]).
    ///
    /// # Errors
    /// [`LibraryError::ReadOnly`], [`LibraryError::Io`].
    pub fn remove_withheld(&self) -> Result<SweepReport, LibraryError> {
        let writer = self.inner.writer.as_ref().ok_or(LibraryError::ReadOnly)?;
        sweep::sweep(&locked(writer), &self.inner.blobs, usize::MAX)
    }
}

/// A panic while the lock was held left no half-done transaction: dropping one rolls it back.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The library's own lock. Given back by name and not just by closing the file: a process being
/// started at that moment by another thread holds the open file a little longer.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

fn take_lock(path: &Path) -> Result<Lock, LibraryError> {
    let file = private(OpenOptions::new().write(true).create(true).truncate(false))
        .open(path)
        .map_err(|source| blobs::io_error(path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(LibraryError::InUse),
        Err(TryLockError::Error(source)) => Err(blobs::io_error(path, source)),
    }
}

/// SQLite gives its side files the mode of the database, so the database is made with the right one.
fn create_private_file(path: &Path) -> Result<(), LibraryError> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Ok(_) => Ok(()),
        Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(blobs::io_error(path, source)),
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

fn system_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
