//! From words and scores to a verdict, for one text and for a whole request.

use std::sync::Arc;

use allxone_contract::{Category, Finding, JobRequest, Layer, Reason, Scores, Verdict};
use allxone_inference::{Encoded, InferenceError};

use super::head::PromptHead;
use super::lexicon::Severity;
use super::normalise::Readings;
use super::segments::{segments, worth_asking};
use crate::SafetyError;
use crate::finding::Draft;
use crate::policy::Policy;

/// The text encoder, as far as it is needed here.
pub(crate) type Encode<'a> = dyn Fn(&[&str]) -> Result<Vec<Arc<Encoded>>, InferenceError> + 'a;

/// What a text is judged with. `encode` turns texts into embeddings, in their order.
pub(crate) struct Judge<'a> {
    pub policy: &'a Policy,
    pub head: &'a PromptHead,
    pub encode: &'a Encode<'a>,
}

/// What one text contributes to the rule about minors, and to the figures.
#[derive(Clone, Copy, Default)]
struct Signals {
    minor: bool,
    sexual: bool,
    score: Option<f32>,
}

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
    }
    let mut model = Signals::default();
    judge.look_up(&mut draft, "model", &Readings::of(request.model.as_str()), &mut model);
    fields.push(("model", model));
    if let Some(negative) = &request.negative_prompt {
        fields.push(("negative prompt", judge.negative(&mut draft, negative)));
    }
    judge.minors(&mut draft, &fields);
    let score = fields.iter().filter_map(|(_, s)| s.score).reduce(f32::max);
    Ok(draft.finish(Scores { prompt: score, ..Scores::default() }))
}

impl Judge<'_> {
    fn read(&self, draft: &mut Draft, part: &str, text: &str) -> Result<Signals, SafetyError> {
        let mut signals = Signals::default();
        if self.too_long(draft, part, text) {
            return Ok(signals);
        }
        let readings = Readings::of(text);
        self.look_up(draft, part, &readings, &mut signals);
        self.ask_model(draft, part, &readings, &mut signals)?;
        Ok(signals)
    }

    fn too_long(&self, draft: &mut Draft, part: &str, text: &str) -> bool {
        let longest = self.policy.prompt.longest;
        let too_long = text.chars().nth(longest).is_some();
        if too_long {
            let message = format!(
                "This text is longer than {longest} characters, which is more than can be checked. Shorten it."
            );
            draft.add(Verdict::Block, reason(Layer::Rule, Category::Unjudgeable, part, message));
        }
        too_long
    }

    fn look_up(&self, draft: &mut Draft, part: &str, readings: &Readings, signals: &mut Signals) {
        for reading in &readings.lexical {
            for hit in self.policy.lexicon.search(reading) {
                let Some(severity) = hit.severity.filter(|_| !hit.ruled_out) else { continue };
                match hit.category {
                    Category::Minors if severity == Severity::Block => {
                        draft.add(Verdict::Block, reason(Layer::Lexicon, Category::Minors, part, MINORS));
                    }
                    Category::Minors => signals.minor = true,
                    _ => {
                        signals.sexual = true;
                        let message = if severity == Severity::Block { WORD_BLOCKED } else { WORD_UNSURE };
                        if severity > Severity::Mild {
                            draft.add(
                                severity.verdict(),
                                reason(Layer::Lexicon, Category::Sexual, part, message),
                            );
                        }
                    }
                }
            }
        }
    }

    fn ask_model(
        &self,
        draft: &mut Draft,
        part: &str,
        readings: &Readings,
        signals: &mut Signals,
    ) -> Result<(), SafetyError> {
        let rules = &self.policy.prompt;
        let mut wholes: Vec<String> = Vec::new();
        for reading in [&readings.plain, &readings.clear] {
            let text = self.without_ruled_out(reading);
            if worth_asking(&text) && !wholes.contains(&text) {
                wholes.push(text);
            }
        }
        let Some(clear) = wholes.last() else { return Ok(()) };
        let parts = segments(clear, rules.segments);
        let parts = if parts.len() > 1 { parts } else { Vec::new() };
        let texts: Vec<&str> = wholes.iter().chain(&parts).map(String::as_str).collect();
        let scores: Vec<f32> = (self.encode)(&texts)?.iter().map(|e| self.head.score(e)).collect();
        if scores.len() != texts.len() || !scores.iter().all(|s| (0.0..=1.0).contains(s)) {
            return Err(SafetyError::internal("the prompt model answered outside 0 to 1"));
        }
        let (whole, each) = scores.split_at(wholes.len());
        let highest = whole.iter().copied().fold(0.0, f32::max);
        signals.score = Some(highest);
        let judged = |score: f32, review: f32, block: f32| match score {
            s if s >= block => Some((Verdict::Block, MODEL_BLOCKED)),
            s if s >= review => Some((Verdict::Review, MODEL_UNSURE)),
            _ => None,
        };
        if let Some((verdict, message)) = judged(highest, rules.review, rules.block) {
            draft.add(verdict, reason(Layer::PromptModel, Category::Sexual, part, message));
        }
        for (at, score) in each.iter().enumerate() {
            if let Some((verdict, message)) = judged(*score, rules.segment_review, rules.segment_block) {
                let part = format!("{part} segment {}", at + 1);
                draft.add(verdict, reason(Layer::PromptModel, Category::Sexual, part, message));
                signals.score = Some(signals.score.unwrap_or_default().max(*score));
            }
        }
        Ok(())
    }

    /// The reading without what it rules out: a model reads "no nudity" as nudity.
    fn without_ruled_out(&self, reading: &str) -> String {
        let mut spans: Vec<_> =
            self.policy.lexicon.search(reading).iter().filter(|h| h.ruled_out).map(|h| h.span).collect();
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

    /// A negative prompt may name anything it wants kept out, except that nothing excuses an interest in minors, and that keeping
    /// clothes out is a way of asking for their absence.
    fn negative(&self, draft: &mut Draft, text: &str) -> Signals {
        let part = "negative prompt";
        let mut signals = Signals::default();
        if self.too_long(draft, part, text) {
            return signals;
        }
        for reading in &Readings::of(text).lexical {
            let absolute =
                |h: &super::lexicon::Hit| h.category == Category::Minors && h.listed == Severity::Block;
            if self.policy.lexicon.search(reading).iter().any(absolute) {
                draft.add(Verdict::Block, reason(Layer::Lexicon, Category::Minors, part, MINORS));
            }
            let undresses = |segment: &str| {
                let mut words =
                    segment.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).peekable();
                words.peek().is_some() && words.all(|w| CLOTHES.contains(&w) || FILLERS.contains(&w))
            };
            if reading.split([',', ';', '|', '\n', '.']).any(undresses) {
                signals.sexual = true;
                draft.add(Verdict::Review, reason(Layer::Rule, Category::Sexual, part, UNDRESSING));
            }
        }
        signals
    }

    /// A minor and anything sexual in one request: blocked, and no confirmation helps.
    fn minors(&self, draft: &mut Draft, fields: &[(&str, Signals)]) {
        let sexual =
            |s: &Signals| s.sexual || s.score.is_some_and(|score| score >= self.policy.prompt.minors);
        let minor = fields.iter().find(|(_, s)| s.minor);
        if let Some((part, _)) = minor
            && fields.iter().any(|(_, s)| sexual(s))
        {
            draft.add(Verdict::Block, reason(Layer::Rule, Category::Minors, *part, MINORS));
        }
    }
}

