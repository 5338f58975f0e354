//! Word lists: how a reading is searched. Whole words in languages with spaces, so that no place name is caught for its middle; the longest
//! match in those without.

use std::collections::{HashMap, HashSet};

use aho_corasick::AhoCorasick;
use allxone_contract::Category;

use super::ages;
use super::disguise::{fold, in_word, runs};
pub(crate) use super::lists::Severity;
use super::lists::{Entry, Exception, List};

/// Fewest letters of a term that is looked for in ciphers.
const CIPHERED: usize = 4;

/// Bytes of the longest term or harmless word found by substring.
const LONGEST: usize = 96;

#[derive(Debug)]
struct Term {
    words: Vec<String>,
    /// Whether the last word may go on.
    open: bool,
    category: Category,
    severity: Severity,
    /// The list whose markers must stand in the text too.
    only_in: Option<usize>,
    /// Whether it is looked for where a text reads differently backwards or rotated.
    ciphered: bool,
    other: Exception,
}

/// All word lists together. The languages share one search: nobody says which one a prompt is written in.
#[derive(Debug)]
pub(crate) struct Lexicon {
    terms: Vec<Term>,
    /// Terms by their first word, and by the first three letters of an open first word.
    by_word: HashMap<String, Vec<usize>>,
    by_start: HashMap<String, Vec<usize>>,
    /// Finds [`Lexicon::inside`], then [`Lexicon::harmless`], by substring.
    anywhere: AhoCorasick,
    /// The terms found by substring.
    inside: Vec<usize>,
    /// Words of each list that tell its language.
    markers: Vec<HashSet<String>>,
    negators: HashSet<String>,
    negators_unspaced: Vec<String>,
    negators_behind: Vec<String>,
    fillers: HashSet<String>,
    joiners: HashSet<String>,
    softer: HashSet<String>,
    softer_unspaced: Vec<String>,
    prefixes: Vec<String>,
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
    /// Whether it also counts in a cipher.
    pub ciphered: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    pub span: (usize, usize),
    pub segment: usize,
}

impl Lexicon {
    /// Reads word lists; the error says which word is wrong.
    pub fn parse(texts: &[&str]) -> Result<Self, String> {
        let lists: Vec<List> = texts
            .iter()
            .map(|text| toml::from_str(text).map_err(|e: toml::de::Error| e.message().to_owned()))
            .collect::<Result<_, _>>()?;
        let all = |of: fn(&List) -> &Vec<String>| -> Vec<String> {
            lists.iter().flat_map(|list| of(list).iter().map(|word| fold(word))).collect()
        };
        let (unspaced_no, spaced_no): (Vec<_>, Vec<_>) =
            all(|l| &l.negators).into_iter().partition(|word| word.contains(is_unspaced));
        let (unspaced_soft, spaced_soft): (Vec<_>, Vec<_>) =
            all(|l| &l.softer).into_iter().partition(|word| word.contains(is_unspaced));
        let harmless = all(|l| &l.harmless);
        let plain_only: HashSet<String> = all(|l| &l.plain_only).into_iter().collect();
        let mut lexicon = Self {
            terms: Vec::new(),
            by_word: HashMap::new(),
            by_start: HashMap::new(),
            anywhere: AhoCorasick::new::<_, &str>([]).map_err(|e| e.to_string())?,
            inside: Vec::new(),
            markers: lists.iter().map(|l| l.markers.iter().map(|word| fold(word)).collect()).collect(),
            negators: spaced_no.into_iter().collect(),
            negators_unspaced: unspaced_no,
            negators_behind: all(|l| &l.negators_behind),
            fillers: all(|l| &l.fillers).into_iter().collect(),
            joiners: all(|l| &l.joiners).into_iter().collect(),
            softer: spaced_soft.into_iter().collect(),
            softer_unspaced: unspaced_soft,
            prefixes: all(|l| &l.prefixes),
        };
        let exceptions = exceptions(&lists);
        let mut inside = Vec::new();
        for (at, list) in lists.iter().enumerate() {
            for entry in &list.entries {
                for word in &entry.words {
                    let other = exceptions.get(&fold(word)).cloned().unwrap_or_default();
                    let ciphered = !plain_only.contains(&fold(word));
                    inside.extend(lexicon.add(word, entry, at, ciphered, other)?);
                }
            }
        }
        lexicon.anywhere = AhoCorasick::new(inside.iter().chain(&harmless)).map_err(|e| e.to_string())?;
        Ok(lexicon)
    }

