//! Out and back in again, through the real check; and archives that somebody has changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use allxone_inference::{Inference, ModelPaths};
use allxone_library::{
    About, Access, Admission, Annotation, Consented, Details, Import, Imported, ItemId, Library,
    LibraryError, LibraryKeys, NewConsent, NewDecision, NewEgress, NewItem, NewQueued, Origin, QueueState,
};
use allxone_media::{Limits, Picture, Pixels};
use allxone_safety::{Gate, Screened, Screening};
use allxone_vault::{KeyPurpose, Opening, Vault};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

static GATE: LazyLock<Gate> = LazyLock::new(|| {
    let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
    Gate::new(Inference::new(ModelPaths::under(models)))
});

/// A calm slope of colours, another one for each `hue`.
fn slope(hue: u8) -> Picture {
    let rgba = (0..128u32 * 128).flat_map(|i| [(i % 128) as u8, hue, 200 - (i / 256) as u8, 255]).collect();
    Picture::encode_png(&Pixels::from_rgba(128, 128, rgba).unwrap()).unwrap()
}

fn screened(picture: Picture) -> Screened<Picture> {
    match GATE.screen(picture).unwrap() {
        Screening::Show(screened) => screened,
        Screening::Review(held) => held.confirm(),
        Screening::Block(finding) => panic!("{finding:?}"),
    }
}

fn check(bytes: bytes::Bytes) -> Result<Admission, LibraryError> {
    let Ok(picture) = Picture::received(bytes, &Limits::default()) else { return Ok(Admission::Unreadable) };
    Ok(match GATE.screen(picture).map_err(|error| LibraryError::Unchecked(error.to_string()))? {
        Screening::Show(picture) => Admission::Kept(picture),
        // A slope of colours is nothing anybody would know.
        Screening::Review(held) => Admission::Kept(held.confirm()),
        Screening::Block(_) => Admission::Stopped,
    })
}

struct Shelf {
    dir: TempDir,
    library: Library,
}

fn shelf() -> Shelf {
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), Opening::file()).unwrap();
    let keys = LibraryKeys {
        database: vault.key(KeyPurpose::LibraryDatabase),
        blobs: vault.key(KeyPurpose::LibraryBlobs),
    };
    let library = Library::open(&dir.path().join("library"), keys, Access::Exclusive).unwrap();
    Shelf { dir, library }
}

fn import(library: &Library, archive: &Path) -> Result<Imported, LibraryError> {
    library.import_everything(Import { archive, check: &mut check, app_version: "0.1.0" }, &mut |_| true)
}

fn export(shelf: &Shelf, split: Option<u64>) -> PathBuf {
    let archive = shelf.dir.path().join("all.zip");
    let about = About {
        app_version: "0.1.0".into(),
        language: "en".into(),
        settings: json!({ "appearance": "dark" }),
        split,
    };
    shelf.library.export_everything(&archive, &about, &mut |_| true).unwrap();
    archive
}

/// A library in use: pictures with everything that can be known of one, and rows in every other table that travels.
fn used() -> (Shelf, Vec<ItemId>) {
    let shelf = shelf();
    let library = &shelf.library;
    let mut ids = Vec::new();
    for hue in 0..4_u8 {
        let details = Details {
            operation: "generate".into(),
            model: "local/scene".into(),
            prompt: format!("a slope, number {hue} – ünï <b>"),
            params: json!({ "size": { "width": 128 } }),
            seed: Some(u64::MAX - u64::from(hue)),
            origin: (hue > 0).then(|| Origin {
                service: "this computer".into(),
                job: "J".into(),
                index: hue,
            }),
            parents: ids.clone(),
            report: (hue == 2).then(|| json!({ "unknown": ["words"] })),
            ai_made: hue != 1,
            created_ms: Some(1_700_000_000_000 + i64::from(hue) * 40 * 86_400_000),
            ..Details::default()
        };
        ids.push(library.keep(NewItem { picture: screened(slope(40 * hue)), details }).unwrap());
    }
    library.set_favourite(ids[1], true).unwrap();
    let written = Annotation {
        title: Some("a title".into()),
        tags: Some(vec!["slope".into(), "ünï".into()]),
        note: Some("a note,\nof two lines".into()),
    };
    library.annotate(ids[2], &written).unwrap();
    library.delete(ids[3]).unwrap();
    let queued = |key: &str, inputs| {
        library.enqueue(NewQueued { draft: json!({ "prompt": "x" }), key: key.into(), inputs }).unwrap()
    };
    library.finish(queued("1", vec![]), QueueState::Failed, Some("unreachable")).unwrap();
    queued("2", vec![slope(7).bytes().clone()]);
    library
        .egress_append(&NewEgress {
            started_ms: 5,
            host: "server.example:443".into(),
            purpose: "quote".into(),
            method: "POST".into(),
            resource: "/api/v1/quotes".into(),
            fields: vec!["model".into()],
            headers: vec![],
            bytes_out: 77,
        })
        .unwrap();
    library
        .record_decision(&NewDecision {
            stage: "prompt".into(),
            verdict: "block".into(),
            category: "sexual".into(),
            layer: "lexicon".into(),
            section: "2.1".into(),
            policy: "p".into(),
            models: vec![("m".into(), "00".into())],
        })
        .unwrap();
    library.set_setting("prompts", Some("{\"saved\":[]}")).unwrap();
    let consent = NewConsent {
        purpose: Consented::AiTraining,
        granted: true,
        version: "1".into(),
        sha256: "11".repeat(32),
        locale: "en".into(),
        surface: "privacy".into(),
        app_version: "0.1.0".into(),
        server: String::new(),
    };
    library.record_consent(&consent).unwrap();
    library.mark_for_training(&ids[..1], Some(true)).unwrap();
    library.queue_report(Consented::AiTraining, Some(ids[0]), &json!({ "picture": "x" })).unwrap();
    let report = library.waiting_reports(Consented::AiTraining).unwrap().remove(0);
    library.report_sent(&report.id, "server.example").unwrap();
    (shelf, ids)
}