const CLOTHES: [&str; 14] = [
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
];
const FILLERS: [&str; 8] = ["any", "all", "and", "or", "fully", "wearing", "her", "his"];

const MINORS: &str = "This request is not allowed.";
const WORD_BLOCKED: &str =
    "This text asks for sexual content, which is not allowed. Describe the picture without it.";
const WORD_UNSURE: &str =
    "This text may ask for sexual content. Confirm that it does not, or describe the picture in other words.";
const MODEL_BLOCKED: &str =
    "The prompt check takes this text for a request for sexual content. Describe the picture without it.";
const MODEL_UNSURE: &str = "The prompt check is not sure about this text. Confirm that it does not ask for sexual content, or reword it.";
const UNDRESSING: &str =
    "Keeping clothes out of the picture may ask for sexual content. Confirm that it does not, or remove it.";

fn reason(layer: Layer, category: Category, part: impl Into<String>, message: impl Into<String>) -> Reason {
    Reason { layer, category, part: part.into(), message: message.into(), span: None }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use allxone_contract::Operation;

    use super::*;

    /// Placeholder words: the rule is about classes of terms, not about these.
    const LIST: &str = r#"
        language = "test"
        negators = ["no"]
        fillers = ["any"]
        softer = ["museum"]
        [[entry]]
        category = "sexual"
        severity = "mild"
        words = ["zmild"]
        [[entry]]
        category = "sexual"
        severity = "block"
        words = ["zblock"]
        [[entry]]
        category = "minor"
        severity = "mild"
        words = ["zyoung", "zvery young"]
        [[entry]]
        category = "minor"
        severity = "block"
        words = ["zabsolute"]
        [[exception]]
        terms = ["zmild"]
        after = ["recipe"]
    "#;

    /// A model that scores every text the same.
    fn request(score: f32, request: &JobRequest) -> Finding {
        let policy = Policy::with_lists(&[LIST]);
        let head = PromptHead::constant(score);
        let encode = |texts: &[&str]| {
            Ok(texts
                .iter()
                .map(|_| Arc::new(Encoded { embedding: [0.0; 384], tokens: 3, truncated: false }))
                .collect())
        };
        judge_request(&Judge { policy: &policy, head: &head, encode: &encode }, request).unwrap()
    }

    fn prompt(score: f32, text: &str) -> Finding {
        request(
            score,
            &JobRequest {
                prompt: text.to_owned(),
                ..JobRequest::new(Operation::Generate, "local/scene".into())
            },
        )
    }

    fn about_minors(finding: &Finding) -> bool {
        finding.verdict == Verdict::Block && finding.reasons.iter().any(|r| r.category == Category::Minors)
    }

    #[test]
    fn a_minor_term_with_any_sexual_term_or_a_suspicious_score_is_blocked() {
        for text in [
            "a zyoung zmild",
            "zvery young, zmild",
            "zmild, far away, a z.y.o.u.n.g",
            "zyoung in a zmild museum",
            "ＺＹＯＵＮＧ zm1ld",
            "12 year old zmild",
        ] {
            assert!(about_minors(&prompt(0.01, text)), "{text}");
        }
        assert!(about_minors(&prompt(0.31, "a zyoung fox")));
        assert!(about_minors(&prompt(0.9, "a zyoung fox")));
    }

    #[test]
    fn apart_they_are_judged_as_ever() {
        assert_eq!(prompt(0.29, "a zyoung fox").verdict, Verdict::Allow);
        assert_eq!(prompt(0.01, "zmild").verdict, Verdict::Allow);
        assert_eq!(
            prompt(0.01, "zyoung zmild recipe").verdict,
            Verdict::Allow,
            "the term means something else"
        );
        assert_eq!(prompt(0.01, "zyoung, no zmild").verdict, Verdict::Allow, "ruled out");
        assert!(!about_minors(&prompt(0.9, "a fox")));
    }

    #[test]
    fn the_fields_of_a_request_are_read_together() {
        let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
        r.prompt = "a zyoung".into();
        r.style = Some("zmild".into());
        assert!(about_minors(&request(0.01, &r)));
        r.style = None;
        r.negative_prompt = Some("blurry, clothes".into());
        assert!(about_minors(&request(0.01, &r)));
        r.negative_prompt = Some("blurry, zmild, zblock".into());
        assert_eq!(request(0.01, &r).verdict, Verdict::Allow, "a negative prompt may name what it keeps out");
        r.prompt = "a fox".into();
        r.model = "partner/zblock".into();
        assert_eq!(request(0.01, &r).verdict, Verdict::Block);
    }

    #[test]
    fn an_absolute_term_is_blocked_in_every_field() {
        for field in 0..4 {
            let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
            match field {
                0 => r.prompt = "a fox, no zabsolute".into(),
                1 => r.negative_prompt = Some("zabsolute".into()),
                2 => r.style = Some("zabsolute".into()),
                _ => r.model = "x/zabsolute".into(),
            }
            assert!(about_minors(&request(0.0, &r)), "{field}");
        }
    }

    #[test]
    fn the_negative_prompt_is_never_scored() {
        let mut r = JobRequest::new(Operation::Generate, "local/scene".into());
        r.negative_prompt = Some("anything at all".into());
        let finding = request(0.99, &r);
        assert_eq!((finding.verdict, finding.scores.prompt), (Verdict::Allow, None));
    }

    #[test]
    fn scores_become_verdicts_at_the_thresholds() {
        let verdict = |score| prompt(score, "a fox").verdict;
        assert_eq!(
            [verdict(0.49), verdict(0.51), verdict(0.81)],
            [Verdict::Allow, Verdict::Review, Verdict::Block]
        );
    }

    #[test]
    fn a_text_too_long_to_check_is_refused_unread() {
        let finding = prompt(0.0, &"ab ".repeat(1400));
        assert_eq!(finding.verdict, Verdict::Block);
        assert_eq!(finding.reasons.first().unwrap().category, Category::Unjudgeable);
    }

    #[test]
    fn no_reason_repeats_the_words_it_is_about() {
        let finding = prompt(0.9, "zblock zmild zyoung zabsolute");
        assert!(finding.reasons.len() >= 3);
        let words = ["zblock", "zmild", "zyoung", "zabsolute"];
        assert!(
            finding
                .reasons
                .iter()
                .all(|r| words.iter().all(|w| !r.message.contains(w) && !r.part.contains(w)))
        );
    }
}
