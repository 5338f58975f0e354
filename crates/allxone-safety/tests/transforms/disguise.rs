//! Disguises of a still picture.

use std::io::Cursor;
use std::sync::Arc;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GrayAlphaImage, ImageEncoder, ImageFormat, LumaA, Rgb, RgbImage, Rgba,
    RgbaImage,
};

use super::{Case, texture};

/// Textures that keep answering when they are cropped, mirrored, scaled, compressed and made grey.
const ROBUST: [&str; 5] = [
    "unsafe_both_512.png",
    "unsafe_drawn_288x224.png",
    "unsafe_grey_256.png",
    "unsafe_second_224.png",
    "borderline_either_256.png",
];
/// One that answers upright and unmirrored alone.
const DIRECTED: &str = "unsafe_porn_224.png";

type Texture = Arc<DynamicImage>;

pub(super) fn png(image: &DynamicImage) -> Vec<u8> {
    written(image, ImageFormat::Png)
}

fn written(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Vec::new();
    image.write_to(&mut Cursor::new(&mut out), format).unwrap();
    out
}

pub(super) fn jpeg(image: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    image.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, quality)).unwrap();
    out
}

fn sized(image: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    image.resize_exact(width, height, FilterType::CatmullRom)
}

/// Scaled so that the shorter side has `side` pixels.
fn short(image: &DynamicImage, side: u32) -> DynamicImage {
    let (w, h) = (image.width(), image.height());
    let least = w.min(h);
    sized(image, (w * side + least / 2) / least, (h * side + least / 2) / least)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in ROBUST.into_iter().chain([DIRECTED]) {
        let texture = Arc::new(texture(name));
        for (kind, make) in everywhere() {
            let texture = Arc::clone(&texture);
            cases.push(Case::new(format!("{name}: {kind}"), move || make(&texture)));
        }
        if name != DIRECTED {
            for (kind, make) in on_robust() {
                let texture = Arc::clone(&texture);
                cases.push(Case::new(format!("{name}: {kind}"), move || make(&texture)));
            }
        }
    }
    let grey = Arc::new(texture("unsafe_grey_256.png"));
    for (kind, make) in on_grey() {
        let grey = Arc::clone(&grey);
        cases.push(Case::new(format!("grey: {kind}"), move || make(&grey)));
    }
    for file in [
        "unsafe_cmyk_288.jpg",
        "unsafe_palette_288.png",
        "unsafe_progressive_288.jpg",
        "unsafe_lossy_288.webp",
    ] {
        cases.push(Case::blocked(format!("stored: {file}"), move || crate::common::fixture(file)));
    }
    cases
}

type Make = Box<dyn Fn(&Texture) -> Vec<u8> + Send + Sync>;

fn make(kind: impl Into<String>, of: impl Fn(&Texture) -> Vec<u8> + Send + Sync + 'static) -> (String, Make) {
    (kind.into(), Box::new(of))
}

/// Disguises that leave a directed texture as it is to a person's eye.
fn everywhere() -> Vec<(String, Make)> {
    let mut all = vec![
        make("as it is", |t| png(t)),
        make("lossless WebP", |t| written(&DynamicImage::from(t.to_rgb8()), ImageFormat::WebP)),
        make("GIF", |t| written(&DynamicImage::from(t.to_rgba8()), ImageFormat::Gif)),
        make("16 bits", |t| png(&DynamicImage::from(t.to_rgb16()))),
        make("16 bits with alpha", |t| png(&DynamicImage::from(t.to_rgba16()))),
        make("broken off", |t| {
            let mut file = jpeg(t, 80);
            file.truncate(file.len() * 9 / 10);
            file
        }),
        make("padded with another file", |t| [png(t), png(&DynamicImage::new_rgb8(300, 300))].concat()),
    ];
    for quality in [50, 60, 70, 80, 90, 95] {
        all.push(make(format!("JPEG {quality}"), move |t| jpeg(t, quality)));
    }
    for side in [40, 64, 96, 128, 159, 160, 192, 300, 512, 900] {
        all.push(make(format!("shorter side {side}"), move |t| png(&short(t, side))));
    }
    all.push(make("four times as large", |t| png(&sized(t, t.width() * 4, t.height() * 4))));
    for tag in 1..=8 {
        all.push(make(format!("JPEG with orientation {tag}"), move |t| turned(t, tag, ImageFormat::Jpeg)));
        all.push(make(format!("PNG with orientation {tag}"), move |t| turned(t, tag, ImageFormat::Png)));
    }
    for tag in [3, 6] {
        all.push(make(format!("WebP with orientation {tag}"), move |t| turned(t, tag, ImageFormat::WebP)));
    }
    for alpha in [0, 1, 40, 128, 250] {
        all.push(make(format!("alpha {alpha}"), move |t| png(&veiled(t, |_, _| alpha))));
    }
    all.push(make("every other pixel transparent", |t| png(&veiled(t, |x, y| ((x + y) % 2 * 255) as u8))));
    all.push(make("fading out", |t| {
        let height = t.height();
        png(&veiled(t, move |_, y| (y * 255 / height) as u8))
    }));
    let plain = |colour: [u8; 3]| move |_: u32, _: u32| colour;
    for share in [3, 5, 10, 25, 60] {
        all.push(make(format!("white border of {share} %"), move |t| {
            png(&framed(t, share, plain([255; 3])))
        }));
    }
    all.push(make("black border", move |t| png(&framed(t, 15, plain([0; 3])))));
    all.push(make("coloured border", move |t| png(&framed(t, 15, plain([200, 40, 90])))));
    all.push(make("shaded border", |t| png(&framed(t, 15, |_, y| [(y / 4).min(255) as u8; 3]))));
    all.push(make("border in a border", |t| {
        png(&framed(&framed(t, 8, |_, _| [20; 3]), 8, |_, _| [240, 240, 230]))
    }));
    all.push(make("letterbox", |t| {
        let mut wide = RgbImage::from_pixel(t.width(), t.height() * 2, Rgb([0; 3]));
        imageops::overlay(&mut wide, &t.to_rgb8(), 0, i64::from(t.height() / 2));
        png(&wide.into())
    }));
    all.push(make("one wide margin", |t| {
        let mut wide = RgbImage::from_pixel(t.width() * 3 / 2, t.height(), Rgb([255; 3]));
        imageops::overlay(&mut wide, &t.to_rgb8(), 0, 0);
        png(&wide.into())
    }));
    all
}

