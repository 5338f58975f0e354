//! From words and scores to a verdict, for one text and for a whole request.

use std::ops::Range;
use std::sync::Arc;

use allxone_contract::{Category, Finding, JobRequest, Layer, Reason, Scores, Span, Verdict};
use allxone_inference::{Encoded, InferenceError};

use super::head::PromptHead;
use super::lexicon::{Hit, Severity};
use super::messages;
use super::negative;
use super::normalise::{Readings, said};
use super::segments::{segments, slice, words, worth_asking};
use super::stretches::judged;
use crate::SafetyError;
use crate::finding::Draft;
use crate::policy::Policy;

/// The text encoder, as far as it is needed here.
pub(crate) type Encode<'a> = dyn Fn(&[&str]) -> Result<Vec<Arc<Encoded>>, InferenceError> + 'a;

/// How many pieces of words the encoder makes of a text.
pub(crate) type Count<'a> = dyn Fn(&str) -> Result<usize, InferenceError> + 'a;

/// What a text is judged with. `encode` turns texts into embeddings, in their order.
pub(crate) struct Judge<'a> {
    pub policy: &'a Policy,
    pub head: &'a PromptHead,
    pub encode: &'a Encode<'a>,
    pub count: &'a Count<'a>,
}

/// What one text contributes to the rule about minors, and to the figures.
#[derive(Clone, Copy, Default)]
pub(super) struct Signals {
    /// Names somebody under eighteen.
    pub minor: bool,
    /// Names something sexual, ruled out or not.
    pub sexual: bool,
    pub score: Option<f32>,
    /// Where the first word for somebody under eighteen stands.
    pub place: Option<Span>,
}

/// Pieces of words for each word from which on a text may be a cipher.
const CIPHER_PIECES: usize = 2;
/// Most words of a place within a segment; a longer one is the segment.
const PLACE_WORDS: usize = 4;
/// Words on either side of the seam between two fields that may make a word together.
const SEAM: usize = 3;

/// Judges a lone text as a prompt.
pub(crate) fn judge_text(judge: &Judge<'_>, text: &str) -> Result<Finding, SafetyError> {
    let mut draft = Draft::default();
    let signals = judge.read(&mut draft, "prompt", text)?;
    judge.minors(&mut draft, &[("prompt", signals)]);
    Ok(draft.finish(Scores { prompt: signals.score, ..Scores::default() }))
}

/// Judges every text of a request. The negative prompt says what must *not* be in the picture, so it is never scored by the model.
pub(crate) fn judge_request(judge: &Judge<'_>, request: &JobRequest) -> Result<Finding, SafetyError> {
    let mut draft = Draft::default();
    let mut fields = vec![("prompt", judge.read(&mut draft, "prompt", &request.prompt)?)];
    if let Some(style) = &request.style {
        fields.push(("style", judge.read(&mut draft, "style", style)?));
        fields.push(("prompt and style", judge.seam(&mut draft, &request.prompt, style)?));
    }
    fields.push(("model", judge.look_up(&mut draft, "model", request.model.as_str())));
    if let Some(text) = &request.negative_prompt {
        fields.push((negative::PART, negative::judge(judge, &mut draft, text)));
    }
    judge.minors(&mut draft, &fields);
    let score = fields.iter().filter_map(|(_, s)| s.score).reduce(f32::max);
    Ok(draft.finish(Scores { prompt: score, ..Scores::default() }))
}

