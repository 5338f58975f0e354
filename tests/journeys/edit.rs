//! Working on a picture: another style, larger, without background.

use allxone_tests::{Machine, fixture};

fn size(machine: &Machine, name: &str) -> (u32, u32, bool) {
    let picture = image::open(machine.file(name)).unwrap();
    (picture.width(), picture.height(), picture.color().has_alpha())
}

#[test]
fn a_photo_is_painted_enlarged_and_cut_out() {
    let machine = Machine::new();
    let photo = machine.file("photo.png");
    image::open(fixture("safe_astronaut.png")).unwrap().thumbnail(192, 192).to_rgb8().save(&photo).unwrap();
    let photo = photo.to_str().unwrap();

    let styles = machine.run(["models", "--json"]).ended(0).json();
    let style = styles.iter().find(|card| card["id"] == "local/style-26").unwrap()["styles"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    machine
        .run(["generate", "--style", &style, "--strength", "70", "--input", photo, "-o", "painted.png"])
        .ended(0);
    assert_eq!(size(&machine, "painted.png"), (192, 192, false));

    machine.run(["generate", "--factor", "2", "--input", photo, "-o", "large.png"]).ended(0);
    assert_eq!(size(&machine, "large.png"), (384, 384, false));

    machine.run(["generate", "--model", "local/cutout", "--input", photo, "-o", "cut.png"]).ended(0);
    assert_eq!(size(&machine, "cut.png"), (192, 192, true));

    let marked = |name: &str| {
        let bytes = std::fs::read(machine.file(name)).unwrap();
        bytes.windows(18).any(|window| window == b"DigitalSourceType>" || window == b"DigitalSourceType=")
    };
    assert!(marked("painted.png"), "what a model changed says so");
    assert!(!marked("large.png") && !marked("cut.png"), "a person's own photo is never marked as AI-made");

    machine.run(["generate", "--factor", "2", "--input", "painted.png", "-o", "painted-large.png"]).ended(0);
    assert!(marked("painted-large.png"), "a marked picture stays marked");
}

#[test]
fn a_picture_from_a_phone_keeps_its_way_up_and_loses_its_place() {
    let machine = Machine::new();
    let file = machine.file("phone.jpg");
    std::fs::write(&file, phone_picture()).unwrap();
    machine.run(["generate", "--factor", "2", "--input", file.to_str().unwrap(), "-o", "out.png"]).ended(0);
    assert_eq!(size(&machine, "out.png"), (320, 640, false), "orientation 6 stands the picture upright");
    assert!(allxone_tests::plain_hits(&machine.data(), b"GPS-CANARY").is_empty());
    assert!(allxone_tests::plain_hits(&machine.file("out.png"), b"GPS-CANARY").is_empty());
}

/// A 320×160 JPEG with EXIF orientation 6 and a text where a camera writes the place.
fn phone_picture() -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(320, 160, |x, y| image::Rgb([(x / 2) as u8, y as u8, 90]));
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 90).encode_image(&pixels).unwrap();
    let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"); // Orientation = 6
    exif.extend(b"\x0e\x01\x02\0\x0b\0\0\0\x26\0\0\0"); // ImageDescription at offset 38
    exif.extend(b"\0\0\0\0GPS-CANARY\0");
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut out = jpeg[..2].to_vec();
    out.extend([0xff, 0xe1]);
    out.extend(length);
    out.extend(exif);
    out.extend(&jpeg[2..]);
    out
}

#[test]
fn what_is_no_picture_is_refused_by_name() {
    let machine = Machine::new();
    std::fs::write(machine.file("x.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    std::fs::write(machine.file("x.png"), b"not a picture at all").unwrap();
    let ran = machine.run(["generate", "--factor", "2", "--input", "x.heic", "-o", "o.png"]).ended(1);
    assert!(ran.stderr.contains("HEIC"), "{}", ran.stderr);
    machine.run(["generate", "--factor", "2", "--input", "x.png", "-o", "o.png"]).ended(1);
}
