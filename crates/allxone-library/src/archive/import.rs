//! Reading an archive back into an empty library.
//!
//! A picture that was kept passed the check under the rules of its day, in a library nobody here can vouch for; so each one passes it
//! again, as everything does that comes in. What belongs to a running program does not travel: drafts that had not ended (they would be
//! made, and paid, twice) and consents, which are history in the new place and hold nothing open.

use std::path::Path;

use allxone_media::Picture;
use allxone_safety::Screened;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};
use serde::Serialize;
use serde_json::{Map, Value};

use super::read::{MAX_PICTURE, Reading, bad};
use super::restore::restored;
use super::schema::FILES;
use super::{ArchiveProgress, PARTS, PROGRAM_SETTINGS, Part, Watch};
use crate::columns::{COLUMNS, Column, Form, Tag};
use crate::consents::{append, newest};
use crate::{ConsentRecord, Consented, ItemId, Library, LibraryError, NewConsent};

/// Which archive an unfinished import reads from.
const UNFINISHED: &str = "unfinished_import";

/// The check's answer to a picture of an archive.
pub enum Admission {
    /// It may be kept.
    Kept(Screened<Picture>),
    /// A person has to agree first, and did not.
    Held,
    /// The check stops it.
    Stopped,
    /// It is no picture this program reads.
    Unreadable,
}

/// Checks a picture; an error ends the import.
pub type CheckPicture<'a> = dyn FnMut(Bytes) -> Result<Admission, LibraryError> + 'a;

/// What is imported and by whom it is checked.
pub struct Import<'a> {
    /// The archive; its further files lie beside it.
    pub archive: &'a Path,
    /// Checks each picture.
    pub check: &'a mut CheckPicture<'a>,
    /// Version of the program, for the record of consents.
    pub app_version: &'a str,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ts_rs::TS)]
pub struct Imported {
    /// Pictures in the library.
    pub pictures: u64,
    /// Pictures the check wants confirmed first.
    pub held: Vec<ItemId>,
    /// Pictures the check stops.
    pub stopped: Vec<ItemId>,
    /// Files that are no pictures.
    pub unreadable: Vec<ItemId>,
    /// Pictures that were missing when the archive was written.
    pub missing: Vec<ItemId>,
    /// Rows that do not travel: drafts that had not ended, counters, what waited to be sent.
    pub left: u64,
    /// How the program looked.
    #[ts(type = "unknown")]
    pub settings: Value,
}

impl Library {
    /// Reads an archive into this library, which must be empty. Broken off, also by a kill, it is taken up by a repetition with the same
    /// archive.
    ///
    /// # Errors
    /// [`LibraryError::Archive`] for an archive that is not whole or not ours, [`LibraryError::NotEmpty`], [`LibraryError::Unchecked`] from
    /// the check, [`LibraryError::Stopped`] when `watch` says so.
    pub fn import_everything(
        &self,
        import: Import<'_>,
        watch: &mut Watch<'_>,
    ) -> Result<Imported, LibraryError> {
        self.must_write()?;
        let mut reading = Reading::open(import.archive)?;
        let before = self.setting(UNFINISHED)?;
        if before.as_deref() != Some(&reading.sha256) {
            let any: bool =
                self.read(|c| Ok(c.query_row("SELECT EXISTS (SELECT 1 FROM items)", [], |row| row.get(0))?))?;
            if any {
                return Err(LibraryError::NotEmpty);
            }
        }
        // Every row is looked at before the first is written.
        for part in PARTS {
            reading.rows(part, &mut |row| fields(part, row).map(drop))?;
        }
        self.set_setting(UNFINISHED, Some(&reading.sha256))?;
        let mut imported = Imported {
            settings: serde_json::from_slice(&reading.file(PROGRAM_SETTINGS, 1024 * 1024)?)
                .map_err(|_| bad(format!("{PROGRAM_SETTINGS} is not what this program writes")))?,
            ..Imported::default()
        };
        // Rows and pictures are read side by side.
        let mut pictures = Reading::open(import.archive)?;
        if pictures.sha256 != reading.sha256 {
            return Err(bad("it was changed while it was read"));
        }
        self.import_pictures(&mut reading, &mut pictures, import.check, watch, &mut imported)?;
        self.import_rows(&mut reading, import.app_version, &mut imported)?;
        Ok(imported)
    }

    fn import_pictures(
        &self,
        reading: &mut Reading,
        pictures: &mut Reading,
        check: &mut CheckPicture<'_>,
        watch: &mut Watch<'_>,
        imported: &mut Imported,
    ) -> Result<(), LibraryError> {
        let part = &PARTS[0];
        let mut progress = ArchiveProgress {
            total: reading.counts.get(part.table).copied().unwrap_or(0),
            ..ArchiveProgress::default()
        };
        reading.rows(part, &mut |row| {
            if !watch(progress) {
                return Err(LibraryError::Stopped);
            }
            let id = item_id(&row)?;
            progress.done += 1;
            progress.bytes += row.get("bytes").and_then(Value::as_u64).unwrap_or(0);
            if self.holds(id)? {
                imported.pictures += 1;
                return Ok(());
            }
            let Some(path) = row
                .get(FILES)
                .and_then(Value::as_array)
                .and_then(|files| files.first())
                .and_then(Value::as_str)
            else {
                imported.missing.push(id);
                return Ok(());
            };
            if pictures.listed_sha256(path) != row.get("sha256").and_then(Value::as_str) {
                return Err(bad(format!("{path} is not the picture it should be")));
            }
            match check(Bytes::from(pictures.file(path, MAX_PICTURE)?))? {
                Admission::Kept(picture) => {
                    self.restore(id, &picture, &row)?;
                    imported.pictures += 1;
                }
                Admission::Held => imported.held.push(id),
                Admission::Stopped => imported.stopped.push(id),
                Admission::Unreadable => imported.unreadable.push(id),
            }
            Ok(())
        })?;
        watch(progress);
        Ok(())
    }

