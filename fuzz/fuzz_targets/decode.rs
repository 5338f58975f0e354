//! Any bytes as a picture that came back: a picture or an error, never a panic.
#![no_main]

use allxone_media::{Limits, MAX_SAMPLED_FRAMES, Picture};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    // The caps of the product, but for sizes that would only make the machine slow.
    let limits = Limits { max_pixels: 1_000_000, max_animation_pixels: 4_000_000, ..Limits::default() };
    match Picture::received(Bytes::copy_from_slice(file), &limits) {
        Ok(picture) => {
            assert!((1..=MAX_SAMPLED_FRAMES).contains(&picture.frames().len()));
            assert_eq!(picture.bytes(), file);
        }
        // A panic inside a decoder is caught and has this code.
        Err(error) => assert_ne!(error.code(), "picture_reader_stopped"),
    }
});
