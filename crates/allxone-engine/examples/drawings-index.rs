//! Builds `models/drawings-index.json` and `.bin` from `src/scene/drawings.txt`, the drawings and the text encoder.
//! The same inputs give the same bytes.
//!
//! `cargo run -p allxone-engine --example drawings-index` writes them; `-- --check` only compares; `-- --calibrate` shows how
//! alike words outside the catalogue are to it, which is where `scene::SURE` comes from.
#![allow(clippy::print_stdout)]

use allxone_engine::scene::index::{DIMENSIONS, Drawing, Index, IndexFile, Stance};
use allxone_inference::{Inference, ModelPaths};
use allxone_media::{Limits, Picture};
use sha2::{Digest, Sha256};
use std::error::Error;
use std::path::Path;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const TABLE: &str = include_str!("../src/scene/drawings.txt");

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let models = Path::new(MODELS);
    let inference = Inference::new(ModelPaths::under(models));
    let encoder = inference.encoder()?;
    if arguments.iter().any(|a| a == "--calibrate") {
        return calibrate(&encoder);
    }
    let mut entries = Vec::new();
    for line in TABLE.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()) {
        entries.push(entry(models, line).map_err(|e| format!("{line}: {e}"))?);
    }
    let names: Vec<&str> =
        entries.iter().flat_map(|e: &Drawing| e.names.iter().map(String::as_str)).collect();
    let mut bin = Vec::with_capacity(names.len() * DIMENSIONS);
    for encoded in encoder.encode_many(&names)? {
        bin.extend(encoded.embedding.iter().map(|v| (v * 127.0).round().clamp(-127.0, 127.0) as i8 as u8));
    }
    let file = IndexFile {
        version: 1,
        drawings: "@lobehub/fluent-emoji-3d 1.1.0".to_owned(),
        embeddings_sha256: hex(&bin),
        encoder_sha256: encoder.sha256().to_owned(),
        entries,
    };
    let mut json = String::from("{\n");
    json += &format!("\"version\": {},\n\"drawings\": {:?},\n", file.version, file.drawings);
    json += &format!(
        "\"embeddings_sha256\": {:?},\n\"encoder_sha256\": {:?},\n\"entries\": [\n",
        file.embeddings_sha256, file.encoder_sha256
    );
    let rows = file.entries.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    json += &rows.join(",\n");
    json += "\n]\n}\n";
    if Index::parse(&json, &bin).is_none() {
        return Err("the index does not read back".into());
    }
    let paths = [models.join("drawings-index.json"), models.join("drawings-index.bin")];
    if arguments.iter().any(|a| a == "--check") {
        if std::fs::read(&paths[0])? != json.as_bytes() || std::fs::read(&paths[1])? != bin {
            return Err("the index is out of date; run this example without --check".into());
        }
    } else {
        std::fs::write(&paths[0], &json)?;
        std::fs::write(&paths[1], &bin)?;
    }
    println!(
        "{} drawings, {} names, {} + {} bytes, embeddings {}",
        rows.len(),
        bin.len() / DIMENSIONS,
        json.len(),
        bin.len(),
        file.embeddings_sha256
    );
    Ok(())
}

fn entry(models: &Path, line: &str) -> Result<Drawing, Box<dyn Error>> {
    let columns: Vec<&str> = line.split('|').map(str::trim).collect();
    let [file, names, kind, stance, metres, facing, form] = columns[..] else {
        return Err("seven columns are needed".into());
    };
    let word = |w: &str| serde_json::Value::String(w.to_owned());
    let bytes = std::fs::read(models.join("drawings").join(format!("{file}.webp")))?;
    let sha256 = hex(&bytes);
    let picture = Picture::received(bytes.into(), &Limits::default())?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rgba = picture.pixels().rgba();
    let solid = |x: usize, y: usize| rgba[(y * width + x) * 4 + 3] > 40;
    let rows: Vec<usize> = (0..height).filter(|&y| (0..width).any(|x| solid(x, y))).collect();
    let columns: Vec<usize> = (0..width).filter(|&x| (0..height).any(|y| solid(x, y))).collect();
    let (Some(&top), Some(&bottom), Some(&left), Some(&right)) =
        (rows.first(), rows.last(), columns.first(), columns.last())
    else {
        return Err("the drawing is empty".into());
    };
    let trim = [left as u16, top as u16, (right - left + 1) as u16, (bottom - top + 1) as u16];
    let stance: Stance = serde_json::from_value(word(stance))?;
    let waterline =
        if stance == Stance::Boat { painted_waves(rgba, width, (left, right), (top, bottom)) } else { 0.0 };
    Ok(Drawing {
        file: file.to_owned(),
        names: names.split(',').map(|n| n.trim().to_owned()).collect(),
        kind: serde_json::from_value(word(kind))?,
        stance,
        metres: metres.parse()?,
        facing: serde_json::from_value(word(facing))?,
        form: serde_json::from_value(word(form))?,
        trim,
        size: [width as u16, height as u16],
        waterline,
        sha256,
    })
}

