//! A name for a file out of a person's words, one that every file system takes.
//!
//! Cut here because the words are anything at all: they may hold what separates folders, what a system keeps for its devices, or marks that
//! turn the direction of what is read.

/// The most characters of words in a name; a person reads no more of it in a dialog.
const MOST_CHARACTERS: usize = 60;
/// The most bytes: file systems stop at 255, and a number, an ending and the mark of an unfinished file come on top.
const MOST_BYTES: usize = 180;
/// Names Windows keeps for devices, whatever ending follows.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// What a file with a picture may be called after `words`; `None` when nothing of them is left that a name can be made of.
pub(crate) fn of_words(words: &str) -> Option<String> {
    let mut name = String::new();
    for word in words.split(|one: char| one.is_whitespace() || one.is_control() || is_apart(one)) {
        let word: String = word.chars().filter(|one| !is_unseen(*one)).collect();
        if word.is_empty() {
            continue;
        }
        let gap = usize::from(!name.is_empty());
        let room = MOST_CHARACTERS.saturating_sub(name.chars().count() + gap);
        let bytes = MOST_BYTES.saturating_sub(name.len() + gap);
        if word.chars().count() > room || word.len() > bytes {
            // Whole words, unless the very first one alone is too long.
            if name.is_empty() {
                name = beginning(&word, room, bytes);
            }
            break;
        }
        if gap == 1 {
            name.push(' ');
        }
        name.push_str(&word);
    }
    // A dot before hides a file, one behind is dropped by Windows; a dash before is taken for an option.
    let name = name.trim_matches(|one: char| one.is_whitespace() || "._-,;:".contains(one));
    if !name.chars().any(char::is_alphanumeric) {
        return None;
    }
    let stem = name.split('.').next().unwrap_or(name).trim().to_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let device = DEVICES.contains(&stem.as_str()) || port.is_some_and(|rest| rest.chars().count() == 1);
    Some(if device { format!("picture {name}") } else { name.to_owned() })
}

/// What some file system does not take in a name. It stands between words.
fn is_apart(one: char) -> bool {
    "<>:\"/\\|?*".contains(one)
}

/// What is not seen, or turns the direction of what is: a name must read as it is.
fn is_unseen(one: char) -> bool {
    matches!(one, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

fn beginning(word: &str, characters: usize, bytes: usize) -> String {
    let mut name = String::new();
    for one in word.chars().take(characters) {
        if name.len() + one.len_utf8() > bytes {
            break;
        }
        name.push(one);
    }
    name
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_stay_as_they_are() {
        for words in ["three owls in an autumn forest", "Füchse im Schnee", "ثعلب في الثلج", "雪の中の狐"]
        {
            assert_eq!(of_words(words).unwrap(), words);
        }
    }

    #[test]
    fn what_some_file_system_refuses_is_left_out() {
        let name = |words| of_words(words).unwrap();
        assert_eq!(name("../../etc/passwd"), "etc passwd");
        assert_eq!(name("a \"fox\": 5*3 <or> what?\n\tnight"), "a fox 5 3 or what night");
        assert_eq!(name("..hidden. "), "hidden");
        assert_eq!(name("-rf now"), "rf now");
        assert_eq!(name("owl\u{202e}gnp.exe"), "owlgnp.exe");
        assert_eq!(name("nul\u{0}byte"), "nul byte");
    }

    #[test]
    fn names_of_devices_are_no_names_of_files() {
        for words in ["con", "NUL", "aux.owl", "Com1", "lpt9"] {
            assert!(of_words(words).unwrap().starts_with("picture "), "{words}");
        }
        assert_eq!(of_words("console").unwrap(), "console");
    }

    #[test]
    fn a_long_text_ends_with_a_whole_word() {
        let name = of_words(&"owl feather ".repeat(40)).unwrap();
        assert!(
            name.chars().count() <= MOST_CHARACTERS && (name.ends_with("owl") || name.ends_with("feather")),
            "{name}"
        );
        let one = of_words(&"ꙮ".repeat(500)).unwrap_or_default();
        assert!(one.len() <= MOST_BYTES);
        assert_eq!(of_words(&"x".repeat(500)).unwrap().len(), MOST_CHARACTERS);
    }

    #[test]
    fn nothing_to_read_is_no_name() {
        for words in ["", "   ", "???", "...", "\u{200b}", "🦊🦊"] {
            assert_eq!(of_words(words), None, "{words:?}");
        }
    }
}
