//! Cuts a prompt into the parts the model is also asked about: a long harmless prompt can hide one phrase from a score of the whole.

use std::ops::Range;

use super::lexicon::STOPS;

/// Words of one window over a segment too long to be one.
const WINDOW: usize = 40;
/// Words from one window to the next.
const STEP: usize = 30;
/// Letters of one window over a stretch of text without spaces.
const LETTERS: usize = 120;

/// Byte ranges of the segments of `text`, in its order, at most `limit`; where there are more, neighbours are put together. A segment
/// without two letters is left out.
pub(super) fn segments(text: &str, limit: usize) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = parts(text)
        .into_iter()
        .filter(|p| has_letters(slice(text, p)))
        .flat_map(|p| windows(text, p))
        .collect();
    let limit = limit.max(1);
    if all.len() > limit {
        let group = all.len().div_ceil(limit);
        all = all.chunks(group).filter_map(|c| Some(c.first()?.start..c.last()?.end)).collect();
    }
    all
}

/// Most words of a stretch of neighbouring segments, about as many as a text the model was trained on.
const STRETCH: usize = 16;

/// Puts neighbouring segments together: ranges of their numbers, each as many as are no more than [`STRETCH`] words, or a single one.
pub(super) fn stretches(text: &str, segments: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    let mut length = 0;
    for (at, segment) in segments.iter().enumerate() {
        // A word of a script without spaces is as long as its sentence.
        let words = words(text, segment).into_iter().map(|word| 1 + word.len() / 24).sum::<usize>();
        match all.last_mut().filter(|_| length + words <= STRETCH) {
            Some(last) => {
                last.end = at + 1;
                length += words;
            }
            None => {
                all.push(at..at + 1);
                length = words;
            }
        }
    }
    all
}

/// Whether there is anything in `text` for a model to read: it knows Latin letters only, and its guesses about others are worth less than
/// what the word lists know.
pub(super) fn worth_asking(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let latin = letters().filter(|c| c.is_ascii()).count();
    latin >= 2 && latin * 2 >= letters().count()
}

fn has_letters(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).nth(1).is_some()
}

/// Byte ranges of the words of `text` within `range`.
pub(super) fn words(text: &str, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in slice(text, range).char_indices() {
        let at = range.start + at;
        match (c.is_whitespace(), start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                all.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    all.extend(start.map(|from| from..range.end));
    all
}

/// The text of a range.
pub(super) fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}

/// What stands between commas and full stops, without the blanks around it.
fn parts(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let stop = STOPS.contains(&c) || c == '.' && rest.peek().is_some_and(|(_, next)| *next == ' ');
        if stop {
            all.push(start..at);
            start = at + c.len_utf8();
        }
    }
    all.push(start..text.len());
    for part in &mut all {
        let inside = slice(text, part);
        let begin = part.start + (inside.len() - inside.trim_start().len());
        *part = begin..(begin + inside.trim().len());
    }
    all.retain(|part| !part.is_empty());
    all
}

fn windows(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let pieces: Vec<Range<usize>> =
        words(text, &part).into_iter().flat_map(|word| pieces(text, word)).collect();
    if pieces.len() <= WINDOW && part.len() <= LETTERS * 4 {
        return vec![part];
    }
    let window = if pieces.len() <= WINDOW { 1 } else { WINDOW };
    let step = if window == 1 { 1 } else { STEP };
    (0..pieces.len())
        .step_by(step)
        .filter_map(|at| {
            let window = pieces.get(at..(at + window).min(pieces.len()))?;
            Some(window.first()?.start..window.last()?.end)
        })
        .collect()
}

/// A word, cut where it is longer than any word is.
fn pieces(text: &str, word: Range<usize>) -> Vec<Range<usize>> {
    let mut cuts: Vec<usize> =
        slice(text, &word).char_indices().step_by(LETTERS).map(|(at, _)| word.start + at).collect();
    cuts.push(word.end);
    cuts.windows(2).filter_map(|pair| Some(*pair.first()?..*pair.last()?)).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]
mod tests {
    use super::*;

    fn cut(text: &str, limit: usize) -> Vec<&str> {
        segments(text, limit).iter().map(|range| text.get(range.clone()).unwrap()).collect()
    }

    #[test]
    fn segments_are_cut_at_stops_and_keep_every_word() {
        assert_eq!(cut("a cat, on a hill; 8. dawn. mist", 48), ["a cat", "on a hill", "dawn", "mist"]);
        let long: Vec<String> = (0..200).map(|i| format!("word{i}")).collect();
        let long_text = long.join(" ");
        let parts = cut(&long_text, 48);
        assert!(parts.len() > 4 && long.iter().all(|w| parts.iter().any(|s| s.split(' ').any(|x| x == w))));
        let many: Vec<String> = (0..500).map(|i| format!("part {i}x")).collect();
        let many_text = many.join(",");
        let parts = cut(&many_text, 48);
        assert!(parts.len() <= 48 && many.iter().all(|w| parts.iter().any(|s| s.contains(w.as_str()))));
        assert_eq!(cut(&"x".repeat(1000), 48).len(), 9);
        assert!(cut("", 48).is_empty());
        assert_eq!(cut("狐，雪の中。", 48), ["雪の中"]);
    }

    #[test]
    fn neighbouring_segments_make_stretches() {
        let of = |text: &str| stretches(text, &segments(text, 48));
        assert!(of("").is_empty());
        assert_eq!(of("a red fox, in the snow, at dawn"), std::slice::from_ref(&(0..3)));
        let long = ["a small red fox in the snow"; 5].join(", ");
        assert_eq!(of(&long), [0..2, 2..4, 4..5]);
        let longer = vec!["word"; 30].join(" ") + ", oil painting";
        assert_eq!(of(&longer), [0..1, 1..2], "a long segment stands alone");
    }

    #[test]
    fn words_know_where_they_stand() {
        let text = "a  big fox, here";
        let found: Vec<_> = words(text, &(0..10)).into_iter().map(|r| &text[r]).collect();
        assert_eq!(found, ["a", "big", "fox"]);
    }
}
