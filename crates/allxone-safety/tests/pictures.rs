//! The picture check with the real models on fixtures that depict nothing, and on what can be derived from them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod transforms;

use allxone_contract::{Layer, Verdict};
use allxone_inference::{ModelName, Tensor};
use allxone_media::{Limits, Picture, Pixels, Rgb, resize_align_corners_f32, resize_triangle};
use allxone_safety::{Clearance, Screening, Views};
use bytes::Bytes;
use common::{encoded, expected, gate, inference, painted, picture, received, rgb};

fn close(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= tolerance, "{what}: {got:?} instead of {want:?}");
    }
}

/// Interleaved 0..255 to planes of 0..1.
fn planes(interleaved: impl Iterator<Item = f32>) -> Tensor {
    let values: Vec<f32> = interleaved.collect();
    let data = (0..3).flat_map(|c| values.iter().skip(c).step_by(3).map(|v| v / 255.0)).collect();
    Tensor { shape: vec![1, 3, 224, 224], data }
}

#[test]
fn the_first_model_scores_what_nsfwjs_scores() {
    let model = inference().model(ModelName::NsfwMobilenet).unwrap();
    for e in expected() {
        let rgb = rgb(&e.name);
        let reference = planes(resize_align_corners_f32(&rgb, 224, 224).into_iter());
        close(&model.run(&[("image", &reference)]).unwrap()[0].data, &e.reference, 1e-4, &e.name);
        let production = planes(resize_triangle(&rgb, 224, 224).data().iter().map(|v| f32::from(*v)));
        close(&model.run(&[("image", &production)]).unwrap()[0].data, &e.production, 2e-2, &e.name);
    }
}

#[test]
fn the_gate_reports_the_expected_scores_of_the_full_frame() {
    let gate = gate();
    for e in expected() {
        let scores = gate.check_picture_views(&picture(&e.name), Views::FullFrame).unwrap().scores;
        let explicit = e.production[1] + e.production[3];
        close(
            &[scores.explicit.unwrap(), scores.suggestive.unwrap()],
            &[explicit, e.production[4]],
            2e-2,
            &e.name,
        );
        close(&[scores.second.unwrap()], &[e.second], 2e-2, &e.name);
    }
}

#[test]
fn every_fixture_gets_its_expected_verdict_over_all_views() {
    let gate = gate();
    for e in expected() {
        let finding = gate.check_picture(&picture(&e.name)).unwrap();
        let verdict = serde_json::to_value(finding.verdict).unwrap();
        assert_eq!(verdict, e.verdict.as_str(), "{}: {finding:?}", e.name);
        assert_eq!(finding.reasons.is_empty(), finding.verdict == Verdict::Allow);
    }
}

#[test]
fn what_is_found_is_what_passes() {
    let gate = gate();
    let safe = picture("safe_coffee.png");
    let Clearance::Allow(cleared) = gate.clear(safe.clone()).unwrap() else { panic!("not allowed") };
    assert_eq!(cleared.bytes(), safe.bytes());
    assert_eq!(cleared.sha256().as_bytes(), safe.sha256());
    assert!(!cleared.receipt().confirmed);
    assert!(matches!(gate.screen(safe).unwrap(), Screening::Show(_)));

    let Clearance::Review(held) = gate.clear(picture("borderline_sexy_256.png")).unwrap() else {
        panic!("not held")
    };
    assert_eq!(held.finding().verdict, Verdict::Review);
    assert!(held.confirm().receipt().confirmed);
    let Screening::Review(held) = gate.screen(picture("borderline_sexy_256.png")).unwrap() else {
        panic!("not held")
    };
    assert!(held.confirm().receipt().confirmed);

    for name in ["unsafe_both_512.png", "unsafe_porn_224.png"] {
        assert!(matches!(gate.clear(picture(name)).unwrap(), Clearance::Block(_)), "{name}");
        assert!(matches!(gate.screen(picture(name)).unwrap(), Screening::Block(_)), "{name}");
    }
}

#[test]
fn the_second_opinion_speaks_for_itself() {
    let finding = gate().check_picture(&picture("unsafe_both_512.png")).unwrap();
    let layers: Vec<_> = finding.reasons.iter().map(|r| r.layer).collect();
    assert!(layers.contains(&Layer::PictureModel) && layers.contains(&Layer::SecondOpinion), "{layers:?}");
}

