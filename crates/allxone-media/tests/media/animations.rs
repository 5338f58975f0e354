//! A moving picture is looked at as a whole, through few frames.

use allxone_media::{Limits, MAX_SAMPLED_FRAMES, MediaError, Picture, Pixels};
use bytes::Bytes;

use crate::{build, pillow};

fn received(bytes: Vec<u8>) -> Result<Picture, MediaError> {
    Picture::received(Bytes::from(bytes), &Limits::default())
}

/// A lossless animated WebP of full frames.
fn webp(frames: &[Pixels]) -> Vec<u8> {
    let (width, height) = (frames[0].width(), frames[0].height());
    let mut chunks = vec![build::vp8x(0x12, width, height), build::riff_chunk(b"ANIM", &[0; 6])];
    for frame in frames {
        let (w, h) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
        let header = [&[0; 6], &w[..3], &h[..3], &[50, 0, 0, 2]].concat();
        chunks.push(build::riff_chunk(b"ANMF", &[header, build::webp(frame)[12..].to_vec()].concat()));
    }
    build::riff(&chunks)
}

fn colours() -> [Pixels; 3] {
    [[255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]].map(|c| build::plain(16, 16, c))
}

#[test]
fn short_animations_are_seen_frame_by_frame() {
    for file in [
        build::gif(&colours()),
        webp(&colours()),
        build::unhex(pillow::WEBP_ANIMATED),
        build::unhex(pillow::PNG_ANIMATED),
    ] {
        let picture = received(file).unwrap();
        let seen = picture.frames();
        assert_eq!(seen.len(), 3);
        for (frame, want) in seen.iter().zip(colours()) {
            // Blending an opaque WebP frame over another rounds down by one.
            assert!(
                frame.rgba().iter().zip(want.rgba()).all(|(a, b)| a.abs_diff(*b) <= 1),
                "{}",
                picture.format()
            );
        }
        assert_eq!(picture.pixels(), &colours()[0]);
    }
}

#[test]
fn one_odd_frame_among_hundreds_is_seen() {
    let usual = build::plain(16, 16, [90, 90, 90, 255]);
    let last = build::plain(16, 16, [80, 80, 95, 255]);
    // A small odd patch, too, not only a whole odd picture.
    let mut patch = usual.rgba().to_vec();
    for y in 4..9 {
        for x in 5..10 {
            patch[(y * 16 + x) * 4..][..3].copy_from_slice(&[250, 20, 20]);
        }
    }
    let patch = Pixels::from_rgba(16, 16, patch).unwrap();
    for odd in [build::plain(16, 16, [255, 0, 0, 255]), patch] {
        for at in [1, 57, 123, 198] {
            let mut frames = vec![usual.clone(); 200];
            frames[at] = odd.clone();
            frames[199] = last.clone();
            for file in [build::gif(&frames), webp(&frames)] {
                let picture = received(file).unwrap();
                let seen = picture.frames();
                assert!(seen.len() <= MAX_SAMPLED_FRAMES);
                assert!(seen.contains(&odd), "frame {at} of a {}", picture.format());
                assert_eq!((seen.first(), seen.last()), (Some(&usual), Some(&last)));
            }
        }
    }
}

#[test]
fn long_animations_are_sampled_evenly() {
    let frames: Vec<Pixels> = (0..100).map(|i| build::plain(8, 8, [i * 2, i, 0, 255])).collect();
    let picture = received(webp(&frames)).unwrap();
    let seen = picture.frames();
    assert_eq!((seen.first(), seen.last()), (frames.first(), frames.last()));
    assert!(seen.len() >= 8 && seen.len() <= MAX_SAMPLED_FRAMES, "{}", seen.len());
    let positions: Vec<usize> = seen.iter().map(|s| frames.iter().position(|f| f == s).unwrap()).collect();
    assert!(positions.windows(2).all(|w| w[0] < w[1] && w[1] - w[0] <= 15), "{positions:?}");
}

