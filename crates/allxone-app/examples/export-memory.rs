//! Measures the export of a large library: memory between picture 5,000 and the last, time, and how soon it stops. Never bundled.
//!
//! `export-memory DATA_DIR ARCHIVE` works on a library of `large-library`, whose key is in a file.
#![allow(clippy::print_stdout, reason = "it tells what it measured")]

use std::path::PathBuf;
use std::time::Instant;

use allxone_app::studio::library::{About, ArchiveProgress};
use allxone_app::{Options, SecretStoreKind};

const BEGIN: u64 = 5_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (folder, archive) =
        arguments.next().zip(arguments.next()).ok_or("usage: export-memory DATA_DIR ARCHIVE")?;
    let options = Options {
        data_dir: Some(folder),
        models_dir: None,
        secret_store: Some(SecretStoreKind::File),
        passphrase: None,
        offline: true,
        program: "export-memory".to_owned(),
    };
    let library = allxone_app::reader(options)?;
    let (mut at_begin, mut most, mut total) = (0, 0, 0);
    let idle = resident_kb();
    let begun = Instant::now();
    let done = library.export_everything(&archive, &About::default(), &mut |progress: ArchiveProgress| {
        total = progress.total;
        if progress.done <= BEGIN.min(progress.total) {
            at_begin = resident_kb();
        }
        most = most.max(resident_kb());
        true
    })?;
    // The manifest and the list at the end of the file come after the last word.
    most = most.max(peak_kb());
    println!(
        "{} pictures, {} MB in {:.1} s",
        done.pictures,
        done.bytes / 1_000_000,
        begun.elapsed().as_secs_f64()
    );
    println!("resident: {idle} kB before, {at_begin} kB at picture {BEGIN}, at most {most} kB");
    println!(
        "growth from picture {BEGIN} to {total}: {:.1} MB (bar 32)",
        (most.saturating_sub(at_begin)) as f64 / 1024.0
    );

    let mut asked = None;
    let stopped = library.export_everything(
        &archive.with_extension("stopped.zip"),
        &About::default(),
        &mut |progress| {
            let go_on = progress.done < total / 2;
            if !go_on && asked.is_none() {
                asked = Some(Instant::now());
            }
            go_on
        },
    );
    let waited = asked.map_or(0.0, |asked| asked.elapsed().as_secs_f64());
    println!("stopped: {}, {waited:.3} s after it was asked for (bar 2)", stopped.is_err());
    Ok(())
}

/// Resident memory in kB; 0 where the system does not tell.
fn resident_kb() -> u64 {
    status("VmRSS:")
}

fn peak_kb() -> u64 {
    status("VmHWM:")
}

fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
