//! Keys, and everything that must be right before a byte is written to a person's disk.
//!
//! Five subjects live here because the library, the service's own store and the account all need
//! them, and none of them may get them slightly different:
//!
//! * [`Vault`]: one random master key per data folder, wrapped by key slots in `keys.json`, and the
//!   sub-keys drawn from it, one per [`KeyPurpose`];
//! * [`sealed`]: the file format for everything kept beside a database;
//! * [`bound`]: a short secret in one piece, bound to what it is for;
//! * [`files`]: private folders and atomic writes;
//! * [`lock`]: one holder per data folder, across processes.
//!
//! Encryption at rest protects a stolen or discarded disk and a copied folder. It does not protect
//! against programs already running as the same user of the computer.

mod erasure;
mod error;
mod keyring_store;
mod keys_file;
mod opening;
mod random;
mod recovery;
mod secret;
mod vault;
mod wrap;

pub mod bound;
pub mod files;
pub mod lock;
pub mod sealed;

pub use erasure::{Erasure, KeyringEntry};
pub use error::{KeyringFault, VaultError};
pub use keyring_store::KeyringAccess;
pub use keys_file::{KEYS_FILE, SlotKind, SlotSummary};
pub use lock::{FileLock, FolderLock, Holder};
pub use opening::{Opening, SecretStoreKind};
pub use recovery::RecoveryCode;
pub use secret::{KeyPurpose, Passphrase, SecretKey};
pub use vault::Vault;
pub use wrap::PassphraseCost;
