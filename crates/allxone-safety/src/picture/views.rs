//! The parts of one opaque picture that are looked at. A whole view (the full frame, its centre square, the frame without a uniform
//! border) speaks for itself; a tile, a smaller part, is less reliable and judged with its neighbours.

use allxone_media::{Pixels, Rgb};

use crate::policy::PictureRules;

/// How much of a picture is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Views {
    /// Everything the policy asks for: what the product uses.
    #[default]
    Policy,
    /// The full frame alone, for measuring.
    FullFrame,
}

/// A part of a picture and its name in reasons.
pub(crate) struct View {
    pub part: &'static str,
    pub rgb: Rgb,
}

/// What a viewer may see of a picture: itself if opaque; otherwise what shows on white, on black and where transparency is ignored.
pub(crate) fn surfaces(pixels: &Pixels, views: Views) -> Vec<Rgb> {
    match (pixels.opaque(), views) {
        (Some(rgb), _) => vec![rgb.clone()],
        (None, Views::FullFrame) => vec![pixels.over([255; 3])],
        (None, Views::Policy) => vec![pixels.over([255; 3]), pixels.over([0; 3]), pixels.ignoring_alpha()],
    }
}

/// The whole views besides the full frame.
pub(crate) fn whole(rgb: &Rgb, rules: &PictureRules) -> Vec<View> {
    let mut views = Vec::new();
    if rgb.width() != rgb.height() {
        views.push(View { part: "centre", rgb: rgb.centre_square() });
    }
    if let Some(inner) = without_border(rgb, rules) {
        if inner.width() != inner.height() {
            views.push(View { part: "centre without its border", rgb: inner.centre_square() });
        }
        views.push(View { part: "picture without its border", rgb: inner });
    }
    views
}

/// Overlapping corner parts, and squares along the length of a long picture.
pub(crate) fn tiles(rgb: &Rgb, rules: &PictureRules) -> Vec<View> {
    let (width, height) = (rgb.width(), rgb.height());
    let part = |side: u32| ((f64::from(side) * f64::from(rules.tile_share)).ceil() as u32).clamp(1, side);
    let (w, h) = (part(width), part(height));
    let corners = [
        ("top left", 0, 0),
        ("top right", width - w, 0),
        ("bottom left", 0, height - h),
        ("bottom right", width - w, height - h),
    ];
    let mut views: Vec<View> = corners
        .into_iter()
        .filter_map(|(part, x, y)| Some(View { part, rgb: rgb.crop(x, y, w, h)? }))
        .collect();
    views.extend(lengthwise(rgb, rules));
    views
}

/// Whether the picture is so long that squashing it into a square hides its content.
pub(crate) fn is_long(rgb: &Rgb, rules: &PictureRules) -> bool {
    let (short, long) = (rgb.width().min(rgb.height()), rgb.width().max(rgb.height()));
    f64::from(long) > f64::from(short) * f64::from(rules.long_ratio)
}

fn lengthwise(rgb: &Rgb, rules: &PictureRules) -> Vec<View> {
    if !is_long(rgb, rules) {
        return Vec::new();
    }
    let (short, long) = (rgb.width().min(rgb.height()), rgb.width().max(rgb.height()));
    let count = long.div_ceil(short.max(1)).clamp(2, rules.long_parts.max(2));
    (0..count)
        .filter_map(|i| {
            let at = (u64::from(long - short) * u64::from(i) / u64::from(count - 1)) as u32;
            let (x, y) = if rgb.width() >= rgb.height() { (at, 0) } else { (0, at) };
            Some(View { part: "part of its length", rgb: rgb.crop(x, y, short, short)? })
        })
        .collect()
}

