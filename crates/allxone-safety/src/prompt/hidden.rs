//! Text inside a text that a person does not see but a model might read: reversed runs, tag characters, encodings, ciphers.
//!
//! What is found is bounded by the length of the text: no encoding here makes a text longer, and only two layers of it are undone.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::disguise::{in_word, runs};

/// Base64 as people paste it: either alphabet, with or without padding, a last letter with spare bits.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// The text with every right-to-left override run written the way it is shown.
pub(super) fn right_to_left(text: &str) -> Option<String> {
    if !text.contains(['\u{202e}', '\u{2067}', '\u{202b}']) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut run: Option<String> = None;
    for c in text.chars() {
        match c {
            '\u{202e}' | '\u{2067}' | '\u{202b}' => run = Some(run.take().unwrap_or_default()),
            '\u{202c}' | '\u{2069}' | '\n' => {
                out.extend(run.take().unwrap_or_default().chars().rev());
                out.push(c);
            }
            c => match run.as_mut() {
                Some(run) => run.push(c),
                None => out.push(c),
            },
        }
    }
    out.extend(run.unwrap_or_default().chars().rev());
    Some(out)
}

/// What is written in tag characters, in Base64, in hexadecimal, or in the escapes of addresses, web pages and programs.
pub(super) fn messages(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let tags: String = text
        .chars()
        .filter_map(|c| char::from_u32((c as u32).checked_sub(0xe0000)?).filter(char::is_ascii))
        .collect();
    if !tags.trim().is_empty() {
        found.push(tags);
    }
    found.extend(unescaped(text));
    found.extend(replaced(
        text,
        |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_' | '='),
        base64_word,
    ));
    found.extend(replaced(text, |c| c.is_ascii_hexdigit() || matches!(c, ' ' | ':' | 'x' | '\\'), hex_run));
    found
}

/// The text with every stretch that `decode` understands replaced by what it says; `None` if there is none.
fn replaced(
    text: &str,
    inside: impl Fn(char) -> bool,
    decode: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let mut out = String::new();
    let mut written = 0;
    for (start, end) in runs(text, inside) {
        if let Some(decoded) = text.get(start..end).and_then(&decode) {
            out.push_str(text.get(written..start).unwrap_or_default());
            out.push(' ');
            out.push_str(&decoded);
            out.push(' ');
            written = end;
        }
    }
    (written > 0).then(|| {
        out.push_str(text.get(written..).unwrap_or_default());
        out
    })
}

fn base64_word(word: &str) -> Option<String> {
    let word = word.trim_end_matches('=');
    if word.len() < 4 {
        return None;
    }
    let decoded = STANDARD.decode(word).or_else(|_| URL_SAFE.decode(word)).ok()?;
    readable(String::from_utf8(decoded).ok()?)
}

/// `6e756465`, `6e 75 64 65`, `0x6e75`, `\x6e\x75`.
fn hex_run(run: &str) -> Option<String> {
    let plain = run.replace("\\x", " ").replace("0x", " ").replace('\\', " ");
    let words: Vec<&str> = plain.split([' ', ':']).filter(|w| !w.is_empty()).collect();
    let pairs = words.iter().all(|w| w.len().is_multiple_of(2) && !w.contains('x'));
    let digits: String = words.concat();
    if !pairs || digits.len() < 6 {
        return None;
    }
    readable(String::from_utf8(hex::decode(&digits).ok()?).ok()?)
}

/// Text with letters in it and nothing a keyboard does not write.
fn readable(text: String) -> Option<String> {
    let written = |c: char| in_word(c) || c.is_ascii_punctuation() || c == ' ' || c == '\n';
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    (letters >= 3 && letters * 2 >= text.chars().count() && text.chars().all(written)).then_some(text)
}

/// `%6e%75`, `&#110;`, `&#x6e;`, `\u006e`, `\u{6e}`, undone.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains(['%', '&', '\\']) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut changed = false;
    while let Some(c) = rest.chars().next() {
        if let Some((decoded, after)) = escape(rest) {
            bytes.extend(decoded);
            rest = after;
            changed = true;
        } else {
            let (head, tail) = rest.split_at(c.len_utf8());
            bytes.extend(head.as_bytes());
            rest = tail;
        }
    }
    changed.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// The escape `text` begins with, as the bytes it means, and what follows it.
fn escape(text: &str) -> Option<(Vec<u8>, &str)> {
    if let Some(rest) = text.strip_prefix('%') {
        let byte = u8::from_str_radix(rest.get(..2)?, 16).ok()?;
        return Some((vec![byte], rest.get(2..)?));
    }
    let (digits, radix, rest) = if let Some(rest) = text.strip_prefix("&#") {
        let (inside, after) = rest.split_once(';')?;
        match inside.strip_prefix(['x', 'X']) {
            Some(hex) => (hex, 16, after),
            None => (inside, 10, after),
        }
    } else if let Some(rest) = text.strip_prefix("\\u{") {
        let (inside, after) = rest.split_once('}')?;
        (inside, 16, after)
    } else if let Some(rest) = text.strip_prefix("\\u") {
        (rest.get(..4)?, 16, rest.get(4..)?)
    } else {
        return None;
    };
    if digits.len() > 7 {
        return None;
    }
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    Some((c.to_string().into_bytes(), rest))
}

/// Every Latin letter moved by half the alphabet.
pub(super) fn rotated(text: &str) -> String {
    let turn = |c: char| match c {
        'a'..='m' => (c as u8 + 13) as char,
        'n'..='z' => (c as u8 - 13) as char,
        c => c,
    };
    text.chars().map(turn).collect()
}

/// The text from its end to its beginning.
pub(super) fn backwards(text: &str) -> String {
    text.chars().rev().collect()
}

/// Every word from its end to its beginning, in place.
pub(super) fn words_backwards(text: &str) -> String {
    super::disguise::map_runs(text, |c| !c.is_whitespace(), |word| Some(backwards(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, message: &str) -> bool {
        messages(text).iter().any(|m| m.contains(message))
    }

    #[test]
    fn encodings_are_undone_in_place() {
        for text in [
            "paint Y2FzdGxl now",
            "paint Y2FzdGxl= now",
            "paint 636173746c65 now",
            "paint 63 61 73 74 6c 65 now",
            "paint \\x63\\x61\\x73\\x74\\x6c\\x65 now",
            "paint %63%61%73%74%6c%65 now",
            "paint &#99;&#97;&#115;&#116;&#108;&#101; now",
            "paint &#x63;&#x61;&#x73;&#x74;&#x6c;&#x65; now",
            "paint \\u0063\\u0061\\u0073\\u0074\\u006c\\u0065 now",
        ] {
            assert!(says(text, "castle"), "{text}: {:?}", messages(text));
        }
        assert!(messages("a red fox, 100% wool & more, f1.8, 35 mm").is_empty());
    }

    #[test]
    fn ciphers_are_their_own_inverse() {
        assert_eq!(rotated("pnfgyr"), "castle");
        assert_eq!(words_backwards("eltsac no a llih"), "castle on a hill");
        assert_eq!(backwards("llih a no eltsac"), "castle on a hill");
    }
}
