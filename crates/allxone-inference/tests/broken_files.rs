//! Whatever is wrong with a file on disk is a clean error, at once: never a hang, a crash or a wrong figure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use allxone_inference::{DataFile, Inference, InferenceError, Manifest, ModelName, ModelPaths};

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");

/// The longest a refusal may take.
const DEADLINE: Duration = Duration::from_secs(2);

/// A models folder with one file of its own; the library is the real one.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn inference(&self) -> Inference {
        Inference::new(ModelPaths {
            models: self.dir.path().to_owned(),
            runtime: ModelPaths::under(MODELS).runtime,
        })
    }

    fn path(&self, name: ModelName) -> PathBuf {
        self.dir.path().join(&name.entry().path)
    }
}

fn real(name: ModelName) -> Vec<u8> {
    fs::read(Path::new(MODELS).join(&name.entry().path)).unwrap()
}

fn refusal<T: std::fmt::Debug>(ask: impl FnOnce() -> Result<T, InferenceError>) -> InferenceError {
    let begun = Instant::now();
    let error = ask().unwrap_err();
    assert!(begun.elapsed() < DEADLINE, "took {:?}", begun.elapsed());
    assert!(!error.code().is_empty());
    assert!(error.to_string().to_lowercase().contains("nothing was changed"), "{error}");
    error
}

#[test]
fn a_missing_model_is_named() {
    let folder = Folder::new();
    for name in ModelName::ALL {
        let error = refusal(|| folder.inference().model(name));
        assert!(matches!(error, InferenceError::FileMissing { .. }), "{error:?}");
    }
    assert!(matches!(refusal(|| folder.inference().encoder()), InferenceError::FileMissing { .. }));
}

#[test]
fn a_truncated_model_is_refused_at_every_length() {
    let folder = Folder::new();
    let whole = real(ModelName::NsfwMobilenet);
    for part in 0..64 {
        let length = whole.len() * part / 64;
        fs::write(folder.path(ModelName::NsfwMobilenet), &whole[..length]).unwrap();
        let error = refusal(|| folder.inference().model(ModelName::NsfwMobilenet));
        assert!(matches!(error, InferenceError::FileDamaged { .. }), "{length}: {error:?}");
    }
    let mut longer = whole;
    longer.push(0);
    fs::write(folder.path(ModelName::NsfwMobilenet), &longer).unwrap();
    assert!(matches!(
        refusal(|| folder.inference().model(ModelName::NsfwMobilenet)),
        InferenceError::FileDamaged { .. }
    ));
}

#[test]
fn a_single_flipped_bit_anywhere_is_noticed() {
    let folder = Folder::new();
    let name = ModelName::StyleTransform;
    let mut bytes = real(name);
    let path = folder.path(name);
    let inference = folder.inference();
    for round in 0..200_usize {
        let (at, bit) = (round.wrapping_mul(2_654_435_761) % bytes.len(), round % 8);
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        let error = refusal(|| inference.model(name));
        assert!(matches!(error, InferenceError::FileDamaged { .. }), "byte {at} bit {bit}: {error:?}");
        bytes[at] ^= 1 << bit;
    }
    fs::write(&path, &bytes).unwrap();
    assert!(inference.model(name).is_ok(), "a failure must not be remembered");
}

#[test]
fn another_valid_model_in_its_place_is_refused() {
    let folder = Folder::new();
    fs::write(folder.path(ModelName::NsfwMobilenet), real(ModelName::OpenNsfw)).unwrap();
    let error = refusal(|| folder.inference().model(ModelName::NsfwMobilenet));
    assert!(matches!(error, InferenceError::FileDamaged { .. }));
}

