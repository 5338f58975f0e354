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
