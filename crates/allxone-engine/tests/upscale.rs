//! Enlarging with the shipped network: sizes, seams, alpha, caps, stopping.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use allxone_engine::{Cancel, EngineError, Report, Source, Task};
use allxone_inference::{Inference, ModelName, ModelPaths, Tensor};
use common::{engine, picture, run, waves};

fn upscale(picture: allxone_media::Pixels, factor: u8) -> Task {
    Task::Upscale { picture, factor }
}

#[test]
fn odd_sizes_grow_by_the_factor() {
    for (w, h) in [(1, 1), (3, 5), (1, 700), (31, 2)] {
        for factor in [2u8, 4] {
            let made = run(&upscale(waves(w, h), factor)).unwrap();
            let f = u32::from(factor);
            assert_eq!((made.pixels.width(), made.pixels.height()), (w * f, h * f));
            assert!(!made.pixels.has_alpha());
            assert_eq!(made.source, Source::SameAsInput);
        }
    }
}

/// Cut into tiles, the picture comes out as if the network had seen all of it at once.
#[test]
fn tiles_leave_no_seam() {
    let source = waves(330, 70);
    let made = run(&upscale(source.clone(), 4)).unwrap();
    assert_eq!(made.report, Report::Upscaled { factor: 4, tiles: 2 });

    let models = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
    let inference = Inference::new(ModelPaths::under(models.canonicalize().unwrap()));
    let mut input = Tensor { shape: vec![1, 3, 70, 330], data: vec![0.0; 3 * 70 * 330] };
    for (i, pixel) in source.rgba().chunks_exact(4).enumerate() {
        (0..3).for_each(|c| input.data[c * 70 * 330 + i] = f32::from(pixel[c]) / 255.0);
    }
    let whole = inference.model(ModelName::UpscaleDrawing).unwrap().run(&[("data", &input)]).unwrap();
    let area = 280 * 1320;
    for (i, pixel) in made.pixels.rgba().chunks_exact(4).enumerate() {
        for (c, value) in pixel[..3].iter().enumerate() {
            let exact = whole[0].data[c * area + i].clamp(0.0, 1.0) * 255.0;
            assert!((exact - f32::from(*value)).abs() <= 0.51, "pixel {i}, channel {c}");
        }
    }
}

#[test]
fn the_enlarged_picture_is_the_same_picture() {
    let source = common::ball(60, 40);
    for factor in [2usize, 4] {
        let made = run(&upscale(source.clone(), factor as u8)).unwrap();
        let (small, large) = (source.rgba(), made.pixels.rgba());
        let mut off = 0.0;
        for (y, x) in (0..40).flat_map(|y| (0..60).map(move |x| (y, x))) {
            let mut sum = 0;
            for (dy, dx) in (0..factor).flat_map(|dy| (0..factor).map(move |dx| (dy, dx))) {
                sum += u32::from(large[((y * factor + dy) * 60 * factor + x * factor + dx) * 4]);
            }
            off += (f64::from(sum) / (factor * factor) as f64 - f64::from(small[(y * 60 + x) * 4])).abs();
        }
        assert!(off / 2400.0 < 4.0, "mean difference {}", off / 2400.0);
    }
}

#[test]
fn alpha_is_enlarged_and_hidden_colours_do_not_leak() {
    let half = picture(40, 40, |x, _| if x < 20 { [240, 240, 240, 255] } else { [0, 0, 0, 0] });
    let made = run(&upscale(half, 2)).unwrap();
    let at = |x: usize| made.pixels.rgba()[(40 * 80 + x) * 4..][..4].to_vec();
    assert_eq!((at(10)[3], at(70)[3]), (255, 0));
    assert!((40..216).contains(&at(39)[3]), "{:?}", at(39));
    assert!(at(38)[0] > 225 && at(40)[0] > 225, "{:?} {:?}", at(38), at(40));
}

#[test]
fn too_large_results_are_refused_before_any_work() {
    let wide = picture(5000, 1, |_, _| [1, 2, 3, 255]);
    let error = run(&upscale(wide, 4)).unwrap_err();
    assert_eq!(error.code(), "result_too_large");
    let EngineError::ResultTooLarge { fit_width, fit_height, .. } = error else { panic!("{error}") };
    assert_eq!((fit_width, fit_height), (4096, 1));

    let big = picture(3000, 2000, |_, _| [1, 2, 3, 255]);
    let error = run(&upscale(big, 4)).unwrap_err();
    assert!(error.to_string().contains("50 megapixels"), "{error}");
    let EngineError::ResultTooLarge { fit_width, fit_height, .. } = error else { panic!("{error}") };
    assert!(
        fit_width * fit_height * 16 <= 50_000_000 && (fit_width + 3) * (fit_height + 3) * 16 > 50_000_000
    );
}

#[test]
fn other_factors_are_refused() {
    for factor in [0, 1, 3, 8] {
        assert_eq!(run(&upscale(waves(4, 4), factor)).unwrap_err().code(), "upscale_factor");
    }
}

#[test]
fn a_stop_is_seen_between_tiles() {
    let task = upscale(waves(610, 20), 2);
    let cancel = Cancel::new();
    let mut last = 0;
    let result = engine().run(
        &task,
        &mut |progress| {
            last = progress.step;
            assert_eq!(progress.steps, 3);
            if progress.step == 1 {
                cancel.cancel();
            }
        },
        &cancel,
    );
    assert_eq!((result.unwrap_err().code(), last), ("cancelled", 1));
}

#[test]
fn the_same_task_gives_the_same_pixels() {
    let task = upscale(waves(50, 33), 2);
    assert_eq!(run(&task).unwrap().pixels, run(&task).unwrap().pixels);
}
