//! The negative prompt: what must *not* be in the picture. Naming something there is not asking for it, so the model never scores it and
//! its sexual words do not count, not even beside a child: "no nudity" is what one writes there. It is no hole for all that: nothing excuses an
//! interest in minors, keeping clothes out asks for their absence, and keeping adults out asks for somebody younger.

use allxone_contract::{Category, Layer, Verdict};

use super::disguise::in_word;
use super::judge::{Judge, Signals, reason};
use super::lexicon::Severity;
use super::messages;
use super::normalise::Readings;
use crate::finding::Draft;

/// How findings name this field.
pub(super) const PART: &str = "negative prompt";

/// Clothes in the languages of the lists, folded.
const CLOTHES: [&str; 34] = [
    "clothes",
    "clothing",
    "clothed",
    "dressed",
    "garment",
    "garments",
    "outfit",
    "underwear",
    "bra",
    "panties",
    "swimsuit",
    "bikini",
    "shirt",
    "pants",
    "dress",
    "skirt",
    "bikini",
    "kleidung",
    "kleider",
    "unterwasche",
    "vetements",
    "habits",
    "ropa",
    "roupa",
    "roupas",
    "vestiti",
    "abiti",
    "одежда",
    "одежды",
    "衣服",
    "服",
    "下着",
    "ملابس",
    "कपड़े",
];
/// Adulthood, folded.
const ADULTHOOD: [&str; 23] = [
    "adult",
    "adults",
    "grown",
    "grownup",
    "grownups",
    "up",
    "ups",
    "mature",
    "18",
    "eighteen",
    "erwachsene",
    "erwachsener",
    "adulte",
    "adultes",
    "adulto",
    "adulta",
    "adultos",
    "взрослые",
    "взрослый",
    "大人",
    "成人",
    "成年人",
    "वयस्क",
];
const FILLERS: [&str; 10] = ["any", "all", "and", "or", "fully", "wearing", "her", "his", "over", "the"];

/// What the negative prompt contributes.
pub(super) fn judge(judge: &Judge<'_>, draft: &mut Draft, text: &str) -> Signals {
    let mut signals = Signals::default();
    if judge.too_long(draft, PART, text) {
        return signals;
    }
    let readings = Readings::of(text);
    let mut absolute = false;
    judge.hits(&readings, |hit| {
        absolute |= hit.category == Category::Minors && hit.listed == Severity::Block;
    });
    if absolute {
        let place = judge.place(text, |h| h.category == Category::Minors && h.listed == Severity::Block);
        draft.add(Verdict::Block, reason(Layer::Lexicon, Category::Minors, PART, messages::MINORS, place));
    }
    for reading in &readings.lexical {
        if consists_of(reading, &CLOTHES) {
            signals.sexual = true;
            draft.add(
                Verdict::Review,
                reason(Layer::Rule, Category::Sexual, PART, messages::UNDRESSING, None),
            );
        }
        signals.minor |= consists_of(reading, &ADULTHOOD);
    }
    signals
}

/// Whether a segment of `reading` says nothing but some of `words`.
fn consists_of(reading: &str, words: &[&str]) -> bool {
    reading.split([',', ';', '|', '\n', '.', '、', '，', '。', '،']).any(|segment| {
        let said = || segment.split(|c: char| !in_word(c)).filter(|w| !w.is_empty());
        said().any(|w| words.contains(&w)) && said().all(|w| words.contains(&w) || FILLERS.contains(&w))
    })
}
