//! What the model is asked about a text. It was trained on what people write in one go, up to twenty-odd words: longer texts are read in
//! stretches of neighbouring segments, each judged as a whole, so that a long harmless text does not thin out what one stretch asks for. The
//! segments of a stretch are asked about one by one where the stretch leaves any doubt; a phrase that means something shows in the score of the
//! twenty words around it long before it decides it.

use std::ops::Range;

use allxone_contract::{Category, Layer, Verdict};

use super::judge::{Judge, Signals, reason, span};
use super::messages;
use super::normalise::{Readings, said};
use super::segments::{segments, slice, stretches, worth_asking};
use crate::SafetyError;
use crate::finding::Draft;

/// Segments of a reading beside the first.
const SEGMENTS_OF_A_READING: usize = 12;

/// Neighbouring segments, as the model is asked about them.
struct Stretch {
    said: String,
    /// Where they stand in the text as written; `None` for all of it, and for what only another reading says.
    place: Option<Range<usize>>,
    parts: Vec<Part>,
}

/// One segment.
struct Part {
    said: String,
    /// Its number in the text as written, from 1, and where it stands there.
    written: Option<(usize, Range<usize>)>,
}

impl Judge<'_> {
    pub(super) fn ask_model(
        &self,
        draft: &mut Draft,
        part: &str,
        text: &str,
        readings: &Readings,
        signals: &mut Signals,
    ) -> Result<(), SafetyError> {
        let rules = &self.policy.prompt;
        let mut asked = self.written(text);
        for reading in &readings.spoken {
            for stretch in self.read_otherwise(reading) {
                if !asked.iter().any(|known| known.said == stretch.said) {
                    asked.push(stretch);
                }
            }
        }
        asked.retain(|stretch| worth_asking(&stretch.said));
        let scores = self.scores(asked.iter().map(|stretch| stretch.said.as_str()))?;
        let worst = scores.iter().zip(&asked).max_by(|(a, _), (b, _)| a.total_cmp(b));
        let Some((highest, stretch)) = worst else { return Ok(()) };
        signals.score = Some(*highest);
        if let Some((verdict, message)) = judged(*highest, rules.review, rules.block) {
            let place = stretch.place.as_ref().and_then(span);
            draft.add(verdict, reason(Layer::PromptModel, Category::Sexual, part, message, place));
        }
        let doubtful = scores.iter().zip(&asked).filter(|(score, _)| **score >= rules.segments_from);
        let parts: Vec<&Part> = doubtful
            .filter(|(_, stretch)| stretch.parts.len() > 1)
            .flat_map(|(_, stretch)| &stretch.parts)
            .filter(|part| worth_asking(&part.said))
            .collect();
        for (score, one) in self.scores(parts.iter().map(|part| part.said.as_str()))?.into_iter().zip(parts) {
            if let Some((verdict, message)) = judged(score, rules.segment_review, rules.segment_block) {
                let (part, place) = match &one.written {
                    Some((number, place)) => (format!("{part} segment {number}"), span(place)),
                    None => (part.to_owned(), None),
                };
                draft.add(verdict, reason(Layer::PromptModel, Category::Sexual, part, message, place));
                signals.score = Some(signals.score.unwrap_or_default().max(score));
            }
        }
        Ok(())
    }

    /// The text as written, its evident disguises undone.
    fn written(&self, text: &str) -> Vec<Stretch> {
        let cut = segments(text, self.policy.prompt.segments);
        let groups = stretches(text, &cut);
        let alone = groups.len() <= 1;
        let meant = |range: &Range<usize>| self.without_ruled_out(&said(slice(text, range)));
        let stretch = |group: Range<usize>| {
            let of = cut.get(group.clone()).unwrap_or_default();
            let place = of.first()?.start..of.last()?.end;
            let parts = group
                .zip(of)
                .map(|(at, range)| Part { said: meant(range), written: Some((at + 1, range.clone())) });
            let parts = parts.collect();
            let all = 0..text.len();
            Some(Stretch {
                said: meant(if alone { &all } else { &place }),
                place: (!alone).then_some(place),
                parts,
            })
        };
        groups.into_iter().filter_map(stretch).collect()
    }

    /// What another reading of the text says.
    fn read_otherwise(&self, reading: &str) -> Vec<Stretch> {
        let cut = segments(reading, SEGMENTS_OF_A_READING);
        let groups = stretches(reading, &cut);
        let alone = groups.len() <= 1;
        let meant = |range: &Range<usize>| self.without_ruled_out(slice(reading, range));
        let stretch = |group: Range<usize>| {
            let of = cut.get(group).unwrap_or_default();
            let all = 0..reading.len();
            let place = of.first()?.start..of.last()?.end;
            let parts = of.iter().map(|range| Part { said: meant(range), written: None }).collect();
            Some(Stretch { said: meant(if alone { &all } else { &place }), place: None, parts })
        };
        groups.into_iter().filter_map(stretch).collect()
    }
}

/// The verdict on a score, and what is said about it.
pub(super) fn judged(score: f32, review: f32, block: f32) -> Option<(Verdict, &'static str)> {
    match score {
        s if s >= block => Some((Verdict::Block, messages::MODEL_BLOCKED)),
        s if s >= review => Some((Verdict::Review, messages::MODEL_UNSURE)),
        _ => None,
    }
}
