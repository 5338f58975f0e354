//! Reading an archive that anybody may have made. Nothing in it is believed: names are looked up and never become paths, sizes are what
//! the list of files says and no more, and every byte that is used was hashed before.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::volumes::{Listed, failed};
use super::{FORMAT, MANIFEST, Part, SCHEMA_VERSION, SUMS, Shape};
use crate::LibraryError;

/// More files than this are not a person's library.
const MAX_FILES: u64 = 4_000_000;
const MAX_VOLUMES: usize = 9_999;
const MAX_MANIFEST: u64 = 512 * 1024 * 1024;
/// The largest picture a library keeps, and a little more.
pub(crate) const MAX_PICTURE: u64 = 256 * 1024 * 1024;
const MAX_LINE: u64 = 16 * 1024 * 1024;
const MAX_ARRAY: u64 = 64 * 1024 * 1024;

/// What an archive says of itself.
#[derive(Deserialize)]
pub(crate) struct Manifest {
    format: String,
    schema_version: u32,
    pub(crate) counts: HashMap<String, u64>,
    volumes: Vec<String>,
    files: Vec<Listed>,
}

/// An archive whose list of files holds.
pub(crate) struct Reading {
    volumes: Vec<ZipArchive<BufReader<File>>>,
    root: String,
    pub(crate) counts: HashMap<String, u64>,
    /// Tells archives apart.
    pub(crate) sha256: String,
    files: HashMap<String, Listed>,
}

pub(crate) fn bad(why: impl Into<String>) -> LibraryError {
    LibraryError::Archive(why.into())
}

