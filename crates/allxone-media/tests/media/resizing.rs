//! The two resizers against numbers of other programs, and against what they exist for.

use allxone_media::{Rgb, resize_align_corners_f32, resize_pixels, resize_triangle};

use crate::{build, pillow};

#[test]
fn the_triangle_equals_pillow_within_rounding() {
    let cases = [
        ((37, 29), (8, 6), pillow::PILLOW_37X29_TO_8X6),
        ((5, 4), (9, 7), pillow::PILLOW_5X4_TO_9X7),
        ((300, 200), (12, 8), pillow::PILLOW_300X200_TO_12X8),
        ((64, 64), (64, 9), pillow::PILLOW_64X64_TO_64X9),
    ];
    for (from, to, expected) in cases {
        let small = resize_triangle(&build::noise(from.0, from.1, 1), to.0, to.1);
        assert_eq!((small.width(), small.height(), small.data().len()), (to.0, to.1, expected.len()));
        let worst = small.data().iter().zip(expected).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(1), "{from:?} to {to:?}: {worst:?}");
    }
}

#[test]
fn a_plain_picture_stays_plain_at_any_size() {
    let grey = Rgb::new(311, 173, vec![77; 311 * 173 * 3]).unwrap();
    for (width, height) in [(1, 1), (224, 224), (7, 300), (0, 0), (311, 173), (1000, 3)] {
        let other = resize_triangle(&grey, width, height);
        assert_eq!((other.width(), other.height()), (width.max(1), height.max(1)));
        assert!(other.data().iter().all(|v| *v == 77));
    }
}

#[test]
fn one_pixel_in_a_hundred_cannot_hide_a_picture() {
    // White with black points exactly where a sampler of every tenth pixel looks.
    let side = 2231_u32;
    let mut data = vec![255; (side * side * 3) as usize];
    for y in (0..side).step_by(10) {
        for x in (0..side).step_by(10) {
            let at = ((y * side + x) * 3) as usize;
            data[at..at + 3].fill(0);
        }
    }
    let picture = Rgb::new(side, side, data).unwrap();
    let seen = resize_triangle(&picture, 224, 224);
    let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / (224.0 * 224.0 * 3.0);
    assert!(mean(&mut seen.data().iter().map(|v| f64::from(*v))) > 245.0, "the filter sees white");
    let reference = resize_align_corners_f32(&picture, 224, 224);
    assert!(
        mean(&mut reference.iter().map(|v| f64::from(*v))) < 5.0,
        "the reference mode, as known, is blinded"
    );
}

#[test]
fn the_reference_mode_keeps_corners_and_interpolates_between() {
    let picture =
        Rgb::new(3, 2, vec![0, 0, 0, 100, 100, 100, 200, 200, 200, 40, 40, 40, 140, 140, 140, 240, 240, 240])
            .unwrap();
    let out = resize_align_corners_f32(&picture, 5, 3);
    let first_channel: Vec<f32> = out.chunks(3).map(|p| p[0]).collect();
    assert_eq!(
        first_channel,
        [0.0, 50.0, 100.0, 150.0, 200.0, 20.0, 70.0, 120.0, 170.0, 220.0, 40.0, 90.0, 140.0, 190.0, 240.0]
    );
    assert_eq!(resize_align_corners_f32(&picture, 1, 1), [0.0; 3]);
    let same: Vec<f32> = picture.data().iter().map(|v| f32::from(*v)).collect();
    assert_eq!(resize_align_corners_f32(&picture, 3, 2), same);
}

#[test]
fn transparency_does_not_bleed_its_hidden_colour() {
    // Left half opaque red, right half invisible green: the mixed edge must stay red.
    let row: Vec<u8> = (0..8).flat_map(|x| if x < 4 { [255, 0, 0, 255] } else { [0, 255, 0, 0] }).collect();
    let pixels = allxone_media::Pixels::from_rgba(8, 8, row.repeat(8)).unwrap();
    let small = resize_pixels(&pixels, 3, 3);
    for p in small.rgba().chunks(4) {
        assert!(p[3] == 0 || (p[0] >= 254 && p[1] <= 1), "{p:?}");
    }
    assert!(small.rgba().chunks(4).any(|p| p[3] > 0 && p[3] < 255));
}
