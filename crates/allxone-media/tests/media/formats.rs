//! Formats are told from bytes; each variety decodes; broken files say what is wrong.

use allxone_media::{Format, Limits, MediaError, Picture};
use bytes::Bytes;

use crate::{build, pillow};

fn read(bytes: &[u8]) -> Result<Picture, MediaError> {
    Picture::received(Bytes::copy_from_slice(bytes), &Limits::default())
}

fn code(bytes: &[u8]) -> &'static str {
    read(bytes).unwrap_err().code()
}

#[test]
fn formats_are_told_from_the_first_bytes() {
    let rgb = build::noise(9, 7, 1);
    let pixels = allxone_media::Pixels::from_rgb(rgb.clone());
    for (bytes, format) in [
        (build::png_rgb(&rgb, &[]), Format::Png),
        (build::jpeg(&rgb, 90), Format::Jpeg),
        (build::webp(&pixels), Format::Webp),
        (build::gif(&[pixels]), Format::Gif),
    ] {
        let picture = read(&bytes).unwrap();
        assert_eq!(picture.format(), format);
        assert_eq!((picture.width(), picture.height()), (9, 7));
        assert_eq!(picture.bytes(), &bytes);
        assert_eq!(picture.frames().len(), 1);
        assert_eq!(picture.sha256_hex().len(), 64);
    }
}

#[test]
fn heic_and_avif_are_refused_by_name_with_the_remedy() {
    let file = |major: &[u8; 4], other: &[u8; 4]| {
        [b"\0\0\0\x18ftyp", &major[..], b"\0\0\0\0", other, b"mif1", &[0; 40]].concat()
    };
    for (bytes, name) in [
        (file(b"heic", b"heic"), "HEIC"),
        (file(b"mif1", b"heic"), "HEIC"),
        (file(b"avif", b"mif1"), "AVIF"),
        (file(b"mif1", b"avif"), "AVIF"),
    ] {
        let error = read(&bytes).unwrap_err();
        assert_eq!(error.code(), "picture_format_unsupported");
        let text = error.to_string();
        assert!(text.contains(name) && text.contains("export it as JPEG or PNG"), "{text}");
    }
}

#[test]
fn other_files_are_named_or_unknown() {
    let named: [(&[u8], &str); 8] = [
        (b"II*\0rest", "TIFF"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0", "BMP"),
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\xFF\x0A\xFA", "JPEG XL"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0crx isom", "camera raw"),
    ];
    for (bytes, name) in named {
        assert!(read(bytes).unwrap_err().to_string().contains(name));
    }
    assert_eq!(code(b""), "picture_empty");
    for unknown in [
        &b"hello, this is text"[..],
        b"<html></html>",
        b"BMW is a car maker",
        &[0; 64],
        b"RIFF\x04\0\0\0WAVE",
    ] {
        assert_eq!(code(unknown), "picture_format_unknown");
    }
}

#[test]
fn cut_files_are_truncated_or_damaged_never_pictures() {
    let pixels = build::noise_alpha(40, 30);
    let files = [
        build::png_rgb(&build::noise(40, 30, 1), &[]),
        build::jpeg(&build::noise(40, 30, 1), 90),
        build::webp(&pixels),
        build::unhex(pillow::JPEG_PROGRESSIVE),
        build::unhex(pillow::WEBP_ANIMATED),
        build::unhex(pillow::PNG_ANIMATED),
    ];
    for file in files {
        for cut in [20, file.len() / 3, file.len() / 2, file.len() - 3] {
            let code = code(&file[..cut]);
            assert!(matches!(code, "picture_truncated" | "picture_damaged"), "{code} at {cut}");
        }
    }
    let gif = build::gif(&[pixels]);
    assert_eq!(code(&gif[..gif.len() / 2]), "picture_truncated");
    assert!(read(&gif[..gif.len() - 1]).is_ok(), "a missing trailer is common and harmless");
}

#[test]
fn every_kind_of_png_decodes_to_the_same_picture() {
    // Two by two: red, green / blue, white – or light and dark where there is no colour.
    let expected = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    let palette = build::chunk(b"PLTE", &expected.concat());
    let rgb16 = |row: &[[u8; 3]]| row.concat().iter().flat_map(|v| [*v, *v]).collect::<Vec<u8>>();
    let files = [
        build::png(2, 2, 8, 2, &[&expected[..2].concat(), &expected[2..].concat()], &[]),
        build::png(2, 2, 16, 2, &[&rgb16(&expected[..2]), &rgb16(&expected[2..])], &[]),
        build::png(2, 2, 8, 3, &[&[0, 1], &[2, 3]], std::slice::from_ref(&palette)),
        build::png(2, 2, 4, 3, &[&[0x01], &[0x23]], std::slice::from_ref(&palette)),
        build::png(2, 2, 2, 3, &[&[0b0001_0000], &[0b1011_0000]], &[palette]),
    ];
    for file in files {
        let picture = read(&file).unwrap();
        assert!(!picture.pixels().has_alpha());
        assert_eq!(picture.pixels().over([9, 9, 9]).data(), expected.concat());
        assert_eq!(picture.pixels().rgba(), build::other_reader(&file).as_raw());
    }
    for (depth, row) in [
        (1, vec![0b1000_0000]),
        (2, vec![0b1100_0000]),
        (4, vec![0xF0]),
        (8, vec![255, 0]),
        (16, vec![255, 255, 0, 0]),
    ] {
        let picture = read(&build::png(2, 1, depth, 0, &[&row], &[])).unwrap();
        assert_eq!(picture.pixels().over([0; 3]).data(), [255, 255, 255, 0, 0, 0], "{depth} bits");
    }
}