#[test]
fn a_border_does_not_hide_what_it_surrounds() {
    let inner = rgb("unsafe_porn_224.png");
    for (margin, colour) in [(30, 255), (60, 0), (120, 128)] {
        let side = 224 + 2 * margin;
        let framed = painted(side, side, |x, y| {
            let inside =
                x.checked_sub(margin).zip(y.checked_sub(margin)).and_then(|(x, y)| inner.pixel(x, y));
            inside.unwrap_or([colour; 3])
        });
        assert_eq!(
            gate().check_picture(&encoded(&framed)).unwrap().verdict,
            Verdict::Block,
            "{margin} {colour}"
        );
    }
}

#[test]
fn a_part_of_a_long_or_large_picture_is_seen() {
    let inner = rgb("unsafe_both_512.png");
    let safe = rgb("safe_coffee.png");
    let long = painted(3072, 512, |x, y| match x.checked_sub(1024).and_then(|x| inner.pixel(x, y)) {
        Some(colour) => colour,
        None => safe.pixel(x % 600, y % 400).unwrap(),
    });
    let finding = gate().check_picture(&encoded(&long)).unwrap();
    assert!(finding.verdict >= Verdict::Review, "{finding:?}");
    let big = resize_triangle(&inner, 720, 720);
    let large =
        painted(1200, 1200, |x, y| big.pixel(x, y).unwrap_or_else(|| safe.pixel(x % 600, y % 400).unwrap()));
    let finding = gate().check_picture(&encoded(&large)).unwrap();
    assert!(finding.verdict >= Verdict::Review, "{finding:?}");
}

#[test]
fn what_transparency_hides_is_seen_on_any_background() {
    let hidden = rgb("unsafe_porn_224.png");
    for alpha in [0_u8, 1, 2] {
        let data = hidden.data().as_chunks::<3>().0.iter().flat_map(|p| [p[0], p[1], p[2], alpha]).collect();
        let pixels = Pixels::from_rgba(224, 224, data).unwrap();
        // Encoded by hand, so that nothing tidies the invisible colours away first.
        let bytes = png_rgba(&pixels);
        let finding = gate().check_picture(&received(bytes)).unwrap();
        assert_eq!(finding.verdict, Verdict::Block, "alpha {alpha}: {finding:?}");
    }
    // Drawn in black through the alpha channel alone: visible on white only.
    let mask = rgb("unsafe_both_512.png");
    let data = mask.data().as_chunks::<3>().0.iter().flat_map(|p| [p[0], p[1], p[2], 250]).collect();
    let faint = Picture::encode_png(&Pixels::from_rgba(512, 512, data).unwrap()).unwrap();
    assert_eq!(gate().check_picture(&faint).unwrap().verdict, Verdict::Block);
}

