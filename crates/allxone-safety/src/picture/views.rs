//! The parts of one opaque picture that are looked at. A whole view (the full frame, its centre square, the frame without its border)
//! speaks for itself; a tile, a smaller part, is less reliable and judged with its neighbours.

use allxone_media::{Area, Pixels, Rgb};

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

/// The centre square of the full frame, in reasons.
pub(crate) const CENTRE: &str = "centre";

/// A part of a picture and its name in reasons.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct View {
    pub part: &'static str,
    pub area: Area,
}

/// What a viewer may see of a picture: itself if opaque; otherwise what shows on white, on black and where transparency is ignored,
/// and what the eye makes of a picture that is riddled with holes.
pub(crate) fn surfaces(pixels: &Pixels, views: Views) -> Vec<Rgb> {
    match (pixels.opaque(), views) {
        (Some(rgb), _) => vec![rgb.clone()],
        (None, Views::FullFrame) => vec![pixels.over([255; 3])],
        (None, Views::Policy) => {
            let mut all = vec![pixels.over([255; 3]), pixels.over([0; 3]), pixels.ignoring_alpha()];
            all.extend(without_holes(pixels));
            all
        }
    }
}

/// A picture is riddled with holes when one pixel in this many is transparent beside one that is not. The outline of a cut-out is less.
const HOLES: usize = 10;

/// The picture with its holes filled from the pixels around them, if it is riddled with holes.
fn without_holes(pixels: &Pixels) -> Option<Rgb> {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    let rgba = pixels.rgba().as_chunks::<4>().0;
    let mut filled = pixels.ignoring_alpha().data().to_vec();
    let mut holes = 0;
    for (index, (to, _)) in
        filled.as_chunks_mut::<3>().0.iter_mut().zip(rgba).enumerate().filter(|(_, (_, p))| p[3] == 0)
    {
        let (x, y) = (index % width, index / width);
        let mut sums = [0_u32; 4];
        for row in y.saturating_sub(1)..(y + 2).min(height) {
            let around = rgba.get(row * width + x.saturating_sub(1)..row * width + (x + 2).min(width));
            for p in around.unwrap_or_default() {
                let alpha = u32::from(p[3]);
                for (sum, value) in sums.iter_mut().zip([p[0], p[1], p[2], 1]) {
                    *sum += u32::from(value) * alpha;
                }
            }
        }
        let [r, g, b, alpha] = sums;
        if alpha > 0 {
            holes += 1;
            *to = [r, g, b].map(|sum| (sum / alpha).min(255) as u8);
        }
    }
    if holes * HOLES < width * height {
        return None;
    }
    Rgb::new(pixels.width(), pixels.height(), filled).ok()
}

