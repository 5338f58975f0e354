//! The archive of everything the service holds of one account: a ZIP, written piece by piece into a sealed file, so that neither its size nor a
//! single table has to fit into memory.
//!
//! What goes in is decided by the tags of the columns (`columns.rs`), not here, so a new column cannot be left out by forgetting this file.

use std::io::{self, Read, Write};

use allxone_contract::{AccountId, ExportId, Sha256, UtcMillis};
use allxone_identity::{ExportedTable, Identity};
use allxone_vault::{files::AtomicFile, sealed};
use serde::Serialize;
use serde_json::json;
use sha2::Digest;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use super::pages;
use crate::ServiceError;
use crate::backend::Backend;
use crate::columns::{IDENTITY_CLASSES, TABLES};
use crate::files::Files;
use crate::store::{Archived, Store};

/// Version of the archive's layout.
const SCHEMA: u32 = 1;
/// How much of a picture is in memory at a time.
const PIECE: usize = 64 * 1024;

/// One file of an archive, as its manifest names it.
#[derive(Serialize)]
struct Entry {
    path: String,
    bytes: u64,
    sha256: Sha256,
    /// Records in it, where it holds records.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
}

/// Something that should be in the archive and could not be read.
#[derive(Serialize)]
struct Missing {
    what: String,
    why: String,
}

impl Backend {
    /// Makes the archives that wait.
    pub(crate) async fn carry_out_exports(self: &std::sync::Arc<Self>) -> Result<(), ServiceError> {
        for (id, account) in self.store.waiting_exports().await? {
            if self.stop.is_cancelled() {
                return Ok(());
            }
            let made = match self.archive(id, &account).await {
                Ok(made) => Some(made),
                Err(error) => {
                    tracing::error!(code = error.code(), %error, export = %id, "an archive could not be made");
                    None
                }
            };
            let days = i64::from(self.retention.days("exports").unwrap_or(7));
            let expires = self.clock.now().plus(days * 24 * 60 * 60 * 1_000);
            let awaited = self.store.end_export(id, made.as_ref(), expires).await?;
            if let (false, Some(made)) = (awaited, made) {
                self.remove(vec![made.file]).await;
            }
        }
        Ok(())
    }

    /// Makes the archive of an account.
    pub(crate) async fn archive(
        self: &std::sync::Arc<Self>,
        id: ExportId,
        account: &AccountId,
    ) -> Result<Archived, ServiceError> {
        let (backend, account) = (std::sync::Arc::clone(self), account.clone());
        let accounts = match &self.identity {
            Some(identity) => identity.export_account(&account).await?,
            None => Vec::new(),
        };
        let runtime = tokio::runtime::Handle::current();
        // On a thread of its own, because compressing and sealing block; the rows come to it one at a time.
        let written = tokio::task::spawn_blocking(move || {
            let now = backend.clock.now();
            let (file, (bytes, sha256)) = backend.files.write(|writer| {
                let mut archive = Archive::begin(writer, id, now);
                runtime.block_on(archive.fill(&backend, &account, accounts, now))?;
                archive.end()
            })?;
            let signature =
                backend.identity.as_ref().and_then(|identity| sign(identity, id, &account, sha256, now));
            Ok(Archived { file, bytes, sha256, signature })
        });
        written.await.unwrap_or(Err(ServiceError::Record("archive")))
    }
}

/// The detached signature: who signed, whose archive, its number and hash. Of another type and audience than a token, so it opens nothing.
fn sign(
    identity: &Identity,
    id: ExportId,
    account: &AccountId,
    sha256: Sha256,
    now: UtcMillis,
) -> Option<String> {
    let claims = json!({ "sub": account, "aud": "export", "iat": now.0.div_euclid(1_000), "jti": id, "sha256": sha256 });
    identity.sign_statement("export+jwt", claims)
}

/// Counts and hashes what passes on its way into the sealed file.
struct Tally {
    out: sealed::Writer<AtomicFile>,
    bytes: u64,
    hash: sha2::Sha256,
}

