//! The few words the shell says itself, outside the page: tray, notifications, the page with help. One a line, in `words/<language>.txt`.

use tauri::{Manager, Runtime};

/// Something the shell says, in the order of the files.
#[derive(Clone, Copy)]
pub enum Word {
    /// Tray: open the window.
    Open,
    /// Tray: end the program.
    Leave,
    /// A picture is done.
    Done,
    /// A picture could not be made.
    Failed,
    /// Heading of the page with help.
    CannotGoOn,
    /// The page stayed silent.
    NoScreen,
    /// What to do.
    Help,
}

/// `word` in the language that was set, else the system's, else English.
pub fn say<R: Runtime, M: Manager<R>>(of: &M, word: Word) -> String {
    let desk = crate::desk(of);
    let language = desk.map(|desk| Some(desk.settings().language).filter(|set| !set.is_empty()).unwrap_or_else(|| desk.session().locale));
    let words = match language.as_deref().and_then(|tag| tag.get(..2)) {
        Some("de") => include_str!("../words/de.txt"),
        Some("ar") => include_str!("../words/ar.txt"),
        _ => include_str!("../words/en.txt"),
    };
    words.lines().nth(word as usize).unwrap_or_default().to_owned()
}
