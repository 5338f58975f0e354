//! Pictures nobody has to look at: soft colours, no two alike.

use std::io::Cursor;

use image::{ImageFormat, RgbaImage};

/// A PNG of that size; `kind` tells one from another.
pub fn png(width: u32, height: u32, kind: u8) -> Vec<u8> {
    let shade = |at: u32, of: u32| u8::try_from(at * 160 / of.max(1)).unwrap_or(160);
    let picture = RgbaImage::from_fn(width, height, |x, y| {
        image::Rgba([
            90 + shade(x, width) / 2,
            110 + shade(y, height) / 2,
            120_u8.wrapping_add(kind.wrapping_mul(7)),
            255,
        ])
    });
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}