/// The picture inside its uniform border, if it has one that matters.
fn without_border(rgb: &Rgb, rules: &PictureRules) -> Option<Rgb> {
    let (width, height) = (rgb.width(), rgb.height());
    let like = |p: [u8; 3], colour: [u8; 3]| {
        p.iter().zip(colour).all(|(a, b)| a.abs_diff(b) <= rules.border_tolerance)
    };
    let row = |y: u32, colour| (0..width).filter_map(|x| rgb.pixel(x, y)).all(|p| like(p, colour));
    let top_left = rgb.pixel(0, 0)?;
    let bottom_right = rgb.pixel(width - 1, height - 1)?;
    let top = (0..height).take_while(|y| row(*y, top_left)).count() as u32;
    if top == height {
        return None; // one plain colour
    }
    let bottom = (0..height - top).take_while(|y| row(height - 1 - y, bottom_right)).count() as u32;
    let column =
        |x: u32, colour| (top..height - bottom).filter_map(|y| rgb.pixel(x, y)).all(|p| like(p, colour));
    let left_colour = rgb.pixel(0, top)?;
    let right_colour = rgb.pixel(width - 1, top)?;
    let left = (0..width).take_while(|x| column(*x, left_colour)).count() as u32;
    if left == width {
        return None;
    }
    let right = (0..width - left).take_while(|x| column(width - 1 - x, right_colour)).count() as u32;
    let least = |side: u32| (f64::from(side) * f64::from(rules.border_share)) as u32;
    if top.max(bottom) <= least(height) && left.max(right) <= least(width) {
        return None;
    }
    rgb.crop(left, top, width - left - right, height - top - bottom)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn rules() -> PictureRules {
        Policy::shipped().unwrap().picture
    }

    fn checker(width: u32, height: u32) -> Rgb {
        let data =
            (0..height).flat_map(|y| (0..width).flat_map(move |x| [((x + y) % 2 * 255) as u8; 3])).collect();
        Rgb::new(width, height, data).unwrap()
    }

    fn framed(inner: &Rgb, border: (u32, u32, u32, u32), colour: u8) -> Rgb {
        let (l, t, r, b) = border;
        let (width, height) = (inner.width() + l + r, inner.height() + t + b);
        let at = |x: u32, y: u32| {
            (x >= l && y >= t).then(|| inner.pixel(x - l, y - t)).flatten().unwrap_or([colour; 3])
        };
        let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| at(x, y))).collect();
        Rgb::new(width, height, data).unwrap()
    }

    #[test]
    fn a_uniform_border_is_cut_on_whatever_side_it_is() {
        let inner = checker(40, 30);
        for border in [(10, 10, 10, 10), (0, 12, 0, 0), (0, 0, 25, 0), (3, 0, 0, 9)] {
            let cut = without_border(&framed(&inner, border, 255), &rules()).unwrap();
            assert!(cut == inner, "{border:?}");
        }
    }

    #[test]
    fn a_picture_without_a_border_or_of_one_colour_is_left_alone() {
        assert!(without_border(&checker(50, 50), &rules()).is_none());
        assert!(without_border(&Rgb::new(20, 20, vec![7; 1200]).unwrap(), &rules()).is_none());
        assert!(without_border(&Rgb::new(1, 1, vec![7; 3]).unwrap(), &rules()).is_none());
    }

    #[test]
    fn tiles_cover_the_picture_whatever_its_size() {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3), (1024, 1024), (3000, 200)] {
            let all = tiles(&checker(width, height), &rules());
            assert!(all.len() >= 4, "{width}×{height}");
            assert!(all.iter().all(|v| v.rgb.width() <= width && v.rgb.height() <= height));
        }
    }

    #[test]
    fn a_long_picture_is_looked_at_along_its_length() {
        assert_eq!(tiles(&checker(100, 100), &rules()).len(), 4);
        assert_eq!(tiles(&checker(900, 100), &rules()).len(), 10);
    }

    #[test]
    fn a_transparent_picture_has_three_surfaces() {
        let pixels = Pixels::from_rgba(2, 1, vec![200, 0, 0, 0, 0, 0, 0, 255]).unwrap();
        let seen: Vec<_> = surfaces(&pixels, Views::Policy).iter().map(|s| s.pixel(0, 0).unwrap()).collect();
        assert_eq!(seen, [[255; 3], [0; 3], [200, 0, 0]]);
    }
}
