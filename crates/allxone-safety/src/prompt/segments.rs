//! Cuts a prompt into the parts the model is also asked about: a long harmless prompt can hide one phrase from a score of the whole.

/// Words of one window over a segment too long to be one.
const WINDOW: usize = 40;
/// Words from one window to the next.
const STEP: usize = 30;
/// Letters of one window over a stretch of text without spaces.
const LETTERS: usize = 120;

/// The segments of `text`, at most `limit`; where there are more, neighbours are put together. A segment without two letters is left out.
pub(super) fn segments(text: &str, limit: usize) -> Vec<String> {
    let parts =
        text.split([',', ';', '|', '\n', '!', '?', '。', '、', '，']).flat_map(|part| part.split(". "));
    let mut all: Vec<String> = parts.map(str::trim).filter(|p| worth_asking(p)).flat_map(windows).collect();
    if all.len() > limit.max(1) {
        let group = all.len().div_ceil(limit.max(1));
        all = all.chunks(group).map(|c| c.join(", ")).collect();
    }
    all
}

/// Whether there is anything in `text` for a model to read.
pub(super) fn worth_asking(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() >= 2
}

fn windows(part: &str) -> Vec<String> {
    let words: Vec<String> = part.split_whitespace().flat_map(pieces).collect();
    if words.len() <= WINDOW {
        return vec![words.join(" ")];
    }
    (0..words.len())
        .step_by(STEP)
        .map(|at| words.get(at..(at + WINDOW).min(words.len())).unwrap_or_default().join(" "))
        .collect()
}

fn pieces(word: &str) -> Vec<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.chunks(LETTERS).map(|c| c.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_cut_at_stops_and_keep_every_word() {
        assert_eq!(segments("a cat, on a hill; 8. dawn. mist", 48), ["a cat", "on a hill", "dawn", "mist"]);
        let long: Vec<String> = (0..200).map(|i| format!("word{i}")).collect();
        let cut = segments(&long.join(" "), 48);
        assert!(cut.len() > 4 && long.iter().all(|w| cut.iter().any(|s| s.split(' ').any(|x| x == w))));
        let many: Vec<String> = (0..500).map(|i| format!("part {i}x")).collect();
        let cut = segments(&many.join(","), 48);
        assert!(cut.len() <= 48 && many.iter().all(|w| cut.iter().any(|s| s.contains(w.as_str()))));
        assert_eq!(segments(&"x".repeat(1000), 48).len(), 1);
        assert!(segments("", 48).is_empty());
    }
}
