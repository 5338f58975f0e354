//! Turns a text into the ways it can be read once its disguises are taken off.
//!
//! One reading (`plain`) only folds what no honest text depends on: width, case, accents, invisible characters, attention syntax. Another
//! (`clear`) also undoes look-alike letters, digits for letters, spelled-out and stretched words. The word lists are tried on further
//! readings, each of which may mangle honest words: a mangled word is not in a list, so it does no harm there. The model is asked about the
//! few readings that make sentences. Every step is linear in the text, and their number does not depend on it.

use super::{disguise, hidden, letters};

/// The readings of one text, all in lower case without accents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Readings {
    /// As written.
    pub plain: String,
    /// Disguises undone where they are evident.
    pub clear: String,
    /// Every reading the word lists are tried on, `plain` and `clear` included, each once.
    pub lexical: Vec<String>,
    /// The text with its ciphers undone, if it is written in one. The lists are tried on them with their longer terms only: most texts are
    /// not in a cipher, and turned around they are other words.
    pub deciphered: Vec<String>,
    /// The readings a model is asked about, `plain` first, each once.
    pub spoken: Vec<String>,
}

/// At most this many readings are put to the model.
const SPOKEN: usize = 6;

impl Readings {
    pub fn of(text: &str) -> Self {
        let plain = stand_ins(&disguise::without_syntax(&disguise::fold(text)));
        let clear = clear(&plain);
        let mut lexical = Distinct::default();
        let mut spoken = Distinct::default();
        spoken.add(plain.clone());
        spoken.add(clear.clone());
        lexical.add(plain.clone());
        lexical.add(clear.clone());
        lexical.add(disguise::without_syntax(&disguise::fold(&disguise::split_camel(text))));

        let mut inner: Vec<String> = hidden::messages(text);
        let second: Vec<String> = inner.iter().flat_map(|message| hidden::messages(message)).collect();
        inner.extend(second);
        inner.extend(hidden::right_to_left(text));
        inner.extend(letters::turned(&plain));
        for message in inner {
            lexical.add(stand_ins(&disguise::without_syntax(&disguise::fold(&message))));
            let message = said(&message);
            spoken.add(message.clone());
            lexical.add(message);
        }
        spelled(&mut lexical, &plain);
        let mut deciphered = Distinct::default();
        for base in [&plain, &clear] {
            for turned in [hidden::rotated(base), hidden::backwards(base), hidden::words_backwards(base)] {
                if turned != *base {
                    deciphered.add(turned);
                }
            }
        }
        if letters::mostly_digits(&plain) {
            spoken.add(letters::digits(&letters::look_alikes(&plain), 'i'));
        }
        if clear != plain {
            spoken.add(disguise::shorten(&letters::look_alikes(&plain), 2));
        }
        spoken.0.truncate(SPOKEN);
        Self { plain, clear, lexical: lexical.0, deciphered: deciphered.0, spoken: spoken.0 }
    }
}

/// One part of a text as the model is asked about it.
pub(super) fn said(part: &str) -> String {
    clear(&stand_ins(&disguise::without_syntax(&disguise::fold(part))))
}

/// Texts without repeats or blanks.
#[derive(Default)]
struct Distinct(Vec<String>);

impl Distinct {
    fn add(&mut self, text: String) {
        if !text.trim().is_empty() && !self.0.contains(&text) {
            self.0.push(text);
        }
    }
}

/// `plain` without the disguises that are evident.
pub(super) fn clear(plain: &str) -> String {
    let step = |text: &str| {
        let unmasked = letters::look_alikes(text);
        disguise::shorten(&disguise::join_spelled(&letters::digits_cautiously(&unmasked)), 1)
    };
    // Taking one disguise off may bare another; a few rounds settle what people write.
    let mut out = step(plain);
    for _ in 0..6 {
        let again = step(&out);
        if again == out {
            break;
        }
        out = again;
    }
    out
}

