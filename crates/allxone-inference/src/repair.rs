//! Looks at every pinned file, and puts a sound copy in the place of one that is not.
//!
//! A copy is taken from another installation's folder, and only if it is the pinned file byte for byte, so a repair can bring nothing in that
//! this program would not have loaded anyway. Nothing is downloaded.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::manifest::{DataFile, Manifest, ModelName};
use crate::pinned::{self, Pin};
use crate::{Inference, InferenceError, ModelPaths};

/// How one pinned file stands.
#[derive(Clone, Debug)]
pub struct FileStanding {
    /// Name of its entry in the manifest.
    pub name: &'static str,
    /// Where it is expected.
    pub path: PathBuf,
    /// What is wrong with it; `None` when it is the pinned one.
    pub fault: Option<InferenceError>,
}

/// What became of one file that was not sound.
#[derive(Clone, Debug)]
pub struct Repair {
    /// Name of its entry in the manifest.
    pub name: &'static str,
    /// Where it is expected.
    pub path: PathBuf,
    /// Why it could not be repaired; `None` when it was.
    pub failure: Option<RepairFailure>,
}

/// Why a file could not be repaired. It is as it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RepairFailure {
    /// None of the folders has a sound copy.
    #[error("there is no sound copy of it on this computer")]
    NoCopy,
    /// The copy could not be put in its place.
    #[error("it cannot be written there ({0})")]
    NotWritable(ErrorKind),
}

/// A pinned file and its place in a folder of models and a folder of the library.
struct Pinned {
    pin: Pin<'static>,
    place: Box<dyn Fn(&ModelPaths) -> PathBuf>,
}

fn every_file() -> Vec<Pinned> {
    let models = ModelName::ALL.map(|m| (m.as_str(), m.entry()));
    let data = DataFile::ALL.map(|d| (d.as_str(), d.entry()));
    let of_models = models.into_iter().chain(data).map(|(name, entry)| Pinned {
        pin: Pin { name, bytes: entry.bytes, sha256: &entry.sha256 },
        place: Box::new(|paths| paths.models.join(&entry.path)),
    });
    let library = Manifest::shipped().runtime().map(|entry| Pinned {
        pin: Pin { name: crate::runtime::NAME, bytes: entry.bytes, sha256: &entry.sha256 },
        place: Box::new(|paths| paths.runtime.join(&entry.file)),
    });
    of_models.chain(library).collect()
}

impl Inference {
    /// How every pinned file of this folder stands. Reads all of them: some 70 MB.
    pub fn files(&self) -> Vec<FileStanding> {
        let standing = |file: Pinned| {
            let path = (file.place)(self.paths());
            FileStanding { name: file.pin.name, fault: pinned::check(&path, file.pin).err(), path }
        };
        every_file().into_iter().map(standing).collect()
    }

    /// Replaces every file that is not the pinned one by a copy out of the first of `sources` (folders of models) that has a sound one.
    /// Returns what became of each; nothing when all were sound. The next question to a model finds the repaired file, without a restart.
    pub fn repair(&self, sources: &[PathBuf]) -> Vec<Repair> {
        let mut repairs = Vec::new();
        for file in every_file() {
            let path = (file.place)(self.paths());
            if pinned::check(&path, file.pin).is_ok() {
                continue;
            }
            let copies = sources.iter().map(|folder| (file.place)(&ModelPaths::under(folder)));
            let failure =
                match copies.filter(|copy| *copy != path).find_map(|copy| pinned::read(&copy, file.pin).ok())
                {
                    Some(content) => {
                        put(&path, &content).err().map(|error| RepairFailure::NotWritable(error.kind()))
                    }
                    None => Some(RepairFailure::NoCopy),
                };
            repairs.push(Repair { name: file.pin.name, path, failure });
        }
        repairs
    }
}

/// Puts `content` at `path` in one step, whatever stands there but a folder with something in it.
fn put(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    if path.symlink_metadata().is_ok_and(|seen| seen.is_dir()) {
        fs::remove_dir(path)?;
    }
    let mut part = path.as_os_str().to_owned();
    part.push(".repair");
    let part = PathBuf::from(part);
    let written = write(&part, content).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        let _ = fs::remove_file(&part);
    }
    written
}

fn write(part: &Path, content: &[u8]) -> std::io::Result<()> {
    // What an earlier attempt left, or a link somebody put there, is not written through.
    match fs::remove_file(part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::create_new(part)?;
    std::io::Write::write_all(&mut file, content)?;
    file.sync_all()
}
