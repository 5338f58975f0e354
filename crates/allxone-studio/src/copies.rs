//! Pictures on their way out of the library, and from one library into another.

use allxone_library::{Filter, ItemId, Library, NewItem};
use allxone_media::{Limits, OriginMark, Picture, SourceType, mark_ai_origin};
use allxone_safety::Screening;
use bytes::Bytes;

use crate::session::CopyKind;
use crate::studio::blocking;
use crate::{Prompts, Studio, StudioError, file_name};

/// A picture as a file of its own.
pub struct Copy {
    /// A name for the file: the person's words for it, where there are some. A share copy's name tells nothing of the picture.
    pub file_name: String,
    /// The picture.
    pub bytes: Bytes,
    /// Everything known of it, for an archive copy.
    pub record: Option<serde_json::Value>,
}

impl Studio {
    /// A copy of a kept picture. A share copy loses every byte that is not picture, and says again that a model made it, where one did.
    ///
    /// # Errors
    /// When there is no such picture or it cannot be written anew.
    pub async fn copy(&self, item: ItemId, kind: CopyKind) -> Result<Copy, StudioError> {
        let library = self.library().clone();
        let results = self.inner.parts.results.limits().clone();
        blocking(move || match kind {
            CopyKind::Archive => archive(&library, item),
            CopyKind::Share => share(&library, item, &results),
        })
        .await
    }

    /// Takes everything another library holds into this one: pictures with all that is known of them, and prompts. Each picture is checked again,
    /// as everything is that comes into a library. Returns how many came.
    ///
    /// # Errors
    /// When a library fails or the check cannot run; what was taken until then stays, and a repetition takes nothing twice.
    pub async fn bring_over(&self, from: &Library) -> Result<u64, StudioError> {
        let (from, to, gate) = (from.clone(), self.library().clone(), self.inner.parts.gate.clone());
        let limits = self.inner.parts.results.limits().clone();
        blocking(move || {
            let (mut items, mut after) = (Vec::new(), None);
            loop {
                let page = from.list(&Filter::default(), after.as_ref(), 500)?;
                items.extend(page.items);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let mut taken = 0;
            for item in items.into_iter().rev() {
                let picture = Picture::received(from.picture(item.id)?, &limits)?;
                let picture = match gate.screen(picture)? {
                    Screening::Show(picture) => picture,
                    // It was kept before, so a person has confirmed it.
                    Screening::Review(held) => held.confirm(),
                    Screening::Block(_) => continue,
                };
                let id = to.keep(NewItem { picture, details: item.details })?;
                to.set_favourite(id, item.favourite)?;
                taken += 1;
            }
            Prompts::read(&from)?.write(&to)?;
            Ok(taken)
        })
        .await
    }
}

fn archive(library: &Library, item: ItemId) -> Result<Copy, StudioError> {
    let details = library.get(item)?.details;
    let exported = library.export(item)?;
    let words = [details.title, details.prompt];
    let named = words.iter().find_map(|words| file_name::of_words(words));
    let file_name = match (named, exported.file_name.rsplit_once('.')) {
        (Some(name), Some((_, extension))) => format!("{name}.{extension}"),
        _ => exported.file_name,
    };
    Ok(Copy { file_name, bytes: exported.bytes, record: Some(exported.record) })
}

fn share(library: &Library, item: ItemId, limits: &Limits) -> Result<Copy, StudioError> {
    let known = library.get(item)?;
    let plain = Picture::prepare(library.picture(item)?, limits)?;
    let bytes = match known.details.ai_made {
        true => {
            let source = SourceType::TrainedAlgorithmicMedia;
            let mark = OriginMark {
                source,
                program: "AllXOne".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            };
            mark_ai_origin(plain.bytes(), &mark)?
        }
        false => plain.bytes().clone(),
    };
    let extension = match plain.format() {
        allxone_media::Format::Png => "png",
        allxone_media::Format::Jpeg => "jpg",
        allxone_media::Format::Webp => "webp",
        allxone_media::Format::Gif => "gif",
    };
    let id = item.to_string().to_ascii_lowercase();
    Ok(Copy { file_name: format!("picture-{}.{extension}", &id[id.len() - 6..]), bytes, record: None })
}
