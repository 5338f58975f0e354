//! Thousands of damaged files: each gives a picture that keeps its promises, or an error; never a panic that escapes.

use allxone_media::{Limits, OriginMark, Picture, SourceType, has_ai_origin, mark_ai_origin};
use bytes::Bytes;

use crate::{build, pillow};

/// Deterministic numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

fn mutate(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = file.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(out.len());
        match dice.roll(6) {
            0 => out[at] ^= 1 << dice.roll(8),
            1 => out[at] = [0, 255, 127, 128][dice.roll(4)],
            2 => out[at] = dice.roll(256) as u8,
            3 => out.truncate(at.max(12)),
            4 => {
                let end = (at + 1 + dice.roll(16)).min(out.len());
                let part = out[at..end].to_vec();
                out.splice(at..at, part);
            }
            _ => {
                let end = (at + 1 + dice.roll(16)).min(out.len());
                out.drain(at..end);
            }
        }
        if out.is_empty() {
            out.push(0);
        }
    }
    out
}

fn seeds() -> Vec<Vec<u8>> {
    let rgb = build::noise(24, 20, 1);
    let exif = build::exif(6);
    let profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
    let segments = [vec![build::segment(0xE1, &exif)], build::icc_segments(&profile)].concat();
    vec![
        build::png_rgb(&rgb, &[build::chunk(b"eXIf", &exif[6..]), build::iccp(&profile)]),
        build::png(
            4,
            2,
            4,
            3,
            &[&[0x01, 0x23], &[0x32, 0x10]],
            &[build::chunk(b"PLTE", &[9; 12]), build::chunk(b"tRNS", &[7, 8])],
        ),
        build::png(3, 2, 16, 6, &[&[7; 24], &[200; 24]], &[]),
        build::with_segments(&build::jpeg(&rgb, 85), &segments),
        build::unhex(pillow::JPEG_PROGRESSIVE),
        build::unhex(pillow::JPEG_420),
        build::unhex(pillow::JPEG_CMYK),
        build::webp(&build::noise_alpha(24, 20)),
        build::unhex(pillow::WEBP_LOSSY),
        build::unhex(pillow::WEBP_LOSSY_ALPHA),
        build::unhex(pillow::WEBP_ANIMATED),
        build::unhex(pillow::PNG_ANIMATED),
        build::gif(&[build::noise_alpha(12, 9), build::noise_alpha(12, 9)]),
    ]
}

#[test]
fn damaged_files_give_sound_pictures_or_errors() {
    let limits = Limits {
        max_pixels: 1_000_000,
        max_decoded_bytes: 8_000_000,
        max_animation_pixels: 4_000_000,
        ..Limits::default()
    };
    let mark =
        OriginMark { source: SourceType::TrainedAlgorithmicMedia, program: "P".into(), version: "1".into() };
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let (mut read, mut refused) = (0, 0);
    for seed in seeds() {
        assert!(Picture::prepare(Bytes::from(seed.clone()), &limits).is_ok());
        for _ in 0..400 {
            let file = Bytes::from(mutate(&seed, &mut dice));
            match Picture::prepare(file.clone(), &limits) {
                Ok(picture) => {
                    read += 1;
                    let again = Picture::received(picture.bytes().clone(), &limits).unwrap();
                    assert_eq!(
                        again.pixels(),
                        picture.pixels(),
                        "what is sent decodes to what was looked at"
                    );
                }
                Err(error) => {
                    refused += 1;
                    assert_ne!(error.code(), "picture_reader_stopped", "a decoder panicked");
                }
            }
            if let Ok(picture) = Picture::received(file.clone(), &limits) {
                assert!(picture.frames().len() <= allxone_media::MAX_SAMPLED_FRAMES);
                assert_eq!(picture.bytes(), &file);
            }
            if let Ok(marked) = mark_ai_origin(&file, &mark) {
                assert_eq!(mark_ai_origin(&marked, &mark).unwrap(), marked);
            }
            let _ = has_ai_origin(&file);
        }
    }
    assert!(read > 500 && refused > 500, "{read} read, {refused} refused");
}