    /// Files a term; returns it if it is one to find by substring.
    fn add(
        &mut self,
        word: &str,
        entry: &Entry,
        list: usize,
        ciphered: bool,
        other: Exception,
    ) -> Result<Option<String>, String> {
        let unusable = || format!("`{word}` is not a plain word or phrase");
        let (begins, stem) = word.strip_prefix('*').map_or((true, word), |stem| (false, stem));
        let (stem, open) = stem.strip_suffix('*').map_or((stem, false), |stem| (stem, true));
        let stem = fold(stem);
        let words: Vec<String> = stem.split_whitespace().map(str::to_owned).collect();
        let plain = words.iter().all(|w| w.chars().all(in_word));
        let first = words.first().filter(|_| plain).ok_or_else(unusable)?;
        let index = self.terms.len();
        let by_substring = !begins || stem.contains(is_unspaced);
        let long = stem.chars().filter(|c| *c != ' ').count() >= CIPHERED;
        if by_substring {
            if words.len() > 1 || !begins && stem.chars().count() < 5 {
                return Err(unusable());
            }
            self.inside.push(index);
        } else if open && words.len() == 1 {
            let start = start_of(first).ok_or_else(|| format!("`{word}` is too short to be open"))?;
            self.by_start.entry(start).or_default().push(index);
        } else {
            self.by_word.entry(first.clone()).or_default().push(index);
        }
        self.terms.push(Term {
            words,
            open,
            category: entry.category.category(),
            severity: entry.severity,
            only_in: entry.only_here.then_some(list),
            ciphered: ciphered && long,
            other,
        });
        Ok(by_substring.then_some(stem))
    }

    /// Every term in `reading`, which must be folded.
    pub fn search(&self, reading: &str) -> Vec<Hit> {
        let tokens = tokens(reading);
        let spoken: Vec<bool> =
            self.markers.iter().map(|words| tokens.iter().any(|t| words.contains(t.text))).collect();
        let mut hits = Vec::new();
        let mut ruled_out_until = None;
        for at in 0..tokens.len() {
            let mut ruled_out_here = None;
            for term in self.candidates(tokens.get(at).map_or("", |t| t.text)) {
                if term.only_in.is_some_and(|list| spoken.get(list) != Some(&true)) {
                    continue;
                }
                if let Some((hit, end)) = self.hit(&tokens, at, term, ruled_out_until) {
                    ruled_out_here = ruled_out_here.max(hit.ruled_out.then_some(end));
                    hits.push(hit);
                }
            }
            ruled_out_until = ruled_out_here.or(ruled_out_until);
            if let Some(span) = ages::below_eighteen(&tokens, at) {
                hits.push(Hit {
                    category: Category::Minors,
                    listed: Severity::Mild,
                    severity: Some(Severity::Mild),
                    span,
                    ruled_out: false,
                    ciphered: false,
                });
            }
        }
        self.search_inside(reading, &mut hits);
        hits
    }

    /// [`Lexicon::search`] in a reading that nobody writes unless to hide something.
    pub fn search_ciphered(&self, reading: &str) -> Vec<Hit> {
        self.search(reading).into_iter().filter(|hit| hit.ciphered).collect()
    }

    fn candidates<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Term> {
        self.forms(word).flat_map(|form| {
            let exact = self.by_word.get(form).into_iter().flatten();
            let open = start_of(form).and_then(|start| self.by_start.get(&start)).into_iter().flatten();
            exact.chain(open).filter_map(|i| self.terms.get(*i))
        })
    }

