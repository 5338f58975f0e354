//! What may not leave does not leave, and what cannot be checked does not either.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use allxone_tests::{Machine, Ran, fixture};

const UNSAFE_PROMPT: &str = "explicit nude woman having sex, pornographic photo";

#[test]
fn an_unsafe_prompt_and_an_unsafe_picture_are_stopped_with_a_reason() {
    let machine = Machine::new();
    let ran = machine.run(["generate", UNSAFE_PROMPT, "-o", "x.png", "--json"]).ended(3);
    let error = &ran.json()[0]["error"];
    assert_eq!(error["code"], "blocked");
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert!(!ran.stdout.contains("pornographic"), "the words are never echoed");

    let picture = fixture("unsafe_both_512.png");
    let ran = machine
        .run(["generate", "--factor", "2", "--input", picture.to_str().unwrap(), "-o", "x.png"])
        .ended(3);
    assert!(ran.stderr.contains("safety check"), "{}", ran.stderr);
    assert!(!machine.file("x.png").exists());
    // Confirming never lifts a block.
    machine
        .run([
            "generate",
            "--factor",
            "2",
            "--confirm-review",
            "--input",
            picture.to_str().unwrap(),
            "-o",
            "x.png",
        ])
        .ended(3);
    assert!(machine.run(["library", "list", "--json"]).ended(0).json().is_empty());
}

#[test]
fn a_borderline_picture_wants_a_deliberate_confirmation() {
    let machine = Machine::new();
    let picture = fixture("borderline_sexy_256.png");
    let args = ["generate", "--model", "local/cutout", "--input", picture.to_str().unwrap(), "-o", "x.png"];
    let ran = machine.run(args).ended(3);
    assert!(ran.stderr.contains("--confirm-review"), "{}", ran.stderr);
}

