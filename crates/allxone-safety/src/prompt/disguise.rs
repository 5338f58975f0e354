//! The single steps that take a disguise off a text. Each is a function from text to text and harmless to combine.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Compatibility forms to plain ones, lower case, no accents, nothing invisible.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkd() {
        if is_combining_mark(c) || is_invisible(c) {
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
                c => out.extend(c.to_lowercase().filter(|c| !is_combining_mark(*c))),
            },
        }
    }
    out.nfc().collect()
}

/// Format characters, fillers and tags: nobody sees them, tokenizers do.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Letters drawn as symbols that Unicode itself does not map back.
fn decorated(c: char) -> Option<char> {
    let from = |first: char| char::from_u32(u32::from('a') + (c as u32 - first as u32));
    match c {
        '\u{1f150}'..='\u{1f169}' => from('\u{1f150}'),
        '\u{1f170}'..='\u{1f189}' => from('\u{1f170}'),
        '\u{1f1e6}'..='\u{1f1ff}' => from('\u{1f1e6}'),
        _ => {
            const SMALL: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡ\u{0}ʏᴢ";
            let at = SMALL.chars().position(|s| s == c && c != '\0')?;
            char::from_u32(u32::from('a') + at as u32)
        }
    }
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

/// Letters of other scripts that look like Latin ones, in words that mix scripts or consist of such letters only.
pub(super) fn look_alikes(text: &str) -> String {
    map_runs(text, char::is_alphanumeric, |word| {
        let foreign = word.chars().any(|c| latin_twin(c).is_some());
        let mixed = word.chars().any(|c| c.is_ascii_alphabetic());
        let only = word.chars().all(|c| latin_twin(c).is_some());
        (foreign && (mixed || only)).then(|| word.chars().map(|c| latin_twin(c).unwrap_or(c)).collect())
    })
}

/// The Latin letter a lower-case Cyrillic, Greek, Armenian or other letter is drawn like.
fn latin_twin(c: char) -> Option<char> {
    Some(match c {
        'а' | 'α' | 'ɑ' => 'a',
        'в' | 'β' | 'ь' | 'Ь' => 'b',
        'с' | 'ϲ' | 'ᴄ' => 'c',
        'ԁ' | 'ɗ' => 'd',
        'е' | 'ε' | 'є' | 'ҽ' | 'ɛ' => 'e',
        'ƒ' | 'ք' => 'f',
        'ɡ' | 'ց' | 'ԍ' => 'g',
        'һ' | 'н' | 'հ' => 'h',
        'і' | 'ι' | 'ɩ' | 'ӏ' | 'ⅰ' => 'i',
        'ј' | 'ϳ' => 'j',
        'к' | 'κ' => 'k',
        'ⅼ' | 'ℓ' | 'ǀ' => 'l',
        'м' | 'μ' => 'm',
        'п' | 'η' | 'ո' | 'ռ' => 'n',
        'о' | 'ο' | 'օ' | 'σ' | 'ө' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' | 'ꜱ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'ս' | 'ц' => 'u',
        'ν' | 'ѵ' => 'v',
        'ѡ' | 'ԝ' | 'ω' | 'ш' => 'w',
        'х' | 'χ' | 'ж' => 'x',
        'у' | 'γ' | 'ү' => 'y',
        'ʐ' => 'z',
        _ => return None,
    })
}

/// Signs around a word that are no part of a disguise.
const QUOTES: [char; 7] = ['.', ';', ':', '?', '"', '\'', '`'];

/// Digits and signs written for letters; `one` is what `1` and `|` stand for.
pub(super) fn digits(text: &str, one: char) -> String {
    map_runs(
        text,
        |c| !c.is_whitespace() && c != ',',
        |word| {
            let core = word.trim_matches(QUOTES);
            let start = word.len() - word.trim_start_matches(QUOTES).len();
            let written =
                core.chars().any(char::is_alphabetic) && core.chars().any(|c| letter_for(c, one).is_some());
            written.then(|| {
                let mut out = word.get(..start).unwrap_or_default().to_owned();
                out.extend(core.chars().map(|c| letter_for(c, one).unwrap_or(c)));
                out.push_str(word.get(start + core.len()..).unwrap_or_default());
                out
            })
        },
    )
}

/// [`digits`], but leaving alone what is more likely a size, a count or a name: `8k`, `35mm`, `f1.8`, `mp3`, and a final `!`.
pub(super) fn digits_cautiously(text: &str) -> String {
    map_runs(
        text,
        |c| !c.is_whitespace() && c != ',',
        |word| {
            let core = word.trim_matches(|c: char| c.is_ascii_punctuation() && !matches!(c, '@' | '$'));
            let letters = core.trim_matches(|c: char| c.is_ascii_digit());
            let inside = letters.chars().any(|c| letter_for(c, 'i').is_some())
                && letters.chars().filter(|c| c.is_alphabetic()).count() > 1;
            let at_end = letters.chars().count() > 2
                && letters.chars().all(char::is_alphabetic)
                && core.starts_with(letters)
                && core != letters;
            (inside || at_end).then(|| word.replace(core, &digits(core, 'i')))
        },
    )
}

fn letter_for(c: char, one: char) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | '|' => one,
        '!' => 'i',
        '3' | '€' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' | '+' => 't',
        '8' => 'b',
        _ => return None,
    })
}

/// `c a s t l e`, `c.a.s.t.l.e`: three or more single letters with little between them become one word.
pub(super) fn join_spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in spelled(text) {
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
    for piece in spelled(text) {
        let Piece::Run(letters) = piece else { continue };
        for start in 0..letters.len() {
            for end in start + 3..=(start + 14).min(letters.len()) {
                out.extend(letters.get(start..end).unwrap_or_default());
                out.push_str(", ");
            }
        }
    }
    out
}

enum Piece<'a> {
    Text(&'a str),
    Run(Vec<char>),
}

fn spelled(text: &str) -> Vec<Piece<'_>> {
    let words = runs(text, char::is_alphanumeric);
    let single = |at: usize| words.get(at).and_then(|w| one_letter(text.get(w.0..w.1)?));
    let mut pieces = Vec::new();
    let (mut written, mut at) = (0, 0);
    while at < words.len() {
        let mut letters = Vec::new();
        let mut next = at;
        while let Some(letter) = single(next) {
            let gap = match (next > at, words.get(next.wrapping_sub(1)), words.get(next)) {
                (true, Some(last), Some(this)) => text.get(last.1..this.0).map_or(0, |g| g.chars().count()),
                _ => 0,
            };
            if gap > 3 {
                break;
            }
            letters.push(letter);
            next += 1;
        }
        if letters.len() >= 3
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

fn one_letter(word: &str) -> Option<char> {
    let mut chars = word.chars();
    let first = chars.next()?;
    (chars.next().is_none() && first.is_alphabetic()).then_some(first)
}

/// Letters repeated three times or more, reduced to `keep`.
pub(super) fn shorten(text: &str, keep: usize) -> String {
    reduce(text, 3, keep)
}

/// Every repeated letter reduced to one.
pub(super) fn without_doubles(text: &str) -> String {
    reduce(text, 2, 1)
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
        |word| {
            word.chars()
                .any(|c| !c.is_alphanumeric())
                .then(|| word.chars().filter(|c| c.is_alphanumeric()).collect())
        },
    )
}

/// Replaces the stretches of characters `inside` accepts by what `change` makes of them, if anything.
fn map_runs(text: &str, inside: impl Fn(char) -> bool, change: impl Fn(&str) -> Option<String>) -> String {
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
