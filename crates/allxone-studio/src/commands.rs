//! The commands a host offers its screen: one list, from which every host makes its handlers.
//!
//! Cut here so that a command exists everywhere or nowhere; the list itself is `list.rs`. A command takes names and numbers, never bytes or
//! paths: pictures come in by [`Studio::stage`](crate::Studio::stage), which only a host's own dialogs call, and go out by id through the
//! host's picture scheme.

use std::panic::AssertUnwindSafe;

use allxone_contract::{
    About, Counter, CreditCap, CreditEntryList, Credits, Finding, MilliCredits, ModelCard, Plan, Policy,
    Sha256,
};
use allxone_library::{
    Annotation, ConsentRecord, Consented, Cursor, Decision, EgressEntry, EgressFilter, EgressTotal, Family,
    Filter, Glance, Index, Item, ItemId, KeptFor, Page, QueueId, Report, Usage,
};
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::studio::blocking;
use crate::{
    Check, Code, ConsentChoice, ConsentText, Counted, Draft, Explained, Host, Prompts, QueueEntry, QueueMove,
    QueueRetry, SafetyCard, Sending, Spent, Staged, Studio, StudioError, TermsAccepted, TrainingMark,
};

/// Marks or unmarks favourites.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Favourite {
    /// The pictures.
    pub items: Vec<ItemId>,
    /// Marked or not.
    pub on: bool,
}

/// Changes what is written on a picture.
#[derive(Clone, Debug, Serialize, Deserialize, ts_rs::TS)]
pub struct Annotated {
    /// The picture.
    pub item: ItemId,
    /// What is changed.
    pub change: Annotation,
}

/// Which pictures are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Listing {
    /// Only those with these words; empty for all.
    pub words: String,
    /// Only favourites, or the trash.
    pub filter: Filter,
    /// Where the last page ended.
    pub after: Option<Cursor>,
    /// At most this many.
    pub limit: u32,
}

/// Which pictures are wanted at a glance: all of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Wanted {
    /// Only those with these words; empty for all.
    pub words: String,
    /// Only favourites, or the trash.
    pub filter: Filter,
}

/// Which connections are wanted.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Connections {
    /// Which ones.
    pub filter: EgressFilter,
    /// At most this many, newest first.
    pub limit: u32,
}

/// The offline lock: asked for, or (with `None`) only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Lock {
    /// Whether the door is closed.
    pub closed: Option<bool>,
}

/// A failed command, as a screen gets it: it branches and translates by code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct CommandError {
    /// The stable code.
    pub code: Code,
    /// A plain sentence in English, for where no translation is known.
    pub message: String,
    /// What the safety check found, where it is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub finding: Option<Finding>,
    /// What it costs at most now, where that is more than was agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub price: Option<MilliCredits>,
}

impl From<StudioError> for CommandError {
    fn from(error: StudioError) -> Self {
        let price = match error {
            StudioError::PriceChanged { now, .. } => Some(now),
            _ => None,
        };
        Self { code: error.code(), message: error.to_string(), finding: error.finding().cloned(), price }
    }
}

macro_rules! call_by_name {
    (studio {$($name:ident($request:ty) -> $response:ty;)*} host {$($host:ident($for_host:ty) -> $from_host:ty;)*}) => {
        /// The names of all commands.
        pub const COMMANDS: &[&str] = &[$(stringify!($name),)* $(stringify!($host),)*];

        /// Calls a command by its name with its request as JSON. A panic inside becomes an error; the program goes on.
        ///
        /// # Errors
        /// When there is no such command, the request is not of its form, or the command fails.
        pub async fn call(host: &dyn Host, name: &str, request: Value) -> Result<Value, CommandError> {
            use crate::wire::*;
            let work = async {
                match name {
                    $(stringify!($name) => {
                        let request: $request = read(request)?;
                        let studio = host.studio().await?;
                        write($name(&studio, request).await?)
                    })*
                    $(stringify!($host) => write(host.$host(read(request)?).await?),)*
                    _ => Err(StudioError::NotFound),
                }
            };
            let caught = AssertUnwindSafe(Box::pin(work)).catch_unwind().await;
            Ok(caught.unwrap_or(Err(StudioError::Internal("a command broke off")))?)
        }
    };
}
with_commands!(call_by_name);

