//! Whatever is wrong with the installation, nothing passes and the reason is plain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use allxone_contract::{JobRequest, Operation};
use allxone_inference::{Inference, Manifest, ModelPaths};
use allxone_safety::{Gate, SafetyError};
use common::{MODELS, needed_files, picture};

/// A copy of what the gate needs, to be damaged.
fn installation() -> (tempfile::TempDir, ModelPaths) {
    let dir = tempfile::tempdir().unwrap();
    for file in needed_files() {
        fs::copy(Path::new(MODELS).join(&file), dir.path().join(&file)).unwrap();
    }
    let paths = ModelPaths { models: dir.path().to_owned(), runtime: ModelPaths::under(MODELS).runtime };
    (dir, paths)
}

fn request(prompt: &str) -> JobRequest {
    JobRequest { prompt: prompt.to_owned(), ..JobRequest::new(Operation::Generate, "local/scene".into()) }
}

/// Asks everything of the gate; returns the errors, none of which may have let anything pass in time.
fn ask_all(paths: &ModelPaths) -> Vec<Option<SafetyError>> {
    let gate = Gate::new(Inference::new(paths.clone()));
    let begun = Instant::now();
    let answers = vec![
        gate.ready().err(),
        gate.clear(picture("safe_coffee.png")).err(),
        gate.screen(picture("safe_coffee.png")).err(),
        gate.clear(request("a lighthouse")).err(),
        gate.check_prompt("a lighthouse").err(),
    ];
    assert!(begun.elapsed() < Duration::from_secs(10), "took {:?}", begun.elapsed());
    answers
}

fn plain(error: &SafetyError) {
    let SafetyError::FilterUnavailable { what, remedy } = error;
    assert!(!what.is_empty() && remedy.ends_with('.'), "{error}");
    assert_eq!(error.code(), "filter_unavailable");
    assert!(error.to_string().contains("Nothing was sent and nothing was shown."));
}

#[test]
fn a_whole_installation_passes_what_is_harmless() {
    let (_dir, paths) = installation();
    assert!(ask_all(&paths).iter().all(Option::is_none));
}

#[test]
fn each_damaged_file_closes_exactly_what_depends_on_it() {
    for file in needed_files() {
        let for_pictures = file.to_string_lossy().contains("nsfw");
        let whole = fs::read(Path::new(MODELS).join(&file)).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 3;
        flipped[middle] ^= 0x10;
        let other = needed_files().into_iter().find(|f| *f != file).unwrap();
        let damages: [(&str, Option<Vec<u8>>); 6] = [
            ("missing", None),
            ("empty", Some(Vec::new())),
            ("half", Some(whole[..whole.len() / 2].to_vec())),
            ("one byte short", Some(whole[..whole.len() - 1].to_vec())),
            ("a flipped bit", Some(flipped)),
            ("another file", Some(fs::read(Path::new(MODELS).join(other)).unwrap())),
        ];
        for (damage, content) in damages {
            let (dir, paths) = installation();
            match content {
                Some(content) => fs::write(dir.path().join(&file), content).unwrap(),
                None => fs::remove_file(dir.path().join(&file)).unwrap(),
            }
            let answers = ask_all(&paths);
            let what = format!("{} {damage}", file.display());
            answers.iter().flatten().for_each(plain);
            assert!(answers[0].is_some(), "{what}: the gate says it is ready");
            assert_eq!(answers[1].is_some() && answers[2].is_some(), for_pictures, "{what}: pictures");
            assert_eq!(answers[3].is_some() && answers[4].is_some(), !for_pictures, "{what}: prompts");
        }
    }
}

#[test]
fn without_a_sound_library_nothing_passes() {
    let entry = Manifest::shipped().runtime().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let paths = ModelPaths { models: MODELS.into(), runtime: dir.path().to_owned() };
    let garbage = vec![7_u8; usize::try_from(entry.bytes).unwrap()];
    for content in [None, Some(&b""[..]), Some(b"not a library"), Some(&garbage)] {
        if let Some(content) = content {
            fs::write(dir.path().join(&entry.file), content).unwrap();
        }
        let answers = ask_all(&paths);
        assert!(answers.iter().all(Option::is_some), "{answers:?}");
        answers.iter().flatten().for_each(plain);
    }
}

#[test]
fn a_repaired_installation_works_without_a_restart() {
    let (dir, paths) = installation();
    let file = &needed_files()[0];
    fs::remove_file(dir.path().join(file)).unwrap();
    let gate = Gate::new(Inference::new(paths));
    assert!(gate.ready().is_err());
    fs::copy(Path::new(MODELS).join(file), dir.path().join(file)).unwrap();
    assert!(gate.ready().is_ok());
}