/// Every way of putting letters together again.
fn spelled(lexical: &mut Distinct, plain: &str) {
    let unmasked = letters::look_alikes(plain);
    let cyrillic = letters::cyrillic(plain);
    for one in ['i', 'l'] {
        let written = letters::digits(&unmasked, one);
        let joined = disguise::join_spelled(&written);
        let mut bases = vec![plain, &unmasked, &written, &joined];
        if cyrillic != plain {
            bases.push(&cyrillic);
        }
        for base in bases {
            lexical.add(base.to_owned());
            lexical.add(disguise::shorten(base, 1));
            lexical.add(disguise::shorten(base, 2));
            lexical.add(disguise::without_doubles(base));
            lexical.add(disguise::squeeze(base));
        }
        lexical.add(disguise::spelled_runs(&written));
        lexical.add(disguise::spelled_runs(&unmasked));
        lexical.add(disguise::spelled_runs(plain));
        lexical.add(disguise::loose_letters(&written));
    }
}

/// Signs that stand for a request in words.
fn stand_ins(text: &str) -> String {
    const SIGNS: [(&str, &str); 9] = [
        ("🔞", " nsfw "),
        ("👉👌", " having sex "),
        ("🍆🍑", " nsfw "),
        ("🍑🍆", " nsfw "),
        ("🍆💦", " nsfw "),
        ("🍑💦", " nsfw "),
        ("💦🍆", " nsfw "),
        ("🍆👅", " nsfw "),
        ("🍑👅", " nsfw "),
    ];
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = text.to_owned();
    for (sign, words) in SIGNS {
        if out.contains(sign) {
            out = out.replace(sign, words);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lexical(text: &str) -> Vec<String> {
        Readings::of(text).lexical
    }

    fn reads(text: &str, word: &str) -> bool {
        lexical(text).iter().any(|r| r.split(|c: char| !c.is_alphanumeric()).any(|w| w == word))
    }

    #[test]
    fn honest_text_is_left_as_it_is() {
        let text = "two red foxes in the snow, oil painting";
        let readings = Readings::of(text);
        assert_eq!((readings.plain.as_str(), readings.clear.as_str()), (text, text));
    }

    #[test]
    fn every_listed_disguise_is_undone() {
        for disguised in [
            "castle",
            "CASTLE",
            "ｃａｓｔｌｅ",
            "𝓬𝓪𝓼𝓽𝓵𝓮",
            "c\u{200b}a\u{200d}s\u{2060}tle",
            "ca\u{ad}stle",
            "cаstlе",
            "c4stle",
            "ca$tle",
            "c@stl3",
            "c a s t l e",
            "c.a.s.t.l.e",
            "c-a-s-t-l-e",
            "c_a_s_t_l_e",
            "c*a*s*t*l*e",
            "caaaastle",
            "cccaaassstttllleee",
            "ccaassttllee",
            "cástlè",
            "c̷a̷s̷t̷l̷e̷",
            "ca-stle",
            "ca.stle",
            "(castle:1.4)",
            "[[castle]]",
            "{{{castle}}}",
            "<lora:castle:0.8>",
            "oldCastle",
            "old_castle",
            "#castle",
            "ⓒⓐⓢⓣⓛⓔ",
            "🅲🅰🆂🆃🅻🅴",
            "🇨🇦🇸🇹🇱🇪",
            "ᴄᴀꜱᴛʟᴇ",
            "c🔥a🔥s🔥t🔥l🔥e",
            "a c a s t l e",
            "\u{202e}eltsac\u{202c}",
            "Y2FzdGxlIG9uIGEgaGlsbA==",
        ] {
            assert!(reads(disguised, "castle"), "{disguised}: {:?}", lexical(disguised));
        }
    }

    #[test]
    fn characters_nobody_sees_are_read() {
        let tagged: String = "castle".chars().filter_map(|c| char::from_u32(0xe0000 + c as u32)).collect();
        assert!(reads(&format!("a lighthouse{tagged}"), "castle"));
    }

    #[test]
    fn sizes_and_counts_stay_sizes_and_counts() {
        assert_eq!(Readings::of("8k, 35mm, 4 cats, f1.8").clear, "8k, 35mm, 4 cats, f1.8");
    }

    /// Characters of many kinds, those of disguises among them, the same every time.
    fn strange_texts(count: usize) -> impl Iterator<Item = String> {
        const SPECIAL: &str = "aeniosxAZ019 .,-_:*()[]<>{}|!$@%&#\\;=\u{200b}\u{202e}\u{202c}\u{301}\u{327}ａ𝓷аеѕικ裸体はだ🍆💦🇳ⓝßİıŉǆﷺ々क्षनग्عار가\u{e0061}\n";
        let special: Vec<char> = SPECIAL.chars().collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        (0..count).map(move |_| {
            let length = next() % 24;
            (0..length)
                .filter_map(|_| {
                    let pick = next();
                    if pick.is_multiple_of(4) {
                        char::from_u32(u32::try_from(next() % 0x11_0000).unwrap())
                    } else {
                        special.get(usize::try_from(pick / 4).unwrap() % special.len()).copied()
                    }
                })
                .collect()
        })
    }

    #[test]
    fn strange_texts_are_read_once_and_for_all_and_do_not_grow() {
        for text in strange_texts(100_000) {
            let readings = Readings::of(&text);
            assert_eq!(Readings::of(&readings.plain).plain, readings.plain, "{text:?}");
            assert_eq!(clear(&readings.clear), readings.clear, "{text:?}");
            assert!(readings.lexical.len() < 60 && readings.spoken.len() <= SPOKEN, "{text:?}");
            let read: usize = readings.lexical.iter().chain(&readings.spoken).map(String::len).sum();
            assert!(read <= 400 * text.len() + 200, "{text:?}: {read} bytes");
        }
    }

    #[test]
    fn a_text_ten_times_as_long_is_read_in_about_ten_times_the_room() {
        for unit in ["a b c ", "n.u ", "x", "狐", "(a:1.1), ", "YWJj ", "6e 75 ", "%6e", "\u{202e}ab"] {
            let size = |count: usize| -> usize {
                Readings::of(&unit.repeat(count)).lexical.iter().map(String::len).sum()
            };
            let (small, large) = (size(40), size(400));
            assert!(large <= 14 * small + 1000, "{unit:?}: {small} and {large}");
        }
    }

    proptest! {
        #[test]
        fn a_reversible_disguise_is_undone(word in "[b-df-hj-np-tv-z][aeiou][b-df-hj-np-tv-z][aeiou][b-df-hj-np-tv-z]{1,2}", kind in 0..9_usize, seed in any::<u64>()) {
            prop_assume!(!word.as_bytes().windows(2).any(|w| w[0] == w[1]));
            let pick = |i: usize, n: u64| (seed >> (i * 5 % 60)).is_multiple_of(n);
            let letters = word.chars();
            let disguised: String = match kind {
                0 => letters.enumerate().map(|(i, c)| if pick(i, 2) { c.to_ascii_uppercase() } else { c }).collect(),
                1 => letters.filter_map(|c| char::from_u32(c as u32 - 'a' as u32 + 0xff41)).collect(),
                2 => letters.enumerate().flat_map(|(i, c)| [Some(c), pick(i, 2).then_some('\u{200b}')]).flatten().collect(),
                3 => letters.map(|c| match c { 'a' => 'а', 'e' => 'е', 'o' => 'о', 'c' => 'с', c => c }).collect(),
                4 => letters.map(|c| match c { 'o' => '0', 'e' => '3', 'a' => '4', 's' => '5', c => c }).collect(),
                5 => letters.map(|c| c.to_string()).collect::<Vec<_>>().join([" ", ".", "-", "_", " * "][(seed % 5) as usize]),
                6 => letters.enumerate().flat_map(|(i, c)| std::iter::repeat_n(c, if pick(i, 2) { 3 + (seed % 4) as usize } else { 1 })).collect(),
                7 => letters.enumerate().flat_map(|(i, c)| [Some(c), pick(i, 2).then_some('\u{301}')]).flatten().collect(),
                _ => letters.filter_map(|c| char::from_u32(c as u32 - 'a' as u32 + 0x1d4ea)).collect(),
            };
            prop_assert!(reads(&format!("a photo of {disguised} at dawn"), &word), "{} {:?}", disguised, lexical(&disguised));
        }

        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,200}") {
            let readings = Readings::of(&text);
            prop_assert!(readings.lexical.len() < 60);
        }
    }
}
