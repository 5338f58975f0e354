//! Which events a person hears of who is not looking at the window.
//!
//! Cut here because it is decided once for every shell, and a shell only shows what is decided.

use allxone_studio::{Notify, StudioEvent};

use super::{Desk, Word};

/// Chooses what is worth a notification from a stream of events.
#[derive(Default)]
pub struct Notices {
    near_cap: bool,
}

impl Notices {
    /// What `event` is worth saying. What waits for its service goes on by itself, and is told when it has come to its end; that little is
    /// left of the session's limit is said once.
    pub fn of(&mut self, event: &StudioEvent) -> Option<Word> {
        match event {
            StudioEvent::Ended { open: true, .. } => None,
            StudioEvent::Ended { error: None, .. } => Some(Word::Done),
            StudioEvent::Ended { .. } => Some(Word::Failed),
            StudioEvent::Spent { spent } => {
                let before = std::mem::replace(&mut self.near_cap, spent.near);
                (spent.near && !before).then_some(Word::NearCap)
            }
            _ => None,
        }
    }
}

impl Desk {
    /// `word` for a person who is elsewhere, where notifications are wanted.
    pub fn notice(&self, word: Word, in_front: bool) -> Option<&'static str> {
        let wanted = self.settings().notify == Notify::Background && !in_front;
        wanted.then(|| self.say(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allxone_studio::Spent;

    fn spent(near: bool) -> StudioEvent {
        StudioEvent::Spent { spent: Spent { near, ..Spent::default() } }
    }

    #[test]
    fn that_little_is_left_is_said_once_each_time_it_comes_to_that() {
        let mut notices = Notices::default();
        let said: Vec<_> =
            [false, true, true, false, true].into_iter().map(|near| notices.of(&spent(near))).collect();
        let near = Some(Word::NearCap);
        assert_eq!(said, [None, near, None, None, near]);
    }
}