fn read<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, StudioError> {
    serde_json::from_value(request).map_err(|_| StudioError::Malformed)
}

fn write(response: impl Serialize) -> Result<Value, StudioError> {
    serde_json::to_value(response).map_err(|_| StudioError::Internal("an answer could not be written"))
}

/// Every model that can be used.
///
/// # Errors
/// When the service cannot be asked.
pub async fn models(studio: &Studio, (): ()) -> Result<Vec<ModelCard>, StudioError> {
    studio.models().await
}

/// Faults, verdict and price of a draft.
///
/// # Errors
/// As [`Studio::check`].
pub async fn draft_check(studio: &Studio, draft: Draft) -> Result<Check, StudioError> {
    studio.check(&draft).await
}

/// What a model would make of a draft's prompt, where it tells.
///
/// # Errors
/// As [`Studio::plan`].
pub async fn draft_plan(studio: &Studio, draft: Draft) -> Result<Option<Plan>, StudioError> {
    studio.plan(&draft).await
}

/// What would be sent of a draft, and to whom.
///
/// # Errors
/// As [`Studio::preview`].
pub async fn draft_preview(studio: &Studio, draft: Draft) -> Result<Sending, StudioError> {
    studio.preview(&draft)
}

/// Puts a draft on the line.
///
/// # Errors
/// As [`Studio::line_up`].
pub async fn draft_submit(studio: &Studio, draft: Draft) -> Result<QueueId, StudioError> {
    studio.line_up(draft).await
}

/// What the account has at its service.
///
/// # Errors
/// As [`Studio::credits`].
pub async fn credits(studio: &Studio, _all: ()) -> Result<Credits, StudioError> {
    studio.credits().await
}

/// Sets or lifts the most the account spends in a month.
///
/// # Errors
/// As [`Studio::cap_credits`].
pub async fn credits_cap(studio: &Studio, cap: CreditCap) -> Result<Credits, StudioError> {
    studio.cap_credits(cap).await
}

/// A page of the account's statement, older than the entry of this number, or the newest.
///
/// # Errors
/// What this run of the program has spent.
///
/// # Errors
/// Never.
pub async fn spent(studio: &Studio, (): ()) -> Result<Spent, StudioError> {
    Ok(studio.spent())
}

/// As [`Studio::credit_entries`].
pub async fn credit_entries(studio: &Studio, before: Option<u32>) -> Result<CreditEntryList, StudioError> {
    studio.credit_entries(before).await
}

/// Takes a staged picture away.
///
/// # Errors
/// Never.
pub async fn draft_unstage(studio: &Studio, sha256: Sha256) -> Result<(), StudioError> {
    studio.unstage(&sha256);
    Ok(())
}

/// Everything that has not ended, in the order it is taken.
///
/// # Errors
/// When the queue cannot be read.
pub async fn queue_list(studio: &Studio, (): ()) -> Result<Vec<QueueEntry>, StudioError> {
    studio.queue().await
}

/// Asks for a draft to be stopped.
///
/// # Errors
/// Never.
pub async fn queue_cancel(studio: &Studio, queue: QueueId) -> Result<(), StudioError> {
    studio.cancel(queue);
    Ok(())
}

/// Moves a waiting draft; answers the order of all that wait.
///
/// # Errors
/// As [`Studio::move_waiting`].
pub async fn queue_move(studio: &Studio, wanted: QueueMove) -> Result<Vec<QueueId>, StudioError> {
    studio.move_waiting(wanted).await
}

/// Goes on with a draft that stopped on the way, or makes one that has ended again; answers its place in the queue.
///
/// # Errors
/// As [`Studio::retry`].
pub async fn queue_retry(studio: &Studio, wanted: QueueRetry) -> Result<QueueId, StudioError> {
    studio.retry(wanted).await
}