#[test]
fn a_folder_in_the_place_of_a_model_is_refused() {
    let folder = Folder::new();
    fs::create_dir(folder.path(ModelName::OpenNsfw)).unwrap();
    let error = refusal(|| folder.inference().model(ModelName::OpenNsfw));
    assert!(matches!(error, InferenceError::FileUnreadable { .. }), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_a_model_is_refused() {
    let folder = Folder::new();
    let target = Path::new(MODELS).join(&ModelName::OpenNsfw.entry().path);
    std::os::unix::fs::symlink(target, folder.path(ModelName::OpenNsfw)).unwrap();
    let error = refusal(|| folder.inference().model(ModelName::OpenNsfw));
    assert!(matches!(error, InferenceError::FileUnreadable { .. }), "{error:?}");
}

#[test]
fn a_damaged_vocabulary_or_head_is_refused() {
    let folder = Folder::new();
    for file in DataFile::ALL {
        assert!(matches!(refusal(|| folder.inference().data(file)), InferenceError::FileMissing { .. }));
        let mut bytes = fs::read(Path::new(MODELS).join(&file.entry().path)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(folder.dir.path().join(&file.entry().path), &bytes).unwrap();
        assert!(matches!(refusal(|| folder.inference().data(file)), InferenceError::FileDamaged { .. }));
    }
    fs::write(folder.path(ModelName::TextEncoder), real(ModelName::TextEncoder)).unwrap();
    assert!(matches!(refusal(|| folder.inference().encoder()), InferenceError::FileDamaged { .. }));
}

#[test]
fn a_missing_garbage_or_wrong_library_is_refused_even_when_a_good_one_is_loaded() {
    Inference::new(ModelPaths::under(MODELS)).model(ModelName::OpenNsfw).unwrap();
    let entry = Manifest::shipped().runtime().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join(&entry.file);
    let ask = || {
        let paths = ModelPaths { models: PathBuf::from(MODELS), runtime: dir.path().to_owned() };
        refusal(|| Inference::new(paths).model(ModelName::OpenNsfw))
    };
    assert!(matches!(ask(), InferenceError::FileMissing { .. }));
    fs::write(&library, b"").unwrap();
    assert!(matches!(ask(), InferenceError::FileDamaged { .. }));
    fs::write(&library, b"not a library at all").unwrap();
    assert!(matches!(ask(), InferenceError::FileDamaged { .. }));
    fs::write(&library, vec![0x7f; usize::try_from(entry.bytes).unwrap()]).unwrap();
    assert!(matches!(ask(), InferenceError::FileDamaged { .. }));
    fs::copy(std::env::current_exe().unwrap(), &library).unwrap();
    assert!(matches!(ask(), InferenceError::FileDamaged { .. }));
}

#[test]
fn a_folder_relative_to_wherever_the_program_runs_is_refused() {
    let paths = ModelPaths { models: PathBuf::from(MODELS), runtime: PathBuf::from("models/runtime") };
    let error = refusal(|| Inference::new(paths).model(ModelName::OpenNsfw));
    assert!(matches!(error, InferenceError::RuntimeUnusable { .. }));
}

/// A folder of models laid out like the real one, of links to its files.
fn linked() -> (tempfile::TempDir, ModelPaths) {
    let dir = tempfile::tempdir().unwrap();
    let (real, paths) = (ModelPaths::under(MODELS), ModelPaths::under(dir.path()));
    fs::create_dir_all(&paths.runtime).unwrap();
    for standing in Inference::new(real.clone()).files() {
        assert!(standing.fault.is_none(), "{standing:?}");
        let file = standing.path.file_name().unwrap();
        let to = if standing.path.starts_with(&real.runtime) {
            paths.runtime.join(file)
        } else {
            paths.models.join(file)
        };
        fs::hard_link(&standing.path, &to).or_else(|_| fs::copy(&standing.path, &to).map(drop)).unwrap();
    }
    (dir, paths)
}

#[test]
fn what_is_broken_is_replaced_by_a_sound_copy_and_nothing_else_is_touched() {
    let (_dir, paths) = linked();
    let inference = Inference::new(paths.clone());
    assert!(inference.repair(&[PathBuf::from(MODELS)]).is_empty(), "nothing to do");
    let flipped = paths.models.join(&ModelName::OpenNsfw.entry().path);
    let missing = paths.models.join(&DataFile::PromptHead.entry().path);
    let library = paths.runtime.join(&Manifest::shipped().runtime().unwrap().file);
    let mut bytes = fs::read(&flipped).unwrap();
    bytes[77] ^= 4;
    fs::remove_file(&flipped).unwrap();
    fs::write(&flipped, &bytes).unwrap();
    fs::remove_file(&missing).unwrap();
    fs::remove_file(&library).unwrap();
    fs::create_dir(&library).unwrap();
    assert!(inference.model(ModelName::OpenNsfw).is_err());

    // A folder whose copies are as broken does not help, and leaves everything as it was.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join(flipped.file_name().unwrap()), &bytes).unwrap();
    let left = inference.repair(&[elsewhere.path().to_owned(), paths.models.clone()]);
    let failures: Vec<_> = left.iter().map(|repair| repair.failure).collect();
    assert_eq!(failures, [Some(allxone_inference::RepairFailure::NoCopy); 3], "{left:?}");
    assert_eq!(fs::read(&flipped).unwrap(), bytes);

    let done = inference.repair(&[elsewhere.path().to_owned(), PathBuf::from(MODELS)]);
    assert_eq!(done.iter().filter(|repair| repair.failure.is_none()).count(), 3, "{done:?}");
    assert!(inference.files().iter().all(|file| file.fault.is_none()));
    inference.model(ModelName::OpenNsfw).unwrap();
    let left_over = fs::read_dir(&paths.models)
        .unwrap()
        .flatten()
        .filter(|e| e.path().extension().is_some_and(|x| x == "repair"));
    assert_eq!(left_over.count(), 0);
}

/// What was hashed is what runs: the library comes out of sealed memory, not out of the file.
#[cfg(target_os = "linux")]
#[test]
fn the_library_that_runs_is_the_one_that_was_hashed() {
    Inference::new(ModelPaths::under(MODELS)).model(ModelName::OpenNsfw).unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let runtime = &Manifest::shipped().runtime().unwrap().file;
    assert!(maps.contains("memfd:allxone-runtime"), "loaded from the file instead");
    assert!(!maps.contains(runtime.as_str()), "the file itself is mapped");
}
