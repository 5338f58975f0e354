//! Measures the gate on this computer: `cargo run --release -p allxone-safety --example measure -- [PICTURE…]`.
//!
//! Prints the cold load, then for each picture (a 12-megapixel JPEG and a 1024² PNG of its own making if none is given) the processor
//! time of decoding and of the check, over the full frame and over all views, then the time of prompts. With `--prompts`, prints the
//! verdict on each line of standard input instead.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::io::BufRead;
use std::time::{Duration, Instant};

use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Limits, Picture};
use allxone_safety::{Gate, Views};
use bytes::Bytes;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/safety");

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let gate = Gate::new(Inference::new(ModelPaths::under(MODELS)));
    let begun = Instant::now();
    gate.ready().unwrap();
    if arguments.iter().any(|a| a == "--prompts") {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let finding = gate.check_prompt(&line).unwrap();
            let why: Vec<_> = finding.reasons.iter().map(|r| format!("{:?}/{}", r.layer, r.part)).collect();
            println!(
                "{:?}\t{:.3}\t{line}\t{}",
                finding.verdict,
                finding.scores.prompt.unwrap_or_default(),
                why.join("; ")
            );
        }
        return;
    }
    println!("cold load, everything verified and tested: {:.0} ms", ms(begun.elapsed()));
    gate.forget_idle();
    let begun = Instant::now();
    gate.ready().unwrap();
    println!("load again after being idle: {:.0} ms", ms(begun.elapsed()));

    let mut pictures: Vec<(String, Vec<u8>)> =
        arguments.iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    if pictures.is_empty() {
        let photo = image::open(format!("{FIXTURES}/safe_coffee.png")).unwrap();
        for (name, width, height, format) in [
            ("12 MP JPEG", 4000, 3000, image::ImageFormat::Jpeg),
            ("1024² PNG", 1024, 1024, image::ImageFormat::Png),
        ] {
            let mut bytes = Vec::new();
            let large = photo.resize_exact(width, height, image::imageops::FilterType::CatmullRom).to_rgb8();
            large.write_to(&mut std::io::Cursor::new(&mut bytes), format).unwrap();
            pictures.push((name.to_owned(), bytes));
        }
    }
    for (name, bytes) in pictures {
        let bytes = Bytes::from(bytes);
        let decode = || Picture::received(bytes.clone(), &Limits::default()).unwrap();
        let picture = decode();
        let decoding = median(9, || drop(decode()));
        let full = median(9, || drop(gate.check_picture_views(&picture, Views::FullFrame).unwrap()));
        let policy = median(9, || drop(gate.check_picture(&picture).unwrap()));
        println!(
            "{name}, {}×{}: decode {decoding:.1} ms, full frame with both opinions {full:.1} ms, all views {policy:.1} ms (processor time)",
            picture.width(),
            picture.height()
        );
    }
    for prompt in [
        "a lighthouse at dusk",
        "portrait of an old fisherman, wrinkles, soft window light, 35mm photo, highly detailed, bokeh",
    ] {
        let mut count = 0;
        let time = median(15, || {
            count += 1;
            gate.check_prompt(&format!("{prompt} {count}")).unwrap();
        });
        println!("prompt of {} characters, not seen before: {time:.1} ms", prompt.len());
    }
}

fn median(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let begun = processor_time();
            work();
            ms(processor_time().saturating_sub(begun))
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.get(runs / 2).copied().unwrap_or_default()
}

/// Processor time of this process so far where the system tells it (Linux), else the wall clock.
fn processor_time() -> Duration {
    let ticks = std::fs::read_to_string("/proc/self/schedstat").ok();
    let first = ticks.as_deref().and_then(|t| t.split(' ').next()).and_then(|t| t.parse().ok());
    first.map_or_else(
        || {
            Duration::from_nanos(
                u64::try_from(Instant::now().duration_since(*START).as_nanos()).unwrap_or(u64::MAX),
            )
        },
        Duration::from_nanos,
    )
}

static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
