//! The files of an archive being written: parts beside the place they will have, hashed on the way, named only when all is on disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use allxone_vault::files;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::LibraryError;
use crate::blobs::io_error;

/// What an entry costs besides its bytes: two headers with a name in each.
const ENTRY: u64 = 256;

/// One file in the archive, as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) path: String,
    pub(crate) bytes: u64,
    pub(crate) sha256: String,
    /// Which of the manifest's volumes holds it.
    pub(crate) volume: usize,
}

struct Volume {
    zip: ZipWriter<BufWriter<File>>,
    part: PathBuf,
    path: PathBuf,
    bytes: u64,
}

impl Volume {
    fn create(path: PathBuf) -> Result<Self, LibraryError> {
        let mut part = path.clone().into_os_string();
        part.push(".part");
        let part = PathBuf::from(part);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        let file = options.open(&part).map_err(|source| failed(&part, source))?;
        Ok(Self { zip: ZipWriter::new(BufWriter::with_capacity(256 * 1024, file)), part, path, bytes: 0 })
    }

    /// Writes what is left and brings it to the disk; the name is not given yet.
    fn finish(self) -> Result<(PathBuf, PathBuf), LibraryError> {
        let Self { zip, part, path, .. } = self;
        let done = zip
            .finish()
            .map_err(io::Error::from)
            .and_then(|out| out.into_inner().map_err(io::IntoInnerError::into_error))
            .and_then(|file| file.sync_all());
        done.map_err(|source| failed(&part, source))?;
        Ok((part, path))
    }
}

/// Everything an archive consists of. Dropped before [`Volumes::commit`], it leaves nothing behind.
pub(crate) struct Volumes {
    root: String,
    split: Option<u64>,
    /// Holds everything but the pictures that went elsewhere.
    main: Option<Volume>,
    /// Takes pictures once the first is full.
    side: Option<Volume>,
    finished: Vec<(PathBuf, PathBuf)>,
    /// Their names, the first of the main one.
    pub(crate) names: Vec<String>,
    /// The list of files waits in a file without a name: it grows with every picture.
    list: BufWriter<File>,
    parts: Vec<PathBuf>,
    done: bool,
}

impl Volumes {
    pub(crate) fn create(target: &Path, root: String, split: Option<u64>) -> Result<Self, LibraryError> {
        let folder =
            target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let list = tempfile::tempfile_in(folder).map_err(|source| failed(folder, source))?;
        let main = Volume::create(target.to_owned())?;
        let parts = vec![main.part.clone()];
        Ok(Self {
            root,
            split,
            names: vec![name(target)],
            main: Some(main),
            side: None,
            finished: Vec::new(),
            list: BufWriter::new(list),
            parts,
            done: false,
        })
    }

