//! Looks whether the records of the safety check are what was written down: the service's book of receipts, and the receipt of every kept
//! picture.

use allxone_library::{Access, Filter, Library};
use allxone_service::ReceiptBook;
use allxone_studio::contract::{Receipt, Sha256};
use allxone_vault::FolderLock;
use serde::Serialize;

use crate::keys::{library_keys, open_vault, service_keys};
use crate::{AppError, Folders, Options, serve};

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct Verified {
    /// Lines in the service's book of receipts.
    pub lines: u64,
    /// Hash of the last one; noted down elsewhere, it shows later that nothing before it was changed.
    pub head: String,
    /// Whether the head that was asked for is in the book; `None` when none was.
    pub knows_head: Option<bool>,
    /// Pictures in the library.
    pub pictures: u64,
    /// What is wrong, in sentences; empty when nothing is.
    pub faults: Vec<String>,
}

/// Looks through the book and the library of the folder `options` name. Reads every picture.
///
/// # Errors
/// When the folder is in use, or cannot be opened. Nothing is changed.
pub async fn verify(mut options: Options, head: Option<String>) -> Result<Verified, AppError> {
    let folders = Folders::of(&options)?;
    if !folders.root.exists() {
        return Err(AppError::NoLibrary { folder: folders.root });
    }
    let mut found = Verified {
        lines: 0,
        head: String::new(),
        knows_head: head.as_ref().map(|_| false),
        pictures: 0,
        faults: Vec::new(),
    };
    let _lock = FolderLock::acquire(&folders.root, &format!("{} verify", options.program), FolderLock::WAIT)?;
    let vault = open_vault(&folders.root, &mut options)?;
    if folders.service.join("service.db").exists() {
        let config = serve::config(&folders, service_keys(&vault), ([127, 0, 0, 1], 0).into(), None);
        let ReceiptBook { lines, head, knows_head, faults } =
            allxone_service::receipt_book(&config, head.as_deref()).await?;
        found = Verified { lines, head, knows_head, pictures: 0, faults };
    }
    if folders.library.is_dir() {
        pictures(&Library::open(&folders.library, library_keys(&vault), Access::ReadOnly)?, &mut found)?;
    }
    Ok(found)
}

/// Compares every kept picture with its hash, and with a receipt that names this very hash.
fn pictures(library: &Library, found: &mut Verified) -> Result<(), AppError> {
    let mut after = None;
    loop {
        let page = library.list(&Filter::default(), after.as_ref(), 500)?;
        for item in page.items {
            found.pictures += 1;
            let bytes = match library.picture(item.id) {
                Ok(bytes) => bytes,
                Err(error) => {
                    found.faults.push(format!("Picture {}: {error}", item.id));
                    continue;
                }
            };
            let hash = Sha256::of(&bytes);
            let receipts: Vec<Receipt> = serde_json::from_value(item.details.receipts).unwrap_or_default();
            if hash.to_string() != item.sha256 {
                found.faults.push(format!("Picture {} is not the one that was kept.", item.id));
            } else if !receipts.iter().any(|receipt| receipt.content == hash) {
                found.faults.push(format!("Picture {} has no receipt of its own.", item.id));
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
