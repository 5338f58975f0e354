//! How the preview of a style is made: one scene of our own, redrawn by the shipped network, made small. Also used by the test that makes
//! one again and compares.

use std::error::Error;

use allxone_engine::{Cancel, Engine, Task};
use allxone_media::{Pixels, resize_pixels};
use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

/// What the preview shows: one plain shape, sky, water and fine detail, so that a style has something to do.
const PROMPT: &str = "a big sailing boat on a lake with mountains at sunset";
const SEED: u64 = 4;
/// The size it is redrawn at, so that strokes are as wide as they are on a picture looked at whole.
const SIZE: (u32, u32) = (400, 300);
/// Size of the preview, enough for a small tile on a fine screen.
const SHOWN: (u32, u32) = (192, 144);
const QUALITY: u8 = 64;

/// The scene.
pub fn scene(engine: &Engine) -> Result<Pixels, Box<dyn Error>> {
    let (width, height) = SIZE;
    let task = Task::Scene { prompt: PROMPT.to_owned(), width, height, seed: SEED };
    Ok(engine.run(&task, &mut |_| {}, &Cancel::new())?.pixels)
}

/// The scene in a style, as the bytes of a small JPEG.
pub fn preview(engine: &Engine, scene: &Pixels, style: &str) -> Result<Vec<u8>, Box<dyn Error>> {
    let task = Task::Stylise { picture: scene.clone(), style: style.to_owned(), strength: 1.0 };
    let made = engine.run(&task, &mut |_| {}, &Cancel::new())?;
    let (width, height) = SHOWN;
    let small = resize_pixels(&made.pixels, width, height).ignoring_alpha();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode(
        small.data(),
        width,
        height,
        ExtendedColorType::Rgb8,
    )?;
    Ok(jpeg)
}