impl Judge<'_> {
    fn read(&self, draft: &mut Draft, part: &str, text: &str) -> Result<Signals, SafetyError> {
        if self.too_long(draft, part, text) {
            return Ok(Signals::default());
        }
        let mut readings = Readings::of(text);
        let solved = self.solved(&readings)?;
        readings.lexical.extend(solved.iter().cloned());
        readings.spoken.extend(solved);
        let mut signals = self.look_up_in(draft, part, text, &readings);
        self.ask_model(draft, part, text, &readings, &mut signals)?;
        Ok(signals)
    }

    /// Refuses a text longer than can be read.
    pub(super) fn too_long(&self, draft: &mut Draft, part: &str, text: &str) -> bool {
        let longest = self.policy.prompt.longest;
        let too_long = text.chars().nth(longest).is_some();
        if too_long {
            let message = messages::too_long(longest);
            draft.add(Verdict::Block, reason(Layer::Rule, Category::Unjudgeable, part, message, None));
        }
        too_long
    }

    fn look_up(&self, draft: &mut Draft, part: &str, text: &str) -> Signals {
        self.look_up_in(draft, part, text, &Readings::of(text))
    }

    fn look_up_in(&self, draft: &mut Draft, part: &str, text: &str, readings: &Readings) -> Signals {
        let mut signals = Signals::default();
        let mut worst = None;
        let mut absolute = false;
        self.hits(readings, |hit| match hit.category {
            Category::Minors => {
                signals.minor = true;
                absolute |= hit.severity == Some(Severity::Block);
            }
            _ => {
                signals.sexual |= hit.severity.is_some();
                worst = worst.max(hit.severity.filter(|_| !hit.ruled_out));
            }
        });
        if absolute {
            let place =
                self.place(text, |h| h.category == Category::Minors && h.severity == Some(Severity::Block));
            draft
                .add(Verdict::Block, reason(Layer::Lexicon, Category::Minors, part, messages::MINORS, place));
        }
        if signals.minor {
            signals.place = self.place(text, |h| h.category == Category::Minors);
        }
        if let Some(severity) = worst.filter(|s| *s > Severity::Mild) {
            let place = self.place(text, |h| {
                h.category != Category::Minors && h.severity == Some(severity) && !h.ruled_out
            });
            let message =
                if severity == Severity::Block { messages::WORD_BLOCKED } else { messages::WORD_UNSURE };
            draft.add(severity.verdict(), reason(Layer::Lexicon, Category::Sexual, part, message, place));
        }
        signals
    }

    /// Every hit in every reading.
    pub(super) fn hits(&self, readings: &Readings, mut each: impl FnMut(&Hit)) {
        for reading in &readings.lexical {
            self.policy.lexicon.search(reading).iter().for_each(&mut each);
        }
        for reading in &readings.deciphered {
            self.policy.lexicon.search_ciphered(reading).iter().for_each(&mut each);
        }
    }

    /// The shortest stretch of the text in which the words are found by themselves; `None` where that is the whole.
    pub(super) fn place(&self, text: &str, wanted: impl Fn(&Hit) -> bool) -> Option<Span> {
        let found = |range: &Range<usize>| {
            let mut any = false;
            self.hits(&Readings::of(slice(text, range)), |hit| any |= wanted(hit));
            any
        };
        let segment = segments(text, usize::MAX).into_iter().find(|range| found(range))?;
        let words = words(text, &segment);
        let narrow = (1..=PLACE_WORDS).find_map(|count| {
            words
                .windows(count)
                .filter_map(|window| Some(window.first()?.start..window.last()?.end))
                .find(|range| found(range))
        });
        span(&narrow.unwrap_or(segment))
    }

    /// What a text says if it is a cipher: in one it falls into far more pieces of words than what it says.
    fn solved(&self, readings: &Readings) -> Result<Vec<String>, SafetyError> {
        let words = readings.clear.split_whitespace().count();
        let latin = readings.clear.chars().filter(|c| c.is_alphabetic()).all(|c| c.is_ascii());
        if words < 2 || !latin || !worth_asking(&readings.clear) {
            return Ok(Vec::new());
        }
        let written = (self.count)(&readings.clear)?;
        if written < words * CIPHER_PIECES {
            return Ok(Vec::new());
        }
        let mut solved = Vec::new();
        for turned in &readings.deciphered {
            if (self.count)(turned)? * 4 <= written * 3 {
                solved.push(turned.clone());
            }
        }
        Ok(solved)
    }

    pub(super) fn scores<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Result<Vec<f32>, SafetyError> {
        let texts: Vec<&str> = texts.collect();
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let scores: Vec<f32> = (self.encode)(&texts)?.iter().map(|e| self.head.score(e)).collect();
        if scores.len() != texts.len() || !scores.iter().all(|s| (0.0..=1.0).contains(s)) {
            return Err(SafetyError::internal("the prompt model answered outside 0 to 1"));
        }
        Ok(scores)
    }

    /// The reading without what it rules out, and without the words that mean something else where they stand: a model reads "no nudity"
    /// and "naked eye" as nudity.
    pub(super) fn without_ruled_out(&self, reading: &str) -> String {
        let hits = self.policy.lexicon.search(reading);
        let other = |h: &&Hit| h.ruled_out || h.category != Category::Minors && h.severity.is_none();
        let mut spans: Vec<_> = hits.iter().filter(other).map(|h| h.span).collect();
        spans.sort_unstable();
        let mut out = String::with_capacity(reading.len());
        let mut written = 0;
        for (start, end) in spans {
            if start >= written {
                out.push_str(reading.get(written..start).unwrap_or_default());
            }
            written = written.max(end);
        }
        out.push_str(reading.get(written..).unwrap_or_default());
        out
    }

    /// What the end of the prompt and the beginning of the style say together: a word or a phrase may be split between them.
    fn seam(&self, draft: &mut Draft, prompt: &str, style: &str) -> Result<Signals, SafetyError> {
        let part = "prompt and style";
        let last: Vec<&str> = prompt.split_whitespace().rev().take(SEAM).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        let first: Vec<&str> = style.split_whitespace().take(SEAM).collect();
        let mut signals = Signals::default();
        for glue in [" ", ""] {
            let text = [last.join(" "), first.join(" ")].join(glue);
            if text.chars().nth(self.policy.prompt.longest).is_none() {
                let here = self.look_up_at_seam(draft, part, &text);
                signals.minor |= here.minor;
                signals.sexual |= here.sexual;
            }
        }
        if style.contains(char::is_whitespace) {
            let together =
                [self.without_ruled_out(&said(prompt)), self.without_ruled_out(&said(style))].join(", ");
            let score = self.scores(std::iter::once(together.as_str()))?.first().copied().unwrap_or_default();
            signals.score = Some(score);
            if let Some((verdict, message)) =
                judged(score, self.policy.prompt.review, self.policy.prompt.block)
            {
                draft.add(verdict, reason(Layer::PromptModel, Category::Sexual, part, message, None));
            }
        }
        Ok(signals)
    }

    fn look_up_at_seam(&self, draft: &mut Draft, part: &str, text: &str) -> Signals {
        let mut reasons = Draft::default();
        let signals = self.look_up(&mut reasons, part, text);
        for (verdict, mut reason) in reasons.into_reasons() {
            // The seam is a text nobody wrote; it has no places.
            reason.span = None;
            draft.add(verdict, reason);
        }
        signals
    }

    /// A minor and anything sexual in one request, ruled out or not: blocked, and no confirmation helps.
    fn minors(&self, draft: &mut Draft, fields: &[(&str, Signals)]) {
        let sexual =
            |s: &Signals| s.sexual || s.score.is_some_and(|score| score >= self.policy.prompt.minors);
        let minor = fields.iter().find(|(_, s)| s.minor);
        if let Some((part, signals)) = minor
            && fields.iter().any(|(_, s)| sexual(s))
        {
            let reason = reason(Layer::Rule, Category::Minors, *part, messages::MINORS, signals.place);
            draft.add(Verdict::Block, reason);
        }
    }
}

pub(super) fn span(range: &Range<usize>) -> Option<Span> {
    Some(Span { start: u32::try_from(range.start).ok()?, end: u32::try_from(range.end).ok()? })
}

pub(super) fn reason(
    layer: Layer,
    category: Category,
    part: impl Into<String>,
    message: impl Into<String>,
    span: Option<Span>,
) -> Reason {
    Reason { layer, category, part: part.into(), message: message.into(), span }
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
