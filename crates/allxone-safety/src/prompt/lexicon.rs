//! Word lists: what they hold and how a reading is searched. Whole words only, so that no place name is caught for its middle.

use std::collections::{HashMap, HashSet};

use allxone_contract::{Category, Verdict};
use serde::Deserialize;

use super::disguise::runs;

/// How much a term weighs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Counts only together with a minor.
    Mild,
    /// A person must confirm.
    Review,
    /// Not allowed.
    Block,
}

impl Severity {
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Mild => Verdict::Allow,
            Self::Review => Verdict::Review,
            Self::Block => Verdict::Block,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Sexual,
    Minor,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[expect(dead_code, reason = "for people")]
    language: String,
    #[serde(default)]
    negators: Vec<String>,
    #[serde(default)]
    fillers: Vec<String>,
    #[serde(default)]
    joiners: Vec<String>,
    #[serde(default)]
    softer: Vec<String>,
    #[serde(default, rename = "entry")]
    entries: Vec<Entry>,
    #[serde(default, rename = "exception")]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    category: Kind,
    severity: Severity,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    terms: Vec<String>,
    #[serde(default)]
    before: Vec<String>,
    #[serde(default)]
    after: Vec<String>,
}

#[derive(Debug)]
struct Term {
    words: Vec<String>,
    /// Whether the last word may go on.
    open: bool,
    category: Category,
    severity: Severity,
    /// Words that give it another meaning when they stand just before or after.
    before: Vec<String>,
    after: Vec<String>,
}

/// All word lists together. The languages share one search: nobody says which one a prompt is written in.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    terms: Vec<Term>,
    /// Terms by their first word, and by the first three letters of an open first word.
    by_word: HashMap<String, Vec<usize>>,
    by_start: HashMap<String, Vec<usize>>,
    negators: HashSet<String>,
    fillers: HashSet<String>,
    joiners: HashSet<String>,
    softer: HashSet<String>,
}

/// A term found in a reading.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    pub category: Category,
    /// What the list says.
    pub listed: Severity,
    /// What is left of it in its surroundings; `None` where it means nothing.
    pub severity: Option<Severity>,
    /// Byte range in the reading, the words that rule it out included.
    pub span: (usize, usize),
    /// Whether the text rules it out: "no …".
    pub ruled_out: bool,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    text: &'a str,
    span: (usize, usize),
    segment: usize,
}

impl Lexicon {
    /// Reads word lists; the error says which line is wrong.
    pub fn parse(lists: &[&str]) -> Result<Self, String> {
        let mut lexicon = Self::default();
        let mut exceptions: HashMap<String, (Vec<String>, Vec<String>)> = HashMap::new();
        let mut parsed = Vec::new();
        for text in lists {
            let list: List = toml::from_str(text).map_err(|e| e.message().to_owned())?;
            lexicon.negators.extend(list.negators);
            lexicon.fillers.extend(list.fillers);
            lexicon.joiners.extend(list.joiners);
            lexicon.softer.extend(list.softer);
            for exception in list.exceptions {
                for term in exception.terms {
                    let known = exceptions.entry(term).or_default();
                    known.0.extend(exception.before.iter().cloned());
                    known.1.extend(exception.after.iter().cloned());
                }
            }
            parsed.extend(list.entries);
        }
        for entry in parsed {
            for word in entry.words {
                let (before, after) = exceptions.get(&word).cloned().unwrap_or_default();
                lexicon.add(&word, entry.category, entry.severity, before, after)?;
            }
        }
        Ok(lexicon)
    }

