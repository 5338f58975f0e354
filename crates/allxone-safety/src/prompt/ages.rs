//! Ages below eighteen, in digits or English words, in the languages of the lists.

use super::lexicon::Token;

/// Words that follow a number and make it an age, whole or as the beginning of a word, folded.
const UNITS: [&str; 14] = [
    "yo",
    "anos",
    "ans",
    "jahre",
    "jahrig",
    "anni",
    "лет",
    "года",
    "साल",
    "वर्ष",
    "سنه",
    "سنوات",
    "عام",
    "اعوام",
];
/// The same where words are not spaced.
const UNSPACED: [char; 4] = ['岁', '歲', '歳', '才'];
const NUMBERS: [&str; 17] = [
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

/// The byte range of the age that begins at a token, if one does.
pub(super) fn below_eighteen(tokens: &[Token<'_>], at: usize) -> Option<(usize, usize)> {
    let token = tokens.get(at)?;
    let word = |i: usize| tokens.get(i).map_or("", |t| t.text);
    let here = token.text;
    let is_unit = |unit: &str| UNITS.iter().any(|u| unit.starts_with(u));
    let digits = here.len() - here.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = here.split_at(digits);
    let glued = young(number)
        && (matches!(unit, "yo" | "yr" | "yrs" | "y") && (unit != "y" || word(at + 1) == "o")
            || unit.starts_with("year")
            || is_unit(unit) && !unit.is_empty());
    let next = word(at + 1);
    let apart = (young(here) || NUMBERS.contains(&here))
        && match next {
            "year" | "years" | "yr" | "yrs" => word(at + 2) == "old" || word(at + 2) == "olds",
            "y" => word(at + 2) == "o",
            unit => is_unit(unit),
        };
    let aged = matches!(here, "aged" | "age") && (young(next) || NUMBERS.contains(&next));
    (glued || apart || aged || unspaced(here)).then_some(token.span)
}

fn young(number: &str) -> bool {
    number.parse::<u32>().is_ok_and(|n| (1..18).contains(&n))
}

/// A number below eighteen right before a unit, anywhere in a text without spaces.
fn unspaced(text: &str) -> bool {
    text.match_indices(UNSPACED).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let number = before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        young(before.get(number..).unwrap_or_default())
    })
}
