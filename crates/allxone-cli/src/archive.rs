//! `allxone export` and `allxone import`: everything out, and back into an empty library.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use allxone_app::studio::StudioEvent;
use allxone_app::studio::library::{About, ArchiveProgress, Imported};
use allxone_app::{Folders, Profile};
use allxone_studio::Settings;
use tokio_util::sync::CancellationToken;

use crate::args::{Export, Import, Place};
use crate::exit::{Exit, Failure};
use crate::{generate, interrupted, place, screen};

const MEGABYTE: u64 = 1024 * 1024;

/// Writes the archive. The folder may be in use by another program, and neither models nor service are needed.
pub async fn export(place: &Place, args: Export) -> Result<(), Failure> {
    generate::writable(&args.file)?;
    let options = place::options(place);
    let settings = Folders::of(&options)?.settings();
    let about = About {
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        language: args.language.clone().or_else(|| language(&settings)).unwrap_or_default(),
        settings: std::fs::read(&settings)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default(),
        split: args.split.map(|megabytes| megabytes.saturating_mul(MEGABYTE)),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let file = args.file.clone();
    let mut work = tokio::task::spawn_blocking(move || {
        let shelf = allxone_app::reader(options)?;
        let bar = screen::Bar::new("Writing the archive");
        let done = shelf.export_everything(&file, &about, &mut |progress| {
            told(&bar, progress);
            !stopped.load(Ordering::Relaxed)
        });
        done.map_err(allxone_app::AppError::from)
    });
    let done = tokio::select! {
        done = &mut work => done,
        () = interrupted() => {
            stop.store(true, Ordering::Relaxed);
            work.await
        }
    };
    let archived = done.map_err(|_| {
        Failure::new(Exit::Failed, "internal", "The work broke off; the library is unharmed.")
    })??;
    if args.json {
        screen::json(&archived);
        return Ok(());
    }
    for file in &archived.files {
        screen::line(file);
    }
    screen::note(format!(
        "{} pictures, {}. Nothing in it is encrypted: keep it where only you can reach it.",
        archived.pictures,
        screen::size(archived.bytes)
    ));
    if !archived.missing.is_empty() {
        screen::note(format!(
            "{} pictures could not be read and are only named in it: see manifest.json.",
            archived.missing.len()
        ));
    }
    Ok(())
}

/// Reads the archive.
pub async fn import(place: &Place, args: Import) -> Result<(), Failure> {
    let profile = Profile::open(place::options(place)).await?;
    let (studio, stop) = (profile.studio().clone(), CancellationToken::new());
    let mut events = studio.events();
    let bar = screen::Bar::new("Checking and taking pictures");
    let imported = {
        let mut work =
            Box::pin(studio.import_everything(args.file.clone(), args.confirm_review, stop.clone()));
        let mut interrupt = Box::pin(interrupted());
        loop {
            tokio::select! {
                done = &mut work => break done,
                event = events.recv() => if let Ok(StudioEvent::Archive { progress }) = event { told(&bar, progress) },
                () = &mut interrupt, if !stop.is_cancelled() => stop.cancel(),
            }
        }
    };
    drop((bar, events, studio));
    profile.close().await;
    let imported = imported?;
    if args.json {
        screen::json(&imported);
    } else {
        tell(&imported);
    }
    Ok(())
}

fn tell(imported: &Imported) {
    screen::line(format!("{} pictures are in the library.", imported.pictures));
    let told = |count: usize, what: &str| {
        if count > 0 {
            screen::note(format!("{count} {what}"));
        }
    };
    told(
        imported.held.len(),
        "pictures want your confirmation and were not taken; into an empty library, repeat with --confirm-review.",
    );
    told(imported.stopped.len(), "pictures were stopped by the safety check.");
    told(imported.unreadable.len(), "files are no pictures this program reads.");
    told(imported.missing.len(), "pictures were missing when the archive was written.");
}

fn told(bar: &screen::Bar, progress: ArchiveProgress) {
    let small = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    bar.at(small(progress.done), small(progress.total));
}

/// The language that was set in the window.
fn language(settings: &Path) -> Option<String> {
    Some(Settings::read(settings).language).filter(|set| !set.is_empty()).or_else(allxone_app::language)
}
