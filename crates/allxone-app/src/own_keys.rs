//! A person's own keys at partners, for the service of this computer: sealed under the key that only the person has, and nowhere else.
//!
//! What a partner sees of a job made with them is between it and the person; AllXOne has no contract with it, and says so.

use std::path::PathBuf;

use allxone_service::{OperatorConfig, PartnerKey, PartnerKind, PartnerSetup, Partnership, ServiceConfig};
use allxone_vault::{FolderLock, KeyPurpose, Vault, bound, files};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::keys::open_vault;
use crate::{AppError, Folders, Options};

/// What the sealed file is bound to.
const PURPOSE: &str = "own keys at partners";

/// A partner a person has a key at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnPartner {
    /// Its short name.
    pub id: String,
    /// The company.
    pub name: String,
    /// Where it is reached, when that is not the usual address.
    pub address: Option<String>,
    /// The checkpoint it works with, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

/// What is told beside a partner's key.
#[derive(Clone, Debug, Default)]
pub struct PartnerPlace {
    /// Where it is reached, when that is not the usual address.
    pub address: Option<String>,
    /// The checkpoint ComfyUI works with; unset, it is the first on its machine.
    pub checkpoint: Option<String>,
}

/// One entry of the sealed file. Has no text form.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    key: String,
    address: Option<String>,
    #[serde(default)]
    checkpoint: Option<String>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

/// Keeps a key at a partner, in place of the one that is there.
///
/// # Errors
/// [`AppError::NoPartner`] for a name that is none; when the folder is in use or its key cannot be had.
pub fn add_partner(
    options: Options,
    id: &str,
    key: Zeroizing<String>,
    place: PartnerPlace,
) -> Result<OwnPartner, AppError> {
    let kind = PartnerKind::of(id).ok_or_else(|| AppError::NoPartner(id.to_owned()))?;
    let (folders, vault, _lock) = open(options)?;
    let key = Zeroizing::new(key.trim().to_owned());
    let PartnerPlace { address, checkpoint } = place;
    let entry = Kept { id: kind.id().to_owned(), key: key.to_string(), address, checkpoint };
    // A key that makes no header, or an address that is none, is not kept.
    let partnership = partnership(&entry).ok_or_else(|| AppError::NoPartner(id.to_owned()))?;
    partnership.check()?;
    let shown = shown(&entry).ok_or_else(|| AppError::NoPartner(id.to_owned()))?;
    let mut all = read(&folders, &vault)?;
    all.retain(|known| known.id != entry.id);
    all.push(entry);
    write(&folders, &vault, &all)?;
    Ok(shown)
}

/// The partners a person has a key at. The keys themselves are told to nobody.
///
/// # Errors
/// When the folder is in use or its key cannot be had.
pub fn own_partners(options: Options) -> Result<Vec<OwnPartner>, AppError> {
    let (folders, vault, _lock) = open(options)?;
    Ok(read(&folders, &vault)?.iter().filter_map(shown).collect())
}

/// Whether a partner wants to see a key. A machine of one's own does not.
pub fn partner_wants_key(id: &str) -> bool {
    PartnerKind::of(id).is_none_or(|kind| !kind.is_ones_own())
}

/// Whether any key is kept, as far as that can be seen without opening anything.
///
/// # Errors
/// When no data folder is named and the system knows no usual place.
pub fn has_own_partners(options: &Options) -> Result<bool, AppError> {
    Ok(file(&Folders::of(options)?).exists())
}

/// Forgets the key at a partner; `false` when there is none.
///
/// # Errors
/// When the folder is in use or its key cannot be had.
pub fn remove_partner(options: Options, id: &str) -> Result<bool, AppError> {
    let (folders, vault, _lock) = open(options)?;
    let mut all = read(&folders, &vault)?;
    let before = all.len();
    all.retain(|known| known.id != id);
    if all.len() == before {
        return Ok(false);
    }
    write(&folders, &vault, &all)?;
    Ok(true)
}

/// Lets the service of this computer work with the partners a person has keys at.
pub(crate) fn join(config: &mut ServiceConfig, folders: &Folders, vault: &Vault) -> Result<(), AppError> {
    let partners: Vec<Partnership> = read(folders, vault)?.iter().filter_map(partnership).collect();
    let kinds: Vec<PartnerKind> = partners.iter().map(|partner| partner.kind).collect();
    config.operator = OperatorConfig::this_computer().with_own_keys(&kinds)?;
    config.partners = PartnerSetup::new(partners);
    Ok(())
}