fn rows(library: &Library, table: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    library
        .export_table(table, &mut |row| {
            rows.push(Value::Object(row));
            Ok(())
        })
        .unwrap();
    rows
}

#[test]
fn a_library_comes_back_equal() {
    let (from, ids) = used();
    for split in [None, Some(60_000)] {
        let archive = export(&from, split);
        let to = shelf();
        let imported = import(&to.library, &archive).unwrap();
        assert_eq!(
            (imported.pictures, imported.left),
            (4, 2),
            "the draft that waits and its picture do not travel: {imported:?}"
        );
        assert_eq!(imported.settings, json!({ "appearance": "dark" }));
        for id in &ids {
            assert_eq!(to.library.picture(*id).unwrap(), from.library.picture(*id).unwrap());
            assert!(!to.library.thumbnail(*id).unwrap().is_empty());
        }
        for table in ["items", "edits", "egress", "decisions", "settings", "training", "reports"] {
            assert_eq!(rows(&to.library, table), rows(&from.library, table), "{table}");
        }
        assert_eq!(rows(&to.library, "queue"), rows(&from.library, "queue")[..1]);
        // Consents are history in the new place: the last word there is that nothing is allowed.
        let consents = rows(&to.library, "consents");
        assert_eq!(consents[..1], rows(&from.library, "consents")[..]);
        assert_eq!(to.library.granted(Consented::AiTraining).unwrap(), None);
        assert_eq!(
            to.library.search("number", &allxone_library::Filter::default(), None, 9).unwrap().items.len(),
            3
        );
        assert!(to.library.check().unwrap().is_empty());
        // And out again: the same pictures, the same rows.
        let again = export(&to, None);
        assert_eq!(
            entry(&again, "generations/generations.jsonl"),
            entry(&archive, "generations/generations.jsonl")
        );
    }
}

#[test]
fn an_import_that_broke_off_is_taken_up_and_one_into_a_used_library_is_refused() {
    let (from, _) = used();
    let archive = export(&from, None);
    let to = shelf();
    let broke_off = to.library.import_everything(
        Import { archive: &archive, check: &mut check, app_version: "0.1.0" },
        &mut |progress| progress.done < 2,
    );
    assert_eq!(broke_off.unwrap_err().code(), "stopped");
    assert_eq!(to.library.count().unwrap(), 2);
    assert_eq!(import(&to.library, &archive).unwrap().pictures, 4);
    assert_eq!(rows(&to.library, "items"), rows(&from.library, "items"));
    assert_eq!(import(&to.library, &archive).unwrap_err().code(), "library_not_empty");
    assert_eq!(import(&from.library, &archive).unwrap_err().code(), "library_not_empty");
}

#[test]
fn a_check_that_cannot_run_takes_nothing() {
    let (from, _) = used();
    let archive = export(&from, None);
    let to = shelf();
    let mut broken = |_| Err(LibraryError::Unchecked("the model is missing".into()));
    let refused = to
        .library
        .import_everything(Import { archive: &archive, check: &mut broken, app_version: "0" }, &mut |_| true);
    assert_eq!(refused.unwrap_err().code(), "filter_unavailable");
    assert_eq!(to.library.count().unwrap(), 0);
}

type Files = BTreeMap<String, Vec<u8>>;

