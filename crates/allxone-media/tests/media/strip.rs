//! Whatever stands around a picture in its file, what is sent shows the same pixels and carries none of it.

use allxone_media::{Limits, Picture, Pixels};
use bytes::Bytes;
use proptest::prelude::*;

use crate::build::{self, CANARY};
use crate::pillow;

/// A secret in one of the shapes metadata takes.
fn secret() -> impl Strategy<Value = Vec<u8>> {
    let text = prop::collection::vec(any::<u8>(), 0..40);
    (
        text,
        prop::sample::select(vec![
            &b""[..],
            b"<x:xmpmeta>",
            b"Exif\0\0MM\0*",
            b"ICC_PROFILE\0\x01\x01",
            b"8BIM",
        ]),
    )
        .prop_map(|(text, lead)| [lead, CANARY, &text, CANARY].concat())
}

fn secrets() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    prop::collection::vec((any::<u8>(), secret()), 1..6)
}

fn png(pixels: &Pixels, secrets: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let kinds = [b"tEXt", b"zTXt", b"iTXt", b"tIME", b"prVt", b"caBX", b"eXIf", b"sPLT", b"hIST", b"bKGD"];
    let chunk =
        |(kind, secret): &(u8, Vec<u8>)| build::chunk(kinds[usize::from(*kind) % kinds.len()], secret);
    let chunks: Vec<_> = secrets.iter().map(chunk).collect();
    let rows: Vec<&[u8]> = pixels.rgba().chunks(pixels.width() as usize * 4).collect();
    let mut file = build::png(pixels.width(), pixels.height(), 8, 6, &rows, &chunks);
    // Between the picture and its end, and behind the end.
    let end = file.len() - 12;
    file.splice(end..end, chunks.concat());
    file.extend_from_slice(CANARY);
    file
}

fn jpeg(file: &[u8], secrets: &[(u8, Vec<u8>)]) -> Vec<u8> {
    // APP1 and APP3 to APP13, APP15, comments.
    let markers = [0xE1, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xED, 0xEF, 0xFE];
    let segment =
        |(kind, secret): &(u8, Vec<u8>)| build::segment(markers[usize::from(*kind) % markers.len()], secret);
    let segments: Vec<_> = secrets.iter().map(segment).collect();
    [build::with_segments(file, &segments), CANARY.to_vec()].concat()
}

fn webp(pixels: &Pixels, secrets: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let kinds = [b"EXIF", b"XMP ", b"JUNK", b"C2PA"];
    let chunk =
        |(kind, secret): &(u8, Vec<u8>)| build::riff_chunk(kinds[usize::from(*kind) % kinds.len()], secret);
    let mut chunks =
        vec![build::vp8x(0x1C, pixels.width(), pixels.height()), build::webp(pixels)[12..].to_vec()];
    chunks.extend(secrets.iter().map(chunk));
    [build::riff(&chunks), CANARY.to_vec()].concat()
}

fn gif(pixels: &Pixels, secrets: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = build::gif(std::slice::from_ref(pixels));
    let blocks = secrets.iter().flat_map(|(kind, secret)| {
        let label: &[u8] = if kind % 2 == 0 {
            &[0x21, 0xFE]
        } else {
            &[0x21, 0xFF, 11, b'X', b'M', b'P', b' ', b'D', b'a', b't', b'a', b'X', b'M', b'P']
        };
        let secret = &secret[..secret.len().min(255)];
        [label, &[u8::try_from(secret.len()).unwrap()], secret, &[0]].concat()
    });
    let blocks: Vec<u8> = blocks.collect();
    let end = file.len() - 1;
    file.splice(end..end, blocks);
    file
}

/// What is sent of `file` shows `pixels` and holds no secret, and sending it again changes nothing.
fn bare(file: Vec<u8>) -> Result<(), TestCaseError> {
    let file = Bytes::from(file);
    let sent = Picture::prepare(file.clone(), &Limits::default());
    prop_assert!(sent.is_ok(), "{:?}", sent);
    let sent = sent.unwrap();
    let holds = |needle: &[u8]| sent.bytes().windows(needle.len()).any(|w| w == needle);
    prop_assert!(!holds(CANARY), "a secret is in the {}", sent.format());
    for mark in [
        &b"Exif"[..],
        b"xmpmeta",
        b"ICC_PROFILE",
        b"iCCP",
        b"ICCP",
        b"tEXt",
        b"zTXt",
        b"iTXt",
        b"XMP ",
        b"8BIM",
    ] {
        prop_assert!(!holds(mark), "{} is in the {}", String::from_utf8_lossy(mark), sent.format());
    }
    let original = Picture::received(file, &Limits::default()).unwrap();
    prop_assert!(visible(original.pixels()) == visible(sent.pixels()), "the pixels changed");
    let again = Picture::received(sent.bytes().clone(), &Limits::default()).unwrap();
    prop_assert!(again.pixels() == sent.pixels(), "the pixels are not those of the bytes");
    let twice = Picture::prepare(sent.bytes().clone(), &Limits::default()).unwrap();
    prop_assert_eq!(twice.bytes(), sent.bytes());
    Ok(())
}

/// What can be seen: colours hidden under full transparency are metadata too.
fn visible(pixels: &Pixels) -> Vec<u8> {
    pixels.rgba().chunks(4).flat_map(|p| if p[3] == 0 { [0; 4] } else { [p[0], p[1], p[2], p[3]] }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_but_the_picture_is_sent(width in 1_u32..40, height in 1_u32..40, seed in any::<u32>(), secrets in secrets()) {
        let rgb = build::noise(width, height, seed);
        let opaque = Pixels::from_rgb(rgb.clone());
        let clear = build::noise_alpha(width, height);
        for pixels in [&opaque, &clear] {
            bare(png(pixels, &secrets))?;
            bare(webp(pixels, &secrets))?;
        }
        bare(gif(&opaque, &secrets))?;
        bare(jpeg(&build::jpeg(&rgb, 90), &secrets))?;
        bare(jpeg(&build::unhex(pillow::JPEG_PROGRESSIVE), &secrets))?;
    }

    #[test]
    fn a_profile_leaves_its_colours_and_none_of_its_text(width in 2_u32..24, height in 2_u32..24, seed in any::<u32>(), note in "[a-z]{0,30}") {
        let rgb = build::noise(width, height, seed);
        let mut profile = moxcms::ColorProfile::new_adobe_rgb().encode().unwrap();
        profile.extend_from_slice(CANARY);
        profile.extend_from_slice(note.as_bytes());
        bare(build::png_rgb(&rgb, &[build::iccp(&profile)]))?;
        bare(build::with_segments(&build::jpeg(&rgb, 92), &build::icc_segments(&profile)))?;
        let chunks = [build::vp8x(0x20, width, height), build::riff_chunk(b"ICCP", &profile), build::webp(&Pixels::from_rgb(rgb))[12..].to_vec()];
        bare(build::riff(&chunks))?;
    }
}
