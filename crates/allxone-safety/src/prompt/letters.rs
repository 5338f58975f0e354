//! Letters written as something else: look-alikes of other scripts, digits and signs, turned and decorated forms.

use super::disguise::{map_runs, runs};

/// Letters drawn as symbols that Unicode itself does not map back.
pub(super) fn decorated(c: char) -> Option<char> {
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

/// Latin letters and digits inside Cyrillic words, as the Cyrillic letters they are drawn like.
pub(super) fn cyrillic(text: &str) -> String {
    map_runs(
        text,
        |c| c.is_alphanumeric() || matches!(c, '@' | '$'),
        |word| {
            let at_home = word.chars().any(|c| matches!(c, 'а'..='я'));
            let strange = word.chars().any(|c| cyrillic_twin(c).is_some());
            (at_home && strange).then(|| word.chars().map(|c| cyrillic_twin(c).unwrap_or(c)).collect())
        },
    )
}

fn cyrillic_twin(c: char) -> Option<char> {
    Some(match c {
        'a' | '@' | '4' => 'а',
        'b' => 'в',
        'c' | '$' => 'с',
        'e' => 'е',
        'h' => 'н',
        'k' => 'к',
        'm' => 'м',
        'o' | '0' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        '3' => 'з',
        '6' => 'б',
        _ => return None,
    })
}

/// Text written with turned letters, read the right way up; `None` where there is none.
pub(super) fn turned(text: &str) -> Option<String> {
    const TURNED: &str = "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz";
    const SURE: &str = "ɐɔǝɟƃɥᴉıɾʞɯɹʇʌʍʎ";
    if text.chars().filter(|c| SURE.contains(*c)).count() < 2 {
        return None;
    }
    let upright = |c: char| {
        let c = if c == 'ı' { 'ᴉ' } else { c };
        let at = TURNED.chars().position(|t| t == c).and_then(|at| u32::try_from(at).ok());
        at.and_then(|at| char::from_u32(u32::from('a') + at)).unwrap_or(c)
    };
    Some(text.chars().rev().map(upright).collect())
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
            (inside || at_end).then(|| word.replacen(core, &digits(core, 'i'), 1))
        },
    )
}

/// Whether digits and signs stand inside so many words that the whole text is written with them.
pub(super) fn mostly_digits(text: &str) -> bool {
    let words = runs(text, |c| !c.is_whitespace() && c != ',');
    let written = |word: &&(usize, usize)| {
        let word = text.get(word.0..word.1).unwrap_or_default();
        word.chars().any(char::is_alphabetic)
            && word.trim_matches(|c: char| c.is_ascii_digit()).chars().any(|c| letter_for(c, 'i').is_some())
    };
    words.len() > 1 && words.iter().filter(written).count() * 3 >= words.len()
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
