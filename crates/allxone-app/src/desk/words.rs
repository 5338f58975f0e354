//! The few words a program says outside its screen: tray, notifications, the page with help.
//!
//! Cut here, and not among the screen's own messages, because they are needed where there is no screen. One a line, in
//! `words/<language>.txt`.

use allxone_studio::contract::Progress;

use super::Desk;

/// Something that is said outside the screen, in the order of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Tray: open the window.
    Open,
    /// Tray: open the window where pictures are made.
    Make,
    /// Tray: end the program.
    Leave,
    /// Tray: a picture is being made; a percentage may follow.
    Working,
    /// Tray: nothing is under way.
    Resting,
    /// A picture is done.
    Done,
    /// A picture could not be made.
    Failed,
    /// Heading of the page with help.
    CannotGoOn,
    /// The screen stayed silent.
    NoScreen,
    /// What to do about it.
    Help,
    /// Opens the folder of the log.
    ShowLog,
    /// What has to be typed before this device is wiped.
    Wipe,
    /// Little is left of what a person wants to spend in this session.
    NearCap,
}

impl Word {
    /// The word in the language of `tag` (`de-AT`); English for every language that is not known here.
    pub fn say(self, tag: &str) -> &'static str {
        let words = match tag.get(..2) {
            Some("de") => include_str!("../../words/de.txt"),
            Some("ar") => include_str!("../../words/ar.txt"),
            _ => include_str!("../../words/en.txt"),
        };
        words.lines().nth(self as usize).unwrap_or_default()
    }
}

impl Desk {
    /// The language that was set, else the system's.
    pub fn language(&self) -> String {
        Some(self.settings().language).filter(|set| !set.is_empty()).unwrap_or_else(|| self.session().locale)
    }

    /// `word` in the person's language.
    pub fn say(&self, word: Word) -> &'static str {
        word.say(&self.language())
    }

    /// How far the work is; `None` when nothing is under way.
    pub fn doing(&self, progress: Option<Progress>) -> String {
        match progress {
            Some(Progress { step, steps: steps @ 1.. }) => {
                format!("{} · {} %", self.say(Word::Working), u64::from(step) * 100 / u64::from(steps))
            }
            Some(_) => self.say(Word::Working).to_owned(),
            None => self.say(Word::Resting).to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_says_everything() {
        let english = include_str!("../../words/en.txt").lines();
        assert_eq!(english.clone().count(), Word::NearCap as usize + 1);
        for other in [include_str!("../../words/de.txt"), include_str!("../../words/ar.txt")] {
            assert_eq!(other.lines().count(), english.clone().count());
            assert!(
                other
                    .lines()
                    .zip(english.clone())
                    .all(|(one, english)| !one.trim().is_empty() && one != english)
            );
        }
        assert_eq!(Word::Leave.say("de-AT"), "Beenden");
        assert_eq!(Word::Leave.say("fr"), "Quit");
        assert_eq!(Word::ShowLog.say(""), "Show the log");
    }
}
