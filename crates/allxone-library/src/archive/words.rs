//! The words an archive is written with, in the person's language. They are not the screen's: an archive is read without the program.

/// The language of an archive: one of those the program speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    Arabic,
}

impl Language {
    /// The closest to a tag such as `de-AT`.
    pub(crate) fn closest(tag: &str) -> Self {
        match tag.get(..2) {
            Some("de") => Self::German,
            Some("ar") => Self::Arabic,
            _ => Self::English,
        }
    }

    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::Arabic => "ar",
        }
    }

    pub(crate) fn direction(self) -> &'static str {
        if self == Self::Arabic { "rtl" } else { "ltr" }
    }

    /// The README of an archive, with `{root}` and `{created}` to be filled in.
    pub(crate) fn readme(self) -> &'static str {
        match self {
            Self::English => include_str!("words/README.en.txt"),
            Self::German => include_str!("words/README.de.txt"),
            Self::Arabic => include_str!("words/README.ar.txt"),
        }
    }

    /// The word of that name; the name itself where there is none, which a test forbids.
    pub(crate) fn say(self, key: &'static str) -> &'static str {
        let words = match self {
            Self::English => include_str!("words/en.txt"),
            Self::German => include_str!("words/de.txt"),
            Self::Arabic => include_str!("words/ar.txt"),
        };
        words
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| *name == key)
            .map_or(key, |(_, word)| word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_same_words() {
        let keys = |text: &'static str| {
            text.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key).collect::<Vec<_>>()
        };
        let english = keys(include_str!("words/en.txt"));
        assert!(english.len() > 20);
        for other in [include_str!("words/de.txt"), include_str!("words/ar.txt")] {
            assert_eq!(keys(other), english);
        }
        for tag in ["en", "de-AT", "ar_EG", "", "x"] {
            assert_ne!(Language::closest(tag).say("title"), "title", "{tag}");
        }
    }
}
