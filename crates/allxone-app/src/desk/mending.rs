//! Repairing the safety check from the window.

use allxone_studio::StudioError;
use allxone_studio::session::Repaired;

use super::Desk;
use crate::{folders, repair};

impl Desk {
    /// Puts sound copies in the place of broken model files. Works whether the library is open or not, and needs no restart.
    pub(super) async fn repair_check(&self) -> Result<Repaired, StudioError> {
        let options = self.inner.start.options();
        let work =
            move || repair::repair_folder(&folders::models_or_expected(&options), &folders::installed());
        tokio::task::spawn_blocking(work).await.map_err(|_| StudioError::Internal("the repair broke off"))
    }
}