    fn restore(
        &self,
        id: ItemId,
        picture: &Screened<Picture>,
        row: &Map<String, Value>,
    ) -> Result<(), LibraryError> {
        let restored = restored(picture, row)
            .ok_or_else(|| bad(format!("what it says of picture {id} is not true of its file")))?;
        match self.keep_restored(id, picture.value(), &restored) {
            Ok(kept) if kept == id => Ok(()),
            Ok(_) => Err(bad(format!("picture {id} claims to be another's result"))),
            Err(error) => Err(error),
        }
    }

    fn holds(&self, id: ItemId) -> Result<bool, LibraryError> {
        self.read(|c| {
            Ok(c.prepare_cached("SELECT 1 FROM items WHERE id = ?1")?
                .query_row([id], |_| Ok(()))
                .optional()?
                .is_some())
        })
    }

    /// All rows but those of pictures, in one step with the end of the import.
    fn import_rows(
        &self,
        reading: &mut Reading,
        app_version: &str,
        imported: &mut Imported,
    ) -> Result<(), LibraryError> {
        let now = self.now();
        self.write(|transaction| {
            for part in PARTS.iter().skip(1) {
                reading.rows(part, &mut |row| {
                    let taken =
                        insert(transaction, part, row, || self.new_id().to_string()).map_err(|error| {
                            match error {
                                LibraryError::Database(_) => {
                                    bad(format!("a row of {} does not fit", part.path))
                                }
                                other => other,
                            }
                        })?;
                    imported.left += u64::from(!taken);
                    Ok(())
                })?;
            }
            transaction.execute("DELETE FROM settings WHERE key = ?1", [UNFINISHED])?;
            // A consent is given to a program on a device, not to an archive.
            for purpose in Consented::SWITCHES {
                if let Some(given) = newest(transaction, purpose, "")?.filter(|given| given.what.granted) {
                    let what = NewConsent {
                        granted: false,
                        surface: "import".to_owned(),
                        app_version: app_version.to_owned(),
                        ..given.what
                    };
                    append(
                        transaction,
                        &ConsentRecord { id: self.new_id().to_string(), time_ms: now, what },
                    )?;
                }
            }
            Ok(())
        })
    }
}

/// Puts a row in; `false` for one that does not travel. One that is there already stays as it is.
fn insert(
    connection: &Connection,
    part: &Part,
    row: Map<String, Value>,
    key: impl FnOnce() -> String,
) -> Result<bool, LibraryError> {
    let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let travels = match part.table {
        "queue" => matches!(text("state").as_str(), "done" | "failed" | "cancelled"),
        "inputs" | "statistics" => false,
        "reports" => row.get("sent_ms").is_some_and(Value::is_i64),
        "settings" => text("key") != UNFINISHED,
        "edits" | "training" => {
            let there = connection
                .prepare_cached("SELECT 1 FROM items WHERE id = ?1")?
                .query_row([text("item_id")], |_| Ok(()));
            there.optional()?.is_some()
        }
        _ => true,
    };
    if !travels {
        return Ok(false);
    }
    let mut values: Vec<(&'static str, Box<dyn ToSql>)> = fields(part, row)?;
    if part.table == "queue" {
        values.push(("idempotency_key", Box::new(key())));
    }
    let names = values.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let places = vec!["?"; values.len()].join(", ");
    let sql = format!("INSERT INTO {} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING", part.table);
    connection.prepare_cached(&sql)?.execute(params_from_iter(values.iter().map(|(_, value)| value)))?;
    Ok(true)
}

/// The name of a column with what it takes.
type Bound = (&'static str, Box<dyn ToSql>);

/// The values of a row as its columns take them; refused unless it has exactly the exported columns, each of its kind.
fn fields(part: &Part, mut row: Map<String, Value>) -> Result<Vec<Bound>, LibraryError> {
    let unfit = || bad(format!("a row of {} is not what this program writes", part.path));
    row.remove(FILES);
    let columns = COLUMNS.iter().filter(|column| column.table == part.table && column.tag == Tag::Export);
    let mut values: Vec<Bound> = Vec::new();
    for Column { name, form, .. } in columns {
        let value: Box<dyn ToSql> = match (row.remove(*name).ok_or_else(unfit)?, form) {
            // Of the columns with JSON only this one may be without.
            (Value::Null, Form::Json) if *name != "report" => Box::new("null"),
            (Value::Null, _) => Box::new(None::<i64>),
            (Value::Bool(flag), Form::Flag) => Box::new(flag),
            (value, Form::Json) => Box::new(value.to_string()),
            (Value::Number(number), Form::Plain) => Box::new(number.as_i64().ok_or_else(unfit)?),
            (Value::String(text), Form::Plain) => Box::new(text),
            _ => return Err(unfit()),
        };
        values.push((*name, value));
    }
    if row.is_empty() { Ok(values) } else { Err(unfit()) }
}

fn item_id(row: &Map<String, Value>) -> Result<ItemId, LibraryError> {
    let id = row.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    id.ok_or_else(|| bad("a picture in it has no id"))
}
