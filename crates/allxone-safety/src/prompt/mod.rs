//! The prompt check, in layers: undo disguises, look words up, ask a model. The word lists decide what they are sure of, in eleven
//! languages; the model reads whole English sentences; the rule about minors joins both and cannot be confirmed away.

mod ages;
mod disguise;
mod head;
mod hidden;
mod judge;
mod letters;
mod lexicon;
mod lists;
mod messages;
mod negative;
mod normalise;
mod segments;
mod stretches;

pub(crate) use head::PromptHead;
pub(crate) use judge::{Judge, judge_request, judge_text};
pub(crate) use lexicon::Lexicon;
#[cfg(feature = "fuzzing")]
pub(crate) use normalise::Readings;
