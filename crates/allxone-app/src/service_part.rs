//! Saving the service's part of an archive of everything: under its name only once every byte, the hash and the signature are as announced.

use std::path::PathBuf;

use allxone_studio::contract::Export;
use allxone_studio::{ServicePart, Studio, StudioError};
use allxone_vault::{VaultError, files};
use tokio_util::sync::CancellationToken;

use crate::profile::off_thread;

/// Fetches a made archive from the service `there` works with and saves it as `target`, its signature beside it. Tells how many bytes came.
///
/// # Errors
/// When it is not what was announced, the disk fails, or `stop` is set. Then there is no such file.
pub async fn save(
    there: &Studio,
    export: &Export,
    target: PathBuf,
    mut told: impl FnMut(u64) + Send,
    stop: &CancellationToken,
) -> Result<ServicePart, StudioError> {
    let failed = |error: VaultError| StudioError::Machine(error.to_string());
    let mut file = files::AtomicFile::create(&target).map_err(failed)?;
    let signed = there.fetch_export(export, &mut file, &mut told, stop).await?;
    let name = target.display().to_string();
    let signature = export.signature.clone();
    off_thread(move || {
        file.commit()?;
        match signature {
            Some(signature) => files::write_atomic(&target.with_extension("zip.jwt"), signature.as_bytes()),
            None => Ok(()),
        }
    })
    .await
    .map_err(failed)?;
    Ok(ServicePart { file: name, bytes: export.bytes.unwrap_or_default(), signed })
}
