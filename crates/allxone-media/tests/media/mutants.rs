//! Ten thousand damaged files: each gives a picture that keeps its promises, or an error; never a panic that escapes, never much
//! memory.

use std::sync::atomic::{AtomicUsize, Ordering};

use allxone_media::{
    Limits, MAX_SAMPLED_FRAMES, OriginMark, Picture, SourceType, has_ai_origin, mark_ai_origin,
};
use bytes::Bytes;

use crate::bombs::peak_of;
use crate::{build, pillow};

/// Deterministic numbers (xorshift).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(0x9E37_79B9_7F4A_7C15 ^ seed.wrapping_mul(0xD134_2543_DE82_EF95))
    }

    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

pub fn mutate(file: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut out = file.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(out.len());
        match dice.roll(7) {
            0 => out[at] ^= 1 << dice.roll(8),
            1 => out[at] = [0, 255, 127, 128][dice.roll(4)],
            2 => out[at] = dice.roll(256) as u8,
            3 => out.truncate(at.max(12)),
            4 => {
                let end = (at + 1 + dice.roll(16)).min(out.len());
                let part = out[at..end].to_vec();
                out.splice(at..at, part);
            }
            // Sizes and lengths stand in front.
            5 => {
                let near = dice.roll(out.len().min(64));
                out[near] = dice.roll(256) as u8;
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

pub fn seeds() -> Vec<Vec<u8>> {
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

/// Mutants of each seed: 10,010 in all.
const EACH: usize = 770;

/// What one mutant may hold at most, under the caps of the product.
const MOST: isize = 256 << 20;

#[test]
fn ten_thousand_damaged_files_give_sound_pictures_or_errors() {
    let (read, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let seeds = seeds();
    std::thread::scope(|scope| {
        for half in [0, 1] {
            let (seeds, read, refused) = (&seeds, &read, &refused);
            scope.spawn(move || {
                for (seed, number) in seeds.iter().zip(0_u64..).skip(half).step_by(2) {
                    let mut dice = Dice::new(number);
                    assert!(Picture::prepare(Bytes::from(seed.clone()), &Limits::default()).is_ok());
                    for _ in 0..EACH {
                        let file = Bytes::from(mutate(seed, &mut dice));
                        let ((), peak) = peak_of(|| check(&file, read, refused));
                        assert!(peak < MOST, "{peak} bytes held");
                    }
                }
            });
        }
    });
    let (read, refused) = (read.into_inner(), refused.into_inner());
    assert_eq!(read + refused, EACH * seeds.len());
    assert!(read > 1000 && refused > 1000, "{read} read, {refused} refused");
}

fn check(file: &Bytes, read: &AtomicUsize, refused: &AtomicUsize) {
    let limits = Limits::default();
    let mark =
        OriginMark { source: SourceType::TrainedAlgorithmicMedia, program: "P".into(), version: "1".into() };
    match Picture::prepare(file.clone(), &limits) {
        Ok(picture) => {
            read.fetch_add(1, Ordering::Relaxed);
            let again = Picture::received(picture.bytes().clone(), &limits).unwrap();
            assert_eq!(again.pixels(), picture.pixels(), "what is sent decodes to what was looked at");
        }
        Err(error) => {
            refused.fetch_add(1, Ordering::Relaxed);
            assert_ne!(error.code(), "picture_reader_stopped", "a decoder panicked");
        }
    }
    if let Ok(picture) = Picture::received(file.clone(), &limits) {
        assert!(picture.frames().len() <= MAX_SAMPLED_FRAMES);
        assert_eq!(picture.bytes(), file);
    }
    if let Ok(marked) = mark_ai_origin(file, &mark) {
        assert_eq!(mark_ai_origin(&marked, &mark).unwrap(), marked);
    }
    let _ = has_ai_origin(file);
}
