//! What the types forbid, asked of the compiler: every line of `types/forbidden.rs` that must not compile does not, with its own error, and
//! every other line does. One run of the compiler over the libraries of this very build.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const SAMPLE: &str = include_str!("types/forbidden.rs");

/// The library all others are reached through, as it was built for these tests: the newest of its name.
fn libraries() -> Vec<PathBuf> {
    let here = std::env::current_exe().unwrap();
    let mut found: Vec<PathBuf> = std::fs::read_dir(here.parent().unwrap())
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("liballxone_app-") && name.ends_with(".rlib")
        })
        .collect();
    found.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|m| m.modified()).unwrap()));
    found
}

/// The errors of `source` by line, or `None` where this library does not fit to the others any more.
fn compile(source: &str, library: &Path) -> Option<BTreeMap<usize, String>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sample.rs");
    std::fs::write(&file, source).unwrap();
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
            "--error-format",
            "json",
            "-A",
            "warnings",
        ])
        .arg("-L")
        .arg(format!("dependency={}", library.parent().unwrap().display()))
        .arg("--extern")
        .arg(format!("allxone_app={}", library.display()))
        .arg("--out-dir")
        .arg(folder.path())
        .arg(&file)
        .output()
        .unwrap();
    let mut errors = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let Some(code) = message["code"]["code"].as_str() else { continue };
        if ["E0460", "E0461", "E0462", "E0463", "E0514", "E0519"].contains(&code) {
            return None;
        }
        let spans = message["spans"].as_array().unwrap();
        let primary = spans.iter().find(|span| span["is_primary"] == true).unwrap();
        let at = usize::try_from(primary["line_start"].as_u64().unwrap()).unwrap();
        errors.insert(at, code.to_owned());
    }
    Some(errors)
}

#[test]
fn nothing_unscreened_can_be_sent_kept_or_shown_by_any_program_that_compiles() {
    let expected: BTreeMap<usize, String> = SAMPLE
        .lines()
        .enumerate()
        .filter_map(|(at, line)| {
            Some((at + 1, line.rsplit_once("// E").filter(|(_, code)| code.len() == 4)?.1))
        })
        .map(|(at, code)| (at, format!("E{code}")))
        .collect();
    assert!(expected.len() >= 20);
    let found =
        libraries().iter().find_map(|library| compile(SAMPLE, library)).expect("the libraries of this build");
    assert_eq!(found, expected);
}