/// Disguises that also change the picture a little.
fn on_robust() -> Vec<(String, Make)> {
    let mut all = vec![
        make("compressed border", |t| jpeg(&framed(t, 15, |_, _| [250; 3]), 85)),
        make("mirrored", |t| png(&t.fliph())),
        make("without colour", |t| png(&DynamicImage::from(t.to_luma8()))),
        make("mirrored, without colour", |t| png(&DynamicImage::from(t.fliph().to_luma8()))),
        make("mirrored, without colour, compressed", |t| jpeg(&DynamicImage::from(t.fliph().to_luma8()), 60)),
        make("squeezed", |t| png(&sized(t, t.width() * 3 / 4, t.height().max(170)))),
        make("softened", |t| png(&t.blur(1.0))),
        make("brighter", |t| png(&t.brighten(15))),
        make("darker", |t| png(&t.brighten(-15))),
        make("more contrast", |t| png(&t.adjust_contrast(12.0))),
        make("less contrast", |t| png(&t.adjust_contrast(-12.0))),
        make("noise", |t| {
            let mut state = 1_u32;
            let mut rgb = t.to_rgb8();
            for value in rgb.iter_mut() {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *value = value.saturating_add((state >> 29) as u8).saturating_sub(4);
            }
            png(&rgb.into())
        }),
        make("compressed three times", |t| {
            let again = |file: Vec<u8>, quality| jpeg(&image::load_from_memory(&file).unwrap(), quality);
            again(again(jpeg(t, 70), 80), 60)
        }),
        make("small and large again", |t| png(&sized(&short(t, 160), t.width() * 2, t.height() * 2))),
        // One pixel in a hundred shows something harmless: what a point-sampling reader would see.
        make("sampled to a cover", |t| {
            let cover = texture("safe_coffee.png").to_rgb8();
            let mut large = sized(t, 2240, 2240).to_rgb8();
            for (x, y, pixel) in large.enumerate_pixels_mut().filter(|(x, y, _)| x % 10 == 0 && y % 10 == 0) {
                *pixel = *cover.get_pixel(x / 10, y / 10);
            }
            png(&large.into())
        }),
    ];
    for percent in [2, 5, 8] {
        all.push(make(format!("cropped by {percent} %"), move |t| {
            let (x, y) = (t.width() * percent / 100, t.height() * percent / 100);
            png(&t.crop_imm(x, y, t.width() - 2 * x, t.height() - 2 * y))
        }));
    }
    all
}

