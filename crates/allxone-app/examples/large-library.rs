//! Makes a library with very many pictures, to test and measure the screen with. Never bundled.
//!
//! `large-library DATA_DIR [COUNT] [FILE…]` fills the folder's library, key in a file, with COUNT small pictures (10,000) spread over three
//! years, and with the pictures of the files, as they are, as the latest. 64 different pictures go through the real gate, once each;
//! dates, words and marks make them many.
#![allow(clippy::print_stdout, reason = "it tells how far it is")]

use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use allxone_app::studio::library::{Details, NewItem};
use allxone_app::studio::media::{Limits, Picture, Pixels};
use allxone_app::studio::safety::{Gate, Screened, Screening};
use allxone_app::{Options, Profile, SecretStoreKind};
use serde_json::json;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const DIFFERENT: u32 = 64;
const SIDE: u32 = 256;
const THINGS: [&str; 12] = [
    "fox",
    "owl",
    "castle",
    "whale",
    "robot",
    "lighthouse",
    "bicycle",
    "dragon",
    "teapot",
    "sailing boat",
    "penguin",
    "hot-air balloon",
];
const SETTINGS: [&str; 8] = [
    "in a snowy forest",
    "under a full moon",
    "by the sea at sunset",
    "in a garden",
    "on a hill",
    "in the rain",
    "in the desert",
    "among the clouds",
];
const THREE_YEARS_MS: i64 = 3 * 365 * 24 * 60 * 60 * 1000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: large-library DATA_DIR [COUNT] [FILE…]")?);
    let count: u32 = arguments.next().map_or(Ok(10_000), |text| text.parse())?;
    let options = Options {
        data_dir: Some(folder),
        models_dir: Some(MODELS.into()),
        secret_store: Some(SecretStoreKind::File),
        passphrase: None,
        offline: false,
        program: "large-library".to_owned(),
    };
    let gate = allxone_app::gate(&options)?;
    let profile = Profile::open(options).await?;
    let pictures = (0..DIFFERENT).map(|n| screened(&gate, n)).collect::<Result<Vec<_>, _>>()?;
    let library = profile.studio().library().clone();
    let now = i64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_millis())?;
    let begun = Instant::now();
    for n in 0..count {
        let at = |list: &[&'static str], step: u32| list[(n / step) as usize % list.len()];
        let details = Details {
            operation: "generate".to_owned(),
            model: "local/scene".to_owned(),
            prompt: format!("a {} {}, number {}", at(&THINGS, 1), at(&SETTINGS, 7), n + 1),
            params: json!({"size": {"width": SIDE, "height": SIDE}}),
            seed: Some(u64::from(n)),
            ai_made: true,
            created_ms: Some(now - THREE_YEARS_MS + THREE_YEARS_MS * i64::from(n) / i64::from(count)),
            ..Details::default()
        };
        let id = library.keep(NewItem { picture: pictures[(n % DIFFERENT) as usize].clone(), details })?;
        if n % 11 == 0 {
            library.set_favourite(id, true)?;
        }
        if (n + 1) % 1_000 == 0 {
            println!("{} of {count}, {:.0} s", n + 1, begun.elapsed().as_secs_f64());
        }
    }
    for file in arguments {
        let picture = Picture::received(std::fs::read(&file)?.into(), &Limits::default())?;
        let details = Details {
            operation: "generate".to_owned(),
            model: "local/scene".to_owned(),
            prompt: file,
            ..Details::default()
        };
        library.keep(NewItem { picture: shown(&gate, picture)?, details })?;
    }
    drop(library);
    profile.close().await;
    Ok(())
}

/// A sky, a ground and a sun or moon, different for every `n`.
fn screened(gate: &Gate, n: u32) -> Result<Screened<Picture>, Box<dyn std::error::Error>> {
    let tint = |shift: u32| u8::try_from((n * 37 + shift) % 160 + 60).unwrap_or(128);
    let (sky, ground) = ([tint(0), tint(53), tint(97)], [tint(31), tint(11), tint(71)]);
    let (x, y, radius) = (40 + n * 29 % 176, 40 + n * 13 % 60, 18 + n % 16);
    let mut rgba = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for row in 0..SIDE {
        for column in 0..SIDE {
            let sun = column.abs_diff(x).pow(2) + row.abs_diff(y).pow(2) < radius * radius;
            let [r, g, b] = if sun {
                [250, 226, 150]
            } else if row < 170 {
                sky
            } else {
                ground
            };
            rgba.extend([r, g, b, 255]);
        }
    }
    shown(gate, Picture::encode_png(&Pixels::from_rgba(SIDE, SIDE, rgba)?)?)
}

fn shown(gate: &Gate, picture: Picture) -> Result<Screened<Picture>, Box<dyn std::error::Error>> {
    Ok(match gate.screen(picture)? {
        Screening::Show(picture) => picture,
        Screening::Review(held) => held.confirm(),
        Screening::Block(_) => return Err("the gate stopped a test picture".into()),
    })
}
