//! What checks and makes pictures, and who makes them, as types.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Check files or prompts.
#[derive(Debug, Args)]
#[command(
    group(clap::ArgGroup::new("what").required(true).args(["files", "prompt", "prompts_from"])),
    after_help = "\
With --json one line per input, in order:
  {\"input\": …, \"verdict\": \"allow|review|block\", \"reasons\": […], \"scores\": {…}, \"cpu_ms\": …}

The picture check looks for sexual content only, and no filter catches everything.
Exit code 3 when anything is blocked or needs a look."
)]
pub struct Scan {
    /// Pictures: PNG, JPEG, WebP or GIF
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A prompt
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// A text file with one prompt on each line (`-` for standard input)
    #[arg(long, value_name = "FILE")]
    pub prompts_from: Option<PathBuf>,
    /// Also tell the scores, the limits they were held against, and what judged; with --json instead of the plain answer
    #[arg(long)]
    pub explain: bool,
    /// One JSON line per input
    #[arg(long)]
    pub json: bool,
}

/// Make a picture.
#[derive(Debug, Args)]
#[command(after_help = "\
Models on this computer:
  local/scene      a picture from a prompt, arranged from 3-D drawings
  local/style-26   a photo or picture in another style (--input, --style, --strength)
  local/upscale    a picture 2 or 4 times larger (--input, --factor)
  local/cutout     the subject without its background (--input)

The same prompt, size and seed make the same picture, byte for byte, on the same computer.
Without a key store the picture is written to FILE and nothing is kept in a library.")]
pub struct Generate {
    /// What the picture should show
    #[arg(value_name = "PROMPT", default_value = "")]
    pub prompt: String,
    /// Where to write the picture; with --count above 1, numbered: picture-1.png, picture-2.png …
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Which model makes it [default: local/scene, or what --style, --factor or --input imply]
    #[arg(long)]
    pub model: Option<String>,
    /// Where the randomness starts, 0 to 18446744073709551615 [default: random, and shown]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Size in pixels, WIDTHxHEIGHT
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub size: Option<(u32, u32)>,
    /// How many pictures
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub count: u8,
    /// A style; `allxone models` lists them
    #[arg(long)]
    pub style: Option<String>,
    /// How much the style counts, in per cent
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=100))]
    pub strength: Option<u8>,
    /// How many times larger each side becomes
    #[arg(long)]
    pub factor: Option<u8>,
    /// A picture to work on
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// The most it may cost, in credits; models of this computer are free
    #[arg(long, value_name = "CREDITS", default_value_t = 0)]
    pub max_cost: u32,
    /// Go on where the safety check asks for a confirmation. Never lifts a block
    #[arg(long)]
    pub confirm_review: bool,
    /// The result as JSON
    #[arg(long)]
    pub json: bool,
}

/// Own keys at providers of models. They are kept sealed in the data folder, and used by the service of this computer alone.
#[derive(Debug, Subcommand)]
pub enum Partner {
    /// Keep a key; it is asked for, or read from standard input
    Add {
        /// openai, fal, stability, a1111 or comfyui
        partner: String,
        /// Where it is reached, when that is not the usual address
        #[arg(long, value_name = "URL")]
        address: Option<String>,
        /// The checkpoint ComfyUI works with, as it calls it; the first on its machine otherwise
        #[arg(long, value_name = "NAME")]
        checkpoint: Option<String>,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the providers a key is kept for
    List {
        /// One line of JSON for each
        #[arg(long)]
        json: bool,
    },
    /// Forget a key
    Remove {
        /// openai, fal, stability, a1111 or comfyui
        partner: String,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
}

/// List models and styles.
#[derive(Debug, Args)]
pub struct Models {
    /// One JSON line per model
    #[arg(long)]
    pub json: bool,
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text
        .split_once(['x', 'X', '×'])
        .and_then(|(w, h)| Some((w.trim().parse().ok()?, h.trim().parse().ok()?)));
    sides.ok_or_else(|| "write it as WIDTHxHEIGHT, for example 1024x768".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("1024x768"), Ok((1024, 768)));
        assert_eq!(size("64 × 64"), Ok((64, 64)));
        assert!(size("1024").is_err());
        assert!(size("x").is_err());
    }
}
