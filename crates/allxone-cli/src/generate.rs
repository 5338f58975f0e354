//! `allxone generate`: the main job, from a prompt to a file and the library.

use std::io::Read;
use std::path::{Path, PathBuf};

use allxone_app::studio::contract::{
    InputRef, InputRole, JobRequest, MilliCredits, ModelCard, ModelId, Operation, Seed, Size, Verdict,
};
use allxone_app::studio::media::Limits;
use allxone_app::{Keeping, Profile};
use allxone_studio::{Draft, Finished, Studio, StudioError, StudioEvent};
use serde_json::json;

use crate::args::{Generate, Place};
use crate::exit::{Exit, Failure};
use crate::screen::Bar;
use crate::{interrupted, place, screen, usage};

/// Makes a picture.
pub async fn run(place: &Place, args: Generate) -> Result<(), Failure> {
    writable(&args.output)?;
    let bar = Bar::new("Getting ready");
    let profile = Profile::open(place::options(place)).await?;
    let made = Box::pin(make(&profile, &args, &bar)).await;
    drop(bar);
    let keeping = profile.keeping().clone();
    profile.close().await;
    let (finished, files) = made?;
    tell(&args, &finished, &files, &keeping);
    let stopped = finished.blocked.len() + finished.held_back.len();
    if stopped > 0 {
        let message = format!(
            "{stopped} of {} pictures were stopped by the safety check and cost nothing.",
            args.count
        );
        return Err(Failure::new(Exit::Stopped, "blocked", message));
    }
    Ok(())
}

async fn make(profile: &Profile, args: &Generate, bar: &Bar) -> Result<(Finished, Vec<PathBuf>), Failure> {
    let studio = profile.studio();
    finish_earlier(studio, bar).await?;
    let card = choose(&studio.models().await?, args)?;
    let mut request = JobRequest::new(card.operation, card.id.clone());
    request.prompt.clone_from(&args.prompt);
    request.count = args.count;
    request.seed = args.seed.map(Seed);
    request.size = args.size.map(|(width, height)| Size { width, height });
    request.style.clone_from(&args.style);
    request.strength = args.strength;
    request.factor = args.factor;
    request.max_cost = MilliCredits(i64::from(args.max_cost) * 1_000);
    for file in &args.input {
        bar.say("Checking the picture");
        let staged = studio.stage(read(file)?.into()).await.map_err(|error| about(file, error))?;
        if staged.finding.verdict == Verdict::Block {
            return Err(StudioError::Stopped(staged.finding).into());
        }
        request.inputs.push(InputRef { sha256: staged.sha256, role: InputRole::Init });
    }
    bar.say(doing(card.operation));
    let mut events = studio.events();
    let queue = studio.submit(Draft { request, confirmed: args.confirm_review, parents: Vec::new() }).await?;
    let mut ended = Box::pin(studio.wait(queue));
    let mut stop = Box::pin(interrupted());
    let mut stopping = false;
    let finished = loop {
        tokio::select! {
            ended = &mut ended => break ended?,
            event = events.recv() => match event {
                Ok(StudioEvent::Progress { progress, .. }) => bar.at(progress.step, progress.steps),
                Ok(_) | Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => events = studio.events(),
            },
            () = &mut stop, if !stopping => {
                stopping = true;
                bar.say("Stopping");
                studio.cancel(queue);
            }
        }
    };
    let mut files = Vec::new();
    for one in &finished.kept {
        let file = numbered(&args.output, args.count, one.output.index);
        write(&file, one.picture.value().bytes())?;
        files.push(file);
    }
    Ok((finished, files))
}

/// Finishes what an earlier run left unfinished, so that nothing waits forever.
async fn finish_earlier(studio: &Studio, bar: &Bar) -> Result<(), Failure> {
    for queue in studio.resume().await? {
        bar.say("Finishing an earlier picture");
        match studio.wait(queue).await {
            Ok(done) => {
                for one in done.kept {
                    screen::note(format!(
                        "Finished a picture from an earlier run: {} is in the library.",
                        one.item
                    ));
                }
            }
            Err(error) => {
                screen::note(format!("A picture from an earlier run could not be finished: {error}"))
            }
        }
    }
    Ok(())
}