    /// A word, and the word without what a language glues to its front.
    fn forms<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a str> {
        let bare = self.prefixes.iter().filter_map(|prefix| word.strip_prefix(prefix.as_str()));
        std::iter::once(word).chain(bare.filter(|rest| rest.chars().nth(2).is_some()))
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
            let same = self.forms(token.text).any(|form| {
                if term.open && i == last { form.starts_with(word.as_str()) } else { form == word }
            });
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
        let other_meaning = near(at.saturating_sub(2), at, &term.other.before)
            || near(end + 1, end + 3, &term.other.after)
            || !term.other.anywhere.is_empty()
                && tokens.iter().any(|t| term.other.anywhere.iter().any(|w| w == t.text));
        let softened = tokens.iter().any(|t| t.segment == first.segment && self.softer.contains(t.text));
        let from = if absolute(term) { None } else { self.ruled_out_from(tokens, at, ruled_out_until) };
        let span = (from.unwrap_or(first.span.0), tokens.get(end)?.span.1);
        Some((hit_of(term, other_meaning, softened, span, from.is_some()), end + 1))
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

    /// Terms of languages without spaces, and parts of compounds. A match inside a longer one, or inside a harmless word, is none.
    fn search_inside(&self, reading: &str, hits: &mut Vec<Hit>) {
        let found: Vec<(usize, usize, usize)> = self
            .anywhere
            .find_overlapping_iter(reading)
            .map(|m| (m.pattern().as_usize(), m.start(), m.end()))
            .collect();
        for (at, (pattern, start, end)) in found.iter().enumerate() {
            let Some(term) = self.inside.get(*pattern).and_then(|i| self.terms.get(*i)) else { continue };
            // Matches come in the order of their ends, and none is longer than the longest pattern.
            let around = |m: &&(usize, usize, usize)| m.1 <= *start && *end <= m.2 && m.2 - m.1 > end - start;
            let later = found.iter().skip(at + 1).take_while(|m| m.2 <= end + LONGEST).any(|m| around(&m));
            let earlier = found.iter().take(at).rev().take_while(|m| m.2 == *end).any(|m| around(&m));
            let within = later || earlier;
            if within && !absolute(term) {
                continue;
            }
            let before = segment_before(reading, *start);
            let after = reading.get(*end..).unwrap_or_default();
            let no = self.negators_unspaced.iter().find(|no| {
                before.ends_with(no.as_str())
                    && !self.negators_unspaced.iter().any(|twice| {
                        before.get(..before.len() - no.len()).is_some_and(|b| b.ends_with(twice.as_str()))
                    })
            });
            let behind = self.negators_behind.iter().find(|no| after.starts_with(no.as_str()));
            let softened = self.softer_unspaced.iter().any(|word| {
                before.contains(word.as_str()) || segment_after(reading, *end).contains(word.as_str())
            });
            let ruled_out = !absolute(term) && (no.is_some() || behind.is_some());
            let span = (
                start - no.filter(|_| ruled_out).map_or(0, String::len),
                end + behind.filter(|_| ruled_out).map_or(0, String::len),
            );
            hits.push(hit_of(term, false, softened, span, ruled_out));
        }
    }
}

/// A term that names an interest in minors means that everywhere.
fn absolute(term: &Term) -> bool {
    term.category == Category::Minors && term.severity == Severity::Block
}

fn hit_of(term: &Term, other_meaning: bool, softened: bool, span: (usize, usize), ruled_out: bool) -> Hit {
    let severity = match (term.severity, softened) {
        _ if absolute(term) => Some(term.severity),
        _ if other_meaning => None,
        (Severity::Block, true) => Some(Severity::Review),
        (Severity::Review, true) => Some(Severity::Mild),
        (severity, _) => Some(severity),
    };
    Hit { category: term.category, listed: term.severity, severity, span, ruled_out, ciphered: term.ciphered }
}

/// The exceptions of all lists by term.
fn exceptions(lists: &[List]) -> HashMap<String, Exception> {
    let mut all: HashMap<String, Exception> = HashMap::new();
    let folded = |words: &[String]| words.iter().map(|word| fold(word)).collect::<Vec<_>>();
    for exception in lists.iter().flat_map(|list| &list.exceptions) {
        for term in &exception.terms {
            let known = all.entry(fold(term)).or_default();
            known.before.extend(folded(&exception.before));
            known.after.extend(folded(&exception.after));
            known.anywhere.extend(folded(&exception.anywhere));
        }
    }
    all
}

/// The first three letters.
fn start_of(word: &str) -> Option<String> {
    let start: String = word.chars().take(3).collect();
    (start.chars().count() == 3).then_some(start)
}

/// Han, kana and what is written among them without spaces.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Signs that end a segment.
pub(super) const STOPS: [char; 16] =
    [',', ';', '|', '\n', '!', '?', '。', '、', '，', '；', '！', '？', '।', '،', '؛', '؟'];

fn segment_before(reading: &str, at: usize) -> &str {
    reading.get(..at).and_then(|before| before.rsplit(STOPS).next()).unwrap_or_default()
}

fn segment_after(reading: &str, at: usize) -> &str {
    reading.get(at..).and_then(|after| after.split(STOPS).next()).unwrap_or_default()
}

fn tokens(reading: &str) -> Vec<Token<'_>> {
    let mut segment = 0;
    let mut end = 0;
    runs(reading, in_word)
        .into_iter()
        .filter_map(|span| {
            let gap = reading.get(end..span.0)?;
            let stops = gap.contains(STOPS) || gap.contains(". ");
            segment += usize::from(stops);
            end = span.1;
            Some(Token { text: reading.get(span.0..span.1)?, span, segment })
        })
        .collect()
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
        for word in ["", "*", "ab*", "zo-rb", "*zor"] {
            let list = format!(
                "language = \"x\"\n[[entry]]\ncategory = \"sexual\"\nseverity = \"block\"\nwords = [\"{word}\"]"
            );
            assert!(Lexicon::parse(&[&list]).is_err(), "{word}");
        }
    }
}
