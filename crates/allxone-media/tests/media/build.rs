//! Files for the tests, made in memory: deterministic pictures, raw PNGs of every kind, JPEG segments, WebP chunks, EXIF, ICC.

use std::io::{Cursor, Write};

use allxone_media::{Pixels, Rgb};
use image::codecs::{gif::GifEncoder, jpeg::JpegEncoder, webp::WebPEncoder};
use image::{Delay, ExtendedColorType, Frame, RgbaImage};

pub const CANARY: &[u8] = b"CANARY-7f3a";

/// A picture with gradients and noise; the same formula as the stored Pillow numbers were made from.
pub fn noise(width: u32, height: u32, seed: u32) -> Rgb {
    let mut state = seed;
    let mut data = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let ramps = [
                x * 255 / (width - 1).max(1),
                y * 255 / (height - 1).max(1),
                (x + y) * 255 / (width + height - 2).max(1),
            ];
            for ramp in ramps {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                data.push((ramp * 3 / 4 + ((state >> 24) & 63)).min(255) as u8);
            }
        }
    }
    Rgb::new(width, height, data).unwrap()
}

/// [`noise`] with every alpha from 0 to 255 in turn; invisible pixels are clear.
pub fn noise_alpha(width: u32, height: u32) -> Pixels {
    let rgb = noise(width, height, 5);
    let data = rgb.data().chunks(3).zip(0_u32..).flat_map(|(p, i)| {
        let a = (i * 7 % 256) as u8;
        if a == 0 { [0; 4] } else { [p[0], p[1], p[2], a] }
    });
    Pixels::from_rgba(width, height, data.collect()).unwrap()
}

pub fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|c| u8::from_str_radix(std::str::from_utf8(c).unwrap(), 16).unwrap())
        .collect()
}

pub fn jpeg(rgb: &Rgb, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, quality)
        .encode(rgb.data(), rgb.width(), rgb.height(), ExtendedColorType::Rgb8)
        .unwrap();
    out
}

pub fn jpeg_grey(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 95).encode(data, width, height, ExtendedColorType::L8).unwrap();
    out
}

pub fn webp(pixels: &Pixels) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut out);
    match pixels.opaque() {
        Some(rgb) => encoder.encode(rgb.data(), rgb.width(), rgb.height(), ExtendedColorType::Rgb8).unwrap(),
        None => {
            encoder.encode(pixels.rgba(), pixels.width(), pixels.height(), ExtendedColorType::Rgba8).unwrap()
        }
    }
    out
}

pub fn gif(frames: &[Pixels]) -> Vec<u8> {
    let mut out = Vec::new();
    {
        let mut encoder = GifEncoder::new_with_speed(&mut out, 10);
        for frame in frames {
            let image = RgbaImage::from_raw(frame.width(), frame.height(), frame.rgba().to_vec()).unwrap();
            let delay = Delay::from_numer_denom_ms(50, 1);
            encoder.encode_frame(Frame::from_parts(image, 0, 0, delay)).unwrap();
        }
    }
    out
}

pub fn plain(width: u32, height: u32, rgba: [u8; 4]) -> Pixels {
    Pixels::from_rgba(width, height, rgba.repeat((width * height) as usize)).unwrap()
}

pub fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0xFF, marker];
    out.extend_from_slice(&u16::try_from(payload.len() + 2).unwrap().to_be_bytes());
    out.extend_from_slice(payload);
    out
}

/// Puts segments right behind the start of a JPEG.
pub fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(kind);
    crc.update(data);
    let len = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&len[..], kind, data, &crc.sum().to_be_bytes()].concat()
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub fn header(width: u32, height: u32, depth: u8, colour_type: u8) -> Vec<u8> {
    let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
    chunk(b"IHDR", &[&w[..], &h, &[depth, colour_type, 0, 0, 0]].concat())
}

