//! Colours mean what the file says they mean: profiles are applied before they are dropped, orientation before anything.

use allxone_media::{Format, Limits, Picture, Rgb};
use bytes::Bytes;
use moxcms::ColorProfile;

use crate::{build, pillow};

fn received(bytes: Vec<u8>) -> Picture {
    Picture::received(Bytes::from(bytes), &Limits::default()).unwrap()
}

fn prepared(bytes: Vec<u8>) -> Picture {
    let picture = Picture::prepare(Bytes::from(bytes), &Limits::default()).unwrap();
    assert_eq!(
        received(picture.bytes().to_vec()).pixels(),
        picture.pixels(),
        "the bytes decode to the pixels"
    );
    picture
}

/// Mean absolute difference per sample.
fn distance(a: &Rgb, b: &Rgb) -> f64 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let sum: u64 = a.data().iter().zip(b.data()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.data().len() as f64
}

#[test]
fn all_eight_orientations_come_out_upright() {
    // The tag, and where the first stored pixel belongs in the upright picture of a 3 × 2 file, then the second.
    let corners = [
        (1, 0, 0, 1, 0),
        (2, 2, 0, 1, 0),
        (3, 2, 1, 1, 1),
        (4, 0, 1, 1, 1),
        (5, 0, 0, 0, 1),
        (6, 1, 0, 1, 1),
        (7, 1, 2, 1, 1),
        (8, 0, 2, 0, 1),
    ];
    let stored = build::noise(3, 2, 9);
    for (tag, x0, y0, x1, y1) in corners {
        let exif = build::exif(tag);
        let png = build::png_rgb(&stored, &[build::chunk(b"eXIf", &exif[6..])]);
        let vp8l = build::webp(&allxone_media::Pixels::from_rgb(stored.clone()));
        let webp =
            build::riff(&[build::vp8x(0x08, 3, 2), vp8l[12..].to_vec(), build::riff_chunk(b"EXIF", &exif)]);
        for file in [png, webp] {
            for picture in [received(file.clone()), prepared(file.clone())] {
                assert_eq!(
                    (picture.width(), picture.height()),
                    if tag > 4 { (2, 3) } else { (3, 2) },
                    "tag {tag}"
                );
                let rgb = picture.pixels().over([0; 3]);
                assert_eq!(rgb.pixel(x0, y0), stored.pixel(0, 0), "tag {tag}");
                assert_eq!(rgb.pixel(x1, y1), stored.pixel(1, 0), "tag {tag}");
            }
        }
    }
}

#[test]
fn a_turned_jpeg_is_turned_and_written_anew() {
    let stored = build::noise(150, 90, 3);
    let upright = prepared(build::jpeg(&stored, 95));
    assert_eq!(upright.format(), Format::Jpeg);
    let turned =
        prepared(build::with_segments(&build::jpeg(&stored, 95), &[build::segment(0xE1, &build::exif(6))]));
    assert_eq!((turned.width(), turned.height(), turned.format()), (90, 150, Format::Png));
    let (before, after) = (upright.pixels().over([0; 3]), turned.pixels().over([0; 3]));
    for (x, y) in [(0, 0), (149, 0), (70, 33), (149, 89)] {
        assert_eq!(after.pixel(89 - y, x), before.pixel(x, y));
    }
}

#[test]
fn wide_gamut_profiles_are_converted_and_srgb_ones_are_not() {
    let colours = Rgb::new(3, 1, vec![200, 50, 50, 60, 180, 60, 128, 128, 128]).unwrap();
    let adobe = ColorProfile::new_adobe_rgb().encode().unwrap();
    let picture = prepared(build::png_rgb(&colours, &[build::iccp(&adobe)]));
    let seen = picture.pixels().over([0; 3]);
    // Adobe RGB red is wider: the same numbers mean a stronger red. Greys stay, as both curves are near 2.2.
    let red = seen.pixel(0, 0).unwrap();
    assert!(red[0] > 225 && red[1] < 55, "{red:?}");
    assert!(seen.pixel(2, 0).unwrap().iter().all(|v| v.abs_diff(128) <= 3));

    let srgb = ColorProfile::new_srgb().encode().unwrap();
    let file = build::png_rgb(&colours, &[build::iccp(&srgb)]);
    let picture = prepared(file);
    assert_eq!(picture.pixels().over([0; 3]), colours, "an sRGB profile changes nothing");
    assert_eq!(picture.bytes(), &build::png_rgb(&colours, &[]), "and the coded picture stays");

    let p3 = ColorProfile::new_display_p3().encode().unwrap();
    let big = build::noise(64, 64, 4);
    let plain = received(build::jpeg(&big, 95));
    let wide = prepared(build::with_segments(&build::jpeg(&big, 95), &build::icc_segments(&p3)));
    assert_eq!(wide.format(), Format::Png);
    assert!(distance(&plain.pixels().over([0; 3]), &wide.pixels().over([0; 3])) > 2.0);
}