impl Reading {
    pub(crate) fn open(path: &Path) -> Result<Self, LibraryError> {
        let mut main = archive(path)?;
        let roots: Vec<String> = main
            .file_names()
            .filter_map(|name| {
                name.ok().and_then(|name| Some(name.strip_suffix(MANIFEST)?.strip_suffix('/')?.to_owned()))
            })
            .filter(|root| !root.contains('/'))
            .collect();
        let [root] = &roots[..] else {
            return Err(bad("it has no list of its files, so it is no export of AllXOne"));
        };
        let root = root.clone();
        let bytes = whole(&mut main, &format!("{root}/{MANIFEST}"), MAX_MANIFEST)?;
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|_| bad("its list of files is not one, so it is no export of AllXOne"))?;
        if manifest.format != FORMAT {
            return Err(bad("it is no export of AllXOne"));
        }
        if manifest.schema_version > SCHEMA_VERSION {
            return Err(bad("it was written by a newer version of AllXOne; update the program first"));
        }
        let mut volumes = vec![main];
        if manifest.volumes.len() > MAX_VOLUMES {
            return Err(bad("it claims to consist of too many files"));
        }
        for name in manifest.volumes.iter().skip(1) {
            volumes.push(archive(&beside(path, name)?)?);
        }
        let sha256 = hex::encode(Sha256::digest(&bytes));
        let mut files = HashMap::with_capacity(manifest.files.len());
        for listed in manifest.files {
            if !plain(&listed.path) {
                return Err(bad("a name in it leads out of the archive"));
            }
            if listed.volume >= volumes.len() {
                return Err(bad("its list names a part that is not there"));
            }
            if files.insert(listed.path.clone(), listed).is_some() {
                return Err(bad("its list names a file twice"));
            }
        }
        let reading = Self { volumes, root, counts: manifest.counts, sha256, files };
        reading.has_what_it_lists()?;
        Ok(reading)
    }

    /// What is listed is there, and nothing else is.
    fn has_what_it_lists(&self) -> Result<(), LibraryError> {
        let mut seen = HashSet::new();
        for (at, volume) in self.volumes.iter().enumerate() {
            for name in volume.file_names() {
                let name = name.map_err(|_| bad("a name in it is no text"))?;
                let path =
                    name.strip_prefix(&self.root).and_then(|rest| rest.strip_prefix('/')).unwrap_or_default();
                if at == 0 && matches!(path, MANIFEST | SUMS) {
                    continue;
                }
                match self.files.get(path) {
                    Some(listed) if listed.volume == at => seen.insert(path.to_owned()),
                    _ => return Err(bad("there is a file in it that its list does not know")),
                };
            }
        }
        if seen.len() == self.files.len() { Ok(()) } else { Err(bad("a file of its list is missing")) }
    }

    /// A file, whole, with the size and hash that are listed.
    pub(crate) fn file(&mut self, path: &str, most: u64) -> Result<Vec<u8>, LibraryError> {
        let listed = self.files.get(path).cloned().ok_or_else(|| bad(format!("{path} is missing")))?;
        if listed.bytes > most {
            return Err(bad(format!("{path} is larger than anything this program writes")));
        }
        let volume = self.volumes.get_mut(listed.volume).ok_or_else(|| bad(format!("{path} is missing")))?;
        let bytes = whole(volume, &format!("{}/{path}", self.root), listed.bytes)?;
        if bytes.len() as u64 != listed.bytes || hex::encode(Sha256::digest(&bytes)) != listed.sha256 {
            return Err(changed(path));
        }
        Ok(bytes)
    }

    /// The hash a file is listed with.
    pub(crate) fn listed_sha256(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|listed| listed.sha256.as_str())
    }

    /// Reads a file to its end and compares it with the list.
    fn check(&mut self, path: &str) -> Result<(), LibraryError> {
        let listed = self.files.get(path).cloned().ok_or_else(|| bad(format!("{path} is missing")))?;
        let mut file = self.stream(path, &listed)?;
        let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0_u64, vec![0; 64 * 1024]);
        loop {
            let read = file.read(&mut buffer).map_err(|_| changed(path))?;
            if read == 0 {
                break;
            }
            bytes += read as u64;
            hash.update(&buffer[..read]);
        }
        drop(file);
        if bytes == listed.bytes && hex::encode(hash.finalize()) == listed.sha256 {
            Ok(())
        } else {
            Err(changed(path))
        }
    }

    fn stream(&mut self, path: &str, listed: &Listed) -> Result<impl Read + '_, LibraryError> {
        let name = format!("{}/{path}", self.root);
        let volume = self.volumes.get_mut(listed.volume).ok_or_else(|| bad(format!("{path} is missing")))?;
        // One byte more than is listed shows that there is more.
        let file = volume.by_name(&name).map_err(|_| changed(path))?;
        Ok(file.take(listed.bytes.saturating_add(1)))
    }

    /// Hands out the rows of a part, after its hash was compared. A row that is no object is refused.
    pub(crate) fn rows(
        &mut self,
        part: &Part,
        take: &mut dyn FnMut(Map<String, Value>) -> Result<(), LibraryError>,
    ) -> Result<(), LibraryError> {
        let unfit = || bad(format!("{} is not what this program writes", part.path));
        let expected = self.counts.get(part.table).copied().ok_or_else(unfit)?;
        let mut rows = 0;
        if part.shape == Shape::Array {
            let whole: Vec<Map<String, Value>> =
                serde_json::from_slice(&self.file(part.path, MAX_ARRAY)?).map_err(|_| unfit())?;
            rows = whole.len() as u64;
            whole.into_iter().try_for_each(take)?;
        } else {
            self.check(part.path)?;
            let listed = self.files.get(part.path).cloned().ok_or_else(unfit)?;
            let mut lines = BufReader::new(self.stream(part.path, &listed)?);
            let mut line = Vec::new();
            loop {
                line.clear();
                let read = lines
                    .by_ref()
                    .take(MAX_LINE)
                    .read_until(b'\n', &mut line)
                    .map_err(|_| changed(part.path))?;
                if read == 0 {
                    break;
                }
                if line.last() != Some(&b'\n') {
                    return Err(unfit());
                }
                rows += 1;
                take(serde_json::from_slice(&line).map_err(|_| unfit())?)?;
            }
        }
        if rows == expected {
            Ok(())
        } else {
            Err(bad(format!("{} does not have as many rows as it should", part.path)))
        }
    }
}