    fn add(
        &mut self,
        word: &str,
        kind: Kind,
        severity: Severity,
        before: Vec<String>,
        after: Vec<String>,
    ) -> Result<(), String> {
        let (stem, open) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
        let words: Vec<String> = stem.split_whitespace().map(str::to_owned).collect();
        let plain = words.iter().all(|w| w.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        let Some(first) = words.first().filter(|_| plain) else {
            return Err(format!("`{word}` is not a plain word or phrase"));
        };
        let index = self.terms.len();
        if open && words.len() == 1 {
            let start = first.get(..3).ok_or_else(|| format!("`{word}` is too short to be open"))?;
            self.by_start.entry(start.to_owned()).or_default().push(index);
        } else {
            self.by_word.entry(first.clone()).or_default().push(index);
        }
        let category = match kind {
            Kind::Sexual => Category::Sexual,
            Kind::Minor => Category::Minors,
        };
        self.terms.push(Term { words, open, category, severity, before, after });
        Ok(())
    }

    /// Every term in `reading`, which must be folded.
    pub fn search(&self, reading: &str) -> Vec<Hit> {
        let tokens = tokens(reading);
        let mut hits = Vec::new();
        let mut ruled_out_until = None;
        for at in 0..tokens.len() {
            let mut ruled_out_here = None;
            for term in self.candidates(tokens.get(at).map_or("", |t| t.text)) {
                if let Some((hit, end)) = self.hit(&tokens, at, term, ruled_out_until) {
                    ruled_out_here = ruled_out_here.max(hit.ruled_out.then_some(end));
                    hits.push(hit);
                }
            }
            ruled_out_until = ruled_out_here.or(ruled_out_until);
            if let Some(hit) = age(&tokens, at) {
                hits.push(hit);
            }
        }
        hits
    }

    fn candidates(&self, word: &str) -> impl Iterator<Item = &Term> {
        let exact = self.by_word.get(word).into_iter().flatten();
        let open = word.get(..3).and_then(|start| self.by_start.get(start)).into_iter().flatten();
        exact.chain(open).filter_map(|i| self.terms.get(*i))
    }

    /// The hit of `term` at a token, and the token after it. `ruled_out_until` carries a negation over "or": it is the token after the
    /// last term that was ruled out.
    fn hit(
        &self,
        tokens: &[Token<'_>],
        at: usize,
        term: &Term,
        ruled_out_until: Option<usize>,
    ) -> Option<(Hit, usize)> {
        let first = tokens.get(at)?;
        let last = term.words.len() - 1;
        for (i, word) in term.words.iter().enumerate() {
            let token = tokens.get(at + i).filter(|t| t.segment == first.segment)?;
            let same = if term.open && i == last {
                token.text.starts_with(word.as_str())
            } else {
                token.text == word
            };
            if !same {
                return None;
            }
        }
        let end = at + last;
        let near = |from: usize, to: usize, words: &[String]| {
            (from..to)
                .filter_map(|i| tokens.get(i))
                .any(|t| t.segment == first.segment && words.iter().any(|w| w == t.text))
        };
        let other_meaning =
            near(at.saturating_sub(2), at, &term.before) || near(end + 1, end + 3, &term.after);
        let softened = tokens.iter().any(|t| t.segment == first.segment && self.softer.contains(t.text));
        // A term that names an interest in minors means that everywhere.
        let absolute = term.category == Category::Minors && term.severity == Severity::Block;
        let severity = match (term.severity, softened) {
            _ if absolute => Some(term.severity),
            _ if other_meaning => None,
            (Severity::Block, true) => Some(Severity::Review),
            (Severity::Review, true) => Some(Severity::Mild),
            (severity, _) => Some(severity),
        };
        let from = if absolute { None } else { self.ruled_out_from(tokens, at, ruled_out_until) };
        let span = (from.unwrap_or(first.span.0), tokens.get(end)?.span.1);
        let hit =
            Hit { category: term.category, listed: term.severity, severity, span, ruled_out: from.is_some() };
        Some((hit, end + 1))
    }

    /// Where the negation of the term at `at` begins, if there is one: "no", at most three fillers, the term. Never across a comma, and
    /// never after a second negation.
    fn ruled_out_from(
        &self,
        tokens: &[Token<'_>],
        at: usize,
        ruled_out_until: Option<usize>,
    ) -> Option<usize> {
        let segment = tokens.get(at)?.segment;
        let mut fillers = 0;
        for i in (0..at).rev() {
            let token = tokens.get(i).filter(|t| t.segment == segment)?;
            if self.negators.contains(token.text) {
                let twice = i
                    .checked_sub(1)
                    .and_then(|j| tokens.get(j))
                    .is_some_and(|t| self.negators.contains(t.text));
                return (!twice).then_some(token.span.0);
            }
            if self.joiners.contains(token.text) && ruled_out_until == Some(i) {
                return Some(token.span.0);
            }
            fillers += 1;
            if fillers > 3 || !self.fillers.contains(token.text) {
                return None;
            }
        }
        None
    }
}

fn tokens(reading: &str) -> Vec<Token<'_>> {
    let mut segment = 0;
    let mut end = 0;
    runs(reading, char::is_alphanumeric)
        .into_iter()
        .filter_map(|span| {
            let gap = reading.get(end..span.0)?;
            let stops = gap.contains([',', ';', '|', '\n', '!', '?']) || gap.contains(". ");
            segment += usize::from(stops);
            end = span.1;
            Some(Token { text: reading.get(span.0..span.1)?, span, segment })
        })
        .collect()
}

/// An age below eighteen: "12 year old", "12yo", "aged 12", "12 anos", "12 ans", "12 jahre", "12 anni", in digits or English words.
fn age(tokens: &[Token<'_>], at: usize) -> Option<Hit> {
    const WORDS: [&str; 17] = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
    ];
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text);
    let here = word(at);
    let young = |text: &str| text.parse::<u32>().is_ok_and(|n| (1..18).contains(&n)) || WORDS.contains(&text);
    let unit = here.trim_start_matches(|c: char| c.is_ascii_digit());
    let glued = young(here.get(..here.len() - unit.len()).unwrap_or_default())
        && matches!(
            unit,
            "yo" | "yr" | "yrs" | "year" | "years" | "jahrig" | "jahrige" | "jahriger" | "jahriges"
        );
    let next = word(at + 1);
    let apart = young(here)
        && match next {
            "year" | "years" | "yr" | "yrs" => word(at + 2) == "old",
            "y" => word(at + 2) == "o",
            "yo" | "anos" | "ans" | "jahre" | "jahrige" | "jahriger" | "jahriges" | "anni" => true,
            _ => false,
        };
    let aged = matches!(here, "aged" | "age") && young(next);
    let token = tokens.get(at).filter(|_| glued || apart || aged)?;
    Some(Hit {
        category: Category::Minors,
        listed: Severity::Mild,
        severity: Some(Severity::Mild),
        span: token.span,
        ruled_out: false,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LIST: &str = r#"
        language = "test"
        negators = ["no", "without"]
        fillers = ["any"]
        joiners = ["or"]
        softer = ["museum"]
        [[entry]]
        category = "sexual"
        severity = "block"
        words = ["zorb", "zorbing", "zorbing*", "green zorb", "no zorbs"]
        [[entry]]
        category = "minor"
        severity = "mild"
        words = ["plib"]
        [[entry]]
        category = "minor"
        severity = "block"
        words = ["plorb"]
        [[exception]]
        terms = ["zorb"]
        before = ["football"]
        after = ["ball"]
    "#;

    fn search(text: &str) -> Vec<Hit> {
        Lexicon::parse(&[LIST]).unwrap().search(text)
    }

    fn effective(text: &str) -> Option<Severity> {
        search(text).into_iter().filter(|h| !h.ruled_out).filter_map(|h| h.severity).max()
    }

    #[test]
    fn whole_words_only() {
        assert_eq!(effective("a zorb here"), Some(Severity::Block));
        assert_eq!(effective("zorbingly"), Some(Severity::Block));
        assert_eq!(effective("azorb zorbs"), None);
    }

    #[test]
    fn surroundings_change_the_meaning() {
        assert_eq!(effective("a football zorb"), None);
        assert_eq!(effective("zorb big ball"), None);
        assert_eq!(effective("zorb, ball"), Some(Severity::Block), "not across a comma");
        assert_eq!(effective("zorb in a museum"), Some(Severity::Review));
        assert_eq!(effective("museum, zorb"), Some(Severity::Block));
    }

    #[test]
    fn what_is_ruled_out_does_not_count() {
        for text in ["no zorb", "without any zorb", "no zorb or zorbing"] {
            assert!(search(text).iter().all(|h| h.ruled_out), "{text}");
        }
        for text in ["no, zorb", "no dogs zorb", "no without zorb", "zorb or zorbing", "no zorbs"] {
            assert!(effective(text).is_some(), "{text}");
        }
        let hit = *search("a hill, no zorb").first().unwrap();
        assert_eq!("a hill, no zorb".get(hit.span.0..hit.span.1), Some("no zorb"));
    }

    #[test]
    fn an_interest_in_minors_is_never_softened_or_ruled_out() {
        for text in ["plorb", "no plorb", "plorb in a museum"] {
            assert!(search(text).iter().any(|h| h.category == Category::Minors
                && h.severity == Some(Severity::Block)
                && !h.ruled_out));
        }
    }

    #[test]
    fn ages_below_eighteen_are_minors() {
        let minor = |text: &str| search(text).iter().any(|h| h.category == Category::Minors);
        for text in [
            "a 12 year old",
            "12 years old",
            "12yo",
            "aged 12",
            "twelve year old",
            "una de 12 anos",
            "12 ans",
            "12 jahre alt",
        ] {
            assert!(minor(text), "{text}");
        }
        for text in ["a 35 year old", "12 apples", "18 years old", "1200 years old", "two years", "35mm"] {
            assert!(!minor(text), "{text}");
        }
    }

    #[test]
    fn a_list_with_an_unusable_term_is_refused() {
        for word in ["Zorb", "zö", "", "*", "ab*", "zo-rb"] {
            let list = format!(
                "language = \"x\"\n[[entry]]\ncategory = \"sexual\"\nseverity = \"block\"\nwords = [\"{word}\"]"
            );
            assert!(Lexicon::parse(&[&list]).is_err(), "{word}");
        }
    }
}
