//! Small files that decode huge are refused from their headers, before memory is taken. An allocator that counts what one
//! thread holds proves the "before".
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use allxone_media::{Limits, MediaError, Picture, has_ai_origin};
use bytes::Bytes;

use crate::{build, pillow};

struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    // A thread that is going away has nothing to count.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + change);
        let _ = PEAK.try_with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call is handed to the system allocator as it came; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What `work` returns, and how many bytes it held at most on this thread.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = HELD.with(Cell::get);
    PEAK.with(|peak| peak.set(before));
    let result = work();
    (result, PEAK.with(Cell::get) - before)
}

const FEW: isize = 4 << 20;

/// Both ways in refuse the file with `code` and little memory.
fn assert_refused(name: &str, file: &[u8], code: &str) {
    let raw = Bytes::copy_from_slice(file);
    let limits = Limits::default();
    for read in [Picture::prepare, Picture::received] {
        let raw = raw.clone();
        let (result, peak) = peak_of(|| read(raw, &limits));
        let error = result.map(|p| p.bytes().len()).unwrap_err();
        assert_eq!(error.code(), code, "{name}: {error}");
        assert!(peak < FEW, "{name}: {peak} bytes held");
    }
    let (_, peak) = peak_of(|| has_ai_origin(file));
    assert!(peak < FEW);
}

fn png_of(width: u32, height: u32, depth: u8, colour_type: u8) -> Vec<u8> {
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        build::header(width, height, depth, colour_type),
        build::chunk(b"IDAT", &build::deflate(&[0; 100_000])),
        build::chunk(b"IEND", &[]),
    ];
    parts.concat()
}

/// A JPEG whose frame header promises `width × height`.
fn jpeg_of(file: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut file = file.to_vec();
    let sof = file.windows(2).position(|w| w == [0xFF, 0xC0] || w == [0xFF, 0xC2]).unwrap();
    file[sof + 5..sof + 7].copy_from_slice(&height.to_be_bytes());
    file[sof + 7..sof + 9].copy_from_slice(&width.to_be_bytes());
    file
}

#[test]
fn headers_that_promise_too_much_are_refused() {
    assert_refused("png 65k", &png_of(65_000, 65_000, 8, 2), "picture_side_too_long");
    assert_refused("png 16k", &png_of(16_384, 16_384, 8, 2), "picture_too_many_pixels");
    assert_refused("png 1 bit", &png_of(16_384, 16_384, 1, 0), "picture_too_many_pixels");
    assert_refused("png 2^31", &png_of(0x7FFF_FFFF, 0x7FFF_FFFF, 16, 6), "picture_side_too_long");
    assert_refused("png 16 bits", &png_of(7_000, 7_000, 16, 6), "picture_decoded_too_large");
    let jpeg = build::jpeg(&build::noise(16, 16, 1), 90);
    assert_refused("jpeg 65k", &jpeg_of(&jpeg, 65_535, 65_535), "picture_side_too_long");
    assert_refused("jpeg 16k", &jpeg_of(&jpeg, 16_000, 16_000), "picture_too_many_pixels");
    let progressive = build::unhex(pillow::JPEG_PROGRESSIVE);
    assert_refused("progressive 16k", &jpeg_of(&progressive, 16_000, 16_000), "picture_too_many_pixels");
    let gif = |width: u16, height: u16| {
        let mut file = build::gif(&[build::plain(4, 4, [1, 2, 3, 255])]);
        file[6..8].copy_from_slice(&width.to_le_bytes());
        file[8..10].copy_from_slice(&height.to_le_bytes());
        file
    };
    assert_refused("gif 65k", &gif(65_535, 65_535), "picture_side_too_long");
    assert_refused("gif 16k", &gif(16_000, 16_000), "picture_too_many_pixels");
}

#[test]
fn small_frames_with_huge_pictures_are_refused() {
    let vp8l = |width: u32, height: u32| {
        let bits = (width - 1) | ((height - 1) << 14);
        build::riff_chunk(b"VP8L", &[&[0x2F], &bits.to_le_bytes()[..], &[0; 20]].concat())
    };
    assert_refused("webp lossless", &build::riff(&[vp8l(16_383, 16_383)]), "picture_too_many_pixels");
    let lossy =
        [&[0x30, 1, 0, 0x9D, 1, 0x2A], &16_383_u16.to_le_bytes()[..], &16_383_u16.to_le_bytes(), &[0; 30]]
            .concat();
    let lossy = build::riff_chunk(b"VP8 ", &lossy);
    assert_refused("webp lossy", &build::riff(std::slice::from_ref(&lossy)), "picture_too_many_pixels");
    assert_refused(
        "small canvas",
        &build::riff(&[build::vp8x(0, 100, 100), lossy.clone()]),
        "picture_damaged",
    );
    assert_refused(
        "huge canvas",
        &build::riff(&[build::vp8x(0, 1 << 24, 1 << 24), vp8l(4, 4)]),
        "picture_side_too_long",
    );
    let frame =
        build::riff_chunk(b"ANMF", &[vec![0; 6], vec![99, 0, 0, 99, 0, 0, 10, 0, 0, 0], lossy].concat());
    let moving = [build::vp8x(2, 100, 100), build::riff_chunk(b"ANIM", &[0; 6]), frame];
    assert_refused("webp frame", &build::riff(&moving), "picture_damaged");
    // A GIF frame far larger than its screen.
    let mut gif = build::gif(&[build::plain(4, 4, [1, 2, 3, 255])]);
    let at = gif.windows(9).position(|w| w == [0x2C, 0, 0, 0, 0, 4, 0, 4, 0]).unwrap();
    gif[at + 5..at + 9].copy_from_slice(&[0xFF; 4]);
    assert_refused("gif frame", &gif, "picture_side_too_long");
}