/// The whole views besides the full frame.
pub(crate) fn whole(rgb: &Rgb, rules: &PictureRules) -> Vec<View> {
    let mut views = Vec::new();
    if rgb.width() != rgb.height() {
        views.push(View { part: CENTRE, area: Area::whole(rgb).centre_square() });
    }
    if let Some(area) = without_border(rgb, rules) {
        if area.width != area.height {
            views.push(View { part: "centre without its border", area: area.centre_square() });
        }
        views.push(View { part: "picture without its border", area });
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
    let corner = |(part, x, y)| View { part, area: Area { x, y, width: w, height: h } };
    let mut views: Vec<View> = corners.into_iter().map(corner).collect();
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
    let square = |i: u32| {
        let at = (u64::from(long - short) * u64::from(i) / u64::from(count - 1)) as u32;
        let (x, y) = if rgb.width() >= rgb.height() { (at, 0) } else { (0, at) };
        View { part: "part of its length", area: Area { x, y, width: short, height: short } }
    };
    (0..count).map(square).collect()
}

/// The picture inside its border, if it has one that matters. A frame within a frame is cut as well.
fn without_border(rgb: &Rgb, rules: &PictureRules) -> Option<Area> {
    let mut area = Area::whole(rgb);
    for _ in 0..rules.border_layers {
        match inside(rgb, area, rules) {
            Some(inner) => area = inner,
            None => break,
        }
    }
    let least = |side: u32| (f64::from(side) * f64::from(rules.border_share)) as u32;
    let (cut_x, cut_y) = (rgb.width() - area.width, rgb.height() - area.height);
    (cut_x > least(rgb.width()) || cut_y > least(rgb.height())).then_some(area)
}

/// `area` without the lines along its edges that are of one colour each, so that shaded borders count too; `None` when there is no
/// such line, or nothing else.
fn inside(rgb: &Rgb, area: Area, rules: &PictureRules) -> Option<Area> {
    let like = |p: [u8; 3], q: [u8; 3]| p.iter().zip(q).all(|(a, b)| a.abs_diff(b) <= rules.border_tolerance);
    let (right, bottom) = (area.x + area.width, area.y + area.height);
    let row = |y: u32| {
        let first = rgb.pixel(area.x, y);
        first.is_some_and(|first| (area.x..right).filter_map(|x| rgb.pixel(x, y)).all(|p| like(p, first)))
    };
    let top = (area.y..bottom).take_while(|y| row(*y)).count() as u32;
    if top == area.height {
        return None; // lines of one colour each, all of it
    }
    let low = (area.y + top..bottom).rev().take_while(|y| row(*y)).count() as u32;
    let (y, height) = (area.y + top, area.height - top - low);
    let column = |x: u32| {
        let first = rgb.pixel(x, y);
        first.is_some_and(|first| (y..y + height).filter_map(|y| rgb.pixel(x, y)).all(|p| like(p, first)))
    };
    let left = (area.x..right).take_while(|x| column(*x)).count() as u32;
    if left == area.width {
        return None;
    }
    let far = (area.x + left..right).rev().take_while(|x| column(*x)).count() as u32;
    let inner = Area { x: area.x + left, y, width: area.width - left - far, height };
    (inner != area).then_some(inner)
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

    fn framed(inner: &Rgb, border: (u32, u32, u32, u32), colour: impl Fn(u32, u32) -> u8) -> Rgb {
        let (l, t, r, b) = border;
        let (width, height) = (inner.width() + l + r, inner.height() + t + b);
        let at = |x: u32, y: u32| {
            (x >= l && y >= t).then(|| inner.pixel(x - l, y - t)).flatten().unwrap_or([colour(x, y); 3])
        };
        let at = &at;
        let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| at(x, y))).collect();
        Rgb::new(width, height, data).unwrap()
    }

    #[test]
    fn a_uniform_border_is_cut_on_whatever_side_it_is() {
        let inner = checker(40, 30);
        for border in [(10, 10, 10, 10), (0, 12, 0, 0), (0, 0, 25, 0), (3, 0, 0, 9)] {
            let cut = without_border(&framed(&inner, border, |_, _| 255), &rules()).unwrap();
            assert_eq!(cut, Area { x: border.0, y: border.1, width: 40, height: 30 });
        }
    }

    #[test]
    fn a_frame_within_a_frame_and_a_shaded_one_are_cut() {
        let twice = framed(&framed(&checker(40, 30), (8, 8, 8, 8), |_, _| 20), (6, 6, 6, 6), |_, _| 240);
        assert_eq!(without_border(&twice, &rules()), Some(Area { x: 14, y: 14, width: 40, height: 30 }));
        let shaded = framed(&checker(40, 30), (0, 20, 0, 20), |_, y| (y * 3) as u8);
        assert_eq!(without_border(&shaded, &rules()), Some(Area { x: 0, y: 20, width: 40, height: 30 }));
    }

    #[test]
    fn a_picture_without_a_border_or_of_one_colour_is_left_alone() {
        assert!(without_border(&checker(50, 50), &rules()).is_none());
        assert!(without_border(&Rgb::new(20, 20, vec![7; 1200]).unwrap(), &rules()).is_none());
        assert!(without_border(&Rgb::new(1, 1, vec![7; 3]).unwrap(), &rules()).is_none());
    }

    #[test]
    fn tiles_lie_in_the_picture_whatever_its_size() {
        for (width, height) in [(1, 1), (1, 300), (300, 1), (2, 3), (1024, 1024), (3000, 200)] {
            let all = tiles(&checker(width, height), &rules());
            assert!(all.len() >= 4, "{width}×{height}");
            let within = |a: Area| a.width > 0 && a.x + a.width <= width && a.y + a.height <= height;
            assert!(all.iter().all(|v| within(v.area)));
        }
    }

    #[test]
    fn a_long_picture_is_looked_at_along_its_length() {
        assert_eq!(tiles(&checker(100, 100), &rules()).len(), 4);
        assert_eq!(tiles(&checker(900, 100), &rules()).len(), 10);
    }

    #[test]
    fn holes_are_filled_and_outlines_are_not() {
        let with_alpha = |alpha: &dyn Fn(u32) -> u8| {
            let data =
                (0..64).flat_map(|i| [if alpha(i) == 0 { 0 } else { 90 }, 40, 200, alpha(i)]).collect();
            Pixels::from_rgba(8, 8, data).unwrap()
        };
        let riddled = with_alpha(&|i| ((i + i / 8) % 2 * 255) as u8);
        assert!(
            without_holes(&riddled).unwrap().data().as_chunks::<3>().0.iter().all(|p| *p == [90, 40, 200])
        );
        assert_eq!(surfaces(&riddled, Views::Policy).len(), 4);
        assert!(without_holes(&with_alpha(&|i| if i == 20 { 0 } else { 255 })).is_none());
    }

    #[test]
    fn a_transparent_picture_has_three_surfaces() {
        // One hole far from everything: too little to count as riddled.
        let mut data = [0, 0, 0, 255].repeat(16);
        data[..4].copy_from_slice(&[200, 0, 0, 0]);
        let pixels = Pixels::from_rgba(16, 1, data).unwrap();
        let seen: Vec<_> = surfaces(&pixels, Views::Policy).iter().map(|s| s.pixel(0, 0).unwrap()).collect();
        assert_eq!(seen, [[255; 3], [0; 3], [200, 0, 0]]);
    }
}
