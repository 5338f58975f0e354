use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::{About, ArchiveProgress, COLUMNS, Form, Tag};

fn about() -> About {
    About {
        app_version: "9.9".into(),
        language: "de-AT".into(),
        settings: json!({ "appearance": "dark" }),
        split: None,
    }
}

/// Every file of an archive, by its path below the one folder.
pub(super) fn unpacked(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let path = file.name().unwrap().split_once('/').unwrap().1.to_owned();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (path, bytes)
        })
        .collect()
}

fn rows(file: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(file).unwrap();
    if text.starts_with('[') {
        return serde_json::from_str(text).unwrap();
    }
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn export(library: &Library, target: &Path) -> crate::Archived {
    library.export_everything(target, &about(), &mut |_| true).unwrap()
}

/// A row in every table, with a value of its own in every column. Returns what each exported column should show.
fn fill(library: &Library) -> Vec<(&'static str, &'static str, Value)> {
    let picture = noise(5, 4_000);
    let (blob, input) = (
        library.inner.blobs.put(&picture).unwrap(),
        library.inner.blobs.put(b"\x89PNG\r\n\x1a\nrest").unwrap(),
    );
    let (item, queue) = (library.new_id().to_string(), library.new_id().to_string());
    let mut shown = Vec::new();
    let mut number = 1_700_000_000_000_i64;
    let mut tables: Vec<&str> = Vec::new();
    for column in COLUMNS.iter().filter(|column| column.table != "items_fts") {
        if !tables.contains(&column.table) {
            tables.push(column.table);
        }
    }
    for table in tables {
        let (mut names, mut values): (Vec<&str>, Vec<Box<dyn rusqlite::ToSql>>) = (Vec::new(), Vec::new());
        for column in COLUMNS.iter().filter(|column| column.table == table) {
            number += 1;
            let canary = format!("canary-{:?}-{table}-{}", column.tag, column.name);
            let kind: String = library
                .read(|c| {
                    Ok(c.query_row(
                        "SELECT type FROM pragma_table_info(?1) WHERE name = ?2",
                        [table, column.name],
                        |r| r.get(0),
                    )?)
                })
                .unwrap();
            let (value, seen): (Box<dyn rusqlite::ToSql>, Value) = match (table, column.name, column.form) {
                ("items", "id", _) | (_, "item_id", _) => (Box::new(item.clone()), json!(item)),
                ("queue", "id", _) | ("inputs", "queue_id", _) => (Box::new(queue.clone()), json!(queue)),
                ("items", "blob", _) => (Box::new(blob.clone()), json!(null)),
                ("inputs", "blob", _) => (Box::new(input.clone()), json!(null)),
                ("items", "sha256", _) => {
                    let hash = hex::encode(Sha256::digest(&picture));
                    (Box::new(hash.clone()), json!(hash))
                }
                ("items", "format", _) => (Box::new("jpeg"), json!("jpeg")),
                ("items", "output_index", _) => (Box::new(3), json!(3)),
                (_, _, Form::Json) => {
                    (Box::new(json!({ "is": canary }).to_string()), json!({ "is": canary }))
                }
                (_, _, Form::Flag) => (Box::new(1), json!(true)),
                _ if kind == "INTEGER" => (Box::new(number), json!(number)),
                _ => (Box::new(canary.clone()), json!(canary)),
            };
            names.push(column.name);
            values.push(value);
            if column.tag == Tag::Export {
                shown.push((table, column.name, seen));
            }
        }
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({})",
            names.join(", "),
            vec!["?"; names.len()].join(", ")
        );
        library.write(|t| Ok(t.execute(&sql, rusqlite::params_from_iter(values.iter()))?)).unwrap();
    }
    shown
}

