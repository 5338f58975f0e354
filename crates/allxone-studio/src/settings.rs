//! What a person set, in two parts: how the program looks (a plain file, read before the library is open) and the prompts they saved
//! (content, so they live in the encrypted library).

use std::collections::BTreeMap;
use std::path::Path;

use allxone_contract::MilliCredits;
use allxone_library::Library;
use serde::{Deserialize, Serialize};

use crate::StudioError;

/// The most prompts of the history that are kept.
const HISTORY: usize = 200;
/// The name of [`Prompts`] among the library's settings.
const PROMPTS: &str = "prompts";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// High contrast.
    Contrast,
}

/// Whether things move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// As the system has it.
    #[default]
    System,
    /// Nothing moves.
    Reduced,
}

/// How the program looks and behaves. Holds no content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Settings {
    /// Light or dark.
    pub appearance: Appearance,
    /// Whether things move.
    pub motion: Motion,
    /// Size of text in per cent of the usual, 80 to 200; 0 for the usual.
    pub text_size: u16,
    /// Language tag (`de`); empty for the system's.
    pub language: String,
    /// Keys a person chose, by the name of the action: `{"palette": "Mod+K"}`.
    pub shortcuts: BTreeMap<String, String>,
    /// Whether a finished job may say so while the window is in the background.
    pub notify: Notify,
    /// Start with the offline lock closed.
    pub offline: bool,
    /// The most that is spent until the program ends, in thousandths of a credit.
    pub session_cap: Option<MilliCredits>,
    /// What the screen remembers of itself: last place, last model, sizes of panes. At most 16 KiB, no prompts.
    pub screen: BTreeMap<String, String>,
}

/// Whether the program may speak up from the background.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Notify {
    /// When a job ends and the window is not in front.
    #[default]
    Background,
    /// Never.
    Never,
}

impl Settings {
    /// Reads the file; one that is missing or damaged counts as never written.
    pub fn read(file: &Path) -> Self {
        std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    /// The content of the file.
    ///
    /// # Errors
    /// When a value is out of range.
    pub fn text(&self) -> Result<Vec<u8>, StudioError> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|_| StudioError::Internal("settings could not be written"))?;
        if text.len() > 64 * 1024 || !(self.text_size == 0 || (80..=200).contains(&self.text_size)) {
            return Err(StudioError::Machine("A setting is out of range. Nothing was changed.".to_owned()));
        }
        Ok(text)
    }
}

/// A prompt kept under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct SavedPrompt {
    /// Its name.
    pub name: String,
    /// Its text, with `{a|b}` for a choice.
    pub text: String,
}

/// Prompts a person saved and used. Kept in the encrypted library.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(default)]
pub struct Prompts {
    /// Saved under a name.
    pub saved: Vec<SavedPrompt>,
    /// Used before, newest first; at most 200 are kept.
    pub history: Vec<String>,
}

impl Prompts {
    /// What `library` has.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn read(library: &Library) -> Result<Self, StudioError> {
        let text = library.setting(PROMPTS)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// Keeps them in `library`.
    ///
    /// # Errors
    /// When the library cannot be written.
    pub fn write(mut self, library: &Library) -> Result<(), StudioError> {
        self.history.truncate(HISTORY);
        let text = serde_json::to_string(&self)
            .map_err(|_| StudioError::Internal("prompts could not be written"))?;
        Ok(library.set_setting(PROMPTS, Some(&text))?)
    }
}