/// The share of the height, from below, in which a boat's drawing is mostly painted water.
fn painted_waves(
    rgba: &[u8],
    width: usize,
    (left, right): (usize, usize),
    (top, bottom): (usize, usize),
) -> f32 {
    let watery = |p: &[u8]| p[2] > 150 && i32::from(p[2]) - i32::from(p[0]) > 80 && p[1] > 80;
    let mut highest = bottom + 1;
    for y in (top..=bottom).rev() {
        let row: Vec<&[u8]> =
            (left..=right).map(|x| &rgba[(y * width + x) * 4..][..4]).filter(|p| p[3] > 128).collect();
        let wet = row.iter().filter(|p| watery(p)).count();
        if row.is_empty() || (wet as f32) < 0.62 * row.len() as f32 {
            if highest <= bottom {
                break;
            }
            continue;
        }
        highest = y;
    }
    let share = (bottom + 1 - highest) as f32 / (bottom - top + 1) as f32;
    (share * 1000.0).round() / 1000.0
}

/// Words a person may use that the catalogue does not hold: first those a drawing stands for, then those none does.
const STANDS_FOR: &[(&str, &str)] = &[
    ("limousine", "car"),
    ("kitty-cat", "cat"),
    ("tugboat", "motorboat"),
    ("vessel", "ship"),
    ("moped", "scooter"),
    ("puma", "leopard"),
    ("racehorse", "horse"),
    ("locomotives", "locomotive"),
    ("submarine sandwich", "sandwich"),
    ("hound dog", "dog"),
    ("bulldog", "dog"),
    ("kitten cat", "cat"),
    ("beagle", "dog"),
    ("sequoia", "pine"),
    ("cottages", "hut"),
    ("telly", "television"),
    ("armchairs", "armchair"),
];
const STANDS_FOR_NOTHING: &[&str] = &[
    "freedom",
    "democracy",
    "justice",
    "entropy",
    "gravity",
    "tuesday",
    "accountant",
    "philosophy",
    "hamster wheel economy",
    "platypus",
    "xylophone",
    "trebuchet",
    "periscope",
    "kazoo",
    "narwhal",
    "sphinx",
    "gargoyle",
    "samurai",
    "pharaoh",
    "knight",
    "pirate",
    "viking",
    "helium",
    "marmalade",
    "mayonnaise",
    "quinoa",
    "algorithm",
    "blockchain",
    "happiness",
    "sorrow",
    "infinity",
    "silence",
    "memory",
    "hope",
    "love",
    "courage",
    "dream",
    "windmill",
    "waterfall",
    "bridge",
    "statue",
    "skeleton",
    "scarecrow",
    "lamppost",
    "tapestry",
    "chandelier",
    "hammock",
    "escalator",
    "turbine",
    "bulldozer",
    "excavator",
    "zeppelin",
    "drone",
    "catapult",
    "compost",
    "syrup",
    "anvil",
    "lobby",
    "tractor beam",
    "yeti",
    "centaur",
    "minotaur",
    "phoenix",
    "griffin",
    "kraken",
    "meerkat",
    "armadillo",
    "ostrich",
    "pelican",
    "hummingbird",
    "piranha",
    "stingray",
    "starfish",
    "seahorse",
    "wolverine",
    "lemur",
    "tapir",
    "aardvark",
    "truffle",
    "radish",
    "lime",
    "coffee table",
    "bookshelf",
    "curtain",
    "blanket",
    "pillow",
    "fence",
    "bench",
    "swing",
    "cliffs",
    "treehouse",
    "igloo",
    "pyramid",
];

fn calibrate(encoder: &allxone_inference::TextEncoder) -> Result<(), Box<dyn Error>> {
    let index = Index::shipped()?;
    let mut rows: Vec<(f32, String)> = Vec::new();
    for (word, wanted) in
        STANDS_FOR.iter().map(|(w, n)| (*w, *n)).chain(STANDS_FOR_NOTHING.iter().map(|w| (*w, "-")))
    {
        if let Some((number, likeness)) = index.nearest(&encoder.encode(word)?.embedding) {
            let got = &index.drawings[number].names[0];
            rows.push((likeness, format!("{likeness:.3}  {word:<26} → {got:<24} wanted {wanted}")));
        }
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, row) in rows {
        println!("{row}");
    }
    Ok(())
}
