//! Renders the prompts of `tests/scene-prompts.txt` (or `--prompts FILE`) into one sheet and prints, from the mask of
//! objects, whether everything named can be seen and whether the counts are right.
//!
//! `cargo run -p allxone-engine --example contact-sheet -- --out sheet.png [--prompts FILE] [--side 384] [--seed 1]`
#![allow(clippy::print_stdout)]

use allxone_engine::scene::Composer;
use allxone_engine::{Cancel, default_seed};
use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Picture, Pixels};
use std::path::{Path, PathBuf};

#[path = "../../tests/scene_judge/mod.rs"]
mod scene_judge;
use scene_judge::{Expected, judge};

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const PROMPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scene-prompts.txt");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value =
        |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).cloned();
    let out = PathBuf::from(value("--out").unwrap_or_else(|| "contact-sheet.png".into()));
    let prompts = value("--prompts").unwrap_or_else(|| PROMPTS.into());
    let side: u32 = value("--side").map_or(Ok(384), |v| v.parse())?;
    let seed: Option<u64> = value("--seed").map(|v| v.parse()).transpose()?;
    let skip: usize = value("--skip").map_or(Ok(0), |v| v.parse())?;
    let take: usize = value("--take").map_or(Ok(usize::MAX), |v| v.parse())?;
    let models = Path::new(MODELS);
    let composer = Composer::new(Inference::new(ModelPaths::under(models)), models.join("drawings"));
    let expected: Vec<Expected> =
        Expected::read(&std::fs::read_to_string(&prompts)?).into_iter().skip(skip).take(take).collect();
    let columns = (expected.len() as f32).sqrt().ceil() as u32;
    let rows = (expected.len() as u32).div_ceil(columns.max(1));
    let (width, height) = (columns * side, rows * side);
    let mut sheet = vec![255u8; width as usize * height as usize * 4];
    let mut tally = scene_judge::Tally::default();
    for (k, want) in expected.iter().enumerate() {
        let began = std::time::Instant::now();
        let seed = seed.unwrap_or_else(|| default_seed(&want.prompt));
        let made = composer.compose(&want.prompt, side, side, seed, &mut |_| {}, &Cancel::new())?;
        let verdict = judge(want, &made);
        println!("{:>5} ms  {}", began.elapsed().as_millis(), verdict.line);
        tally.add(&verdict);
        let (x0, y0) = (k as u32 % columns * side, k as u32 / columns * side);
        for y in 0..side {
            let from = (y * side) as usize * 4;
            let to = ((y0 + y) * width + x0) as usize * 4;
            sheet[to..to + side as usize * 4]
                .copy_from_slice(&made.pixels.rgba()[from..from + side as usize * 4]);
        }
    }
    println!("{tally}");
    std::fs::write(&out, Picture::encode_png(&Pixels::from_rgba(width, height, sheet)?)?.bytes())?;
    println!("{}", out.display());
    Ok(())
}
