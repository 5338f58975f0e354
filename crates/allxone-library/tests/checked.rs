//! Through the real check, with the shipped models: a picture that passed is kept, and nothing else can be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use allxone_inference::{Inference, ModelPaths};
use allxone_library::{Access, Details, Library, LibraryKeys, NewItem};
use allxone_media::{Picture, Pixels};
use allxone_safety::{Gate, Screening};
use allxone_vault::{KeyPurpose, Opening, Vault};

#[test]
fn a_picture_that_passed_the_check_is_kept() {
    let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
    let gate = Gate::new(Inference::new(ModelPaths::under(models)));
    // A calm slope of colours.
    let rgba = (0..256u32 * 256).flat_map(|i| [(i % 256) as u8, 120, 200 - (i / 512) as u8, 255]).collect();
    let picture = Picture::encode_png(&Pixels::from_rgba(256, 256, rgba).unwrap()).unwrap();
    let bytes = picture.bytes().clone();
    let screened = match gate.screen(picture).unwrap() {
        Screening::Show(screened) => screened,
        Screening::Review(held) => held.confirm(),
        Screening::Block(finding) => panic!("{finding:?}"),
    };

    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(dir.path(), Opening::file()).unwrap();
    let keys = || LibraryKeys {
        database: vault.key(KeyPurpose::LibraryDatabase),
        blobs: vault.key(KeyPurpose::LibraryBlobs),
    };
    let library = Library::open(&dir.path().join("library"), keys(), Access::Exclusive).unwrap();
    let details =
        Details { operation: "scene".into(), prompt: "a slope".into(), ai_made: true, ..Details::default() };
    let id = library.keep(NewItem { picture: screened, details }).unwrap();
    drop(library);

    let library = Library::open(&dir.path().join("library"), keys(), Access::ReadOnly).unwrap();
    assert_eq!(library.picture(id).unwrap(), bytes);
    let details = library.get(id).unwrap().details;
    assert_eq!(details.prompt, "a slope");
    let receipts = details.receipts.as_array().unwrap();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0]["content"], library.get(id).unwrap().sha256, "the receipt is of these very bytes");
    assert!(!library.thumbnail(id).unwrap().is_empty());
}
