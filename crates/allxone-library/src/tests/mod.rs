//! Tests of the library with pictures made here; the one that goes through the real check is in
//! `tests/checked.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod archive;
mod at_rest;
mod columns;
mod consents;
mod damage;
mod history;
mod items;
mod kill;
mod ledger;
mod opening;
mod queue;
mod removal;
mod searching;
mod sweeping;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use allxone_vault::SecretKey;
use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::keep::Stored;
use crate::{Access, Details, ItemId, Library, LibraryError, LibraryKeys, Origin};

/// The same keys for every test; another `salt` gives others.
fn keys(salt: u8) -> LibraryKeys {
    LibraryKeys {
        database: SecretKey::from_bytes(Zeroizing::new([salt; 32])),
        blobs: SecretKey::from_bytes(Zeroizing::new([salt ^ 0x55; 32])),
    }
}

fn open(dir: &Path) -> Library {
    Library::open(dir, keys(1), Access::Exclusive).unwrap()
}

fn error_of(result: Result<Library, LibraryError>) -> LibraryError {
    result.err().expect("must not open")
}

/// A clock that stands until it is set.
fn with_clock(dir: &Path) -> (Library, Arc<AtomicI64>) {
    let time = Arc::new(AtomicI64::new(1_000));
    let clock = Arc::clone(&time);
    let library = Library::open_with_clock(
        dir,
        keys(1),
        Access::Exclusive,
        Arc::new(move || clock.load(Ordering::SeqCst)),
    );
    (library.unwrap(), time)
}

/// Bytes that differ by `seed` and do not compress to a pattern.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

fn keep_bytes(library: &Library, bytes: &[u8], details: &Details) -> Result<ItemId, LibraryError> {
    let stored = Stored {
        bytes,
        sha256: Sha256::digest(bytes).into(),
        format: "png",
        width: 64,
        height: 48,
        thumbnail: &bytes[..bytes.len().min(500)],
    };
    library.keep_stored(&stored, details)
}

fn keep(library: &Library, seed: u64, prompt: &str) -> ItemId {
    keep_bytes(library, &noise(seed, 3_000), &details(prompt)).unwrap()
}

fn details(prompt: &str) -> Details {
    Details {
        operation: "scene".into(),
        model: "scene-1".into(),
        prompt: prompt.into(),
        params: json!({ "style": "plain" }),
        receipts: json!([]),
        ai_made: true,
        ..Details::default()
    }
}

fn from_job(prompt: &str, job: &str, index: u8) -> Details {
    Details {
        origin: Some(Origin { service: "this computer".into(), job: job.into(), index }),
        ..details(prompt)
    }
}

/// All files under a folder.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn contains(file: &[u8], needle: &[u8]) -> bool {
    file.windows(needle.len()).any(|window| window == needle)
}