/// Takes up what an earlier run left unfinished.
///
/// # Errors
/// When the queue cannot be read.
pub async fn queue_resume(studio: &Studio, (): ()) -> Result<Vec<QueueId>, StudioError> {
    studio.resume().await
}

/// The draft a kept picture came from, to change and make again. Input pictures are not in it: they were not kept.
///
/// # Errors
/// When there is no such picture.
pub async fn library_draft(studio: &Studio, item: ItemId) -> Result<Draft, StudioError> {
    studio.draft_of(item).await
}

/// Makes a kept picture ready to be worked on.
///
/// # Errors
/// As [`Studio::stage_item`].
pub async fn library_stage(studio: &Studio, item: ItemId) -> Result<Staged, StudioError> {
    studio.stage_item(item).await
}

/// Where every picture stands that is wanted, newest first.
///
/// # Errors
/// When the library cannot do it.
pub async fn library_index(studio: &Studio, wanted: Wanted) -> Result<Index, StudioError> {
    if !wanted.words.trim().is_empty() {
        studio.count(Counted::Done(Counter::Searches));
    }
    let library = studio.library().clone();
    blocking(move || Ok(library.index(&wanted.words, &wanted.filter)?)).await
}

/// Erases pictures for good, also at the service of the account that made them; says how many.
///
/// # Errors
/// When the library cannot do it.
pub async fn library_erase(studio: &Studio, items: Vec<ItemId>) -> Result<u64, StudioError> {
    let library = studio.library().clone();
    let erased = blocking(move || Ok(library.purge(&items)?)).await?;
    studio.tell_removals_soon();
    Ok(erased)
}