fn open(mut options: Options) -> Result<(Folders, Vault, FolderLock), AppError> {
    let folders = Folders::of(&options)?;
    folders.make()?;
    let lock = FolderLock::acquire(&folders.root, &options.program, FolderLock::WAIT)?;
    let vault = open_vault(&folders.root, &mut options)?;
    Ok((folders, vault, lock))
}

/// In the service's folder: what erases that erases the keys.
fn file(folders: &Folders) -> PathBuf {
    folders.service.join("partner-keys")
}

fn read(folders: &Folders, vault: &Vault) -> Result<Vec<Kept>, AppError> {
    let path = file(folders);
    let sealed = match std::fs::read(&path) {
        Ok(sealed) => sealed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(AppError::Folder { folder: path, source }),
    };
    let plain = bound::open(&vault.key(KeyPurpose::PartnerKeys), PURPOSE, &sealed)?;
    serde_json::from_slice(&plain).map_err(|_| AppError::Vault(allxone_vault::VaultError::SealBroken))
}

fn write(folders: &Folders, vault: &Vault, all: &[Kept]) -> Result<(), AppError> {
    let path = file(folders);
    let plain = Zeroizing::new(serde_json::to_vec(all).unwrap_or_default());
    let sealed = bound::seal(&vault.key(KeyPurpose::PartnerKeys), PURPOSE, &plain)?;
    Ok(files::write_atomic(&path, &sealed)?)
}

fn partnership(kept: &Kept) -> Option<Partnership> {
    let kind = PartnerKind::of(&kept.id)?;
    let usual = Partnership::new(kind, PartnerKey::new(Zeroizing::new(kept.key.clone())));
    Some(Partnership {
        address: kept.address.clone().unwrap_or(usual.address),
        checkpoint: kept.checkpoint.clone(),
        ..usual
    })
}

fn shown(kept: &Kept) -> Option<OwnPartner> {
    let kind = PartnerKind::of(&kept.id)?;
    let (address, checkpoint) = (kept.address.clone(), kept.checkpoint.clone());
    Some(OwnPartner { id: kept.id.clone(), name: kind.name().to_owned(), address, checkpoint })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use allxone_vault::SecretStoreKind;

    fn options(dir: &std::path::Path) -> Options {
        Options {
            data_dir: Some(dir.join("data")),
            models_dir: None,
            secret_store: Some(SecretStoreKind::File),
            passphrase: None,
            offline: false,
            program: "tests".to_owned(),
        }
    }

    fn at(address: Option<&str>) -> PartnerPlace {
        PartnerPlace { address: address.map(str::to_owned), checkpoint: None }
    }

    fn key(text: &str) -> Zeroizing<String> {
        Zeroizing::new(text.to_owned())
    }

    #[test]
    fn a_machine_of_ones_own_wants_no_key_and_keeps_its_checkpoint() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!partner_wants_key("comfyui") && partner_wants_key("openai"));
        let with = |name: &str| PartnerPlace { address: None, checkpoint: Some(name.to_owned()) };
        assert!(add_partner(options(dir.path()), "comfyui", key(""), with("two words")).is_err());
        add_partner(options(dir.path()), "comfyui", key(""), with("photon_v1.safetensors")).unwrap();
        let listed = own_partners(options(dir.path())).unwrap();
        assert_eq!(listed[0].checkpoint.as_deref(), Some("photon_v1.safetensors"));
    }

    #[test]
    fn keys_are_kept_sealed_listed_without_themselves_and_forgotten() {
        let dir = tempfile::tempdir().unwrap();
        let here = || options(dir.path());
        assert!(own_partners(here()).unwrap().is_empty());
        add_partner(here(), "openai", key("rose-hip-and-barley\n"), at(None)).unwrap();
        add_partner(here(), "fal", key("dog-rose"), at(Some("https://fal.example"))).unwrap();
        add_partner(here(), "openai", key("sloe-and-hawthorn"), at(None)).unwrap();
        let listed = serde_json::to_string(&own_partners(here()).unwrap()).unwrap();
        assert!(
            listed.contains("OpenAI") && listed.contains("fal.example") && !listed.contains("sloe"),
            "{listed}"
        );
        let kept = std::fs::read(dir.path().join("data/service/partner-keys")).unwrap();
        assert!(!kept.windows(4).any(|window| window == b"sloe" || window == b"fal."));
        assert!(remove_partner(here(), "openai").unwrap() && !remove_partner(here(), "openai").unwrap());
        assert_eq!(own_partners(here()).unwrap().len(), 1);
        for (id, text, address) in [
            ("nobody", "x", None),
            ("openai", "two words", None),
            ("openai", "", None),
            ("openai", "x", Some("http://10.0.0.1")),
        ] {
            assert!(add_partner(here(), id, key(text), at(address)).is_err(), "{id} {text} {address:?}");
        }
    }
}