#[test]
fn every_exported_column_of_every_table_is_in_the_archive_and_nothing_else_is() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    let shown = fill(&library);
    let archive = dir.path().join("all.zip");
    assert_eq!(export(&library, &archive).missing, []);
    let files = unpacked(&archive);
    for (table, name, seen) in &shown {
        let part = crate::archive::PARTS.iter().find(|part| part.table == *table).unwrap();
        let row = &rows(&files[part.path])[0];
        assert_eq!(&row[*name], seen, "{table}.{name}");
    }
    let tagged = COLUMNS.iter().filter(|column| column.tag == Tag::Export).count();
    assert_eq!(shown.len(), tagged);
    for (path, bytes) in &files {
        for word in ["canary-Secret", "canary-Derived", "canary-ThirdParty"] {
            assert!(!contains(bytes, word.as_bytes()), "{word} in {path}");
        }
    }
    assert_eq!(rows(&files["settings.json"])[0]["appearance"], "dark");
    assert_eq!(files.keys().filter(|path| path.starts_with("inputs/") && path.ends_with(".png")).count(), 1);
}

#[test]
fn the_archive_proves_itself_and_fits_its_schemas() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    for seed in 0..5 {
        keep(&library, seed, "<script>alert(1)</script> = ünï, \"quoted\"\nline");
    }
    library.set_title(library.index("", &crate::Filter::default()).unwrap().ids[0], "=SUM(A1)").unwrap();
    let archive = dir.path().join("all.zip");
    let done = export(&library, &archive);
    assert_eq!((done.pictures, done.files.len()), (5, 1));
    let files = unpacked(&archive);
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    assert_eq!(
        (manifest["counts"]["items"].as_u64(), manifest["counts"]["pictures"].as_u64()),
        (Some(5), Some(5))
    );
    let sums: BTreeMap<&str, &str> = std::str::from_utf8(&files["SHA256SUMS"])
        .unwrap()
        .lines()
        .map(|line| line.split_once("  ").unwrap())
        .map(|(a, b)| (b, a))
        .collect();
    let listed: BTreeSet<&str> =
        files.keys().map(String::as_str).filter(|path| *path != "SHA256SUMS").collect();
    assert_eq!(sums.keys().copied().collect::<BTreeSet<_>>(), listed);
    for (path, sum) in &sums {
        assert_eq!(*sum, hex::encode(Sha256::digest(&files[*path])), "{path}");
    }
    for part in crate::archive::PARTS {
        let schema: Value =
            serde_json::from_slice(&files[&format!("schema/{}.schema.json", part.table)]).unwrap();
        for row in rows(&files[part.path]) {
            fits(&schema, &row);
        }
    }
    for (path, page) in files.iter().filter(|(path, _)| path.ends_with(".html")) {
        assert!(!contains(page, b"<script"), "{path} runs nothing");
    }
    assert!(String::from_utf8_lossy(&files["README.txt"]).contains("Ihre Daten"), "in the person's language");
    let table = String::from_utf8(files["generations/generations.csv"].clone()).unwrap();
    assert!(table.contains("\"'=SUM(A1)\""), "no cell is a formula");
}

/// As much of JSON Schema as the archive's schemas use.
fn fits(schema: &Value, row: &Value) {
    let (row, properties) = (row.as_object().unwrap(), schema["properties"].as_object().unwrap());
    for name in schema["required"].as_array().unwrap() {
        assert!(row.contains_key(name.as_str().unwrap()), "{name} is missing");
    }
    for (name, value) in row {
        let kinds = match &properties[name]["type"] {
            Value::Null => continue,
            Value::String(one) => vec![one.clone()],
            several => {
                several.as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect()
            }
        };
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        assert!(kinds.iter().any(|one| one == kind), "{name} is {kind}, not {kinds:?}");
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_named_and_the_rest_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    let (gone, broken, whole) =
        (keep(&library, 1, "gone"), keep(&library, 2, "broken"), keep(&library, 3, "whole"));
    let blob = |id: ItemId| -> String {
        library
            .read(|c| Ok(c.query_row("SELECT blob FROM items WHERE id = ?1", [id], |row| row.get(0))?))
            .unwrap()
    };
    let path = |name: &str| dir.path().join("library/blobs").join(&name[..2]).join(name);
    std::fs::remove_file(path(&blob(gone))).unwrap();
    std::fs::write(path(&blob(broken)), b"nonsense").unwrap();
    let archive = dir.path().join("all.zip");
    let done = export(&library, &archive);
    assert_eq!(done.pictures, 1);
    let reasons: Vec<_> = done.missing.iter().map(|one| (one.id, one.reason.as_str())).collect();
    assert_eq!(reasons, [(gone, "picture_missing"), (broken, "picture_damaged")]);
    let files = unpacked(&archive);
    let rows = rows(&files["generations/generations.jsonl"]);
    assert_eq!(rows.len(), 3, "what is known of them is there all the same");
    assert_eq!((&rows[0]["files"], rows[2]["files"].as_array().unwrap().len()), (&json!([]), 1));
    assert_eq!(rows[2]["id"], json!(whole.to_string()));
}

#[test]
fn stopping_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    for seed in 0..20 {
        keep(&library, seed, "x");
    }
    let target = dir.path().join("saved/all.zip");
    std::fs::create_dir(dir.path().join("saved")).unwrap();
    for at in [0, 7, 20] {
        let mut told = Vec::new();
        let stopped = library.export_everything(&target, &about(), &mut |progress: ArchiveProgress| {
            told.push(progress);
            progress.done < at
        });
        assert_eq!(stopped.unwrap_err().code(), "stopped");
        assert!(told.iter().all(|progress| progress.total == 20));
        assert_eq!(files(&dir.path().join("saved")), Vec::<PathBuf>::new());
    }
    // And the library goes on.
    keep(&library, 99, "y");
    assert_eq!(export(&library, &target).pictures, 21);
}

