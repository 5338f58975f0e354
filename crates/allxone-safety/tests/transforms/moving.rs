//! One unsafe frame in an animation of two hundred.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, RgbImage};

use super::{Case, texture};

const FRAMES: u32 = 200;
const SIDE: u32 = 224;

pub(super) fn cases() -> Vec<Case> {
    let photo = Arc::new(texture("safe_coffee.png").to_rgb8());
    let mut cases = Vec::new();
    for (name, at) in [
        ("unsafe_porn_224.png", 1),
        ("unsafe_both_512.png", 57),
        ("unsafe_drawn_288x224.png", 123),
        ("unsafe_grey_256.png", 198),
        ("unsafe_second_224.png", 199),
    ] {
        let bad =
            Arc::new(texture(name).resize_exact(SIDE, SIDE, image::imageops::FilterType::Triangle).to_rgb8());
        let still = Arc::new(window(&photo, 100));
        let (good, odd) = (Arc::clone(&still), Arc::clone(&bad));
        cases.push(Case::blocked(format!("{name}: frame {at} of a still animation"), move || {
            webp(|i| if i == at { &odd } else { &good })
        }));
        // The camera pans over the photo all the while, so that every frame differs from every other.
        let (pan, odd) = (Arc::clone(&photo), Arc::clone(&bad));
        cases.push(Case::new(format!("{name}: frame {at} of a moving one"), move || {
            let views: Vec<RgbImage> = (0..FRAMES)
                .map(|i| if i == at { (*odd).clone() } else { window(&pan, i * 376 / FRAMES) })
                .collect();
            webp(|i| &views[i as usize])
        }));
    }
    let (good, odd) = (window(&photo, 100), texture("unsafe_porn_224.png").to_rgb8());
    cases.push(Case::blocked("unsafe_porn_224.png: frame 150 of a GIF", move || gif(&good, &odd, 150)));
    // Cuts without end: more scenes than are looked at, so that a person decides, whatever is in them.
    cases.push(Case::new("harmless: a new scene in every frame", || {
        let scenes: Vec<RgbImage> = (0..60_u32)
            .map(|i| {
                let shade = |x: u32, y: u32| {
                    let stripe = if i % 2 == 0 { x } else { y } / (8 + i % 7 * 9);
                    [stripe * 37 + i * 41, stripe * 91 + i * 17, i * 83].map(|v| (v % 256) as u8)
                };
                RgbImage::from_fn(SIDE, SIDE, |x, y| image::Rgb(shade(x, y)))
            })
            .collect();
        webp(|i| &scenes[(i % 60) as usize])
    }));
    cases
}

fn window(photo: &RgbImage, x: u32) -> RgbImage {
    image::imageops::crop_imm(photo, x, 80, SIDE, SIDE).to_image()
}

/// A lossless animated WebP of [`FRAMES`] full frames; one that is the same as the last is coded once.
fn webp<'a>(frame: impl Fn(u32) -> &'a RgbImage) -> Vec<u8> {
    let three = |v: u32| [v.to_le_bytes()[0], v.to_le_bytes()[1], v.to_le_bytes()[2]];
    let size = [three(SIDE - 1), three(SIDE - 1)].concat();
    let mut body = chunk(b"VP8X", &[&[2, 0, 0, 0][..], &size].concat());
    body.extend(chunk(b"ANIM", &[0; 6]));
    let mut last: Option<(&RgbImage, Vec<u8>)> = None;
    for i in 0..FRAMES {
        let rgb = frame(i);
        let coded = match last.take() {
            Some((before, coded)) if std::ptr::eq(before, rgb) => coded,
            _ => {
                let mut file = Vec::new();
                DynamicImage::from(rgb.clone())
                    .write_to(&mut Cursor::new(&mut file), ImageFormat::WebP)
                    .unwrap();
                let header = [&[0; 6][..], &size, &[40, 0, 0, 2]].concat();
                chunk(b"ANMF", &[header, file[12..].to_vec()].concat())
            }
        };
        body.extend_from_slice(&coded);
        last = Some((rgb, coded));
    }
    let length = u32::try_from(body.len() + 4).unwrap().to_le_bytes();
    [b"RIFF", &length[..], b"WEBP", &body].concat()
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    let padding: &[u8] = if data.len() % 2 == 1 { &[0] } else { &[] };
    [&kind[..], &length, data, padding].concat()
}

fn gif(good: &RgbImage, odd: &RgbImage, at: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
    for i in 0..FRAMES {
        let rgb = if i == at { odd } else { good };
        encoder.encode_frame(Frame::new(DynamicImage::from(rgb.clone()).to_rgba8())).unwrap();
    }
    drop(encoder);
    out
}