/// A PNG of any kind; `rows` are the packed scan lines without filter bytes, `before` chunks before the data.
pub fn png(
    width: u32,
    height: u32,
    depth: u8,
    colour_type: u8,
    rows: &[&[u8]],
    before: &[Vec<u8>],
) -> Vec<u8> {
    let lines: Vec<u8> = rows.iter().flat_map(|row| [&[0][..], row].concat()).collect();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        header(width, height, depth, colour_type),
        before.concat(),
        chunk(b"IDAT", &deflate(&lines)),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

/// A plain 8-bit RGB PNG with chunks before the data.
pub fn png_rgb(rgb: &Rgb, before: &[Vec<u8>]) -> Vec<u8> {
    let rows: Vec<&[u8]> = rgb.data().chunks(rgb.width() as usize * 3).collect();
    png(rgb.width(), rgb.height(), 8, 2, &rows, before)
}

pub fn iccp(profile: &[u8]) -> Vec<u8> {
    chunk(b"iCCP", &[b"p\0\0".to_vec(), deflate(profile)].concat())
}

pub fn riff_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = [&kind[..], &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
    if data.len() % 2 == 1 {
        out.push(0);
    }
    out
}

pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [b"RIFF".to_vec(), u32::try_from(body.len() + 4).unwrap().to_le_bytes().to_vec(), b"WEBP".to_vec(), body]
        .concat()
}

pub fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    riff_chunk(b"VP8X", &[&[flags, 0, 0, 0], &w[..3], &h[..3]].concat())
}

/// An EXIF block that holds an orientation, a maker note and a canary.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut out = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    out.extend_from_slice(&orientation.to_be_bytes());
    out.extend_from_slice(&[0; 6]);
    out.extend_from_slice(b"GPSLatitude ");
    out.extend_from_slice(CANARY);
    out
}

/// ICC segments of a JPEG.
pub fn icc_segments(profile: &[u8]) -> Vec<Vec<u8>> {
    let parts: Vec<&[u8]> = profile.chunks(60_000).collect();
    let count = u8::try_from(parts.len()).unwrap();
    parts
        .iter()
        .zip(1_u8..)
        .map(|(p, n)| segment(0xE2, &[b"ICC_PROFILE\0", &[n, count][..], p].concat()))
        .collect()
}

/// A profile of ink whose colours are unmistakable: full cyan is a dark Lab blue, everything else by a 2⁴ table.
pub fn cmyk_profile() -> Vec<u8> {
    let identity: Vec<u8> = (0..=255).collect();
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    for i in 0..9 {
        table.extend_from_slice(&(if i % 4 == 0 { 0x0001_0000_u32 } else { 0 }).to_be_bytes());
    }
    table.extend(identity.repeat(4));
    for node in 0..16_u8 {
        // Most significant first: cyan, magenta, yellow, key. Lab in 8 bits, neutral at 128.
        let inks = node.count_ones() as u8;
        let lab = if node == 8 { [51, 128, 68] } else { [255 - inks * 50, 128, 128] };
        table.extend_from_slice(&lab);
    }
    table.extend(identity.repeat(3));
    let size = u32::try_from(128 + 4 + 12 + table.len()).unwrap();
    let mut out = vec![0; 128];
    out[..4].copy_from_slice(&size.to_be_bytes());
    out[8] = 2;
    out[12..24].copy_from_slice(b"prtrCMYKLab ");
    out[36..40].copy_from_slice(b"acsp");
    out[68..80].copy_from_slice(&[0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D]);
    out.extend_from_slice(&1_u32.to_be_bytes());
    out.extend_from_slice(b"A2B0");
    out.extend_from_slice(&144_u32.to_be_bytes());
    out.extend_from_slice(&u32::try_from(table.len()).unwrap().to_be_bytes());
    out.extend_from_slice(&table);
    out
}

/// Decodes with the `image` crate alone, as another reader would.
pub fn other_reader(bytes: &[u8]) -> RgbaImage {
    image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().unwrap().decode().unwrap().to_rgba8()
}