impl Write for Tally {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(data)?;
        self.bytes = self.bytes.saturating_add(taken as u64);
        self.hash.update(data.get(..taken).unwrap_or_default());
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An archive being written.
struct Archive {
    zip: ZipWriter<StreamWriter<Tally>>,
    root: String,
    entries: Vec<Entry>,
    missing: Vec<Missing>,
    open: (u64, sha2::Sha256),
    id: ExportId,
}

impl Archive {
    fn begin(out: sealed::Writer<AtomicFile>, id: ExportId, now: UtcMillis) -> Self {
        let tally = Tally { out, bytes: 0, hash: sha2::Sha256::new() };
        let number = id.to_string();
        let short = number.get(number.len().saturating_sub(6)..).unwrap_or_default();
        Self {
            zip: ZipWriter::new_stream(tally),
            root: format!("allxone-export-{}-{}", pages::day(now), short.to_lowercase()),
            entries: Vec::new(),
            missing: Vec::new(),
            open: (0, sha2::Sha256::new()),
            id,
        }
    }

    async fn fill(
        &mut self,
        backend: &Backend,
        account: &AccountId,
        accounts: Vec<ExportedTable>,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        self.whole("README.txt", pages::readme(&backend.about).as_bytes())?;
        self.whole("info/processing.html", pages::processing(&backend.about).as_bytes())?;
        for policy in &backend.about.policies {
            let name = crate::store::name(&policy.kind)?;
            self.whole(&format!("info/{name}-{}.md", policy.version), policy.text.as_bytes())?;
        }
        for ExportedTable { table, rows } in accounts {
            let class = IDENTITY_CLASSES
                .iter()
                .find(|(name, _)| *name == table)
                .map_or("accounts", |(_, class)| class);
            let name = table.trim_start_matches("auth_");
            let columns = allxone_identity::columns::COLUMNS.iter().filter(|column| column.table == table);
            let columns = columns.filter(|column| column.tag == allxone_identity::columns::Tag::Export);
            // The accounts keep whole numbers and text, nothing else.
            let kinds = columns.map(|column| (column.name, &["integer", "string", "null"][..])).collect();
            self.schema(class, name, kinds)?;
            self.start(&format!("{class}/{name}.jsonl"), CompressionMethod::Deflated)?;
            for row in &rows {
                self.line(row)?;
            }
            self.finish(Some(rows.len() as u64));
        }
        // One moment for all tables.
        let mut tx = backend.store.look().await?;
        let real = allxone_database::kinds(&mut tx).await?;
        for table in TABLES.iter().filter(|table| !crate::store::exported(table).is_empty()) {
            let kinds = crate::store::exported(table).into_iter().map(|column| {
                let whole = real
                    .iter()
                    .any(|one| one.table == table.name && one.column == column && one.kind == "BIGINT");
                // Text that holds a record is written as that record.
                let kinds: &[_] =
                    if whole { &["integer", "null"] } else { &["string", "object", "array", "null"] };
                (column, kinds)
            });
            self.schema(table.class, table.name, kinds.collect())?;
            self.start(&format!("{}/{}.jsonl", table.class, table.name), CompressionMethod::Deflated)?;
            let count = backend.store.each_row(&mut tx, account, table, &mut |row| self.line(&row)).await?;
            self.finish(Some(count));
        }
        let pictures = Store::pictures_of(&mut tx, account).await?;
        drop(tx);
        for (asset, format, file) in pictures {
            let extension = if format == "jpeg" { "jpg" } else { format.as_str() };
            self.picture(&backend.files, &format!("pictures/{asset}.{extension}"), &file)?;
        }
        self.summary(backend, account, now)
    }

    /// What a line of a file with records looks like.
    fn schema(
        &mut self,
        class: &str,
        table: &str,
        columns: Vec<(&str, &[&str])>,
    ) -> Result<(), ServiceError> {
        let required: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
        let properties: serde_json::Map<String, serde_json::Value> =
            columns.iter().map(|(name, kinds)| ((*name).to_owned(), json!({ "type": kinds }))).collect();
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("{class}/{table}.jsonl"),
            "description": "One line. Times are milliseconds since 1970-01-01 UTC; amounts are thousandths of a credit.",
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        let text = serde_json::to_vec_pretty(&schema).map_err(|_| ServiceError::Record("schema"))?;
        self.whole(&format!("schema/{class}.{table}.schema.json"), &text)
    }

