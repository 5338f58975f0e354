//! Any bytes as a picture to be sent: what is sent shows what was looked at, and preparing or marking twice changes nothing.
#![no_main]

use allxone_media::{Limits, OriginMark, Picture, SourceType, has_ai_origin, mark_ai_origin};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let limits = Limits { max_pixels: 300_000, max_animation_pixels: 2_000_000, ..Limits::default() };
    match Picture::prepare(Bytes::copy_from_slice(file), &limits) {
        Ok(sent) => {
            let read = Picture::received(sent.bytes().clone(), &limits).expect("what is sent can be read");
            assert_eq!(read.pixels(), sent.pixels());
            let again =
                Picture::prepare(sent.bytes().clone(), &limits).expect("what is sent can be sent again");
            assert_eq!(again.bytes(), sent.bytes());
        }
        Err(error) => assert_ne!(error.code(), "picture_reader_stopped"),
    }
    let source = SourceType::TrainedAlgorithmicMedia;
    let mark = OriginMark { source, program: "P".to_owned(), version: "1".to_owned() };
    if let Ok(marked) = mark_ai_origin(file, &mark) {
        // A file that already says where it comes from is left alone.
        assert!(has_ai_origin(&marked) || marked == file);
        assert_eq!(mark_ai_origin(&marked, &mark).expect("a marked file can be marked"), marked);
    }
});
