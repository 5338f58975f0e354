//! Puts sound copies in the place of model files that are broken, out of what is installed on this computer.

use std::path::{Path, PathBuf};

use allxone_inference::{Inference, ModelPaths, Repair, RepairFailure};
use allxone_studio::session::{Repaired, RepairedFile};

use crate::{AppError, Options, folders};

/// Repairs the models `options` name from every other folder of models this computer has. Blocking, about a second.
///
/// # Errors
/// When the folder with the models cannot be found.
pub fn repair(options: &Options) -> Result<Repaired, AppError> {
    Ok(repair_folder(&folders::models(options)?, &folders::installed()))
}

/// Repairs `models` from `sources`, and says what became of each broken file.
pub(crate) fn repair_folder(models: &Path, sources: &[PathBuf]) -> Repaired {
    let repairs = Inference::new(ModelPaths::under(models)).repair(sources);
    Repaired { files: repairs.into_iter().map(file).collect() }
}

fn file(repair: Repair) -> RepairedFile {
    let name = repair.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let left = match repair.failure {
        None => None,
        Some(failure @ RepairFailure::NoCopy) => {
            Some(format!("{name} could not be repaired: {failure}. Reinstall AllXOne."))
        }
        Some(failure @ RepairFailure::NotWritable(_)) => Some(format!(
            "{name} could not be repaired: {failure}. Repair it as the administrator of this computer, or reinstall AllXOne."
        )),
    };
    RepairedFile { name, left }
}