fn changed(path: &str) -> LibraryError {
    bad(format!("{path} is not what was written"))
}

/// Opens one file of an archive, after looking how many entries it claims to have.
fn archive(path: &Path) -> Result<ZipArchive<BufReader<File>>, LibraryError> {
    let mut file = File::open(path).map_err(|source| failed(path, source))?;
    if !file.metadata().map_err(|source| failed(path, source))?.is_file() {
        return Err(bad("it is not a file"));
    }
    let no_archive = || bad("it is not a ZIP archive, or its end is missing");
    if claimed(&mut file).ok_or_else(no_archive)? > MAX_FILES {
        return Err(bad("it claims to hold more files than any library"));
    }
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|_| no_archive())?;
    if archive.has_duplicate_names() || archive.has_overlapping_entries().map_err(|_| no_archive())? {
        return Err(bad("files in it share a name or a place"));
    }
    Ok(archive)
}

/// How many entries the end of a ZIP file claims; `None` where there is no such end.
fn claimed(file: &mut File) -> Option<u64> {
    const TAIL: u64 = 22 + 65_535 + 20;
    let size = file.seek(SeekFrom::End(0)).ok()?;
    let from = size.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut tail = Vec::new();
    file.by_ref().take(TAIL).read_to_end(&mut tail).ok()?;
    let end = tail.windows(4).rposition(|four| four == b"PK\x05\x06")?;
    let count = u64::from(u16::from_le_bytes(tail.get(end + 10..end + 12)?.try_into().ok()?));
    if count < u64::from(u16::MAX) {
        file.seek(SeekFrom::Start(0)).ok()?;
        return Some(count);
    }
    // The count stands in the larger record, whose place the locator before the end tells.
    let locator = tail.get(end.checked_sub(20)?..end)?;
    let place = u64::from_le_bytes(locator.get(8..16)?.try_into().ok()?);
    file.seek(SeekFrom::Start(place)).ok()?;
    let mut record = [0; 40];
    file.read_exact(&mut record).ok()?;
    file.seek(SeekFrom::Start(0)).ok()?;
    (locator.starts_with(b"PK\x06\x07") && record.starts_with(b"PK\x06\x06")).then_some(())?;
    Some(u64::from_le_bytes(record.get(32..40)?.try_into().ok()?))
}

/// A file of the archive, at most `most` bytes of it and one to show that there are more.
fn whole(archive: &mut ZipArchive<BufReader<File>>, name: &str, most: u64) -> Result<Vec<u8>, LibraryError> {
    let file = archive.by_name(name).map_err(|_| changed(name))?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| changed(name))?;
    if bytes.len() as u64 > most { Err(changed(name)) } else { Ok(bytes) }
}

/// A further file of the archive: it lies beside the first, under a plain name.
fn beside(path: &Path, name: &str) -> Result<PathBuf, LibraryError> {
    if !plain(name) || name.contains('/') {
        return Err(bad("it names a part outside its own folder"));
    }
    let file = path.with_file_name(name);
    if file.is_file() { Ok(file) } else { Err(bad(format!("its part {name} is not beside it"))) }
}

/// Whether a name stays where it is, on every system.
fn plain(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !matches!(part, "." | "..");
    path.len() <= 512
        && !path.chars().any(|char| char.is_control() || matches!(char, '\\' | ':'))
        && path.split('/').all(part)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_that_lead_elsewhere_are_none() {
        for good in ["a", "images/2026-01/x_0.png", "README.txt", "..a/b"] {
            assert!(plain(good), "{good}");
        }
        for bad in ["", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "C:\\x", "a\\b", "c:a", "a\0b", "./a"]
        {
            assert!(!plain(bad), "{bad}");
        }
    }
}