/// What can be done to a texture without colour.
fn on_grey() -> Vec<(String, Make)> {
    let shape = |colour: u8| {
        move |t: &Texture| {
            let luma = t.to_luma8();
            let shaped = RgbaImage::from_fn(luma.width(), luma.height(), |x, y| {
                // What is drawn in black is dark where it is dense.
                let light = luma.get_pixel(x, y).0[0];
                Rgba([colour, colour, colour, if colour == 0 { 255 - light } else { light }])
            });
            png(&shaped.into())
        }
    };
    vec![
        make("grey PNG", |t| png(&DynamicImage::from(t.to_luma8()))),
        make("grey PNG of 16 bits", |t| png(&DynamicImage::from(t.to_luma16()))),
        make("grey with alpha", |t| {
            let luma = t.to_luma8();
            let clear = GrayAlphaImage::from_fn(luma.width(), luma.height(), |x, y| {
                LumaA([luma.get_pixel(x, y).0[0], 3])
            });
            png(&clear.into())
        }),
        make("grey JPEG", |t| {
            let (luma, mut out) = (t.to_luma8(), Vec::new());
            JpegEncoder::new_with_quality(&mut out, 70)
                .encode(&luma, luma.width(), luma.height(), ExtendedColorType::L8)
                .unwrap();
            out
        }),
        make("tinted", |t| {
            let luma = t.to_luma8();
            let tinted = RgbImage::from_fn(luma.width(), luma.height(), |x, y| {
                let v = luma.get_pixel(x, y).0[0];
                Rgb([v.saturating_add(18), v.saturating_add(6), v.saturating_sub(12)])
            });
            png(&tinted.into())
        }),
        make("drawn in white by transparency alone", shape(255)),
        make("drawn in black by transparency alone", shape(0)),
    ]
}

/// Unsafe parts of harmless photos of 12 megapixels, each where one tile looks.
pub(super) fn large() -> Vec<Case> {
    let (width, height) = (4000, 3000);
    let (w, h) = (width * 6 / 10, height * 6 / 10);
    let cover = Arc::new(sized(&texture("safe_coffee.png"), width, height).to_rgb8());
    let mut cases = Vec::new();
    let corners = [
        ("top left", 0, 0),
        ("top right", width - w, 0),
        ("bottom left", 0, height - h),
        ("bottom right", width - w, height - h),
    ];
    for (index, (corner, x, y)) in corners.into_iter().enumerate() {
        let name =
            ["unsafe_both_512.png", "unsafe_drawn_288x224.png", "unsafe_grey_256.png", DIRECTED][index];
        let cover = Arc::clone(&cover);
        cases.push(Case::new(format!("{name}: {corner} of a photo"), move || {
            let mut photo = (*cover).clone();
            imageops::replace(&mut photo, &sized(&texture(name), w, h).to_rgb8(), i64::from(x), i64::from(y));
            jpeg(&photo.into(), 90)
        }));
    }
    cases
}

/// Harmless photos under some of the same treatments.
pub(super) fn harmless() -> Vec<Vec<u8>> {
    let photo = Arc::new(texture("safe_coffee.png"));
    let names =
        ["JPEG 50", "16 bits", "JPEG with orientation 1", "white border of 10 %", "shorter side 300", "GIF"];
    everywhere()
        .into_iter()
        .filter(|(kind, _)| names.contains(&kind.as_str()))
        .map(|(_, make)| make(&photo))
        .collect()
}

/// Stored so that a reader that heeds orientation `tag` shows the texture as it is.
fn turned(texture: &DynamicImage, tag: u8, format: ImageFormat) -> Vec<u8> {
    let undoes = match tag {
        6 => 8,
        8 => 6,
        other => other,
    };
    let mut stored = DynamicImage::from(texture.to_rgb8());
    stored.apply_orientation(Orientation::from_exif(undoes).unwrap());
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    exif.extend_from_slice(&[tag, 0, 0, 0, 0, 0, 0, 0]);
    let mut out = Vec::new();
    let (data, width, height) = (stored.as_bytes(), stored.width(), stored.height());
    match format {
        ImageFormat::Jpeg => {
            let mut encoder = JpegEncoder::new_with_quality(&mut out, 92);
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(data, width, height, ExtendedColorType::Rgb8).unwrap();
        }
        ImageFormat::Png => {
            let mut encoder = PngEncoder::new(&mut out);
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(data, width, height, ExtendedColorType::Rgb8).unwrap();
        }
        _ => {
            let mut encoder = WebPEncoder::new_lossless(&mut out);
            encoder.set_exif_metadata(exif).unwrap();
            encoder.write_image(data, width, height, ExtendedColorType::Rgb8).unwrap();
        }
    }
    out
}

/// The texture under an alpha channel.
fn veiled(texture: &DynamicImage, alpha: impl Fn(u32, u32) -> u8) -> DynamicImage {
    let mut rgba = texture.to_rgba8();
    for (x, y, pixel) in rgba.enumerate_pixels_mut() {
        pixel.0[3] = alpha(x, y);
    }
    rgba.into()
}

/// A border of `share` percent of the shorter side, on every side.
fn framed(texture: &DynamicImage, share: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> DynamicImage {
    let margin = (texture.width().min(texture.height()) * share / 100).max(1);
    let mut whole = RgbImage::from_fn(texture.width() + 2 * margin, texture.height() + 2 * margin, |x, y| {
        Rgb(colour(x, y))
    });
    imageops::replace(&mut whole, &texture.to_rgb8(), i64::from(margin), i64::from(margin));
    whole.into()
}
