//! Redrawing with the shipped network: every offered style, strength, alpha, sizes, stopping.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::HashSet;
use std::path::Path;

use allxone_engine::{Cancel, Report, Source, Task, styles};
use allxone_media::{Limits, Picture, Pixels};
use common::{ball, engine, picture, run, waves};

fn stylise(picture: Pixels, style: &str, strength: f32) -> Task {
    Task::Stylise { picture, style: style.to_owned(), strength }
}

/// Mean difference of the colours of two pictures of one size, 0..=255.
fn difference(a: &Pixels, b: &Pixels) -> f64 {
    let sum: u64 = a.rgba().iter().zip(b.rgba()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / (a.rgba().len() / 4 * 3) as f64
}

#[test]
fn every_offered_style_paints_its_own_picture() {
    let source = ball(64, 48);
    let mut seen = HashSet::new();
    for card in styles() {
        let made = run(&stylise(source.clone(), card.id, 1.0)).unwrap();
        assert_eq!((made.pixels.width(), made.pixels.height()), (64, 48));
        assert!(difference(&source, &made.pixels) > 8.0, "{} changes nothing", card.id);
        assert!(seen.insert(made.pixels.rgba().to_vec()), "{} paints what another style paints", card.id);
        assert_eq!(made.report, Report::Stylised { style: card.id.to_owned(), strength: 1.0 });
        assert_eq!(made.source, Source::Altered);
    }
}

#[test]
fn strength_goes_from_the_original_to_the_full_style() {
    let source = ball(64, 64);
    let at = |strength: f32| run(&stylise(source.clone(), "porcelain", strength)).unwrap();
    assert_eq!(at(0.0).pixels, source);
    assert_eq!(at(0.0).source, Source::SameAsInput);
    let distances = [0.25, 0.5, 0.75, 1.0].map(|s| difference(&source, &at(s).pixels));
    assert!(distances.windows(2).all(|pair| pair[1] > pair[0] + 1.0), "{distances:?}");
    assert!((distances[1] / distances[3] - 0.5).abs() < 0.02, "{distances:?}");
    for strength in [-0.1, 1.01, f32::NAN, f32::INFINITY] {
        let error = run(&stylise(source.clone(), "porcelain", strength)).unwrap_err();
        assert_eq!(error.code(), "strength_out_of_range");
    }
}

#[test]
fn odd_sizes_keep_their_size() {
    for (w, h) in [(1, 1), (3, 5), (1, 2000), (2000, 3), (101, 67)] {
        let made = run(&stylise(waves(w, h), "golden-hour", 1.0)).unwrap();
        assert_eq!((made.pixels.width(), made.pixels.height()), (w, h));
    }
}

/// Above the canvas size the painting is made small and enlarged: the same picture, and nothing missing at the edges.
#[test]
fn large_pictures_are_painted_whole() {
    let made = run(&stylise(ball(1600, 1000), "golden-hour", 1.0)).unwrap();
    assert_eq!((made.pixels.width(), made.pixels.height()), (1600, 1000));
    let small = run(&stylise(ball(1295, 809), "golden-hour", 1.0)).unwrap();
    let mut off = 0.0;
    for (y, x) in (0..100).flat_map(|y| (0..100).map(move |x| (y, x))) {
        let at = |p: &Pixels| {
            let (px, py) = (x * (p.width() - 1) / 99, y * (p.height() - 1) / 99);
            i32::from(p.rgba()[((py * p.width() + px) * 4) as usize])
        };
        off += f64::from((at(&made.pixels) - at(&small.pixels)).abs());
    }
    assert!(off / 10_000.0 < 12.0, "mean difference {}", off / 10_000.0);
}

#[test]
fn alpha_is_kept_and_hidden_colours_do_not_matter() {
    let shape = |hidden: [u8; 3]| {
        picture(48, 48, move |x, y| {
            if x.abs_diff(24) + y.abs_diff(24) < 20 {
                [200, 90, 40, if x < 24 { 255 } else { 128 }]
            } else {
                [hidden[0], hidden[1], hidden[2], 0]
            }
        })
    };
    let made = run(&stylise(shape([0, 0, 0]), "misty-oil", 1.0)).unwrap().pixels;
    let alphas = |p: &Pixels| p.rgba().chunks_exact(4).map(|p| p[3]).collect::<Vec<_>>();
    assert_eq!(alphas(&made), alphas(&shape([0, 0, 0])));
    assert_eq!(made, run(&stylise(shape([9, 250, 3]), "misty-oil", 1.0)).unwrap().pixels);
}

#[test]
fn an_unknown_style_lists_the_good_ones() {
    let error = run(&stylise(ball(16, 16), "no-such-style", 1.0)).unwrap_err();
    assert_eq!(error.code(), "unknown_style");
    assert!(styles().iter().all(|card| error.to_string().contains(card.id)));
}

#[test]
fn a_stop_is_seen_before_the_network_runs() {
    let cancel = Cancel::new();
    let mut last = 0;
    let task = stylise(ball(64, 64), "copper", 1.0);
    let result = engine().run(
        &task,
        &mut |progress| {
            last = progress.step;
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
    let task = stylise(waves(75, 50), "starry-strokes", 0.7);
    assert_eq!(run(&task).unwrap().pixels, run(&task).unwrap().pixels);
}

#[path = "../examples/style-previews/preview.rs"]
mod preview;

/// The pictures of the style picker are what the engine makes: every style has a small one, and one made again is the same to the eye.
#[test]
fn the_shown_previews_are_this_engines_own() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/static/styles"));
    let shown = |style: &str| std::fs::read(folder.join(format!("{style}.jpg"))).unwrap();
    for style in styles() {
        let bytes = shown(style.id).len();
        assert!((500..=12_000).contains(&bytes), "{}: {bytes} bytes", style.id);
    }
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), styles().len(), "no preview without its style");
    let scene = preview::scene(engine()).unwrap();
    let pixels =
        |bytes: Vec<u8>| Picture::received(bytes.into(), &Limits::default()).unwrap().pixels().clone();
    for style in ["woodblock-wave", "old-engraving"] {
        let made = pixels(preview::preview(engine(), &scene, style).unwrap());
        let kept = pixels(shown(style));
        assert_eq!((made.width(), made.height()), (kept.width(), kept.height()));
        let apart = difference(&made, &kept);
        assert!(apart < 4.0, "{style}: {apart:.2} levels apart");
    }
}