#[test]
fn what_is_not_looked_at_is_told() {
    let opaque = |i: u32| {
        let [r, g, b] = [i * 67, i * 151, i * 29].map(|v| (v % 256) as u8);
        build::plain(16, 16, [r, g, b, 255])
    };
    let told = |frames: Vec<Pixels>| received(webp(&frames)).unwrap().unseen_frames();
    assert_eq!(told((0..200).map(|i| opaque(i % 12)).collect()), 0, "twelve scenes, again and again");
    assert!(told((0..200).map(|i| opaque(i % 60)).collect()) > 20, "sixty scenes");
    assert_eq!(told((0..16).map(opaque).collect()), 0, "all of a short one is looked at");
    assert_eq!(received(build::png_rgb(&build::noise(4, 4, 1), &[])).unwrap().unseen_frames(), 0);
}

#[test]
fn the_picture_shown_without_animation_is_seen_too() {
    // An animated PNG may show another picture to readers that do not animate: here the default image has no frame control.
    let animated = build::unhex(pillow::PNG_ANIMATED);
    let at = animated.windows(4).position(|w| w == b"fcTL").unwrap() - 4;
    let default = build::png_rgb(&build::noise(16, 16, 3), &[]);
    let idat = default.windows(4).position(|w| w == b"IDAT").unwrap() - 4;
    let default_data = &default[idat..default.len() - 12];
    let old = animated.windows(4).position(|w| w == b"IDAT").unwrap() - 4;
    let len = u32::from_be_bytes(animated[old..old + 4].try_into().unwrap()) as usize + 12;
    // Frame controls count from 0; the default image takes none, so the first frame's data moves to fdAT, here left out with it.
    let rest = &animated[old + len..];
    let head = &animated[..at];
    let mut file = [head, default_data, rest].concat();
    // Renumber the sequence of the frames that are left.
    let mut sequence = 0_u32;
    let mut i = 8;
    while i < file.len() {
        let len = u32::from_be_bytes(file[i..i + 4].try_into().unwrap()) as usize;
        let kind: [u8; 4] = file[i + 4..i + 8].try_into().unwrap();
        if &kind == b"fcTL" || &kind == b"fdAT" {
            let mut data = file[i + 8..i + 8 + len].to_vec();
            data[..4].copy_from_slice(&sequence.to_be_bytes());
            sequence += 1;
            file.splice(i..i + len + 12, build::chunk(&kind, &data));
        }
        i += len + 12;
    }
    let picture = received(file).unwrap();
    let noise = Pixels::from_rgb(build::noise(16, 16, 3));
    assert_eq!(picture.frames(), [noise, colours()[1].clone(), colours()[2].clone()]);
}

#[test]
fn frames_are_turned_and_converted_like_stills() {
    let frame = build::noise(3, 2, 1);
    let mut chunks = webp(&[Pixels::from_rgb(frame.clone()), build::plain(3, 2, [1, 2, 3, 255])]);
    chunks.extend(build::riff_chunk(b"EXIF", &build::exif(6)));
    let len = u32::try_from(chunks.len() - 8).unwrap();
    chunks[4..8].copy_from_slice(&len.to_le_bytes());
    let picture = received(chunks).unwrap();
    assert_eq!((picture.width(), picture.height(), picture.frames().len()), (2, 3, 2));
    assert_eq!(picture.frames()[0].over([0; 3]).pixel(1, 0), frame.pixel(0, 0));
}

#[test]
fn an_animation_that_breaks_off_is_refused() {
    let mut file = build::gif(&colours());
    let third = file.windows(2).rposition(|w| w == [0x2C, 0]).unwrap();
    file.truncate(third + 14);
    assert_eq!(received(file).unwrap_err().code(), "picture_truncated");
    let mut lying = build::unhex(pillow::PNG_ANIMATED);
    let actl = lying.windows(4).position(|w| w == b"acTL").unwrap();
    lying[actl + 7] = 1;
    assert_eq!(received(lying).unwrap().frames().len(), 3, "frames are counted, not believed");
}
