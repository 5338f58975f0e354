//! What is sent: no metadata, the pixels of its own bytes, no second generation where none is needed.

use allxone_media::{Format, Limits, Picture, Pixels};
use bytes::Bytes;
use proptest::prelude::*;

use crate::build::{self, CANARY};
use crate::pillow;

fn prepare(bytes: &[u8]) -> Picture {
    Picture::prepare(Bytes::copy_from_slice(bytes), &Limits::default()).unwrap()
}

fn received(bytes: &[u8]) -> Picture {
    Picture::received(Bytes::copy_from_slice(bytes), &Limits::default()).unwrap()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|w| w == needle)
}

/// Nothing of the file but its picture: no canary, no metadata marker, nothing behind the end.
fn assert_bare(picture: &Picture) {
    let bytes = picture.bytes();
    for needle in [
        CANARY,
        b"Exif",
        b"ICC_PROFILE",
        b"http://ns.adobe.com",
        b"x:xmpmeta",
        b"Photoshop",
        b"GPSLatitude",
        b"XMP ",
        b"JUMBF",
        b"MPF\0",
    ] {
        assert!(!contains(bytes, needle), "{} in a {}", String::from_utf8_lossy(needle), picture.format());
    }
    match picture.format() {
        Format::Png => {
            let mut at = 8;
            while at < bytes.len() {
                let len = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
                let kind: [u8; 4] = bytes[at + 4..at + 8].try_into().unwrap();
                assert!([b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"].contains(&&kind), "{kind:?}");
                at += len + 12;
            }
            assert!(bytes.ends_with(&build::chunk(b"IEND", &[])));
        }
        Format::Jpeg => {
            let mut at = 2;
            while bytes[at + 1] != 0xDA {
                let (marker, len) = (bytes[at + 1], u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
                match marker {
                    // Tables, the frame's header, the restart interval.
                    0xC0..=0xC2 | 0xC4 | 0xDB | 0xDD => {}
                    // The headers that say how samples are to be read, of their fixed lengths: no room for more.
                    0xE0 => assert_eq!(len, 16),
                    0xEE => assert_eq!(len, 14),
                    other => panic!("a segment of kind {other:#x} in a JPEG"),
                }
                at += usize::from(len) + 2;
            }
            assert!(bytes.ends_with(&[0xFF, 0xD9]));
        }
        Format::Webp => {
            assert_eq!(u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize + 8, bytes.len());
            let mut at = 12;
            while at < bytes.len() {
                let kind = &bytes[at..at + 4];
                assert!([b"VP8X", b"ALPH", b"VP8 ", b"VP8L"].iter().any(|known| kind == *known), "{kind:?}");
                let len = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
                at += 8 + len + len % 2;
            }
        }
        Format::Gif => panic!("a GIF is never sent"),
    }
    assert_eq!(received(bytes).pixels(), picture.pixels(), "the pixels are what the bytes decode to");
    assert_eq!(picture.frames(), [picture.pixels().clone()]);
    assert_eq!(prepare(bytes).bytes(), bytes, "preparing twice changes nothing");
}

fn text_chunks() -> Vec<Vec<u8>> {
    vec![
        build::chunk(b"tEXt", &[b"Comment\0", CANARY].concat()),
        build::chunk(b"zTXt", &[b"Raw profile type exif\0\0", &build::deflate(CANARY)[..]].concat()),
        build::chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta>", CANARY].concat()),
        build::chunk(b"eXIf", &build::exif(1)[6..]),
        build::chunk(b"tIME", &[7, 232, 1, 1, 0, 0, 0]),
        build::chunk(b"pHYs", &[0, 0, 11, 19, 0, 0, 11, 19, 1]),
        build::chunk(b"caBX", CANARY),
        build::chunk(b"prVt", CANARY),
    ]
}

fn dirty_segments() -> Vec<Vec<u8>> {
    vec![
        build::segment(0xE0, &[b"JFIF\0\x01\x02\x01\0\x48\0\x48\x01\x01", CANARY].concat()),
        build::segment(0xE1, &build::exif(1)),
        build::segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", CANARY].concat()),
        build::segment(0xE2, &[b"MPF\0", CANARY].concat()),
        build::segment(0xEB, &[b"JP\0\x01\0\0\0\x01", CANARY].concat()),
        build::segment(0xED, &[b"Photoshop 3.0\08BIM", CANARY].concat()),
        build::segment(0xFE, CANARY),
    ]
}

#[test]
fn metadata_goes_and_the_coded_picture_stays() {
    let rgb = build::noise(60, 40, 1);
    let pixels = Pixels::from_rgb(rgb.clone());

    let clean = build::png_rgb(&rgb, &[]);
    let dirty = [build::png_rgb(&rgb, &text_chunks()), CANARY.to_vec()].concat();
    assert_bare(&prepare(&dirty));
    assert_eq!(prepare(&dirty).bytes(), &clean);
    assert_eq!(prepare(&dirty).pixels(), &pixels);

    let plain = build::jpeg(&rgb, 90);
    let dirty = [build::with_segments(&plain, &dirty_segments()), CANARY.to_vec()].concat();
    let picture = prepare(&dirty);
    assert_bare(&picture);
    let scan = plain.windows(2).position(|w| w == [0xFF, 0xDA]).unwrap();
    assert!(contains(picture.bytes(), &plain[scan..]), "the coded scan is the same");
    assert_eq!(picture.pixels(), received(&plain).pixels());
    assert!(picture.bytes().len() <= plain.len());

    let plain = build::webp(&pixels);
    let extra = [
        build::vp8x(0x2C, 60, 40),
        build::riff_chunk(b"ICCP", CANARY),
        plain[12..].to_vec(),
        build::riff_chunk(b"EXIF", &build::exif(1)),
        build::riff_chunk(b"XMP ", CANARY),
        build::riff_chunk(b"odd ", CANARY),
    ];
    let dirty = [build::riff(&extra), CANARY.to_vec()].concat();
    assert_bare(&prepare(&dirty));
    assert_eq!(prepare(&dirty).bytes(), &plain);
}

#[test]
fn metadata_between_scans_goes_too() {
    let plain = build::unhex(pillow::JPEG_PROGRESSIVE);
    let second = plain.windows(2).rposition(|w| w == [0xFF, 0xC4]).unwrap();
    let dirty = [
        &plain[..second],
        &build::segment(0xFE, CANARY),
        &build::segment(0xE1, &build::exif(6)),
        &plain[second..],
    ]
    .concat();
    let picture = prepare(&dirty);
    assert_bare(&picture);
    assert_eq!(picture.pixels().width(), 16);
}

#[test]
fn files_already_bare_are_handed_on_without_a_copy() {
    let raw = Bytes::from(build::png_rgb(&build::noise(20, 20, 1), &[]));
    let picture = Picture::prepare(raw.clone(), &Limits::default()).unwrap();
    assert_eq!(picture.bytes().as_ptr(), raw.as_ptr());
}

#[test]
fn only_the_first_frame_is_sent() {
    let (red, green) = (build::plain(12, 12, [255, 0, 0, 255]), build::plain(12, 12, [0, 255, 0, 255]));
    let gif = prepare(&build::gif(&[red.clone(), green]));
    assert_eq!((gif.format(), gif.pixels()), (Format::Png, &red));
    assert_bare(&gif);
    for animated in [pillow::PNG_ANIMATED, pillow::WEBP_ANIMATED] {
        let picture = prepare(&build::unhex(animated));
        assert_eq!(picture.pixels(), &build::plain(16, 16, [255, 0, 0, 255]));
        assert_bare(&picture);
        assert!(!contains(picture.bytes(), b"acTL") && !contains(picture.bytes(), b"ANMF"));
    }
}

#[test]
fn colours_hidden_under_transparency_are_cleared() {
    let file = build::png(3, 1, 8, 6, &[&[10, 20, 30, 0, 40, 50, 60, 1, 70, 80, 90, 255]], &[]);
    let picture = prepare(&file);
    assert_eq!(picture.pixels().rgba(), [0, 0, 0, 0, 40, 50, 60, 1, 70, 80, 90, 255]);
    assert_bare(&picture);
    assert_eq!(received(&file).pixels().rgba()[..3], [10, 20, 30], "a received picture is not touched");
}

#[test]
fn large_opaque_pictures_are_written_as_jpeg_and_their_pixels_come_from_it() {
    let rgb = build::noise(2300, 1800, 2);
    let picture =
        prepare(&build::with_segments(&build::jpeg(&rgb, 90), &[build::segment(0xE1, &build::exif(3))]));
    assert_eq!(picture.format(), Format::Jpeg);
    assert_bare(&picture);
}

#[test]
fn damaged_scans_that_can_still_be_shown_are_written_anew() {
    let mut file = build::jpeg(&build::noise(200, 200, 2), 90);
    let middle = file.len() / 2;
    // No code consists of ones alone.
    file.splice(middle..middle + 40, [0xFF, 0].repeat(20));
    let picture = prepare(&file);
    assert_eq!(picture.format(), Format::Png);
    assert_bare(&picture);
}

#[test]
fn thumbnails_fit_and_carry_nothing() {
    let dirty = build::with_segments(&build::jpeg(&build::noise(600, 400, 2), 90), &dirty_segments());
    let small = received(&dirty).thumbnail(320).unwrap();
    let picture = received(&small);
    assert_eq!((picture.format(), picture.width(), picture.height()), (Format::Jpeg, 320, 213));
    assert!(!contains(&small, CANARY) && small.len() < 60_000);
    let cut_out = Picture::encode_png(&build::noise_alpha(50, 400)).unwrap();
    let thumbnail = received(&cut_out.thumbnail(100).unwrap());
    assert_eq!((thumbnail.format(), thumbnail.width(), thumbnail.height()), (Format::Webp, 13, 100));
    assert!(thumbnail.pixels().has_alpha());
    let tiny = Picture::encode_png(&build::plain(3, 2, [1, 2, 3, 255])).unwrap();
    assert_eq!(received(&tiny.thumbnail(100).unwrap()).width(), 3, "never enlarged");
    let line = Picture::encode_png(&build::plain(4000, 1, [1, 2, 3, 255])).unwrap();
    assert_eq!(received(&line.thumbnail(10).unwrap()).height(), 1);
}

#[test]
fn writing_is_deterministic_and_lossless() {
    for pixels in [
        Pixels::from_rgb(build::noise(64, 48, 1)),
        build::noise_alpha(64, 48),
        build::plain(1, 1, [0, 0, 0, 0]),
    ] {
        let (one, two) = (Picture::encode_png(&pixels).unwrap(), Picture::encode_png(&pixels).unwrap());
        assert_eq!((one.bytes(), one.sha256()), (two.bytes(), two.sha256()));
        assert_eq!(received(one.bytes()).pixels(), &pixels);
        assert_eq!(build::other_reader(one.bytes()).as_raw(), pixels.rgba());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever lies around the picture, what is sent is bare, and its pixels are those of its bytes.
    #[test]
    fn prepared_pictures_are_bare(
        width in 1_u32..70, height in 1_u32..50, seed: u32, kind in 0..6_u8, tag in 1_u16..10, quality in 30_u8..100,
        wide: bool, order in any::<prop::sample::Index>(),
    ) {
        let rgb = build::noise(width, height, seed);
        let profile = if wide { moxcms::ColorProfile::new_adobe_rgb() } else { moxcms::ColorProfile::new_srgb() }.encode().unwrap();
        let mut chunks = text_chunks();
        chunks.remove(3);
        chunks.push(build::chunk(b"eXIf", &build::exif(tag)[6..]));
        chunks.push(build::iccp(&profile));
        chunks.rotate_left(order.index(8));
        let mut segments = dirty_segments();
        segments[1] = build::segment(0xE1, &build::exif(tag));
        segments.extend(build::icc_segments(&profile));
        segments.rotate_left(order.index(8));
        let file = match kind {
            0 => build::png_rgb(&rgb, &chunks),
            1 => {
                let pixels = build::noise_alpha(width, height);
                let rows: Vec<&[u8]> = pixels.rgba().chunks(width as usize * 4).collect();
                build::png(width, height, 8, 6, &rows, &chunks)
            }
            2 => build::with_segments(&build::jpeg(&rgb, quality), &segments),
            3 => {
                let coded = build::webp(&build::noise_alpha(width, height));
                let parts = [build::vp8x(0x1C, width, height), build::riff_chunk(b"ICCP", &profile), coded[12..].to_vec(), build::riff_chunk(b"EXIF", &build::exif(tag))];
                build::riff(&parts)
            }
            4 => build::gif(&[build::noise_alpha(width, height), build::plain(width, height, [9, 9, 9, 255])]),
            _ => build::with_segments(&build::unhex(pillow::JPEG_420), &segments),
        };
        let file = [file, CANARY.to_vec()].concat();
        let picture = prepare(&file);
        assert_bare(&picture);
        let turned = matches!(tag, 5..=8) && !matches!(kind, 4);
        let (w, h) = if kind == 5 { (16, 16) } else { (width, height) };
        prop_assert_eq!((picture.width(), picture.height()), if turned { (h, w) } else { (w, h) });
        prop_assert_eq!(received(&file).pixels().clone().crop(0, 0, 1, 1).is_some(), true);
    }
}
