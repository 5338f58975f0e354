//! An engine with the shipped models, pictures to try it on, and what every test wants to know of a run.

#![allow(clippy::unwrap_used, clippy::expect_used, dead_code)]

use std::path::Path;
use std::sync::OnceLock;

use allxone_engine::{Cancel, Engine, EngineError, Made, Progress, Task};
use allxone_inference::{Inference, ModelPaths};
use allxone_media::Pixels;

/// The engine all tests of a file share.
pub fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let models = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models"));
        let models = models.canonicalize().expect("the models folder exists");
        Engine::new(Inference::new(ModelPaths::under(&models)), models.join("drawings"))
    })
}

/// Runs a task and checks what it said on its way.
pub fn run(task: &Task) -> Result<Made, EngineError> {
    let mut seen: Vec<Progress> = Vec::new();
    let made = engine().run(task, &mut |p| seen.push(p), &Cancel::new());
    if made.is_ok() {
        let (first, last) = (seen.first().expect("progress"), seen.last().expect("progress"));
        assert_eq!((first.step, last.step), (0, last.steps), "{seen:?}");
        assert!(seen.iter().all(|p| p.steps == last.steps), "{seen:?}");
        assert!(seen.windows(2).all(|pair| pair[0].step <= pair[1].step), "{seen:?}");
    }
    made
}

/// A picture from a function of its pixels.
pub fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 4]) -> Pixels {
    let rgba = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y));
    Pixels::from_rgba(width, height, rgba.collect()).unwrap()
}

/// Waves of colour with fine detail, without any repetition on the scale of a tile.
pub fn waves(width: u32, height: u32) -> Pixels {
    picture(width, height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let wave = |a: f32, b: f32| ((x * a + y * b + (x * y * 0.001)).sin() * 110.0 + 128.0) as u8;
        [wave(0.11, 0.05), wave(-0.03, 0.21), wave(0.31, 0.17), 255]
    })
}

/// A shaded ball with a soft edge before a sky: something that plainly stands out.
pub fn ball(width: u32, height: u32) -> Pixels {
    let (cx, cy, radius) = (width as f32 / 2.0, height as f32 / 2.0, width.min(height) as f32 * 0.3);
    picture(width, height, move |x, y| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let light = 1.0 - ((dx + radius * 0.4).hypot(dy + radius * 0.4) / (radius * 1.7)).min(1.0);
        let cover = ((radius - dx.hypot(dy)) / 3.0 + 0.5).clamp(0.0, 1.0);
        let front = [120.0 + 130.0 * light, 20.0 + 90.0 * light, 30.0];
        let back = [170.0, 200.0, (215 + y * 30 / height) as f32];
        let mixed = [0, 1, 2].map(|c: usize| (front[c] * cover + back[c] * (1.0 - cover)) as u8);
        [mixed[0], mixed[1], mixed[2], 255]
    })
}