#[test]
fn profiles_work_for_every_layout_and_depth() {
    let adobe = build::iccp(&ColorProfile::new_adobe_rgb().encode().unwrap());
    let eight = received(build::png(1, 1, 8, 2, &[&[200, 50, 50]], std::slice::from_ref(&adobe)));
    let want = eight.pixels().over([0; 3]).pixel(0, 0).unwrap();
    let deep =
        received(build::png(1, 1, 16, 2, &[&[200, 200, 50, 50, 50, 50]], std::slice::from_ref(&adobe)));
    let alpha = received(build::png(1, 1, 8, 6, &[&[200, 50, 50, 90]], std::slice::from_ref(&adobe)));
    let both = received(build::png(1, 1, 16, 6, &[&[200, 200, 50, 50, 50, 50, 90, 90]], &[adobe]));
    assert_eq!(alpha.pixels().rgba()[3], 90);
    assert_eq!(both.pixels().rgba()[3], 90);
    for picture in [deep, alpha, both] {
        let got = picture.pixels().ignoring_alpha().pixel(0, 0).unwrap();
        assert!(got.iter().zip(want).all(|(g, w)| g.abs_diff(w) <= 2), "{got:?} for {want:?}");
    }
    // A linear grey of one half is much lighter in sRGB.
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let linear = received(build::png(1, 1, 8, 0, &[&[128]], &[build::iccp(&grey)]));
    let v = linear.pixels().rgba()[0];
    assert!((183..=192).contains(&v), "{v}");
    let jpeg = build::with_segments(&build::jpeg_grey(8, 8, &[128; 64]), &build::icc_segments(&grey));
    assert!(prepared(jpeg).pixels().rgba()[0].abs_diff(v) <= 1);
}

#[test]
fn png_gamma_and_primaries_count_unless_something_better_is_there() {
    let row: &[u8] = &[128, 128, 128];
    let gamma = |value: u32| build::chunk(b"gAMA", &value.to_be_bytes());
    let level = |before: &[Vec<u8>]| received(build::png(1, 1, 8, 2, &[row], before)).pixels().rgba()[0];
    assert_eq!(level(&[gamma(45_455)]), 128, "1/2.2 is how writers spell sRGB");
    assert!((183..=192).contains(&level(&[gamma(100_000)])), "linear");
    assert_eq!(level(&[build::chunk(b"sRGB", &[0]), gamma(100_000)]), 128, "sRGB wins over gAMA");
    assert_eq!(level(&[gamma(0)]), 128, "nonsense counts as nothing");
    let wide: Vec<u8> = [31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6_000_u32]
        .iter()
        .flat_map(|v| v.to_be_bytes())
        .collect();
    let chunks = [gamma(45_455), build::chunk(b"cHRM", &wide)];
    let green = received(build::png(1, 1, 8, 2, &[&[60, 180, 60]], &chunks));
    assert!(green.pixels().rgba()[0] < 40, "display P3 green is outside sRGB: {:?}", green.pixels().rgba());
    let cicp = |transfer| build::chunk(b"cICP", &[12, transfer, 0, 1]);
    assert!(received(build::png(1, 1, 8, 2, &[&[60, 180, 60]], &[cicp(13)])).pixels().rgba()[0] < 40);
    assert_eq!(received(build::png(1, 1, 8, 2, &[&[60, 180, 60]], &[cicp(16)])).pixels().rgba()[0], 60);
}

#[test]
fn broken_or_foreign_profiles_count_as_none() {
    let colours = build::noise(8, 8, 2);
    let grey = ColorProfile::new_gray_with_gamma(1.0).encode().unwrap();
    let mut garbage = ColorProfile::new_adobe_rgb().encode().unwrap();
    garbage.truncate(200);
    for profile in [grey, garbage, vec![7; 500], Vec::new()] {
        let picture = prepared(build::png_rgb(&colours, &[build::iccp(&profile)]));
        assert_eq!(picture.pixels().over([0; 3]), colours);
        assert_eq!(picture.bytes(), &build::png_rgb(&colours, &[]));
    }
    let mut segments = build::icc_segments(&[9; 100_000]);
    segments.remove(0);
    assert!(prepared(build::with_segments(&build::jpeg(&colours, 90), &segments)).format() == Format::Jpeg);
}

#[test]
fn ink_is_mixed_by_its_profile_when_it_has_one() {
    let file = build::unhex(pillow::JPEG_CMYK);
    let plain = prepared(file.clone());
    assert_eq!(plain.format(), Format::Png, "ink is never sent as it is");
    let with = prepared(build::with_segments(&file, &build::icc_segments(&build::cmyk_profile())));
    // Bottom left is cyan and magenta: two inks, a neutral of the table instead of blue.
    let naive = plain.pixels().over([0; 3]).pixel(3, 12).unwrap();
    let mixed = with.pixels().over([0; 3]).pixel(3, 12).unwrap();
    assert!(naive[2] > 240 && naive[0] < 15, "{naive:?}");
    assert!(mixed[0].abs_diff(mixed[2]) < 12 && mixed[0] > 120, "{mixed:?}");
    let paper = with.pixels().over([0; 3]).pixel(12, 12).unwrap();
    assert!(paper.iter().all(|v| *v > 245), "{paper:?}");
}

#[test]
fn adobe_ycck_agrees_with_libjpeg() {
    let mut file = build::unhex(pillow::JPEG_YCCK);
    let seen = received(file.clone()).pixels().over([0; 3]);
    for ((x, y), want) in [(3, 3), (12, 3), (3, 12), (12, 12)].into_iter().zip(pillow::JPEG_YCCK_RGB) {
        let got = seen.pixel(x, y).unwrap();
        assert!(got.iter().zip(want).all(|(g, w)| g.abs_diff(*w) <= 3), "{got:?} for {want:?}");
    }
    // Without the Adobe segment the same samples are ink that is not inverted.
    let adobe = file.windows(2).position(|w| w == [0xFF, 0xEE]).unwrap();
    file.drain(adobe..adobe + 16);
    assert_ne!(received(file).pixels().over([0; 3]), seen);
}
