//! Writing the archive: one look at the library as it stands, from the pictures to the list of files.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use allxone_media::Format;
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::pages::{self, Gallery, Month};
use super::schema::{self, FILES};
use super::volumes::{Volumes, failed};
use super::words::Language;
use super::{
    About, ArchiveProgress, Archived, FORMAT, MANIFEST, Missing, PARTS, PROGRAM_SETTINGS, Part,
    SCHEMA_VERSION, SUMS, Shape, Watch,
};
use crate::columns::{COLUMNS, Tag};
use crate::export::row_of;
use crate::{ItemId, Library, LibraryError, SCHEMA};

/// Where a picture is in the archive and in the library.
struct Place {
    id: ItemId,
    path: String,
    blob: String,
    sha256: String,
    bytes: u64,
}

const PLACES: &str =
    "SELECT id, coalesce(strftime('%Y-%m', created_ms / 1000, 'unixepoch'), 'undated') AS month,
    coalesce(output_index, 0), format, blob, sha256, bytes FROM items ORDER BY n";

impl Place {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let (id, month, index, format): (ItemId, String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let extension = match format.as_str() {
            "jpeg" => "jpg",
            "webp" => "webp",
            "gif" => "gif",
            _ => "png",
        };
        let bytes = u64::try_from(row.get::<_, i64>(6)?).unwrap_or(0);
        Ok(Self {
            id,
            path: format!("images/{month}/{id}_{index}.{extension}"),
            blob: row.get(4)?,
            sha256: row.get(5)?,
            bytes,
        })
    }
}

impl Library {
    /// Writes everything a person has here into an archive at `target` (and further files beside it, where [`About::split`] asks for
    /// them). Needs no network. Whatever breaks it off, also a kill, leaves nothing under that name.
    ///
    /// # Errors
    /// [`LibraryError::Stopped`] when `watch` says so, [`LibraryError::DiskFull`], [`LibraryError::Io`]. Then nothing was written. A picture
    /// whose file is gone or damaged is no error: the archive names it.
    pub fn export_everything(
        &self,
        target: &Path,
        about: &About,
        watch: &mut Watch<'_>,
    ) -> Result<Archived, LibraryError> {
        self.snapshot(|connection| Writing::begin(self, connection, target, about)?.run(watch))
    }
}

struct Writing<'a> {
    library: &'a Library,
    connection: &'a Connection,
    about: &'a About,
    language: Language,
    created_ms: i64,
    /// The time of the archive in words a person and a program can read.
    created: String,
    out: Volumes,
    missing: Vec<Missing>,
    /// What was told last.
    told: ArchiveProgress,
}

impl<'a> Writing<'a> {
    fn begin(
        library: &'a Library,
        connection: &'a Connection,
        target: &Path,
        about: &'a About,
    ) -> Result<Self, LibraryError> {
        let created_ms = library.now();
        let stamp = |format: &str| -> Result<String, LibraryError> {
            let sql = "SELECT coalesce(strftime(?1, ?2 / 1000, 'unixepoch'), 'undated')";
            Ok(connection.query_row(sql, (format, created_ms), |row| row.get(0))?)
        };
        let id = library.new_id().to_string().to_ascii_lowercase();
        let root = format!("{FORMAT}-{}-{}", stamp("%Y-%m-%d")?, &id[id.len() - 6..]);
        let created = stamp("%Y-%m-%dT%H:%M:%SZ")?;
        let out = Volumes::create(target, root, about.split)?;
        let language = Language::closest(&about.language);
        Ok(Self {
            library,
            connection,
            about,
            language,
            created_ms,
            created,
            out,
            missing: Vec::new(),
            told: ArchiveProgress::default(),
        })
    }