fn unpacked(archive: &Path) -> Files {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (file.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn entry(archive: &Path, path: &str) -> Vec<u8> {
    unpacked(archive).into_iter().find(|(name, _)| name.ends_with(path)).unwrap().1
}

fn packed(files: &Files, target: &Path) {
    let mut zip = zip::ZipWriter::new(std::fs::File::create(target).unwrap());
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

fn named<'a>(files: &'a mut Files, path: &str) -> &'a mut Vec<u8> {
    files.iter_mut().find(|(name, _)| name.ends_with(path)).unwrap().1
}

/// Changes the list of files.
fn manifest(files: &mut Files, change: impl FnOnce(&mut Value)) {
    let manifest = named(files, "manifest.json");
    let mut value: Value = serde_json::from_slice(manifest).unwrap();
    change(&mut value);
    *manifest = serde_json::to_vec(&value).unwrap();
}

/// Makes the list agree with the files again, as somebody would who means it.
fn agree(files: &mut Files) {
    let now: Vec<(String, u64, String)> = files
        .iter()
        .map(|(name, bytes)| {
            (
                name.split_once('/').unwrap().1.to_owned(),
                bytes.len() as u64,
                hex::encode(Sha256::digest(bytes)),
            )
        })
        .collect();
    manifest(files, |value| {
        for listed in value["files"].as_array_mut().unwrap() {
            let (_, bytes, sha256) =
                now.iter().find(|(path, ..)| *path == listed["path"].as_str().unwrap()).unwrap();
            listed["bytes"] = json!(bytes);
            listed["sha256"] = json!(sha256);
        }
    });
}

fn lines(files: &mut Files, path: &str, change: impl FnOnce(&mut Vec<Value>)) {
    let file = named(files, path);
    let mut rows: Vec<Value> =
        std::str::from_utf8(file).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    change(&mut rows);
    *file = rows.iter().map(|row| format!("{row}\n")).collect::<String>().into_bytes();
    agree(files);
}

const ITEMS: &str = "generations/generations.jsonl";

#[test]
fn changed_archives_are_refused_with_a_sentence() {
    let (from, _) = used();
    let whole = unpacked(&export(&from, None));
    let picture =
        whole.keys().find(|name| name.ends_with(".png") && name.contains("/images/")).unwrap().clone();
    let other =
        whole.keys().rfind(|name| name.ends_with(".png") && name.contains("/images/")).unwrap().clone();
    let root = picture.split_once('/').unwrap().0.to_owned();
    type Change<'a> = (&'a str, Box<dyn Fn(&mut Files) + 'a>);
    let changes: Vec<Change<'_>> = vec![
        ("a byte of a picture", Box::new(|files| files.get_mut(&picture).unwrap()[300] ^= 1)),
        ("a byte of the rows", Box::new(|files| named(files, ITEMS)[20] ^= 1)),
        (
            "a picture in place of another",
            Box::new(|files| {
                let one = files[&other].clone();
                files.insert(picture.clone(), one);
                agree(files);
            }),
        ),
        ("a picture that is missing", Box::new(|files| drop(files.remove(&picture)))),
        (
            "a file nobody listed",
            Box::new(|files| drop(files.insert(format!("{root}/extra.txt"), b"x".to_vec()))),
        ),
        ("a file outside", Box::new(|files| drop(files.insert("../outside.txt".into(), b"x".to_vec())))),
        (
            "a listed name that leads outside",
            Box::new(|files| manifest(files, |m| m["files"][0]["path"] = json!("../../outside.png"))),
        ),
        (
            "a part elsewhere",
            Box::new(|files| manifest(files, |m| m["volumes"] = json!(["all.zip", "../all.zip"]))),
        ),
        (
            "a part that is missing",
            Box::new(|files| manifest(files, |m| m["volumes"] = json!(["all.zip", "all.1.zip"]))),
        ),
        (
            "a part that does not exist",
            Box::new(|files| manifest(files, |m| m["files"][0]["volume"] = json!(7))),
        ),
        ("a size that is a lie", Box::new(|files| manifest(files, |m| m["files"][0]["bytes"] = json!(10)))),
        (
            "a size beyond all measure",
            Box::new(|files| manifest(files, |m| m["files"][0]["bytes"] = json!(u64::MAX))),
        ),
        ("a count that is a lie", Box::new(|files| manifest(files, |m| m["counts"]["items"] = json!(3)))),
        ("a newer layout", Box::new(|files| manifest(files, |m| m["schema_version"] = json!(2)))),
        ("another program's", Box::new(|files| manifest(files, |m| m["format"] = json!("other")))),
        (
            "a list twice the same",
            Box::new(|files| {
                manifest(files, |m| {
                    let one = m["files"][0].clone();
                    m["files"].as_array_mut().unwrap().push(one);
                })
            }),
        ),
        ("no list", Box::new(|files| drop(files.remove(&format!("{root}/manifest.json"))))),
        ("a list that is none", Box::new(|files| *named(files, "manifest.json") = b"[]".to_vec())),
        ("a column too many", Box::new(|files| lines(files, ITEMS, |rows| rows[0]["blob"] = json!("x")))),
        (
            "a column too few",
            Box::new(|files| {
                lines(files, ITEMS, |rows| drop(rows[0].as_object_mut().unwrap().remove("prompt")))
            }),
        ),
        (
            "a word for a number",
            Box::new(|files| lines(files, ITEMS, |rows| rows[0]["created_ms"] = json!("x"))),
        ),
        ("a width that is a lie", Box::new(|files| lines(files, ITEMS, |rows| rows[0]["width"] = json!(1)))),
        ("an id that is none", Box::new(|files| lines(files, ITEMS, |rows| rows[0]["id"] = json!("../x")))),
        (
            "another's result",
            Box::new(|files| lines(files, ITEMS, |rows| rows[1]["output_index"] = json!(2))),
        ),
        (
            "rows that are none",
            Box::new(|files| {
                *named(files, "connections/connections.jsonl") = b"[1]\n".to_vec();
                agree(files);
            }),
        ),
        (
            "half a line",
            Box::new(|files| {
                let cut = named(files, ITEMS);
                cut.pop();
                agree(files);
            }),
        ),
        (
            "a word where a number belongs, elsewhere",
            Box::new(|files| {
                lines(files, "connections/connections.jsonl", |rows| rows[0]["bytes_out"] = json!("many"))
            }),
        ),
    ];
    for (what, change) in changes {
        let to = shelf();
        let archive = to.dir.path().join("changed.zip");
        let mut files = whole.clone();
        change(&mut files);
        packed(&files, &archive);
        let error = import(&to.library, &archive).expect_err(what);
        assert_eq!(error.code(), "archive_unreadable", "{what}: {error}");
        assert!(error.to_string().ends_with("choose another file."), "{error}");
        let outside = to.dir.path().parent().unwrap().join("outside.txt");
        assert!(!outside.exists());
        assert!(to.library.decisions(9).unwrap().is_empty(), "{what}: no rows before all pictures are in");
    }
}

