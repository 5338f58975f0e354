//! `allxone library`: looking back, offline.

use allxone_app::Profile;
use allxone_app::studio::library::{Filter, Item, ItemId, Library as Shelf, LibraryError, Page};
use allxone_studio::StudioError;

use crate::args::{Library, Place};
use crate::exit::{Exit, Failure};
use crate::{place, screen, usage};

/// The largest page the library hands out.
const PAGE: u32 = 500;

/// Does what `command` asks. What only looks needs neither models nor service, and the folder may be in use.
pub async fn run(place: &Place, command: Library) -> Result<(), Failure> {
    match command {
        Library::Favourite { id, undo } => {
            changing(place, move |shelf| {
                let id = find(shelf, &id)?;
                shelf.set_favourite(id, !undo).map_err(failure)
            })
            .await
        }
        Library::Delete { ids, now, undo } => {
            changing(place, move |shelf| delete(shelf, &ids, now, undo)).await
        }
        looking => {
            let options = place::options(place);
            off_thread(move || look(&allxone_app::reader(options)?, looking)).await
        }
    }
}

fn look(shelf: &Shelf, command: Library) -> Result<(), Failure> {
    match command {
        Library::List { favourites, limit, json } => {
            let filter = Filter { favourites, trash: false };
            list(limit, json, "Nothing is kept yet.", |after, limit| shelf.list(&filter, after, limit))
        }
        Library::Search { words, limit, json } => {
            let (words, filter) = (words.join(" "), Filter::default());
            list(limit, json, "Nothing found.", |after, limit| shelf.search(&words, &filter, after, limit))
        }
        Library::Show { id, json } => {
            let item = shelf.get(find(shelf, &id)?).map_err(failure)?;
            if json {
                screen::json(&line(&item))
            } else {
                show(&item)
            }
            Ok(())
        }
        Library::Export { id, output, record } => {
            let exported = shelf.export(find(shelf, &id)?).map_err(failure)?;
            std::fs::write(&output, &exported.bytes)?;
            if record {
                let mut beside = output.clone().into_os_string();
                beside.push(".json");
                std::fs::write(beside, format!("{:#}\n", exported.record))?;
            }
            screen::line(output.display().to_string());
            Ok(())
        }
        Library::Favourite { .. } | Library::Delete { .. } => Err(usage("This command changes the library.")),
    }
}

/// Opens the folder for writing, does the work, gives it back.
async fn changing(
    place: &Place,
    work: impl FnOnce(&Shelf) -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    allxone_app::library_folder(&place::options(place))?;
    let profile = Profile::open(place::options(place)).await?;
    let shelf = profile.studio().library().clone();
    let done = off_thread(move || work(&shelf)).await;
    profile.close().await;
    done
}

fn delete(shelf: &Shelf, ids: &[String], now: bool, undo: bool) -> Result<(), Failure> {
    let ids = ids.iter().map(|id| find(shelf, id)).collect::<Result<Vec<_>, _>>()?;
    if now {
        let erased = shelf.purge(&ids).map_err(failure)?;
        screen::line(format!("Erased {erased}. This cannot be undone."));
        return Ok(());
    }
    for id in &ids {
        if undo { shelf.undo_delete(*id) } else { shelf.delete(*id) }.map_err(failure)?;
    }
    let what = if undo { "Restored" } else { "Moved to the trash (take back with --undo)" };
    screen::line(format!("{what}: {}", ids.len()));
    Ok(())
}

fn list(
    limit: u32,
    json: bool,
    nothing: &str,
    page: impl Fn(Option<&allxone_app::studio::library::Cursor>, u32) -> Result<Page, LibraryError>,
) -> Result<(), Failure> {
    let (mut left, mut after, mut any) = (limit, None, false);
    while left > 0 {
        let Page { items, next } = page(after.as_ref(), left.min(PAGE)).map_err(failure)?;
        left = left.saturating_sub(u32::try_from(items.len()).unwrap_or(u32::MAX));
        any |= !items.is_empty();
        for item in &items {
            if json { screen::json(&line(item)) } else { screen::line(one_line(item)) }
        }
        after = next;
        if after.is_none() {
            break;
        }
    }
    if !any && !json {
        screen::note(nothing);
    }
    Ok(())
}

/// One JSON line: the item as kept.
fn line(item: &Item) -> serde_json::Value {
    let mut value = serde_json::to_value(item).unwrap_or_default();
    if let (Some(fields), Some(origin)) = (value.as_object_mut(), &item.details.origin) {
        fields.insert("job".to_owned(), origin.job.clone().into());
    }
    value
}

fn one_line(item: &Item) -> String {
    let star = if item.favourite { "★" } else { " " };
    let what = if item.details.prompt.is_empty() { &item.details.operation } else { &item.details.prompt };
    format!(
        "{} {star} {}  {:>4}×{:<4}  {what}",
        item.id,
        screen::time(item.created_ms),
        item.width,
        item.height
    )
}

fn show(item: &Item) {
    let details = &item.details;
    let row = |name: &str, value: String| {
        if !value.is_empty() {
            screen::line(format!("{name:10} {value}"));
        }
    };
    row("id", item.id.to_string());
    row("prompt", details.prompt.clone());
    row("avoid", details.negative.clone());
    row("made by", format!("{} ({})", details.model, details.operation));
    row("seed", details.seed.map(|seed| seed.to_string()).unwrap_or_default());
    row("size", format!("{}×{}, {}", item.width, item.height, screen::size(item.bytes)));
    row("made", screen::time(item.created_ms));
    row("sha256", item.sha256.clone());
    row("favourite", if item.favourite { "yes".to_owned() } else { String::new() });
    row("in trash", item.trashed_ms.map(screen::time).unwrap_or_default());
    row("AI-made", if details.ai_made { "yes" } else { "no, your own picture" }.to_owned());
    row("checked", format!("{} times", details.receipts.as_array().map_or(0, Vec::len)));
}

fn find(shelf: &Shelf, beginning: &str) -> Result<ItemId, Failure> {
    shelf.find(beginning).map_err(failure)
}

fn failure(error: LibraryError) -> Failure {
    let code = error.code().to_owned();
    Failure { code, ..Failure::from(StudioError::from(error)) }
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(Failure::new(Exit::Failed, "internal", "The work broke off; the library is unharmed."))
    })
}
