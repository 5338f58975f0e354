//! Text inside a text that a person does not see but a model might read: reversed runs, tag characters, Base64.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::disguise::runs;

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

/// What is written in tag characters or in Base64.
pub(super) fn messages(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let tags: String = text
        .chars()
        .filter_map(|c| char::from_u32((c as u32).checked_sub(0xe0000)?).filter(char::is_ascii))
        .collect();
    if !tags.is_empty() {
        found.push(tags);
    }
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    for (start, end) in runs(text, in_base64) {
        let word = text.get(start..end).unwrap_or_default();
        if word.len() < 6 {
            continue;
        }
        let decoded = STANDARD_NO_PAD.decode(word).or_else(|_| URL_SAFE_NO_PAD.decode(word)).ok();
        if let Some(decoded) = decoded.and_then(|bytes| String::from_utf8(bytes).ok())
            && decoded.chars().all(|c| c.is_alphanumeric() || c.is_ascii_punctuation() || c == ' ')
        {
            found.push(decoded);
        }
    }
    found
}
