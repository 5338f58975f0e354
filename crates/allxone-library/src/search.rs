//! What a person types, as an expression of the search index.
//!
//! The index has a language of its own (quotes, `AND`, `*`, columns, `^`). Nobody who looks for a
//! picture means it, so every word is quoted and only the star we add ourselves has a meaning.

/// All words of `text`, each from its beginning; `None` when there is none with a letter or digit.
pub(crate) fn expression(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c == '\0')
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .map(|word| format!("\"{}\"*", word.replace('"', "\"\"")))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