#[test]
fn transparency_is_kept_straight() {
    let grey = build::png(2, 1, 8, 4, &[&[200, 255, 100, 51]], &[]);
    assert_eq!(read(&grey).unwrap().pixels().rgba(), [200, 200, 200, 255, 100, 100, 100, 51]);
    let deep = build::png(2, 1, 16, 4, &[&[200, 200, 255, 255, 100, 100, 51, 51]], &[]);
    assert_eq!(read(&deep).unwrap().pixels().rgba(), [200, 200, 200, 255, 100, 100, 100, 51]);
    let keyed = build::png(2, 1, 8, 2, &[&[1, 2, 3, 4, 5, 6]], &[build::chunk(b"tRNS", &[0, 1, 0, 2, 0, 3])]);
    assert_eq!(read(&keyed).unwrap().pixels().rgba(), [1, 2, 3, 0, 4, 5, 6, 255]);
    let palette = [build::chunk(b"PLTE", &[1, 2, 3, 4, 5, 6]), build::chunk(b"tRNS", &[128])];
    let indexed = read(&build::png(2, 1, 8, 3, &[&[0, 1]], &palette)).unwrap();
    assert_eq!(indexed.pixels().rgba(), [1, 2, 3, 128, 4, 5, 6, 255]);
    let opaque = build::png(1, 1, 8, 6, &[&[1, 2, 3, 255]], &[]);
    assert!(!read(&opaque).unwrap().pixels().has_alpha(), "a full alpha channel is no transparency");
    let lossy = read(&build::unhex(pillow::WEBP_LOSSY_ALPHA)).unwrap();
    let alpha_at = |x: usize, y: usize| lossy.pixels().rgba()[(y * 16 + x) * 4 + 3];
    assert_eq!([alpha_at(3, 3), alpha_at(12, 3), alpha_at(3, 12), alpha_at(12, 12)], [255, 128, 255, 0]);
}

#[test]
fn backgrounds_show_through() {
    let pixels =
        allxone_media::Pixels::from_rgba(3, 1, vec![200, 100, 0, 255, 200, 100, 0, 128, 200, 100, 0, 0])
            .unwrap();
    assert_eq!(pixels.over([0, 0, 0]).data(), [200, 100, 0, 100, 50, 0, 0, 0, 0]);
    assert_eq!(pixels.over([255, 255, 255]).data(), [200, 100, 0, 227, 177, 127, 255, 255, 255]);
    assert_eq!(pixels.ignoring_alpha().data(), [200, 100, 0].repeat(3));
    assert_eq!(pixels.crop(1, 0, 2, 1).unwrap().rgba(), &pixels.rgba()[4..]);
    assert!(pixels.crop(2, 0, 2, 1).is_none() && pixels.crop(0, 0, 0, 1).is_none());
    assert!(pixels.crop(u32::MAX, 0, 2, 1).is_none());
    let error = allxone_media::Pixels::from_rgba(3, 2, vec![0; 12]).unwrap_err();
    assert_eq!(error.code(), "picture_size_mismatch");
    let rgb = build::noise(5, 3, 1);
    assert_eq!(rgb.centre_square(), rgb.crop(1, 0, 3, 3).unwrap());
}

#[test]
fn every_kind_of_jpeg_decodes() {
    let expected = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]];
    for (name, file) in [
        ("progressive", pillow::JPEG_PROGRESSIVE),
        ("4:2:0", pillow::JPEG_420),
        ("ink", pillow::JPEG_CMYK),
        ("webp", pillow::WEBP_LOSSY),
    ] {
        let picture = read(&build::unhex(file)).unwrap();
        let rgb = picture.pixels().over([0; 3]);
        for ((x, y), want) in [(3, 3), (12, 3), (3, 12), (12, 12)].into_iter().zip(expected) {
            let got = rgb.pixel(x, y).unwrap();
            assert!(got.iter().zip(want).all(|(g, w)| g.abs_diff(w) <= 6), "{name}: {got:?} for {want:?}");
        }
    }
    let grey = build::jpeg_grey(16, 16, &[77; 256]);
    assert_eq!(read(&grey).unwrap().pixels().over([0; 3]).pixel(8, 8), Some([77; 3]));
}

#[test]
fn rare_jpegs_are_refused_with_a_remedy() {
    let good = build::jpeg(&build::noise(16, 16, 1), 90);
    let sof = good.windows(2).position(|w| w == [0xFF, 0xC0]).unwrap();
    for (offset, value) in [(1, 0xC9), (1, 0xC3), (4, 12), (9, 2)] {
        let mut file = good.clone();
        file[sof + offset] = value;
        let error = read(&file).unwrap_err();
        assert_eq!(error.code(), "picture_variety_unsupported", "{error}");
    }
}
