//! Looks whether everything a picture needs is in order, and says what to do where it is not.

use allxone_inference::{Inference, ModelPaths};
use allxone_studio::safety::Gate;
use allxone_vault::FolderLock;
use serde::Serialize;

use crate::{AppError, Folders, Options, folders, reader};

/// How one thing stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// In order.
    Good,
    /// Not there yet; nothing is wrong.
    Absent,
    /// Wrong.
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Advice {
    /// What was looked at.
    pub what: &'static str,
    /// How it stands.
    pub standing: Standing,
    /// What was found, and what to do about it.
    pub note: String,
}

/// Looks at models, safety check, drawings and data folder. Changes nothing. Blocking, about a second.
pub fn doctor(options: Options) -> Vec<Advice> {
    let mut found = Vec::new();
    let mut say = |what, standing, note: String| found.push(Advice { what, standing, note });
    match folders::models(&options) {
        Err(error) => say("models", Standing::Bad, error.to_string()),
        Ok(models) => {
            say("models", Standing::Good, models.display().to_string());
            match Gate::new(Inference::new(ModelPaths::under(&models))).ready() {
                Ok(versions) => {
                    let names: Vec<_> = versions.models.iter().map(|(name, _)| name.as_str()).collect();
                    say("safety check", Standing::Good, format!("works, with {}", names.join(", ")));
                }
                Err(error) => say("safety check", Standing::Bad, error.to_string()),
            }
            match std::fs::read_dir(models.join("drawings")).map(Iterator::count) {
                Ok(count) if count > 0 => say("drawings", Standing::Good, format!("{count} files")),
                _ => say(
                    "drawings",
                    Standing::Bad,
                    "The drawings for scenes are missing; reinstall AllXOne.".to_owned(),
                ),
            }
        }
    }
    match Folders::of(&options) {
        Err(error) => say("data folder", Standing::Bad, error.to_string()),
        Ok(folders) if !folders.root.exists() => {
            say(
                "data folder",
                Standing::Absent,
                format!("{} will be made when it is needed", folders.root.display()),
            );
        }
        Ok(folders) => {
            let note = match FolderLock::holder(&folders.root) {
                Ok(Some(holder)) => format!(
                    "{}, in use by {} (process {})",
                    folders.root.display(),
                    holder.program,
                    holder.pid
                ),
                _ => folders.root.display().to_string(),
            };
            say("data folder", Standing::Good, note);
            match reader(options) {
                Ok(library) => match library.count() {
                    Ok(count) => say("library", Standing::Good, format!("{count} pictures")),
                    Err(error) => say("library", Standing::Bad, error.to_string()),
                },
                Err(AppError::NoLibrary { .. }) => {
                    say("library", Standing::Absent, "nothing kept yet".to_owned())
                }
                Err(error) => say("library", Standing::Bad, error.to_string()),
            }
        }
    }
    found
}