macro_rules! of_the_library {
    ($($(#[$doc:meta])* $name:ident($request:ident: $type:ty) -> $response:ty = |$library:ident| $work:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// When the library cannot do it.
        pub async fn $name(studio: &Studio, $request: $type) -> Result<$response, StudioError> {
            let $library = studio.library().clone();
            blocking(move || Ok($work?)).await
        }
    )*};
}
of_the_library! {
    /// A page of the library, newest first.
    library_list(listing: Listing) -> Page = |library| match listing.words.trim() {
        "" => library.list(&listing.filter, listing.after.as_ref(), listing.limit),
        words => library.search(words, &listing.filter, listing.after.as_ref(), listing.limit),
    };
    /// The little a grid shows of pictures, in the order they are asked for; 500 at most.
    library_glance(items: Vec<ItemId>) -> Vec<Glance> = |library| library.glance(&items);
    /// What a picture came from and what came of it.
    library_family(item: ItemId) -> Family = |library| library.family(item);
    /// How much is kept.
    library_usage(_all: ()) -> Usage = |library| library.usage();
    /// All that is known of a picture.
    library_show(item: ItemId) -> Item = |library| library.get(item);
    /// Marks or unmarks favourites; says how many pictures there were.
    library_favourite(mark: Favourite) -> u64 = |library| library.set_favourites(&mark.items, mark.on);
    /// Puts pictures into the trash, all or none; says how many.
    library_delete(items: Vec<ItemId>) -> u64 = |library| library.delete_all(&items);
    /// Takes pictures out of the trash, all or none; says how many.
    library_restore(items: Vec<ItemId>) -> u64 = |library| library.undo_delete_all(&items);
    /// Prompts that were saved and used.
    prompts(_all: ()) -> Prompts = |library| Prompts::read(&library);
    /// Keeps saved and used prompts.
    prompts_set(prompts: Prompts) -> () = |library| prompts.write(&library);
    /// What the check stopped, newest first: when and by which rule, never what.
    decisions_list(limit: u32) -> Vec<Decision> = |library| library.decisions(limit.clamp(1, 1_000));
    /// What went to each host on each day.
    egress_totals(filter: EgressFilter) -> Vec<EgressTotal> = |library| library.egress_totals(&filter);
    /// Changes title, tags or note of a picture; what they were before is written down. Answers the picture as it is now.
    library_annotate(asked: Annotated) -> Item = |library| library.annotate(asked.item, &asked.change).and_then(|()| library.get(asked.item));
    /// Every consent and acceptance, newest first.
    consents(_all: ()) -> Vec<ConsentRecord> = |library| library.consents();
    /// Whether a picture is given for training, kept from it, or neither.
    training_of(item: ItemId) -> Option<bool> = |library| library.training_mark(item);
    /// What was sent under a consent, newest first.
    reports_sent(purpose: Consented) -> Vec<Report> = |library| library.sent_reports(purpose);
    /// The connections that were made, newest first.
    egress_list(asked: Connections) -> Vec<EgressEntry> = |library| library.egress_list(&asked.filter, asked.limit);
}

/// Looks at or sets the offline lock.
///
/// # Errors
/// Never.
pub async fn offline_lock(studio: &Studio, lock: Lock) -> Result<Lock, StudioError> {
    match lock.closed {
        Some(true) => studio.offline().close(),
        Some(false) => studio.offline().open(),
        None => {}
    }
    Ok(Lock { closed: Some(studio.offline().is_closed()) })
}

/// The texts behind the switches, in the language closest to a tag.
///
/// # Errors
/// Never.
pub async fn consent_texts(_studio: &Studio, language: String) -> Result<Vec<ConsentText>, StudioError> {
    Ok(Consented::SWITCHES.into_iter().filter_map(|purpose| ConsentText::of(purpose, &language)).collect())
}

/// Writes a decision at a switch down; answers every decision.
///
/// # Errors
/// As [`Studio::decide`].
pub async fn consent_set(studio: &Studio, choice: ConsentChoice) -> Result<Vec<ConsentRecord>, StudioError> {
    studio.decide(choice).await
}

/// Gives pictures for training, keeps them from it, or takes the mark away; says how many.
///
/// # Errors
/// As [`Studio::mark_for_training`].
pub async fn training_mark(studio: &Studio, mark: TrainingMark) -> Result<u64, StudioError> {
    studio.mark_for_training(mark).await
}

/// Has what was sent under a consent deleted, and forgets it here.
///
/// # Errors
/// As [`Studio::forget_sent`].
pub async fn reports_forget(studio: &Studio, purpose: Consented) -> Result<u64, StudioError> {
    studio.forget_sent(purpose).await
}

/// Who runs the service in use, and who else gets to see something.
///
/// # Errors
/// As [`Studio::about`].
pub async fn service_about(studio: &Studio, (): ()) -> Result<About, StudioError> {
    studio.about().await
}

/// The texts this program came with: the privacy policy and the Acceptable Use Policy.
///
/// # Errors
/// Never.
pub async fn terms(_studio: &Studio, (): ()) -> Result<Vec<Policy>, StudioError> {
    Ok(vec![Policy::privacy_policy(), Policy::acceptable_use()])
}

/// Accepts texts of the service in use.
///
/// # Errors
/// As [`Studio::accept`].
pub async fn terms_accept(studio: &Studio, accepted: TermsAccepted) -> Result<(), StudioError> {
    studio.accept(accepted).await
}

/// What is kept on this device, and for how long.
///
/// # Errors
/// Never.
pub async fn retention(_studio: &Studio, (): ()) -> Result<Vec<KeptFor>, StudioError> {
    Ok(allxone_library::retention().to_vec())
}

/// What was measured of the gate.
///
/// # Errors
/// When the figures cannot be read.
pub async fn safety_card(studio: &Studio, (): ()) -> Result<SafetyCard, StudioError> {
    SafetyCard::read(&studio.gate().versions())
}

/// What the gate says of a text, with the figures behind it; written down nowhere.
///
/// # Errors
/// As [`Studio::try_prompt`].
pub async fn safety_prompt(studio: &Studio, text: String) -> Result<Explained, StudioError> {
    studio.try_prompt(text).await
}

/// Judges a draft again from nothing and explains it: its texts first, then its pictures.
///
/// # Errors
/// As [`Studio::explain`].
pub async fn safety_draft(studio: &Studio, draft: Draft) -> Result<Vec<Explained>, StudioError> {
    studio.explain(&draft).await
}