    fn run(mut self, watch: &mut Watch<'_>) -> Result<Archived, LibraryError> {
        let pictures = self.pictures(watch)?;
        let gone: HashSet<ItemId> = self.missing.iter().map(|one| one.id).collect();
        let inputs = self.inputs()?;
        for part in PARTS {
            self.part(part, &gone, &inputs, watch)?;
            let schema = schema::of(self.connection, part)?;
            self.out.file(&schema::path(part), |out| line(out, &schema))?;
        }
        self.table_for_people(&gone, watch)?;
        let settings = self.about.settings.clone();
        self.out.file(PROGRAM_SETTINGS, |out| line(out, &settings))?;
        let months = self.galleries(&gone, watch)?;
        let (language, created) = (self.language, self.created.clone());
        let missing = self.missing.clone();
        self.out.file("index.html", |out| pages::index(out, language, &created, &months, &missing))?;
        self.out.file("info/processing.html", |out| pages::processing(out, language))?;
        let readme = self.language.readme().replace("{created}", &self.created);
        self.out.file("README.txt", |out| bytes(out, readme.as_bytes()))?;
        self.manifest(pictures)?;
        let (paths, size) = self.out.commit()?;
        let files = paths.iter().map(|path| path.display().to_string()).collect();
        Ok(Archived { files, pictures, bytes: size, missing })
    }

