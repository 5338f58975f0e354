//! Private folders and atomic writes.
//!
//! The save order is the same for every file in a data folder: temporary file, fsync, rename, fsync
//! of the folder. After a crash a file has its old content or its new content, never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{VaultError, random};

/// How names of unfinished files end. Only the holder of the folder's lock may remove them.
pub const TMP_SUFFIX: &str = ".tmp";

/// Makes a folder and its parents; on Unix only the owner may enter the last one (0700).
///
/// # Errors
/// [`VaultError::Io`].
pub fn create_private_dir(dir: &Path) -> Result<(), VaultError> {
    fs::create_dir_all(dir).map_err(VaultError::io("Could not create the folder", dir))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let now = fs::metadata(dir).map_err(VaultError::io("Could not read the folder", dir))?.permissions();
        if now.mode() & 0o777 != 0o700 {
            fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
                .map_err(VaultError::io("Could not make private the folder", dir))?;
        }
    }
    Ok(())
}

/// Writes a whole small file atomically; on Unix with mode 0600.
///
/// # Errors
/// [`VaultError::Io`]; the former content is then still in place.
pub fn write_atomic(path: &Path, content: &[u8]) -> Result<(), VaultError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(content).map_err(VaultError::io("Could not write", path))?;
    file.commit()
}

/// Makes the names in a folder durable. On Windows the rename itself is; there is nothing to do.
///
/// # Errors
/// [`VaultError::Io`].
pub fn sync_dir(dir: &Path) -> Result<(), VaultError> {
    // A file named without a folder lies in the current one.
    #[cfg(unix)]
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    #[cfg(unix)]
    File::open(dir).and_then(|d| d.sync_all()).map_err(VaultError::io("Could not save the folder", dir))?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

/// A file that appears under its name only when it is complete and on disk.
///
/// Dropped without [`AtomicFile::commit`], the temporary file is removed again.
pub struct AtomicFile {
    out: Option<BufWriter<File>>,
    tmp: PathBuf,
    path: PathBuf,
}

impl AtomicFile {
    /// Opens a temporary file beside `path` (same folder, random name, mode 0600 on Unix).
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Randomness`].
    pub fn create(path: &Path) -> Result<Self, VaultError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let tmp = path.with_file_name(format!("{name}.{}{TMP_SUFFIX}", hex::encode(random::bytes::<6>()?)));
        let file = open_private(OpenOptions::new().write(true).create_new(true), &tmp)
            .map_err(VaultError::io("Could not create", &tmp))?;
        Ok(Self { out: Some(BufWriter::with_capacity(128 * 1024, file)), tmp, path: path.to_path_buf() })
    }

    /// Flushes, fsyncs, renames into place and fsyncs the folder.
    ///
    /// # Errors
    /// [`VaultError::Io`]; the former file under the name is then unchanged.
    pub fn commit(mut self) -> Result<(), VaultError> {
        let Some(out) = self.out.take() else { return Ok(()) };
        let result = out
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.tmp, &self.path))
            .map_err(VaultError::io("Could not save", &self.path));
        if result.is_err() {
            let _ = fs::remove_file(&self.tmp);
        }
        result?;
        match self.path.parent() {
            Some(dir) => sync_dir(dir),
            None => Ok(()),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.out {
            Some(out) => out.write(buf),
            None => Err(io::Error::other("the file is already closed")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.out.take().is_some() {
            let _ = fs::remove_file(&self.tmp);
        }
    }
}

/// Opens with mode 0600 where a file is made.
pub(crate) fn open_private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_atomic(&path, b"one").unwrap();
        write_atomic(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_abandoned_write_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_atomic(&path, b"one").unwrap();
        let mut half = AtomicFile::create(&path).unwrap();
        half.write_all(b"half of tw").unwrap();
        drop(half);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_rename_keeps_the_old_and_removes_the_new() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("name");
        fs::create_dir_all(path.join("occupied")).unwrap();
        assert_eq!(write_atomic(&path, b"x").unwrap_err().code(), "disk_failed");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let sub = dir.path().join("data");
        fs::create_dir(&sub).unwrap();
        fs::set_permissions(&sub, fs::Permissions::from_mode(0o755)).unwrap();
        create_private_dir(&sub).unwrap();
        write_atomic(&sub.join("f"), b"x").unwrap();
        assert_eq!(fs::metadata(&sub).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(sub.join("f")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
