//! Whatever is wrong with the installation, nothing passes and the reason is plain.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use allxone_contract::{JobRequest, Operation, Sha256, Verdict};
use allxone_inference::{Inference, Manifest, ModelPaths};
use allxone_media::Picture;
use allxone_safety::{Clearance, Gate, SafetyError, Screening};
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

/// Nobody waits so long, however busy the machine: what takes longer hangs.
const HANGS: Duration = Duration::from_secs(120);

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
    assert!(begun.elapsed() < HANGS, "took {:?}", begun.elapsed());
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

/// One file of an installation, damaged in place and put right again, and the question that depends on it.
struct Victim<'a> {
    gate: &'a Gate,
    path: std::path::PathBuf,
    for_pictures: bool,
    picture: &'a Picture,
}

impl Victim<'_> {
    /// The gate's answer to content that is harmless: nothing but an error may come back.
    #[track_caller]
    fn closed(&self, how: &str) {
        let error = match self.for_pictures {
            true => match self.gate.clear(self.picture.clone()) {
                Err(error) => error,
                Ok(passed) => panic!("{} {how}: {passed:?}", self.path.display()),
            },
            false => match self.gate.clear(request("a lighthouse")) {
                Err(error) => error,
                Ok(passed) => panic!("{} {how}: {passed:?}", self.path.display()),
            },
        };
        plain(&error);
        let file = self.path.file_name().unwrap().to_string_lossy();
        assert!(error.to_string().contains(&*file), "the file is named: {error}");
    }
}

/// A thousand flipped bits over everything the gate loads, more of them where a file is small, and 64 truncations of each file. The same
/// gate is asked throughout, so that nothing it has loaded of the other files helps.
#[cfg(unix)]
#[test]
fn a_thousand_flipped_bits_and_every_truncation_close_it() {
    use std::os::unix::fs::FileExt;
    let (_dir, paths) = installation();
    let harmless = picture("safe_coffee.png");
    let mut flips = 0;
    for file in needed_files() {
        let path = paths.models.join(&file);
        let gate = Gate::new(Inference::new(paths.clone()));
        let for_pictures = file.to_string_lossy().contains("nsfw");
        let victim = Victim { gate: &gate, path: path.clone(), for_pictures, picture: &harmless };
        let open = fs::File::options().read(true).write(true).open(&path).unwrap();
        let length = open.metadata().unwrap().len();
        let rounds = match length {
            0..1_000_000 => 400,
            1_000_000..10_000_000 => 130,
            10_000_000..20_000_000 => 45,
            _ => 25,
        };
        for round in 0..rounds {
            let (at, bit) = (round * 2_654_435_761 % length, round % 8);
            let mut byte = [0];
            open.read_exact_at(&mut byte, at).unwrap();
            open.write_all_at(&[byte[0] ^ (1 << bit)], at).unwrap();
            victim.closed(&format!("byte {at} bit {bit}"));
            open.write_all_at(&byte, at).unwrap();
            flips += 1;
        }
        let whole = fs::read(&path).unwrap();
        for part in (0..64).rev() {
            let kept = length * part / 64;
            open.set_len(kept).unwrap();
            victim.closed(&format!("cut to {kept} bytes"));
        }
        fs::write(&path, &whole).unwrap();
        gate.ready().unwrap();
    }
    assert_eq!(flips, 1_000);
}

/// What is not the pinned file is not read through, whatever stands in its place: a link (even to the right file), a folder, a pipe, a file
/// of another model cut to the same length.
#[cfg(unix)]
#[test]
fn links_folders_pipes_and_swapped_files_close_it() {
    let harmless = picture("safe_coffee.png");
    for file in needed_files() {
        let real = fs::canonicalize(Path::new(MODELS).join(&file)).unwrap();
        let length = usize::try_from(fs::metadata(&real).unwrap().len()).unwrap();
        let other = needed_files().into_iter().find(|f| *f != file).unwrap();
        let swapped: Vec<u8> =
            fs::read(Path::new(MODELS).join(other)).unwrap().into_iter().cycle().take(length).collect();
        let (_dir, paths) = installation();
        let gate = Gate::new(Inference::new(paths.clone()));
        let path = paths.models.join(&file);
        let for_pictures = file.to_string_lossy().contains("nsfw");
        let victim = Victim { gate: &gate, path: path.clone(), for_pictures, picture: &harmless };
        fs::write(&path, swapped).unwrap();
        victim.closed("another file of the same length");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&real, &path).unwrap();
        victim.closed("a link to the right file");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        victim.closed("a folder");
        fs::remove_dir(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        victim.closed("a pipe");
        fs::remove_file(&path).unwrap();
        fs::copy(&real, &path).unwrap();
        gate.ready().unwrap();
    }
}

