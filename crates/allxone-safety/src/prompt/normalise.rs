//! Turns a text into the ways it can be read once its disguises are taken off.
//!
//! One reading (`plain`) only folds what no honest text depends on: width, case, accents, invisible characters, attention syntax. Another
//! (`clear`) also undoes look-alike letters, digits for letters, spelled-out and stretched words. The word lists are tried on further
//! readings, each of which may mangle honest words: a mangled word is not in a list, so it does no harm there.

use super::{disguise, hidden};

/// The readings of one text, all in lower case without accents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Readings {
    /// As written.
    pub plain: String,
    /// Disguises undone where they are evident.
    pub clear: String,
    /// Every reading the word lists are tried on, `plain` and `clear` included, each once.
    pub lexical: Vec<String>,
}

impl Readings {
    pub fn of(text: &str) -> Self {
        let text = disguise::without_syntax(text);
        let plain = disguise::fold(&text);
        let unmasked = disguise::look_alikes(&plain);
        let clear = disguise::shorten(&disguise::join_spelled(&disguise::digits_cautiously(&unmasked)), 1);

        let mut lexical = vec![plain.clone(), clear.clone()];
        let mut add = |reading: String| {
            if !lexical.contains(&reading) {
                lexical.push(reading);
            }
        };
        add(disguise::fold(&disguise::split_camel(&text)));
        if let Some(reversed) = hidden::right_to_left(&text) {
            add(disguise::look_alikes(&disguise::fold(&reversed)));
        }
        for extra in hidden::messages(&text) {
            add(disguise::look_alikes(&disguise::fold(&extra)));
        }
        for one in ['i', 'l'] {
            let letters = disguise::digits(&unmasked, one);
            let joined = disguise::join_spelled(&letters);
            for reading in [&unmasked, &letters, &joined] {
                add(reading.clone());
                add(disguise::shorten(reading, 1));
                add(disguise::shorten(reading, 2));
                add(disguise::without_doubles(reading));
                add(disguise::squeeze(reading));
            }
            add(disguise::spelled_runs(&letters));
            add(disguise::spelled_runs(&unmasked));
        }
        lexical.retain(|reading| !reading.trim().is_empty());
        Self { plain, clear, lexical }
    }
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
