//! Looking at many parts of one large picture. Each look shrinks its part to a small square, and of a camera's photo every such shrinking
//! reads millions of pixels again. So the picture is shrunk once by a whole factor, every pixel weighing the same, and the looks are taken
//! from that. It stays antialiased: no pixel is skipped, and a part still has twice the pixels of what it becomes.

use crate::Rgb;
use crate::resize::{Area, resize_part, resize_within};

/// A part keeps this many times the pixels it is shrunk to, along each side; a smaller one is taken from the full picture.
const ROOM: u32 = 2;
/// The sum of a column of so many pixels fits 16 bits.
const LARGEST_FACTOR: u32 = 128;

/// An opaque picture, ready for many looks at parts of it.
#[derive(Debug)]
pub struct Overview<'a> {
    full: &'a Rgb,
    small: Option<Rgb>,
    factor: u32,
}

impl<'a> Overview<'a> {
    /// For looks of `side × side` pixels at parts that are at least `share` of each side of the picture. Other looks are possible; smaller
    /// parts only take longer.
    #[must_use]
    pub fn new(full: &'a Rgb, share: f32, side: u32) -> Self {
        let shorter = f64::from(full.width().min(full.height())) * f64::from(share);
        let factor = ((shorter / (f64::from(side.max(1)) * f64::from(ROOM))) as u32).min(LARGEST_FACTOR);
        let small = if factor > 1 { shrink(full, factor) } else { None };
        Self { full, small, factor }
    }

    /// The picture itself.
    #[must_use]
    pub fn full(&self) -> &'a Rgb {
        self.full
    }

    /// A part, squashed into a square; `None` when it is empty or reaches outside.
    #[must_use]
    pub fn square(&self, area: Area, side: u32) -> Option<Rgb> {
        let room = side.checked_mul(ROOM)?.checked_mul(self.factor);
        match &self.small {
            Some(small) if room.is_some_and(|room| area.width >= room && area.height >= room) => {
                area.within(self.full).then_some(())?;
                let factor = f64::from(self.factor);
                let part = [area.x, area.y, area.width, area.height].map(|side| f64::from(side) / factor);
                resize_within(small, part, side, side)
            }
            _ => resize_part(self.full, area, side, side),
        }
    }
}

/// Every block of `factor × factor` pixels as their mean; at the far edges as many as there are.
fn shrink(rgb: &Rgb, factor: u32) -> Option<Rgb> {
    let factor = usize::try_from(factor).ok()?;
    let row = rgb.width() as usize * 3;
    let (width, height) = ((rgb.width() as usize).div_ceil(factor), (rgb.height() as usize).div_ceil(factor));
    let mut sums = vec![0_u16; row];
    let mut out = Vec::with_capacity(width * height * 3);
    for rows in rgb.data().chunks(row * factor) {
        sums.fill(0);
        for line in rows.chunks_exact(row) {
            sums.iter_mut().zip(line).for_each(|(sum, value)| *sum += u16::from(*value));
        }
        let lines = rows.len() / row;
        for block in sums.chunks(3 * factor) {
            let share = 1.0 / (block.len() / 3 * lines) as f32;
            let mut total = [0_u32; 3];
            for pixel in block.as_chunks::<3>().0 {
                total.iter_mut().zip(pixel).for_each(|(total, sum)| *total += u32::from(*sum));
            }
            out.extend(total.map(|total| (total as f32 * share + 0.5) as u8));
        }
    }
    Rgb::new(u32::try_from(width).ok()?, u32::try_from(height).ok()?, out).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::resize_triangle;

    fn painted(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Rgb {
        let colour = &colour;
        let data = (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect();
        Rgb::new(width, height, data).unwrap()
    }

    #[test]
    fn every_pixel_weighs_the_same_at_the_far_edges_too() {
        let small =
            shrink(&painted(5, 5, |x, y| [(x * 10 + y) as u8, 200, if x == 4 { 90 } else { 0 }]), 2).unwrap();
        assert_eq!((small.width(), small.height()), (3, 3));
        assert_eq!(small.pixel(0, 0), Some([6, 200, 0]), "the mean of 0, 1, 10 and 11, rounded");
        assert_eq!(small.pixel(2, 0), Some([41, 200, 90]), "the mean of 40 and 41");
        assert_eq!(small.pixel(2, 2), Some([44, 200, 90]));
    }

    #[test]
    fn a_look_through_the_overview_is_like_one_at_the_full_picture() {
        let wave = |at: u32, long: f32| ((at as f32 / long).sin() * 100.0 + 128.0) as u8;
        let full = painted(1501, 1203, |x, y| [wave(x + y, 40.0), wave(x, 9.0), wave(y * 3, 25.0)]);
        let overview = Overview::new(&full, 0.6, 100);
        assert_eq!(overview.factor, 3);
        for area in [
            Area::whole(&full),
            Area { x: 600, y: 481, width: 901, height: 722 },
            Area { x: 0, y: 7, width: 640, height: 601 },
        ] {
            let direct = resize_part(&full, area, 100, 100).unwrap();
            let through = overview.square(area, 100).unwrap();
            let apart = direct.data().iter().zip(through.data()).map(|(a, b)| u64::from(a.abs_diff(*b)));
            let mean = apart.sum::<u64>() as f64 / direct.data().len() as f64;
            assert!(mean < 2.0, "{area:?}: {mean}");
        }
    }

    #[test]
    fn small_parts_and_small_pictures_are_taken_as_they_are() {
        let full = painted(1500, 1200, |x, y| [(x % 251) as u8, (y % 241) as u8, 7]);
        let overview = Overview::new(&full, 0.6, 100);
        let area = Area { x: 100, y: 100, width: 300, height: 300 };
        assert_eq!(overview.square(area, 100), resize_part(&full, area, 100, 100));
        assert!(overview.square(Area { x: 1400, y: 0, width: 1400, height: 1200 }, 100).is_none(), "outside");
        let little = painted(300, 300, |x, _| [x as u8, 0, 0]);
        let overview = Overview::new(&little, 0.6, 100);
        assert_eq!(overview.square(Area::whole(&little), 100), Some(resize_triangle(&little, 100, 100)));
    }

    #[test]
    fn one_pixel_in_a_hundred_does_not_decide_what_is_seen() {
        let planted = painted(2231, 2231, |x, y| if x % 10 == 0 && y % 10 == 0 { [255; 3] } else { [40; 3] });
        let seen = Overview::new(&planted, 0.6, 224).square(Area::whole(&planted), 224).unwrap();
        assert!(seen.data().iter().all(|value| (36..=60).contains(value)));
    }
}