/// Files are read when models are first needed. What is exchanged after that changes no verdict, and what was judged before is forgotten as
/// soon as the models are.
#[test]
fn a_file_exchanged_under_a_running_gate_changes_nothing_until_it_is_read_again() {
    let (_dir, paths) = installation();
    let gate = Gate::new(Inference::new(paths.clone()));
    let unsafe_picture = || picture("unsafe_both_512.png");
    assert!(matches!(gate.screen(unsafe_picture()).unwrap(), Screening::Block(_)));
    assert!(matches!(gate.screen(picture("safe_coffee.png")).unwrap(), Screening::Show(_)));
    for file in needed_files() {
        fs::write(paths.models.join(file), b"exchanged").unwrap();
    }
    assert!(matches!(gate.screen(unsafe_picture()).unwrap(), Screening::Block(_)));
    assert!(matches!(gate.screen(picture("safe_brick.png")).unwrap(), Screening::Show(_)));
    gate.forget_idle();
    for known in [unsafe_picture(), picture("safe_coffee.png")] {
        plain(&gate.screen(known).unwrap_err());
    }
    plain(&gate.clear(request("a lighthouse")).unwrap_err());
}

/// A receipt is bound to the exact bytes that leave, and to what judged them.
#[test]
fn a_receipt_names_the_bytes_the_rules_and_the_models() {
    let gate = common::gate();
    let Clearance::Allow(sent) = gate.clear(request("a lighthouse")).unwrap() else { panic!("harmless") };
    assert_eq!(
        (sent.receipt().content, *sent.sha256()),
        (Sha256::of(sent.bytes()), Sha256::of(sent.bytes()))
    );
    assert_eq!(serde_json::from_slice::<JobRequest>(sent.bytes()).unwrap(), *sent.value());
    let Clearance::Allow(picture) = gate.clear(picture("safe_coffee.png")).unwrap() else {
        panic!("harmless")
    };
    let receipt = picture.receipt();
    assert_eq!(receipt.content, Sha256::of(picture.bytes()));
    assert_eq!((receipt.finding.verdict, receipt.confirmed), (Verdict::Allow, false));
    assert_eq!(receipt.versions, gate.versions());
    assert_eq!((receipt.versions.policy.len(), receipt.versions.models.len()), (64, needed_files().len()));
    for (file, (_, hash)) in needed_files().iter().zip(&receipt.versions.models) {
        assert_eq!(
            *hash,
            Sha256::of(&fs::read(Path::new(MODELS).join(file)).unwrap()).to_string(),
            "{}",
            file.display()
        );
    }
    // Judged once, the same; judged by another party, the same again.
    let again = |gate: &Gate| match gate.clear(common::picture("safe_coffee.png")).unwrap() {
        Clearance::Allow(picture) => picture.receipt().finding.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((again(&gate), again(&gate.apart())), (receipt.finding.clone(), receipt.finding.clone()));
}

#[test]
fn words_of_others_are_heard_only_if_the_gate_allows_them() {
    let gate = common::gate();
    assert_eq!(
        gate.hear("The provider is busy.\nTry again later.").as_deref(),
        Some("The provider is busy.\nTry again later.")
    );
    assert_eq!(gate.hear("a \u{202e}gnp.exe\u{1b}[31m fox\u{200b}").as_deref(), Some("a gnp.exe[31m fox"));
    assert_eq!(gate.hear(""), Some(String::new()));
    assert_eq!(gate.hear("revised prompt: explicit nude woman having sex, pornographic photo"), None);
    let endless = "a fox in a forest. ".repeat(1_000);
    assert_eq!(gate.hear(&endless).unwrap().chars().count(), allxone_safety::LONGEST_HEARD);
    let empty = tempfile::tempdir().unwrap();
    let broken = Gate::new(Inference::new(ModelPaths::under(empty.path())));
    assert_eq!(broken.hear("The provider is busy."), None);
}