#[test]
fn too_many_or_too_large_frames_are_refused() {
    let coded = build::webp(&build::plain(2, 2, [1, 2, 3, 255]));
    let frame = |side: u8| {
        build::riff_chunk(
            b"ANMF",
            &[vec![0; 6], vec![side, 0, 0, side, 0, 0, 10, 0, 0, 0], coded[12..].to_vec()].concat(),
        )
    };
    let file = |count: usize, width, height| {
        build::riff(
            &[
                vec![build::vp8x(2, width, height), build::riff_chunk(b"ANIM", &[0; 6])],
                vec![frame(1); count],
            ]
            .concat(),
        )
    };
    assert_refused("10k frames", &file(10_000, 2, 2), "picture_too_many_frames");
    assert_refused("900 large frames", &file(900, 1000, 1000), "picture_animation_too_large");
    assert_refused(
        "canvas too large to keep frames of",
        &file(5, 7_000, 7_000),
        "picture_animation_too_large",
    );
    let limits = Limits { max_frames: 2, ..Limits::default() };
    let error = Picture::received(Bytes::from(build::unhex(pillow::PNG_ANIMATED)), &limits).unwrap_err();
    assert_eq!(error, MediaError::TooManyFrames { frames: 3, max: 2 });
}

#[test]
fn metadata_bombs_are_never_unpacked() {
    let huge = build::deflate(&vec![b'a'; 200 << 20]);
    let rgb = build::noise(8, 8, 1);
    let text = build::png_rgb(
        &rgb,
        &[
            build::chunk(b"zTXt", &[b"Comment\0\0", &huge[..]].concat()),
            build::chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\x01\0\0\0", &huge[..]].concat()),
        ],
    );
    for read in [Picture::prepare, Picture::received] {
        let raw = Bytes::from(text.clone());
        let (picture, peak) = peak_of(|| read(raw, &Limits::default()));
        assert_eq!(picture.unwrap().pixels().over([0; 3]), rgb);
        assert!(peak < FEW, "{peak}");
    }
    let (marked, peak) = peak_of(|| has_ai_origin(&text));
    assert!(!marked && peak < 4 * FEW, "{peak}");

    let profile = build::png_rgb(&rgb, &[build::chunk(b"iCCP", &[b"p\0\0", &huge[..]].concat())]);
    let (result, peak) = peak_of(|| Picture::prepare(Bytes::from(profile), &Limits::default()));
    assert_eq!(result.unwrap_err().code(), "picture_profile_too_large");
    assert!(peak < 32 << 20, "{peak}");
    let segments = vec![build::segment(0xE2, &[b"ICC_PROFILE\0\x01\xFF", &[0; 65_000][..]].concat()); 200];
    let jpeg = build::with_segments(&build::jpeg(&rgb, 90), &segments);
    assert_eq!(
        Picture::prepare(Bytes::from(jpeg), &Limits::default()).unwrap_err().code(),
        "picture_profile_too_large"
    );
}

#[test]
fn image_data_beyond_the_picture_is_not_unpacked() {
    let data = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        build::header(8, 8, 8, 2),
        build::chunk(b"IDAT", &build::deflate(&vec![0; 300 << 20])),
        build::chunk(b"IEND", &[]),
    ];
    let (result, peak) = peak_of(|| Picture::prepare(Bytes::from(data.concat()), &Limits::default()));
    assert!(peak < FEW, "{peak}");
    let picture = result.unwrap();
    assert_eq!((picture.width(), picture.bytes().len() < 1000), (8, true), "the padding is not sent either");
}

#[test]
fn passes_without_end_are_refused() {
    let mut file = jpeg_of(&build::unhex(pillow::JPEG_PROGRESSIVE), 7_000, 7_000);
    let scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0];
    let end = file.len() - 2;
    let scans = scan.repeat(500);
    file.splice(end..end, scans);
    assert_refused("500 passes", &file, "picture_too_much_work");
}

#[test]
fn heavy_files_are_refused_by_weight() {
    let limits = Limits { max_bytes: 1000, ..Limits::default() };
    let error = Picture::prepare(Bytes::from(vec![0; 1001]), &limits).unwrap_err();
    assert_eq!(error, MediaError::TooManyBytes { bytes: 1001, max: 1000 });
}

#[test]
fn a_picture_at_the_limits_is_read() {
    let side = 300;
    let limits =
        Limits { max_pixels: 90_000, max_side: side, max_decoded_bytes: 360_000, ..Limits::default() };
    let file = Bytes::from(build::png_rgb(&build::noise(side, side, 1), &[]));
    assert!(Picture::prepare(file.clone(), &limits).is_ok());
    for tighter in [
        Limits { max_pixels: 89_999, ..limits.clone() },
        Limits { max_side: 299, ..limits.clone() },
        Limits { max_decoded_bytes: 359_999, ..limits.clone() },
    ] {
        assert!(Picture::prepare(file.clone(), &tighter).is_err());
    }
}