    /// A picture: stored as it is, since it is compressed already.
    pub(crate) fn picture(
        &mut self,
        path: &str,
        bytes: &[u8],
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), LibraryError> {
        let size = bytes.len() as u64 + ENTRY;
        let full = |volume: &Volume, split: u64| volume.bytes > 0 && volume.bytes + size > split;
        if let Some(split) = self.split {
            let now = self.side.as_ref().or(self.main.as_ref());
            if now.is_some_and(|volume| full(volume, split)) {
                self.next_side()?;
            }
        }
        let volume = self.names.len() - 1;
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let to = self.side.as_mut().or(self.main.as_mut()).ok_or(LibraryError::Stopped)?;
        let entry = format!("{}/{path}", self.root);
        to.zip.start_file(entry, options).map_err(|error| failed(&to.part, error.into()))?;
        for chunk in bytes.chunks(1024 * 1024) {
            if !go_on() {
                return Err(LibraryError::Stopped);
            }
            to.zip.write_all(chunk).map_err(|source| failed(&to.part, source))?;
        }
        to.bytes += size;
        let listed = Listed {
            path: path.to_owned(),
            bytes: bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(bytes)),
            volume,
        };
        self.note(&listed)
    }

    fn next_side(&mut self) -> Result<(), LibraryError> {
        let target = self.main.as_ref().map(|main| main.path.clone()).ok_or(LibraryError::Stopped)?;
        if let Some(side) = self.side.take() {
            self.finished.push(side.finish()?);
        }
        let number = self.names.len();
        let stem = target.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let path = target.with_file_name(format!("{stem}.{number}.zip"));
        let side = Volume::create(path.clone())?;
        self.parts.push(side.part.clone());
        self.names.push(name(&path));
        self.side = Some(side);
        Ok(())
    }

    /// Any other file, written as it comes.
    pub(crate) fn file(
        &mut self,
        path: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), LibraryError>,
    ) -> Result<(), LibraryError> {
        let listed = self.unlisted(path, write)?;
        self.note(&listed)
    }

    /// [`Volumes::file`] without a line in the list of files.
    pub(crate) fn unlisted(
        &mut self,
        path: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), LibraryError>,
    ) -> Result<Listed, LibraryError> {
        let main = self.main.as_mut().ok_or(LibraryError::Stopped)?;
        let options =
            SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).large_file(true);
        main.zip
            .start_file(format!("{}/{path}", self.root), options)
            .map_err(|error| failed(&main.part, error.into()))?;
        let mut out = Hashing { out: &mut main.zip, hash: Sha256::new(), bytes: 0 };
        write(&mut out)?;
        let (bytes, sha256) = (out.bytes, hex::encode(out.hash.finalize()));
        main.bytes += bytes + ENTRY;
        Ok(Listed { path: path.to_owned(), bytes, sha256, volume: 0 })
    }

    fn note(&mut self, listed: &Listed) -> Result<(), LibraryError> {
        let line = serde_json::to_string(listed).map_err(|_| LibraryError::BadValue("The list of files"))?;
        writeln!(self.list, "{line}").map_err(|source| failed(Path::new(&self.names[0]), source))
    }

    /// Every file so far, in order.
    pub(crate) fn listed(
        &mut self,
    ) -> Result<impl Iterator<Item = Result<Listed, LibraryError>> + use<>, LibraryError> {
        let list = self.list.get_ref().try_clone();
        let broken = |source| failed(Path::new("the list of files"), source);
        self.list.flush().map_err(broken)?;
        let mut list = list.map_err(broken)?;
        list.seek(SeekFrom::Start(0)).map_err(broken)?;
        Ok(BufReader::new(list).lines().map(move |line| {
            let line = line.map_err(|source| failed(Path::new("the list of files"), source))?;
            serde_json::from_str(&line).map_err(|_| LibraryError::BadValue("The list of files"))
        }))
    }

    /// Gives everything its name, the file with the manifest last. Returns the paths, that one first, and the size of all.
    pub(crate) fn commit(mut self) -> Result<(Vec<PathBuf>, u64), LibraryError> {
        let (main, side) = (self.main.take().ok_or(LibraryError::Stopped)?, self.side.take());
        for volume in side.into_iter().chain([main]) {
            self.finished.push(volume.finish()?);
        }
        let (mut paths, mut bytes) = (Vec::new(), 0);
        for (part, path) in &self.finished {
            bytes += fs::metadata(part).map_err(|source| failed(part, source))?.len();
            fs::rename(part, path).map_err(|source| failed(path, source))?;
            paths.push(path.clone());
        }
        if let Some(folder) = paths.first().and_then(|path| path.parent()).filter(|folder| folder.is_dir()) {
            files::sync_dir(folder)?;
        }
        self.done = true;
        paths.rotate_right(1);
        Ok((paths, bytes))
    }
}

impl Drop for Volumes {
    fn drop(&mut self) {
        if !self.done {
            (self.main, self.side) = (None, None);
            for part in &self.parts {
                let _ = fs::remove_file(part);
            }
        }
    }
}

struct Hashing<'a, W: Write> {
    out: &'a mut W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(crate) fn failed(path: &Path, source: io::Error) -> LibraryError {
    match source.kind() {
        io::ErrorKind::StorageFull => LibraryError::DiskFull,
        _ => io_error(path, source),
    }
}