fn png_rgba(pixels: &Pixels) -> Vec<u8> {
    let mut bytes = Vec::new();
    let buffer = image::RgbaImage::from_raw(pixels.width(), pixels.height(), pixels.rgba().to_vec()).unwrap();
    buffer.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

#[test]
fn changing_one_pixel_in_a_hundred_neither_blinds_nor_triggers_the_check() {
    let safe = resize_triangle(&rgb("safe_coffee.png"), 2231, 2231);
    let unsafe_ = rgb("unsafe_both_512.png");
    let small = resize_triangle(&unsafe_, 224, 224);
    let planted = painted(2231, 2231, |x, y| match x % 10 == 0 && y % 10 == 0 {
        true => small.pixel(x / 10, y / 10).unwrap(),
        false => safe.pixel(x, y).unwrap(),
    });
    assert_eq!(gate().check_picture(&encoded(&planted)).unwrap().verdict, Verdict::Allow);
    let large = resize_triangle(&unsafe_, 2231, 2231);
    let cover = resize_triangle(&rgb("safe_coffee.png"), 224, 224);
    let blinded = painted(2231, 2231, |x, y| match x % 10 == 0 && y % 10 == 0 {
        true => cover.pixel(x / 10, y / 10).unwrap(),
        false => large.pixel(x, y).unwrap(),
    });
    assert_eq!(gate().check_picture(&encoded(&blinded)).unwrap().verdict, Verdict::Block);
}

#[test]
fn one_bad_frame_of_an_animation_is_enough() {
    let good = resize_triangle(&rgb("safe_coffee.png"), 224, 224);
    let bad = rgb("unsafe_porn_224.png");
    for bad_at in [0, 3, 7] {
        let frames: Vec<&Rgb> = (0..8).map(|i| if i == bad_at { &bad } else { &good }).collect();
        let finding = gate().check_picture(&received(gif(&frames))).unwrap();
        assert!(finding.verdict >= Verdict::Review, "{bad_at}: {finding:?}");
        assert!(finding.reasons.iter().all(|r| r.part.starts_with("frame ")), "{:?}", finding.reasons);
    }
    let finding = gate().check_picture(&received(gif(&[&good, &good, &good]))).unwrap();
    assert_eq!(finding.verdict, Verdict::Allow, "{finding:?}");
}

fn gif(frames: &[&Rgb]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new_with_speed(&mut bytes, 10);
    for rgb in frames {
        let rgba = Pixels::from_rgb((*rgb).clone()).rgba().to_vec();
        encoder
            .encode_frame(image::Frame::new(
                image::RgbaImage::from_raw(rgb.width(), rgb.height(), rgba).unwrap(),
            ))
            .unwrap();
    }
    drop(encoder);
    bytes
}

#[test]
fn a_rotated_photo_is_judged_upright() {
    let upright = rgb("unsafe_porn_224.png");
    // EXIF orientation 6: stored rotated, shown turned by a quarter to the right.
    let stored = painted(224, 224, |x, y| upright.pixel(223 - y, x).unwrap());
    let mut jpeg = Vec::new();
    let buffer = image::RgbImage::from_raw(224, 224, stored.data().to_vec()).unwrap();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 95);
    let exif: Vec<u8> =
        [b"II*\0\x08\0\0\0\x01\0".as_slice(), b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0", b"\0\0\0\0"].concat();
    image::ImageEncoder::set_exif_metadata(&mut encoder, exif).unwrap();
    encoder.encode_image(&buffer).unwrap();
    assert_eq!(gate().check_picture(&received(jpeg.clone())).unwrap().verdict, Verdict::Block);
    let prepared = Picture::prepare(Bytes::from(jpeg), &Limits::default()).unwrap();
    assert_eq!(gate().check_picture(&prepared).unwrap().verdict, Verdict::Block);
    assert_eq!(
        gate().check_picture(&encoded(&stored)).unwrap().verdict,
        Verdict::Allow,
        "the fixture must depend on its direction"
    );
}

#[test]
fn re_encoding_flipping_and_scaling_do_not_help() {
    let whole = rgb("unsafe_both_512.png");
    let half = resize_triangle(&whole, 256, 256);
    let double = resize_triangle(&whole, 1024, 1024);
    let flipped = painted(512, 512, |x, y| whole.pixel(511 - x, y).unwrap());
    for rgb in [&half, &double, &flipped] {
        assert_eq!(gate().check_picture(&encoded(rgb)).unwrap().verdict, Verdict::Block);
    }
    for quality in [50, 80, 95] {
        let mut jpeg = Vec::new();
        let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, quality);
        image::RgbImage::from_raw(512, 512, whole.data().to_vec())
            .unwrap()
            .write_with_encoder(encoder)
            .unwrap();
        assert_eq!(
            gate().check_picture(&received(jpeg)).unwrap().verdict,
            Verdict::Block,
            "quality {quality}"
        );
    }
}

#[test]
fn a_picture_too_small_to_judge_goes_to_a_person() {
    for (width, height) in [(159, 200), (1, 1), (40, 40)] {
        let finding = gate().check_picture(&encoded(&painted(width, height, |_, _| [90, 140, 60]))).unwrap();
        assert!(
            finding.verdict >= Verdict::Review && finding.reasons.iter().any(|r| r.layer == Layer::Rule),
            "{finding:?}"
        );
    }
    let plain = encoded(&painted(160, 160, |_, _| [90, 140, 60]));
    assert!(gate().check_picture(&plain).unwrap().reasons.iter().all(|r| r.layer != Layer::Rule));
}

#[test]
fn receipts_carry_rounded_scores_versions_and_the_time_they_are_given() {
    let clock = std::sync::Arc::new(|| allxone_contract::UtcMillis(1_234));
    let gate = allxone_safety::Gate::with_clock(inference(), clock);
    assert_eq!(gate.ready().unwrap(), gate.versions());
    let Clearance::Allow(cleared) = gate.clear(picture("safe_rocket.png")).unwrap() else {
        panic!("not allowed")
    };
    let receipt = cleared.receipt();
    assert_eq!(receipt.time.0, 1_234);
    assert_eq!(receipt.versions, gate.versions());
    assert_eq!(receipt.versions.policy.len(), 64);
    assert!(receipt.versions.models.iter().any(|(name, hash)| name == "open-nsfw" && hash.len() == 64));
    let explicit = receipt.finding.scores.explicit.unwrap();
    assert!((explicit * 1000.0 - (explicit * 1000.0).round()).abs() < 1e-3);
    let round_trip: allxone_contract::Receipt =
        serde_json::from_str(&serde_json::to_string(receipt).unwrap()).unwrap();
    assert_eq!(&round_trip, receipt);
}