/// The model that was named, or the one the other options imply.
fn choose(cards: &[ModelCard], args: &Generate) -> Result<ModelCard, Failure> {
    let wanted = match &args.model {
        Some(named) => named.as_str(),
        None if args.style.is_some() => "local/style-26",
        None if args.factor.is_some() => "local/upscale",
        None if !args.input.is_empty() => {
            return Err(usage(
                "Say what to do with the picture: --style STYLE, --factor 2 or 4, or --model local/cutout.",
            ));
        }
        None => "local/scene",
    };
    cards.iter().find(|card| card.id == ModelId::from(wanted)).cloned().ok_or_else(|| {
        let known = cards.iter().map(|card| card.id.as_str()).collect::<Vec<_>>().join(", ");
        usage(format!("There is no model “{wanted}”. There are: {known}."))
    })
}

fn tell(args: &Generate, finished: &Finished, files: &[PathBuf], keeping: &Keeping) {
    for (one, file) in finished.kept.iter().zip(files) {
        let output = &one.output;
        let kept = matches!(keeping, Keeping::Library { .. });
        if args.json {
            screen::json(&json!({
                "file": file, "item": kept.then_some(one.item), "kept": kept,
                "width": output.width, "height": output.height, "bytes": output.bytes, "sha256": output.sha256,
                "seed": output.seed, "source": output.source, "report": output.report,
                "warnings": finished.warnings, "charge": finished.charge,
                "receipt": one.picture.receipt(),
            }));
            continue;
        }
        let seed = output.seed.map(|seed| format!(" · seed {}", seed.0)).unwrap_or_default();
        screen::line(format!(
            "{} · {}×{} · {}{seed}",
            file.display(),
            output.width,
            output.height,
            screen::size(output.bytes)
        ));
    }
    if args.json {
        return;
    }
    for warning in &finished.warnings {
        screen::note(&warning.message);
    }
    match keeping {
        Keeping::Library { .. } => {}
        Keeping::Nothing { because: None } => screen::note("Nothing was kept in a library, as you asked."),
        Keeping::Nothing { because: Some(because) } => screen::note(format!(
            "Nothing was kept in a library, because {because}; to keep pictures, repeat with --secret-store passphrase (or file, which is unprotected)."
        )),
    }
}

/// A file that cannot be written is found out before the work, not after it.
pub fn writable(file: &Path) -> Result<(), Failure> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if file.is_dir() {
        return Err(usage(format!("{} is a folder; name a file to write.", file.display())));
    }
    if !folder.is_dir() {
        return Err(usage(format!("The folder {} does not exist.", folder.display())));
    }
    Ok(())
}

/// Writes beside the file and renames, so that a broken-off write never leaves half a picture under its name.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut partial = file.as_os_str().to_owned();
    partial.push(".part");
    let partial = PathBuf::from(partial);
    let written = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, file));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&partial);
        let message = format!("{} could not be written: {error}. The picture itself is made; find it with `allxone library list`.", file.display());
        Failure::new(Exit::Failed, "write_failed", message)
    })
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(Limits::default().max_bytes + 1).read_to_end(&mut bytes))
        .map_err(|error| usage(format!("{} cannot be read: {error}.", file.display())))?;
    Ok(bytes)
}

fn about(file: &Path, error: StudioError) -> Failure {
    let mut failure = Failure::from(error);
    failure.message = format!("{}: {}", file.display(), failure.message);
    failure
}

/// `picture.png` for a single picture, else `picture-1.png`, `picture-2.png`, …
fn numbered(file: &Path, count: u8, index: u8) -> PathBuf {
    if count == 1 {
        return file.to_owned();
    }
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let extension = file.extension().map(|e| format!(".{}", e.to_string_lossy())).unwrap_or_default();
    file.with_file_name(format!("{stem}-{}{extension}", u16::from(index) + 1))
}

fn doing(operation: Operation) -> &'static str {
    match operation {
        Operation::Generate => "Making the picture",
        Operation::Edit => "Changing the picture",
        Operation::Stylise => "Painting",
        Operation::Upscale => "Enlarging",
        Operation::CutOut => "Cutting out",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_pictures_get_numbers() {
        assert_eq!(numbered(Path::new("a/fox.png"), 1, 0), Path::new("a/fox.png"));
        assert_eq!(numbered(Path::new("a/fox.png"), 2, 1), Path::new("a/fox-2.png"));
        assert_eq!(numbered(Path::new("fox"), 2, 0), Path::new("fox-1"));
    }
}
