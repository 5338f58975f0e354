//! How the program stands, as a screen shows it, and what passes between a screen and the machine: pictures brought in, copies saved.

use allxone_account::AccountKey;
use allxone_contract::{About, ModelCard, UtcMillis};
use allxone_library::{Archived, ItemId};
use serde::{Deserialize, Serialize};

use crate::Staged;
use crate::commands::CommandError;
use crate::rights::ServicePart;

/// How the program stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Session {
    /// Version of the program.
    pub version: String,
    /// `linux`, `macos` or `windows`.
    pub platform: String,
    /// The system's language, such as `de-DE`.
    pub locale: String,
    /// The data folder.
    pub folder: String,
    /// Whether the library is open.
    pub state: SessionState,
    /// Where pictures are made.
    pub service: ServiceAt,
    /// Whose library it is; absent for this computer's.
    pub account: Option<AccountKey>,
}

/// Whether the library is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SessionState {
    /// Being opened; commands wait for it.
    Opening,
    /// Open.
    Open {
        /// Whether what is made is there tomorrow.
        keeping: KeptIn,
    },
    /// The library is there and wants its passphrase.
    Locked {
        /// Whether one was given that does not fit.
        wrong: bool,
    },
    /// It cannot be opened.
    Failed {
        /// The stable code.
        code: String,
        /// What happened and what to do, in English.
        message: String,
    },
}

/// Whether what is made is there tomorrow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum KeptIn {
    /// In the library on this computer.
    Library {
        /// Where its key is.
        key: KeyPlace,
    },
    /// Nowhere: it is forgotten when the program ends, unless [`KeepIn`] is called.
    Nothing {
        /// Why, in a sentence; absent when it was asked for.
        because: Option<String>,
    },
}

/// Where the key of the library is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyPlace {
    /// The system's keyring.
    Keyring,
    /// Nowhere: a passphrase opens it.
    Passphrase,
    /// A file beside the library, unprotected.
    File,
    /// Nowhere; it dies with the program.
    Memory,
}

/// Keep what was made so far, and everything from now on, in a library on this computer.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct KeepIn {
    /// Where its key is kept.
    pub key: KeyPlace,
    /// The passphrase, for [`KeyPlace::Passphrase`].
    #[serde(default)]
    pub passphrase: Option<String>,
}

/// Where pictures are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ServiceAt {
    /// In this program.
    ThisComputer,
    /// At a server.
    Server {
        /// Host and port.
        host: String,
    },
}

/// A server to connect to.
#[derive(Clone, Deserialize, ts_rs::TS)]
pub struct ServerAddress {
    /// Its address, `https://…`; `http://` only on this computer.
    pub address: String,
    /// The token it gave out. Kept in memory only.
    #[serde(default)]
    pub token: Option<String>,
}

/// What a server says of itself, before anything of a person's goes there.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct ServerFound {
    /// Host and port.
    pub host: String,
    /// Version of its program.
    pub version: String,
    /// Whether it takes work at this moment.
    pub ready: bool,
    /// Whether it runs on this computer.
    pub here: bool,
    /// What it can make, and where each model runs.
    pub models: Vec<ModelCard>,
    /// Who runs it and under which texts; absent where an older service does not tell.
    pub about: Option<About>,
}

/// A picture that was brought in: dropped, pasted or chosen.
#[derive(Clone, Debug, Serialize, ts_rs::TS)]
pub struct Brought {
    /// The file's name, to show it; empty for a pasted picture.
    pub name: String,
    /// The picture, ready to be used.
    pub staged: Option<Staged>,
    /// Why it cannot be used.
    pub error: Option<CommandError>,
}

/// How a copy is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum CopyKind {
    /// The picture as kept, and beside it a file with everything known of it.
    Archive,
    /// The picture alone: nothing in it tells of its maker or its making but the mark that a model made it.
    Share,
}

/// Pictures to be saved outside the library.
#[derive(Clone, Debug, Deserialize, ts_rs::TS)]
pub struct SaveCopies {
    /// Which ones.
    pub items: Vec<ItemId>,
    /// How.
    pub kind: CopyKind,
}