#[test]
fn files_that_are_no_archive_are_refused() {
    let (from, _) = used();
    let bytes = std::fs::read(export(&from, None)).unwrap();
    let to = shelf();
    let archive = to.dir.path().join("x.zip");
    let mut claims = bytes.clone();
    let end = claims.len() - 22;
    claims[end + 8..end + 12].fill(0xff);
    for (what, content) in [
        ("empty", Vec::new()),
        ("text", b"not an archive".to_vec()),
        ("cut short", bytes[..bytes.len() / 2].to_vec()),
        ("a beginning only", bytes[..50].to_vec()),
        ("more entries than there are", claims),
    ] {
        std::fs::write(&archive, content).unwrap();
        assert_eq!(import(&to.library, &archive).expect_err(what).code(), "archive_unreadable", "{what}");
    }
    assert_eq!(import(&to.library, to.dir.path()).unwrap_err().code(), "archive_unreadable", "a folder");
    assert_eq!(import(&to.library, &to.dir.path().join("none")).unwrap_err().code(), "disk_failed");
    assert_eq!(to.library.count().unwrap(), 0);
}

/// Somebody puts a file that is no picture, or one the check stops, into an archive that otherwise agrees with itself.
#[test]
fn what_the_check_does_not_let_in_stays_out_and_the_rest_comes() {
    let (from, ids) = used();
    let mut files = unpacked(&export(&from, None));
    let path = files.keys().find(|name| name.contains(&ids[0].to_string())).unwrap().clone();
    let text = b"this is no picture".to_vec();
    let hash = hex::encode(Sha256::digest(&text));
    files.insert(path, text);
    lines(&mut files, ITEMS, |rows| rows[0]["sha256"] = json!(hash));
    let to = shelf();
    let archive = to.dir.path().join("changed.zip");
    packed(&files, &archive);
    let imported = import(&to.library, &archive).unwrap();
    assert_eq!((imported.pictures, imported.unreadable), (3, vec![ids[0]]));
    let mut stops = |_| Ok(Admission::Stopped);
    let to = shelf();
    let stopped = to
        .library
        .import_everything(Import { archive: &archive, check: &mut stops, app_version: "0" }, &mut |_| true)
        .unwrap();
    assert_eq!((stopped.pictures, stopped.stopped.len()), (0, 4));
    assert_eq!(to.library.count().unwrap(), 0);
    assert_eq!(rows(&to.library, "edits"), Vec::<Value>::new(), "nothing of a picture that is not there");
}