    /// Every picture, byte for byte, in the order they were kept. Returns how many there are.
    fn pictures(&mut self, watch: &mut Watch<'_>) -> Result<u64, LibraryError> {
        let total =
            self.connection.query_row("SELECT count(*) FROM items", [], |row| row.get::<_, i64>(0))?;
        let mut progress = ArchiveProgress { done: 0, total: u64::try_from(total).unwrap_or(0), bytes: 0 };
        let mut written = 0;
        go_on(watch, progress)?;
        let connection = self.connection;
        let mut statement = connection.prepare(PLACES)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let place = Place::from_row(row)?;
            match self.library.inner.blobs.get(&place.blob) {
                Ok(Some(picture)) if hex::encode(Sha256::digest(&picture)) == place.sha256 => {
                    self.out.picture(&place.path, &picture, &mut || watch(progress))?;
                    written += 1;
                }
                Ok(None) => self.missing.push(Missing { id: place.id, reason: "picture_missing".to_owned() }),
                Ok(Some(_)) | Err(LibraryError::Vault(_)) => {
                    self.missing.push(Missing { id: place.id, reason: "picture_damaged".to_owned() });
                }
                Err(error) => return Err(error),
            }
            progress.done += 1;
            progress.bytes += place.bytes;
            go_on(watch, progress)?;
        }
        self.told = progress;
        Ok(written)
    }

    /// The input pictures of drafts that have not ended. Returns where each is, by the id of its row.
    fn inputs(&mut self) -> Result<Vec<(i64, String)>, LibraryError> {
        let connection = self.connection;
        let mut statement =
            connection.prepare("SELECT rowid, queue_id, sha256, blob FROM inputs ORDER BY rowid")?;
        let mut rows = statement.query([])?;
        let mut placed = Vec::new();
        while let Some(row) = rows.next()? {
            let (at, queue, sha256, blob): (i64, String, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            if let Some(input) = self.library.inner.blobs.get(&blob)? {
                let extension = Format::sniff(&input).map_or("bin", Format::extension);
                let path = format!("inputs/{queue}_{}.{extension}", sha256.get(..16).unwrap_or(&sha256));
                self.out.picture(&path, &input, &mut || true)?;
                placed.push((at, path));
            }
        }
        Ok(placed)
    }

    /// The rows of a table.
    fn part(
        &mut self,
        part: &Part,
        gone: &HashSet<ItemId>,
        inputs: &[(i64, String)],
        watch: &mut Watch<'_>,
    ) -> Result<(), LibraryError> {
        let (connection, told) = (self.connection, self.told);
        self.out.file(part.path, |out| {
            let array = part.shape == Shape::Array;
            let mut first = true;
            if array {
                bytes(out, b"[")?;
            }
            rows(connection, part.table, &mut |row, mut object| {
                go_on(watch, told)?;
                match part.table {
                    "items" => drop(object.insert(FILES.to_owned(), files_of(row, gone)?)),
                    "inputs" => {
                        let at: i64 = row.get("at")?;
                        let files: Vec<&str> = inputs
                            .iter()
                            .filter(|(row, _)| *row == at)
                            .map(|(_, path)| path.as_str())
                            .collect();
                        object.insert(FILES.to_owned(), json!(files));
                    }
                    _ => {}
                }
                if array {
                    bytes(out, if first { b"\n" } else { b",\n" })?;
                    first = false;
                    return write(out, &Value::Object(object));
                }
                line(out, &Value::Object(object))
            })?;
            if array { bytes(out, b"\n]\n") } else { Ok(()) }
        })
    }

    /// The pictures once more as a table for spreadsheets.
    fn table_for_people(
        &mut self,
        gone: &HashSet<ItemId>,
        watch: &mut Watch<'_>,
    ) -> Result<(), LibraryError> {
        let (connection, told) = (self.connection, self.told);
        self.out.file("generations/generations.csv", |out| {
            let names = exported("items").chain([FILES]).collect::<Vec<_>>().join(",");
            // A byte order mark, without which a spreadsheet takes the text for another encoding.
            bytes(out, format!("\u{feff}{names}\r\n").as_bytes())?;
            rows(connection, "items", &mut |row, object| {
                go_on(watch, told)?;
                let files = files_of(row, gone)?;
                let cells: Vec<String> = object.values().chain([&files]).map(cell).collect();
                bytes(out, format!("{}\r\n", cells.join(",")).as_bytes())
            })
        })
    }

    /// A page for each month with pictures.
    fn galleries(
        &mut self,
        gone: &HashSet<ItemId>,
        watch: &mut Watch<'_>,
    ) -> Result<Vec<Month>, LibraryError> {
        let (connection, told) = (self.connection, self.told);
        let month = "coalesce(strftime('%Y-%m', created_ms / 1000, 'unixepoch'), 'undated')";
        let mut statement = connection.prepare(&format!(
            "SELECT {month} AS month, count(*) FROM items GROUP BY month ORDER BY month DESC"
        ))?;
        let months = statement
            .query_map([], |row| {
                Ok(Month { name: row.get(0)?, pictures: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0) })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let language = self.language;
        let sql = format!(
            "SELECT p.*, i.title, i.prompt FROM ({PLACES}) p JOIN items i ON i.id = p.id WHERE p.month = ?1 ORDER BY i.n"
        );
        for month in &months {
            self.out.file(&format!("images/{}/index.html", month.name), |out| {
                let mut gallery = Gallery::begin(out, language, &month.name)?;
                let mut statement = connection.prepare(&sql)?;
                let mut rows = statement.query([&month.name])?;
                while let Some(row) = rows.next()? {
                    go_on(watch, told)?;
                    let place = Place::from_row(row)?;
                    if !gone.contains(&place.id) {
                        let file = place.path.rsplit('/').next().unwrap_or_default();
                        gallery.picture(
                            file,
                            &row.get::<_, String>("title")?,
                            &row.get::<_, String>("prompt")?,
                        )?;
                    }
                }
                gallery.end()
            })?;
        }
        Ok(months)
    }

    /// What is in the archive and what is not, and the same for other tools.
    fn manifest(&mut self, pictures: u64) -> Result<(), LibraryError> {
        let mut counts = Map::new();
        for part in PARTS {
            // Names come from our own list.
            let sql = format!("SELECT count(*) FROM {}", part.table);
            counts.insert(
                part.table.to_owned(),
                self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?.into(),
            );
        }
        counts.insert("pictures".to_owned(), pictures.into());
        let head = json!({
            "format": FORMAT, "schema_version": SCHEMA_VERSION, "library_schema": SCHEMA, "program": "AllXOne",
            "app_version": self.about.app_version, "created_at": self.created, "created_ms": self.created_ms, "scope": "device",
            "language": self.language.tag(), "counts": counts, "missing": self.missing, "volumes": self.out.names,
        });
        // Written in pieces: the list of files is as long as the library.
        let head = head.to_string();
        let listed = self.out.listed()?;
        let manifest = self.out.unlisted(MANIFEST, |out| {
            bytes(out, head.strip_suffix('}').unwrap_or(&head).as_bytes())?;
            bytes(out, b",\"files\":[")?;
            for (at, file) in listed.enumerate() {
                let file =
                    serde_json::to_value(file?).map_err(|_| LibraryError::BadValue("The list of files"))?;
                bytes(out, if at == 0 { b"\n" } else { b",\n" })?;
                write(out, &file)?;
            }
            bytes(out, b"\n]}\n")
        })?;
        let listed = self.out.listed()?;
        self.out.unlisted(SUMS, |out| {
            for file in listed.chain([Ok(manifest)]) {
                let file = file?;
                bytes(out, format!("{}  {}\n", file.sha256, file.path).as_bytes())?;
            }
            Ok(())
        })?;
        Ok(())
    }
}

/// The columns of a table that belong to an export, in the order of the list.
fn exported(table: &'static str) -> impl Iterator<Item = &'static str> {
    COLUMNS
        .iter()
        .filter(move |column| column.table == table && column.tag == Tag::Export)
        .map(|column| column.name)
}

/// Hands out every row of a table with its place (`at`) and, for items, what its file is named after.
fn rows(
    connection: &Connection,
    table: &'static str,
    take: &mut dyn FnMut(&rusqlite::Row<'_>, Map<String, Value>) -> Result<(), LibraryError>,
) -> Result<(), LibraryError> {
    let names = exported(table).collect::<Vec<_>>().join(", ");
    let more = if table == "items" {
        ", coalesce(strftime('%Y-%m', created_ms / 1000, 'unixepoch'), 'undated') AS month"
    } else {
        ""
    };
    let mut statement =
        connection.prepare(&format!("SELECT {names}, rowid AS at{more} FROM {table} ORDER BY rowid"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        take(row, row_of(table, row)?)?;
    }
    Ok(())
}

/// The files of an item; none when its picture could not be read.
fn files_of(row: &rusqlite::Row<'_>, gone: &HashSet<ItemId>) -> Result<Value, LibraryError> {
    let id: ItemId = row.get("id")?;
    if gone.contains(&id) {
        return Ok(json!([]));
    }
    let (month, format): (String, String) = (row.get("month")?, row.get("format")?);
    let index = row.get::<_, Option<i64>>("output_index")?.unwrap_or(0);
    let extension = if format == "jpeg" { "jpg" } else { &format };
    Ok(json!([format!("images/{month}/{id}_{index}.{extension}")]))
}

/// A value as a cell: quoted, and no formula.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\""))
}

fn go_on(watch: &mut Watch<'_>, progress: ArchiveProgress) -> Result<(), LibraryError> {
    if watch(progress) { Ok(()) } else { Err(LibraryError::Stopped) }
}

fn bytes(out: &mut dyn Write, bytes: &[u8]) -> Result<(), LibraryError> {
    out.write_all(bytes).map_err(|source| failed(Path::new("the archive"), source))
}

fn write(out: &mut dyn Write, value: &Value) -> Result<(), LibraryError> {
    serde_json::to_writer(out, value).map_err(|error| failed(Path::new("the archive"), error.into()))
}

fn line(out: &mut dyn Write, value: &Value) -> Result<(), LibraryError> {
    write(out, value)?;
    bytes(out, b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (value, written) in [
            (json!("=1+1"), "\"'=1+1\""),
            (json!("@x"), "\"'@x\""),
            (json!("-5"), "\"-5\""),
            (json!("a \"b\", c"), "\"a \"\"b\"\", c\""),
            (json!(null), "\"\""),
            (json!({"a": 1}), "\"{\"\"a\"\":1}\""),
        ] {
            assert_eq!(cell(&value), written);
        }
    }
}
