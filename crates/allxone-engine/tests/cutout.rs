//! Cutting out with the shipped network: a thing is found, its edge is where it is, and nothing is never cut out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use allxone_engine::{Cancel, Report, Source, Task};
use allxone_media::Pixels;
use common::{ball, engine, picture, run, waves};

fn cut(picture: Pixels) -> Task {
    Task::CutOut { picture }
}

#[test]
fn a_ball_is_cut_along_its_edge() {
    let (w, h) = (500, 400);
    let made = run(&cut(ball(w, h))).unwrap();
    assert_eq!((made.pixels.width(), made.pixels.height()), (w, h));
    assert_eq!(made.source, Source::SameAsInput);
    let inside = |x: u32, y: u32| {
        let (dx, dy) = (x as f32 - 250.0, y as f32 - 200.0);
        dx.hypot(dy) < 120.0
    };
    let alpha = |x: u32, y: u32| made.pixels.rgba()[((y * w + x) * 4 + 3) as usize];
    let wrong = (0..h)
        .flat_map(|y| (0..w).map(move |x| (x, y)))
        .filter(|&(x, y)| (alpha(x, y) > 127) != inside(x, y))
        .count();
    assert!(wrong < 1000, "{wrong} of 200000 pixels are on the wrong side");
    let Report::CutOut { coverage } = made.report else { panic!("{:?}", made.report) };
    assert!((coverage - 0.226).abs() < 0.01, "{coverage}");
}

#[test]
fn what_is_cut_away_is_gone_and_edges_lose_the_background() {
    let made = run(&cut(ball(500, 400))).unwrap().pixels;
    let pixels = made.rgba().chunks_exact(4);
    assert!(pixels.clone().filter(|p| p[3] == 0).all(|p| p == [0; 4]));
    let edge: Vec<_> = pixels.filter(|p| (40..215).contains(&p[3])).collect();
    assert!(edge.len() > 100, "the edge is soft");
    let red = edge.iter().filter(|p| p[0] > p[2]).count();
    assert!(red * 10 > edge.len() * 9, "{red} of {} edge pixels have the colour of the ball", edge.len());
}

#[test]
fn nothing_is_never_cut_out() {
    let plain = [[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255], [9, 200, 3, 255]];
    let mut nothing = vec![picture(1, 1, |_, _| [200, 10, 10, 255]), picture(40, 30, |_, _| [0; 4])];
    nothing.extend(plain.map(|colour| picture(64, 48, move |_, _| colour)));
    nothing.push(picture(200, 100, |x, _| [(x / 2) as u8, (x / 2) as u8, (x / 2) as u8, 255]));
    for (i, source) in nothing.into_iter().enumerate() {
        match run(&cut(source)) {
            Err(error) => assert_eq!(error.code(), "nothing_to_cut_out", "picture {i}"),
            Ok(made) => panic!("picture {i}: {:?}", made.report),
        }
    }
}

#[test]
fn odd_sizes_either_keep_their_size_or_hold_nothing() {
    for (w, h) in [(3, 5), (1, 2000), (2000, 3), (321, 319)] {
        match run(&cut(waves(w, h))) {
            Ok(made) => assert_eq!((made.pixels.width(), made.pixels.height()), (w, h)),
            Err(error) => assert_eq!(error.code(), "nothing_to_cut_out"),
        }
    }
}

#[test]
fn transparency_of_the_input_stays() {
    let source = ball(300, 300);
    let mut rgba = source.rgba().to_vec();
    rgba.chunks_exact_mut(4).enumerate().filter(|(i, _)| i / 300 < 150).for_each(|(_, p)| p[3] = 0);
    let made = run(&cut(Pixels::from_rgba(300, 300, rgba).unwrap())).unwrap().pixels;
    assert!(made.rgba()[..150 * 300 * 4].iter().all(|v| *v == 0));
    assert!(made.rgba()[(200 * 300 + 150) * 4 + 3] > 250);
}

#[test]
fn a_stop_is_seen_before_the_network_runs() {
    let cancel = Cancel::new();
    cancel.cancel();
    let error = engine().run(&cut(ball(64, 64)), &mut |_| {}, &cancel).unwrap_err();
    assert_eq!(error.code(), "cancelled");
}

#[test]
fn the_same_task_gives_the_same_pixels() {
    let task = cut(ball(120, 90));
    assert_eq!(run(&task).unwrap().pixels, run(&task).unwrap().pixels);
}