#[test]
fn scan_says_one_line_for_each_input_in_order() {
    let machine = Machine::new();
    let names = ["safe_coffee.png", "unsafe_both_512.png", "borderline_sexy_256.png"];
    let args =
        ["scan".into(), "--json".into()].into_iter().chain(names.iter().map(|n| fixture(n).into_os_string()));
    let lines = machine.run(args).ended(3).json();
    let verdicts: Vec<_> = lines.iter().take(3).map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["allow", "block", "review"]);
    for (line, name) in lines.iter().zip(names) {
        assert!(line["input"].as_str().unwrap().ends_with(name));
        assert!(line["cpu_ms"].as_f64().unwrap() > 0.0);
        assert!(line["reasons"].is_array() && line["scores"].is_object());
    }
    fs::write(machine.file("prompts.txt"), format!("a fox\n{UNSAFE_PROMPT}\na bowl of soup\n")).unwrap();
    let lines = machine.run(["scan", "--prompts-from", "prompts.txt", "--json"]).ended(3).json();
    let verdicts: Vec<_> = lines.iter().take(3).map(|line| line["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["allow", "block", "allow"]);
    machine.run(["scan", "--prompt", "a quiet garden"]).ended(0);
    assert!(!machine.data().exists(), "a scan keeps nothing");
}

/// A copy of the models in which `spoil` may change anything; unspoilt files are links, so that it costs nothing.
fn spoilt(machine: &Machine, spoil: impl Fn(&Path)) -> std::path::PathBuf {
    let copy = allxone_tests::linked_models(&machine.file("models"));
    spoil(&copy);
    copy
}

fn replace(file: &Path, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

fn runtime(folder: &Path) -> std::path::PathBuf {
    let found = allxone_tests::files(&folder.join("runtime"));
    found
        .into_iter()
        .find(|file| file.to_string_lossy().contains("onnxruntime"))
        .expect("the runtime library is in place")
}

#[test]
fn a_broken_check_lets_nothing_through_and_the_library_still_opens() {
    let machine = Machine::new();
    machine.run(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]).ended(0);
    type Spoil = fn(&Path);
    let cases: [(&str, Spoil); 8] = [
        ("picture model missing", |m| fs::remove_file(m.join("nsfwjs-mobilenet-v2-mid.u8w.onnx")).unwrap()),
        ("second opinion missing", |m| fs::remove_file(m.join("open-nsfw.f16w.onnx")).unwrap()),
        ("truncated", |m| {
            let file = m.join("nsfwjs-mobilenet-v2-mid.u8w.onnx");
            let bytes = fs::read(&file).unwrap();
            replace(&file, &bytes[..bytes.len() / 2]);
        }),
        ("one bit flipped", |m| {
            let file = m.join("minilm-prompt.i8w.onnx");
            let mut bytes = fs::read(&file).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            replace(&file, &bytes);
        }),
        ("another valid model", |m| {
            let other = fs::read(m.join("u2netp.onnx")).unwrap();
            replace(&m.join("open-nsfw.f16w.onnx"), &other);
        }),
        ("tokenizer changed", |m| replace(&m.join("tokenizer.json"), b"{}")),
        ("runtime missing", |m| fs::remove_file(runtime(m)).unwrap()),
        ("runtime garbage", |m| replace(&runtime(m), b"no library")),
    ];
    for (name, spoil) in cases {
        let folder = spoilt(&machine, spoil);
        let with = |args: &[&str]| -> (Ran, Duration) {
            let started = Instant::now();
            let ran = allxone_tests::ran(machine.command().env("ALLXONE_MODELS_DIR", &folder).args(args));
            (ran, started.elapsed())
        };
        let (ran, _) = with(&["generate", "a dog", "--size", "160x160", "-o", "dog.png"]);
        assert_eq!(ran.code(), 4, "{name}: {} {}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("Nothing was sent") || ran.stderr.contains("nothing was sent"),
            "{name}: {}",
            ran.stderr
        );
        assert!(!machine.file("dog.png").exists(), "{name}");
        let (ran, _) = with(&["scan", "--prompt", "a dog"]);
        assert_eq!(ran.code(), 4, "{name}: {}", ran.stderr);
        let (ran, _) = with(&["library", "list", "--json"]);
        assert_eq!(ran.ended(0).json().len(), 1, "{name}: the library opens all the same");
        let (ran, _) = with(&["doctor"]);
        assert_eq!(ran.code(), 4, "{name}");
    }
    machine.run(["generate", "a dog", "--size", "160x160", "-o", "dog.png"]).ended(0);
}

#[test]
fn the_doctor_repairs_from_what_is_installed_and_everything_works_again() {
    let machine = Machine::new();
    machine.run(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]).ended(0);
    let folder = spoilt(&machine, |m| {
        fs::remove_file(m.join("open-nsfw.f16w.onnx")).unwrap();
        replace(&m.join("tokenizer.json"), b"{}");
        fs::remove_file(runtime(m)).unwrap();
    });
    let with =
        |args: &[&str]| allxone_tests::ran(machine.command().env("ALLXONE_MODELS_DIR", &folder).args(args));
    with(&["doctor"]).ended(4);
    // Looking at what was made before goes on meanwhile.
    assert_eq!(with(&["library", "list", "--json"]).ended(0).json().len(), 1);
    let ran = with(&["doctor", "--repair"]).ended(0);
    for file in ["open-nsfw.f16w.onnx", "tokenizer.json"] {
        assert!(ran.stdout.contains(&format!("{file} was repaired.")), "{}", ran.stdout);
    }
    with(&["doctor"]).ended(0);
    with(&["generate", "a dog", "--size", "160x160", "-o", "dog.png"]).ended(0);
}

#[test]
fn the_records_are_verified_and_a_picture_that_was_changed_is_found() {
    let machine = Machine::new();
    machine.run(["verify"]).ended(1);
    machine.run(["generate", "a cat", "--size", "160x160", "-o", "cat.png"]).ended(0);
    machine.run(["generate", UNSAFE_PROMPT, "-o", "x.png"]).ended(3);
    let found = machine.run(["verify", "--json"]).ended(0).json().remove(0);
    assert_eq!(
        (found["pictures"].as_u64(), found["faults"].as_array().map(Vec::len)),
        (Some(1), Some(0)),
        "{found}"
    );
    assert!(found["lines"].as_u64() >= Some(2), "{found}");
    let head = found["head"].as_str().unwrap().to_owned();
    machine.run(["generate", "a dog", "--size", "160x160", "-o", "dog.png"]).ended(0);
    machine.run(["verify", "--head", &head]).ended(0);
    machine.run(["verify", "--head", &"0".repeat(64)]).ended(1);
    // Whoever exchanges sealed files for one another is found out.
    let mut blobs: Vec<_> = allxone_tests::files(&machine.data().join("library/blobs"));
    blobs.sort_by_key(|blob| fs::metadata(blob).unwrap().len());
    let (small, large) = (blobs.first().unwrap(), blobs.last().unwrap());
    fs::copy(small, large).unwrap();
    let ran = machine.run(["verify"]).ended(1);
    assert!(ran.stdout.contains("Picture "), "{}", ran.stdout);
}