/// What was saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Saved {
    /// The folder.
    pub folder: String,
    /// The files in it.
    pub files: Vec<String>,
}

/// A kind of place on this computer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Pictures, thumbnails and what is known of them.
    Library,
    /// What the service of this computer works on; emptied when a picture is kept.
    Service,
    /// How the program looks.
    Settings,
    /// What happened, without content.
    Logs,
    /// The networks and drawings that came with the program.
    Models,
    /// Where the person saved a copy last, as long as the program runs.
    Saved,
}

/// What is stored where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Place {
    /// What it holds.
    pub kind: PlaceKind,
    /// Where.
    pub path: String,
    /// How much, in bytes.
    pub bytes: u64,
    /// Whether it is encrypted.
    pub sealed: bool,
}

/// Something that came with the program under a licence of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Licence {
    /// Its name.
    pub name: String,
    /// What it is used for.
    pub used_for: String,
    /// The licence.
    pub licence: String,
    /// Where it comes from: package and version.
    pub source: String,
}

/// What a repair of the safety check came to: one entry for each file that was broken, none when all were sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct Repaired {
    /// The files.
    pub files: Vec<RepairedFile>,
}

/// One file that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct RepairedFile {
    /// Its name.
    pub name: String,
    /// Why it still is, in a sentence; absent when it was repaired.
    pub left: Option<String>,
}

/// An archive of everything to be written.
#[derive(Clone, Debug, Default, Deserialize, ts_rs::TS)]
pub struct ExportAsked {
    /// Begin a further file when one would become larger than this many megabytes.
    #[serde(default)]
    pub split_mb: Option<u32>,
    /// The account whose service is to give its part as well.
    #[serde(default)]
    pub account: Option<AccountKey>,
}

/// An archive of everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct ArchivedAll {
    /// What this computer held.
    pub here: Archived,
    /// What the service held, where it was asked for.
    pub service: Option<ServicePart>,
}

/// An archive to be read.
#[derive(Clone, Copy, Debug, Default, Deserialize, ts_rs::TS)]
pub struct ImportAsked {
    /// Also take pictures for which the check asks for a confirmation.
    #[serde(default)]
    pub confirmed: bool,
}

/// What a wipe of this device would erase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
pub struct WipePreview {
    /// What has to be typed to go on, in the person's language.
    pub word: String,
    /// How many pictures would go, those in the trash among them.
    pub pictures: u64,
    /// How much would go, in bytes.
    pub bytes: u64,
    /// Archives that were saved and stay where they are.
    pub saved: Vec<String>,
}

/// Wipe this device.
#[derive(Clone, Debug, Deserialize, ts_rs::TS)]
pub struct WipeAsked {
    /// What was typed.
    pub typed: String,
}

/// What a wipe erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum ErasedKind {
    /// Pictures, thumbnails, and what is known of them.
    Library,
    /// What the service of this computer worked on.
    Service,
    /// Accounts and their sessions.
    Accounts,
    /// Logs.
    Logs,
    /// How the program looks.
    Settings,
    /// What was held in the data folder besides.
    Keys,
    /// Files in the system's folder for temporary files.
    Temporary,
    /// What the window's web view keeps.
    Window,
}

/// One kind of thing that was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Erased {
    /// What.
    pub kind: ErasedKind,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// Why something remains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum LeftKind {
    /// A person saved it.
    Saved,
    /// It lies in the data folder and is not this program's.
    Foreign,
    /// The keyring did not let go of it; it opens nothing any more.
    Keyring,
}

/// Something that remains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Left {
    /// Why.
    pub kind: LeftKind,
    /// A path, or the names of an entry of the keyring.
    pub what: String,
    /// More of the reason; empty where there is no more.
    pub why: String,
}

/// What a wipe erased and what remains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct WipeReceipt {
    /// When it began.
    pub begun: UtcMillis,
    /// When it was finished.
    pub finished: UtcMillis,
    /// Keys that were destroyed, before anything else.
    pub keys: u64,
    /// What was erased.
    pub erased: Vec<Erased>,
    /// What remains, and where.
    pub remains: Vec<Left>,
}