    /// Copies a picture. One that cannot be read is named in the manifest instead of being passed over.
    fn picture(&mut self, files: &Files, path: &str, file: &str) -> Result<(), ServiceError> {
        let mut reader = match files.reader(file) {
            Ok(reader) => reader,
            Err(error) => {
                self.missing.push(Missing { what: path.to_owned(), why: error.code().to_owned() });
                return Ok(());
            }
        };
        self.start(path, CompressionMethod::Stored)?;
        let mut piece = vec![0; PIECE];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => break,
                Ok(length) => self.write(piece.get(..length).unwrap_or_default())?,
                Err(error) => {
                    self.missing.push(Missing {
                        what: path.to_owned(),
                        why: format!("incomplete: {}", error.kind()),
                    });
                    break;
                }
            }
        }
        self.finish(None);
        Ok(())
    }

    /// What is in the archive, and the list of hashes that standard tools check.
    fn summary(
        &mut self,
        backend: &Backend,
        account: &AccountId,
        now: UtcMillis,
    ) -> Result<(), ServiceError> {
        let paths: Vec<&str> = self.entries.iter().map(|entry| entry.path.as_str()).collect();
        let index = pages::index(&backend.about, &paths, now);
        self.whole("index.html", index.as_bytes())?;
        let manifest = json!({
            "schema_version": SCHEMA,
            "program": "allxone",
            "version": env!("CARGO_PKG_VERSION"),
            "export": self.id,
            "created_at": now,
            "scope": { "account": account, "service": backend.about.operator.name },
            "missing": self.missing,
            "files": self.entries,
        });
        let manifest = serde_json::to_vec_pretty(&manifest).map_err(|_| ServiceError::Record("manifest"))?;
        self.whole("manifest.json", &manifest)?;
        let sums: String =
            self.entries.iter().map(|entry| format!("{}  {}\n", entry.sha256, entry.path)).collect();
        self.whole("SHA256SUMS", sums.as_bytes())
    }

    fn end(self) -> Result<(sealed::Writer<AtomicFile>, (u64, Sha256)), ServiceError> {
        let Tally { out, bytes, hash } =
            self.zip.finish().map_err(|_| ServiceError::Record("archive"))?.into_inner();
        let hash: [u8; 32] = hash.finalize().into();
        Ok((out, (bytes, Sha256::from(hash))))
    }

    fn whole(&mut self, path: &str, content: &[u8]) -> Result<(), ServiceError> {
        self.start(path, CompressionMethod::Deflated)?;
        self.write(content)?;
        self.finish(None);
        Ok(())
    }

    fn line(&mut self, row: &impl Serialize) -> Result<(), ServiceError> {
        let mut line = serde_json::to_vec(row).map_err(|_| ServiceError::Record("row"))?;
        line.push(b'\n');
        self.write(&line)
    }

    fn start(&mut self, path: &str, how: CompressionMethod) -> Result<(), ServiceError> {
        let options = SimpleFileOptions::default().compression_method(how).large_file(true);
        self.zip
            .start_file(format!("{}/{path}", self.root), options)
            .map_err(|_| ServiceError::Record("archive"))?;
        self.entries.push(Entry { path: path.to_owned(), bytes: 0, sha256: Sha256::of(b""), records: None });
        self.open = (0, sha2::Sha256::new());
        Ok(())
    }

    fn write(&mut self, content: &[u8]) -> Result<(), ServiceError> {
        let disk = |source| ServiceError::Disk { path: "exports".into(), source };
        self.zip.write_all(content).map_err(disk)?;
        self.open.0 = self.open.0.saturating_add(content.len() as u64);
        self.open.1.update(content);
        Ok(())
    }

    fn finish(&mut self, records: Option<u64>) {
        let (bytes, hash) = std::mem::replace(&mut self.open, (0, sha2::Sha256::new()));
        let hash: [u8; 32] = hash.finalize().into();
        if let Some(entry) = self.entries.last_mut() {
            *entry =
                Entry { path: std::mem::take(&mut entry.path), bytes, sha256: Sha256::from(hash), records };
        }
    }
}
