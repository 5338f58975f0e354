//! The manifest `models/models.toml`, compiled in: what is on disk is checked against it, never the other way round.

use std::sync::OnceLock;

use serde::Deserialize;

/// The operating system and processor this program was built for, as the manifest names them: `linux-x86_64`, `macos-aarch64`, …
pub fn platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// A network of the manifest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum ModelName {
    /// Picture screening, first opinion.
    NsfwMobilenet,
    /// Picture screening, second opinion.
    OpenNsfw,
    /// Sentence embedding; used through [`TextEncoder`](crate::TextEncoder).
    TextEncoder,
    /// 26 painted styles.
    MultiStyle,
    /// Four times enlargement.
    UpscaleDrawing,
    /// Mask of the main subject.
    Cutout,
    /// Style of any picture, first part.
    StylePredict,
    /// Style of any picture, second part.
    StyleTransform,
}

impl ModelName {
    /// Every network.
    pub const ALL: [Self; 8] = [
        Self::NsfwMobilenet,
        Self::OpenNsfw,
        Self::TextEncoder,
        Self::MultiStyle,
        Self::UpscaleDrawing,
        Self::Cutout,
        Self::StylePredict,
        Self::StyleTransform,
    ];

    /// The name in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NsfwMobilenet => "nsfw-mobilenet",
            Self::OpenNsfw => "open-nsfw",
            Self::TextEncoder => "text-encoder",
            Self::MultiStyle => "multi-style",
            Self::UpscaleDrawing => "upscale-drawing",
            Self::Cutout => "cutout",
            Self::StylePredict => "style-predict",
            Self::StyleTransform => "style-transform",
        }
    }

    /// Its entry.
    pub fn entry(self) -> &'static ModelEntry {
        Manifest::shipped().required(self.as_str())
    }
}

/// A pinned file that is not a network.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DataFile {
    /// Vocabulary of the text encoder.
    Tokenizer,
    /// The logistic layer of the prompt check.
    PromptHead,
}

impl DataFile {
    /// Every such file.
    pub const ALL: [Self; 2] = [Self::Tokenizer, Self::PromptHead];

    /// The name in the manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tokenizer => "tokenizer",
            Self::PromptHead => "prompt-head",
        }
    }

    /// Its entry.
    pub fn entry(self) -> &'static ModelEntry {
        Manifest::shipped().required(self.as_str())
    }
}

/// Where a pinned file was taken from.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Source {
    /// `npm`, `pypi` or `own`.
    pub registry: String,
    /// Package.
    pub package: String,
    /// Exact version.
    pub version: String,
}

/// One `[[model]]` table: a committed file of the models folder.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct ModelEntry {
    /// Stable name.
    pub name: String,
    /// What it is for.
    #[serde(rename = "use")]
    pub purpose: String,
    /// `onnx`, `tokenizer` or `head`.
    pub kind: String,
    /// Path inside the models folder.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// SPDX identifier.
    pub licence: String,
    /// Where it was taken from.
    pub source: Source,
    /// Its inputs, for people.
    pub input: Vec<String>,
    /// Its outputs, for people.
    pub output: Vec<String>,
}

/// One `[[runtime]]` table: ONNX Runtime's library for one platform.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct RuntimeEntry {
    /// See [`platform`].
    pub platform: String,
    /// Package on PyPI.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Platform tag that chooses the wheel.
    pub pip_platform: String,
    /// Python version that chooses the wheel.
    pub python: String,
    /// Path of the library inside the wheel.
    pub member: String,
    /// File name of the library in the runtime folder.
    pub file: String,
    /// Length in bytes.
    pub bytes: u64,
    /// SHA-256, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// SPDX identifier.
    pub licence: String,
}

/// The `[drawings]` table: the pictures scenes are composed of.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct DrawingsEntry {
    /// `npm`.
    pub registry: String,
    /// Package.
    pub package: String,
    /// Exact version.
    pub version: String,
    /// Subresource integrity of the package's archive.
    pub integrity: String,
    /// SPDX identifier.
    pub licence: String,
    /// Folder inside the models folder.
    pub path: String,
    /// How many pictures.
    pub files: u32,
    /// SHA-256 over one line `<sha256>  <name>` a picture, sorted by name.
    pub sha256: String,
}

/// The whole manifest. Fields it does not know are left to the tools that do.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Manifest {
    /// Version of the manifest's own layout.
    pub format: u32,
    /// Files of the models folder.
    #[serde(rename = "model")]
    pub models: Vec<ModelEntry>,
    /// Libraries.
    #[serde(rename = "runtime")]
    pub runtimes: Vec<RuntimeEntry>,
    /// Pictures.
    pub drawings: DrawingsEntry,
}

impl Manifest {
    /// The manifest this program was built with.
    #[expect(clippy::expect_used, reason = "compiled in; a test parses it")]
    pub fn shipped() -> &'static Self {
        static SHIPPED: OnceLock<Manifest> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            toml::from_str(include_str!("../../../models/models.toml"))
                .expect("the compiled-in manifest is valid")
        })
    }

    /// The library of this platform.
    pub fn runtime(&self) -> Option<&RuntimeEntry> {
        let here = platform();
        self.runtimes.iter().find(|r| r.platform == here)
    }

    #[expect(clippy::expect_used, reason = "compiled in; a test looks every name up")]
    fn required(&self, name: &str) -> &ModelEntry {
        self.models.iter().find(|m| m.name == name).expect("the compiled-in manifest is complete")
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;

    fn inside(path: &str) -> bool {
        Path::new(path).components().all(|c| matches!(c, Component::Normal(_)))
    }

    #[test]
    fn every_name_has_an_entry_with_a_full_hash_inside_the_folder() {
        let manifest = Manifest::shipped();
        assert_eq!(manifest.format, 1);
        let names =
            ModelName::ALL.map(ModelName::as_str).into_iter().chain(DataFile::ALL.map(DataFile::as_str));
        for name in names {
            let entry = manifest.required(name);
            assert_eq!(entry.sha256.len(), 64, "{name}");
            assert!(entry.bytes > 0 && inside(&entry.path), "{name}");
        }
        assert_eq!(
            manifest.models.len(),
            ModelName::ALL.len() + DataFile::ALL.len(),
            "an entry nobody loads"
        );
    }

    #[test]
    fn every_desktop_platform_has_a_library() {
        let manifest = Manifest::shipped();
        for wanted in [
            "linux-x86_64",
            "linux-aarch64",
            "macos-aarch64",
            "macos-x86_64",
            "windows-x86_64",
            "windows-aarch64",
        ] {
            let entry = manifest.runtimes.iter().find(|r| r.platform == wanted);
            assert!(
                entry.is_some_and(|r| r.sha256.len() == 64 && inside(&r.file) && r.member.ends_with(&r.file)),
                "{wanted}"
            );
        }
        assert!(manifest.runtime().is_some());
    }
}
