//! Makes the small pictures the style picker shows: `style-previews [FOLDER]`, by default into the screen's own folder.

#![allow(clippy::print_stdout)]

mod preview;

use std::error::Error;
use std::path::PathBuf;

use allxone_engine::{Engine, styles};
use allxone_inference::{Inference, ModelPaths};

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize()?;
    let folder = std::env::args().nth(1).map_or_else(|| root.join("ui/static/styles"), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    let models = root.join("models");
    let engine = Engine::new(Inference::new(ModelPaths::under(&models)), models.join("drawings"));
    let scene = preview::scene(&engine)?;
    for style in styles() {
        let bytes = preview::preview(&engine, &scene, style.id)?;
        println!("{:>6} bytes  {}", bytes.len(), style.id);
        std::fs::write(folder.join(format!("{}.jpg", style.id)), bytes)?;
    }
    Ok(())
}
