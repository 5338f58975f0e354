//! The single steps that take a disguise off a text. Each is a function from text to text and harmless to combine.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::letters::decorated;

/// Compatibility forms to plain ones, lower case, no accents, nothing invisible. Folding twice changes nothing.
pub(super) fn fold(text: &str) -> String {
    let mut out = fold_once(text);
    // Some letters come apart only after another has been mapped; three rounds settle all of them.
    for _ in 0..3 {
        let again = fold_once(&out);
        if again == out {
            break;
        }
        out = again;
    }
    out
}

fn fold_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd() {
        if is_accent(c) || is_invisible(c) {
            continue;
        }
        if c.is_control() && c != '\n' {
            out.push(' ');
            continue;
        }
        match decorated(c) {
            Some(letter) => out.push(letter),
            None => match c {
                'ß' | 'ẞ' => out.push_str("ss"),
                'æ' | 'Æ' => out.push_str("ae"),
                'œ' | 'Œ' => out.push_str("oe"),
                'ø' | 'Ø' => out.push('o'),
                'đ' | 'Đ' => out.push('d'),
                'ł' | 'Ł' => out.push('l'),
                'ı' => out.push('i'),
                'ى' => out.push('ي'),
                'ة' => out.push('ه'),
                'ٱ' => out.push('ا'),
                c => out.extend(c.to_lowercase().filter(|c| !is_accent(*c))),
            },
        }
    }
    out.nfc().collect()
}

/// Marks that decorate a letter. The vowel signs of Indian scripts and the voicing marks of kana are letters of their own.
fn is_accent(c: char) -> bool {
    let belongs = matches!(c, '\u{900}'..='\u{93b}' | '\u{93d}'..='\u{d7f}' | '\u{e00}'..='\u{fff}' | '\u{3099}' | '\u{309a}');
    is_combining_mark(c) && !belongs || c == '\u{640}'
}

/// What a word is made of: letters, digits, and the marks that are letters of their own.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Format characters, fillers and tags: nobody sees them, tokenizers do.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Attention and add-on syntax of image generators, reduced to the words inside.
pub(super) fn without_syntax(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '<' => {
                let kind =
                    ["lora:", "lyco:", "hypernet:", "embedding:"].into_iter().find(|k| rest.starts_with(k));
                rest = kind.and_then(|k| rest.get(k.len()..)).unwrap_or(rest);
                out.push(' ');
            }
            '(' | ')' | '[' | ']' | '{' | '}' | '>' => out.push(' '),
            ':' => {
                let number =
                    rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
                let closes = rest
                    .get(number..)
                    .is_some_and(|r| r.is_empty() || r.starts_with([')', ']', '}', '>', ':']));
                if number > 0 && closes {
                    rest = rest.get(number..).unwrap_or_default();
                    out.push(' ');
                } else {
                    out.push(c);
                }
            }
            c => out.push(c),
        }
    }
    out
}

/// `oldCastle` to `old Castle`.
pub(super) fn split_camel(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars() {
        if before.is_lowercase() && c.is_uppercase() {
            out.push(' ');
        }
        out.push(c);
        before = c;
    }
    out
}

/// `c a s t l e`, `c.a.s.t.l.e`: single letters with the same little sign between them become one word. A wider gap stands between words.
pub(super) fn join_spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in spelled(text, true) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Run(letters) => out.extend(letters),
        }
    }
    out
}

/// Every stretch of 3 to 14 letters inside a spelled-out run, so that a letter before or after the word does not hide it.
pub(super) fn spelled_runs(text: &str) -> String {
    let mut out = String::new();
    for piece in spelled(text, false) {
        let Piece::Run(letters) = piece else { continue };
        for start in 0..letters.len() {
            for end in start + 2..=(start + 14).min(letters.len()) {
                out.extend(letters.get(start..end).unwrap_or_default().iter().copied());
                out.push_str(", ");
            }
        }
    }
    out
}