#[test]
fn on_request_it_comes_in_several_files() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    for seed in 0..9 {
        keep_bytes(&library, &noise(seed, 40_000), &details("x")).unwrap();
    }
    let target = dir.path().join("all.zip");
    let done = library
        .export_everything(&target, &About { split: Some(100_000), ..about() }, &mut |_| true)
        .unwrap();
    assert_eq!(done.files.len(), 5, "two pictures fit into each: {:?}", done.files);
    let manifest: Value = serde_json::from_slice(&unpacked(&target)["manifest.json"]).unwrap();
    assert_eq!(manifest["volumes"], json!(["all.zip", "all.1.zip", "all.2.zip", "all.3.zip", "all.4.zip"]));
    let pictures: usize = done
        .files
        .iter()
        .map(|file| unpacked(Path::new(file)).keys().filter(|path| path.ends_with(".png")).count())
        .sum();
    assert_eq!(pictures, 9);
}

#[test]
fn what_is_written_meanwhile_is_not_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    for seed in 0..3 {
        keep(&library, seed, "before");
    }
    let (again, target) = (library.clone(), dir.path().join("all.zip"));
    let mut more = 100;
    library
        .export_everything(&target, &about(), &mut |_| {
            more += 1;
            if more < 110 {
                keep(&again, more, "meanwhile");
            }
            true
        })
        .unwrap();
    assert_eq!(rows(&unpacked(&target)["generations/generations.jsonl"]).len(), 3);
}

const ROLE: &str = "ALLXONE_EXPORT_CHILD";

/// The child's side, not a test of its own: exports again and again until it is killed.
#[test]
fn exporting_child() {
    let Ok(dir) = std::env::var(ROLE) else { return };
    let library = open(&Path::new(&dir).join("library"));
    println!("\nstarted");
    loop {
        export(&library, &Path::new(&dir).join("half.zip"));
        std::fs::rename(Path::new(&dir).join("half.zip"), Path::new(&dir).join("whole.zip")).unwrap();
    }
}

#[test]
fn a_kill_leaves_no_half_archive_under_its_name() {
    use std::io::{BufRead, BufReader};
    let dir = tempfile::tempdir().unwrap();
    let library = open(&dir.path().join("library"));
    for seed in 0..60 {
        keep_bytes(&library, &noise(seed, 60_000), &details("x")).unwrap();
    }
    drop(library);
    let mut killed_in_it = 0;
    for round in 0..20_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tests::archive::exporting_child", "--nocapture", "--test-threads=1"])
            .env(ROLE, dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.by_ref().map(Result::unwrap).any(|line| line == "started"));
        std::thread::sleep(Duration::from_millis(2 + 7 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        killed_in_it += usize::from(dir.path().join("half.zip.part").exists());
        for whole in ["half.zip", "whole.zip"].map(|name| dir.path().join(name)) {
            if whole.exists() {
                assert_eq!(unpacked(&whole).keys().filter(|path| path.ends_with(".png")).count(), 60);
            }
        }
    }
    assert!(killed_in_it > 3, "only {killed_in_it} kills fell into an export");
}