enum Piece<'a> {
    Text(&'a str),
    Run(Vec<&'a str>),
}

/// `even`: only letters with the same sign between them belong together; else whatever stands between them, up to three characters.
fn spelled(text: &str, even: bool) -> Vec<Piece<'_>> {
    let words = runs(text, in_word);
    let single = |at: usize| words.get(at).and_then(|w| one_letter(text.get(w.0..w.1)?));
    let gap = |at: usize| match (words.get(at.wrapping_sub(1)), words.get(at)) {
        (Some(last), Some(this)) => text.get(last.1..this.0).unwrap_or_default(),
        _ => "",
    };
    let mut pieces = Vec::new();
    let (mut written, mut at) = (0, 0);
    while at < words.len() {
        let mut letters = Vec::new();
        let mut next = at;
        while let Some(letter) = single(next) {
            let far = next > at && gap(next).chars().count() > 3;
            let other = even && next > at + 1 && gap(next) != gap(at + 1);
            if far || other {
                break;
            }
            letters.push(letter);
            next += 1;
        }
        let unspaced = letters.iter().all(|letter| letter.chars().all(|c| c >= '\u{2e80}'));
        let tight = !gap(at + 1).is_empty() && !gap(at + 1).contains(char::is_whitespace) && even;
        let wider = |other: &str| other.chars().count() > gap(at + 1).chars().count();
        let bounded = even && letters.len() > 1 && (wider(gap(next)) || at > 0 && wider(gap(at)));
        let enough = if unspaced || tight || bounded { 2 } else { 3 };
        if letters.len() >= enough
            && let (Some(first), Some(last)) = (words.get(at), words.get(next - 1))
        {
            pieces.push(Piece::Text(text.get(written..first.0).unwrap_or_default()));
            pieces.push(Piece::Run(letters));
            written = last.1;
            at = next;
        } else {
            at += 1;
        }
    }
    pieces.push(Piece::Text(text.get(written..).unwrap_or_default()));
    pieces
}

/// A word that is one letter, with the marks on it.
fn one_letter(word: &str) -> Option<&str> {
    let mut letters = word.chars().filter(|c| !is_combining_mark(*c));
    let first = letters.next();
    (letters.next().is_none() && first.is_none_or(char::is_alphabetic)).then_some(word)
}

/// A single letter beside the rest of its word, `c astle` or `castl e`, put back; every other word left out.
pub(super) fn loose_letters(text: &str) -> String {
    let words = runs(text, in_word);
    let mut out = String::new();
    for pair in words.windows(2) {
        let [a, b] = pair else { continue };
        let (Some(first), Some(gap), Some(second)) =
            (text.get(a.0..a.1), text.get(a.1..b.0), text.get(b.0..b.1))
        else {
            continue;
        };
        let lone = |word: &str| one_letter(word).is_some_and(|c| !matches!(c, "a" | "e" | "i" | "o" | "y"));
        let rest = |word: &str| (2..=12).contains(&word.chars().count());
        if gap == " " && (lone(first) && rest(second) || rest(first) && one_letter(second).is_some()) {
            out.push_str(first);
            out.push_str(second);
            out.push_str(", ");
        }
    }
    out
}

/// Letters repeated three times or more, reduced to `keep`.
pub(super) fn shorten(text: &str, keep: usize) -> String {
    reduce(text, 3, keep)
}

/// Every repeated letter reduced to one, in words where most letters are repeated: `ccaassttllee`, not `coffee`.
pub(super) fn without_doubles(text: &str) -> String {
    map_runs(text, in_word, |word| {
        let once = reduce(word, 2, 1);
        let (letters, kinds) = (word.chars().count(), once.chars().count());
        (letters > kinds + kinds.div_ceil(2)).then_some(once)
    })
}

fn reduce(text: &str, from: usize, keep: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let mut count = 1;
        while chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        let count = if c.is_alphabetic() && count >= from { keep } else { count };
        out.extend(std::iter::repeat_n(c, count));
    }
    out
}

/// Signs inside a word removed: `ca-stle`, `ca.stle`, `ca*stle`.
pub(super) fn squeeze(text: &str) -> String {
    map_runs(
        text,
        |c| !c.is_whitespace() && c != ',',
        |word| word.chars().any(|c| !in_word(c)).then(|| word.chars().filter(|c| in_word(*c)).collect()),
    )
}

/// Replaces the stretches of characters `inside` accepts by what `change` makes of them, if anything.
pub(super) fn map_runs(
    text: &str,
    inside: impl Fn(char) -> bool,
    change: impl Fn(&str) -> Option<String>,
) -> String {
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    for (start, end) in runs(text, inside) {
        if let Some(changed) = text.get(start..end).and_then(&change) {
            out.push_str(text.get(written..start).unwrap_or_default());
            out.push_str(&changed);
            written = end;
        }
    }
    out.push_str(text.get(written..).unwrap_or_default());
    out
}

/// Byte ranges of the longest stretches of characters `inside` accepts.
pub(super) fn runs(text: &str, inside: impl Fn(char) -> bool) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (inside(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                all.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        all.push((from, text.len()));
    }
    all
}
